//! Public keys in files: PEM, DER, JWK, COSE_Key.

use splitsign_core::ecdsa::PublicKey;

use crate::cli::failure::Failure;
use crate::encoding::from_base64_standard;
pub(super) use crate::encoding::pem;

/// Reads a public key in whichever of the forms it is: they start differently.
pub(super) fn read(bytes: &[u8]) -> Result<PublicKey, Failure> {
    let unreadable =
        |form: &str, error: splitsign_core::Error| Failure::new(format!("the public key ({form}): {error}"));
    match bytes.trim_ascii_start() {
        [b'-', ..] => read_pem(bytes),
        [b'{', ..] => PublicKey::from_jwk(bytes.trim_ascii()).map_err(|error| unreadable("JWK", error)),
        [0x30, ..] => PublicKey::from_spki(bytes).map_err(|error| unreadable("DER SubjectPublicKeyInfo", error)),
        // A CBOR map.
        [0xa0..=0xbf, ..] => PublicKey::from_cose_key(bytes).map_err(|error| unreadable("COSE_Key", error)),
        _ => Err(Failure::new("the public key is none of PEM, DER SubjectPublicKeyInfo, JWK and COSE_Key")),
    }
}

fn read_pem(bytes: &[u8]) -> Result<PublicKey, Failure> {
    let wrong = || {
        Failure::new(
            "the public key is PEM, but not one `PUBLIC KEY`; `openssl x509 -pubkey -noout` gets it out of a certificate",
        )
    };
    let text = core::str::from_utf8(bytes).map_err(|_| wrong())?;
    let (_, rest) = text.split_once("-----BEGIN PUBLIC KEY-----").ok_or_else(wrong)?;
    let (body, _) = rest.split_once("-----END PUBLIC KEY-----").ok_or_else(wrong)?;
    let body: String = body.split_ascii_whitespace().collect();
    let key = from_base64_standard(&body).and_then(|spki| PublicKey::from_spki(&spki));
    key.map_err(|error| Failure::new(format!("the public key (PEM): {error}")))
}
