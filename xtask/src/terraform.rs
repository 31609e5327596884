//! The Terraform modules under `deploy/terraform`: formatted, valid, and what they make is what the guide says.
//!
//! Needs the program `terraform` and the AWS provider in a folder of plugins, as images with Terraform have them; neither
//! comes from a package registry, so a machine without them is told loudly what was left out.

use core::time::Duration;
use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use xtask_host::process::{exists, output, run, target_directory};
use xtask_host::python::Environment;

const MODULE: &str = "deploy/terraform/aws";
const GUIDE: &str = "docs/guides/aws-kms.md";
/// As the guide has it, so that its policy and that of the module can be compared.
const ARN_IN_GUIDE: &str = "arn:aws:kms:REGION:ACCOUNT:key/KEY-ID";

/// Checks the module, applies it to an emulator, and compares its policy with the one of the guide.
pub(crate) fn test(root: &Path, python: &Environment) -> Result<()> {
    if !exists("terraform") {
        eprintln!("    SKIPPED: the Terraform module for AWS: there is no `terraform` here");
        return Ok(());
    }
    run("terraform fmt", terraform(&root.join(MODULE)).args(["fmt", "-check", "-recursive", "-diff"]))?;
    let Some(plugins) = plugins() else {
        eprintln!("    SKIPPED: terraform validate and apply: no folder of plugins with hashicorp/aws was found");
        return Ok(());
    };
    let place = target_directory(root).join("terraform");
    let _ = fs::remove_dir_all(&place);
    copy(&root.join(MODULE), &place)?;
    let init = ["init", "-input=false", "-no-color"];
    output("terraform init", terraform(&place).args(init).arg(format!("-plugin-dir={}", plugins.display())))?;
    run("terraform validate", terraform(&place).args(["validate", "-no-color"]))?;

    let emulator = Emulator::start(python)?;
    let mut file = fs::File::create(place.join("emulator.tf")).context("cannot make emulator.tf")?;
    file.write_all(emulator.provider().as_bytes()).context("cannot write emulator.tf")?;
    let key = r#"-var=keys={"acme/c2pa"="claims"}"#;
    let apply = ["apply", "-auto-approve", "-input=false", "-no-color", key];
    output("terraform apply (to ministack)", terraform(&place).args(apply))?;
    let made = output("terraform output", terraform(&place).args(["output", "-json"]))?;
    let made: Value = serde_json::from_str(&made).context("`terraform output -json` prints JSON")?;
    let arn = made["key_arns"]["value"]["acme/c2pa"].as_str().context("the module gives the ARN of the key")?;
    let policy = made["signer_policy_json"]["value"].as_str().context("the module gives the policy")?;
    let policy: Value = serde_json::from_str(&policy.replace(arn, ARN_IN_GUIDE)).context("the policy is JSON")?;
    ensure!(policy == policy_of_guide(root)?, "{GUIDE} has another policy than {MODULE}, which makes\n{policy:#}");
    eprintln!("    Terraform: the module makes a key in ministack, and the policy that {GUIDE} shows");
    Ok(())
}

fn terraform(directory: &Path) -> Command {
    let mut command = Command::new("terraform");
    // No telemetry, and no configuration of whoever runs this.
    command.current_dir(directory).env("CHECKPOINT_DISABLE", "1").env("TF_CLI_CONFIG_FILE", "/dev/null");
    command
}

/// Where images keep plugins: the folders that Terraform itself knows, and any folder of `/opt`.
fn plugins() -> Option<PathBuf> {
    let known = ["/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins"].map(PathBuf::from);
    let images = fs::read_dir("/opt").into_iter().flatten().flatten().map(|entry| entry.path());
    known.into_iter().chain(images).find(|folder| folder.join("registry.terraform.io/hashicorp/aws").is_dir())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "tf") {
            let name = path.file_name().unwrap_or_default();
            fs::copy(&path, to.join(name)).with_context(|| format!("cannot copy {}", path.display()))?;
        }
    }
    Ok(())
}

/// The first JSON block of the guide.
fn policy_of_guide(root: &Path) -> Result<Value> {
    let text = fs::read_to_string(root.join(GUIDE)).with_context(|| format!("cannot read {GUIDE}"))?;
    let block = text.split_once("```json\n").and_then(|(_, rest)| rest.split_once("```"));
    let (json, _) = block.with_context(|| format!("{GUIDE} has no JSON block"))?;
    serde_json::from_str(json).with_context(|| format!("the JSON block of {GUIDE} is not valid"))
}

/// ministack with KMS, IAM and STS; stopped when dropped.
struct Emulator {
    process: Child,
    port: u16,
}

impl Emulator {
    #[expect(clippy::disallowed_methods, reason = "xtask has no runtime, and a port has no event to wait for")]
    fn start(python: &Environment) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).context("no port")?.port();
        let mut command = Command::new(python.program("ministack"));
        command
            .envs([("SERVICES", "kms,iam,sts"), ("IOT_MTLS_PORT", "0"), ("BIND_HOST", "127.0.0.1")])
            .env("GATEWAY_PORT", port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let process = command.spawn().context("cannot start ministack")?;
        let emulator = Self { process, port };
        for _ in 0..600 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(emulator);
            }
            sleep(Duration::from_millis(100));
        }
        bail!("ministack does not listen on port {port} after a minute")
    }

    fn provider(&self) -> String {
        let url = format!("\"http://127.0.0.1:{}\"", self.port);
        format!(
            "provider \"aws\" {{\n  region = \"eu-central-1\"\n  access_key = \"test\"\n  secret_key = \"test\"\n  \
             skip_credentials_validation = true\n  skip_metadata_api_check = true\n  endpoints {{\n    kms = {url}\n    \
             iam = {url}\n    sts = {url}\n  }}\n}}\n"
        )
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
