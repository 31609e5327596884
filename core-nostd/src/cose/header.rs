//! Header parameters (RFC 9052 section 3, RFC 9360): writing ours, reading anybody's.

use crate::encoding::cbor::{self, Label, Labels, Major};
use crate::error::{Code, Error, Result};
use crate::limits;
use crate::sink::{Encode, Sink};
use crate::x509::Chain;

const ALG: i64 = 1;
const CONTENT_TYPE: i64 = 3;
const KID: i64 = 4;
const X5CHAIN: i64 = 33;
/// ES256 (RFC 9053, 2.1).
const ES256: i64 = -7;
/// −1 − ES256, as CBOR writes it.
const ES256_ARGUMENT: u64 = 6;

/// What the payload is (RFC 9052, 3.1, label 3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ContentType<'a> {
    /// A number of the CoAP Content-Formats registry.
    CoapFormat(u16),
    /// A media type, as `type/subtype`.
    MediaType(&'a str),
}

/// The protected header that we write: everything that is said about the signature is signed with it.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Protected<'a> {
    pub(crate) content_type: Option<ContentType<'a>>,
    pub(crate) kid: Option<&'a [u8]>,
    pub(crate) x5chain: Option<Chain<'a>>,
}

impl Protected<'_> {
    pub(crate) fn check(&self) -> Result<()> {
        if self.kid.is_some_and(|kid| kid.len() > limits::KEY_ID_BYTES) {
            return Err(Error::new(Code::LimitExceeded, limits::KEY_ID_BYTES));
        }
        match self.content_type {
            Some(ContentType::MediaType(media_type)) if media_type.len() > limits::CONTENT_TYPE_BYTES => {
                Err(Error::new(Code::LimitExceeded, limits::CONTENT_TYPE_BYTES))
            }
            Some(ContentType::MediaType(media_type)) if !is_media_type(media_type) => {
                Err(Error::new(Code::CoseInvalidHeader, 0))
            }
            _ => Ok(()),
        }
    }
}

/// RFC 9052, 3.1: no white space at either end, one `/`.
fn is_media_type(text: &str) -> bool {
    let ends = [text.chars().next(), text.chars().next_back()];
    let slashes = text.bytes().take_while(|byte| *byte != b';').filter(|byte| *byte == b'/').count();
    slashes == 1 && !ends.into_iter().flatten().any(char::is_whitespace)
}

/// Deterministic encoding (RFC 8949, 4.2.1): labels in ascending order.
impl Encode for Protected<'_> {
    fn encode(&self, sink: &mut dyn Sink) {
        let entries = 1
            + u64::from(self.content_type.is_some())
            + u64::from(self.kid.is_some())
            + u64::from(self.x5chain.is_some());
        cbor::put_head(sink, Major::Map, entries);
        cbor::put_int(sink, ALG);
        cbor::put_int(sink, ES256);
        if let Some(content_type) = self.content_type {
            cbor::put_int(sink, CONTENT_TYPE);
            match content_type {
                ContentType::CoapFormat(number) => cbor::put_int(sink, i64::from(number)),
                ContentType::MediaType(text) => cbor::put_text(sink, text),
            }
        }
        if let Some(kid) = self.kid {
            cbor::put_int(sink, KID);
            cbor::put_bytes(sink, kid);
        }
        if let Some(chain) = self.x5chain {
            cbor::put_int(sink, X5CHAIN);
            // One certificate is a bstr, several are an array (RFC 9360, 2).
            let certificates = chain.len();
            if certificates > 1 {
                cbor::put_head(sink, Major::Array, certificates as u64);
            }
            for certificate in chain.iter() {
                cbor::put_bytes(sink, certificate);
            }
        }
    }
}

/// The header of an object that was read, known values picked out.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Header<'a> {
    pub(crate) protected: Parameters<'a>,
    pub(crate) unprotected: Parameters<'a>,
}

/// The parameters of one bucket.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Parameters<'a> {
    pub(crate) content_type: Option<ContentType<'a>>,
    pub(crate) kid: Option<&'a [u8]>,
    pub(crate) x5chain: Option<X5Chain<'a>>,
}

/// An `x5chain` as it stands in the object, checked: one bstr, or an array of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct X5Chain<'a>(cbor::Reader<'a>);

impl<'a> X5Chain<'a> {
    fn read(reader: &mut cbor::Reader<'a>) -> Result<Self> {
        let (view, at) = (Self(*reader), reader.at());
        let count = match reader.peek() {
            Some(head) if head >> 5 == Major::Array as u8 => reader.array()?,
            _ => 1,
        };
        match count {
            0 => return Err(Error::new(Code::ChainEmpty, at)),
            count if count > limits::CHAIN_CERTIFICATES as u64 => return Err(Error::new(Code::ChainTooLong, at)),
            _ => {}
        }
        for _ in 0..count {
            let at = reader.at();
            crate::x509::check_certificate(reader.bytes()?)
                .map_err(|_| Error::new(Code::ChainInvalidCertificate, at))?;
        }
        Ok(view)
    }

    /// The certificates, leaf first.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut reader = self.0;
        let mut left = match reader.peek() {
            Some(head) if head >> 5 == Major::Array as u8 => reader.array().unwrap_or(0),
            _ => 1,
        };
        core::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            reader.bytes().ok()
        })
    }
}

impl<'a> Header<'a> {
    /// Reads both buckets. `protected` is the content of the bstr, which starts at `base` in the object;
    /// `reader` stands at the unprotected map and is left behind it.
    pub(crate) fn read(protected: &'a [u8], base: usize, reader: &mut cbor::Reader<'a>) -> Result<Self> {
        let (mut header, mut labels) = (Self::default(), Labels::default());
        let (mut algorithm, mut critical) = (None, None);
        // RFC 9052, 3: an empty map may be a bstr of no bytes.
        if !protected.is_empty() {
            let mut reader = cbor::Reader::within(protected, base);
            header.protected = Parameters::read(&mut reader, &mut labels, &mut |label, _, reader| {
                match label {
                    Label::Unsigned(1) => algorithm = Some((reader.at(), reader.label()?)),
                    Label::Unsigned(2) => {
                        critical = Some(*reader);
                        reader.skip()?;
                    }
                    _ => reader.skip()?,
                }
                Ok(())
            })?;
            reader.end()?;
        }
        match algorithm {
            None => return Err(Error::new(Code::CoseMissingAlgorithm, base)),
            Some((_, Label::Negative(ES256_ARGUMENT))) => {}
            Some((at, _)) => return Err(Error::new(Code::CoseUnsupportedAlgorithm, at)),
        }
        if let Some(critical) = critical {
            check_critical(critical, &labels)?;
        }
        header.unprotected = Parameters::read(reader, &mut labels, &mut |label, at, reader| match label {
            // RFC 9052, 3.1: alg must be authenticated, crit must be protected.
            Label::Unsigned(1) => Err(Error::new(Code::CoseMissingAlgorithm, at)),
            Label::Unsigned(2) => Err(Error::new(Code::CoseInvalidCritical, at)),
            _ => reader.skip(),
        })?;
        Ok(header)
    }
}

impl<'a> Parameters<'a> {
    /// Reads one bucket. `labels` are those seen so far, in both buckets; `other` reads the value of every label that
    /// is not a field here.
    fn read(
        reader: &mut cbor::Reader<'a>,
        labels: &mut Labels<'a>,
        other: &mut dyn FnMut(Label<'a>, usize, &mut cbor::Reader<'a>) -> Result<()>,
    ) -> Result<Self> {
        let mut parameters = Self::default();
        for _ in 0..reader.map()? {
            let at = reader.at();
            let label = labels.read(reader, Code::CoseDuplicateLabel)?;
            match label {
                Label::Unsigned(3) => parameters.content_type = Some(content_type(reader)?),
                Label::Unsigned(4) => parameters.kid = Some(key_id(reader)?),
                Label::Unsigned(33) => parameters.x5chain = Some(X5Chain::read(reader)?),
                _ => other(label, at, reader)?,
            }
        }
        Ok(parameters)
    }
}

fn content_type<'a>(reader: &mut cbor::Reader<'a>) -> Result<ContentType<'a>> {
    let at = reader.at();
    let invalid = Error::new(Code::CoseInvalidHeader, at);
    match reader.label()? {
        Label::Unsigned(number) => Ok(ContentType::CoapFormat(u16::try_from(number).map_err(|_| invalid)?)),
        Label::Text(text) if text.len() > limits::CONTENT_TYPE_BYTES => Err(Error::new(Code::LimitExceeded, at)),
        Label::Text(text) if is_media_type(text) => Ok(ContentType::MediaType(text)),
        Label::Text(_) | Label::Negative(_) => Err(invalid),
    }
}

fn key_id<'a>(reader: &mut cbor::Reader<'a>) -> Result<&'a [u8]> {
    let at = reader.at();
    let kid = reader.bytes()?;
    if kid.len() > limits::KEY_ID_BYTES { Err(Error::new(Code::LimitExceeded, at)) } else { Ok(kid) }
}

/// `crit` must be a non-empty array of labels that are all in the protected bucket and all understood
/// (RFC 9052, 3.1). Understood are those that this file reads.
fn check_critical(mut critical: cbor::Reader<'_>, protected: &Labels<'_>) -> Result<()> {
    let at = critical.at();
    let names = critical.array()?;
    if names == 0 {
        return Err(Error::new(Code::CoseInvalidCritical, at));
    }
    if names > limits::CRITICAL_NAMES as u64 {
        return Err(Error::new(Code::LimitExceeded, at));
    }
    for _ in 0..names {
        let at = critical.at();
        let label = critical.label()?;
        if !matches!(label, Label::Unsigned(1..=4 | 33)) {
            return Err(Error::new(Code::CoseUnknownCritical, at));
        }
        if !protected.contains(&label) {
            return Err(Error::new(Code::CoseInvalidCritical, at));
        }
    }
    Ok(())
}
