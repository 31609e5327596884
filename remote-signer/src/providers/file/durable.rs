//! Files that are there as a whole or not at all, also after a crash, and that are never overwritten.
//!
//! The file system is trusted to keep what `fsync` said it has, and to link or rename a name once.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// Makes a folder, and those above it, for nobody else (mode 0700). Folders that exist are left as they are.
pub(super) fn create_folders(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    let parent = parent(path);
    create_folders(parent)?;
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Ok(()) => flush_folder(parent),
        // Somebody else was faster; if it is a file, what follows fails and says so.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Writes a file (mode 0600). Fails with `AlreadyExists`, and changes nothing, if the name is taken.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = parent(path);
    // Created with mode 0600, and removed again if anything below fails.
    let mut temporary = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    // Unlike a plain rename, fails if somebody else took the name meanwhile.
    temporary.persist_noclobber(path).map_err(|refused| refused.error)?;
    flush_folder(folder)
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The name of a file is in its folder: without this, a crash may forget it.
#[cfg(unix)]
fn flush_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// Other systems have no such call.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the signature of the other one")]
fn flush_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::io::ErrorKind;
    use std::os::unix::fs::PermissionsExt as _;

    use super::{create_folders, write_new};

    #[test]
    fn only_the_owner_gets_in() {
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().join("a/b");
        create_folders(&folder).unwrap();
        create_folders(&folder).unwrap();
        let file = folder.join("c");
        write_new(&file, b"1").unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&directory.path().join("a")), mode(&folder), mode(&file)), (0o700, 0o700, 0o600));
    }

    #[test]
    fn a_name_that_is_taken_stays_as_it_is_and_nothing_is_left_over() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("c");
        write_new(&file, b"1").unwrap();
        assert_eq!(write_new(&file, b"2").unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&file).unwrap(), b"1");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
