//! Certificates for development: a root that nobody trusts, and leaves that have everything else right.
//!
//! Leaves carry the key usage and extended key usage that C2PA claim signers need, so that the only complaint of a
//! validator is the root.

use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};
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

use crate::providers::ProviderError;
use crate::providers::file::error::internal;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const ROOT_DAYS: u32 = 3650;
const LEAF_DAYS: u32 = 365;
/// id-kp-emailProtection (RFC 5280, 4.2.1.12), which C2PA accepts for claim signers.
const EMAIL_PROTECTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4");

/// Two keys made at once must not make two roots.
#[derive(Default, Debug)]
pub(super) struct Lock(Mutex<()>);

impl Lock {
    pub(super) fn lock(&self) -> MutexGuard<'_, ()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The root of one data directory.
pub(super) struct DevelopmentCa {
    key: SigningKey,
    certificate: Vec<u8>,
    subject: Name,
}

impl DevelopmentCa {
    /// Makes a root certificate for `key`.
    pub(super) fn create(key: SigningKey) -> Result<Self, ProviderError> {
        let subject = name("development root")?;
        let certificate =
            issue(Profile { subject: subject.clone(), issuer: None }, ROOT_DAYS, key.verifying_key(), &key)?;
        Ok(Self { key, certificate, subject })
    }

    /// Takes a root that exists.
    pub(super) fn open(key: SigningKey, certificate: Vec<u8>) -> Result<Self, ProviderError> {
        let parsed = Certificate::from_der(&certificate).map_err(|e| internal("read the development root", e))?;
        Ok(Self { key, subject: parsed.tbs_certificate().subject().clone(), certificate })
    }

    pub(super) fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// A chain for a key: leaf and root.
    pub(super) fn issue(&self, key_id: &str, key: &VerifyingKey) -> Result<Vec<Vec<u8>>, ProviderError> {
        let profile = Profile { subject: name(key_id)?, issuer: Some(self.subject.clone()) };
        let leaf = issue(profile, LEAF_DAYS, key, &self.key)?;
        Ok(vec![leaf, self.certificate.clone()])
    }
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

fn issue(profile: Profile, days: u32, key: &VerifyingKey, issuer: &SigningKey) -> Result<Vec<u8>, ProviderError> {
    let mut serial = [0; 16];
    getrandom::fill(&mut serial).map_err(|e| internal("draw random bytes", e))?;
    // Positive, and never shortened by leading zeros.
    serial[0] = serial[0] & 0x7f | 0x40;
    let make = || -> builder::Result<Vec<u8>> {
        let key = SubjectPublicKeyInfoOwned::from_key(key)?;
        let builder = CertificateBuilder::new(profile, SerialNumber::new(&serial)?, validity(days)?, key)?;
        Ok(builder.build::<_, DerSignature>(issuer)?.to_der()?)
    };
    make().map_err(|e| internal("make a development certificate", e))
}

/// From an hour ago, as clocks differ, in whole seconds.
fn validity(days: u32) -> x509_cert::der::Result<Validity> {
    let start = now().saturating_sub(Duration::from_secs(3600));
    let time = |since_epoch: Duration| -> x509_cert::der::Result<Time> {
        let moment = DateTime::from_unix_duration(Duration::from_secs(since_epoch.as_secs()))?;
        // RFC 5280, 4.1.2.5: UTCTime up to 2049.
        let utc = UtcTime::from_date_time(moment).map(Time::UtcTime);
        Ok(utc.unwrap_or_else(|_| Time::GeneralTime(GeneralizedTime::from_date_time(moment))))
    };
    Ok(Validity::new(time(start)?, time(start + DAY * days)?))
}

#[expect(clippy::disallowed_methods, reason = "certificates begin now; nothing else is decided by it")]
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
