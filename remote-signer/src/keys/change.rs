//! What an operator or the scheduler wants of a key, and what that means for its versions. Pure: `now` is passed in.

use crate::clock::UnixMillis;
use crate::identity::{KeyId, KeyVersion};
use crate::keys::{KeyEntry, KeyState, Requirement, Stage, requirement};

/// A wish.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// An announced version is to sign; the active one drains.
    Activate(KeyVersion),
    /// A version that signed before is to sign again; the active one drains.
    RollBack(KeyVersion),
    /// A version that has drained is to do nothing but verify.
    EndDraining(KeyVersion),
    /// A version is to be published no more.
    Retire(KeyVersion),
    /// A version is to stop at once, and to be published no more.
    Disable(KeyVersion),
    /// A version that was disabled is to come back.
    Enable(KeyVersion),
}

impl Change {
    /// The version that is named.
    #[must_use]
    pub const fn version(self) -> KeyVersion {
        match self {
            Self::Activate(version)
            | Self::RollBack(version)
            | Self::EndDraining(version)
            | Self::Retire(version)
            | Self::Disable(version)
            | Self::Enable(version) => version,
        }
    }
}

/// A version changes its state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Move {
    pub version: KeyVersion,
    pub from: Stage,
    pub to: KeyState,
    /// Whether something that it waits for had not come about.
    pub forced: bool,
}

/// Why a change is not made.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no such version.
    #[error("key {id} has no version {version}; `splitsign keys show {id}` lists those that it has")]
    NoSuchVersion {
        /// The key.
        id: KeyId,
        /// The version.
        version: KeyVersion,
    },
    /// No state follows the present one in this way.
    #[error(
        "version {version} of key {id} is {from}, and from there nothing leads to {to}; docs/guides/rotation.md shows the states"
    )]
    NoSuchTransition {
        /// The key.
        id: KeyId,
        /// The version.
        version: KeyVersion,
        /// Its state.
        from: Stage,
        /// The state that was wished for.
        to: Stage,
    },
    /// Caches without the version are about.
    #[error(
        "version {version} of key {id} may sign from {at}: until then verifiers may hold a key set without it; wait, or use --force with --reason"
    )]
    TooEarly {
        /// The key.
        id: KeyId,
        /// The version.
        version: KeyVersion,
        /// When it will not be.
        at: UnixMillis,
    },
    /// Descriptors of the version are about.
    #[error(
        "version {version} of key {id} drains until {at}: until then clients may have prepared with it; wait, or use --force with --reason"
    )]
    StillDraining {
        /// The key.
        id: KeyId,
        /// The version.
        version: KeyVersion,
        /// When it will not be.
        at: UnixMillis,
    },
    /// The version was not published for a while.
    #[error(
        "version {version} of key {id} was not published while it was disabled: --force with --reason lets it sign at once"
    )]
    Unpublished {
        /// The key.
        id: KeyId,
        /// The version.
        version: KeyVersion,
    },
    /// The active version has certificates and this one has none.
    #[error(
        "version {version} of key {id} has no certificates, and the active version has: import them with `splitsign keys import-chain`, or use --force with --reason"
    )]
    NoCertificates {
        /// The key.
        id: KeyId,
        /// The version.
        version: KeyVersion,
    },
    /// The certificate would stop the version from signing.
    #[error(
        "version {version} of key {id} could not sign: its certificate {fault}; import another with `splitsign keys import-chain`"
    )]
    Certificate {
        /// The key.
        id: KeyId,
        /// The version.
        version: KeyVersion,
        /// Why.
        fault: super::CertificateFault,
    },
    /// Another version signs.
    #[error("version {active} of key {id} is active: roll back to version {version}, or leave out --force")]
    AnotherIsActive {
        /// The key.
        id: KeyId,
        /// The version that was to sign.
        version: KeyVersion,
        /// The one that does.
        active: KeyVersion,
    },
}

/// When a change is made, and until when copies of what was published may be about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moment {
    /// The time.
    pub now: UnixMillis,
    /// The first moment at which every cache has forgotten what was published until now.
    pub cached_until: UnixMillis,
}

/// What a change means for the versions of a key, in the order in which it is to be done.
///
/// # Errors
/// [`Refusal`]. Nothing but a missing transition holds against `force`.
pub fn decide(
    id: &KeyId,
    versions: &[KeyEntry],
    change: Change,
    moment: Moment,
    force: bool,
) -> Result<Vec<Move>, Refusal> {
    let version = change.version();
    let find = |entry: &&KeyEntry| entry.version == version;
    let entry = versions.iter().find(find).ok_or_else(|| Refusal::NoSuchVersion { id: id.clone(), version })?;
    let active = versions.iter().find(|entry| entry.state == KeyState::Active);
    let case = Case { id, entry, active, moment, force };
    match change {
        Change::Activate(_) if entry.state.stage() == Stage::Announced => case.supersede(),
        Change::RollBack(_) if matches!(entry.state.stage(), Stage::Draining | Stage::VerifyOnly) => case.supersede(),
        Change::Activate(_) | Change::RollBack(_) => Err(case.no_transition(Stage::Active)),
        Change::EndDraining(_) => case.go(KeyState::VerifyOnly).map(|step| vec![step]),
        Change::Retire(_) => case.retire(),
        Change::Disable(_) => case.go(KeyState::Disabled).map(|step| vec![step]),
        Change::Enable(_) if entry.state == KeyState::Disabled => case.enable().map(|step| vec![step]),
        Change::Enable(_) => Err(case.no_transition(Stage::Announced)),
    }
}

struct Case<'a> {
    id: &'a KeyId,
    entry: &'a KeyEntry,
    active: Option<&'a KeyEntry>,
    moment: Moment,
    force: bool,
}

impl Case<'_> {
    /// The active version drains, this one becomes active.
    fn supersede(&self) -> Result<Vec<Move>, Refusal> {
        let certificates = self.check_certificates()?;
        let unpublished = self.check_publication()?;
        let mut step = self.go(KeyState::Active)?;
        step.forced |= certificates || unpublished;
        let drain = self.active.map(|active| Move {
            version: active.version,
            from: Stage::Active,
            to: KeyState::Draining { until: self.moment.cached_until },
            forced: false,
        });
        Ok(drain.into_iter().chain([step]).collect())
    }

    /// Whether force was needed as caches may not know the version: it was disabled, and is published again for less
    /// than a cache keeps what it has.
    fn check_publication(&self) -> Result<bool, Refusal> {
        if self.entry.state != KeyState::VerifyOnly || self.entry.disabled_from != Some(Stage::Disabled) {
            return Ok(false);
        }
        let Moment { now, cached_until } = self.moment;
        let at =
            UnixMillis::new(self.entry.state_since.get().saturating_add(cached_until.get().saturating_sub(now.get())));
        let unpublished = now < at;
        if unpublished && !self.force {
            return Err(Refusal::TooEarly { id: self.id.clone(), version: self.entry.version, at });
        }
        Ok(unpublished)
    }

    /// Whether force was needed for the certificates.
    fn check_certificates(&self) -> Result<bool, Refusal> {
        let (id, version) = (self.id.clone(), self.entry.version);
        if let Err(fault) = self.entry.check_certificate(self.moment.now) {
            // Force does not help: the version would be active and sign nothing.
            return Err(Refusal::Certificate { id, version, fault });
        }
        let lost = self.active.is_some_and(|active| active.leaf.is_some()) && self.entry.leaf.is_none();
        if lost && !self.force {
            return Err(Refusal::NoCertificates { id, version });
        }
        Ok(lost)
    }

    /// Before anybody saw it, or when it has drained; what drains goes through `verify-only`.
    fn retire(&self) -> Result<Vec<Move>, Refusal> {
        if self.entry.state.stage() != Stage::Draining {
            return self.go(KeyState::Retired).map(|step| vec![step]);
        }
        let end = self.go(KeyState::VerifyOnly)?;
        let retire =
            Move { version: self.entry.version, from: Stage::VerifyOnly, to: KeyState::Retired, forced: end.forced };
        Ok(vec![end, retire])
    }

    /// Back to where it was, as far as caches without it permit.
    fn enable(&self) -> Result<Move, Refusal> {
        let announced = KeyState::Announced { activatable_at: self.moment.cached_until };
        match (self.entry.disabled_from, self.active) {
            (Some(Stage::Active), None) if self.force => {
                self.check_certificates()?;
                self.go(KeyState::Active)
            }
            (Some(Stage::Active), Some(active)) if self.force => Err(Refusal::AnotherIsActive {
                id: self.id.clone(),
                version: self.entry.version,
                active: active.version,
            }),
            (Some(Stage::Active), None) | (Some(Stage::Announced), _) => self.go(announced),
            // Another version signs now; rolling back to this one is a decision of its own.
            (Some(Stage::Active), Some(_))
            | (Some(Stage::Draining | Stage::VerifyOnly | Stage::Retired | Stage::Disabled) | None, _) => {
                self.go(KeyState::VerifyOnly)
            }
        }
    }

    fn go(&self, to: KeyState) -> Result<Move, Refusal> {
        let from = self.entry.state.stage();
        let requirement = requirement(from, to.stage()).ok_or_else(|| self.no_transition(to.stage()))?;
        let (id, version, now) = (self.id.clone(), self.entry.version, self.moment.now);
        let unmet = match (requirement, self.entry.state) {
            (Requirement::Nothing, _) => None,
            (Requirement::Announced, KeyState::Announced { activatable_at: at }) => {
                (now < at).then_some(Refusal::TooEarly { id, version, at })
            }
            (Requirement::Drained, KeyState::Draining { until: at }) => {
                (now < at).then_some(Refusal::StillDraining { id, version, at })
            }
            (Requirement::Announced | Requirement::Drained | Requirement::Force, _) => {
                Some(Refusal::Unpublished { id, version })
            }
        };
        match unmet {
            Some(refusal) if !self.force => Err(refusal),
            unmet => Ok(Move { version, from, to, forced: unmet.is_some() }),
        }
    }

    fn no_transition(&self, to: Stage) -> Refusal {
        Refusal::NoSuchTransition {
            id: self.id.clone(),
            version: self.entry.version,
            from: self.entry.state.stage(),
            to,
        }
    }
}

/// The version that signed before the active one, and that may sign again.
#[must_use]
pub fn previous(versions: &[KeyEntry]) -> Option<KeyVersion> {
    let before = versions.iter().filter(|entry| matches!(entry.state.stage(), Stage::Draining | Stage::VerifyOnly));
    before.max_by_key(|entry| (entry.activated_at, entry.version)).map(|entry| entry.version)
}
