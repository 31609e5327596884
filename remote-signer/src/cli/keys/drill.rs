//! `splitsign keys drill`: a rotation and its way back, against the key's real provider, with a transcript that the key
//! signs.

use alloc::sync::Arc;
use core::time::Duration;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use splitsign_core::cose;
use splitsign_core::digest::{Sha256, Sha256Digest};
use splitsign_core::ecdsa::{PublicKey, Signature};

use crate::app::build_provider;
use crate::cli::failure::Failure;
use crate::cli::keys::make::create_failed;
use crate::cli::keys::{Form, REFUSED, transition_failed};
use crate::cli::{Context, output};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::encoding::{base64_standard, base64url, hex};
use crate::identity::{KeyId, KeyVersion, random_bytes};
use crate::keys::{
    Actor, Change, KeyEntry, KeyState, Keys as KeyStore, NewKeyVersion, Purpose, Resolution, Transition,
};
use crate::providers::{KeyReference, Provider};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Drill {
    /// The key, tenant/name
    key: KeyId,
    /// The transcript, JSON lines; beside it FILE.sig (ECDSA in DER, for openssl) and FILE.cose (for `splitsign verify`)
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// A key that exists at the provider, instead of a new one
    #[arg(long, value_name = "REF")]
    provider_key: Option<String>,
    /// Do not wait until caches have the new version: who verifies may refuse what it signs meanwhile
    #[arg(long, requires = "reason")]
    force: bool,
    /// Why, for the audit trail
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    form: Form,
}

impl Drill {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (config, clock) = (context.config()?, SystemClock::start());
        if self.form.dry_run {
            return self.say(context, &config).await;
        }
        let storage = context.storage(&config, &clock).await?;
        let keys = KeyStore::new(storage.clone(), config.keys.clone());
        let drilled = self.drill(keys, &config, clock).await;
        storage.close().await;
        drilled
    }

    async fn say(self, context: &Context, config: &Config) -> Result<(), Failure> {
        let storage = context.storage_to_read(config).await?;
        let keys = KeyStore::new(storage.clone(), config.keys.clone());
        let active = active(&keys, &self.key).await;
        let next = keys.number_of_next(&self.new_version(String::new())).await;
        storage.close().await;
        let (active, next) = (active?, next.map_err(create_failed)?);
        self.check(&active, &*build_provider(config, &active.provider).await?)?;
        let (from, to) = (active.version, next);
        if self.form.json {
            return output::json(&json!({
                "key": self.key.as_str(), "dryRun": true, "version": from.get(), "nextVersion": to.get(),
            }));
        }
        output::line(&format!("would be drilled: {} from version {from} to {to} and back", self.key))
    }

    /// Whether the next version could be activated, before it is made and waited for.
    fn check(&self, active: &KeyEntry, provider: &dyn Provider) -> Result<(), Failure> {
        if active.leaf.is_none() || provider.certifies_keys() || self.force {
            return Ok(());
        }
        let (key, provider) = (&self.key, provider.kind());
        let words = format!(
            "key {key} has certificates, and {provider} makes none for a next version, which would then not be activated: \
             rotate with `splitsign keys announce` and `import-chain`, or drill with --force and --reason"
        );
        Err(Failure::new(words).with_code(REFUSED))
    }

    fn new_version(&self, provider: String) -> NewKeyVersion {
        let existing = self.provider_key.clone().map(KeyReference::new);
        NewKeyVersion { id: self.key.clone(), provider, existing, next_version: true }
    }

    async fn drill(self, keys: KeyStore, config: &Config, clock: SystemClock) -> Result<(), Failure> {
        let active = active(&keys, &self.key).await?;
        let provider = build_provider(config, &active.provider).await?;
        self.check(&active, &*provider)?;
        let mut run = Run { keys, key: self.key.clone(), provider, clock, lines: Vec::new() };
        run.note("start", &json!({ "key": self.key.as_str(), "provider": active.provider }));
        let (old, new) = (active.version, self.rotate(&mut run, &active).await?);
        let done = self.there_and_back(&mut run, old, new).await;
        if let Err(failure) = done {
            // Whatever went wrong, the version that signed before is to sign.
            let back = run.change(Change::RollBack(old), false, Some("a drill failed".to_owned())).await;
            output::error_line(&format!(
                "splitsign: the drill failed; version {old} of key {} {}",
                self.key,
                if back.is_ok() { "signs again" } else { "may not sign: look at `splitsign keys show`" }
            ));
            return Err(failure);
        }
        let signed = run.finish(old, &self.output).await?;
        if self.form.json {
            return output::json(&signed);
        }
        for line in &run.lines {
            output::line(line)?;
        }
        output::line(&format!(
            "drilled: {} from version {old} to {new} and back; see {}",
            self.key,
            self.output.display()
        ))
    }

    /// Announces and activates the next version.
    async fn rotate(&self, run: &mut Run, active: &KeyEntry) -> Result<KeyVersion, Failure> {
        run.sign_and_verify("before", None).await?;
        let new = self.new_version(active.provider.clone());
        let made =
            run.keys.announce(new, Actor::CommandLine, &*run.provider, &run.clock).await.map_err(create_failed)?;
        let KeyState::Announced { activatable_at } = made.state else {
            return Err(Failure::new("a new version is not announced"));
        };
        run.note("announced", &json!({ "version": made.version.get(), "kid": made.kid }));
        if !self.force {
            let wait = activatable_at.get().saturating_sub(run.clock.now().get());
            output::error_line(&format!("waiting until {activatable_at}, when every cache has the new version"));
            tokio::time::sleep(Duration::from_millis(u64::try_from(wait).unwrap_or(0))).await;
        }
        match run.change(Change::Activate(made.version), self.force, self.reason.clone()).await {
            Ok(()) => Ok(made.version),
            Err(failure) => {
                // Nothing was signed with it, and the next rotation is to start afresh.
                run.change(Change::Retire(made.version), false, Some("a drill failed".to_owned())).await?;
                Err(failure)
            }
        }
    }

    async fn there_and_back(&self, run: &mut Run, old: KeyVersion, new: KeyVersion) -> Result<(), Failure> {
        let by_new = run.sign_and_verify("rotated", None).await?;
        expect(by_new.version, new)?;
        let by_old = run.sign_and_verify("pinned", Some(old)).await?;
        expect(by_old.version, old)?;
        run.change(Change::RollBack(old), false, self.reason.clone()).await?;
        let again = run.sign_and_verify("rolled-back", None).await?;
        expect(again.version, old)?;
        // What was signed meanwhile verifies still, with the key that is on record now.
        for signed in [&by_new, &by_old, &again] {
            run.verify_again(signed).await?;
        }
        Ok(())
    }
}

/// A signature of the drill.
struct Signed {
    version: KeyVersion,
    digest: Sha256Digest,
    signature: Signature,
}

struct Run {
    keys: KeyStore,
    key: KeyId,
    provider: Arc<dyn Provider>,
    clock: SystemClock,
    lines: Vec<String>,
}

impl Run {
    fn note(&mut self, step: &str, more: &Value) {
        let mut line = json!({ "step": step, "at": self.clock.now().to_string() });
        if let (Some(line), Some(more)) = (line.as_object_mut(), more.as_object()) {
            line.extend(more.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        self.lines.push(line.to_string());
    }

    async fn change(&mut self, change: Change, force: bool, reason: Option<String>) -> Result<(), Failure> {
        let transition = Transition { key: self.key.clone(), change, by: Actor::CommandLine, force, reason };
        let moves = self.keys.change(transition, self.clock.now()).await.map_err(transition_failed)?;
        for step in moves {
            let (version, from, to) = (step.version.get(), step.from.name(), step.to.name());
            self.note("changed", &json!({ "version": version, "from": from, "to": to, "forced": step.forced }));
        }
        Ok(())
    }

    /// The version that a request would get, by the same rules.
    async fn resolve(&self, pinned: Option<KeyVersion>) -> Result<Arc<KeyEntry>, Failure> {
        match self.keys.resolve(&self.key, pinned, self.clock.now()).await? {
            Resolution::Ready(entry) => Ok(entry),
            other => Err(Failure::new(format!("key {} does not sign: {}", self.key, why(&other))).with_code(REFUSED)),
        }
    }

    async fn sign_and_verify(&mut self, step: &str, pinned: Option<KeyVersion>) -> Result<Signed, Failure> {
        let entry = self.resolve(pinned).await?;
        // A digest of nothing that means anything.
        let digest = Sha256::digest(&random_bytes::<32>());
        let signature = self.sign(&entry, &digest).await?;
        self.note(step, &signature_line(&entry, &digest, &signature));
        Ok(Signed { version: entry.version, digest, signature })
    }

    async fn sign(&self, entry: &KeyEntry, digest: &Sha256Digest) -> Result<Signature, Failure> {
        let signing = self.keys.sign_for_itself(entry, Purpose::Drill, digest, &*self.provider, &self.clock);
        Ok(signing.await?)
    }

    async fn verify_again(&mut self, signed: &Signed) -> Result<(), Failure> {
        let entry = self.keys.version(&self.key, signed.version).await?;
        let entry = entry.ok_or_else(|| Failure::new("a version has gone"))?;
        entry.public_key.verify_digest(&signed.digest, &signed.signature)?;
        self.note("verified", &signature_line(&entry, &signed.digest, &signed.signature));
        Ok(())
    }

    /// Writes the transcript, and signs exactly these bytes, twice: as they are, and as a COSE_Sign1 beside them.
    async fn finish(&mut self, version: KeyVersion, path: &Path) -> Result<Value, Failure> {
        self.note("passed", &json!({ "version": version.get() }));
        let entry = self.resolve(Some(version)).await?;
        let transcript = self.lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>();
        let signature = self.sign(&entry, &Sha256::digest(transcript.as_bytes())).await?;
        let mut der = [0; Signature::DER_LENGTH_MAX];
        let der = signature.to_der(&mut der)?.to_vec();
        let draft = cose::Sign1::detached(transcript.as_bytes()).kid(entry.kid.as_bytes()).prepare()?;
        let by_cose = self.sign(&entry, draft.digest()).await?;
        let mut object = vec![0; usize::try_from(draft.object_len())?];
        let object = draft.attach(&by_cose, &entry.public_key, &mut object)?;
        let beside = |extension: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(extension);
            PathBuf::from(name)
        };
        output::write_file(path, transcript.as_bytes())?;
        output::write_file(&beside(".sig"), &der)?;
        output::write_file(&beside(".cose"), object)?;
        Ok(json!({
            "key": self.key.as_str(),
            "version": version.get(),
            "kid": entry.kid,
            "steps": self.lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok()).collect::<Vec<_>>(),
            "signature": base64_standard(&der),
        }))
    }
}

fn signature_line(entry: &KeyEntry, digest: &Sha256Digest, signature: &Signature) -> Value {
    json!({
        "version": entry.version.get(),
        "kid": entry.kid,
        "spki": spki(&entry.public_key),
        "digest": hex(digest.as_bytes()),
        "signature": base64url(signature.as_bytes()),
    })
}

fn spki(key: &PublicKey) -> String {
    base64_standard(&key.to_spki())
}

fn expect(actual: KeyVersion, expected: KeyVersion) -> Result<(), Failure> {
    if actual == expected {
        return Ok(());
    }
    Err(Failure::new(format!("version {actual} signed where version {expected} should have")))
}

async fn active(keys: &KeyStore, key: &KeyId) -> Result<Arc<KeyEntry>, Failure> {
    let active = keys.active_version(key).await?;
    active.ok_or_else(|| Failure::new(format!("no version of key {key} is active")).with_code(REFUSED))
}

/// Why a version does not sign.
fn why(resolution: &Resolution) -> String {
    match resolution {
        Resolution::Ready(entry) => format!("version {} does", entry.version),
        Resolution::Superseded { active } => format!("version {} does in its place", active.version),
        Resolution::Disabled => "no version of it may".to_owned(),
        Resolution::NotYetActive { activatable_at } => format!("it is announced, and may sign from {activatable_at}"),
        Resolution::Certificate(fault) => format!("its certificate {fault}; `splitsign keys import-chain` replaces it"),
        Resolution::NoSuchVersion => "it has no such version".to_owned(),
        Resolution::NoSuchKey => "there is no such key; `splitsign keys list` shows those that there are".to_owned(),
    }
}
