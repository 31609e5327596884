//! The grammar of what names a key in AWS KMS.
//!
//! ```abnf
//! reference = [ "awskms:///" ] ( key-id / key-arn / alias / alias-arn )    ; no authority: the endpoint is configuration
//! key-arn   = arn "key/" key-id
//! alias-arn = arn alias
//! arn       = "arn:aws" *( LOWER / "-" ) ":kms:" 1*( LOWER / DIGIT / "-" ) ":" 12DIGIT ":"
//! alias     = "alias/" 1*250( ALPHA / DIGIT / "/" / "_" / "-" )
//! key-id    = 1*128( ALPHA / DIGIT / "-" )                                 ; a UUID, or "mrk-" and 32 digits
//! ```

use core::fmt;

use crate::providers::{ErrorClass, KeyReference, ProviderError};

const SCHEME: &str = "awskms:///";

/// A name that KMS understands. Aliases may move to another key; ids and ARNs of keys never do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct KeyName<'a> {
    text: &'a str,
    form: Form<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form<'a> {
    KeyId,
    KeyArn { region: &'a str, id: &'a str },
    Alias,
    AliasArn { region: &'a str },
}

impl<'a> KeyName<'a> {
    /// Reads a reference, with or without the scheme.
    pub(super) fn parse(reference: &'a KeyReference) -> Result<Self, ProviderError> {
        let text = reference.as_str().strip_prefix(SCHEME).unwrap_or(reference.as_str());
        Self::from_text(text).ok_or_else(|| {
            ProviderError::new(
                ErrorClass::Invalid,
                format!(
                    "`{}` is no name of a KMS key: give its id, its ARN, alias/NAME or the ARN of an alias, with or \
                     without {SCHEME} before it",
                    reference.as_str().escape_debug()
                ),
            )
        })
    }

    /// The ARN of a key, as KMS answers with it.
    pub(super) fn key_arn(text: &'a str) -> Option<Self> {
        Self::from_text(text).filter(|name| matches!(name.form, Form::KeyArn { .. }))
    }

    fn from_text(text: &'a str) -> Option<Self> {
        let form = if text.starts_with("arn:") {
            let (head, resource) = text.rsplit_once(':')?;
            let region = region(head)?;
            match resource.strip_prefix("key/") {
                Some(id) if is_key_id(id) => Form::KeyArn { region, id },
                None if is_alias(resource) => Form::AliasArn { region },
                Some(_) | None => return None,
            }
        } else if is_alias(text) {
            Form::Alias
        } else if is_key_id(text) {
            Form::KeyId
        } else {
            return None;
        };
        Some(Self { text, form })
    }

    pub(super) fn as_str(&self) -> &'a str {
        self.text
    }

    /// The region that it names, if it does.
    pub(super) fn region(&self) -> Option<&'a str> {
        match self.form {
            Form::KeyArn { region, .. } | Form::AliasArn { region } => Some(region),
            Form::KeyId | Form::Alias => None,
        }
    }

    /// Whether an answer from the key `answered` can be one to a question to this name. An alias does not say which
    /// key it names, so every key is right.
    pub(super) fn is_answered_by(&self, answered: &str) -> bool {
        KeyName::key_arn(answered).is_some_and(|arn| match (self.form, arn.form) {
            (Form::KeyArn { .. }, _) => arn.text == self.text,
            (Form::KeyId, Form::KeyArn { id, .. }) => id == self.text,
            (Form::Alias | Form::AliasArn { .. }, _) => true,
            (Form::KeyId, Form::KeyId | Form::Alias | Form::AliasArn { .. }) => false,
        })
    }

    /// The reference that is stored.
    pub(super) fn reference(&self) -> KeyReference {
        KeyReference::new(format!("{SCHEME}{}", self.text))
    }
}

impl fmt::Display for KeyName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

/// The region in `arn:aws:kms:REGION:ACCOUNT`.
fn region(head: &str) -> Option<&str> {
    let mut parts = head.split(':');
    let (arn, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, account) = (parts.next()?, parts.next()?);
    let is_partition =
        partition.strip_prefix("aws").is_some_and(|rest| rest.bytes().all(|c| c.is_ascii_lowercase() || c == b'-'));
    let is_region =
        !region.is_empty() && region.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-');
    let is_account = account.len() == 12 && account.bytes().all(|c| c.is_ascii_digit());
    let whole = arn == "arn" && service == "kms" && parts.next().is_none();
    (whole && is_partition && is_region && is_account).then_some(region)
}

fn is_alias(text: &str) -> bool {
    text.strip_prefix("alias/").is_some_and(|name| {
        (1..=250).contains(&name.len())
            && name.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'/' | b'_' | b'-'))
    })
}

fn is_key_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
}

#[cfg(test)]
mod tests {
    use super::KeyName;
    use crate::providers::{ErrorClass, KeyReference};

    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
    const ARN: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    const OTHER: &str = "arn:aws:kms:eu-central-1:111122223333:key/00000000-12ab-34cd-56ef-1234567890ab";

    #[test]
    fn names_come_with_and_without_the_scheme() {
        let (alias_arn, china) = (
            "arn:aws:kms:eu-central-1:111122223333:alias/acme/c2pa",
            "arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab",
        );
        for name in [ID, "alias/acme", "alias/acme/c2pa_1-x", ARN, alias_arn, china] {
            for uri in [name.to_owned(), format!("awskms:///{name}")] {
                let reference = KeyReference::new(uri);
                let parsed = KeyName::parse(&reference).unwrap();
                assert_eq!(parsed.as_str(), name);
                assert_eq!(parsed.reference().as_str(), format!("awskms:///{name}"));
            }
        }
    }

    #[test]
    fn nothing_else_is_a_name() {
        for bad in [
            "",
            "awskms:///",
            "awskms://alias/acme",
            "awskms:alias/acme",
            "awskms:///awskms:///alias/acme",
            "alias/",
            "alias/a b",
            "alias/a?x=y",
            "file:a/b/1",
            "key/1234",
            "../1234",
            "1234\n",
            "arn:aws:kms:eu-central-1:111122223333:key/",
            "arn:aws:kms:eu-central-1:111122223333:key/a/b",
            "arn:aws:kms:eu-central-1:11112222333:key/1234",
            "arn:aws:kms::111122223333:key/1234",
            "arn:aws:s3:eu-central-1:111122223333:key/1234",
            "arn:evil:kms:eu-central-1:111122223333:key/1234",
            "arn:aws:kms:eu-central-1:x:111122223333:key/1234",
        ] {
            let reference = KeyReference::new(bad);
            assert_eq!(KeyName::parse(&reference).expect_err(bad).class(), ErrorClass::Invalid, "{bad:?}");
        }
    }

    #[test]
    fn only_the_key_that_was_asked_may_answer() {
        let answered_by =
            |name: &str, answered: &str| KeyName::parse(&KeyReference::new(name)).unwrap().is_answered_by(answered);
        assert!(answered_by(ARN, ARN) && answered_by(ID, ARN) && answered_by("alias/acme", ARN));
        assert!(!answered_by(ARN, OTHER) && !answered_by(ID, OTHER));
        for no_key_arn in ["", ID, "alias/acme", "arn:aws:kms:eu-central-1:111122223333:alias/acme"] {
            assert!(!answered_by("alias/acme", no_key_arn), "{no_key_arn:?}");
        }
    }
}
