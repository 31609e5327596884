//! What CSC tells of a certificate.

use x509_cert::Certificate;
use x509_cert::der::{DateTime, Decode as _};

use crate::clock::UnixMillis;
use crate::encoding::hex;

/// A leaf, read.
pub(super) struct CertificateInfo {
    /// RFC 4514.
    pub(super) subject: String,
    /// RFC 4514.
    pub(super) issuer: String,
    /// Hex.
    pub(super) serial: String,
    not_before: DateTime,
    not_after: DateTime,
}

impl CertificateInfo {
    /// `None` if it is no certificate.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let certificate = Certificate::from_der(der).ok()?;
        let tbs = certificate.tbs_certificate();
        Some(Self {
            subject: tbs.subject().to_string(),
            issuer: tbs.issuer().to_string(),
            serial: hex(tbs.serial_number().as_bytes()),
            not_before: tbs.validity().not_before.to_date_time(),
            not_after: tbs.validity().not_after.to_date_time(),
        })
    }

    /// `valid`, `expired`, or `suspended` for one that is not valid yet. Revocation is not looked up.
    pub(super) fn status(&self, now: UnixMillis) -> &'static str {
        let seconds = u64::try_from(now.get()).unwrap_or_default() / 1000;
        if seconds < self.not_before.unix_duration().as_secs() {
            "suspended"
        } else if seconds > self.not_after.unix_duration().as_secs() {
            "expired"
        } else {
            "valid"
        }
    }

    pub(super) fn valid_from(&self) -> String {
        generalized(self.not_before)
    }

    pub(super) fn valid_to(&self) -> String {
        generalized(self.not_after)
    }
}

/// GeneralizedTime (RFC 5280, 4.1.2.5.2): `YYYYMMDDHHMMSSZ`.
fn generalized(time: DateTime) -> String {
    format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}Z",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minutes(),
        time.seconds()
    )
}
