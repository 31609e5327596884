//! Header parameters (RFC 7515 section 4, RFC 7797 section 3): writing ours, reading anybody's.

use heapless::Vec;

use crate::encoding::JsonString;
use crate::encoding::base64::{self, Alphabet, Base64};
use crate::encoding::json::{self, Quoted};
use crate::error::{Code, Error, Result};
use crate::limits;
use crate::sink::{Encode, Length, Sink};
use crate::x509::Chain;

/// The parameters that RFC 7515 registers; `crit` must not name them (section 4.1.11).
const REGISTERED: &[&str] = &["alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit"];

/// The protected header that we write, members in alphabetical order.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Protected<'a> {
    pub(crate) unencoded: bool,
    pub(crate) cty: Option<&'a str>,
    pub(crate) kid: Option<&'a str>,
    pub(crate) typ: Option<&'a str>,
    pub(crate) x5c: Option<Chain<'a>>,
}

impl Protected<'_> {
    pub(crate) fn check(&self) -> Result<()> {
        let too_long = |text: Option<&str>, limit| text.is_some_and(|text| text.len() > limit);
        if too_long(self.kid, limits::KEY_ID_BYTES)
            || too_long(self.cty, limits::CONTENT_TYPE_BYTES)
            || too_long(self.typ, limits::CONTENT_TYPE_BYTES)
        {
            return Err(Error::new(Code::LimitExceeded, limits::KEY_ID_BYTES));
        }
        Ok(())
    }
}

impl Encode for Protected<'_> {
    fn encode(&self, sink: &mut dyn Sink) {
        sink.put(br#"{"alg":"ES256""#);
        if self.unencoded {
            sink.put(br#","b64":false,"crit":["b64"]"#);
        }
        let texts: [(&[u8], _); 3] = [(br#","cty":"#, self.cty), (br#","kid":"#, self.kid), (br#","typ":"#, self.typ)];
        for (name, text) in texts {
            if let Some(text) = text {
                sink.put(name);
                Quoted(text).encode(sink);
            }
        }
        if let Some(chain) = self.x5c {
            let mut before: &[u8] = br#","x5c":[""#;
            for certificate in chain.iter() {
                sink.put(before);
                Base64(certificate, Alphabet::Standard).encode(sink);
                before = br#"",""#;
            }
            sink.put(br#""]"#);
        }
        sink.put(b"}");
    }
}

/// The parameters of one header, protected or not, known values picked out.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Parameters<'a> {
    pub(crate) kid: Option<JsonString<'a>>,
    pub(crate) typ: Option<JsonString<'a>>,
    pub(crate) cty: Option<JsonString<'a>>,
    pub(crate) x5c: Option<X5c<'a>>,
}

/// An `x5c` where it stands, checked to be an array of base64.
#[derive(Clone, Copy, Debug)]
pub(crate) struct X5c<'a>(json::Reader<'a>);

impl<'a> X5c<'a> {
    fn read(reader: &mut json::Reader<'a>) -> Result<Self> {
        let at = reader.at();
        let (view, mut count) = (Self(*reader), 0);
        reader.array(&mut |element| {
            let certificate = element.string()?;
            count += 1;
            base64::decode(certificate.plain()?.as_bytes(), Alphabet::Standard, &mut Length::default())
                .map_err(|e| e.shifted(certificate.at()))
        })?;
        match count {
            0 => Err(Error::new(Code::ChainEmpty, at)),
            1..=limits::CHAIN_CERTIFICATES => Ok(view),
            _ => Err(Error::new(Code::ChainTooLong, at)),
        }
    }

    /// The certificate at `index`, leaf first, decoded to the front of `out`.
    pub(crate) fn get(self, index: usize, out: &mut [u8]) -> Result<Option<&[u8]>> {
        let (mut reader, mut at, mut found) = (self.0, 0, None);
        reader.array(&mut |element| {
            let certificate = element.string()?;
            if at == index {
                found = Some(certificate);
            }
            at += 1;
            Ok(())
        })?;
        found.map(|certificate| certificate.base64(Alphabet::Standard, out)).transpose()
    }
}

/// The names of the parameters seen so far, in both headers.
pub(crate) type Names<'a> = Vec<JsonString<'a>, { limits::JSON_MEMBERS }>;

/// The protected header: parameters, and whether the payload is encoded (`b64`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProtectedHeader<'a> {
    pub(crate) parameters: Parameters<'a>,
    pub(crate) encoded: bool,
}

impl<'a> ProtectedHeader<'a> {
    /// Reads the decoded header. Offsets of errors count from the start of `header`.
    pub(crate) fn read(header: &'a [u8], names: &mut Names<'a>) -> Result<Self> {
        let mut reader = json::Reader::new(header)?;
        let (mut algorithm, mut critical, mut b64) = (None, None, None);
        let parameters = Parameters::read(&mut reader, names, &mut |name, value| {
            match name.select(&["alg", "crit", "b64"]) {
                "alg" => algorithm = Some(value.string()?),
                "crit" => {
                    critical = Some(*value);
                    value.skip()?;
                }
                "b64" => b64 = Some((name.at(), value.boolean()?)),
                _ => value.skip()?,
            }
            Ok(())
        })?;
        reader.end()?;
        let algorithm = algorithm.ok_or(Error::new(Code::JwsMissingAlgorithm, 0))?;
        if !algorithm.is("ES256") {
            return Err(Error::new(Code::JwsUnsupportedAlgorithm, algorithm.at()));
        }
        let b64_is_critical = match critical {
            Some(critical) => check_critical(critical, names)?,
            None => false,
        };
        match b64 {
            // RFC 7797, 6: whoever does not know b64 must not accept it.
            Some((at, _)) if !b64_is_critical => Err(Error::new(Code::JwsInvalidCritical, at)),
            Some((_, encoded)) => Ok(Self { parameters, encoded }),
            None => Ok(Self { parameters, encoded: true }),
        }
    }
}

impl<'a> Parameters<'a> {
    /// Reads the unprotected header of a flattened JWS.
    pub(crate) fn read_unprotected(reader: &mut json::Reader<'a>, names: &mut Names<'a>) -> Result<Self> {
        Self::read(reader, names, &mut |name, value| match name.select(&["alg", "crit", "b64"]) {
            "" => value.skip(),
            "crit" => Err(Error::new(Code::JwsInvalidCritical, name.at())),
            _ => Err(Error::new(Code::JwsInvalidHeader, name.at())),
        })
    }

    fn read(
        reader: &mut json::Reader<'a>,
        names: &mut Names<'a>,
        other: &mut dyn FnMut(JsonString<'a>, &mut json::Reader<'a>) -> Result<()>,
    ) -> Result<Self> {
        let mut parameters = Self::default();
        reader.object(&mut |name, value| {
            // Within one object the reader refuses repetition itself; here it is across the two headers.
            if names.iter().any(|earlier| earlier.same(&name)) {
                return Err(Error::new(Code::JwsDuplicateParameter, name.at()));
            }
            names.push(name).map_err(|_| Error::new(Code::LimitExceeded, name.at()))?;
            match name.select(&["kid", "typ", "cty", "x5c"]) {
                "kid" => parameters.kid = Some(short(value.string()?, limits::KEY_ID_BYTES)?),
                "typ" => parameters.typ = Some(short(value.string()?, limits::CONTENT_TYPE_BYTES)?),
                "cty" => parameters.cty = Some(short(value.string()?, limits::CONTENT_TYPE_BYTES)?),
                "x5c" => parameters.x5c = Some(X5c::read(value)?),
                _ => other(name, value)?,
            }
            Ok(())
        })?;
        Ok(parameters)
    }
}

fn short(text: JsonString<'_>, limit: usize) -> Result<JsonString<'_>> {
    if text.encoded_len() > limit as u64 { Err(Error::new(Code::LimitExceeded, text.at())) } else { Ok(text) }
}

/// `crit` must be a non-empty array of different names that are all in the protected header, none of them registered
/// by RFC 7515 (section 4.1.11), and all of them understood. Only `b64` is. Says whether it was there.
fn check_critical(mut critical: json::Reader<'_>, protected: &Names<'_>) -> Result<bool> {
    let at = critical.at();
    let mut b64 = false;
    critical.array(&mut |element| {
        let name = element.string()?;
        let invalid = Err(Error::new(Code::JwsInvalidCritical, name.at()));
        if !name.select(REGISTERED).is_empty() {
            return invalid;
        }
        if !name.is("b64") {
            return Err(Error::new(Code::JwsUnknownCritical, name.at()));
        }
        if b64 || !protected.iter().any(|present| present.is("b64")) {
            return invalid;
        }
        b64 = true;
        Ok(())
    })?;
    if b64 { Ok(true) } else { Err(Error::new(Code::JwsInvalidCritical, at)) }
}
