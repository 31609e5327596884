//! Prepare here, sign there, attach here: `sign_file FILE`, with SPLITSIGN_URL and SPLITSIGN_TOKEN in the environment.

use core::error::Error;

use serde_json::{Value, json};
use splitsign_core::cose::{Sign1, UnverifiedSign1};
use splitsign_core::ecdsa::{PublicKey, Signature};
use splitsign_core::encoding::{Alphabet, base64_decode, base64_encode};

#[tokio::main]
#[expect(clippy::disallowed_methods, reason = "an example: its environment is its input, its output a file")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (url, token) = (std::env::var("SPLITSIGN_URL")?, std::env::var("SPLITSIGN_TOKEN")?);
    let file = std::env::args().nth(1).ok_or("usage: sign_file FILE")?;
    let payload = std::fs::read(&file)?;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::new();

    // What will be signed names the key, so the key comes first.
    let key: Value = http.get(format!("{url}/v1/keys/acme/docs")).bearer_auth(&token).send().await?.json().await?;
    let kid = key["kid"].as_str().ok_or("no such key")?;
    let spki =
        base64_decode(key["publicKey"]["spki"].as_str().unwrap_or("").as_bytes(), Alphabet::Standard, &mut [0; 91])?
            .to_vec();
    let public_key = PublicKey::from_spki(&spki)?;

    let prepared = Sign1::detached(&payload).kid(kid.as_bytes()).prepare()?;
    let mut text = [0; 44];
    let digest = base64_encode(prepared.digest().as_bytes(), Alphabet::UrlSafe, &mut text)?;
    let body = json!({ "key": "acme/docs", "keyVersion": key["version"], "digest": digest, "digestAlgorithm": "sha-256", "profile": "cose-sign1" });
    let answer: Value =
        http.post(format!("{url}/v1/sign")).bearer_auth(&token).json(&body).send().await?.json().await?;
    let mut raw = [0; 64];
    let raw =
        base64_decode(answer["signature"].as_str().ok_or("no signature")?.as_bytes(), Alphabet::UrlSafe, &mut raw)?;

    let mut out = [0; 512];
    let object = prepared.attach(&Signature::from_raw(raw)?, &public_key, &mut out)?; // checked before a byte is written
    let verified = UnverifiedSign1::parse(object)?.detached(&payload).verify(&public_key)?;
    println!("{} bytes, signed by {}", object.len(), String::from_utf8_lossy(verified.kid().unwrap_or_default()));
    std::fs::write(format!("{file}.cose"), object)?;
    Ok(())
}
