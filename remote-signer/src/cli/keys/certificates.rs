//! `splitsign keys csr` and `import-chain`.

use std::path::PathBuf;

use serde_json::json;

use crate::app::build_provider;
use crate::cli::failure::Failure;
use crate::cli::keys::Form;
use crate::cli::{Context, output, public_key};
use crate::clock::{Clock as _, SystemClock};
use crate::identity::{KeyId, KeyVersion};
use crate::keys::{
    AlternativeName, CheckedChain, KeyEntry, KeyState, Keys as KeyStore, Purpose, Stage, UnsignedCsr, in_stage,
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Csr {
    /// The key, tenant/name
    key: KeyId,
    /// The version [default: the one that is announced, else the active one]
    #[arg(long, value_name = "N")]
    key_version: Option<KeyVersion>,
    /// The subject, as RFC 4514 writes it: CN=acme c2pa,O=Acme,C=DE
    #[arg(long, value_name = "NAME")]
    subject: String,
    /// Another name of the subject: dns:NAME, email:ADDRESS, uri:URI or ip:ADDRESS; may be repeated
    #[arg(long = "san", value_name = "KIND:NAME")]
    names: Vec<AlternativeName>,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ImportChain {
    /// The key, tenant/name
    key: KeyId,
    /// The certificates in PEM, the key's own first, each followed by its issuer's
    chain: PathBuf,
    /// The version [default: the one whose key the first certificate has]
    #[arg(long, value_name = "N")]
    key_version: Option<KeyVersion>,
    #[command(flatten)]
    form: Form,
}

impl Csr {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (config, clock) = (context.config()?, SystemClock::start());
        let storage = match self.form.dry_run {
            true => context.storage_to_read(&config).await?,
            false => context.storage(&config, &clock).await?,
        };
        let keys = KeyStore::new(storage.clone(), config.keys.clone());
        let entry = version(&keys, &self.key, self.key_version).await;
        let made = match entry {
            Ok(entry) => self.make(&config, &keys, &entry, &clock).await,
            Err(failure) => Err(failure),
        };
        storage.close().await;
        made
    }

    async fn make(
        self,
        config: &crate::config::Config,
        keys: &KeyStore,
        entry: &KeyEntry,
        clock: &SystemClock,
    ) -> Result<(), Failure> {
        let request = UnsignedCsr::new(&self.subject, self.names, &entry.public_key)?;
        if self.form.dry_run {
            return say(self.form, entry, None, "would be signed");
        }
        let provider = build_provider(config, &entry.provider).await?;
        let signature =
            keys.sign_for_itself(entry, Purpose::CertificateRequest, request.digest(), &*provider, clock).await?;
        let pem = public_key::pem("CERTIFICATE REQUEST", &request.attach(&signature)?);
        if self.form.json {
            return say(self.form, entry, Some(&pem), "");
        }
        output::text(&pem)
    }
}

fn say(form: Form, entry: &KeyEntry, pem: Option<&str>, what: &str) -> Result<(), Failure> {
    if form.json {
        return output::json(&json!({
            "key": entry.id.as_str(), "version": entry.version.get(), "dryRun": form.dry_run, "csr": pem,
        }));
    }
    output::line(&format!("{what}: a certificate request of {} version {}", entry.id, entry.version))
}

/// The version that is named; else the announced one, which is what needs a certificate first; else the active one.
async fn version(keys: &KeyStore, key: &KeyId, named: Option<KeyVersion>) -> Result<KeyEntry, Failure> {
    let versions = keys.versions(key).await?;
    let wanted = named.or_else(|| in_stage(&versions, Stage::Announced)).or_else(|| in_stage(&versions, Stage::Active));
    let entry = versions.into_iter().find(|entry| Some(entry.version) == wanted);
    entry.ok_or_else(|| Failure::new(format!("key {key} has no such version; `splitsign keys show {key}` lists them")))
}

impl ImportChain {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (config, clock) = (context.config()?, SystemClock::start());
        let certificates = read_pem(&output::read_file(&self.chain)?)
            .map_err(|problem| Failure::new(format!("`{}` {problem}", self.chain.display())))?;
        let storage = match self.form.dry_run {
            true => context.storage_to_read(&config).await?,
            false => context.storage(&config, &clock).await?,
        };
        let keys = KeyStore::new(storage.clone(), config.keys.clone());
        let imported = self.import(&keys, certificates, &clock).await;
        storage.close().await;
        imported
    }

    async fn import(&self, keys: &KeyStore, certificates: Vec<Vec<u8>>, clock: &SystemClock) -> Result<(), Failure> {
        let now = clock.now();
        let entry = self.target(keys, &certificates).await?;
        if entry.state == KeyState::Retired {
            return Err(Failure::new(format!("version {} of key {} is retired", entry.version, entry.id)).with_code(4));
        }
        let chain = CheckedChain::check(certificates, &entry.public_key, now)?;
        let (leaf, count, unverified) = (*chain.leaf(), chain.certificates().len(), chain.unverified().to_vec());
        if !self.form.dry_run {
            keys.import_chain(&entry, chain, now).await?;
        }
        if self.form.json {
            return output::json(&json!({
                "key": entry.id.as_str(),
                "version": entry.version.get(),
                "dryRun": self.form.dry_run,
                "certificates": count,
                "notBefore": leaf.not_before.to_string(),
                "notAfter": leaf.not_after.to_string(),
                "unverifiedSignatures": unverified,
            }));
        }
        for number in unverified {
            output::error_line(&format!(
                "splitsign: the signature of certificate {number} is of an algorithm that is not known here: not checked"
            ));
        }
        let imported = if self.form.dry_run { "would be imported" } else { "imported" };
        let (id, version, end) = (&entry.id, entry.version, leaf.not_after);
        output::line(&format!("{imported}: {count} certificates of {id} version {version}, valid until {end}"))
    }

    async fn target(&self, keys: &KeyStore, certificates: &[Vec<u8>]) -> Result<KeyEntry, Failure> {
        if self.key_version.is_some() {
            return version(keys, &self.key, self.key_version).await;
        }
        let leaf = certificates.first().map(Vec::as_slice).unwrap_or_default();
        let versions = keys.versions(&self.key).await?;
        let certified = versions.into_iter().find(|entry| crate::keys::Leaf::read(leaf, &entry.public_key).matches_key);
        certified.ok_or_else(|| {
            Failure::new(format!(
                "the first certificate is one of no version of key {0}: `splitsign keys show {0} --json` has their \
                 public keys; put the key's own certificate first",
                self.key
            ))
        })
    }
}

/// RFC 7468: every block is to be a certificate; text between blocks is left alone.
fn read_pem(bytes: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    const BEGIN: &str = "-----BEGIN ";
    let text = core::str::from_utf8(bytes).map_err(|_| "is not text; write the certificates as PEM".to_owned())?;
    let mut certificates = Vec::new();
    for block in text.split(BEGIN).skip(1) {
        let Some((body, _)) =
            block.strip_prefix("CERTIFICATE-----").and_then(|block| block.split_once("-----END CERTIFICATE-----"))
        else {
            let label: String = block.chars().take_while(|c| c.is_ascii_uppercase() || *c == ' ').collect();
            return Err(format!("has a block `{label}` that is no whole CERTIFICATE; leave only certificates in it"));
        };
        let body: String = body.split_ascii_whitespace().collect();
        let der = crate::encoding::from_base64_standard(&body)
            .map_err(|error| format!("has a certificate that is no base64: {error}"))?;
        certificates.push(der);
    }
    if certificates.is_empty() {
        return Err("has no certificate in PEM".to_owned());
    }
    Ok(certificates)
}
