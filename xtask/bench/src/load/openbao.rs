//! OpenBao as a development server, with a key in Transit and its file audit device.
//!
//! It keeps everything in memory, which is its fastest storage, and writes to its audit log without flushing it to disk:
//! it is asked for less than we are.

use core::time::Duration;
use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::base64_of;
use super::generator::Target;
use xtask_host::process::output;

/// The token of the development server, which listens on loopback and lives as long as the bench.
const TOKEN: &str = "bench";

pub(crate) struct OpenBao {
    binary: PathBuf,
    address: String,
    process: Child,
    pub(crate) version: String,
}

impl OpenBao {
    pub(crate) fn start(binary: &Path, data: &Path) -> Result<Self> {
        fs::create_dir_all(data).with_context(|| format!("cannot create {}", data.display()))?;
        let config = data.join("openbao.hcl");
        let log = data.join("audit.log");
        let mut file = fs::File::create(&config).context("cannot create its configuration")?;
        writeln!(file, "audit \"file\" \"bench\" {{ options {{ file_path = {:?} }} }}", log.display().to_string())
            .context("cannot write its configuration")?;
        // Free now: it takes no port 0.
        let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = address.context("no port is free")?.to_string();
        let said = fs::File::create(data.join("openbao.log")).context("cannot create its log")?;
        let process = Command::new(binary)
            .args(["server", "-dev", "-dev-no-store-token", &format!("-dev-listen-address={address}")])
            .arg(format!("-config={}", config.display()))
            .env("BAO_DEV_ROOT_TOKEN_ID", TOKEN)
            .stdin(Stdio::null())
            .stdout(said.try_clone().context("cannot clone the log")?)
            .stderr(said)
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        let version = output("bao version", Command::new(binary).arg("version"))?.trim().to_owned();
        let openbao = Self { binary: binary.to_owned(), address, process, version };
        openbao.wait_until_ready(&data.join("openbao.log"))?;
        openbao.call(&["secrets", "enable", "transit"])?;
        openbao.call(&["write", "transit/keys/bench", "type=ecdsa-p256"])?;
        Ok(openbao)
    }

    #[expect(clippy::disallowed_methods, reason = "xtask has no runtime, and waits for another program")]
    fn wait_until_ready(&self, log: &Path) -> Result<()> {
        for _ in 0..100 {
            if self.call(&["status"]).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        bail!("OpenBao did not start:\n{}", fs::read_to_string(log).unwrap_or_default())
    }

    fn call(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.binary);
        command.args(arguments).env("BAO_ADDR", format!("http://{}", self.address)).env("BAO_TOKEN", TOKEN);
        output("bao", &mut command)
    }

    /// What asks it for the signature that we are asked for: of a digest, as `r‖s`.
    pub(crate) fn target(&self, verify_every: u64) -> Result<Target> {
        let key: Value = serde_json::from_str(&self.call(&["read", "-format=json", "transit/keys/bench"])?)?;
        let pem = key["data"]["keys"]["1"]["public_key"].as_str().context("the key has a public key")?;
        Ok(Target {
            address: self.address.clone(),
            path: "/v1/transit/sign/bench/sha2-256".to_owned(),
            fields: vec![format!("X-Vault-Token: {TOKEN}")],
            body: r#"{"input":"{digest}","prehashed":true,"marshaling_algorithm":"jws"}"#.to_owned(),
            digest_encoding: "base64",
            signature_prefix: "vault:v1:".to_owned(),
            spki: base64_of(pem),
            verify_every,
        })
    }
}

impl Drop for OpenBao {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
