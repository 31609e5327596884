//! A certificate chain that somebody wants to import: it is checked here, or it is not taken.
//!
//! Checked (RFC 5280, 6.1, as far as it goes without a trust anchor): each certificate is DER and valid now; the leaf
//! certifies the version's key, is no CA and may sign; each one is issued by the next, which is a CA that may sign
//! certificates and that many of them; each signature of an algorithm that is known here verifies.
//!
//! **Not checked:** who trusts the last certificate, revocation, name constraints, policies.

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey,
    VerificationAlgorithm,
};
use splitsign_core::ecdsa::PublicKey;
use splitsign_core::x509::Chain;
use x509_cert::Certificate;
use x509_cert::der::asn1::{AnyRef, ObjectIdentifier};
use x509_cert::der::{Decode as _, Reader as _, SliceReader};
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages};

use crate::clock::UnixMillis;
use crate::keys::{CertificateFault, Leaf};

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const RSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const RSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const EDDSA_25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// Why a chain is not taken. Certificates count from 1, the leaf.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// Too many, none, or too large.
    #[error("this is no certificate chain that can be carried in a signature")]
    Size(#[source] splitsign_core::Error),
    /// Not DER, or no certificate.
    #[error("certificate {number} cannot be read")]
    Unreadable {
        /// Which one.
        number: usize,
        /// Why.
        #[source]
        source: x509_cert::der::Error,
    },
    /// The leaf is not for this.
    #[error("certificate 1, the leaf, {0}; put the key's own certificate first")]
    Leaf(CertificateFault),
    /// The leaf may not sign.
    #[error("certificate 1, the leaf, {0}")]
    LeafUse(&'static str),
    /// Another one is not valid now.
    #[error("certificate {number} {fault}")]
    NotValid {
        /// Which one.
        number: usize,
        /// Why.
        fault: CertificateFault,
    },
    /// The order is wrong, or one is missing.
    #[error(
        "certificate {number} is issued by `{issuer}`, and the next one is `{next}`: put each issuer after what it issued"
    )]
    Order {
        /// Which one.
        number: usize,
        /// Who issued it.
        issuer: String,
        /// Who comes next.
        next: String,
    },
    /// An issuer may not issue.
    #[error("certificate {number} {what}, so nothing that it issued is accepted")]
    Issuer {
        /// Which one.
        number: usize,
        /// Why.
        what: &'static str,
    },
    /// A signature is wrong.
    #[error("the signature of certificate {number} is not one of its issuer's key")]
    Signature {
        /// Which one.
        number: usize,
    },
}

/// A chain that was checked against a key.
#[derive(Clone, Debug)]
pub struct CheckedChain {
    certificates: Vec<Vec<u8>>,
    leaf: Leaf,
    /// Certificates whose signature is of an algorithm that is not known here, counted from 1.
    unverified: Vec<usize>,
}

impl CheckedChain {
    /// Checks a chain, leaf first, DER, for a key at this moment.
    ///
    /// # Errors
    /// [`ChainError`].
    pub fn check(certificates: Vec<Vec<u8>>, key: &PublicKey, now: UnixMillis) -> Result<Self, ChainError> {
        let slices: Vec<_> = certificates.iter().map(Vec::as_slice).collect();
        Chain::from_slices(&slices).map_err(ChainError::Size)?;
        let mut parsed = Vec::with_capacity(certificates.len());
        for (number, der) in (1..).zip(&certificates) {
            let certificate = Certificate::from_der(der).map_err(|source| ChainError::Unreadable { number, source })?;
            parsed.push(certificate);
        }
        let leaf = slices.first().map(|der| Leaf::read(der, key));
        let leaf = leaf.ok_or(ChainError::LeafUse("is missing"))?;
        leaf.check(now).map_err(ChainError::Leaf)?;
        check_leaf_use(parsed.first())?;
        for (number, certificate) in (1..).zip(&parsed) {
            check_validity(number, certificate, now)?;
        }
        let mut unverified = Vec::new();
        for (index, (child, issuer)) in parsed.iter().zip(parsed.iter().skip(1)).enumerate() {
            check_link(index, child, issuer)?;
        }
        // Who issued itself is checked with its own key; who else comes last has an issuer that is not here.
        let issuers = parsed.iter().skip(1).chain(parsed.last());
        for (number, ((child, der), issuer)) in (1..).zip(parsed.iter().zip(&certificates).zip(issuers)) {
            if child.tbs_certificate().issuer() != issuer.tbs_certificate().subject() {
                continue;
            }
            match verify(child, der, issuer) {
                Some(true) => {}
                Some(false) => return Err(ChainError::Signature { number }),
                None => unverified.push(number),
            }
        }
        Ok(Self { certificates, leaf, unverified })
    }

    /// DER, leaf first.
    #[must_use]
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    /// What signing needs to know of the leaf.
    #[must_use]
    pub const fn leaf(&self) -> &Leaf {
        &self.leaf
    }

    /// Certificates whose signature nobody checked, counted from 1.
    #[must_use]
    pub fn unverified(&self) -> &[usize] {
        &self.unverified
    }
}

fn check_leaf_use(leaf: Option<&Certificate>) -> Result<(), ChainError> {
    let Some(leaf) = leaf else { return Err(ChainError::LeafUse("is missing")) };
    let unreadable = |source| ChainError::Unreadable { number: 1, source };
    let tbs = leaf.tbs_certificate();
    let constraints = tbs.get_extension::<BasicConstraints>().map_err(unreadable)?;
    if constraints.is_some_and(|(_, constraints)| constraints.ca) {
        return Err(ChainError::LeafUse("is one of a CA: a key that signs content must not issue certificates"));
    }
    let usage = tbs.get_extension::<KeyUsage>().map_err(unreadable)?;
    let signs =
        |usage: &KeyUsage| usage.0.contains(KeyUsages::DigitalSignature) || usage.0.contains(KeyUsages::NonRepudiation);
    match usage {
        Some((_, usage)) if !signs(&usage) => Err(ChainError::LeafUse("has a key usage without digitalSignature")),
        Some(_) | None => Ok(()),
    }
}

fn check_validity(number: usize, certificate: &Certificate, now: UnixMillis) -> Result<(), ChainError> {
    let validity = certificate.tbs_certificate().validity();
    let at = |time: x509_cert::time::Time| UnixMillis::new(0).after(time.to_unix_duration());
    let leaf = Leaf::of_validity(at(validity.not_before), at(validity.not_after));
    leaf.check(now).map_err(|fault| ChainError::NotValid { number, fault })
}

/// `index` counts from 0: so many certificates that are no leaf are below the issuer.
fn check_link(index: usize, child: &Certificate, issuer: &Certificate) -> Result<(), ChainError> {
    let (child, issuer) = (child.tbs_certificate(), issuer.tbs_certificate());
    if child.issuer() != issuer.subject() {
        let (issuer, next) = (child.issuer().to_string(), issuer.subject().to_string());
        return Err(ChainError::Order { number: index + 1, issuer, next });
    }
    let number = index + 2;
    let unreadable = |source| ChainError::Unreadable { number, source };
    let constraints =
        issuer.get_extension::<BasicConstraints>().map_err(unreadable)?.map(|(_, constraints)| constraints);
    let Some(constraints) = constraints.filter(|constraints| constraints.ca) else {
        return Err(ChainError::Issuer { number, what: "is not one of a CA (basicConstraints)" });
    };
    if constraints.path_len_constraint.is_some_and(|limit| usize::from(limit) < index) {
        return Err(ChainError::Issuer { number, what: "has a path length that is too short" });
    }
    match issuer.get_extension::<KeyUsage>().map_err(unreadable)? {
        Some((_, usage)) if !usage.0.contains(KeyUsages::KeyCertSign) => {
            Err(ChainError::Issuer { number, what: "has a key usage without keyCertSign" })
        }
        Some(_) | None => Ok(()),
    }
}

/// `None` for an algorithm that is not known here.
fn verify(child: &Certificate, der: &[u8], issuer: &Certificate) -> Option<bool> {
    let spki = issuer.tbs_certificate().subject_public_key_info();
    let curve =
        spki.algorithm.parameters.as_ref().and_then(|parameters| parameters.decode_as::<ObjectIdentifier>().ok());
    let algorithm: &'static dyn VerificationAlgorithm =
        match (child.signature_algorithm().oid, spki.algorithm.oid, curve) {
            (ECDSA_SHA256, EC_PUBLIC_KEY, Some(P256)) => &ECDSA_P256_SHA256_ASN1,
            (ECDSA_SHA384, EC_PUBLIC_KEY, Some(P256)) => &ECDSA_P256_SHA384_ASN1,
            (ECDSA_SHA256, EC_PUBLIC_KEY, Some(P384)) => &ECDSA_P384_SHA256_ASN1,
            (ECDSA_SHA384, EC_PUBLIC_KEY, Some(P384)) => &ECDSA_P384_SHA384_ASN1,
            (RSA_SHA256, RSA, _) => &RSA_PKCS1_2048_8192_SHA256,
            (RSA_SHA384, RSA, _) => &RSA_PKCS1_2048_8192_SHA384,
            (RSA_SHA512, RSA, _) => &RSA_PKCS1_2048_8192_SHA512,
            (EDDSA_25519, EDDSA_25519, _) => &ED25519,
            _ => return None,
        };
    // The bytes as they are: what was signed is never encoded again.
    let signed = AnyRef::from_der(der).and_then(|certificate| SliceReader::new(certificate.value())?.tlv_bytes());
    // The name of the algorithm is inside of what is signed too (RFC 5280, 4.1.1.2).
    let same_algorithm = child.tbs_certificate().signature() == child.signature_algorithm();
    let (Ok(signed), true) = (signed, same_algorithm) else { return Some(false) };
    let key = UnparsedPublicKey::new(algorithm, spki.subject_public_key.raw_bytes());
    Some(key.verify(signed, child.signature().raw_bytes()).is_ok())
}
