//! What commands print, and the files that they write.

use std::io::{ErrorKind, Write as _};
use std::path::Path;

use crate::cli::failure::Failure;

/// Prints a line on standard output.
pub(super) fn line(text: &str) -> Result<(), Failure> {
    write_out(&format!("{text}\n"))
}

/// Prints text that has its line feeds.
pub(super) fn text(text: &str) -> Result<(), Failure> {
    write_out(text)
}

/// Prints JSON, indented.
pub(super) fn json(value: &serde_json::Value) -> Result<(), Failure> {
    write_out(&format!("{value:#}\n"))
}

/// Prints rows in columns that are aligned.
pub(super) fn table<const N: usize>(header: [&str; N], rows: &[[String; N]]) -> Result<(), Failure> {
    let header = header.map(str::to_owned);
    let all = || core::iter::once(&header).chain(rows);
    let width =
        |column: usize| all().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in all() {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    write_out(&text)
}

/// Prints a line on standard error. If that is closed there is nobody to tell.
pub(super) fn error_line(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}

fn write_out(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // `splitsign … | head` has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Writes a file as a whole or not at all.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(".splitsign-").tempfile_in(directory)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|error| Failure::file("write", path, &error))
}

/// Reads a file.
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::file("read", path, &error))
}
