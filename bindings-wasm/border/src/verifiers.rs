//! Keys that verify again and again get a table, so that they do it three times as fast.
//!
//! A table pays for itself after about a dozen verifications: a key gets one with its [`PREPARE_AT`]th. Only the
//! [`KEYS`] keys used last are remembered, so that all tables together stay below half a megabyte, whoever sends keys.

use alloc::boxed::Box;
use alloc::vec::Vec;

use splitsign_core::ecdsa::{GeneratorTable, PreparedKey, PublicKey, TablePoint, Verifier};

use crate::failure::Result;

/// How many keys are remembered.
const KEYS: usize = 8;
/// The verification with which a key gets its table.
const PREPARE_AT: u32 = 12;
/// 44 KiB for each key.
const KEY_POINTS: usize = 704;
/// 76 KiB once, in memory rather than in the module.
const GENERATOR_POINTS: usize = 1216;

/// The keys used last, and the verifications so far.
pub(crate) struct Verifiers {
    keys: [Option<Key>; KEYS],
    generator: Option<GeneratorTable<'static>>,
    verifications: u64,
}

struct Key {
    plain: PublicKey,
    uses: u32,
    /// The last verification by this key.
    last: u64,
    prepared: Option<PreparedKey<'static, Box<[TablePoint]>>>,
}

/// The key that was asked for, and its place, where it is prepared or not.
pub(crate) struct Chosen<'v>(&'v Verifiers, usize, PublicKey);

impl Chosen<'_> {
    pub(crate) fn verifier(&self) -> &dyn Verifier {
        match self.0.keys.get(self.1) {
            Some(Some(Key { prepared: Some(prepared), .. })) => prepared,
            _ => &self.2,
        }
    }
}

impl Verifiers {
    /// With a table of the generator; without one, it is computed when the first key gets a table.
    pub(crate) const fn new(generator: Option<GeneratorTable<'static>>) -> Self {
        Self { keys: [const { None }; KEYS], generator, verifications: 0 }
    }

    /// The verifier for the 65 bytes of a key.
    pub(crate) fn chosen(&mut self, sec1: &[u8]) -> Result<Chosen<'_>> {
        let known = self.keys.iter().position(|key| key.as_ref().is_some_and(|key| key.plain.to_sec1() == sec1));
        let place = match known {
            Some(place) => place,
            None => self.take_in(PublicKey::from_sec1(sec1)?),
        };
        let plain = self.count_and_prepare(place).map_or_else(|| PublicKey::from_sec1(sec1), Ok)?;
        Ok(Chosen(self, place, plain))
    }

    /// Puts a key in the place of the one that was not used for longest.
    fn take_in(&mut self, plain: PublicKey) -> usize {
        let last = |key: &Option<Key>| key.as_ref().map_or(0, |key| key.last);
        let mut place = 0;
        for (at, key) in self.keys.iter().enumerate() {
            if self.keys.get(place).is_some_and(|oldest| last(key) < last(oldest)) {
                place = at;
            }
        }
        if let Some(oldest) = self.keys.get_mut(place) {
            *oldest = Some(Key { plain, uses: 0, last: 0, prepared: None });
        }
        place
    }

    fn count_and_prepare(&mut self, place: usize) -> Option<PublicKey> {
        self.verifications += 1;
        let key = self.keys.get_mut(place)?.as_mut()?;
        key.last = self.verifications;
        key.uses = key.uses.saturating_add(1);
        if key.uses == PREPARE_AT {
            // For as long as the module lives.
            let compute = || GeneratorTable::compute(Box::leak(memory(GENERATOR_POINTS)?)).ok();
            self.generator = self.generator.or_else(compute);
            // Without memory for it the plain key does.
            key.prepared = self
                .generator
                .zip(memory(KEY_POINTS))
                .and_then(|(generator, memory)| PreparedKey::with_generator(&key.plain, memory, generator).ok());
        }
        Some(key.plain)
    }
}

fn memory(points: usize) -> Option<Box<[TablePoint]>> {
    let mut memory = Vec::new();
    memory.try_reserve_exact(points).ok()?;
    memory.resize(points, TablePoint::EMPTY);
    Some(memory.into_boxed_slice())
}
