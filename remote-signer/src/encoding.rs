//! Bytes as text: base64 through the core, so that there is one alphabet and one strictness everywhere, and hex.

use splitsign_core::encoding::{Alphabet, base64_decode, base64_encode};

/// Base64url without padding (RFC 4648 section 5).
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    encode(bytes, Alphabet::UrlSafe)
}

/// Base64 with padding (RFC 4648 section 4).
#[must_use]
pub fn base64_standard(bytes: &[u8]) -> String {
    encode(bytes, Alphabet::Standard)
}

fn encode(bytes: &[u8], alphabet: Alphabet) -> String {
    let mut out = vec![0; bytes.len().div_ceil(3) * 4];
    base64_encode(bytes, alphabet, &mut out).expect("four characters for three bytes are enough").to_owned()
}

/// The bytes of base64url text without padding.
///
/// # Errors
/// The core's base64 codes, with the offset of the character at fault.
pub fn from_base64url(text: &str) -> splitsign_core::Result<Vec<u8>> {
    decode(text, Alphabet::UrlSafe)
}

/// The bytes of base64 text with padding.
///
/// # Errors
/// The core's base64 codes, with the offset of the character at fault.
pub fn from_base64_standard(text: &str) -> splitsign_core::Result<Vec<u8>> {
    decode(text, Alphabet::Standard)
}

fn decode(text: &str, alphabet: Alphabet) -> splitsign_core::Result<Vec<u8>> {
    let mut out = vec![0; text.len().div_ceil(4) * 3];
    base64_decode(text.as_bytes(), alphabet, &mut out).map(<[u8]>::to_vec)
}

/// PEM (RFC 7468), 64 characters in a line, with a line feed at its end.
#[must_use]
pub fn pem(label: &str, der: &[u8]) -> String {
    let text = base64_standard(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| core::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// Lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::{base64_standard, base64url, from_base64_standard, from_base64url, hex};

    #[test]
    fn every_length_goes_there_and_back() {
        for length in 0..10_u8 {
            let bytes: Vec<u8> = (0..length).map(|n| 250 + n % 6).collect();
            assert_eq!(from_base64url(&base64url(&bytes)), Ok(bytes.clone()));
            assert_eq!(from_base64_standard(&base64_standard(&bytes)), Ok(bytes));
        }
        assert_eq!(hex(&[0, 0xab]), "00ab");
    }
}
