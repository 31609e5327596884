//! The crate `p256` on the same signatures, for comparison.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(all(target_os = "none", feature = "peer")))]
mod nothing {
    #[cfg(target_os = "none")]
    #[cortex_m_rt::entry]
    fn main() -> ! {
        semihosting::eprintln!("built without the feature `peer`");
        semihosting::process::exit(1)
    }
}

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_os = "none", feature = "peer"))]
mod peer {
    use cortex_m::Peripherals;
    use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
    use p256::ecdsa::{Signature, VerifyingKey};
    use semihosting::io::Result;
    use semihosting::{eprintln, println, process};
    use splitsign_firmware::cases::{Cases, FIELD_BYTES};
    use splitsign_firmware::measure::Meter;

    #[cortex_m_rt::entry]
    fn main() -> ! {
        let Some(peripherals) = Peripherals::take() else { process::exit(1) };
        match run(&Meter::new(peripherals.SYST)) {
            Ok(()) => process::exit(0),
            Err(error) => {
                eprintln!("cases.bin cannot be read: {error:?}");
                process::exit(1)
            }
        }
    }

    /// Verifies the digests of all operations `verify_digest`.
    fn run(meter: &Meter) -> Result<()> {
        let mut cases = Cases::open()?;
        let (mut first, mut second) = ([0; FIELD_BYTES], [0; FIELD_BYTES]);
        loop {
            match cases.byte()? {
                1 => {
                    let (_verdict, _key): ([u8; 1], [u8; 65]) = (cases.array()?, cases.array()?);
                    cases.field(&mut first)?;
                    cases.field(&mut second)?;
                }
                2 => {
                    let name = cases.field(&mut first)?;
                    cases.field(&mut second)?;
                    let (key, signature, digest): ([u8; 65], [u8; 64], [u8; 32]) =
                        (cases.array()?, cases.array()?, cases.array()?);
                    if name == b"verify_digest" {
                        verify(meter, &key, &signature, &digest);
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    fn verify(meter: &Meter, key: &[u8; 65], signature: &[u8; 64], digest: &[u8; 32]) {
        // As the core's operation does: the key is decoded, and the signature.
        let (valid, taken) = meter.measure(|| {
            let key = VerifyingKey::from_sec1_bytes(key).ok();
            let signature = Signature::from_slice(signature).ok();
            key.zip(signature).is_some_and(|(key, signature)| key.verify_prehash(digest, &signature).is_ok())
        });
        println!("operation verify_digest {} instructions {} stack", taken.instructions, taken.stack);
        if !valid {
            eprintln!("fault: p256 refused the signature");
            process::exit(1)
        }
    }
}
