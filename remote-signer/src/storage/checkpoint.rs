//! Moves what was committed from the log into the database, beside the writer and not between two of its commits.
//!
//! SQLite does so by itself after a commit, when the log has become long: whoever waits for the next commit waits for
//! that too, which is tens of milliseconds. Here it is begun early by a connection of its own. The log starts again
//! from its beginning only when all of it was moved and nobody has written meanwhile, so that under steady load it
//! grows; [`LOG_PAGES`] is where SQLite then moves the rest, which is little.

use alloc::sync::Arc;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;

use crate::storage::StorageError;
use crate::storage::writer::connect;

/// Pages in the log before the writer itself sees to it: 32 MiB.
pub(super) const LOG_PAGES: &str = "8192";

/// Commands from one time to the next. Each adds about a page.
pub(super) const COMMANDS: u64 = 500;

/// The task that does it.
#[derive(Debug)]
pub(super) struct Checkpointer {
    due: Arc<Notify>,
    stop: Arc<Notify>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Checkpointer {
    pub(super) fn start(options: SqliteConnectOptions) -> Self {
        let (due, stop) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let task = tokio::spawn(run(options, Arc::clone(&due), Arc::clone(&stop)));
        Self { due, stop, task: Mutex::new(Some(task)) }
    }

    /// What is to be told when it is time.
    pub(super) fn due(&self) -> Arc<Notify> {
        Arc::clone(&self.due)
    }

    /// Finishes what is under way, and closes its connection: the last one that is closed moves the whole log, so that
    /// after an orderly stop the database is one file.
    pub(super) async fn stop(&self) {
        self.stop.notify_one();
        if let Some(task) = self.task.lock().await.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the task that moves the log ended badly");
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        if let Some(task) = self.task.get_mut() {
            task.abort();
        }
    }
}

async fn run(options: SqliteConnectOptions, due: Arc<Notify>, stop: Arc<Notify>) {
    let mut connection = None;
    loop {
        tokio::select! {
            () = stop.notified() => break,
            () = due.notified() => {}
        }
        match checkpoint(connection.take(), &options).await {
            Ok(used) => connection = Some(used),
            Err(error) => tracing::warn!(
                error = &error as &dyn core::error::Error,
                "the log of the database was not moved into it; nothing is lost, and it is tried again"
            ),
        }
    }
    if let Some(connection) = connection
        && let Err(error) = SqliteConnection::close(connection).await
    {
        tracing::warn!(%error, "the database was not closed cleanly; nothing is lost");
    }
}

/// The connection is made when it is needed first: commands of the command line end long before.
async fn checkpoint(
    connection: Option<SqliteConnection>,
    options: &SqliteConnectOptions,
) -> Result<SqliteConnection, StorageError> {
    let mut connection = match connection {
        Some(connection) => connection,
        None => connect(options).await?,
    };
    // Waits for nobody: what others still read or write stays in the log until the next time.
    sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&mut connection).await?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use async_trait::async_trait;
    use sqlx::SqliteConnection;

    use crate::clock::SystemClock;
    use crate::storage::{Command, Config, DATABASE_FILE, Storage, StorageError};

    struct Fill(u64);

    #[async_trait]
    impl Command for Fill {
        type Output = ();

        async fn apply(self, connection: &mut SqliteConnection) -> Result<(), StorageError> {
            let fill = sqlx::query("INSERT INTO keys (id, tenant, created_at_ms) VALUES (?, hex(zeroblob(2000)), 0)");
            fill.bind(format!("t/{}", self.0)).execute(connection).await?;
            Ok(())
        }
    }

    /// The log alone would take eight times as much before SQLite begins.
    #[tokio::test]
    async fn what_was_committed_comes_into_the_database_while_the_service_runs() {
        let directory = tempfile::tempdir().unwrap();
        let config = Config { directory: directory.path().join("data") };
        let storage = Storage::open(&config, &SystemClock::start()).await.unwrap();
        let length = || std::fs::metadata(config.directory.join(DATABASE_FILE)).unwrap().len();
        let before = length();
        fill(&storage, super::COMMANDS).await;
        for _ in 0..1000 {
            if length() > before + super::COMMANDS * 4000 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the database has {} bytes, and had {before}", length());
    }

    #[tokio::test]
    async fn after_an_orderly_stop_the_database_is_one_file() {
        let directory = tempfile::tempdir().unwrap();
        let config = Config { directory: directory.path().join("data") };
        let storage = Storage::open(&config, &SystemClock::start()).await.unwrap();
        fill(&storage, super::COMMANDS + 10).await;
        storage.close().await;
        let names = std::fs::read_dir(&config.directory).unwrap().map(|entry| entry.unwrap().file_name());
        let logs: Vec<_> = names.filter(|name| name.to_string_lossy().contains("-wal")).collect();
        assert!(logs.is_empty(), "{logs:?}");
    }

    async fn fill(storage: &Storage, commands: u64) {
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..commands {
            let storage = storage.clone();
            tasks.spawn(async move { storage.write(Fill(number)).await.unwrap() });
        }
        tasks.join_all().await;
    }
}
