//! Until when copies of what the service published may be about.
//!
//! A copy that was made at some moment lives for the max-age that was in force then. So of all the numbers that were
//! ever in force, each counts from its last moment on.

use async_trait::async_trait;
use sqlx::{Row as _, SqliteConnection};

use crate::clock::UnixMillis;
use crate::storage::{Command, StorageError};

/// The first moment at which every copy that was made until `now` has been forgotten. `max_age_ms` is the number of
/// the configuration, which may never have been published.
pub(super) async fn cached_until(
    connection: &mut SqliteConnection,
    now: UnixMillis,
    max_age_ms: i64,
) -> Result<UnixMillis, StorageError> {
    let rows = sqlx::query("SELECT since_ms, max_age_ms FROM published_max_ages ORDER BY since_ms")
        .fetch_all(connection)
        .await?;
    let mut promises = Vec::with_capacity(rows.len());
    for row in &rows {
        promises.push((row.try_get("since_ms")?, row.try_get("max_age_ms")?));
    }
    Ok(UnixMillis::new(latest(&promises, now.get(), max_age_ms)))
}

fn latest(promises: &[(i64, i64)], now: i64, max_age_ms: i64) -> i64 {
    let ends = promises.iter().skip(1).map(|(since, _)| *since).chain([i64::MAX]);
    // A promise that seems to be of the future is one that was made before the clock went back.
    let last_copies = promises.iter().zip(ends).map(|((_, max_age), end)| end.min(now).saturating_add(*max_age));
    last_copies.chain([now.saturating_add(max_age_ms)]).max().unwrap_or(now)
}

/// Notes what is published from now on.
pub(super) struct Promise {
    pub(super) now: UnixMillis,
    pub(super) max_age_ms: i64,
}

#[async_trait]
impl Command for Promise {
    type Output = ();

    async fn apply(self, connection: &mut SqliteConnection) -> Result<(), StorageError> {
        let last: Option<i64> =
            sqlx::query_scalar("SELECT max_age_ms FROM published_max_ages ORDER BY since_ms DESC LIMIT 1")
                .fetch_optional(&mut *connection)
                .await?;
        if last == Some(self.max_age_ms) {
            return Ok(());
        }
        // Of two in the same millisecond the longer one stays.
        sqlx::query(
            "INSERT INTO published_max_ages (since_ms, max_age_ms) VALUES (?, ?) \
             ON CONFLICT (since_ms) DO UPDATE SET max_age_ms = max(max_age_ms, excluded.max_age_ms)",
        )
        .bind(self.now.get())
        .bind(self.max_age_ms)
        .execute(connection)
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::latest;

    #[test]
    fn a_promise_holds_until_its_last_copy_is_forgotten() {
        // Nothing was ever served: what the configuration says.
        assert_eq!(latest(&[], 1000, 50), 1050);
        // An hour was promised until 1000, then five: the last copy of before counts.
        let promises = [(0, 3600), (1000, 300)];
        assert_eq!(latest(&promises, 1100, 300), 4600);
        assert_eq!(latest(&promises, 4400, 300), 4700);
        // More is promised now than before.
        assert_eq!(latest(&[(0, 300), (1000, 3600)], 1100, 3600), 4700);
        // The command line reads another configuration than the service that runs.
        assert_eq!(latest(&[(0, 3600)], 1000, 300), 4600);
        assert_eq!(latest(&[(0, 300)], 1000, 3600), 4600);
    }

    #[test]
    fn a_clock_that_went_back_shortens_nothing() {
        assert_eq!(latest(&[(0, 300), (5000, 3600)], 1000, 300), 4600);
    }
}
