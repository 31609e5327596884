//! A remote signer on loopback with a data folder of its own, for the demo and for load.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::process::{cargo, keep, output, run, target_directory, workspace_binary};

/// The key that the demo signs with.
pub const KEY: &str = "demo/files";

/// A running signer; stopped when dropped.
#[derive(Debug)]
pub struct Signer {
    setting: Setting,
    url: String,
    token: String,
    process: Child,
}

/// Builds the binary `splitsign` as it is shipped, and says where it is. The optimiser takes minutes.
///
/// # Errors
///
/// It does not compile.
pub fn build_release(root: &Path) -> Result<PathBuf> {
    let command = &mut cargo(root, ["build", "--locked", "--release", "-p", "splitsign-signer"]);
    run("build the remote signer (a few minutes the first time)", command)?;
    Ok(target_directory(root).join("release/splitsign"))
}

/// Builds the binary `splitsign` with every provider in the profile `dev`, as the tests use it, and says where it is.
///
/// # Errors
///
/// It does not compile.
pub fn build_for_tests(root: &Path) -> Result<PathBuf> {
    workspace_binary(root, "splitsign-signer", "splitsign")
}

/// Builds the binary `splitsign` with the provider `file` alone, and says where it is. The SDKs of the clouds are most
/// of what there is to compile, and the demo calls none of them.
///
/// # Errors
///
/// It does not compile.
pub fn build_for_demo(root: &Path) -> Result<PathBuf> {
    let mut command = cargo(root, ["build", "--locked", "-p", "splitsign-signer", "--bin", "splitsign"]);
    run(
        "build the remote signer with the provider `file`",
        command.args(["--no-default-features", "--features", "file"]),
    )?;
    keep(&target_directory(root).join("debug/splitsign"), &target_directory(root).join("demo/splitsign"))
}

impl Signer {
    /// Makes a key and a token in `data`, which must not exist, and starts to serve on a free port; keys are in files.
    ///
    /// # Errors
    ///
    /// The binary fails, or does not say where it listens; its log is part of the error.
    pub fn start(binary: PathBuf, data: PathBuf) -> Result<Self> {
        let passphrase = data.join("passphrase").display().to_string();
        Self::start_with(binary, data, &[("SPLITSIGN__PROVIDERS__FILE__PASSPHRASE__FILE", &passphrase)])
    }

    /// The same with the provider, and whatever else, that this environment says.
    ///
    /// # Errors
    ///
    /// As [`Signer::start`].
    pub fn start_with(binary: PathBuf, data: PathBuf, environment: &[(&str, &str)]) -> Result<Self> {
        fs::create_dir_all(&data).with_context(|| format!("cannot create {}", data.display()))?;
        make_passphrase(&data.join("passphrase"))?;
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let setting = Setting { binary, data, environment };
        let call = |arguments: &[&str]| output("splitsign", setting.command().args(arguments));
        call(&["keys", "create", KEY])?;
        let token = call(&["token", "create", "--tenant", "demo", "--key", KEY, "--json"])?;
        let token: serde_json::Value = serde_json::from_str(&token).context("`token create --json` prints JSON")?;
        let token = token["token"].as_str().context("`token create --json` has a member `token`")?.to_owned();

        let mut serve = setting.command();
        serve.arg("serve").env("SPLITSIGN__SERVER__LISTEN", "127.0.0.1:0");
        let log = setting.data.join("signer.log");
        let errors = fs::File::create(&log).context("cannot create the log file")?;
        let mut process = serve.stdout(Stdio::piped()).stderr(errors).spawn().context("cannot start the signer")?;
        let url = match address(&mut process) {
            Ok(url) => url,
            Err(error) => {
                let _ = process.kill();
                let said = fs::read_to_string(&log).unwrap_or_default();
                return Err(error.context(format!("the signer did not start:\n{said}")));
            }
        };
        Ok(Self { setting, url, token, process })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A token for [`KEY`].
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The command line of the binary, with this data folder.
    #[must_use]
    pub fn command(&self) -> Command {
        self.setting.command()
    }

    /// Its number, for what the operating system knows of it.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Stops it as an operator would, and waits until it has drained.
    ///
    /// # Errors
    ///
    /// It ends with a failure.
    pub fn stop(mut self) -> Result<()> {
        let id = self.process.id().to_string();
        output("kill -TERM", Command::new("kill").args(["-TERM", &id]))?;
        let status = self.process.wait().context("cannot wait for the signer")?;
        ensure!(status.success(), "the signer ended with {status} when it was asked to stop");
        Ok(())
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What every call of the binary has in common.
#[derive(Debug)]
struct Setting {
    binary: PathBuf,
    data: PathBuf,
    environment: Vec<(String, String)>,
}

impl Setting {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.current_dir(&self.data).env("SPLITSIGN__STORAGE__DIRECTORY", self.data.join("signer"));
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

fn address(process: &mut Child) -> Result<String> {
    let stdout = process.stdout.take().context("standard output is piped")?;
    for line in BufReader::new(stdout).lines() {
        if let Some(url) = line.context("cannot read what the signer prints")?.strip_prefix("listening on ") {
            return Ok(url.to_owned());
        }
    }
    bail!("it ended without saying where it listens")
}

/// A passphrase of 32 random bytes that only this user can read.
fn make_passphrase(path: &Path) -> Result<()> {
    use std::io::{Read as _, Write as _};
    use std::os::unix::fs::OpenOptionsExt as _;

    let mut random = [0; 32];
    fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut random))
        .context("cannot read /dev/urandom")?;
    let text: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot create {}", path.display()))?;
    file.write_all(text.as_bytes()).context("cannot write the passphrase")
}
