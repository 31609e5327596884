//! Every signature and every operation of `cases.bin` on a Cortex-M4: verdicts, instructions, stack.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(target_os = "none")]
mod firmware {
    use cortex_m::Peripherals;
    use semihosting::io::Result;
    use semihosting::{eprintln, println, process};
    use splitsign_core::digest::Sha256;
    use splitsign_core::ecdsa::{PreparedKey, PublicKey, Signature, TablePoint, Verifier};
    use splitsign_firmware::cases::{Cases, FIELD_BYTES};
    use splitsign_firmware::measure::Meter;
    use splitsign_proofs::entries::{FAILED, OBJECT_BYTES};
    use splitsign_proofs::{ENTRIES, Input, OUTPUT_BYTES};

    /// Eight kilobytes for the key that is in use.
    type Prepared = PreparedKey<'static, [TablePoint; 128]>;

    #[derive(Default)]
    struct Totals {
        signatures: u32,
        accepted: u32,
        faults: u32,
        operations: u32,
    }

    #[cortex_m_rt::entry]
    fn main() -> ! {
        let Some(peripherals) = Peripherals::take() else { process::exit(1) };
        let meter = Meter::new(peripherals.SYST);
        match run(&meter) {
            Ok(Totals { signatures, accepted, faults, operations }) => {
                println!("total {signatures} signatures {accepted} accepted {operations} operations {faults} faults");
                process::exit(i32::from(faults > 0))
            }
            Err(error) => {
                eprintln!("cases.bin cannot be read: {error:?}");
                process::exit(1)
            }
        }
    }

    fn run(meter: &Meter) -> Result<Totals> {
        let (mut cases, mut totals, mut prepared) = (Cases::open()?, Totals::default(), None);
        loop {
            match cases.byte()? {
                1 => signature(&mut cases, &mut totals, &mut prepared)?,
                2 => operation(&mut cases, &mut totals, meter)?,
                _ => return Ok(totals),
            }
        }
    }

    /// The verdict of the plain key and that of the prepared one are what they should be.
    fn signature(cases: &mut Cases, totals: &mut Totals, prepared: &mut Option<Prepared>) -> Result<()> {
        let valid = cases.byte()? == 1;
        let key: [u8; 65] = cases.array()?;
        let (mut first, mut second) = ([0; FIELD_BYTES], [0; FIELD_BYTES]);
        let (signature, message) = (cases.field(&mut first)?, cases.field(&mut second)?);
        totals.signatures += 1;
        let digest = Sha256::digest(message);
        let verdict = |verifier: &dyn Verifier| {
            Signature::from_der(signature).is_ok_and(|signature| verifier.verify_digest(&digest, &signature).is_ok())
        };
        let Ok(key) = PublicKey::from_sec1(&key) else {
            eprintln!("fault: signature {} has a key that is refused", totals.signatures);
            totals.faults += 1;
            return Ok(());
        };
        // The same key comes many times in a row.
        if prepared.as_ref().is_none_or(|prepared| *prepared.public_key() != key) {
            *prepared = PreparedKey::new(&key, [TablePoint::EMPTY; 128]).ok();
        }
        totals.accepted += u32::from(valid);
        let with_table = prepared.as_ref().is_some_and(|prepared| verdict(prepared));
        if (verdict(&key), with_table) != (valid, valid) {
            eprintln!("fault: signature {} should be {valid}", totals.signatures);
            totals.faults += 1;
        }
        Ok(())
    }

    fn operation(cases: &mut Cases, totals: &mut Totals, meter: &Meter) -> Result<()> {
        let (mut name, mut object, mut out) = ([0; FIELD_BYTES], [0; OBJECT_BYTES], [0; OUTPUT_BYTES]);
        let name = core::str::from_utf8(cases.field(&mut name)?).unwrap_or_default();
        let length = u32::try_from(cases.field(&mut object)?.len()).unwrap_or(0);
        let (key, signature, digest) = (cases.array()?, cases.array()?, cases.array()?);
        let room = u32::try_from(OUTPUT_BYTES).unwrap_or(0);
        let input = Input { object: &object, length, key: &key, signature: &signature, digest: &digest, room };
        totals.operations += 1;
        let entry = ENTRIES.iter().find(|(known, _)| *known == name);
        let Some((_, entry)) = entry else {
            eprintln!("fault: there is no operation {name}");
            totals.faults += 1;
            return Ok(());
        };
        let (result, taken) = meter.measure(|| entry(&input, &mut out));
        println!("operation {name} {} instructions {} stack", taken.instructions, taken.stack);
        if result & FAILED != 0 {
            eprintln!("fault: {name} failed with code {}", result & !FAILED);
            totals.faults += 1;
        }
        Ok(())
    }
}
