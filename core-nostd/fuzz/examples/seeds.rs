//! Writes inputs to start from into `corpus`: objects, keys and signatures that are valid. What fuzzing added to them is
//! there, too, and stays.

use std::error::Error;
use std::fs;
use std::path::Path;

use splitsign_core::cose::{ContentType, Sign1};
use splitsign_core::dsse::{Envelope, SignatureEncoding};
use splitsign_core::jws::Jws;
use splitsign_core::x509::Chain;
use splitsign_fuzz::{Remote, TARGETS};

fn main() -> Result<(), Box<dyn Error>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (target, _) in TARGETS {
        let folder = corpus.join(target);
        fs::create_dir_all(&folder)?;
        for (index, seed) in seeds(target)?.into_iter().enumerate() {
            write(&folder.join(format!("seed-{index}")), &seed)?;
        }
    }
    Ok(())
}

fn seeds(target: &str) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let (remote, mut out) = (Remote::get(), [0; 600]);
    let (key, signature) = (remote.key, remote.sign(&[3; 32]));
    let certificates = [&[0x30, 3, 2, 1, 1][..], &[0x30, 0]];
    let chain = Chain::from_slices(&certificates)?;
    let mut seeds = Vec::new();
    match target {
        "base64" => seeds
            .extend([&b"aGVsbG8"[..], b"aGVsbG8=", b"-_+/", b"-AAA", b"+AAA", b"-___", b"+///"].map(<[u8]>::to_vec)),
        "cbor" => seeds.push(b"\xa4\x01\x26\x04\x42ab\x18\x21\x82\x41a\x62hi\x20\xc1\xfb\0\0\0\0\0\0\0\0".to_vec()),
        "der" => seeds.extend([certificates.concat(), key.to_spki().to_vec()]),
        "json" => {
            seeds.push(br#"{"a":[1.5e-3,true,null,{"b":"\u00e9\ud83d\ude00\n"}],"c":-0}"#.to_vec());
            // Where strings begin to be none: a control character, surrogates at their limits.
            seeds.extend([b"\"\x1f\"".to_vec(), b"\"\x20\"".to_vec(), br#""\udbff\udfff""#.to_vec()]);
            seeds.push(br#" "text \\ \/ \" \u0041" "#.to_vec());
        }
        "cose_header" => seeds.extend([
            b"\x07\xa2\x01\x26\x04\x42ab\xa1\x03\x18\x3c".to_vec(),
            b"\x12\xa3\x01\x26\x02\x81\x18\x21\x18\x21\x82\x45\x30\x03\x02\x01\x01\x42\x30\0\xa1\x04\x41k".to_vec(),
        ]),
        "jws_header" => seeds.extend([
            br#"{"alg":"ES256","b64":false,"crit":["b64"],"kid":"k","typ":"JWT"}"#.to_vec(),
            br#"{"alg":"ES256","cty":"t","x5c":["MAMCAQE=","MAA="],"jwk":{"x":[1]}}"#.to_vec(),
        ]),
        "public_key" => {
            seeds.extend([key.to_sec1().to_vec(), key.to_spki().to_vec()]);
            seeds.push([&[2 + (key.to_sec1()[64] & 1)], &key.to_sec1()[1..33]].concat());
            seeds.extend([key.to_jwk(&mut out)?.to_vec(), key.to_cose_key(&mut out)?.to_vec()]);
        }
        "signature" => seeds.extend([
            signature.as_bytes().to_vec(),
            signature.to_der(&mut out)?.to_vec(),
            vec![0x30, 7, 2, 2, 0, 1, 2, 1, 1],
            half_order(),
        ]),
        "cose" => {
            let full = Sign1::embedded(b"payload").kid(b"k").x5chain(chain).external_aad(b"aad");
            let typed = Sign1::detached(b"detached").content_type(ContentType::MediaType("a/b")).external_aad(b"aad");
            for draft in [full, typed.untagged()] {
                let prepared = draft.prepare()?;
                let signature = remote.sign(prepared.digest().as_bytes());
                seeds.push(prepared.attach(&signature, &key, &mut out)?.to_vec());
            }
        }
        "jws" => {
            let (attached, detached) = (Jws::attached(b"payload").kid("k").x5c(chain), Jws::detached(b"detached"));
            let text = Jws::attached(b"text\n").unencoded().flattened().typ("t").cty("c");
            for draft in [attached, attached.flattened(), detached, detached.unencoded().flattened(), text] {
                let prepared = draft.prepare()?;
                let signature = remote.sign(prepared.digest().as_bytes());
                seeds.push(prepared.attach(&signature, &key, &mut out)?.to_vec());
            }
        }
        "dsse" => {
            for encoding in [SignatureEncoding::Der, SignatureEncoding::Raw] {
                let prepared = Envelope::new("t/x", b"payload").keyid("k").signature_encoding(encoding).prepare()?;
                let signature = remote.sign(prepared.digest().as_bytes());
                seeds.push(prepared.attach(&signature, &key, &mut out)?.to_vec());
            }
        }
        // These make their values from whatever there is.
        _ => seeds.extend([vec![0; 8], (1..=255).collect(), vec![0x81; 200], b"\x02ab\x03abc\x04text".repeat(20)]),
    }
    Ok(seeds)
}

/// r = 1 and s = ⌊n/2⌋, the largest low one.
fn half_order() -> Vec<u8> {
    let mut raw = [&[0; 31][..], &[1], &[0x7f, 0xff, 0xff, 0xff, 0x80, 0, 0, 0, 0x7f], &[0xff; 7]].concat();
    raw.extend([0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8]);
    raw
}

#[expect(clippy::disallowed_methods, reason = "a seed: half of one is an input like any other")]
fn write(path: &Path, seed: &[u8]) -> std::io::Result<()> {
    fs::write(path, seed)
}
