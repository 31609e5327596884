//! What is verified: different signatures, so that caches and branch predictors see what they see in earnest.

use anyhow::{Result, ensure};
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::elliptic_curve::Generate as _;
use splitsign_core::digest::Sha256;

use crate::rounds::Contender;

/// Signatures of a pass.
pub(crate) const SIGNATURES: usize = 64;
/// Keys, where there are several.
pub(crate) const KEYS: usize = 8;

/// A signature with all that anybody may want to know of it.
#[derive(Clone)]
pub(crate) struct Item {
    /// Which of the keys.
    pub(crate) key: usize,
    pub(crate) message: [u8; 32],
    /// SHA-256 of the message.
    pub(crate) digest: [u8; 32],
    /// r‖s
    pub(crate) signature: [u8; 64],
}

/// Signatures under one or several keys, in turn.
#[derive(Clone)]
pub(crate) struct Traffic {
    /// Uncompressed SEC 1.
    pub(crate) keys: Vec<[u8; 65]>,
    pub(crate) items: Vec<Item>,
}

impl Traffic {
    /// Makes fresh keys and signs with them.
    pub(crate) fn generate(keys: usize) -> Result<Self> {
        let signing: Vec<SigningKey> = (0..keys).map(|_| SigningKey::generate()).collect();
        let mut items = Vec::with_capacity(SIGNATURES);
        for index in 0..SIGNATURES {
            let key = index % keys;
            let message = *Sha256::digest(&[u8::try_from(index)?]).as_bytes();
            let digest = *Sha256::digest(&message).as_bytes();
            let signature: p256::ecdsa::Signature = signing[key].sign_prehash(&digest)?;
            items.push(Item { key, message, digest, signature: signature.to_bytes().into() });
        }
        let mut points = Vec::with_capacity(keys);
        for key in &signing {
            points.push(key.verifying_key().to_sec1_point(false).as_bytes().try_into()?);
        }
        Ok(Self { keys: points, items })
    }

    /// Every signature under a message that is not its own.
    fn all_wrong(&self) -> Self {
        let mut wrong = self.clone();
        for (item, next) in wrong.items.iter_mut().zip(self.items.iter().cycle().skip(1)) {
            item.signature = next.signature;
        }
        wrong
    }

    /// One bit of one signature is another.
    fn one_wrong(&self) -> Self {
        let mut wrong = self.clone();
        wrong.items[SIGNATURES / 3].signature[63] ^= 1;
        wrong
    }
}

/// Counts the signatures of its traffic that it takes.
pub(crate) type Pass = Box<dyn FnMut() -> usize>;

/// A way to verify.
pub(crate) struct Verifier {
    pub(crate) name: &'static str,
    /// Whether it is measured with several keys, too.
    pub(crate) with_many_keys: bool,
    /// Prepares all that its users would prepare once; `None` where the machine does not run it.
    pub(crate) pass: fn(&Traffic) -> Result<Option<Pass>>,
}

impl Verifier {
    /// The contender, once it was seen to refuse what is wrong.
    pub(crate) fn contender(&self, traffic: &Traffic, suffix: &str) -> Result<Option<Contender>> {
        let name = format!("{}{suffix}", self.name);
        for (traffic, right) in
            [(traffic.clone(), SIGNATURES), (traffic.all_wrong(), 0), (traffic.one_wrong(), SIGNATURES - 1)]
        {
            let Some(mut pass) = (self.pass)(&traffic)? else { return Ok(None) };
            let taken = pass();
            ensure!(taken == right, "{name} takes {taken} signatures, and {right} of {SIGNATURES} are right");
        }
        let pass = (self.pass)(traffic)?;
        Ok(pass.map(|pass| Contender { name, pass, operations: SIGNATURES }))
    }
}
