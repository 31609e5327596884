//! Whether bytes to be signed are what their profile says: a caller who may sign one format must not be able to have
//! another one signed under its name.
//!
//! ```cddl
//! cose-sign1 = [ "Signature1", body_protected : bstr, external_aad : bstr, payload : bstr ]  ; RFC 9052, 4.4
//! ```
//! ```abnf
//! jws  = BASE64URL(header) "." ( BASE64URL(payload) / payload )                              ; RFC 7515, RFC 7797
//! dsse = "DSSEv1" SP length SP type SP length SP payload
//! ```
//! The headers are judged by the core's own readers: they are put into an object with a signature that nobody made, and
//! what the core would refuse in that object is refused here. So `alg` is ES256, `crit` is understood, nothing occurs
//! twice. **Not checked:** what the payload says, and a digest, of which nothing can be known.

use core::fmt;

use splitsign_core::cose::UnverifiedSign1;
use splitsign_core::digest::Sha256;
use splitsign_core::dsse::Envelope;
use splitsign_core::jws::UnverifiedJws;

use crate::encoding::base64url;
use crate::identity::Profile;

/// `[4 elements]` and `"Signature1"`.
const SIG_STRUCTURE: &[u8] = b"\x84\x6aSignature1";

/// What DSSE's encoding begins with.
const PAE: &[u8] = b"DSSEv1 ";

/// Bytes that are not what the profile says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TbsError {
    profile: Profile,
    /// What the core says of the headers, if it got that far.
    source: Option<splitsign_core::Code>,
}

impl fmt::Display for TbsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is = match self.profile {
            Profile::CoseSign1 => "a Sig_structure with context Signature1 (RFC 9052, 4.4)",
            Profile::Jws => "a JWS signing input (RFC 7515, 5.1)",
            Profile::Dsse => "a DSSE pre-authentication encoding",
            Profile::Raw => "anything",
        };
        write!(f, "profile {} signs {is}, and these bytes are none", self.profile)?;
        match self.source {
            Some(code) => write!(f, ": {} ({})", code.name(), code.what()),
            None => Ok(()),
        }
    }
}

impl core::error::Error for TbsError {}

/// Whether `tbs` is what `profile` says.
pub(super) fn check(profile: Profile, tbs: &[u8]) -> Result<(), TbsError> {
    let refused = |source| TbsError { profile, source };
    match profile {
        Profile::CoseSign1 => {
            let (protected, payload) = sig_structure(tbs).ok_or_else(|| refused(None))?;
            // An empty unprotected bucket, and 64 bytes.
            let object = [b"\x84", protected, b"\xa0", payload, b"\x58\x40", &nobodys_signature()].concat();
            UnverifiedSign1::parse(&object).map(drop).map_err(|error| refused(Some(error.code())))
        }
        Profile::Jws => signing_input(tbs).map_err(refused),
        Profile::Dsse => {
            let (payload_type, payload) = pae(tbs).ok_or_else(|| refused(None))?;
            match Envelope::new(payload_type, payload).prepare() {
                // The core writes the very bytes: no other form of the numbers, nothing behind them.
                Ok(prepared) if *prepared.digest() == Sha256::digest(tbs) => Ok(()),
                Ok(_) => Err(refused(None)),
                Err(error) => Err(refused(Some(error.code()))),
            }
        }
        Profile::Raw => Ok(()),
    }
}

/// `r` and `s` are 1: well-formed, and made by nobody.
fn nobodys_signature() -> [u8; 64] {
    core::array::from_fn(|index| u8::from(index % 32 == 31))
}

/// The protected header and the payload, each still a CBOR byte string.
fn sig_structure(tbs: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = tbs.strip_prefix(SIG_STRUCTURE)?;
    let (protected, rest) = byte_string(rest)?;
    let (_external_aad, rest) = byte_string(rest)?;
    let (payload, rest) = byte_string(rest)?;
    rest.is_empty().then_some((protected, payload))
}

/// A byte string of definite length with its head, and what follows. Whether the head is the shortest is for the core.
fn byte_string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let first = *bytes.first()?;
    let length_bytes = match first {
        0x40..=0x57 => 0,
        0x58 => 1,
        0x59 => 2,
        0x5a => 4,
        0x5b => 8,
        _ => return None,
    };
    let length = match length_bytes {
        0 => u64::from(first - 0x40),
        count => bytes.get(1..=count)?.iter().fold(0, |length, byte| length << 8 | u64::from(*byte)),
    };
    let end = usize::try_from(length).ok()?.checked_add(1 + length_bytes)?;
    bytes.split_at_checked(end)
}

fn signing_input(tbs: &[u8]) -> Result<(), Option<splitsign_core::Code>> {
    let dot = tbs.iter().position(|byte| *byte == b'.').ok_or(None)?;
    let (header, payload) = tbs.split_at(dot);
    let signature = base64url(&nobodys_signature());
    let parse = |payload: &[u8]| {
        let object = [header, payload, b".", signature.as_bytes()].concat();
        let mut scratch = vec![0; object.len()];
        UnverifiedJws::parse(&object, &mut scratch).map(drop).map_err(|error| Some(error.code()))
    };
    match parse(payload) {
        // With `b64` false the payload is any bytes, also some that a compact JWS cannot hold. No base64 has a `!`.
        Err(code) if header.first() == Some(&b'{') || parse(b".!").is_err() => Err(code),
        _ => Ok(()),
    }
}

/// The type and the payload.
fn pae(tbs: &[u8]) -> Option<(&str, &[u8])> {
    let (payload_type, rest) = counted(tbs.strip_prefix(PAE)?)?;
    let (payload, rest) = counted(rest.strip_prefix(b" ")?)?;
    Some((core::str::from_utf8(payload_type).ok()?, payload)).filter(|_| rest.is_empty())
}

/// `length SP bytes`, and what follows.
fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = bytes.iter().position(|byte| *byte == b' ')?;
    let (length, rest) = bytes.split_at(space);
    let length: usize = core::str::from_utf8(length).ok()?.parse().ok()?;
    rest.get(1..)?.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::encoding::base64url;
    use crate::identity::Profile;

    /// What the profile says: array of four, `{1: -7}`, no external data, a payload of two bytes.
    const SIG_STRUCTURE: &[u8] = b"\x84\x6aSignature1\x43\xa1\x01\x26\x40\x42hi";

    fn jws(header: &str, payload: &[u8]) -> Vec<u8> {
        [base64url(header.as_bytes()).as_bytes(), b".", payload].concat()
    }

    #[track_caller]
    fn assert_refused(profile: Profile, tbs: &[u8]) {
        assert!(check(profile, tbs).is_err(), "{profile}: {}", String::from_utf8_lossy(tbs));
    }

    #[test]
    fn each_profile_takes_its_own_and_no_other() {
        let all = [
            (Profile::CoseSign1, SIG_STRUCTURE.to_vec()),
            (Profile::Jws, jws(r#"{"alg":"ES256"}"#, b"aGk")),
            (Profile::Dsse, b"DSSEv1 10 text/plain 2 hi".to_vec()),
        ];
        for (own, tbs) in &all {
            for (profile, _) in &all {
                let checked = check(*profile, tbs);
                assert_eq!(checked.is_ok(), own == profile, "{own} as {profile}: {checked:?}");
            }
            assert!(check(Profile::Raw, tbs).is_ok());
        }
        assert!(check(Profile::Raw, b"").is_ok());
    }

    #[test]
    fn a_sig_structure_is_whole_and_its_header_is_one_that_the_core_takes() {
        for length in 0..SIG_STRUCTURE.len() {
            assert_refused(Profile::CoseSign1, &SIG_STRUCTURE[..length]);
        }
        assert_refused(Profile::CoseSign1, &[SIG_STRUCTURE, b"\0"].concat());
        for (what, tbs) in [
            ("a countersignature", &b"\x84\x70CounterSignature\x43\xa1\x01\x26\x40\x42hi"[..]),
            ("ES384", b"\x84\x6aSignature1\x44\xa1\x01\x38\x22\x40\x42hi"),
            ("no alg", b"\x84\x6aSignature1\x41\xa0\x40\x42hi"),
            ("alg twice", b"\x84\x6aSignature1\x45\xa2\x01\x26\x01\x26\x40\x42hi"),
            ("crit that nobody knows", b"\x84\x6aSignature1\x49\xa3\x01\x26\x02\x81\x18\x63\x18\x63\x01\x40\x42hi"),
            ("a length that is not the shortest", b"\x84\x6aSignature1\x58\x03\xa1\x01\x26\x40\x42hi"),
            ("an indefinite length", b"\x84\x6aSignature1\x5f\x43\xa1\x01\x26\xff\x40\x42hi"),
            ("a length without end", b"\x84\x6aSignature1\x5b\xff\xff\xff\xff\xff\xff\xff\xff\x40\x42hi"),
            ("text for a payload", b"\x84\x6aSignature1\x43\xa1\x01\x26\x40\x62hi"),
        ] {
            assert!(check(Profile::CoseSign1, tbs).is_err(), "{what}");
        }
        let large = [b"\x84\x6aSignature1\x43\xa1\x01\x26\x40\x59\x03\xe8", &[7; 1000][..]].concat();
        assert!(check(Profile::CoseSign1, &large).is_ok());
    }

    #[test]
    fn a_signing_input_is_base64url_but_for_a_payload_that_says_it_is_not() {
        let es256 = r#"{"alg":"ES256"}"#;
        let unencoded = r#"{"alg":"ES256","b64":false,"crit":["b64"]}"#;
        for fine in [jws(es256, b""), jws(es256, b"aGk"), jws(unencoded, b"$.02"), jws(unencoded, b"aGk")] {
            assert!(check(Profile::Jws, &fine).is_ok(), "{}", String::from_utf8_lossy(&fine));
        }
        assert!(check(Profile::Jws, &jws(unencoded, b"\xff two . dots .")).is_ok());
        for bad in [
            jws(es256, b"$.02"),
            jws(es256, b"aGk="),
            jws(es256, b"a.b"),
            jws(r#"{"alg":"HS256"}"#, b"aGk"),
            jws(r#"{"alg":"none"}"#, b""),
            jws("{}", b"aGk"),
            jws("[]", b"aGk"),
            jws(r#"{"alg":"ES256","crit":["exp"],"exp":1}"#, b"aGk"),
            base64url(es256.as_bytes()).into_bytes(),
            b".".to_vec(),
            b"".to_vec(),
            // A flattened JWS is another form of the object, and no signing input.
            br#"{"protected":"eyJhbGciOiJFUzI1NiJ9.","x":1}"#.to_vec(),
        ] {
            assert_refused(Profile::Jws, &bad);
        }
    }

    #[test]
    fn a_pre_authentication_encoding_counts_right_and_in_one_way() {
        assert!(check(Profile::Dsse, b"DSSEv1 1 t 0 ").is_ok());
        for bad in [
            &b"DSSEv1 10 text/plain 2 hi!"[..],
            b"DSSEv1 10 text/plain 3 hi",
            b"DSSEv1 010 text/plain 2 hi",
            b"DSSEv1 +10 text/plain 2 hi",
            b"DSSEv1 10 text/plain 2  hi",
            b"DSSEv1 18446744073709551615 t 0 ",
            b"DSSEv2 10 text/plain 2 hi",
            b"DSSEv1 2 \xff\xfe 2 hi",
            b"",
        ] {
            assert_refused(Profile::Dsse, bad);
        }
    }
}
