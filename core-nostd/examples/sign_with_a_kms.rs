//! Signs with a key that lives in a key service: prepare, send 32 bytes, attach what comes back, verify.
//!
//! The crate `p256` plays the key service. AWS KMS, Google Cloud KMS and Azure Key Vault all offer this one call: sign
//! this SHA-256 digest with ECDSA on P-256. The first two answer in DER, the third with the 64 raw bytes.

use core::error::Error;

use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::pkcs8::EncodePublicKey as _;
use splitsign_core::cose::{ContentType, Sign1, UnverifiedSign1};
use splitsign_core::ecdsa::{LowS, PublicKey, Signature};

/// The other side: it sees the digest and nothing else.
struct KeyService(SigningKey);

impl KeyService {
    fn public_key(&self) -> Result<Vec<u8>, Box<dyn Error>> {
        Ok(self.0.verifying_key().to_public_key_der()?.into_vec())
    }

    fn sign(&self, digest: &[u8; 32]) -> Result<Vec<u8>, Box<dyn Error>> {
        let signature: p256::ecdsa::Signature = self.0.sign_prehash(digest)?;
        Ok(signature.to_der().as_bytes().to_vec())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let service = KeyService(SigningKey::from_slice(&[7; 32])?);
    let key = PublicKey::from_spki(&service.public_key()?)?;
    let photo = b"the bytes of a photo, however many they are";

    // Everything that the signature is to cover goes in before `prepare`.
    let prepared = Sign1::detached(photo)
        .kid(b"acme/photos/1")
        .content_type(ContentType::MediaType("image/jpeg"))
        .low_s(LowS::Normalise)
        .prepare()?;

    let der = service.sign(prepared.digest().as_bytes())?;
    let signature = Signature::from_der(&der)?;

    // `attach` verifies the signature first. One by the wrong key, or over the wrong digest, never becomes an object.
    let mut out = vec![0; usize::try_from(prepared.object_len())?];
    let object = prepared.attach(&signature, &key, &mut out)?;
    let wrong = service.sign(&[0; 32])?;
    assert!(prepared.attach(&Signature::from_der(&wrong)?, &key, &mut [0; 256]).is_err());

    let verified = UnverifiedSign1::parse(object)?.detached(photo).verify(&key)?;
    assert_eq!(verified.content_type(), Some(ContentType::MediaType("image/jpeg")));
    println!("32 bytes left, {} came back, and the object has {}", der.len(), object.len());
    Ok(())
}

#[test]
fn runs() -> Result<(), Box<dyn Error>> {
    main()
}
