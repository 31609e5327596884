//! What is accepted in our own vectors, with bytes changed. Nobody says what must come of it: all must say the same.
//!
//! The changes are the same in every run.

use anyhow::{Result, ensure};
use data_encoding::BASE64URL_NOPAD;
use splitsign_core::operations::Operation;

use super::{Suite, vectors};
use crate::case::{Case, Expectation, Yes, encoded};
use crate::places::Places;

/// How often each vector is changed.
const CHANGES: u32 = 12;

/// The arguments that are read by a parser, the first that is there.
const PARSED: [&str; 3] = ["object", "data", "signature_der"];

pub(super) fn load(places: &Places) -> Result<Suite> {
    let mut suite = Suite::default();
    for case in vectors::load(places)?.cases {
        let accepted = matches!(case.expected, Expectation::Bytes { .. } | Expectation::Accepted { .. });
        let parsed = PARSED.iter().find_map(|name| Some((*name, case.arguments.get(*name)?.as_str()?)));
        if let (true, false, Some((name, text))) = (accepted, case.operation == Operation::Sha256, parsed) {
            let whole = BASE64URL_NOPAD.decode(text.as_bytes())?;
            suite.cases.extend((0..CHANGES).map(|number| changed(&case, name, &whole, number)));
        }
    }
    ensure!(suite.cases.len() > 100, "there are too few vectors that are accepted");
    Ok(suite)
}

fn changed(case: &Case, name: &str, whole: &[u8], number: u32) -> Case {
    let id = format!("mutations{}/{number}", case.id.strip_prefix("splitsign").unwrap_or(&case.id));
    let (bytes, how) = mutated(whole, number, &mut Dice::of(&id));
    let mut arguments = case.arguments.clone();
    arguments.insert(name.to_owned(), encoded(&bytes));
    Case {
        id,
        operation: case.operation,
        arguments,
        expected: Expectation::Agreement { agreement: Yes },
        why: format!("{name} of {} {how}", case.id),
        spec: String::new(),
    }
}

/// Bytes with one thing about them changed, and what that is.
fn mutated(whole: &[u8], number: u32, dice: &mut Dice) -> (Vec<u8>, String) {
    let mut bytes = whole.to_vec();
    let at = dice.below(bytes.len());
    let Some(byte) = bytes.get_mut(at) else {
        return (vec![dice.byte()], "with a byte in place of nothing".to_owned());
    };
    let how = match number % 6 {
        0 => {
            let bit = dice.below(8);
            *byte ^= 1 << bit;
            format!("with bit {bit} of byte {at} flipped")
        }
        1 => {
            bytes.truncate(at);
            format!("cut at byte {at}")
        }
        2 => {
            let new = dice.byte();
            bytes.insert(at, new);
            format!("with {new:#04x} before byte {at}")
        }
        3 => {
            bytes.remove(at);
            format!("without byte {at}")
        }
        4 => {
            // Lengths and types are at the front of most formats.
            let at = at % 16.min(bytes.len());
            let new = dice.byte();
            if let Some(byte) = bytes.get_mut(at) {
                *byte = new;
            }
            format!("with {new:#04x} as byte {at}")
        }
        _ => {
            let length = 1 + dice.below(8);
            let end = (at + length).min(bytes.len());
            let copy = bytes.get(at..end).unwrap_or_default().to_vec();
            let count = copy.len();
            bytes.splice(at..at, copy);
            format!("with {count} bytes from byte {at} on twice")
        }
    };
    (bytes, how)
}

/// Numbers without a pattern, the same for the same text (SplitMix64 over FNV-1a).
struct Dice(u64);

impl Dice {
    fn of(text: &str) -> Self {
        Self(
            text.bytes().fold(0xcbf2_9ce4_8422_2325, |state, byte| {
                (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            }),
        )
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes().first().copied().unwrap_or(0)
    }

    /// A number from zero to below `limit`; zero, if that is zero.
    fn below(&mut self, limit: usize) -> usize {
        let limit = limit.max(1) as u64;
        usize::try_from(self.next() % limit).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Dice, mutated};

    #[test]
    fn changes_are_the_same_in_every_run_and_change_something() {
        let whole: Vec<u8> = (0..64).collect();
        let mut same = 0;
        for number in 0..60 {
            let id = format!("case/{number}");
            let first = mutated(&whole, number, &mut Dice::of(&id));
            assert_eq!(first, mutated(&whole, number, &mut Dice::of(&id)));
            same += usize::from(first.0 == whole);
        }
        // To write the byte that is there is no change; it happens.
        assert!(same <= 2, "{same} of 60 changed nothing");
        assert_eq!(mutated(&[], 0, &mut Dice::of("")).0.len(), 1);
    }
}
