//! What those who run the service may do and see, each recorded in the audit trail before its answer leaves.

use alloc::sync::Arc;
use core::time::Duration;

use tokio::task::JoinSet;

use crate::audit::Trail;
use crate::clock::Clock;
use crate::identity::{Admin, KeyId, RequestId};
use crate::pipeline::{Health, Validation, Validator};
use crate::storage::StorageError;
use crate::telemetry::metrics;

/// The operations. Clones share them.
#[derive(Clone, Debug)]
pub struct Operations {
    trail: Trail,
    validator: Validator,
    health: Health,
    clock: Arc<dyn Clock>,
}

impl Operations {
    /// The operations of a service.
    #[must_use]
    pub const fn new(trail: Trail, validator: Validator, health: Health, clock: Arc<dyn Clock>) -> Self {
        Self { trail, validator, health, clock }
    }

    /// Records that `admin` does something. Do it only if this succeeds.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn record(
        &self,
        request_id: &RequestId,
        admin: &Admin,
        action: &'static str,
        detail: String,
    ) -> Result<(), StorageError> {
        self.trail.admin_action(request_id, &admin.token_id, action, detail, self.clock.now()).await
    }

    /// Tries each operation with each of these keys. Those that are not begun within `budget` say so.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn validate(
        &self,
        admin: &Admin,
        keys: Vec<KeyId>,
        budget: Duration,
    ) -> Result<Vec<Validation>, StorageError> {
        let deadline = self.clock.elapsed().saturating_add(budget);
        let mut tasks = JoinSet::new();
        let mut results: Vec<Option<Validation>> = keys.iter().map(|_| None).collect();
        let mut waiting = keys.into_iter().enumerate();
        loop {
            while tasks.len() < self.validator.at_once() {
                let Some((position, key)) = waiting.next() else { break };
                if self.clock.elapsed() >= deadline {
                    let words = "there was no time left; ask for fewer keys at once";
                    place(&mut results, position, Validation::refused(key, "not_tried", words));
                    continue;
                }
                let (validator, by) = (self.validator.clone(), admin.token_id.clone());
                tasks.spawn(async move { (position, validator.validate(key, &by).await) });
            }
            match tasks.join_next().await {
                Some(Ok((position, validation))) => place(&mut results, position, validation?),
                Some(Err(error)) => tracing::error!(%error, "a validation ended badly"),
                None => return Ok(results.into_iter().flatten().collect()),
            }
        }
    }

    /// Brings the metrics up to date that are looked up and not counted.
    pub async fn measure(&self) {
        let readiness = self.health.readiness().await;
        let done = self.trail.statistics();
        metrics::storage(done.commands, done.commits, readiness.storage_writable, readiness.unresolved_intents);
    }
}

fn place(results: &mut [Option<Validation>], position: usize, validation: Validation) {
    if let Some(result) = results.get_mut(position) {
        *result = Some(validation);
    }
}
