//! P-256 public keys, from and to SEC 1, SubjectPublicKeyInfo, JWK and COSE_Key.
//!
//! ```asn1
//! SubjectPublicKeyInfo ::= SEQUENCE {                           -- RFC 5280, 4.1; RFC 5480, 2
//!     algorithm         SEQUENCE { id-ecPublicKey, secp256r1 },
//!     subjectPublicKey  BIT STRING }                            -- the SEC 1 point
//! ```
//! ```cddl
//! COSE_Key = { 1 => 2, ? 2 => bstr, ? 3 => -7, ? 4 => [+ key_op], -1 => 1, -2 => bstr, -3 => bstr / bool }   ; RFC 9053, 7.1.1
//! ```

use core::fmt;

use crate::digest::{Sha256, Sha256Digest};
use crate::ecdsa::Signature;
use crate::ecdsa::arithmetic::{Affine, Field, NativeField, Scalar};
use crate::ecdsa::verify::{inverse_of_s, verify};
use crate::encoding::base64::{Alphabet, Base64};
use crate::encoding::cbor::{self, Label, Labels, Major};
use crate::encoding::{der, json};
use crate::error::{Code, Error, Result};
use crate::sink::{Encode, Sink};

/// SubjectPublicKeyInfo up to the point: everything before the 65 bytes that differ.
const SPKI_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
const ID_EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const SECP256R1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// A point of P-256 other than infinity, for ES256.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey {
    /// Uncompressed SEC 1: 4, x, y.
    sec1: [u8; Self::SEC1_LENGTH],
}

impl PublicKey {
    /// Length of the uncompressed SEC 1 form in bytes.
    pub const SEC1_LENGTH: usize = 65;
    /// Length of the SubjectPublicKeyInfo form in bytes.
    pub const SPKI_LENGTH: usize = 91;

    /// Reads a SEC 1 point, uncompressed (65 bytes) or compressed (33 bytes), and checks that it is on the curve.
    ///
    /// # Errors
    /// [`KeyWrongLength`](Code::KeyWrongLength), [`KeyInvalidPoint`](Code::KeyInvalidPoint).
    pub fn from_sec1(sec1: &[u8]) -> Result<Self> {
        let expected = match sec1.first() {
            Some(2 | 3) => 33,
            Some(4) => Self::SEC1_LENGTH,
            Some(_) => return Err(Error::new(Code::KeyInvalidPoint, 0)),
            None => return Err(Error::new(Code::KeyWrongLength, 0)),
        };
        if sec1.len() != expected {
            return Err(Error::new(Code::KeyWrongLength, sec1.len().min(expected)));
        }
        let invalid = Error::new(Code::KeyInvalidPoint, 1);
        let (x, rest) = sec1.split_at_checked(1).and_then(|(_, xy)| xy.split_first_chunk::<32>()).ok_or(invalid)?;
        let fx = NativeField::from_bytes(x).ok_or(invalid)?;
        let point = match (sec1.first(), rest.first_chunk::<32>()) {
            (Some(4), Some(y)) => NativeField::from_bytes(y).and_then(|y| Affine::new(fx, y)),
            (Some(form), _) => Affine::decompress(fx, *form == 3),
            (None, _) => None,
        };
        let mut sec1 = [4; Self::SEC1_LENGTH];
        for (place, byte) in sec1.iter_mut().skip(1).zip(x.iter().chain(&point.ok_or(invalid)?.y.to_bytes())) {
            *place = *byte;
        }
        Ok(Self { sec1 })
    }

    /// Takes affine coordinates of 32 bytes each.
    fn from_coordinates(x: &[u8], y: &[u8]) -> Result<Self> {
        let wrong = Error::new(Code::KeyWrongLength, 0);
        let mut sec1 = [4; Self::SEC1_LENGTH];
        let (_, place) = sec1.split_at_mut(1);
        for (coordinate, place) in [x, y].into_iter().zip(place.chunks_exact_mut(32)) {
            let coordinate: [u8; 32] = coordinate.try_into().map_err(|_| wrong)?;
            place.copy_from_slice(&coordinate);
        }
        Self::from_sec1(&sec1)
    }

    /// Reads a SubjectPublicKeyInfo (RFC 5280) in DER; the curve must be named (RFC 5480, 2.1.1.1).
    ///
    /// # Errors
    /// The DER codes; [`KeyWrongAlgorithm`](Code::KeyWrongAlgorithm) for another algorithm or curve; those of
    /// [`from_sec1`](Self::from_sec1). Offsets count from the start of the DER.
    pub fn from_spki(spki: &[u8]) -> Result<Self> {
        let mut outer = der::Reader::new(spki);
        let mut info = outer.value(der::SEQUENCE)?;
        outer.end()?;
        let mut algorithm = info.value(der::SEQUENCE)?;
        for expected in [ID_EC_PUBLIC_KEY, SECP256R1] {
            let identifier = algorithm.value(der::OBJECT_IDENTIFIER)?;
            if identifier.rest() != expected {
                return Err(Error::new(Code::KeyWrongAlgorithm, identifier.at()));
            }
        }
        algorithm.end()?;
        let point = info.value(der::BIT_STRING)?;
        info.end()?;
        match point.rest() {
            [0, sec1 @ ..] => Self::from_sec1(sec1).map_err(|e| e.shifted(point.at().saturating_add(1))),
            _ => Err(Error::new(Code::DerInvalidValue, point.at())),
        }
    }

    /// Reads a JWK (RFC 7517, RFC 7518 section 6.2). Members that are not about this key's use are ignored.
    ///
    /// # Errors
    /// The JSON codes; [`KeyWrongAlgorithm`](Code::KeyWrongAlgorithm), [`KeyWrongUse`](Code::KeyWrongUse),
    /// [`KeyIsPrivate`](Code::KeyIsPrivate), [`KeyMissingField`](Code::KeyMissingField) and those of
    /// [`from_sec1`](Self::from_sec1), at the member at fault.
    pub fn from_jwk(jwk: &[u8]) -> Result<Self> {
        let mut reader = json::Reader::new(jwk)?;
        let (mut kty, mut crv, mut x, mut y) = (false, false, None, None);
        let start = reader.at();
        let only = |reader: &mut json::Reader<'_>, expected: &str, code| {
            let value = reader.string()?;
            if value.is(expected) { Ok(true) } else { Err(Error::new(code, value.at())) }
        };
        reader.object(&mut |name, value| {
            match name.select(&["kty", "crv", "alg", "use", "x", "y", "d", "key_ops"]) {
                "kty" => kty = only(value, "EC", Code::KeyWrongAlgorithm)?,
                "crv" => crv = only(value, "P-256", Code::KeyWrongAlgorithm)?,
                "alg" => drop(only(value, "ES256", Code::KeyWrongAlgorithm)?),
                "use" => drop(only(value, "sig", Code::KeyWrongUse)?),
                "x" => x = Some(value.string()?),
                "y" => y = Some(value.string()?),
                "d" => return Err(Error::new(Code::KeyIsPrivate, name.at())),
                "key_ops" => {
                    let (at, mut verifies) = (value.at(), false);
                    value.array(&mut |operation| {
                        verifies |= operation.string()?.is("verify");
                        Ok(())
                    })?;
                    if !verifies {
                        return Err(Error::new(Code::KeyWrongUse, at));
                    }
                }
                _ => value.skip()?,
            }
            Ok(())
        })?;
        reader.end()?;
        let missing = Error::new(Code::KeyMissingField, start);
        let (Some(x), Some(y), true, true) = (x, y, kty, crv) else { return Err(missing) };
        let (mut out_x, mut out_y) = ([0; 32], [0; 32]);
        for (coordinate, out) in [(x, &mut out_x), (y, &mut out_y)] {
            // 43 characters are 32 bytes; leading zeros are part of the coordinate (RFC 7518, 6.2.1.2).
            if coordinate.plain()?.len() != 43 {
                return Err(Error::new(Code::KeyWrongLength, coordinate.at()));
            }
            coordinate.base64(Alphabet::UrlSafe, out)?;
        }
        Self::from_coordinates(&out_x, &out_y).map_err(|e| e.moved(x.at()))
    }

    /// Reads a COSE_Key (RFC 9052 section 7, RFC 9053 section 7.1.1). Unknown labels are ignored.
    ///
    /// # Errors
    /// The CBOR codes; [`KeyWrongAlgorithm`](Code::KeyWrongAlgorithm), [`KeyWrongUse`](Code::KeyWrongUse),
    /// [`KeyIsPrivate`](Code::KeyIsPrivate), [`KeyMissingField`](Code::KeyMissingField),
    /// [`KeyDuplicateField`](Code::KeyDuplicateField) and those of [`from_sec1`](Self::from_sec1), at the entry at fault.
    pub fn from_cose_key(key: &[u8]) -> Result<Self> {
        let mut reader = cbor::Reader::new(key);
        let mut fields = CoseKeyFields::default();
        let mut labels = Labels::default();
        for _ in 0..reader.map()? {
            let at = reader.at();
            let label = labels.read(&mut reader, Code::KeyDuplicateField)?;
            fields.read(label, at, &mut reader)?;
        }
        reader.end()?;
        fields.key()
    }

    /// The uncompressed SEC 1 form.
    #[must_use]
    pub const fn to_sec1(&self) -> [u8; Self::SEC1_LENGTH] {
        self.sec1
    }

    fn coordinates(&self) -> (&[u8], &[u8]) {
        self.sec1.get(1..).unwrap_or_default().split_at_checked(32).unwrap_or_default()
    }

    /// The SubjectPublicKeyInfo form, in DER.
    #[must_use]
    pub fn to_spki(&self) -> [u8; Self::SPKI_LENGTH] {
        let mut spki = [0; Self::SPKI_LENGTH];
        let (prefix, point) = spki.split_at_mut(SPKI_PREFIX.len());
        prefix.copy_from_slice(&SPKI_PREFIX);
        point.copy_from_slice(&self.sec1);
        spki
    }

    /// Writes a JWK with the four required members, in the order of RFC 7638, to the front of `out`.
    ///
    /// # Errors
    /// [`OutputTooSmall`](Code::OutputTooSmall) with the size needed.
    pub fn to_jwk<'o>(&self, out: &'o mut [u8]) -> Result<&'o [u8]> {
        Jwk(self).encode_into(out)
    }

    /// Writes a COSE_Key with `kty`, `alg`, `crv`, `x`, `y`, deterministically encoded, to the front of `out`.
    ///
    /// # Errors
    /// [`OutputTooSmall`](Code::OutputTooSmall) with the size needed.
    pub fn to_cose_key<'o>(&self, out: &'o mut [u8]) -> Result<&'o [u8]> {
        CoseKey(self).encode_into(out)
    }

    /// The JWK thumbprint with SHA-256 (RFC 7638), a name for the key that everybody can recompute.
    #[must_use]
    pub fn jwk_thumbprint(&self) -> Sha256Digest {
        Sha256::digest_of(&Jwk(self))
    }

    /// Verifies a signature over a digest (FIPS 186-5 section 6.4.2). Whether s is low is not looked at;
    /// see [`Signature::with_policy`].
    ///
    /// # Errors
    /// [`BadSignature`](Code::BadSignature), without saying why.
    pub fn verify_digest(&self, digest: &Sha256Digest, signature: &Signature) -> Result<()> {
        Verifier::verify_digest(self, digest, signature)
    }

    /// The point in the arithmetic's own form. It is on the curve: that was checked when the key was made.
    pub(super) fn point<F: Field>(&self) -> Option<Affine<F>> {
        let (x, y) = self.coordinates();
        Some(Affine { x: F::from_bytes(x.try_into().ok()?)?, y: F::from_bytes(y.try_into().ok()?)? })
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey(jkt {:?})", self.jwk_thumbprint())
    }
}

/// Something that verifies ES256 signatures for one public key.
///
/// Formats verify through this trait, so that a key with a precomputed table can stand in for a plain one.
/// It is sealed: an implementation that lies would make a *verified* object of anything.
pub trait Verifier: sealed::Verify {
    /// The key that signatures are verified with.
    fn public_key(&self) -> &PublicKey;

    /// Verifies a signature over a digest.
    ///
    /// # Errors
    /// [`BadSignature`](Code::BadSignature), without saying why.
    fn verify_digest(&self, digest: &Sha256Digest, signature: &Signature) -> Result<()> {
        let valid = self.verify_with_inverse(digest, signature, inverse_of_s(signature));
        if valid { Ok(()) } else { Err(Error::new(Code::BadSignature, 0)) }
    }
}

impl Verifier for PublicKey {
    fn public_key(&self) -> &PublicKey {
        self
    }
}

impl sealed::Verify for PublicKey {
    fn verify_with_inverse(&self, digest: &Sha256Digest, signature: &Signature, inverse: Scalar) -> bool {
        self.point::<NativeField>().is_some_and(|point| verify(&point, digest, signature, inverse))
    }
}

pub(super) mod sealed {
    use crate::digest::Sha256Digest;
    use crate::ecdsa::Signature;
    use crate::ecdsa::arithmetic::Scalar;

    /// Keeps [`Verifier`](super::Verifier) to this crate.
    pub trait Verify {
        /// Whether a signature over a digest is valid, given 1/s.
        fn verify_with_inverse(&self, digest: &Sha256Digest, signature: &Signature, inverse: Scalar) -> bool;
    }
}

struct Jwk<'a>(&'a PublicKey);

impl Encode for Jwk<'_> {
    fn encode(&self, sink: &mut dyn Sink) {
        let (x, y) = self.0.coordinates();
        sink.put(br#"{"crv":"P-256","kty":"EC","x":""#);
        Base64(x, Alphabet::UrlSafe).encode(sink);
        sink.put(br#"","y":""#);
        Base64(y, Alphabet::UrlSafe).encode(sink);
        sink.put(br#""}"#);
    }
}

struct CoseKey<'a>(&'a PublicKey);

impl Encode for CoseKey<'_> {
    fn encode(&self, sink: &mut dyn Sink) {
        let (x, y) = self.0.coordinates();
        cbor::put_head(sink, Major::Map, 5);
        for (label, value) in [(1, 2), (3, -7), (-1, 1)] {
            cbor::put_int(sink, label);
            cbor::put_int(sink, value);
        }
        for (label, coordinate) in [(-2, x), (-3, y)] {
            cbor::put_int(sink, label);
            cbor::put_bytes(sink, coordinate);
        }
    }
}

/// What is picked from a COSE_Key while its map is read.
#[derive(Default)]
struct CoseKeyFields<'a> {
    is_ec2: bool,
    is_p256: bool,
    x: Option<(&'a [u8], usize)>,
    y: Option<(CoseY<'a>, usize)>,
}

#[derive(Clone, Copy)]
enum CoseY<'a> {
    Full(&'a [u8]),
    IsOdd(bool),
}

impl<'a> CoseKeyFields<'a> {
    fn read(&mut self, label: Label<'_>, at: usize, reader: &mut cbor::Reader<'a>) -> Result<()> {
        let only = |reader: &mut cbor::Reader<'a>, expected: Label<'_>| match reader.label()? {
            value if value == expected => Ok(true),
            _ => Err(Error::new(Code::KeyWrongAlgorithm, at)),
        };
        match label {
            Label::Unsigned(1) => self.is_ec2 = only(reader, Label::Unsigned(2))?,
            Label::Unsigned(3) => drop(only(reader, Label::Negative(6))?),
            Label::Negative(0) => self.is_p256 = only(reader, Label::Unsigned(1))?,
            Label::Unsigned(4) => {
                let mut verifies = false;
                for _ in 0..reader.array()? {
                    verifies |= matches!(reader.label()?, Label::Unsigned(2) | Label::Text("verify"));
                }
                if !verifies {
                    return Err(Error::new(Code::KeyWrongUse, at));
                }
            }
            Label::Negative(1) => self.x = Some((reader.bytes()?, at)),
            Label::Negative(2) => {
                let y = match reader.peek() {
                    Some(sign @ (0xf4 | 0xf5)) => {
                        reader.skip()?;
                        CoseY::IsOdd(sign == 0xf5)
                    }
                    _ => CoseY::Full(reader.bytes()?),
                };
                self.y = Some((y, at));
            }
            Label::Negative(3) => return Err(Error::new(Code::KeyIsPrivate, at)),
            _ => reader.skip()?,
        }
        Ok(())
    }

    fn key(self) -> Result<PublicKey> {
        let missing = Error::new(Code::KeyMissingField, 0);
        let (Some((x, at_x)), Some((y, at_y)), true, true) = (self.x, self.y, self.is_ec2, self.is_p256) else {
            return Err(missing);
        };
        if x.len() != 32 {
            return Err(Error::new(Code::KeyWrongLength, at_x));
        }
        let key = match y {
            CoseY::Full(y) if y.len() == 32 => PublicKey::from_coordinates(x, y),
            CoseY::Full(_) => Err(Error::new(Code::KeyWrongLength, at_y)),
            CoseY::IsOdd(odd) => {
                let mut sec1 = [2 + u8::from(odd); 33];
                sec1.split_at_mut(1).1.copy_from_slice(x);
                PublicKey::from_sec1(&sec1)
            }
        };
        key.map_err(|e| if e.is(Code::KeyInvalidPoint) { e.moved(at_x) } else { e })
    }
}

#[cfg(test)]
mod tests {
    use super::PublicKey;
    use crate::Code;
    use alloc::string::String;
    use alloc::vec::Vec;
    use p256::ecdsa::{SigningKey, signature::hazmat::PrehashSigner as _};

    fn signing_key(seed: u8) -> SigningKey {
        SigningKey::from_slice(&[seed; 32]).unwrap()
    }

    fn key(seed: u8) -> PublicKey {
        PublicKey::from_sec1(signing_key(seed).verifying_key().to_sec1_point(false).as_bytes()).unwrap()
    }

    fn code(result: crate::Result<PublicKey>) -> (Code, u32) {
        let error = result.unwrap_err();
        (error.code(), error.at())
    }

    fn jwk(key: &PublicKey) -> String {
        String::from_utf8(key.to_jwk(&mut [0; 200]).unwrap().to_vec()).unwrap()
    }

    fn cose_key(key: &PublicKey) -> Vec<u8> {
        key.to_cose_key(&mut [0; 200]).unwrap().to_vec()
    }

    #[test]
    fn every_form_comes_back() {
        for seed in 1..20 {
            let key = key(seed);
            assert_eq!(PublicKey::from_sec1(&key.to_sec1()), Ok(key));
            assert_eq!(PublicKey::from_sec1(signing_key(seed).verifying_key().to_sec1_point(true).as_bytes()), Ok(key));
            assert_eq!(PublicKey::from_spki(&key.to_spki()), Ok(key));
            assert_eq!(PublicKey::from_jwk(jwk(&key).as_bytes()), Ok(key));
            assert_eq!(PublicKey::from_cose_key(&cose_key(&key)), Ok(key));
        }
    }

    #[test]
    fn spki_is_what_pkcs8_writes() {
        use p256::pkcs8::EncodePublicKey as _;
        let theirs = signing_key(7).verifying_key().to_public_key_der().unwrap();
        assert_eq!(theirs.as_bytes(), key(7).to_spki());
    }

    #[test]
    fn verifies_what_p256_signs_and_nothing_else() {
        let digest = crate::digest::Sha256::digest(b"message");
        let theirs: p256::ecdsa::Signature = signing_key(9).sign_prehash(digest.as_bytes()).unwrap();
        let signature = crate::ecdsa::Signature::from_raw(&theirs.to_bytes()).unwrap();
        assert_eq!(key(9).verify_digest(&digest, &signature), Ok(()));
        assert_eq!(key(8).verify_digest(&digest, &signature).unwrap_err().code(), Code::BadSignature);
        let other = crate::digest::Sha256::digest(b"massage");
        assert_eq!(key(9).verify_digest(&other, &signature).unwrap_err().code(), Code::BadSignature);
    }

    #[test]
    fn points_off_the_curve_refused_in_every_form() {
        let mut sec1 = key(3).to_sec1();
        sec1[64] ^= 1;
        assert_eq!(code(PublicKey::from_sec1(&sec1)), (Code::KeyInvalidPoint, 1));
        let mut spki = key(3).to_spki();
        spki[90] ^= 1;
        assert_eq!(code(PublicKey::from_spki(&spki)), (Code::KeyInvalidPoint, 27));
        let mut cose = cose_key(&key(3));
        *cose.last_mut().unwrap() ^= 1;
        assert_eq!(code(PublicKey::from_cose_key(&cose)).0, Code::KeyInvalidPoint);
        // Infinity, hybrid and unknown forms.
        assert_eq!(code(PublicKey::from_sec1(&[0])), (Code::KeyInvalidPoint, 0));
        assert_eq!(code(PublicKey::from_sec1(&[6; 65])), (Code::KeyInvalidPoint, 0));
        assert_eq!(code(PublicKey::from_sec1(&[])), (Code::KeyWrongLength, 0));
        assert_eq!(code(PublicKey::from_sec1(&[4; 64])), (Code::KeyWrongLength, 64));
        assert_eq!(code(PublicKey::from_sec1(&[2; 34])), (Code::KeyWrongLength, 33));
        // A coordinate must be smaller than p.
        assert_eq!(code(PublicKey::from_sec1(&[&[2][..], &[0xff; 32]].concat())), (Code::KeyInvalidPoint, 1));
    }

    #[test]
    fn private_keys_refused() {
        let with_d = jwk(&key(3)).replace("}", ",\"d\":\"AA\"}");
        assert_eq!(code(PublicKey::from_jwk(with_d.as_bytes())).0, Code::KeyIsPrivate);
        let escaped = jwk(&key(3)).replace("}", ",\"\\u0064\":\"AA\"}");
        assert_eq!(code(PublicKey::from_jwk(escaped.as_bytes())).0, Code::KeyIsPrivate);
        let mut cose = cose_key(&key(3));
        cose[0] += 1;
        cose.extend([0x23, 0x41, 1]);
        assert_eq!(code(PublicKey::from_cose_key(&cose)).0, Code::KeyIsPrivate);
    }

    #[test]
    fn other_algorithms_and_uses_refused() {
        let changed = |from: &str, to: &str| code(PublicKey::from_jwk(jwk(&key(3)).replace(from, to).as_bytes())).0;
        assert_eq!(changed("\"EC\"", "\"RSA\""), Code::KeyWrongAlgorithm);
        assert_eq!(changed("P-256", "P-384"), Code::KeyWrongAlgorithm);
        assert_eq!(changed("}", ",\"alg\":\"ES384\"}"), Code::KeyWrongAlgorithm);
        assert_eq!(changed("}", ",\"use\":\"enc\"}"), Code::KeyWrongUse);
        assert_eq!(changed("}", ",\"key_ops\":[\"sign\"]}"), Code::KeyWrongUse);
        assert_eq!(changed("}", ",\"x\":\"AA\"}"), Code::JsonDuplicateMember);
        assert_eq!(changed("\"kty\":\"EC\",", ""), Code::KeyMissingField);
        assert_eq!(changed("\"y\":\"", "\"y\":\"A"), Code::KeyWrongLength);
        let accepted = jwk(&key(3))
            .replace('}', ",\"alg\":\"ES256\",\"use\":\"sig\",\"key_ops\":[\"verify\"],\"kid\":\"k\",\"x5c\":[{}]}");
        assert_eq!(PublicKey::from_jwk(accepted.as_bytes()), Ok(key(3)));

        let mut p384 = key(3).to_spki();
        p384[22] = 0x22;
        assert_eq!(code(PublicKey::from_spki(&p384)), (Code::KeyWrongAlgorithm, 15));
        let mut cose = cose_key(&key(3));
        cose[2] = 1;
        assert_eq!(code(PublicKey::from_cose_key(&cose)), (Code::KeyWrongAlgorithm, 1));
    }

    #[test]
    fn cose_key_with_a_sign_bit_is_decompressed() {
        let key = key(5);
        let mut cose = cose_key(&key);
        cose.truncate(cose.len() - 34);
        cose.push(if key.to_sec1()[64] & 1 == 1 { 0xf5 } else { 0xf4 });
        assert_eq!(PublicKey::from_cose_key(&cose), Ok(key));
    }

    #[test]
    fn cose_key_labels_must_be_unique() {
        let mut cose = cose_key(&key(3));
        cose[0] += 1;
        cose.extend([1, 2]);
        let at = u32::try_from(cose.len() - 2).unwrap();
        assert_eq!(code(PublicKey::from_cose_key(&cose)), (Code::KeyDuplicateField, at));
    }

    #[test]
    fn thumbprint_is_over_the_required_members_in_order() {
        let expected = crate::digest::Sha256::digest(jwk(&key(4)).as_bytes());
        assert_eq!(key(4).jwk_thumbprint(), expected);
    }
}
