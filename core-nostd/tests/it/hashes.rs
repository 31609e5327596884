//! Digests of any hash as the 32 bytes that P-256 signs (FIPS 186-5, 6.4): the leftmost 256 bits of a longer one; a shorter
//! one is an integer of fewer bits, with zeros in front.

use splitsign_core::digest::Sha256Digest;

pub(crate) fn leftmost_256_bits(digest: &[u8]) -> Sha256Digest {
    let mut bytes = [0; 32];
    match digest.first_chunk::<32>() {
        Some(leftmost) => bytes = *leftmost,
        None => bytes[32 - digest.len()..].copy_from_slice(digest),
    }
    Sha256Digest::from_bytes(bytes)
}

#[test]
fn shorter_and_longer_digests() {
    let digest: Vec<u8> = (1..=64).collect();
    assert_eq!(leftmost_256_bits(&digest).as_bytes()[..], digest[..32]);
    assert_eq!(leftmost_256_bits(&digest[..32]).as_bytes()[..], digest[..32]);
    assert_eq!(leftmost_256_bits(&digest[..20]).as_bytes()[..], [&[0; 12], &digest[..20]].concat());
}
