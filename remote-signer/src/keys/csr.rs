//! Certificate requests (PKCS#10, RFC 2986): made here, signed wherever the key is.
//!
//! ```text
//! CertificationRequest ::= SEQUENCE { info CertificationRequestInfo, algorithm AlgorithmIdentifier, signature BIT STRING }
//! ```

use core::net::IpAddr;
use core::str::FromStr;

use splitsign_core::digest::{Sha256, Sha256Digest};
use splitsign_core::ecdsa::{PublicKey, Signature};
use x509_cert::attr::{Attribute, Attributes};
use x509_cert::der::asn1::{BitString, Ia5String, ObjectIdentifier};
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::ToExtension as _;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;
use x509_cert::request::{CertReq, CertReqInfo, ExtensionReq, Version};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

/// ecdsa-with-SHA256 (RFC 5758, 3.2): without parameters.
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// Why there is no request.
#[derive(Debug, thiserror::Error)]
pub enum CsrError {
    /// The subject is not a name.
    #[error("`{0}` is no distinguished name; write it as RFC 4514 has it: CN=acme c2pa,O=Acme,C=DE")]
    Subject(String),
    /// An alternative name is not one.
    #[error("`{0}` is no alternative name; write dns:NAME, email:ADDRESS, uri:URI or ip:ADDRESS")]
    AlternativeName(String),
    /// It cannot be encoded.
    #[error("the request cannot be encoded")]
    Encoding(#[from] x509_cert::der::Error),
    /// The signature cannot be encoded.
    #[error("the signature of the request cannot be encoded")]
    Signature(#[from] splitsign_core::Error),
}

/// Another name of the subject, as `dns:example.com`.
#[derive(Clone, Debug)]
pub struct AlternativeName(GeneralName);

impl FromStr for AlternativeName {
    type Err = CsrError;

    fn from_str(text: &str) -> Result<Self, CsrError> {
        let wrong = || CsrError::AlternativeName(text.to_owned());
        let (kind, value) = text.split_once(':').filter(|(_, value)| !value.is_empty()).ok_or_else(wrong)?;
        let ascii = || Ia5String::new(value).map_err(|_| wrong());
        Ok(Self(match kind {
            "dns" => GeneralName::DnsName(ascii()?),
            "email" => GeneralName::Rfc822Name(ascii()?),
            "uri" => GeneralName::UniformResourceIdentifier(ascii()?),
            "ip" => GeneralName::from(value.parse::<IpAddr>().map_err(|_| wrong())?),
            _ => return Err(wrong()),
        }))
    }
}

/// A request that waits for its signature.
#[derive(Clone, Debug)]
pub struct UnsignedCsr {
    info: CertReqInfo,
    digest: Sha256Digest,
}

impl UnsignedCsr {
    /// A request for a certificate of `key`.
    ///
    /// # Errors
    /// [`CsrError`].
    pub fn new(subject: &str, names: Vec<AlternativeName>, key: &PublicKey) -> Result<Self, CsrError> {
        let name: Name = subject.parse().map_err(|_| CsrError::Subject(subject.to_owned()))?;
        if name.is_empty() && names.is_empty() {
            return Err(CsrError::Subject(subject.to_owned()));
        }
        let mut attributes = Attributes::default();
        if !names.is_empty() {
            let names = SubjectAltName(names.into_iter().map(|name| name.0).collect());
            let extension = names.to_extension(&name, &[])?;
            attributes.insert(Attribute::try_from(ExtensionReq(vec![extension]))?)?;
        }
        let public_key = SubjectPublicKeyInfoOwned::from_der(&key.to_spki())?;
        let info = CertReqInfo { version: Version::V1, subject: name, public_key, attributes };
        let digest = Sha256::digest(&info.to_der()?);
        Ok(Self { info, digest })
    }

    /// What is to be signed.
    #[must_use]
    pub const fn digest(&self) -> &Sha256Digest {
        &self.digest
    }

    /// The request in DER. The signature is one over [`Self::digest`] by the key; it is not verified here.
    ///
    /// # Errors
    /// [`CsrError::Encoding`], [`CsrError::Signature`].
    pub fn attach(self, signature: &Signature) -> Result<Vec<u8>, CsrError> {
        let mut buffer = [0; Signature::DER_LENGTH_MAX];
        let der = signature.to_der(&mut buffer)?;
        let algorithm = AlgorithmIdentifierOwned { oid: ECDSA_SHA256, parameters: None };
        let request = CertReq { info: self.info, algorithm, signature: BitString::from_bytes(der)? };
        Ok(request.to_der()?)
    }
}
