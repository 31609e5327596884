//! Public keys.

use core::hash::{Hash, Hasher};
use std::sync::Arc;

use splitsign_core::ecdsa::{self, PreparedKey, TablePoint, Verifier};

use crate::Result;
use crate::output::asked;

/// 44 KiB: with it a verification takes about a quarter of the time.
const TABLE_POINTS: usize = 704;

/// A point of P-256, for ES256. Whoever holds one holds a valid one.
#[derive(Debug, uniffi::Object)]
#[uniffi::export(Debug, Eq, Hash)]
pub struct PublicKey(Form);

#[derive(Debug)]
enum Form {
    Plain(ecdsa::PublicKey),
    Prepared(PreparedKey<'static, Box<[TablePoint]>>),
}

#[uniffi::export]
impl PublicKey {
    /// From a SEC 1 point, 65 or 33 bytes.
    ///
    /// # Errors
    /// The codes `key_…`.
    #[uniffi::constructor]
    pub fn from_sec1(sec1: Vec<u8>) -> Result<Arc<Self>> {
        Ok(Self::plain(ecdsa::PublicKey::from_sec1(&sec1)?))
    }

    /// From a SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// The codes `der_…` and `key_…`.
    #[uniffi::constructor]
    pub fn from_spki(spki: Vec<u8>) -> Result<Arc<Self>> {
        Ok(Self::plain(ecdsa::PublicKey::from_spki(&spki)?))
    }

    /// From the text of a JWK, in UTF-8.
    ///
    /// # Errors
    /// The codes `json_…`, `base64_…` and `key_…`.
    #[uniffi::constructor]
    pub fn from_jwk(jwk: Vec<u8>) -> Result<Arc<Self>> {
        Ok(Self::plain(ecdsa::PublicKey::from_jwk(&jwk)?))
    }

    /// From a COSE_Key in CBOR.
    ///
    /// # Errors
    /// The codes `cbor_…` and `key_…`.
    #[uniffi::constructor]
    pub fn from_cose_key(cose_key: Vec<u8>) -> Result<Arc<Self>> {
        Ok(Self::plain(ecdsa::PublicKey::from_cose_key(&cose_key)?))
    }

    /// The same key with a table of 44 KiB, with which a verification takes about a quarter of the time. To make it takes
    /// as long as some verifications do: worth it for a key that is used again. Verdicts are the same.
    ///
    /// # Errors
    /// None that is known.
    pub fn prepared(&self) -> Result<Arc<Self>> {
        let table = vec![TablePoint::EMPTY; TABLE_POINTS].into_boxed_slice();
        Ok(Arc::new(Self(Form::Prepared(PreparedKey::new(self.key(), table)?))))
    }

    /// Whether it has a table.
    #[must_use]
    pub fn is_prepared(&self) -> bool {
        matches!(self.0, Form::Prepared(_))
    }

    /// The uncompressed SEC 1 point, 65 bytes.
    #[must_use]
    pub fn to_sec1(&self) -> Vec<u8> {
        self.key().to_sec1().to_vec()
    }

    /// SubjectPublicKeyInfo in DER, 91 bytes.
    #[must_use]
    pub fn to_spki(&self) -> Vec<u8> {
        self.key().to_spki().to_vec()
    }

    /// The text of a JWK with the required members.
    ///
    /// # Errors
    /// None that is known.
    pub fn to_jwk(&self) -> Result<String> {
        crate::output::text(asked(&|out| self.key().to_jwk(out))?)
    }

    /// COSE_Key in CBOR.
    ///
    /// # Errors
    /// None that is known.
    pub fn to_cose_key(&self) -> Result<Vec<u8>> {
        asked(&|out| self.key().to_cose_key(out))
    }

    /// The JWK thumbprint (RFC 7638) with SHA-256: 32 bytes.
    #[must_use]
    pub fn thumbprint(&self) -> Vec<u8> {
        self.key().jwk_thumbprint().as_bytes().to_vec()
    }
}

impl PublicKey {
    fn plain(key: ecdsa::PublicKey) -> Arc<Self> {
        Arc::new(Self(Form::Plain(key)))
    }

    fn key(&self) -> &ecdsa::PublicKey {
        self.verifier().public_key()
    }

    /// What verifies for this key.
    pub(crate) fn verifier(&self) -> &dyn Verifier {
        match &self.0 {
            Form::Plain(key) => key,
            Form::Prepared(key) => key,
        }
    }
}

/// A table makes no difference.
impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for PublicKey {}

impl Hash for PublicKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}
