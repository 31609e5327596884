//! The entries.
//!
//! Each runs one operation on an [`Input`], as a program would that has no allocator, and returns how long the result is,
//! or [`FAILED`] and the number of the code.

use splitsign_core::Result;
use splitsign_core::cose::{Sign1, UnverifiedSign1};
use splitsign_core::digest::{Sha256, Sha256Digest};
use splitsign_core::dsse::{Envelope, UnverifiedEnvelope};
use splitsign_core::ecdsa::{
    BatchItem, GeneratorTable, PreparedKey, PublicKey, Signature, TablePoint, Verifier, verify_batch,
};
use splitsign_core::jws::{Jws, UnverifiedJws};
use splitsign_core::sink::SliceSink;

/// Bytes of the largest object.
pub const OBJECT_BYTES: usize = 2048;
/// Bytes of the largest result.
pub const OUTPUT_BYTES: usize = 4096;
/// Set in the result of an operation that failed.
pub const FAILED: u32 = 1 << 31;

/// What an operation is given.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Input<'a> {
    /// What is read, or the payload that is signed.
    pub object: &'a [u8; OBJECT_BYTES],
    /// How much of it counts.
    pub length: u32,
    /// A key, as an uncompressed SEC 1 point.
    pub key: &'a [u8; PublicKey::SEC1_LENGTH],
    /// A raw signature.
    pub signature: &'a [u8; Signature::LENGTH],
    /// A digest.
    pub digest: &'a [u8; Sha256Digest::LENGTH],
    /// How many bytes of the output may be used, points of a table filled, items of a batch verified, if there are more.
    pub room: u32,
}

impl<'a> Input<'a> {
    fn object(&self) -> &'a [u8] {
        usize::try_from(self.length).ok().and_then(|length| self.object.get(..length)).unwrap_or_default()
    }

    /// As much as there is room for. The compiler knows no length.
    fn some<'s, T>(&self, all: &'s mut [T]) -> &'s mut [T] {
        let room = usize::try_from(self.room).unwrap_or(usize::MAX).min(all.len());
        all.get_mut(..room).unwrap_or_default()
    }

    fn key(&self) -> Result<PublicKey> {
        PublicKey::from_sec1(self.key)
    }

    fn signature(&self) -> Result<Signature> {
        Signature::from_raw(self.signature)
    }

    fn digest(&self) -> Sha256Digest {
        Sha256Digest::from_bytes(*self.digest)
    }
}

/// What a firmware signs as COSE_Sign1.
pub fn sign1(payload: &[u8]) -> Sign1<'_> {
    Sign1::embedded(payload).kid(b"acme/firmware")
}

/// What a firmware signs as JWS.
pub fn jws(payload: &[u8]) -> Jws<'_> {
    Jws::attached(payload).kid("acme/firmware").typ("JWT")
}

/// What a firmware signs as DSSE envelope.
pub fn envelope(payload: &[u8]) -> Envelope<'_> {
    Envelope::new("application/vnd.in-toto+json", payload).keyid("acme/firmware")
}

/// An entry: an operation on an input, with room for the result.
pub type Entry = extern "C" fn(&Input<'_>, &mut [u8; OUTPUT_BYTES]) -> u32;

fn returned(result: Result<usize>) -> u32 {
    match result {
        Ok(length) => u32::try_from(length).unwrap_or(u32::MAX) & !FAILED,
        // The number of the code; the rest of it is where.
        Err(error) => FAILED | u32::try_from(error.number().get() >> 32).unwrap_or(0),
    }
}

macro_rules! entries {
    ($($(#[$attribute:meta])* $symbol:ident $name:literal |$input:ident, $out:ident| $body:expr;)+) => {
        $(
            #[doc = concat!("`", $name, "`.")]
            $(#[$attribute])*
            #[cfg_attr(any(target_os = "none", target_arch = "wasm32"), unsafe(no_mangle))]
            #[cfg_attr(
                any(target_os = "none", target_arch = "wasm32"),
                expect(unsafe_code, reason = "`no_mangle` gives the entry its name; there is no unsafe block")
            )]
            pub extern "C" fn $symbol(input: &Input<'_>, out: &mut [u8; OUTPUT_BYTES]) -> u32 {
                fn run($input: &Input<'_>, $out: &mut [u8; OUTPUT_BYTES]) -> Result<usize> {
                    // Not every operation writes.
                    let $out = $input.some($out);
                    let _ = &$out;
                    $body
                }
                returned(run(input, out))
            }
        )+

        /// Every entry by its name: those of the operations, then others.
        pub const ENTRIES: &[(&str, Entry)] = &[$($(#[$attribute])* ($name, $symbol),)+];
    };
}

entries! {
    splitsign_sha256 "sha256" |input, out| Ok(usize::from(Sha256::digest(input.object()).as_bytes()[0]));
    splitsign_key_from_sec1 "key_from_sec1" |input, out| Ok(PublicKey::from_sec1(input.object())?.to_spki().len());
    splitsign_key_from_spki "key_from_spki" |input, out| Ok(PublicKey::from_spki(input.object())?.to_jwk(out)?.len());
    splitsign_key_from_jwk "key_from_jwk" |input, out| Ok(PublicKey::from_jwk(input.object())?.to_cose_key(out)?.len());
    splitsign_key_from_cose_key "key_from_cose_key" |input, out| {
        Ok(PublicKey::from_cose_key(input.object())?.jwk_thumbprint().as_bytes().len())
    };
    splitsign_key_to_spki "key_to_spki" |input, out| Ok(input.key()?.to_spki().len());
    splitsign_key_to_jwk "key_to_jwk" |input, out| Ok(input.key()?.to_jwk(out)?.len());
    splitsign_key_to_cose_key "key_to_cose_key" |input, out| Ok(input.key()?.to_cose_key(out)?.len());
    splitsign_key_thumbprint "key_thumbprint" |input, out| {
        Ok(usize::from(input.key()?.jwk_thumbprint().as_bytes()[0]))
    };
    splitsign_signature_from_der "signature_from_der" |input, out| {
        Ok(Signature::from_der(input.object())?.as_bytes().len())
    };
    splitsign_signature_to_der "signature_to_der" |input, out| Ok(input.signature()?.to_der(out)?.len());
    splitsign_verify_digest "verify_digest" |input, out| {
        input.key()?.verify_digest(&input.digest(), &input.signature()?).map(|()| 0)
    };
    splitsign_cose_sign1_prepare "cose_sign1_prepare" |input, out| {
        Ok(usize::from(sign1(input.object()).prepare()?.digest().as_bytes()[0]))
    };
    splitsign_cose_sign1_attach "cose_sign1_attach" |input, out| {
        Ok(sign1(input.object()).prepare()?.attach(&input.signature()?, &input.key()?, out)?.len())
    };
    splitsign_cose_sign1_verify "cose_sign1_verify" |input, out| {
        Ok(UnverifiedSign1::parse(input.object())?.verify(&input.key()?)?.payload().map_or(0, <[u8]>::len))
    };
    splitsign_cose_sign1_inspect "cose_sign1_inspect" |input, out| {
        let unverified = UnverifiedSign1::parse(input.object())?;
        let certificates = unverified.x5chain().map(<[u8]>::len).fold(0, usize::saturating_add);
        Ok(certificates.saturating_add(unverified.kid().map_or(0, <[u8]>::len)))
    };
    splitsign_jws_prepare "jws_prepare" |input, out| {
        Ok(usize::from(jws(input.object()).prepare()?.digest().as_bytes()[0]))
    };
    splitsign_jws_attach "jws_attach" |input, out| {
        Ok(jws(input.object()).prepare()?.attach(&input.signature()?, &input.key()?, out)?.len())
    };
    splitsign_jws_verify "jws_verify" |input, out| {
        let verified = UnverifiedJws::parse(input.object(), out)?.verify(&input.key()?)?;
        Ok(usize::from(verified.kid().is_some()))
    };
    splitsign_jws_inspect "jws_inspect" |input, out| {
        let (scratch, certificate) = out.split_at_mut_checked(OUTPUT_BYTES / 2).unwrap_or_default();
        let unverified = UnverifiedJws::parse(input.object(), scratch)?;
        let certificate = unverified.x5c(0, certificate)?.map_or(0, <[u8]>::len);
        Ok(certificate.saturating_add(usize::from(unverified.kid().is_some())))
    };
    splitsign_dsse_prepare "dsse_prepare" |input, out| {
        Ok(usize::from(envelope(input.object()).prepare()?.digest().as_bytes()[0]))
    };
    splitsign_dsse_attach "dsse_attach" |input, out| {
        Ok(envelope(input.object()).prepare()?.attach(&input.signature()?, &input.key()?, out)?.len())
    };
    splitsign_dsse_verify "dsse_verify" |input, out| {
        Ok(UnverifiedEnvelope::parse(input.object())?.verify(&input.key()?)?.payload(out)?.len())
    };
    splitsign_dsse_inspect "dsse_inspect" |input, out| {
        Ok(UnverifiedEnvelope::parse(input.object())?.keyids().filter(Option::is_some).count())
    };
    // What a program that verifies, and does nothing else, has of the core.
    splitsign_hash_and_verify "hash_and_verify" |input, out| {
        input.key()?.verify_digest(&Sha256::digest(input.object()), &input.signature()?).map(|()| 0)
    };
    // The table is on the stack of this entry: eight kilobytes of it are not the core's.
    splitsign_prepared_key "prepared_key" |input, out| {
        let mut memory = [TablePoint::EMPTY; 128];
        let prepared = PreparedKey::new(&input.key()?, input.some(&mut memory))?;
        prepared.verify_digest(&input.digest(), &input.signature()?).map(|()| 0)
    };
    // As above, twice.
    splitsign_generator_table "generator_table" |input, out| {
        let (mut first, mut second) = ([TablePoint::EMPTY; 128], [TablePoint::EMPTY; 128]);
        let generator = GeneratorTable::compute(input.some(&mut first))?;
        let prepared = PreparedKey::with_generator(&input.key()?, input.some(&mut second), generator)?;
        prepared.verify_digest(&input.digest(), &input.signature()?).map(|()| 0)
    };
    // What is hashed before the payload, for a platform that hashes it.
    splitsign_cose_sign1_prefix "cose_sign1_prefix" |input, out| {
        let mut sink = SliceSink::new(out);
        sign1(input.object()).put_prefix(&mut sink)?;
        Ok(sink.finish().map_or(0, <[u8]>::len))
    };
    // Detached, in pieces, with a chain that is read, and a key behind a pointer.
    splitsign_cose_sign1_stream "cose_sign1_stream" |input, out| {
        let unverified = UnverifiedSign1::parse(input.object())?;
        let certificates = unverified.x5chain().map(<[u8]>::len).fold(0, usize::saturating_add);
        let key = input.key()?;
        let mut stream = unverified.stream(u64::from(input.room))?;
        stream.update(out)?;
        let verified = stream.finish(&key as &dyn Verifier)?;
        Ok(certificates.saturating_add(usize::from(verified.kid().is_some())))
    };
    splitsign_jws_stream "jws_stream" |input, out| {
        let (scratch, payload) = out.split_at_mut_checked(1024).unwrap_or_default();
        let key = input.key()?;
        let mut stream = UnverifiedJws::parse(input.object(), scratch)?.stream()?;
        stream.update(payload);
        Ok(usize::from(stream.finish(&key as &dyn Verifier)?.kid().is_some()))
    };
    splitsign_verify_batch "verify_batch" |input, out| {
        let (key, mut all) = (input.key()?, Ok(0));
        let item = BatchItem { verifier: &key, digest: input.digest(), signature: input.signature()? };
        verify_batch(input.some(&mut [item; 2]), |_, verdict| {
            if let Err(error) = verdict {
                all = Err(error);
            }
        });
        all
    };
    #[cfg(feature = "control-with-panic")]
    splitsign_control "control" |input, out| Ok(usize::from(input.object()[usize::from(input.key[0])]));
    #[cfg(feature = "control-with-allocator")]
    splitsign_allocates "allocates" |input, out| Ok(alloc::vec::Vec::from(input.object()).len());
}

#[cfg(test)]
mod tests {
    use super::{ENTRIES, FAILED, Input};
    use splitsign_core::operations::Operation;

    #[test]
    fn every_operation_has_an_entry_of_its_name_and_in_its_order() {
        for (operation, (name, _)) in Operation::ALL.iter().zip(ENTRIES) {
            assert_eq!(operation.name(), *name);
        }
        assert!(ENTRIES.len() > Operation::ALL.len());
    }

    #[test]
    fn nothing_is_made_of_zeros_but_digests() {
        let input =
            Input { object: &[0; 2048], length: 64, key: &[0; 65], signature: &[0; 64], digest: &[0; 32], room: 4096 };
        for (name, entry) in ENTRIES {
            let failed = entry(&input, &mut [0; 4096]) & FAILED != 0;
            assert_eq!(failed, !name.ends_with("prepare") && !name.ends_with("prefix") && *name != "sha256", "{name}");
        }
    }
}
