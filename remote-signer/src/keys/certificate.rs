//! The leaf certificate of a version, as far as signing depends on it.

use core::fmt;
use core::time::Duration;

use splitsign_core::ecdsa::PublicKey;
use x509_cert::Certificate;
use x509_cert::der::{Decode as _, Encode as _};

use crate::clock::UnixMillis;

/// What is read of a leaf certificate once, when the version is loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Leaf {
    /// The first moment at which it is valid.
    pub not_before: UnixMillis,
    /// The last second in which it is valid (RFC 5280, 4.1.2.5: both ends are included).
    pub not_after: UnixMillis,
    /// Whether it is a certificate of the version's key.
    pub matches_key: bool,
    /// Whether it could be read.
    readable: bool,
}

/// Why a certificate stops its key from signing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CertificateFault {
    /// It cannot be read.
    Unreadable,
    /// It is one of another key.
    OtherKey,
    /// It will be valid.
    NotYetValid {
        /// From when on.
        from: UnixMillis,
    },
    /// It was valid.
    Expired {
        /// Its last second.
        at: UnixMillis,
    },
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => f.write_str("cannot be read"),
            Self::OtherKey => f.write_str("is one of another key"),
            Self::NotYetValid { from } => write!(f, "is not valid before {from}"),
            Self::Expired { at } => write!(f, "expired at {at}"),
        }
    }
}

impl Leaf {
    /// Reads a certificate in DER. One that cannot be read is a fault when it is used, not a failure now: other
    /// versions and keys are none of its business.
    #[must_use]
    pub fn read(der: &[u8], key: &PublicKey) -> Self {
        let unreadable =
            Self { not_before: UnixMillis::new(0), not_after: UnixMillis::new(0), matches_key: false, readable: false };
        let Ok(certificate) = Certificate::from_der(der) else { return unreadable };
        let tbs = certificate.tbs_certificate();
        let Ok(spki) = tbs.subject_public_key_info().to_der() else { return unreadable };
        let at = |since: Duration| UnixMillis::new(0).after(since);
        Self {
            not_before: at(tbs.validity().not_before.to_unix_duration()),
            not_after: at(tbs.validity().not_after.to_unix_duration()),
            matches_key: PublicKey::from_spki(&spki).is_ok_and(|certified| certified == *key),
            readable: true,
        }
    }

    /// Whether its key may sign at this moment.
    ///
    /// # Errors
    /// [`CertificateFault`].
    pub fn check(&self, now: UnixMillis) -> Result<(), CertificateFault> {
        // The last second is valid to its end.
        let end = self.not_after.after(Duration::from_secs(1));
        match () {
            () if !self.readable => Err(CertificateFault::Unreadable),
            () if !self.matches_key => Err(CertificateFault::OtherKey),
            () if now < self.not_before => Err(CertificateFault::NotYetValid { from: self.not_before }),
            () if now >= end => Err(CertificateFault::Expired { at: self.not_after }),
            () => Ok(()),
        }
    }
}
