//! Which signings this process is at work on.

use alloc::sync::Arc;
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::identity::RequestId;

/// The signings between intent and outcome. What has an intent, no outcome, and is not here, was lost: it is unresolved.
/// Clones share the set.
#[derive(Clone, Debug, Default)]
pub struct Running(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    requests: Mutex<HashSet<RequestId>>,
    one_ended: Notify,
}

impl Shared {
    fn requests(&self) -> MutexGuard<'_, HashSet<RequestId>> {
        // The set is whole after every operation on it, whatever its user did.
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    /// Adds a signing until the answer is dropped.
    #[must_use]
    pub fn enter(&self, request: RequestId) -> RunningGuard {
        self.0.requests().insert(request.clone());
        RunningGuard { shared: Arc::clone(&self.0), request }
    }

    /// Whether the signing is at work.
    #[must_use]
    pub fn contains(&self, request: &RequestId) -> bool {
        self.0.requests().contains(request)
    }

    /// Waits until there is none.
    pub async fn idle(&self) {
        loop {
            let ended = self.0.one_ended.notified();
            if self.0.requests().is_empty() {
                return;
            }
            ended.await;
        }
    }
}

/// Takes a signing out of [`Running`] when it is dropped, also by a panic.
#[derive(Debug)]
pub struct RunningGuard {
    shared: Arc<Shared>,
    request: RequestId,
}

impl Drop for RunningGuard {
    fn drop(&mut self) {
        self.shared.requests().remove(&self.request);
        self.shared.one_ended.notify_waiters();
    }
}
