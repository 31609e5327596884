//! The grammar of `pkcs11:` references: RFC 7512, as far as it names a key, and strictly.
//!
//! ```abnf
//! reference = "pkcs11:" attribute *( ";" attribute )     ; each name at most once; object, id or both
//! attribute = ( "token" / "serial" / "manufacturer" / "model" ) "=" value    ; the token must have them
//!           / "object" "=" value                         ; CKA_LABEL
//!           / "id" "=" value                             ; CKA_ID, any bytes
//!           / "type" "=" "private"
//! value     = 1*( unreserved / res-avail / "%" HEXDIG HEXDIG )               ; UTF-8, but in "id"
//! res-avail = ":" / "[" / "]" / "@" / "!" / "$" / "'" / "(" / ")" / "*" / "+" / "," / "=" / "&"
//! ```
//!
//! The query of RFC 7512 (`?pin-value=…`, `?module-path=…`) is refused: where a PIN and a module are is configuration.

use core::fmt::{self, Write as _};

use cryptoki::object::{Attribute, ObjectClass};

use crate::providers::pkcs11::error;
use crate::providers::{ErrorClass, KeyReference, ProviderError};

const SCHEME: &str = "pkcs11:";
/// Labels and ids of tokens have no limit; a reference that is longer than this names no key.
const REFERENCE_BYTES_MAX: usize = 1024;

/// A private key on a token.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub(super) struct KeyName {
    token: TokenName,
    object: Option<String>,
    id: Option<Vec<u8>>,
}

/// What is known of a token: all of it as the token says it, parts of it as a reference or the configuration asks for it.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub(super) struct TokenName {
    pub(super) label: Option<String>,
    pub(super) serial: Option<String>,
    pub(super) manufacturer: Option<String>,
    pub(super) model: Option<String>,
}

impl TokenName {
    /// Whether a token has everything that is asked for.
    pub(super) fn fits(&self, token: &Self) -> bool {
        let pairs = [
            (&self.label, &token.label),
            (&self.serial, &token.serial),
            (&self.manufacturer, &token.manufacturer),
            (&self.model, &token.model),
        ];
        pairs.into_iter().all(|(asked, has)| asked.is_none() || asked == has)
    }
}

/// As in a reference, for messages.
impl fmt::Display for TokenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("token", &self.label),
            ("serial", &self.serial),
            ("manufacturer", &self.manufacturer),
            ("model", &self.model),
        ];
        let shown = parts.iter().filter_map(|(name, value)| Some(format!("{name}={}", encoded(value.as_deref()?))));
        f.write_str(&shown.collect::<Vec<_>>().join(";"))
    }
}

impl KeyName {
    /// A key that was just made.
    pub(super) fn new(object: String, id: Vec<u8>) -> Self {
        Self { token: TokenName::default(), object: Some(object), id: Some(id) }
    }

    /// Reads a reference.
    pub(super) fn parse(reference: &KeyReference) -> Result<Self, ProviderError> {
        let text = reference.as_str();
        Self::from_text(text).map_err(|problem| {
            // What may be a PIN is not repeated.
            let shown = text.split(['?', '\n']).next().unwrap_or_default();
            let shown = if text.contains("pin-") { SCHEME.to_owned() } else { shown.escape_debug().to_string() };
            let message = format!(
                "`{shown}` is no reference of a key on a token: {problem}; write pkcs11:token=LABEL;object=LABEL;id=%01"
            );
            error::failure(ErrorClass::Invalid, &message)
        })
    }

    fn from_text(text: &str) -> Result<Self, &'static str> {
        if text.len() > REFERENCE_BYTES_MAX {
            return Err("it is longer than 1024 bytes");
        }
        let path = text.strip_prefix(SCHEME).ok_or("it does not begin with pkcs11:")?;
        if path.contains("pin-value") || path.contains("pin-source") {
            return Err("a PIN does not belong into it, write providers.pkcs11.pin = { file = \"…\" }");
        }
        if path.contains('?') {
            return Err("nothing may follow a `?`, the module is providers.pkcs11.module");
        }
        let (mut name, mut is_typed) = (Self::default(), false);
        for attribute in path.split(';') {
            let (key, value) = attribute.split_once('=').ok_or("an attribute has no `=`")?;
            let value = decoded(value)?;
            let is_again = match key {
                "token" => name.token.label.replace(text_of(value)?).is_some(),
                "serial" => name.token.serial.replace(text_of(value)?).is_some(),
                "manufacturer" => name.token.manufacturer.replace(text_of(value)?).is_some(),
                "model" => name.token.model.replace(text_of(value)?).is_some(),
                "object" => name.object.replace(text_of(value)?).is_some(),
                "id" => name.id.replace(value).is_some(),
                "type" if value == b"private" => core::mem::replace(&mut is_typed, true),
                "type" => return Err("its type is not private"),
                _ => {
                    return Err(
                        "it has an attribute other than token, serial, manufacturer, model, object, id and type",
                    );
                }
            };
            if is_again {
                return Err("it has an attribute twice");
            }
        }
        if name.object.is_none() && name.id.is_none() {
            return Err("it has neither object nor id");
        }
        Ok(name)
    }

    /// What the token must have.
    pub(super) const fn token(&self) -> &TokenName {
        &self.token
    }

    /// What a search on the token asks for.
    pub(super) fn template(&self, class: ObjectClass) -> Vec<Attribute> {
        let object = self.object.as_ref().map(|label| Attribute::Label(label.clone().into_bytes()));
        let id = self.id.as_ref().map(|id| Attribute::Id(id.clone()));
        [Some(Attribute::Class(class)), object, id].into_iter().flatten().collect()
    }

    /// The reference that is stored: the label of the token, so that a replacement with the same keys is found, and
    /// label and id of the key.
    pub(super) fn canonical(token: &TokenName, object: Option<&str>, id: Option<&[u8]>) -> KeyReference {
        let mut uri = format!("{SCHEME}token={}", encoded(token.label.as_deref().unwrap_or_default()));
        if let Some(object) = object {
            uri = format!("{uri};object={}", encoded(object));
        }
        if let Some(id) = id {
            uri.push_str(";id=");
            // All of it, as RFC 7512 recommends.
            id.iter().for_each(|byte| percent(&mut uri, *byte));
        }
        KeyReference::new(uri)
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = (self.token != TokenName::default()).then(|| self.token.to_string());
        let object = self.object.as_deref().map(|object| format!("object={}", encoded(object)));
        let id = self.id.as_deref().map(|id| {
            let mut text = "id=".to_owned();
            id.iter().for_each(|byte| percent(&mut text, *byte));
            text
        });
        write!(f, "{SCHEME}{}", [token, object, id].into_iter().flatten().collect::<Vec<_>>().join(";"))
    }
}

fn decoded(value: &str) -> Result<Vec<u8>, &'static str> {
    if value.is_empty() {
        return Err("an attribute is empty");
    }
    let (mut bytes, mut rest) = (Vec::new(), value.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first == b'%' {
            let digits = after.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
            let digits = digits.and_then(|digits| core::str::from_utf8(digits).ok());
            let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
            bytes.push(byte.ok_or("a `%` is not followed by two hexadecimal digits")?);
            rest = after.get(2..).unwrap_or_default();
        } else if is_unreserved(*first) || b":[]@!$'()*+,=&".contains(first) {
            bytes.push(*first);
        } else {
            return Err("a character must be written as % and two hexadecimal digits (`/` is %2F, a space is %20)");
        }
    }
    Ok(bytes)
}

fn text_of(bytes: Vec<u8>) -> Result<String, &'static str> {
    String::from_utf8(bytes).map_err(|_| "an attribute other than id is not UTF-8")
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if is_unreserved(byte) { out.push(char::from(byte)) } else { percent(&mut out, byte) }
    }
    out
}

fn percent(out: &mut String, byte: u8) {
    write!(out, "%{byte:02X}").expect("a string takes everything");
}

/// RFC 3986, 2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use super::{KeyName, TokenName};
    use crate::providers::{ErrorClass, KeyReference};

    fn parse(uri: &str) -> KeyName {
        KeyName::parse(&KeyReference::new(uri)).unwrap()
    }

    #[test]
    fn what_tools_print_is_understood() {
        let printed = "pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=5d1e;token=my%20token;id=%01%02;\
                       object=acme%2Fc2pa;type=private";
        let name = parse(printed);
        assert_eq!((name.object.as_deref(), name.id.as_deref()), (Some("acme/c2pa"), Some(&[1, 2][..])));
        assert_eq!(name.token.label.as_deref(), Some("my token"));
        assert_eq!(parse("pkcs11:object=a:b@c=d&e").object.as_deref(), Some("a:b@c=d&e"));
        assert_eq!(parse("pkcs11:id=a%ff").id.as_deref(), Some(&[b'a', 0xff][..]), "an id is bytes");
    }

    #[test]
    fn the_canonical_form_stays_as_it_is() {
        let token = TokenName { label: Some("my token".into()), serial: Some("1".into()), ..TokenName::default() };
        let canonical = KeyName::canonical(&token, Some("acme/c2pä/1"), Some(&[0, 0x41]));
        assert_eq!(canonical.as_str(), "pkcs11:token=my%20token;object=acme%2Fc2p%C3%A4%2F1;id=%00%41");
        let name = KeyName::parse(&canonical).unwrap();
        assert_eq!(name.to_string(), canonical.as_str());
        assert_eq!(KeyName::canonical(&name.token, name.object.as_deref(), name.id.as_deref()), canonical);
        assert!(name.token.fits(&token) && !parse("pkcs11:token=other;id=%01").token.fits(&token));
        assert!(!parse("pkcs11:token=my%20token;serial=2;id=%01").token.fits(&token));
    }

    #[test]
    fn nothing_else_is_a_reference() {
        let long = format!("pkcs11:object={}", "a".repeat(1100));
        for bad in [
            "",
            "pkcs11:",
            "pkcs11:token=a",
            "PKCS11:object=a",
            "pkcs11:object",
            "pkcs11:object=",
            "pkcs11:object=a;",
            "pkcs11:;object=a",
            "pkcs11:object=a;object=b",
            "pkcs11:object=a;type=private;type=private",
            "pkcs11:object=a;type=public",
            "pkcs11:object=a;slot-id=1",
            "pkcs11:object=a;x-vendor=1",
            "pkcs11:object=a/b",
            "pkcs11:object=a b",
            "pkcs11:object=a\n",
            "pkcs11:object=ä",
            "pkcs11:object=%ff",
            "pkcs11:object=%+1",
            "pkcs11:object=%4",
            "pkcs11:object=a?module-path=/tmp/evil.so",
            "pkcs11:object=a#b",
            "file:a/b/1",
            &long,
        ] {
            let error = KeyName::parse(&KeyReference::new(bad)).expect_err(bad);
            assert_eq!(error.class(), ErrorClass::Invalid, "{bad:?}");
            assert!(!error.message().contains('\n'), "{bad:?}");
        }
    }

    #[test]
    fn a_pin_is_refused_and_never_repeated() {
        for bad in ["pkcs11:object=a?pin-value=hunter2", "pkcs11:object=a;pin-value=hunter2", "pin-value=hunter2"] {
            let error = KeyName::parse(&KeyReference::new(bad)).unwrap_err();
            assert!(!error.message().contains("hunter2"), "{error}");
        }
        let error = KeyName::parse(&KeyReference::new("pkcs11:object=a?pin-value=hunter2")).unwrap_err();
        assert!(error.message().contains("providers.pkcs11.pin"), "{error}");
    }
}
