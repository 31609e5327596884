//! What went wrong, and where: a numbered code and a byte offset.
//!
//! The table below is the only place where codes are made. A number is never reused; a code that is no longer raised
//! keeps its row. Every binding generates its own table from this one (`cargo xtask gen`).

use core::fmt;
use core::num::NonZeroU64;

/// An error of the core: which rule was broken, and at which byte.
///
/// Small and `Copy`, so that it crosses every border unchanged.
#[derive(Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Error(
    /// `code × 2³² + at`. One number, as two fields are copied one by one at every `?`, which was a twentieth of all
    /// code in WebAssembly. Never zero, so that `Result<()>` is one number, too.
    NonZeroU64,
);

/// `Result` with the core's [`Error`].
pub type Result<T> = core::result::Result<T, Error>;

impl Error {
    /// An error at byte `at` of the input; offsets beyond `u32::MAX` are reported as `u32::MAX`.
    pub(crate) fn new(code: Code, at: usize) -> Self {
        Self::packed(u64::from(code.number()), at as u64)
    }

    /// [`Code::OutputTooSmall`] with the number of bytes that would have been enough.
    pub(crate) fn output_too_small(needed: u64) -> Self {
        Self::packed(u64::from(Code::OutputTooSmall.number()), needed)
    }

    fn packed(code: u64, at: u64) -> Self {
        // No code is zero.
        Self(NonZeroU64::new(code << 32 | at.min(u64::from(u32::MAX))).unwrap_or(NonZeroU64::MIN))
    }

    /// Which rule was broken.
    #[must_use]
    pub fn code(self) -> Code {
        // It came from one of them.
        Code::ALL.iter().copied().find(|code| self.is(*code)).unwrap_or(Code::InvalidArgument)
    }

    /// Whether it is that rule that was broken.
    #[must_use]
    pub fn is(self, code: Code) -> bool {
        self.0.get() >> 32 == u64::from(code.number())
    }

    /// Where: the offset in bytes, from zero, into the input that the operation names. For [`Code::OutputTooSmall`]
    /// it is the number of bytes that the output must have. Where no single byte is at fault
    /// ([`Code::BadSignature`], a missing item) it is the offset at which the item was looked for, or zero.
    #[must_use]
    pub fn at(self) -> u32 {
        u32::try_from(self.0.get() & u64::from(u32::MAX)).unwrap_or(u32::MAX)
    }

    /// Both in one, for borders that numbers cross best: the number of the code × 2³² + where.
    #[must_use]
    pub const fn number(self) -> NonZeroU64 {
        self.0
    }

    /// The same error at another byte.
    pub(crate) fn moved(self, at: usize) -> Self {
        Self::packed(self.0.get() >> 32, at as u64)
    }

    /// The same error, `base` bytes further into an enclosing input.
    pub(crate) fn shifted(self, base: usize) -> Self {
        if self.is(Code::OutputTooSmall) {
            return self;
        }
        Self::packed(self.0.get() >> 32, u64::from(self.at()).saturating_add(base as u64))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error").field("code", &self.code()).field("at", &self.at()).finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code();
        let (number, name) = (code.number(), code.name());
        match code {
            Code::OutputTooSmall => write!(f, "{name} ({number}): {} bytes are needed", self.at())?,
            _ => write!(f, "{name} ({number}) at byte {}: {}", self.at(), code.what().trim_end_matches('.'))?,
        }
        write!(f, "; {}", code.remedy())
    }
}

impl core::error::Error for Error {}

macro_rules! codes {
    ($($number:literal $variant:ident $name:literal $what:literal $remedy:literal)+) => {
        /// Every way in which the core refuses. Numbers are grouped by module and never reused.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[non_exhaustive]
        #[repr(u16)]
        pub enum Code {
            $(#[doc = concat!($what, " Remedy: ", $remedy, ".")] $variant = $number,)+
        }

        impl Code {
            /// Every code, in order of number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The number: the same in every language, never reused.
            #[must_use]
            pub const fn number(self) -> u16 {
                self as u16
            }

            /// The stable name, in `snake_case`: the string code of the JavaScript binding and of the service.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What is wrong, in one sentence.
            #[must_use]
            pub const fn what(self) -> &'static str {
                match self { $(Self::$variant => $what,)+ }
            }

            /// What to do about it, as an imperative without a full stop.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)+ }
            }
        }
    };
}

codes! {
    // 1–99: every operation
    1 OutputTooSmall "output_too_small" "The output buffer is too small." "call again with a buffer of the size that the error gives"
    2 LimitExceeded "limit_exceeded" "A limit was exceeded; `limits` names each one." "send less, or split the input"
    3 LengthMismatch "length_mismatch" "The bytes given are not as many as the length announced." "announce the exact length before the first byte"
    4 DigestMismatch "digest_mismatch" "The digest given is not the digest of this draft." "prepare again, and attach to the same inputs"
    5 InvalidArgument "invalid_argument" "An argument has the wrong type, or is missing, or is not known." "check the call against its documentation"

    // 100–119: CBOR
    100 CborTruncated "cbor_truncated" "The CBOR ends in the middle of an item." "send the whole object"
    101 CborNonMinimal "cbor_non_minimal" "A CBOR integer or length is not in its shortest form." "encode deterministically (RFC 8949, 4.2.1)"
    102 CborIndefiniteLength "cbor_indefinite_length" "CBOR items of indefinite length are refused." "encode with definite lengths"
    103 CborUnexpectedType "cbor_unexpected_type" "The CBOR item is of another type than this place requires." "check the structure against RFC 9052"
    104 CborTrailingBytes "cbor_trailing_bytes" "There are bytes after the end of the CBOR item." "send exactly one item"
    105 CborTooDeep "cbor_too_deep" "CBOR items are nested too deeply." "nest header values less than `limits::CBOR_DEPTH`"
    106 CborInvalidUtf8 "cbor_invalid_utf8" "A CBOR text string is not UTF-8." "encode text as UTF-8, or use a byte string"
    107 CborReserved "cbor_reserved" "The CBOR item uses a reserved or invalid encoding." "use an encoder that conforms to RFC 8949"

    // 120–129: base64
    120 Base64InvalidCharacter "base64_invalid_character" "A character is not in the base64 alphabet that this place requires." "encode without white space, in the alphabet that the format names"
    121 Base64InvalidLength "base64_invalid_length" "The base64 text has an impossible length or wrong padding." "send the text unchanged, base64url without and base64 with padding"
    122 Base64NonCanonical "base64_non_canonical" "The unused bits of the last base64 character are not zero." "encode with a conforming encoder (RFC 4648, 3.5)"

    // 130–149: JSON
    130 JsonTruncated "json_truncated" "The JSON text ends too early." "send the whole text"
    131 JsonUnexpectedCharacter "json_unexpected_character" "This character is not JSON, or not what this place requires." "check the text against RFC 8259"
    132 JsonDuplicateMember "json_duplicate_member" "An object has two members of the same name." "keep one of them"
    133 JsonTooDeep "json_too_deep" "JSON values are nested too deeply." "nest values less than `limits::JSON_DEPTH`"
    134 JsonInvalidUtf8 "json_invalid_utf8" "The JSON text is not UTF-8." "encode it as UTF-8"
    135 JsonInvalidString "json_invalid_string" "A string has a control character, an unknown escape or half a surrogate pair." "escape it as RFC 8259 section 7 says"
    136 JsonUnexpectedType "json_unexpected_type" "The JSON value is of another type than this member requires." "check the member against its specification"
    137 JsonTrailingCharacters "json_trailing_characters" "There is text after the end of the JSON value." "send exactly one value"
    138 JsonUnexpectedEscape "json_unexpected_escape" "This string must be written without escapes." "write base64 text and identifiers as plain characters"
    139 JsonMissingMember "json_missing_member" "A required member is missing." "add the member that the specification requires"

    // 150–169: DER
    150 DerTruncated "der_truncated" "The DER ends in the middle of a value." "send the whole value"
    151 DerNonMinimal "der_non_minimal" "A DER length or integer is not in its shortest form." "encode as DER, not BER"
    152 DerUnexpectedTag "der_unexpected_tag" "The DER value has another tag than this place requires." "check the structure"
    153 DerTrailingBytes "der_trailing_bytes" "There are bytes after the end of the DER value." "send exactly one value"
    154 DerInvalidValue "der_invalid_value" "The content of a DER value is not valid for its type." "encode as DER"

    // 200–249: public keys and signatures
    200 BadSignature "bad_signature" "The signature does not verify under this key." "check that key, object, detached payload and additional data belong together"
    201 SignatureWrongLength "signature_wrong_length" "A raw ES256 signature has exactly 64 bytes." "send r and s, each left-padded to 32 bytes, or convert from DER"
    202 SignatureOutOfRange "signature_out_of_range" "r or s is zero, or not smaller than the order of the group." "ask the signer for another signature"
    203 SignatureHighS "signature_high_s" "s is in the upper half of its range, which this policy refuses." "normalise when attaching, or accept high s"
    204 DigestWrongLength "digest_wrong_length" "A SHA-256 digest has exactly 32 bytes." "send the digest itself, neither hex nor base64"
    210 KeyInvalidPoint "key_invalid_point" "The public key is not a point of the curve P-256." "export the key again"
    211 KeyWrongLength "key_wrong_length" "The public key, or one of its coordinates, has the wrong length." "send 65 or 33 bytes of SEC 1, or coordinates of 32 bytes"
    212 KeyWrongAlgorithm "key_wrong_algorithm" "The key is not an ECDSA key on P-256." "use a key for ES256"
    213 KeyWrongUse "key_wrong_use" "The key declares a use or operation other than verification." "use a key that may verify"
    214 KeyIsPrivate "key_is_private" "This is a private key; the core takes public keys only." "send the public part, and consider the private key exposed"
    215 KeyMissingField "key_missing_field" "The key lacks a field that its format requires." "export the key again"
    216 KeyDuplicateField "key_duplicate_field" "The key has a field twice." "export the key again"

    // 250–259: certificate chains as they travel in headers
    250 ChainEmpty "chain_empty" "The certificate chain has no certificate." "leave the chain out, or send the leaf first"
    251 ChainTooLong "chain_too_long" "The certificate chain has too many certificates." "send at most `limits::CHAIN_CERTIFICATES`"
    252 ChainInvalidCertificate "chain_invalid_certificate" "A certificate of the chain is not one DER SEQUENCE." "send DER, not PEM, one value each"

    // 300–349: COSE
    300 CoseNotSign1 "cose_not_sign1" "This is not a COSE_Sign1 structure." "send an array of four, tagged 18 or untagged"
    301 CoseDuplicateLabel "cose_duplicate_label" "A header label occurs twice, within a bucket or across both." "keep one of them, in the protected bucket"
    302 CoseUnsupportedAlgorithm "cose_unsupported_algorithm" "The alg header is not the algorithm of the key." "sign with ES256 (-7)"
    303 CoseMissingAlgorithm "cose_missing_algorithm" "There is no alg in the protected header." "put alg into the protected bucket"
    304 CoseUnknownCritical "cose_unknown_critical" "crit names a label that is not understood here." "leave the extension out, or verify with software that knows it"
    305 CoseInvalidCritical "cose_invalid_critical" "crit is empty, unprotected, or names a label that is not in the protected header." "list only protected labels that are there"
    306 CoseInvalidHeader "cose_invalid_header" "A header value has the wrong type, or a header may not stand in this bucket." "check the header against RFC 9052 section 3.1"
    307 CosePayloadMissing "cose_payload_missing" "The payload is detached, and none was given." "give the payload, or its length and then its bytes"
    308 CosePayloadEmbedded "cose_payload_embedded" "The payload is in the object, and another one was given." "verify without a detached payload"

    // 400–449: JWS
    400 JwsInvalidCompact "jws_invalid_compact" "A compact JWS has exactly three parts, divided by two dots." "send header, payload and signature, as RFC 7515 section 7.1 says"
    401 JwsMissingAlgorithm "jws_missing_algorithm" "There is no alg in the protected header." "put alg into the protected header"
    402 JwsUnsupportedAlgorithm "jws_unsupported_algorithm" "The alg header is not the algorithm of the key." "sign with ES256"
    403 JwsUnknownCritical "jws_unknown_critical" "crit names a header parameter that is not understood here." "leave the extension out, or verify with software that knows it"
    404 JwsInvalidCritical "jws_invalid_critical" "crit is empty, repeated, unprotected, or names a parameter that is absent or defined by RFC 7515." "list only extensions that are in the protected header"
    405 JwsInvalidHeader "jws_invalid_header" "A header parameter has the wrong type, or may not stand where it stands." "check the parameter against RFC 7515 section 4.1"
    406 JwsDuplicateParameter "jws_duplicate_parameter" "A header parameter stands in the protected and in the unprotected header." "keep the protected one"
    407 JwsPayloadMissing "jws_payload_missing" "The payload is detached, and none was given." "give the payload"
    408 JwsPayloadAttached "jws_payload_attached" "The payload is in the object, and another one was given." "verify without a detached payload"
    409 JwsUnencodedPayload "jws_unencoded_payload" "This payload cannot stand unencoded in this serialization." "detach it, or encode it (b64 true)"
    410 JwsGeneralSerialization "jws_general_serialization" "A JWS with several signatures is not supported." "send the flattened or compact serialization"

    // 500–549: DSSE
    500 DsseNoSignature "dsse_no_signature" "The envelope has no signature." "sign it, or send the signed envelope"
    501 DsseTooManySignatures "dsse_too_many_signatures" "The envelope has too many signatures." "send at most `limits::DSSE_SIGNATURES`"
    502 DsseInvalidPayloadType "dsse_invalid_payload_type" "The payload type is empty or is not printable text." "use a media type or a URI"
}

#[cfg(test)]
mod tests {
    use super::{Code, Error};

    #[test]
    fn numbers_ascend_and_names_are_unique() {
        for pair in Code::ALL.windows(2) {
            assert!(pair[0].number() < pair[1].number(), "{pair:?}");
        }
        for (i, a) in Code::ALL.iter().enumerate() {
            assert!(a.name().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'));
            assert!(Code::ALL[i + 1..].iter().all(|b| a.name() != b.name()), "{a:?}");
        }
    }

    #[test]
    fn says_what_where_and_what_to_do() {
        let text = alloc::format!("{}", Error::new(Code::CborNonMinimal, 17));
        assert_eq!(
            text,
            "cbor_non_minimal (101) at byte 17: A CBOR integer or length is not in its shortest form; \
             encode deterministically (RFC 8949, 4.2.1)"
        );
        let text = alloc::format!("{}", Error::output_too_small(91));
        assert!(text.contains("91 bytes are needed"), "{text}");
    }

    #[test]
    fn is_small() {
        assert!(size_of::<Error>() <= 8);
        assert_eq!(Error::new(Code::BadSignature, usize::MAX).at(), u32::MAX);
    }
}
