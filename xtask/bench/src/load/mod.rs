//! `cargo xtask bench --load`: the signer as it is run, under load, on one machine with who loads it.

mod disk;
mod generator;
mod openbao;
mod table;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use self::disk::Flush;
use self::generator::{Generator, Load, Outcome, Target};
use self::openbao::OpenBao;
use self::table::Table;
use super::execution::Profile;
use xtask_host::process::{exists, output, target_directory};
use xtask_host::python::Environment;
use xtask_host::signer::{self, KEY, Signer};

/// Connections of the closed loop.
const CONNECTIONS: u64 = 64;

/// Milliseconds that the slow KMS takes, requests for it in a second, and requests that it holds at once.
const KMS_DELAY_MS: u64 = 20;
const KMS_REQUESTS_PER_SECOND: u32 = 200;
const AT_ONCE: u64 = 2000;

/// How long to measure.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    rounds: u32,
    profile: Profile,
    warm_up_ms: u64,
    measured_ms: u64,
    open_loop_ms: u64,
    verify_every: u64,
}

impl Effort {
    const FULL: Self = Self {
        rounds: 7,
        profile: Profile::Measured,
        warm_up_ms: 1000,
        measured_ms: 4000,
        open_loop_ms: 15_000,
        verify_every: 64,
    };
    const QUICK: Self = Self {
        rounds: 3,
        profile: Profile::Measured,
        warm_up_ms: 500,
        measured_ms: 2000,
        open_loop_ms: 5000,
        verify_every: 64,
    };
    /// Every signature is verified, and no time is looked at.
    const SMOKE: Self = Self {
        rounds: 1,
        profile: Profile::Tests,
        warm_up_ms: 0,
        measured_ms: 500,
        open_loop_ms: 500,
        verify_every: 1,
    };
}

/// Measures, prints the table, and writes JSON if that is asked for.
pub(crate) fn bench(root: &Path, quick: bool, signer: Option<&Path>, json: Option<&Path>) -> Result<()> {
    let signer = match signer {
        Some(binary) => std::path::absolute(binary).context("the binary of the signer")?,
        None => signer::build_release(root)?,
    };
    let effort = if quick { Effort::QUICK } else { Effort::FULL };
    let table = measure(root, effort, signer, &openbao_binary(root)?)?;
    print!("{}", table.text());
    match json {
        Some(path) => super::write(path, &table.json()?),
        None => Ok(()),
    }
}

/// What `cargo xtask test` runs: that all of it runs, and that no request fails. Without `signer`, with the binary of
/// the tests: no time is looked at.
pub(crate) fn smoke(root: &Path, signer: Option<&Path>) -> Result<()> {
    let signer = signer.map_or_else(|| signer::build_for_tests(root), |binary| Ok(binary.to_owned()))?;
    measure(root, Effort::SMOKE, signer, &openbao_binary(root)?).map(drop)
}

#[expect(clippy::disallowed_methods, reason = "xtask is a front end: the environment is its input")]
fn openbao_binary(root: &Path) -> Result<PathBuf> {
    match std::env::var_os("SPLITSIGN_OPENBAO") {
        Some(binary) => Ok(PathBuf::from(binary)),
        None => Ok(Environment::prepare(root)?.program("bao")),
    }
}

fn measure(root: &Path, effort: Effort, signer: PathBuf, openbao: &Path) -> Result<Table> {
    let mut generator = Generator::start(&effort.profile.build(root, "splitsign-load", &[])?)?;

    // On the disk that has the sources: a file system in memory would make every flush free.
    let data = target_directory(root).join("load");
    if data.exists() {
        fs::remove_dir_all(&data).with_context(|| format!("cannot remove {}", data.display()))?;
    }
    let mut table = Table::new(root)?;
    against_openbao(&mut generator, effort, signer.clone(), openbao, &data, &mut table)?;
    slow_kms(&mut generator, effort, signer, &data, &mut table)?;
    fs::remove_dir_all(&data).with_context(|| format!("cannot remove {}", data.display()))?;
    Ok(table)
}

/// Rounds in turn, so that a machine that slows down for a while slows both down.
fn against_openbao(
    generator: &mut Generator,
    effort: Effort,
    signer: PathBuf,
    openbao: &Path,
    data: &Path,
    table: &mut Table,
) -> Result<()> {
    let signer = Signer::start(signer, data.join("file"))?;
    let ours = target(&signer, effort)?;
    ensure!(exists(&openbao.to_string_lossy()), "OpenBao does not run: {}", openbao.display());
    let openbao = OpenBao::start(openbao, &data.join("openbao"))?;
    let theirs = openbao.target(effort.verify_every)?;
    let load =
        Load::Closed { connections: CONNECTIONS, warm_up_ms: effort.warm_up_ms, measured_ms: effort.measured_ms };
    let (mut file, mut transit) = (Vec::new(), Vec::new());
    for round in 1..=effort.rounds {
        eprintln!("    load, round {round} of {}", effort.rounds);
        file.push(generator.run(&ours, load, 0)?);
        transit.push(generator.run(&theirs, load, 0)?);
    }
    let chain = output("splitsign audit verify", signer.command().args(["audit", "verify"]))?;
    eprintln!("    {}", chain.trim());
    signer.stop()?;
    table.file(&file, &transit, &openbao.version);
    Ok(())
}

fn slow_kms(generator: &mut Generator, effort: Effort, signer: PathBuf, data: &Path, table: &mut Table) -> Result<()> {
    let environment = [
        ("SPLITSIGN__PROVIDERS__AWS_KMS__ENDPOINT_URL", generator.kms()),
        ("SPLITSIGN__PROVIDERS__AWS_KMS__REGION", "eu-central-1"),
        ("SPLITSIGN__SERVER__MAX_IN_FLIGHT", "2500"),
        // Of nobody: what signs here does not look at them.
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "none"),
    ];
    let signer = Signer::start_with(signer, data.join("kms"), &environment)?;
    let target = target(&signer, effort)?;
    eprintln!("    load, a KMS that takes {KMS_DELAY_MS} ms");
    table.flush(Flush::measure(data)?);
    let load = Load::Open {
        requests_per_second: KMS_REQUESTS_PER_SECOND,
        warm_up_ms: effort.warm_up_ms,
        measured_ms: effort.open_loop_ms,
    };
    let mut added: Vec<Outcome> = Vec::new();
    for _ in 0..effort.rounds.min(3) {
        added.push(generator.run(&target, load, KMS_DELAY_MS)?);
    }
    let before = resident_kib(&signer, "VmRSS")?;
    let at_once = generator.run(&target, Load::AtOnce { requests: AT_ONCE }, KMS_DELAY_MS)?;
    ensure!(at_once.held >= AT_ONCE, "only {} of {AT_ONCE} requests were in flight at once", at_once.held);
    let peak = resident_kib(&signer, "VmHWM")?;
    signer.stop()?;
    table.kms(&added, &at_once, before, peak);
    Ok(())
}

/// What asks this signer for signatures.
fn target(signer: &Signer, effort: Effort) -> Result<Target> {
    let pem = output("splitsign keys show", signer.command().args(["keys", "show", KEY, "--public-key"]))?;
    let address = signer.url().strip_prefix("http://").context("the signer listens on http")?;
    Ok(Target {
        address: address.to_owned(),
        path: "/v1/sign".to_owned(),
        fields: vec![format!("Authorization: Bearer {}", signer.token())],
        body: json!({ "key": KEY, "digest": "{digest}", "digestAlgorithm": "sha-256", "profile": "raw" }).to_string(),
        digest_encoding: "base64url",
        signature_prefix: String::new(),
        spki: base64_of(&pem),
        verify_every: effort.verify_every,
    })
}

/// The base64 in PEM.
fn base64_of(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with("-----")).collect()
}

/// A line of `/proc/PID/status`, in KiB: what a process has in memory.
fn resident_kib(signer: &Signer, name: &str) -> Result<u64> {
    let path = format!("/proc/{}/status", signer.process_id());
    let status = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let number = line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse().ok());
    number.with_context(|| format!("{path} has no {name}"))
}
