//! A token of SoftHSM for one test. It runs where `SPLITSIGN_SOFTHSM` names the module.
//!
//! SoftHSM reads the name of its configuration from the environment of the process, once. So each test is a process of
//! its own: the test program is started again for the one test, with the folder of its token in the environment.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use crate::providers::contract::skipped;
use crate::providers::pkcs11::{Config, build};
use crate::providers::secret::SecretReference;
use crate::providers::{Provider, ProviderError};

/// The folder of the test's token; there in the process that is started for it.
const FOLDER: &str = "SPLITSIGN_SOFTHSM_FOLDER";
/// What the tests show of the token.
pub(super) const LABEL: &str = "splitsign test";
pub(super) const PIN: &str = "648219";

/// A token.
pub(super) struct Token {
    pub(super) module: PathBuf,
    pub(super) folder: PathBuf,
}

#[expect(clippy::disallowed_methods, reason = "what xtask hands to tests is in the environment")]
fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from)
}

/// Runs a test with a token of its own. `name` is that of the test, with its modules.
pub(super) fn alone<F: Future<Output = ()>>(name: &str, test: impl FnOnce(Token) -> F) {
    let Some(module) = variable("SPLITSIGN_SOFTHSM") else {
        skipped("pkcs11 against SoftHSM; set SPLITSIGN_SOFTHSM to its module");
        return;
    };
    if let Some(folder) = variable(FOLDER) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        return runtime.block_on(test(Token { module, folder }));
    }
    let directory = tempfile::tempdir().unwrap();
    let token = Token { module, folder: directory.path().to_owned() };
    token.initialise();
    let mut child = Command::new(std::env::current_exe().unwrap());
    // Without the name of the crate, as the test program has it.
    let name = name.split_once("::").unwrap().1;
    child.args([name, "--exact", "--nocapture", "--test-threads=1"]);
    let output = token.environment(&mut child).env(FOLDER, directory.path()).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.contains("1 passed"), "the test of this name did not run: {out}");
    // What was skipped inside is said outside.
    err.lines().filter_map(|line| line.strip_prefix("SKIPPED: ")).for_each(skipped);
}

impl Token {
    fn initialise(&self) {
        std::fs::create_dir(self.folder.join("tokens")).unwrap();
        let conf = format!("directories.tokendir = {}\nlog.level = ERROR\n", self.folder.join("tokens").display());
        write(&self.folder.join("softhsm2.conf"), &conf);
        write(&self.folder.join("pin"), PIN);
        self.add(LABEL);
    }

    /// Makes another token, as an operator would.
    pub(super) fn add(&self, label: &str) {
        let mut util = Command::new("softhsm2-util");
        util.args(["--init-token", "--free", "--label", label, "--so-pin", "so-648219", "--pin", PIN, "--module"]);
        self.ok(util.arg(&self.module));
    }

    /// Makes a key pair, as an operator would.
    pub(super) fn generate(&self, label: &str, id: &str, kind: &str, usage: &[&str]) {
        let arguments = ["--keypairgen", "--key-type", kind, "--label", label, "--id", id];
        self.pkcs11_tool(&[&arguments, usage].concat());
    }

    pub(super) fn pkcs11_tool(&self, arguments: &[&str]) {
        let mut tool = Command::new("pkcs11-tool");
        tool.arg("--module").arg(&self.module).args(["--token-label", LABEL, "--login", "--pin", PIN]).args(arguments);
        self.ok(&mut tool);
    }

    fn ok(&self, command: &mut Command) {
        let output = self.environment(command).output().expect("softhsm2 and opensc are installed");
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn environment<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("SOFTHSM2_CONF", self.folder.join("softhsm2.conf"))
    }

    pub(super) fn config(&self) -> Config {
        Config {
            module: self.module.clone(),
            token: Some(LABEL.to_owned()),
            serial: None,
            pin: SecretReference::File(self.folder.join("pin")),
            sessions: 8,
            timeout_ms: 20_000,
        }
    }

    pub(super) async fn open(&self, config: &Config) -> Result<Arc<dyn Provider>, ProviderError> {
        build(config, &self.folder).await
    }

    pub(super) async fn provider(&self) -> Arc<dyn Provider> {
        self.open(&self.config()).await.unwrap()
    }

    /// Takes the token away: the module is left with an empty slot.
    pub(super) fn remove(&self) {
        self.rename_all("tokens", "away");
    }

    pub(super) fn put_back(&self) {
        self.rename_all("away", "tokens");
    }

    fn rename_all(&self, from: &str, to: &str) {
        let [from, to] = [from, to].map(|name| self.folder.join(name));
        std::fs::create_dir_all(&to).unwrap();
        for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
            std::fs::rename(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// A file that only its owner reads.
pub(super) fn write(path: &Path, text: &str) {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;
    let mut file = std::fs::File::create(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.set_permissions(std::fs::Permissions::from_mode(0o600)).unwrap();
}
