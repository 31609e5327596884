//! What a new key is called at a provider whose names may have fewer characters than ours, and are shorter.
//!
//! ```abnf
//! derived-name = readable "-" 16( HEXDIG-LOWER )   ; the key id with "-" for what may not be there, cut off
//! ```
//!
//! The digits are the start of SHA-256 over the key id: two keys never share a name, however alike they read.

use core::fmt::Write as _;

use splitsign_core::digest::Sha256;

const DIGEST_BYTES: usize = 8;

/// The name for a key id, of letters, digits and hyphens, with at most `characters_max` of them.
pub(crate) fn derived_name(key_id: &str, characters_max: usize) -> String {
    let digest = Sha256::digest(key_id.as_bytes());
    let suffix = digest.as_bytes().iter().take(DIGEST_BYTES).fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string does not fail");
        text
    });
    let readable = key_id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' });
    let readable: String = readable.take(characters_max.saturating_sub(suffix.len() + 1)).collect();
    format!("{readable}-{suffix}")
}

#[cfg(test)]
mod tests {
    use super::derived_name;

    #[test]
    fn names_are_readable_short_and_never_shared() {
        // `printf acme/c2pa | sha256sum`
        assert_eq!(derived_name("acme/c2pa", 63), "acme-c2pa-37cb9c067951f5b1");
        let alike = ["acme/c2pa", "acme-c2pa/x", "acme/c2pa-x", "acme.c2pa/x", "acme/c2pa_x", "acme/c2pa.x"];
        let mut names: Vec<_> = alike.iter().map(|id| derived_name(id, 63)).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), alike.len());
        let long = format!("{}/{}", "a".repeat(64), "b".repeat(64));
        assert_eq!(derived_name(&long, 63).len(), 63);
        assert_ne!(derived_name(&long, 63), derived_name(&format!("{long}c"), 63));
    }
}
