//! Base64 (RFC 4648): base64url without padding (section 5) for JWS, base64 with padding (section 4) for `x5c` and DSSE.
//!
//! Nothing but the alphabet is accepted: no white space, no line breaks, no stray bits. Not constant-time: everything
//! here is public.

use crate::error::{Code, Error, Result};
use crate::sink::{Encode, Sink, SliceSink};

/// Which of the two alphabets, and with it whether there is padding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Alphabet {
    /// `A–Z a–z 0–9 - _`, never padded (RFC 4648 section 5; RFC 7515 section 2).
    UrlSafe,
    /// `A–Z a–z 0–9 + /`, always padded (RFC 4648 section 4).
    Standard,
}

impl Alphabet {
    fn character(self, value: u32) -> u8 {
        const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let value = value & 0x3f;
        match (LETTERS.get(value as usize), self) {
            (Some(letter), _) => *letter,
            (None, Self::UrlSafe) if value == 62 => b'-',
            (None, Self::UrlSafe) => b'_',
            (None, Self::Standard) if value == 62 => b'+',
            (None, Self::Standard) => b'/',
        }
    }

    fn value(self, character: u8) -> Option<u32> {
        let value = match (character, self) {
            (b'A'..=b'Z', _) => character - b'A',
            (b'a'..=b'z', _) => character - b'a' + 26,
            (b'0'..=b'9', _) => character - b'0' + 52,
            (b'-', Self::UrlSafe) | (b'+', Self::Standard) => 62,
            (b'_', Self::UrlSafe) | (b'/', Self::Standard) => 63,
            _ => return None,
        };
        Some(u32::from(value))
    }
}

/// How many characters are encoded or decoded before they are handed on.
const BLOCK: usize = 64;

/// Encodes what comes in pieces of any length.
#[derive(Clone, Debug)]
pub(crate) struct Pieces {
    alphabet: Alphabet,
    /// Up to two bytes that do not fill a group of three yet.
    carry: u32,
    carried: u8,
}

impl Pieces {
    pub(crate) fn new(alphabet: Alphabet) -> Self {
        Self { alphabet, carry: 0, carried: 0 }
    }

    fn group(&self, three: u32) -> [u8; 4] {
        [18, 12, 6, 0].map(|shift| self.alphabet.character(three >> shift))
    }

    /// Takes the next bytes, and writes the characters that they complete.
    pub(crate) fn put(&mut self, mut bytes: &[u8], sink: &mut dyn Sink) {
        while self.carried > 0 {
            let Some((first, rest)) = bytes.split_first() else { return };
            bytes = rest;
            self.carry = self.carry << 8 | u32::from(*first);
            self.carried += 1;
            if self.carried == 3 {
                sink.put(&self.group(self.carry));
                (self.carry, self.carried) = (0, 0);
            }
        }
        let (groups, rest) = bytes.as_chunks::<3>();
        for block in groups.chunks(BLOCK / 4) {
            let mut out = [0; BLOCK];
            let (places, _) = out.as_chunks_mut::<4>();
            for (place, [a, b, c]) in places.iter_mut().zip(block) {
                *place = self.group(u32::from(*a) << 16 | u32::from(*b) << 8 | u32::from(*c));
            }
            sink.put(out.get(..block.len() * 4).unwrap_or_default());
        }
        for byte in rest {
            self.carry = self.carry << 8 | u32::from(*byte);
            self.carried += 1;
        }
    }

    /// Writes what is left.
    pub(crate) fn finish(self, sink: &mut dyn Sink) {
        let padded = self.alphabet == Alphabet::Standard;
        let [a, b, c, _] = self.group(self.carry << if self.carried == 1 { 16 } else { 8 });
        match (self.carried, padded) {
            (0, _) => {}
            (1, false) => sink.put(&[a, b]),
            (1, true) => sink.put(&[a, b, b'=', b'=']),
            (_, false) => sink.put(&[a, b, c]),
            (_, true) => sink.put(&[a, b, c, b'=']),
        }
    }
}

/// A sink that encodes what it takes and hands the characters on. [`finish`](Self::finish) writes the last ones.
pub(crate) struct Encoder<'s> {
    sink: &'s mut dyn Sink,
    pieces: Pieces,
}

impl<'s> Encoder<'s> {
    pub(crate) fn new(sink: &'s mut dyn Sink, alphabet: Alphabet) -> Self {
        Self { sink, pieces: Pieces::new(alphabet) }
    }

    /// Writes what is left.
    pub(crate) fn finish(self) {
        self.pieces.finish(self.sink);
    }
}

impl Sink for Encoder<'_> {
    fn put(&mut self, bytes: &[u8]) {
        self.pieces.put(bytes, self.sink);
    }
}

/// Bytes that encode as their base64 text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Base64<'a>(pub(crate) &'a [u8], pub(crate) Alphabet);

impl Encode for Base64<'_> {
    fn encode(&self, sink: &mut dyn Sink) {
        let mut encoder = Encoder::new(sink, self.1);
        encoder.put(self.0);
        encoder.finish();
    }

    /// Without looking at the bytes.
    fn encoded_len(&self) -> u64 {
        let bytes = self.0.len() as u64;
        match self.1 {
            Alphabet::Standard => bytes.div_ceil(3).saturating_mul(4),
            // One byte left over needs two characters, two need three.
            Alphabet::UrlSafe => (bytes / 3).saturating_mul(4) + (bytes % 3) + u64::from(!bytes.is_multiple_of(3)),
        }
    }
}

/// Encodes `bytes` to the front of `out` and returns that prefix.
///
/// # Errors
/// [`OutputTooSmall`](Code::OutputTooSmall) with the size needed.
pub fn base64_encode<'o>(bytes: &[u8], alphabet: Alphabet, out: &'o mut [u8]) -> Result<&'o str> {
    let text = Base64(bytes, alphabet).encode_into(out)?;
    core::str::from_utf8(text).map_err(|_| Error::new(Code::Base64InvalidCharacter, 0))
}

/// Decodes `text` to the front of `out` and returns that prefix.
///
/// # Errors
/// [`Base64InvalidCharacter`](Code::Base64InvalidCharacter), [`Base64InvalidLength`](Code::Base64InvalidLength),
/// [`Base64NonCanonical`](Code::Base64NonCanonical) at the character at fault;
/// [`OutputTooSmall`](Code::OutputTooSmall) with the size needed.
pub fn base64_decode<'o>(text: &[u8], alphabet: Alphabet, out: &'o mut [u8]) -> Result<&'o [u8]> {
    let needed = decoded_len(text, alphabet)? as u64;
    if needed > out.len() as u64 {
        return Err(Error::output_too_small(needed));
    }
    let mut sink = SliceSink::new(out);
    decode(text, alphabet, &mut sink)?;
    sink.finish().ok_or(Error::output_too_small(needed))
}

/// The text without its padding, which must be right.
fn unpadded(text: &[u8], alphabet: Alphabet) -> Result<&[u8]> {
    let bad = |at: usize| Error::new(Code::Base64InvalidLength, at);
    let body = match alphabet {
        Alphabet::UrlSafe => text,
        Alphabet::Standard if !text.len().is_multiple_of(4) => return Err(bad(text.len())),
        Alphabet::Standard => match text {
            [body @ .., b'=', b'='] | [body @ .., b'='] => body,
            _ => text,
        },
    };
    if body.len() % 4 == 1 { Err(bad(body.len())) } else { Ok(body) }
}

/// How many bytes `text` decodes to, from its length and padding alone.
pub(crate) fn decoded_len(text: &[u8], alphabet: Alphabet) -> Result<usize> {
    let body = unpadded(text, alphabet)?.len();
    Ok(body / 4 * 3 + (body % 4).saturating_sub(1))
}

/// Decodes `text` into `sink`. What was written before an error must not be used.
pub(crate) fn decode(text: &[u8], alphabet: Alphabet, sink: &mut dyn Sink) -> Result<()> {
    let (groups, last) = unpadded(text, alphabet)?.as_chunks::<4>();
    let values = |at: usize, characters: &[u8]| {
        characters.iter().enumerate().try_fold(0_u32, |sum, (i, c)| match alphabet.value(*c) {
            Some(value) => Ok(sum << 6 | value),
            None => Err(Error::new(Code::Base64InvalidCharacter, at + i)),
        })
    };
    let mut at = 0;
    for block in groups.chunks(BLOCK / 4) {
        let mut out = [0; BLOCK / 4 * 3];
        let (places, _) = out.as_chunks_mut::<3>();
        for (place, group) in places.iter_mut().zip(block) {
            let [_, a, b, c] = values(at, group)?.to_be_bytes();
            *place = [a, b, c];
            at += 4;
        }
        sink.put(out.get(..block.len() * 3).unwrap_or_default());
    }
    let stray = || Error::new(Code::Base64NonCanonical, at + last.len().saturating_sub(1));
    let value = values(at, last)?;
    match last.len() {
        2 if value & 0x0f != 0 => return Err(stray()),
        3 if value & 0x03 != 0 => return Err(stray()),
        2 => sink.put((value >> 4).to_be_bytes().get(3..).unwrap_or_default()),
        3 => sink.put((value >> 2).to_be_bytes().get(2..).unwrap_or_default()),
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Alphabet, Base64, Encoder, base64_decode, base64_encode};
    use crate::Code;
    use crate::sink::{Encode, Sink, SliceSink};

    const BYTES: [u8; 200] = {
        let mut bytes = [0_u8; 200];
        let mut i = 0;
        while i < 200 {
            bytes[i] = bytes[i.saturating_sub(1)].wrapping_mul(5).wrapping_add(113);
            i += 1;
        }
        bytes
    };

    #[test]
    fn rfc_4648_vectors() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            let mut out = [0; 8];
            assert_eq!(base64_encode(bytes.as_bytes(), Alphabet::Standard, &mut out), Ok(text));
            assert_eq!(base64_decode(text.as_bytes(), Alphabet::Standard, &mut out), Ok(bytes.as_bytes()));
            let text = text.trim_end_matches('=');
            assert_eq!(base64_encode(bytes.as_bytes(), Alphabet::UrlSafe, &mut out), Ok(text));
            assert_eq!(base64_decode(text.as_bytes(), Alphabet::UrlSafe, &mut out), Ok(bytes.as_bytes()));
        }
    }

    #[test]
    fn any_length_comes_back_and_any_division_encodes_the_same() {
        for length in 0..BYTES.len() {
            for alphabet in [Alphabet::UrlSafe, Alphabet::Standard] {
                let value = Base64(&BYTES[..length], alphabet);
                let (mut text, mut bytes) = ([0; 300], [0; 200]);
                let text = value.encode_into(&mut text).unwrap();
                assert_eq!(value.encoded_len(), text.len() as u64);
                assert_eq!(base64_decode(text, alphabet, &mut bytes), Ok(&BYTES[..length]));
                for step in [1, 2, 5, 64] {
                    let mut again = [0; 300];
                    let mut sink = SliceSink::new(&mut again);
                    let mut encoder = Encoder::new(&mut sink, alphabet);
                    for chunk in BYTES[..length].chunks(step) {
                        encoder.put(chunk);
                    }
                    encoder.finish();
                    assert_eq!(sink.finish(), Some(text));
                }
            }
        }
    }

    #[test]
    fn refusals_name_the_character() {
        let decode = |text: &str, alphabet| {
            base64_decode(text.as_bytes(), alphabet, &mut [0; 99]).map(<[u8]>::len).map_err(|e| (e.code(), e.at()))
        };
        assert_eq!(decode("AAAA AAA", Alphabet::UrlSafe), Err((Code::Base64InvalidCharacter, 4)));
        assert_eq!(decode("AAAAA+", Alphabet::UrlSafe), Err((Code::Base64InvalidCharacter, 5)));
        assert_eq!(decode("AAA_", Alphabet::Standard), Err((Code::Base64InvalidCharacter, 3)));
        assert_eq!(decode("AA==", Alphabet::UrlSafe), Err((Code::Base64InvalidCharacter, 2)));
        assert_eq!(decode("A=AA", Alphabet::Standard), Err((Code::Base64InvalidCharacter, 1)));
        assert_eq!(decode("AA=A", Alphabet::Standard), Err((Code::Base64InvalidCharacter, 2)));
        assert_eq!(decode("AA", Alphabet::Standard), Err((Code::Base64InvalidLength, 2)));
        assert_eq!(decode("A===", Alphabet::Standard), Err((Code::Base64InvalidCharacter, 1)));
        assert_eq!(decode("AAAAA", Alphabet::UrlSafe), Err((Code::Base64InvalidLength, 5)));
        assert_eq!(decode("AB", Alphabet::UrlSafe), Err((Code::Base64NonCanonical, 1)));
        assert_eq!(decode("AAB", Alphabet::UrlSafe), Err((Code::Base64NonCanonical, 2)));
        assert_eq!(decode("AAB=", Alphabet::Standard), Err((Code::Base64NonCanonical, 2)));
    }
}
