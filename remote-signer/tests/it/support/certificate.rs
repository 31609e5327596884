//! Certificates for tests: as long as somebody wants, of whom somebody wants.

use core::time::Duration;

use p256::ecdsa::{DerSignature, SigningKey};
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{self, Builder as _, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::der::Encode as _;
use x509_cert::ext::pkix::BasicConstraints;
use x509_cert::ext::{Extension, ToExtension as _};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};

/// Seconds since 1970: from 2020 to 2049.
pub(crate) const LIFETIME: (u64, u64) = (1_577_836_800, 2_500_000_000);

/// Who is certified by whom.
pub(crate) struct Names {
    pub(crate) subject: &'static str,
    pub(crate) issuer: &'static str,
    pub(crate) ca: bool,
}

impl BuilderProfile for Names {
    fn get_issuer(&self, _subject: &Name) -> Name {
        self.issuer.parse().unwrap()
    }

    fn get_subject(&self) -> Name {
        self.subject.parse().unwrap()
    }

    fn build_extensions(
        &self,
        _subject_key: SubjectPublicKeyInfoRef<'_>,
        _issuer_key: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> builder::Result<Vec<Extension>> {
        let constraints = BasicConstraints { ca: self.ca, path_len_constraint: None };
        Ok(vec![constraints.to_extension(tbs.subject(), &[])?])
    }
}

/// A certificate of `subject`'s key that `issuer` signed.
pub(crate) fn issue(names: Names, subject: &SigningKey, issuer: &SigningKey, (start, end): (u64, u64)) -> Vec<u8> {
    let spki = SubjectPublicKeyInfoOwned::from_key(subject.verifying_key()).unwrap();
    issue_for(names, spki, issuer, (start, end))
}

pub(crate) fn issue_for(
    names: Names,
    spki: SubjectPublicKeyInfoOwned,
    issuer: &SigningKey,
    (start, end): (u64, u64),
) -> Vec<u8> {
    let time = |seconds| Time::try_from(std::time::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
    let validity = Validity::new(time(start), time(end));
    let serial = SerialNumber::from(7_u8);
    let builder = CertificateBuilder::new(names, serial, validity, spki).unwrap();
    builder.build::<_, DerSignature>(issuer).unwrap().to_der().unwrap()
}

pub(crate) fn self_signed(key: &SigningKey, lifetime: (u64, u64)) -> Vec<u8> {
    issue(Names { subject: "CN=test", issuer: "CN=test", ca: false }, key, key, lifetime)
}
