//! A COSE_KeySet (RFC 9052, section 7), deterministically encoded.
//!
//! ```cddl
//! COSE_KeySet = [+ COSE_Key]
//! COSE_Key = { 1: 2, 2: bstr, 3: -7, -1: 1, -2: bstr, -3: bstr }   ; kty EC2, kid, alg ES256, crv P-256, x, y
//! ```

use crate::keys::KeyEntry;

/// The longest COSE_Key that the core writes has fewer bytes.
const COSE_KEY_BYTES: usize = 128;

/// What the core's COSE_Key starts with: a map of five, `kty` EC2. The kid goes behind it, as keys are in order.
const START: [u8; 3] = [0xa5, 0x01, 0x02];

/// The set. Without a key it is an empty array: there is no other word for it.
pub(super) fn encode<'a>(entries: impl ExactSizeIterator<Item = &'a KeyEntry>) -> Vec<u8> {
    let mut set = Vec::with_capacity(entries.len() * COSE_KEY_BYTES + 5);
    head(4, entries.len(), &mut set);
    for entry in entries {
        let mut buffer = [0; COSE_KEY_BYTES];
        let key = entry.public_key.to_cose_key(&mut buffer).expect("the buffer has room for a COSE_Key of P-256");
        let rest = key.strip_prefix(&START).expect("the core writes kty first");
        set.extend([0xa6, 0x01, 0x02, 0x02]);
        head(2, entry.kid.len(), &mut set);
        set.extend(entry.kid.as_bytes());
        set.extend(rest);
    }
    set
}

/// The shortest head of this major type and number.
fn head(major: u8, number: usize, out: &mut Vec<u8>) {
    let bytes = (number as u64).to_be_bytes();
    let (info, length) = match number {
        0..24 => return out.push(major << 5 | bytes[7]),
        24..0x100 => (24, 1),
        0x100..0x1_0000 => (25, 2),
        0x1_0000..0x1_0000_0000 => (26, 4),
        _ => (27, 8),
    };
    out.push(major << 5 | info);
    out.extend(&bytes[8 - length..]);
}

#[cfg(test)]
mod tests {
    use super::head;

    #[test]
    fn heads_are_the_shortest_that_there_are() {
        for (number, expected) in [
            (0, &[0x80][..]),
            (23, &[0x97]),
            (24, &[0x98, 24]),
            (255, &[0x98, 255]),
            (256, &[0x99, 1, 0]),
            (65_535, &[0x99, 255, 255]),
            (65_536, &[0x9a, 0, 1, 0, 0]),
            (0x1_0000_0000, &[0x9b, 0, 0, 0, 1, 0, 0, 0, 0]),
        ] {
            let mut out = Vec::new();
            head(4, number, &mut out);
            assert_eq!(out, expected);
        }
    }
}
