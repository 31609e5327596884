//! Where a secret is to be found: configuration holds references, never secrets.
//!
//! Trusted: whoever may write the file or set the variable, and the operating system that keeps others from reading.

use core::fmt;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use crate::providers::{ErrorClass, ProviderError};

/// The longest secret in bytes: room for a token, and a stop when the reference names the wrong file.
const SECRET_BYTES_MAX: usize = 4096;

const HOW_TO_WRITE: &str = "a secret is not written here: write `{ file = \"PATH\" }` or `{ env = \"NAME\" }`, which says \
                            where it is";

const HOW_TO_REFER: &str = "write `{ file = \"PATH\" }` or `{ env = \"NAME\" }`, which says where the secret is";

/// A reference to a secret: `{ file = "/run/secrets/passphrase" }` or `{ env = "NAME" }`.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename_all = "lowercase"))]
pub enum SecretReference {
    /// The content of a file, without the line break at its end. Only its owner (and group) may read it.
    File(PathBuf),
    /// The value of a variable of the environment.
    Env(String),
}

/// By hand: serde's own words repeat what they did not expect, and that may be the secret itself.
impl<'de> Deserialize<'de> for SecretReference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Errors are dropped for the same reason, with their values; a field that is not there has none.
        deserializer.deserialize_any(ReferenceVisitor).map_err(|error| {
            let problem = error.to_string();
            if problem.starts_with("missing field `") {
                D::Error::custom(format!("{}: {HOW_TO_REFER}", problem.trim_end()))
            } else {
                D::Error::custom(HOW_TO_WRITE)
            }
        })
    }
}

struct ReferenceVisitor;

impl<'de> Visitor<'de> for ReferenceVisitor {
    type Value = SecretReference;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HOW_TO_WRITE)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SecretReference, A::Error> {
        let invalid = || A::Error::custom(HOW_TO_WRITE);
        let reference = match map.next_key::<String>()?.as_deref() {
            Some("file") => SecretReference::File(map.next_value()?),
            Some("env") => SecretReference::Env(map.next_value()?),
            _ => return Err(invalid()),
        };
        if map.next_key::<IgnoredAny>()?.is_some() { Err(invalid()) } else { Ok(reference) }
    }
}

impl SecretReference {
    /// Reads the secret.
    ///
    /// # Errors
    /// `denied` if it is not there, is empty, has more than 4096 bytes, or is a file that everybody may read.
    pub fn read(&self) -> Result<Zeroizing<String>, ProviderError> {
        let secret = match self {
            Self::File(path) => read_file(path)?,
            Self::Env(name) => Zeroizing::new(variable(name).ok_or_else(|| {
                denied(format!("the secret is to be in the variable {name}, which is not set: set it, or name a file"))
            })?),
        };
        let trimmed = secret.strip_suffix('\n').unwrap_or(&secret);
        let trimmed = trimmed.strip_suffix('\r').unwrap_or(trimmed);
        if trimmed.is_empty() {
            return Err(denied(format!("the secret in {self} is empty: put one there")));
        }
        Ok(Zeroizing::new(trimmed.to_owned()))
    }
}

/// Where it is to be found, for messages.
impl fmt::Display for SecretReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Env(name) => write!(f, "the variable {name}"),
        }
    }
}

fn read_file(path: &Path) -> Result<Zeroizing<String>, ProviderError> {
    let unreadable = |error: std::io::Error| {
        denied(format!("the secret in {} cannot be read: create the file with mode 0600", path.display()))
            .with_source(error)
    };
    let file = fs::File::open(path).map_err(unreadable)?;
    // Of the open file, so that nobody exchanges it between the look and the read.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = file.metadata().map_err(unreadable)?.permissions().mode();
        if mode & 0o007 != 0 {
            return Err(denied(format!("everybody may read {}: `chmod 600` it", path.display())));
        }
    }
    // As large as it may get at once: a buffer that grows leaves copies behind that nobody wipes.
    let mut secret = Zeroizing::new(String::with_capacity(SECRET_BYTES_MAX + 1));
    file.take(SECRET_BYTES_MAX as u64 + 1).read_to_string(&mut secret).map_err(unreadable)?;
    if secret.len() > SECRET_BYTES_MAX {
        return Err(denied(format!(
            "{} has more than {SECRET_BYTES_MAX} bytes: is it the right file?",
            path.display()
        )));
    }
    Ok(secret)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the configuration names this variable: it is an input, not a hidden one"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn denied(message: String) -> ProviderError {
    ProviderError::new(ErrorClass::Denied, message)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::{SECRET_BYTES_MAX, SecretReference};
    use std::os::unix::fs::PermissionsExt as _;

    fn file(content: &str, mode: u32) -> (tempfile::TempDir, SecretReference) {
        use std::io::Write as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        let mut file = std::fs::File::create(&path).unwrap();
        file.write_all(content.as_bytes()).unwrap();
        file.set_permissions(std::fs::Permissions::from_mode(mode)).unwrap();
        (directory, SecretReference::File(path))
    }

    #[test]
    fn the_line_break_at_the_end_is_not_part_of_it() {
        let (_directory, secret) = file(" a b \r\n", 0o600);
        assert_eq!(secret.read().unwrap().as_str(), " a b ");
        let (_directory, secret) = file("a\n\n", 0o640);
        assert_eq!(secret.read().unwrap().as_str(), "a\n", "one line break, no more");
    }

    #[test]
    fn variables_are_read() {
        // Set by cargo for every test.
        let secret = SecretReference::Env("CARGO_PKG_NAME".into());
        assert_eq!(secret.read().unwrap().as_str(), "splitsign-signer");
    }

    #[test]
    fn references_are_written_as_tables_with_one_member() {
        #[derive(serde::Deserialize)]
        struct Holder {
            secret: SecretReference,
        }
        let parse = |text: &str| toml::from_str::<Holder>(text).map(|holder| holder.secret);
        assert_eq!(parse("secret = { file = \"/a\" }").unwrap(), SecretReference::File("/a".into()));
        assert_eq!(parse("secret = { env = \"A\" }").unwrap(), SecretReference::Env("A".into()));
        for bad in [
            "secret = \"hunter2\"",
            "secret = 12345",
            "secret = true",
            "secret = [\"hunter2\"]",
            "secret = { value = \"hunter2\" }",
            "secret = { hunter2 = \"a\" }",
            "secret = { env = 12345 }",
            "secret = { env = \"A\", file = \"hunter2\" }",
        ] {
            let error = parse(bad).unwrap_err();
            let message = error.message();
            assert!(message.contains("{ file = ") && message.contains("{ env = "), "{bad}: {message}");
            assert!(!message.contains("hunter2") && !message.contains("12345"), "{bad}: {message}");
        }
        let missing = parse("").unwrap_err();
        assert!(missing.message().starts_with("missing field `secret`: write `{ file = "), "{missing}");
    }

    #[test]
    fn empty_missing_and_public_secrets_refused() {
        let (_directory, empty) = file("\n", 0o600);
        assert!(empty.read().unwrap_err().message().contains("empty"));
        let (_directory, public) = file("x", 0o604);
        assert!(public.read().unwrap_err().message().contains("chmod 600"));
        let (_directory, long) = file(&"x".repeat(SECRET_BYTES_MAX + 1), 0o600);
        assert!(long.read().unwrap_err().message().contains("4096"));
        let absent = SecretReference::File("/nonexistent/secret".into());
        assert!(absent.read().unwrap_err().message().contains("mode 0600"));
        let missing = SecretReference::Env("SPLITSIGN_TEST_NO_SUCH_VARIABLE".into());
        assert!(missing.read().unwrap_err().message().contains("is not set"));
    }
}
