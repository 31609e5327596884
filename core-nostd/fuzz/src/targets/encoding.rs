//! The readers against `base64ct`, `minicbor`, `der` and `serde_json`.

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use der::{AnyRef, Decode as _, Reader as _, SliceReader, Tag, Tagged as _};
use splitsign_core::encoding::{Alphabet, base64_decode, base64_encode, fuzzing};
use splitsign_core::x509::Chain;
use splitsign_core::{Code, limits};

use crate::oracle::points_into;

/// Base64 in both alphabets: the same texts are accepted, with the same bytes, and bytes come back.
pub fn base64(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for (alphabet, theirs, encoded) in [
        (Alphabet::Standard, Base64::decode_vec(&text), Base64::encode_string(data)),
        (Alphabet::UrlSafe, Base64UrlUnpadded::decode_vec(&text), Base64UrlUnpadded::encode_string(data)),
    ] {
        let mut out = vec![0; data.len()];
        let ours = base64_decode(data, alphabet, &mut out);
        if let Err(error) = ours {
            points_into(error, data);
        }
        assert_eq!(ours.ok(), theirs.ok().as_deref(), "{alphabet:?}");
        let mut out = vec![0; data.len() * 2 + 4];
        assert_eq!(base64_encode(data, alphabet, &mut out), Ok(encoded.as_str()));
        let mut back = vec![0; data.len()];
        assert_eq!(base64_decode(encoded.as_bytes(), alphabet, &mut back), Ok(data));
    }
}

/// CBOR: what is accepted, `minicbor` accepts, with the same end.
pub fn cbor(data: &[u8]) {
    match fuzzing::cbor_item(data) {
        Ok(end) => {
            let mut decoder = minicbor::Decoder::new(data);
            decoder.skip().expect("what is well-formed here is well-formed there");
            assert_eq!(end, decoder.position());
            // Nothing behind an item changes it, and no part of it is an item.
            assert_eq!(fuzzing::cbor_item(&data[..end]), Ok(end));
            assert!((0..end).all(|end| fuzzing::cbor_item(&data[..end]).is_err()));
        }
        Err(error) => points_into(error, data),
    }
}

/// JSON: what is accepted, `serde_json` accepts; what it accepts is accepted, unless it is too deep. Strings say the same.
pub fn json(data: &[u8]) {
    let ours = fuzzing::json_text(data);
    match ours {
        Ok(()) => {
            let text = std::str::from_utf8(data).expect("JSON is UTF-8");
            serde_json::from_str::<serde::de::IgnoredAny>(text).expect("what is well-formed here is well-formed there");
        }
        Err(error) => {
            points_into(error, data);
            if serde_json::from_slice::<serde_json::Value>(data).is_ok() {
                assert_eq!(error.code(), Code::JsonTooDeep, "{error}");
            }
        }
    }
    match (fuzzing::json_string(data), serde_json::from_slice::<String>(data)) {
        (Ok(ours), Ok(theirs)) => {
            assert!(ours.chars().eq(theirs.chars()) && ours.is(&theirs));
            assert!(ours.as_str().is_none_or(|plain| plain == theirs));
        }
        (Err(error), Err(_)) => points_into(error, data),
        (ours, theirs) => panic!("{ours:?} here, {theirs:?} there"),
    }
}

/// DER values and chains: the same bytes are accepted as by `der`, with the same content.
pub fn der(data: &[u8]) {
    let theirs = AnyRef::from_der(data).ok();
    for (tag, name) in
        [(0x02, Tag::Integer), (0x03, Tag::BitString), (0x06, Tag::ObjectIdentifier), (0x30, Tag::Sequence)]
    {
        let ours = fuzzing::der_value(data, tag);
        if let Err(error) = ours {
            points_into(error, data);
        }
        let theirs = theirs.filter(|value| value.tag() == name);
        assert_eq!(ours.ok(), theirs.as_ref().map(|value| value.value()), "{name}");
    }
    match (Chain::from_concatenated(data), certificates(data)) {
        (Ok(chain), Some(theirs)) => {
            assert!(chain.iter().eq(theirs.iter().copied()));
            assert_eq!(chain.len(), theirs.len());
            let separate = Chain::from_slices(&theirs).expect("each is a SEQUENCE");
            assert!(separate.iter().eq(&chain));
        }
        (Err(error), None) => points_into(error, data),
        (ours, theirs) => panic!("{ours:?} here, {theirs:?} there"),
    }
    let halves = data.split_at(data.len() / 2);
    let slices = [halves.0, halves.1];
    let single = |der| AnyRef::from_der(der).is_ok_and(|value| value.tag() == Tag::Sequence);
    assert_eq!(Chain::from_slices(&slices).is_ok(), slices.into_iter().all(single));
}

/// The SEQUENCEs that the bytes consist of, as `der` divides them; `None` if they do not or if a chain may not be so long.
fn certificates(data: &[u8]) -> Option<Vec<&[u8]>> {
    let mut reader = SliceReader::new(data).ok()?;
    let mut certificates = Vec::new();
    while !reader.is_finished() {
        let start = usize::try_from(reader.position()).ok()?;
        let value = AnyRef::decode(&mut reader).ok()?;
        if value.tag() != Tag::Sequence {
            return None;
        }
        certificates.push(&data[start..usize::try_from(reader.position()).ok()?]);
    }
    (1..=limits::CHAIN_CERTIFICATES).contains(&certificates.len()).then_some(certificates)
}
