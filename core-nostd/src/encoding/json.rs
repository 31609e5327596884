//! JSON (RFC 8259), read in place: values are views, strings stay escaped until somebody needs them.
//!
//! Members of the same name are refused in every object that is read; objects that are merely stepped over are
//! checked for syntax only.

use heapless::Vec;

use crate::encoding::base64::{self, Alphabet};
use crate::error::{Code, Error, Result};
use crate::limits;
use crate::sink::{Encode, Sink};

/// A JSON string where it stands in the input: checked, and still escaped.
#[derive(Clone, Copy, Debug)]
pub struct JsonString<'a> {
    raw: &'a str,
    at: usize,
    escaped: bool,
}

impl<'a> JsonString<'a> {
    /// The offset of the first character.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The text, if it is written without escapes.
    pub(crate) fn plain(&self) -> Result<&'a str> {
        if self.escaped { Err(Error::new(Code::JsonUnexpectedEscape, self.at)) } else { Ok(self.raw) }
    }

    /// The text, if it is written without escapes, as nearly all are.
    #[must_use]
    pub fn as_str(&self) -> Option<&'a str> {
        self.plain().ok()
    }

    /// Whether the text, unescaped, is `expected`.
    #[must_use]
    pub fn is(&self, expected: &str) -> bool {
        if self.escaped { self.chars().eq(expected.chars()) } else { self.raw == expected }
    }

    /// The one of `names` that this is; empty if it is none of them.
    pub(crate) fn select(&self, names: &'static [&'static str]) -> &'static str {
        names.iter().find(|name| self.is(name)).copied().unwrap_or_default()
    }

    pub(crate) fn same(&self, other: &Self) -> bool {
        if self.escaped || other.escaped { self.chars().eq(other.chars()) } else { self.raw == other.raw }
    }

    /// The characters, unescaped.
    pub fn chars(&self) -> impl Iterator<Item = char> + use<'a> {
        let mut rest = self.raw.chars();
        core::iter::from_fn(move || match rest.next()? {
            '\\' => Some(unescape(&mut rest).unwrap_or(char::REPLACEMENT_CHARACTER)),
            plain => Some(plain),
        })
    }

    /// The bytes that this base64 string stands for, at the front of `out`.
    pub(crate) fn base64<'o>(&self, alphabet: Alphabet, out: &'o mut [u8]) -> Result<&'o [u8]> {
        base64::base64_decode(self.plain()?.as_bytes(), alphabet, out).map_err(|e| e.shifted(self.at))
    }
}

/// Encodes as its unescaped UTF-8.
impl Encode for JsonString<'_> {
    fn encode(&self, sink: &mut dyn Sink) {
        if !self.escaped {
            return sink.put(self.raw.as_bytes());
        }
        for character in self.chars() {
            sink.put(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

/// The character after a backslash. The text was checked by [`Reader::string`]: `None` does not occur there.
fn unescape(rest: &mut core::str::Chars<'_>) -> Option<char> {
    let unit =
        |rest: &mut core::str::Chars<'_>| (0..4).try_fold(0_u32, |sum, _| Some(sum << 4 | rest.next()?.to_digit(16)?));
    match rest.next()? {
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        same @ ('"' | '\\' | '/') => Some(same),
        'u' => match unit(rest)? {
            high @ 0xd800..0xdc00 => {
                if (rest.next()?, rest.next()?) != ('\\', 'u') {
                    return None;
                }
                match unit(rest)? {
                    low @ 0xdc00..0xe000 => char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)),
                    _ => None,
                }
            }
            single => char::from_u32(single),
        },
        _ => None,
    }
}

/// Reads values from the front of a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    input: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first value of `input`.
    pub(crate) fn new(input: &'a [u8]) -> Result<Self> {
        match core::str::from_utf8(input) {
            Ok(input) => Ok(Self { input, at: 0 }),
            Err(e) => Err(Error::new(Code::JsonInvalidUtf8, e.valid_up_to())),
        }
    }

    fn byte(&self) -> Option<u8> {
        self.input.as_bytes().get(self.at).copied()
    }

    /// The next character that is not white space, unread.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    /// The offset of the next value.
    pub(crate) fn at(&mut self) -> usize {
        self.peek();
        self.at
    }

    fn unexpected(&mut self) -> Error {
        let code = if self.peek().is_some() { Code::JsonUnexpectedCharacter } else { Code::JsonTruncated };
        Error::new(code, self.at)
    }

    fn punctuation(&mut self, expected: u8) -> Result<()> {
        if self.peek() == Some(expected) {
            self.at += 1;
            return Ok(());
        }
        Err(self.unexpected())
    }

    /// Like [`punctuation`](Self::punctuation) for the first character of a value: another value has the wrong type.
    fn start(&mut self, expected: u8) -> Result<()> {
        match self.peek() {
            Some(b'{' | b'[' | b'"' | b't' | b'f' | b'n' | b'-' | b'0'..=b'9') if self.byte() != Some(expected) => {
                Err(Error::new(Code::JsonUnexpectedType, self.at))
            }
            _ => self.punctuation(expected),
        }
    }

    pub(crate) fn string(&mut self) -> Result<JsonString<'a>> {
        self.start(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            match self.byte().ok_or(Error::new(Code::JsonTruncated, self.at))? {
                b'"' => break,
                0..0x20 => return Err(Error::new(Code::JsonInvalidString, self.at)),
                b'\\' => {
                    escaped = true;
                    let mut rest = self.input.get(self.at + 1..).unwrap_or_default().chars();
                    unescape(&mut rest).ok_or(Error::new(Code::JsonInvalidString, self.at))?;
                    self.at = self.input.len() - rest.as_str().len();
                }
                _ => self.at += 1,
            }
        }
        let raw = self.input.get(start..self.at).unwrap_or_default();
        self.at += 1;
        Ok(JsonString { raw, at: start, escaped })
    }

    pub(crate) fn boolean(&mut self) -> Result<bool> {
        match self.peek() {
            Some(b't') => self.word("true").map(|()| true),
            Some(b'f') => self.word("false").map(|()| false),
            Some(b'{' | b'[' | b'"' | b'n' | b'-' | b'0'..=b'9') => Err(Error::new(Code::JsonUnexpectedType, self.at)),
            _ => Err(self.unexpected()),
        }
    }

    fn word(&mut self, word: &str) -> Result<()> {
        for expected in word.bytes() {
            match self.byte() {
                Some(byte) if byte == expected => self.at += 1,
                Some(_) => return Err(Error::new(Code::JsonUnexpectedCharacter, self.at)),
                None => return Err(Error::new(Code::JsonTruncated, self.at)),
            }
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<()> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        match self.byte() {
            _ if self.at > start => Ok(()),
            Some(_) => Err(Error::new(Code::JsonUnexpectedCharacter, self.at)),
            None => Err(Error::new(Code::JsonTruncated, self.at)),
        }
    }

    fn number(&mut self) -> Result<()> {
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        match self.byte() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    /// Reads an object and hands each member to `member`, which must read the value. Refuses names that repeat.
    pub(crate) fn object(&mut self, member: &mut dyn FnMut(JsonString<'a>, &mut Self) -> Result<()>) -> Result<()> {
        self.start(b'{')?;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        let mut names: Vec<JsonString<'a>, { limits::JSON_MEMBERS }> = Vec::new();
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.unexpected());
            }
            let name = self.string()?;
            if names.iter().any(|earlier| earlier.same(&name)) {
                return Err(Error::new(Code::JsonDuplicateMember, name.at));
            }
            names.push(name).map_err(|_| Error::new(Code::LimitExceeded, name.at))?;
            self.punctuation(b':')?;
            member(name, self)?;
            match self.peek() {
                Some(b',') => self.at += 1,
                _ => return self.punctuation(b'}'),
            }
        }
    }

    /// Reads an array and calls `element` at each element, which it must read.
    pub(crate) fn array(&mut self, element: &mut dyn FnMut(&mut Self) -> Result<()>) -> Result<()> {
        self.start(b'[')?;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            element(self)?;
            match self.peek() {
                Some(b',') => self.at += 1,
                _ => return self.punctuation(b']'),
            }
        }
    }

    /// Steps over one value of any type and checks its syntax.
    pub(crate) fn skip(&mut self) -> Result<()> {
        // For each open level: is it an object?
        let mut open: Vec<bool, { limits::JSON_DEPTH }> = Vec::new();
        loop {
            match self.peek() {
                Some(b'"') => drop(self.string()?),
                Some(b't' | b'f') => drop(self.boolean()?),
                Some(b'n') => self.word("null")?,
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(bracket @ (b'{' | b'[')) => {
                    let is_object = bracket == b'{';
                    open.push(is_object).map_err(|_| Error::new(Code::JsonTooDeep, self.at))?;
                    self.at += 1;
                    if self.peek() == Some(if is_object { b'}' } else { b']' }) {
                        self.at += 1;
                        open.pop();
                    } else {
                        if is_object {
                            self.name()?;
                        }
                        continue;
                    }
                }
                _ => return Err(self.unexpected()),
            }
            loop {
                let Some(is_object) = open.last().copied() else { return Ok(()) };
                if self.peek() == Some(b',') {
                    self.at += 1;
                    if is_object {
                        self.name()?;
                    }
                    break;
                }
                self.punctuation(if is_object { b'}' } else { b']' })?;
                open.pop();
            }
        }
    }

    fn name(&mut self) -> Result<()> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected());
        }
        self.string()?;
        self.punctuation(b':')
    }

    /// Refuses anything but white space after the value that was read.
    pub(crate) fn end(&mut self) -> Result<()> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(Error::new(Code::JsonTrailingCharacters, self.at)),
        }
    }
}

/// A string that encodes as a JSON string, quotes included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl Encode for Quoted<'_> {
    fn encode(&self, sink: &mut dyn Sink) {
        sink.put(b"\"");
        let mut plain = 0;
        for (i, byte) in self.0.bytes().enumerate() {
            if !matches!(byte, 0..0x20 | b'"' | b'\\') {
                continue;
            }
            sink.put(self.0.as_bytes().get(plain..i).unwrap_or_default());
            plain = i + 1;
            match byte {
                b'"' | b'\\' => sink.put(&[b'\\', byte]),
                _ => {
                    let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
                    sink.put(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
                }
            }
        }
        sink.put(self.0.as_bytes().get(plain..).unwrap_or_default());
        sink.put(b"\"");
    }
}

#[cfg(test)]
mod tests {
    use super::{Quoted, Reader};
    use crate::Code;
    use crate::sink::Encode;
    use alloc::string::String;

    fn skip(text: &str) -> Result<(), (Code, u32)> {
        let mut reader = Reader::new(text.as_bytes()).unwrap();
        reader.skip().and_then(|()| reader.end()).map_err(|e| (e.code(), e.at()))
    }

    fn names(text: &str) -> Result<(), (Code, u32)> {
        let mut reader = Reader::new(text.as_bytes()).unwrap();
        reader.object(&mut |_, value| value.skip()).and_then(|()| reader.end()).map_err(|e| (e.code(), e.at()))
    }

    #[test]
    fn accepts_exactly_what_serde_json_accepts() {
        let texts = [
            "0",
            "-0",
            "1.5e+10",
            "01",
            "1.",
            ".5",
            "-",
            "1e",
            "+1",
            "true",
            "tru",
            "truex",
            "nul",
            "null",
            "\"\"",
            "\"a",
            "[]",
            "[1,]",
            "[,]",
            "{}",
            "{\"a\":1,}",
            "{\"a\"}",
            "{a:1}",
            "[1 2]",
            " [ 1 , { \"x\" : [ ] } ] ",
            "\"\\u00e9\"",
            "\"\\uD83D\\uDE00\"",
            "\"\\uD83D\"",
            "\"\\uDE00\"",
            "\"\\uD83D\\u0041\"",
            "\"\\x\"",
            "\"\t\"",
            "\"\\u12\"",
            "",
            " ",
            "1 1",
            "]",
            "{\"a\":{\"b\":[{}]}}",
            "[\"a\":1]",
        ];
        for text in texts {
            let theirs = serde_json::from_str::<serde_json::Value>(text).is_ok();
            assert_eq!(skip(text).is_ok(), theirs, "{text}: {:?}", skip(text));
        }
    }

    #[test]
    fn duplicates_refused_even_when_escaped() {
        assert_eq!(names(r#"{"alg":1,"b":2,"alg":3}"#), Err((Code::JsonDuplicateMember, 16)));
        assert_eq!(names(r#"{"alg":1,"\u0061lg":3}"#), Err((Code::JsonDuplicateMember, 10)));
        assert_eq!(names(r#"{"alg":1,"Alg":3}"#), Ok(()));
    }

    #[test]
    fn nests_to_the_limit_and_no_further() {
        let nested = |depth: usize| alloc::format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(skip(&nested(16)), Ok(()));
        assert_eq!(skip(&nested(17)), Err((Code::JsonTooDeep, 16)));
    }

    #[test]
    fn strings_unescape_and_quote() {
        let text = r#""a\"\\\/\b\f\n\r\t\u0000\u00e9\uD83D\uDE00z""#;
        let string = Reader::new(text.as_bytes()).unwrap().string().unwrap();
        let plain: String = string.chars().collect();
        assert_eq!(plain, "a\"\\/\u{8}\u{c}\n\r\t\0é😀z");
        let mut out = [0; 99];
        assert_eq!(string.encode_into(&mut out).unwrap(), plain.as_bytes());
        let mut out = [0; 99];
        let quoted = Quoted(&plain).encode_into(&mut out).unwrap();
        assert_eq!(serde_json::from_slice::<String>(quoted).unwrap(), plain);
    }

    #[test]
    fn wrong_types_and_ends_are_told_apart() {
        let string =
            |text: &str| Reader::new(text.as_bytes()).unwrap().string().map(|_| ()).map_err(|e| (e.code(), e.at()));
        assert_eq!(string(" 5"), Err((Code::JsonUnexpectedType, 1)));
        assert_eq!(string(" x"), Err((Code::JsonUnexpectedCharacter, 1)));
        assert_eq!(string("\"abc"), Err((Code::JsonTruncated, 4)));
        assert_eq!(names("[]"), Err((Code::JsonUnexpectedType, 0)));
        assert_eq!(names("{\"a\":1} x"), Err((Code::JsonTrailingCharacters, 8)));
        assert_eq!(Reader::new(b"\"\xff\"").unwrap_err().code(), Code::JsonInvalidUtf8);
    }
}
