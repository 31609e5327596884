//! The states of a key version, and which of them may follow which. Pure: no clock, no storage.
//!
//! ```text
//! announced ──▶ active ──▶ draining ──▶ verify-only ──▶ retired
//!                 ▲           │             │
//!                 └───────────┴─(rollback)──┘
//! ```
//! Every state but `retired` may become `disabled`; from there it goes back to `announced`, `active` or `verify-only`,
//! or on to `retired`. What is not in [`requirement`] does not happen.

use core::fmt;

use crate::clock::UnixMillis;

/// The name of a state, without its times.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stage {
    /// Published, so that caches learn of it; does not sign.
    Announced,
    /// Signs.
    Active,
    /// Signs for those who pin it, until the caches have forgotten it.
    Draining,
    /// Published, so that old signatures are verified; does not sign.
    VerifyOnly,
    /// Not published, does not sign. The end.
    Retired,
    /// Not published, does not sign. May come back.
    Disabled,
}

impl Stage {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Announced, Self::Active, Self::Draining, Self::VerifyOnly, Self::Retired, Self::Disabled];

    /// The name, as the database, the API, the audit trail and the command line have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Active => "active",
            Self::Draining => "draining",
            Self::VerifyOnly => "verify-only",
            Self::Retired => "retired",
            Self::Disabled => "disabled",
        }
    }

    /// The state of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }

    /// Whether verifiers are given the public key.
    #[must_use]
    pub const fn is_published(self) -> bool {
        match self {
            Self::Announced | Self::Active | Self::Draining | Self::VerifyOnly => true,
            Self::Retired | Self::Disabled => false,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a version may be used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyState {
    /// Published, so that caches learn of it; does not sign.
    Announced {
        /// The first moment at which no cache is without it.
        activatable_at: UnixMillis,
    },
    /// It signs.
    Active,
    /// It signs for those who pin it, until the moment given.
    Draining {
        /// The first moment at which it does not.
        until: UnixMillis,
    },
    /// Published, so that old signatures are verified; does not sign.
    VerifyOnly,
    /// Not published, does not sign. The end.
    Retired,
    /// Not published, does not sign. May come back.
    Disabled,
}

impl KeyState {
    /// The state without its times.
    #[must_use]
    pub const fn stage(self) -> Stage {
        match self {
            Self::Announced { .. } => Stage::Announced,
            Self::Active => Stage::Active,
            Self::Draining { .. } => Stage::Draining,
            Self::VerifyOnly => Stage::VerifyOnly,
            Self::Retired => Stage::Retired,
            Self::Disabled => Stage::Disabled,
        }
    }

    /// The name, as the database, the API and the command line have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.stage().name()
    }

    /// The state as time has made it: a version that has drained only verifies, whether or not anybody wrote that down.
    #[must_use]
    pub fn at(self, now: UnixMillis) -> Self {
        match self {
            Self::Draining { until } if until <= now => Self::VerifyOnly,
            Self::Announced { .. }
            | Self::Active
            | Self::Draining { .. }
            | Self::VerifyOnly
            | Self::Retired
            | Self::Disabled => self,
        }
    }
}

impl fmt::Display for KeyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a transition waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Requirement {
    /// Nothing.
    Nothing,
    /// That every cache has the version: the announcement is as old as anything that was published before it.
    Announced,
    /// That nobody holds a descriptor of the version any more: it has drained.
    Drained,
    /// Never met: only by force, with a reason on record.
    Force,
}

/// What the transition requires; `None` if it does not exist.
#[must_use]
pub const fn requirement(from: Stage, to: Stage) -> Option<Requirement> {
    match (from, to) {
        (Stage::Announced, Stage::Active) => Some(Requirement::Announced),
        // Superseded; it goes on to sign for those who pinned it.
        (Stage::Active, Stage::Draining) => Some(Requirement::Nothing),
        (Stage::Draining, Stage::VerifyOnly) => Some(Requirement::Drained),
        // Rollback: it was published all the time, so that no cache is without it.
        (Stage::Draining | Stage::VerifyOnly, Stage::Active) => Some(Requirement::Nothing),
        (Stage::Announced | Stage::VerifyOnly | Stage::Disabled, Stage::Retired) => Some(Requirement::Nothing),
        (Stage::Announced | Stage::Active | Stage::Draining | Stage::VerifyOnly, Stage::Disabled) => {
            Some(Requirement::Nothing)
        }
        // It was not published meanwhile: caches without it are about, so it is announced again.
        (Stage::Disabled, Stage::Announced | Stage::VerifyOnly) => Some(Requirement::Nothing),
        (Stage::Disabled, Stage::Active) => Some(Requirement::Force),
        (Stage::Announced, Stage::Announced | Stage::Draining | Stage::VerifyOnly)
        | (Stage::Active, Stage::Announced | Stage::Active | Stage::VerifyOnly | Stage::Retired)
        | (Stage::Draining, Stage::Announced | Stage::Draining | Stage::Retired)
        | (Stage::VerifyOnly, Stage::Announced | Stage::Draining | Stage::VerifyOnly)
        | (Stage::Retired, _)
        | (Stage::Disabled, Stage::Draining | Stage::Disabled) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyState, Requirement, Stage, requirement};
    use crate::clock::UnixMillis;

    /// All 36 pairs, as a picture that is compared with the function.
    #[test]
    fn the_table_is_this_one_and_no_other() {
        // Rows: from. Columns: to. `.` never, `o` always, `w` after the window, `d` after draining, `f` by force.
        let picture = [
            ("announced  ", ".w..oo"),
            ("active     ", "..o..o"),
            ("draining   ", ".o.d.o"),
            ("verify-only", ".o..oo"),
            ("retired    ", "......"),
            ("disabled   ", "of.oo."),
        ];
        for (from, (name, row)) in Stage::ALL.into_iter().zip(picture) {
            assert_eq!(from.name(), name.trim());
            for (to, expected) in Stage::ALL.into_iter().zip(row.chars()) {
                let actual = match requirement(from, to) {
                    None => '.',
                    Some(Requirement::Nothing) => 'o',
                    Some(Requirement::Announced) => 'w',
                    Some(Requirement::Drained) => 'd',
                    Some(Requirement::Force) => 'f',
                };
                assert_eq!(actual, expected, "{from} → {to}");
            }
        }
    }

    #[test]
    fn nothing_leaves_retired_and_everything_else_can_be_disabled_and_reach_it() {
        for stage in Stage::ALL {
            assert_eq!(requirement(Stage::Retired, stage), None);
            let can_be_disabled = requirement(stage, Stage::Disabled).is_some();
            assert_eq!(can_be_disabled, !matches!(stage, Stage::Retired | Stage::Disabled), "{stage}");
        }
        assert!(requirement(Stage::Disabled, Stage::Retired).is_some());
    }

    #[test]
    fn what_starts_to_sign_was_published_long_enough_or_is_forced() {
        for from in Stage::ALL {
            let free = requirement(from, Stage::Active) == Some(Requirement::Nothing);
            assert_eq!(free, matches!(from, Stage::Draining | Stage::VerifyOnly), "{from}");
        }
    }

    #[test]
    fn names_go_there_and_back() {
        for stage in Stage::ALL {
            assert_eq!(Stage::named(stage.name()), Some(stage));
        }
        assert_eq!(Stage::named("verify_only"), None);
    }

    #[test]
    fn a_version_that_has_drained_only_verifies_whoever_wrote_what_down() {
        let draining = KeyState::Draining { until: UnixMillis::new(10) };
        assert_eq!(draining.at(UnixMillis::new(9)), draining);
        assert_eq!(draining.at(UnixMillis::new(10)), KeyState::VerifyOnly);
        assert_eq!(KeyState::Active.at(UnixMillis::new(10)), KeyState::Active);
    }
}
