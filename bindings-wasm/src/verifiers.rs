//! Keys that verify again and again get a table, so that they do it three times as fast.
//!
//! A table pays for itself after about a dozen verifications: a key gets one with its [`PREPARE_AT`]th. Only the
//! [`KEYS`] keys used last are remembered, so that all tables together stay below half a megabyte, whoever sends keys.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use spin::{Mutex, MutexGuard};
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

/// The keys used last, the very last one first.
static RECENT: Mutex<Recent> = Mutex::new(Recent { keys: Vec::new(), generator: None });

struct Recent {
    keys: Vec<Key>,
    generator: Option<GeneratorTable<'static>>,
}

struct Key {
    plain: PublicKey,
    uses: u32,
    prepared: Option<PreparedKey<'static, Box<[TablePoint]>>>,
}

/// The key that was asked for, prepared or not. There is one thread: nobody waits for the lock.
pub(crate) struct Chosen(MutexGuard<'static, Recent>, PublicKey);

impl Chosen {
    pub(crate) fn verifier(&self) -> &dyn Verifier {
        match self.0.keys.first() {
            Some(Key { prepared: Some(prepared), .. }) => prepared,
            _ => &self.1,
        }
    }
}

/// The verifier for the 65 bytes of a key.
pub(crate) fn chosen(sec1: &[u8]) -> Result<Chosen> {
    let mut recent = RECENT.lock();
    let plain = recent.move_to_front(sec1)?;
    recent.count_and_prepare();
    Ok(Chosen(recent, plain))
}

impl Recent {
    fn move_to_front(&mut self, sec1: &[u8]) -> Result<PublicKey> {
        if let Some(at) = self.keys.iter().position(|key| key.plain.to_sec1() == sec1) {
            if let Some(part) = self.keys.get_mut(..=at) {
                part.rotate_right(1);
            }
        } else {
            let plain = PublicKey::from_sec1(sec1)?;
            self.keys.truncate(KEYS - 1);
            self.keys.insert(0, Key { plain, uses: 0, prepared: None });
        }
        Ok(self.keys.first().map_or_else(|| PublicKey::from_sec1(sec1), |key| Ok(key.plain))?)
    }

    fn count_and_prepare(&mut self) {
        let Some(key) = self.keys.first_mut() else { return };
        key.uses = key.uses.saturating_add(1);
        if key.uses != PREPARE_AT {
            return;
        }
        let generator = match self.generator {
            Some(generator) => Some(generator),
            // For as long as the module lives.
            None => GeneratorTable::compute(Box::leak(memory(GENERATOR_POINTS))).ok(),
        };
        self.generator = generator;
        // It cannot fail, as there is memory enough; if it did, the plain key would do.
        key.prepared =
            generator.and_then(|generator| PreparedKey::with_generator(&key.plain, memory(KEY_POINTS), generator).ok());
    }
}

fn memory(points: usize) -> Box<[TablePoint]> {
    vec![TablePoint::EMPTY; points].into_boxed_slice()
}
