//! Certificates for development: a root that nobody trusts, and leaves that have everything else right.
//!
//! Leaves carry the key usage and extended key usage that C2PA claim signers need, so that the only complaint of a
//! validator is the root. Its key lies beside the keys that it certifies, so it proves nothing to anybody else.

use core::fmt;
use core::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

use p256::ecdsa::{DerSignature, SigningKey, VerifyingKey};
use splitsign_core::digest::Sha256;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder as _, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::der::asn1::{GeneralizedTime, OctetString, UtcTime};
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::{DateTime, Decode as _, Encode as _};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension as _};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};
use x509_cert::{Certificate, builder};

use crate::providers::file::error::internal;
use crate::providers::{ErrorClass, ProviderError};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const ROOT_DAYS: u32 = 3650;
const LEAF_DAYS: u32 = 365;
/// id-kp-emailProtection (RFC 5280, 4.2.1.12), which C2PA accepts for claim signers.
const EMAIL_PROTECTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4");

/// The root of one directory.
pub(super) struct DevelopmentCa {
    /// Wiped when dropped.
    key: SigningKey,
    certificate: Vec<u8>,
    subject: Name,
    not_after: Duration,
}

impl fmt::Debug for DevelopmentCa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevelopmentCa").field("not_after", &self.not_after).finish_non_exhaustive()
    }
}

impl DevelopmentCa {
    /// Makes a root certificate for `key`.
    pub(super) fn certificate_for(key: &SigningKey, now: SystemTime) -> Result<Vec<u8>, ProviderError> {
        let profile = Profile { subject: name("development root")?, issuer: None };
        let (start, end) = lifetime(now, ROOT_DAYS);
        issue(profile, start, end, key.verifying_key(), key)
    }

    /// Takes a root that exists; `None` if the certificate is not that of the key.
    pub(super) fn open(key: SigningKey, certificate: Vec<u8>) -> Option<Self> {
        if !certifies(&certificate, key.verifying_key()) {
            return None;
        }
        let parsed = Certificate::from_der(&certificate).ok()?;
        let subject = parsed.tbs_certificate().subject().clone();
        let not_after = parsed.tbs_certificate().validity().not_after.to_unix_duration();
        Some(Self { key, certificate, subject, not_after })
    }

    /// A chain for a key: leaf and root. The leaf never outlives the root.
    pub(super) fn issue(
        &self,
        common_name: &str,
        key: &VerifyingKey,
        now: SystemTime,
    ) -> Result<Vec<Vec<u8>>, ProviderError> {
        let (start, end) = lifetime(now, LEAF_DAYS);
        if start >= self.not_after {
            let message = "the development root has expired: move development-ca.age and development-ca.der \
                           away and start again, and a new one is made";
            return Err(ProviderError::new(ErrorClass::Invalid, message));
        }
        let profile = Profile { subject: name(common_name)?, issuer: Some(self.subject.clone()) };
        let leaf = issue(profile, start, end.min(self.not_after), key, &self.key)?;
        Ok(vec![leaf, self.certificate.clone()])
    }
}

/// Whether this is a certificate of this key. Who signed it is not looked at.
pub(super) fn certifies(certificate: &[u8], key: &VerifyingKey) -> bool {
    let Ok(certificate) = Certificate::from_der(certificate) else { return false };
    SubjectPublicKeyInfoOwned::from_key(key)
        .is_ok_and(|expected| *certificate.tbs_certificate().subject_public_key_info() == expected)
}

fn name(common: &str) -> Result<Name, ProviderError> {
    // Key ids have no character that RFC 4514 escapes.
    format!("CN={common},O=splitsign development").parse().map_err(|e| internal("write the name of a certificate", e))
}

/// What stands in a certificate: a root if nobody else issues it.
struct Profile {
    subject: Name,
    issuer: Option<Name>,
}

impl BuilderProfile for Profile {
    fn get_issuer(&self, subject: &Name) -> Name {
        self.issuer.clone().unwrap_or_else(|| subject.clone())
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        subject_key: SubjectPublicKeyInfoRef<'_>,
        issuer_key: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> builder::Result<Vec<Extension>> {
        let is_root = self.issuer.is_none();
        let usage =
            if is_root { KeyUsages::KeyCertSign | KeyUsages::CRLSign } else { KeyUsages::DigitalSignature.into() };
        let authority =
            AuthorityKeyIdentifier { key_identifier: Some(key_identifier(&issuer_key)?), ..Default::default() };
        let mut extensions = vec![
            // A path length of zero: the root signs leaves and nothing else.
            BasicConstraints { ca: is_root, path_len_constraint: is_root.then_some(0) }
                .to_extension(tbs.subject(), &[])?,
            KeyUsage(usage).to_extension(tbs.subject(), &[])?,
            SubjectKeyIdentifier(key_identifier(&subject_key)?).to_extension(tbs.subject(), &[])?,
            authority.to_extension(tbs.subject(), &[])?,
        ];
        if !is_root {
            extensions.push(ExtendedKeyUsage(vec![EMAIL_PROTECTION]).to_extension(tbs.subject(), &[])?);
        }
        Ok(extensions)
    }
}

/// The leftmost 160 bits of SHA-256 of the key (RFC 7093, method 1).
fn key_identifier(key: &SubjectPublicKeyInfoRef<'_>) -> x509_cert::der::Result<OctetString> {
    let digest = Sha256::digest(key.subject_public_key.raw_bytes());
    OctetString::new(&digest.as_bytes()[..20])
}

fn issue(
    profile: Profile,
    start: Duration,
    end: Duration,
    key: &VerifyingKey,
    issuer: &SigningKey,
) -> Result<Vec<u8>, ProviderError> {
    let mut serial = [0; 16];
    getrandom::fill(&mut serial).map_err(|e| internal("draw random bytes", e))?;
    // Positive, and never shortened by leading zeros.
    serial[0] = serial[0] & 0x7f | 0x40;
    let make = || -> builder::Result<Vec<u8>> {
        let key = SubjectPublicKeyInfoOwned::from_key(key)?;
        let validity = Validity::new(time(start)?, time(end)?);
        let builder = CertificateBuilder::new(profile, SerialNumber::new(&serial)?, validity, key)?;
        Ok(builder.build::<_, DerSignature>(issuer)?.to_der()?)
    };
    make().map_err(|e| internal("make a development certificate", e))
}

/// From an hour ago, as clocks differ.
fn lifetime(now: SystemTime, days: u32) -> (Duration, Duration) {
    let start = now.duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(Duration::from_secs(3600));
    (start, start + DAY * days)
}

/// In whole seconds, as UTCTime up to 2049 (RFC 5280, 4.1.2.5).
fn time(since_epoch: Duration) -> x509_cert::der::Result<Time> {
    let moment = DateTime::from_unix_duration(Duration::from_secs(since_epoch.as_secs()))?;
    let utc = UtcTime::from_date_time(moment).map(Time::UtcTime);
    Ok(utc.unwrap_or_else(|_| Time::GeneralTime(GeneralizedTime::from_date_time(moment))))
}
