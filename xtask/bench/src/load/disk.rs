//! What one flush to disk takes here, with nothing else at work: a signature waits for two of them, whoever writes it.

use core::time::Duration;
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use xtask_host::process::now;

/// What SQLite appends for a step of a signing: some pages of 4 KiB with their headers.
const APPENDED: usize = 4 * (4096 + 24);

/// Flushes of a measurement, and the pause before each: a disk that is never left alone is another disk.
const FLUSHES: usize = 400;
const PAUSE: Duration = Duration::from_micros(2500);

/// Milliseconds that a flush takes.
#[derive(Clone, Copy)]
pub(crate) struct Flush {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

impl Flush {
    /// Overwrites a file in `directory` from its beginning to its end, as SQLite does with its log, piece by piece, each
    /// made durable.
    #[expect(clippy::disallowed_methods, reason = "xtask has no runtime, and this is what takes time")]
    pub(crate) fn measure(directory: &Path) -> Result<Self> {
        let path = directory.join("flush");
        let file = fs::File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
        let piece = [0x5a; APPENDED];
        let place = |index: usize| (index * APPENDED) as u64;
        for index in 0..FLUSHES {
            file.write_all_at(&piece, place(index)).context("cannot write")?;
        }
        file.sync_all().context("cannot flush")?;
        let mut took = Vec::with_capacity(FLUSHES);
        for index in 0..FLUSHES {
            std::thread::sleep(PAUSE);
            let began = now();
            file.write_all_at(&piece, place(index)).context("cannot write")?;
            file.sync_data().context("cannot flush")?;
            took.push(began.elapsed().as_secs_f64() * 1e3);
        }
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        took.sort_unstable_by(f64::total_cmp);
        let at = |hundredths: usize| took.get(FLUSHES * hundredths / 100).copied().unwrap_or(f64::NAN);
        Ok(Self { p50: at(50), p99: at(99) })
    }
}
