//! Refusals by policy in the audit trail, which can only grow: so they are recorded once each, and not for ever.

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use core::time::Duration;
use std::sync::{Mutex, PoisonError};

use crate::identity::KeyId;
use crate::pipeline::policy::Rule;

/// How long the same refusal is not recorded again. Each one is in the log.
const WINDOW: Duration = Duration::from_secs(3600);

/// Refusals that are recorded in one window at most: some hundred kilobytes of audit trail.
const WINDOW_RECORDS: usize = 1024;

/// What was recorded of late. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Refusals(Arc<Mutex<Window>>);

#[derive(Debug, Default)]
struct Window {
    began: Duration,
    /// Token, key, rule.
    recorded: BTreeSet<(String, KeyId, Rule)>,
}

impl Refusals {
    /// Whether this refusal is to be recorded. `elapsed` is of the clock that never goes back.
    pub(super) fn is_news(&self, token_id: &str, key: &KeyId, rule: Rule, elapsed: Duration) -> bool {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if elapsed.saturating_sub(window.began) >= WINDOW {
            *window = Window { began: elapsed, recorded: BTreeSet::new() };
        }
        window.recorded.len() < WINDOW_RECORDS && window.recorded.insert((token_id.to_owned(), key.clone(), rule))
    }
}

#[cfg(test)]
mod tests {
    use super::{Refusals, WINDOW, WINDOW_RECORDS};
    use crate::pipeline::policy::Rule;
    use core::time::Duration;

    #[test]
    fn the_same_refusal_is_news_once_in_a_window() {
        let (refusals, key) = (Refusals::default(), "acme/c2pa".parse().unwrap());
        let later = WINDOW - Duration::from_millis(1);
        assert!(refusals.is_news("t", &key, Rule::Hours, Duration::ZERO));
        assert!(!refusals.is_news("t", &key, Rule::Hours, later));
        assert!(refusals.is_news("t", &key, Rule::Profiles, later));
        assert!(refusals.is_news("u", &key, Rule::Hours, later));
        assert!(refusals.is_news("t", &key, Rule::Hours, WINDOW));
    }

    #[test]
    fn there_is_an_end_to_what_is_recorded() {
        let refusals = Refusals::default();
        let news = (0..2 * WINDOW_RECORDS).filter(|n| {
            let key = format!("acme/{n}").parse().unwrap();
            refusals.is_news("t", &key, Rule::Hours, Duration::ZERO)
        });
        assert_eq!(news.count(), WINDOW_RECORDS);
    }
}
