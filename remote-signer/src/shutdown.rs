//! When to stop: a signal that everybody can wait for, and that is never taken back.

use tokio::sync::watch;

/// Tells the parts of the service to stop. Clones share the signal.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Sender<bool>);

impl Default for Shutdown {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Shutdown {
    /// Says that it is time.
    pub fn trigger(&self) {
        self.0.send_replace(true);
    }

    /// Whether it is.
    #[must_use]
    pub fn is_triggered(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is.
    pub async fn wait(&self) {
        // Cannot fail: the sender lives as long as `self`.
        drop(self.0.subscribe().wait_for(|triggered| *triggered).await);
    }

    /// Triggers at SIGTERM or SIGINT.
    ///
    /// # Errors
    /// Where the operating system does not let signals be handled.
    pub fn on_signals(&self) -> std::io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let shutdown = self.clone();
        tokio::spawn(async move {
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            };
            tracing::info!(signal = name, "stopping");
            shutdown.trigger();
        });
        Ok(())
    }
}
