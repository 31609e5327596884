//! When a key rotates: a pure function of what there is and what time it is.
//!
//! ```text
//! active ───────────── every ──────────────▶│ due
//!                          │◀──── ahead ────│ announced      activated │ the one before drains ▶ verify-only ▶ retired
//! ```
//! Nothing is remembered between runs but what is on record: a run that was missed is made up for by the next one, one
//! step at a time, and the window between announcement and activation is never shortened.

use core::time::Duration;

use crate::clock::UnixMillis;
use crate::identity::KeyVersion;
use crate::keys::KeyState;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The first pause after a rotation that failed; it doubles with each one more.
const FIRST_PAUSE: Duration = Duration::from_secs(60);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(6 * 60 * 60);

/// How a key rotates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RotationPolicy {
    /// How long a version signs; `None`: until somebody rotates.
    pub every: Option<Duration>,
    /// How long before that the next version is announced.
    pub ahead: Duration,
    /// How long a version only verifies before it is retired; `None`: until somebody retires it.
    pub retire_after: Option<Duration>,
    /// How long before the end of a certificate somebody is told.
    pub warn_before_expiry: Duration,
}

impl RotationPolicy {
    /// A number of days; 0 is never.
    #[must_use]
    pub const fn days(days: u32) -> Option<Duration> {
        if days == 0 { None } else { Some(DAY.saturating_mul(days)) }
    }
}

/// What the plan needs to know of a version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct VersionFacts {
    pub version: KeyVersion,
    pub state: KeyState,
    pub state_since: UnixMillis,
    pub activated_at: Option<UnixMillis>,
    /// The last second of its certificate; `None` without one.
    pub certificate_not_after: Option<UnixMillis>,
    /// Whether its provider makes keys.
    pub provider_creates: bool,
    /// Whether it was disabled and brought back: somebody stopped it, so somebody decides whether it signs.
    pub was_disabled: bool,
}

/// What is to be done, or said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Make a next version and publish it.
    Announce,
    /// Let the announced version sign.
    Activate(KeyVersion),
    /// A version has drained.
    EndDraining(KeyVersion),
    /// A version was published long enough.
    Retire(KeyVersion),
    /// Say that the provider makes no keys: somebody has to announce one that is adopted.
    SayAdoptionNeeded,
    /// Say that the announced version has no certificates, and the active one has.
    SayCertificatesNeeded(KeyVersion),
    /// Say that the key should have rotated.
    SayOverdue {
        /// Since when.
        since: UnixMillis,
    },
    /// Say that a certificate ends.
    SayExpiry {
        /// Of which version.
        version: KeyVersion,
        /// Its last second.
        at: UnixMillis,
    },
}

/// What is to be done with a key now. After a rotation that failed, nothing is announced or activated before `not_before`.
#[must_use]
pub fn plan(
    now: UnixMillis,
    versions: &[VersionFacts],
    policy: &RotationPolicy,
    not_before: Option<UnixMillis>,
) -> Vec<Step> {
    let mut steps = Vec::new();
    for version in versions {
        steps.extend(ageing(now, version, policy));
    }
    let paused = not_before.is_some_and(|at| now < at);
    if let Some(every) = policy.every {
        steps.extend(rotation(now, versions, every, policy.ahead).into_iter().filter(|step| match step {
            Step::Announce | Step::Activate(_) => !paused,
            Step::EndDraining(_)
            | Step::Retire(_)
            | Step::SayAdoptionNeeded
            | Step::SayCertificatesNeeded(_)
            | Step::SayOverdue { .. }
            | Step::SayExpiry { .. } => true,
        }));
    }
    steps
}

/// When the active version should be superseded.
#[must_use]
pub fn due(versions: &[VersionFacts], policy: &RotationPolicy) -> Option<UnixMillis> {
    let active = versions.iter().find(|version| version.state == KeyState::Active)?;
    Some(active.activated_at.unwrap_or(active.state_since).after(policy.every?))
}

/// How long to wait after so many failures.
#[must_use]
pub(super) fn pause(failures: i64) -> Duration {
    let doublings = u32::try_from(failures.saturating_sub(1).clamp(0, 20)).unwrap_or(20);
    FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE)
}

/// What happens to a version by itself.
fn ageing(now: UnixMillis, version: &VersionFacts, policy: &RotationPolicy) -> Option<Step> {
    match version.state {
        KeyState::Draining { until } if until <= now => Some(Step::EndDraining(version.version)),
        KeyState::VerifyOnly if policy.retire_after.is_some_and(|after| version.state_since.after(after) <= now) => {
            Some(Step::Retire(version.version))
        }
        KeyState::Announced { .. } | KeyState::Active => {
            let at = version.certificate_not_after?;
            let ends_soon = at.before(policy.warn_before_expiry) <= now;
            ends_soon.then_some(Step::SayExpiry { version: version.version, at })
        }
        KeyState::Draining { .. } | KeyState::VerifyOnly | KeyState::Retired | KeyState::Disabled => None,
    }
}

fn rotation(now: UnixMillis, versions: &[VersionFacts], every: Duration, ahead: Duration) -> Vec<Step> {
    let active = versions.iter().find(|version| version.state == KeyState::Active);
    let announced = |version: &VersionFacts| match version.state {
        KeyState::Announced { activatable_at } => Some(activatable_at),
        KeyState::Active
        | KeyState::Draining { .. }
        | KeyState::VerifyOnly
        | KeyState::Retired
        | KeyState::Disabled => None,
    };
    let is_announced = versions.iter().any(|version| announced(version).is_some());
    // The newest, as the command line has it.
    let mut candidates = versions.iter().rev().filter(|version| !version.was_disabled);
    let announced = candidates.find_map(|version| Some((version, announced(version)?)));
    let due = active.map(|active| active.activated_at.unwrap_or(active.state_since).after(every));
    let is_due = due.is_none_or(|due| due <= now);
    let mut steps = Vec::new();
    match (active, announced) {
        // Without a version that signs there is nothing to replace: somebody disabled it, and decides what comes next.
        (None, None) => {}
        (Some(active), Some((next, _)))
            if active.certificate_not_after.is_some() && next.certificate_not_after.is_none() =>
        {
            steps.push(Step::SayCertificatesNeeded(next.version));
        }
        (_, Some((next, activatable_at))) if is_due && activatable_at <= now => {
            return vec![Step::Activate(next.version)];
        }
        (Some(active), None) if !is_announced && due.is_some_and(|due| due.before(ahead) <= now) => {
            steps.push(if active.provider_creates { Step::Announce } else { Step::SayAdoptionNeeded });
        }
        (_, Some(_)) | (Some(_), None) => {}
    }
    if let Some(since) = due.filter(|due| *due < now) {
        steps.push(Step::SayOverdue { since });
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::{DAY, RotationPolicy, Step, VersionFacts, due, pause, plan};
    use crate::clock::UnixMillis;
    use crate::identity::KeyVersion;
    use crate::keys::{KeyState, Stage};
    use core::time::Duration;

    const HOUR: Duration = Duration::from_secs(3600);
    const POLICY: RotationPolicy = RotationPolicy {
        every: Some(DAY.saturating_mul(90)),
        ahead: DAY,
        retire_after: Some(DAY.saturating_mul(365)),
        warn_before_expiry: DAY.saturating_mul(30),
    };

    fn number(number: i64) -> KeyVersion {
        KeyVersion::try_from(number).unwrap()
    }

    fn at(duration: Duration) -> UnixMillis {
        UnixMillis::new(0).after(duration)
    }

    fn facts(version: i64, state: KeyState, since: UnixMillis) -> VersionFacts {
        let activated_at = (state == KeyState::Active).then_some(since);
        VersionFacts {
            version: number(version),
            state,
            state_since: since,
            activated_at,
            certificate_not_after: None,
            provider_creates: true,
            was_disabled: false,
        }
    }

    /// A world in which steps are carried out as the database would, with a window of an hour.
    struct World(Vec<VersionFacts>);

    impl World {
        fn new() -> Self {
            Self(vec![facts(1, KeyState::Active, at(Duration::ZERO))])
        }

        fn run(&mut self, now: UnixMillis) -> Vec<Step> {
            let steps = plan(now, &self.0, &POLICY, None);
            for step in &steps {
                self.carry_out(*step, now);
            }
            let active = self.0.iter().filter(|version| version.state == KeyState::Active).count();
            assert_eq!(active, 1, "one version signs at any time");
            steps
        }

        fn carry_out(&mut self, step: Step, now: UnixMillis) {
            let set = |versions: &mut Vec<VersionFacts>, version: KeyVersion, state: KeyState| {
                let facts = versions.iter_mut().find(|facts| facts.version == version).unwrap();
                *facts = VersionFacts { state, state_since: now, ..*facts };
                if state == KeyState::Active {
                    facts.activated_at = Some(now);
                }
            };
            match step {
                Step::Announce => {
                    let next = i64::try_from(self.0.len()).unwrap() + 1;
                    self.0.push(facts(next, KeyState::Announced { activatable_at: now.after(HOUR) }, now));
                }
                Step::Activate(version) => {
                    let before = self.0.iter().find(|facts| facts.state == KeyState::Active).unwrap().version;
                    let announced = self.0.iter().find(|facts| facts.version == version).unwrap();
                    let KeyState::Announced { activatable_at } = announced.state else { panic!("not announced") };
                    assert!(activatable_at <= now, "the window is never shortened");
                    set(&mut self.0, before, KeyState::Draining { until: now.after(HOUR) });
                    set(&mut self.0, version, KeyState::Active);
                }
                Step::EndDraining(version) => set(&mut self.0, version, KeyState::VerifyOnly),
                Step::Retire(version) => set(&mut self.0, version, KeyState::Retired),
                Step::SayAdoptionNeeded
                | Step::SayCertificatesNeeded(_)
                | Step::SayOverdue { .. }
                | Step::SayExpiry { .. } => {}
            }
        }

        fn stages(&self) -> Vec<Stage> {
            self.0.iter().map(|facts| facts.state.stage()).collect()
        }
    }

    #[test]
    fn two_years_of_hours_rotate_every_ninety_days() {
        let mut world = World::new();
        let mut activations = Vec::new();
        for hour in 0..2 * 365 * 24 {
            let now = at(HOUR * hour);
            for step in world.run(now) {
                match step {
                    Step::Activate(_) => activations.push(now),
                    Step::SayOverdue { .. } => panic!("overdue at hour {hour}"),
                    Step::Announce
                    | Step::EndDraining(_)
                    | Step::Retire(_)
                    | Step::SayAdoptionNeeded
                    | Step::SayCertificatesNeeded(_)
                    | Step::SayExpiry { .. } => {}
                }
            }
        }
        assert_eq!(activations.len(), 8);
        for (n, activation) in (1..).zip(&activations) {
            assert_eq!(*activation, at(DAY * 90 * n), "on the day");
        }
        assert_eq!(world.stages()[..3], [Stage::Retired, Stage::Retired, Stage::Retired]);
    }

    #[test]
    fn what_is_announced_ahead_is_activated_when_it_is_due() {
        let mut world = World::new();
        assert!(world.run(at(DAY * 89 - HOUR)).is_empty());
        assert_eq!(world.run(at(DAY * 89)), [Step::Announce]);
        assert!(world.run(at(DAY * 89 + HOUR)).is_empty(), "it may, and it is not due");
        assert_eq!(world.run(at(DAY * 90)), [Step::Activate(number(2))]);
        assert!(world.run(at(DAY * 90)).is_empty());
        assert_eq!(world.run(at(DAY * 90 + HOUR)), [Step::EndDraining(number(1))]);
        assert_eq!(world.run(at(DAY * 90 + HOUR + DAY * 365)).first(), Some(&Step::Retire(number(1))));
    }

    #[test]
    fn a_service_that_was_down_for_a_year_announces_first_and_waits_for_the_window() {
        let mut world = World::new();
        let late = DAY * 455;
        let since = at(DAY * 90);
        assert_eq!(world.run(at(late)), [Step::Announce, Step::SayOverdue { since }]);
        assert_eq!(world.run(at(late + HOUR / 2)), [Step::SayOverdue { since }]);
        assert_eq!(world.run(at(late + HOUR)), [Step::Activate(number(2))]);
        assert_eq!(world.stages(), [Stage::Draining, Stage::Active], "one rotation, not five");
    }

    #[test]
    fn a_clock_that_goes_back_undoes_nothing_and_repeats_nothing() {
        let mut world = World::new();
        world.run(at(DAY * 89));
        world.run(at(DAY * 90));
        for now in [DAY * 90 - HOUR, DAY * 89, DAY, Duration::ZERO] {
            assert!(world.run(at(now)).is_empty(), "{now:?}");
        }
        assert_eq!(world.stages(), [Stage::Draining, Stage::Active]);
    }

    #[test]
    fn a_clock_that_leaps_ahead_rotates_once_and_keeps_the_window() {
        let mut world = World::new();
        assert_eq!(world.run(at(DAY * 10_000)).first(), Some(&Step::Announce));
        // It was wrong, and is set back: the announcement waits until the clock is there again.
        assert!(world.run(at(DAY * 2)).is_empty());
        assert_eq!(world.run(at(DAY * 90)), []);
        assert_eq!(world.stages(), [Stage::Active, Stage::Announced]);
    }

    #[test]
    fn after_a_failure_it_waits_longer_each_time_and_the_old_version_goes_on_to_age() {
        let versions = [
            facts(1, KeyState::Draining { until: at(DAY) }, at(Duration::ZERO)),
            facts(2, KeyState::Active, at(Duration::ZERO)),
        ];
        let now = at(DAY * 89);
        assert_eq!(plan(now, &versions, &POLICY, None), [Step::EndDraining(number(1)), Step::Announce]);
        assert_eq!(plan(now, &versions, &POLICY, Some(now.after(HOUR))), [Step::EndDraining(number(1))]);
        assert_eq!(plan(now, &versions, &POLICY, Some(now)).len(), 2);
        let pauses: Vec<u64> = [1, 2, 3, 9, 10, 1000, i64::MAX].map(|failures| pause(failures).as_secs()).to_vec();
        assert_eq!(pauses, [60, 120, 240, 15_360, 21_600, 21_600, 21_600]);
    }

    #[test]
    fn without_a_schedule_versions_only_age() {
        let policy = RotationPolicy { every: None, retire_after: None, ..POLICY };
        let versions = [
            facts(1, KeyState::VerifyOnly, at(Duration::ZERO)),
            facts(2, KeyState::Draining { until: at(DAY) }, at(Duration::ZERO)),
            facts(3, KeyState::Active, at(Duration::ZERO)),
        ];
        assert_eq!(plan(at(DAY * 9999), &versions, &policy, None), [Step::EndDraining(number(2))]);
        assert_eq!(due(&versions, &policy), None);
        assert_eq!(due(&versions, &POLICY), Some(at(DAY * 90)));
        assert_eq!((RotationPolicy::days(0), RotationPolicy::days(2)), (None, Some(DAY * 2)));
    }

    #[test]
    fn a_version_that_somebody_stopped_is_not_activated_by_itself() {
        let window = KeyState::Announced { activatable_at: at(DAY) };
        let stopped = VersionFacts { was_disabled: true, ..facts(1, window, at(Duration::ZERO)) };
        let next = facts(2, window, at(Duration::ZERO));
        assert!(plan(at(DAY * 2), &[stopped], &POLICY, None).is_empty());
        assert_eq!(plan(at(DAY * 2), &[stopped, next], &POLICY, None), [Step::Activate(number(2))]);
        let active = facts(3, KeyState::Active, at(Duration::ZERO));
        // One at a time is announced, so it is not replaced either.
        assert_eq!(plan(at(DAY * 91), &[stopped, active], &POLICY, None), [Step::SayOverdue { since: at(DAY * 90) }]);
    }

    #[test]
    fn a_provider_that_makes_no_keys_is_only_complained_about() {
        let adopted = VersionFacts { provider_creates: false, ..facts(1, KeyState::Active, at(Duration::ZERO)) };
        assert_eq!(plan(at(DAY * 89), &[adopted], &POLICY, None), [Step::SayAdoptionNeeded]);
        let overdue = plan(at(DAY * 91), &[adopted], &POLICY, None);
        assert_eq!(overdue, [Step::SayAdoptionNeeded, Step::SayOverdue { since: at(DAY * 90) }]);
        // Somebody has announced one: it is activated when it is due, like any other.
        let next = facts(2, KeyState::Announced { activatable_at: at(DAY) }, at(Duration::ZERO));
        assert_eq!(plan(at(DAY * 90), &[adopted, next], &POLICY, None), [Step::Activate(number(2))]);
    }

    #[test]
    fn nothing_without_certificates_supersedes_what_has_them() {
        let until = Some(at(DAY * 1000));
        let active = VersionFacts { certificate_not_after: until, ..facts(1, KeyState::Active, at(Duration::ZERO)) };
        let next = facts(2, KeyState::Announced { activatable_at: at(DAY) }, at(Duration::ZERO));
        let steps = plan(at(DAY * 91), &[active, next], &POLICY, None);
        assert_eq!(steps, [Step::SayCertificatesNeeded(number(2)), Step::SayOverdue { since: at(DAY * 90) }]);
        let next = VersionFacts { certificate_not_after: until, ..next };
        assert_eq!(plan(at(DAY * 91), &[active, next], &POLICY, None), [Step::Activate(number(2))]);
    }

    #[test]
    fn the_end_of_a_certificate_is_told_before_it_comes() {
        let end = at(DAY * 60);
        let version =
            VersionFacts { certificate_not_after: Some(end), ..facts(1, KeyState::Active, at(Duration::ZERO)) };
        assert!(plan(at(DAY * 30 - HOUR), &[version], &POLICY, None).is_empty());
        let told = [Step::SayExpiry { version: number(1), at: end }];
        assert_eq!(plan(at(DAY * 30), &[version], &POLICY, None), told);
        assert_eq!(plan(at(DAY * 61), &[version], &POLICY, None), told);
    }

    #[test]
    fn a_key_without_a_version_that_signs_activates_what_is_announced_and_makes_nothing() {
        let disabled = facts(1, KeyState::Disabled, at(Duration::ZERO));
        assert!(plan(at(DAY * 91), &[disabled], &POLICY, None).is_empty());
        let next = facts(2, KeyState::Announced { activatable_at: at(DAY) }, at(Duration::ZERO));
        assert!(plan(at(HOUR), &[disabled, next], &POLICY, None).is_empty());
        assert_eq!(plan(at(DAY), &[disabled, next], &POLICY, None), [Step::Activate(number(2))]);
    }
}
