//! The real binary with its keys on a token: made, rotated, and used through a loss of the token. It runs where
//! `SPLITSIGN_SOFTHSM` names the module of SoftHSM.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use crate::skipped::skipped;

const PIN: &str = "648219";

/// A folder with a token, a configuration and data; the service ends with it.
struct Place {
    folder: tempfile::TempDir,
    service: Option<Child>,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(mut service) = self.service.take() {
            drop(service.kill());
            drop(service.wait());
        }
    }
}

impl Place {
    /// `None`, and a loud line, where there is no SoftHSM.
    fn new() -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "what xtask hands to tests is in the environment")]
        let Some(module) = std::env::var_os("SPLITSIGN_SOFTHSM").map(PathBuf::from) else {
            skipped("the service on SoftHSM; set SPLITSIGN_SOFTHSM to its module");
            return None;
        };
        let place = Self { folder: tempfile::tempdir().unwrap(), service: None };
        fs::create_dir(place.path("tokens")).unwrap();
        place.write("softhsm2.conf", &format!("directories.tokendir = {}\n", place.path("tokens").display()));
        place.write("pin", PIN);
        place.write(
            "splitsign.toml",
            &format!(
                "[storage]\ndirectory = \"data\"\n[providers.pkcs11]\nmodule = {module:?}\ntoken = \"service\"\n\
                 pin = {{ file = {:?} }}\n",
                place.path("pin")
            ),
        );
        let mut util = Command::new("softhsm2-util");
        util.args(["--init-token", "--free", "--label", "service", "--so-pin", "so-648219", "--pin", PIN, "--module"]);
        let output = place.here(util.arg(module)).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(place)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let mut file = fs::File::create(self.path(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.set_permissions(fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn here<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.current_dir(self.folder.path()).env("SOFTHSM2_CONF", self.path("softhsm2.conf"))
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.here(Command::new(env!("CARGO_BIN_EXE_splitsign")).args(arguments)).output().unwrap()
    }

    #[track_caller]
    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Serves, and says where.
    fn serve(&mut self) -> String {
        let mut serve = Command::new(env!("CARGO_BIN_EXE_splitsign"));
        serve.args(["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut service = self.here(&mut serve).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(service.stdout.take().unwrap()).read_line(&mut line).unwrap();
        self.service = Some(service);
        line.trim().strip_prefix("listening on ").expect("the first line has the address").to_owned()
    }

    /// Signs a file through the service.
    fn sign(&self, url: &str, object: &str) -> Output {
        let to = ["--url", url, "--token-file", "token", "--key", "acme/c2pa"];
        self.run(&[&["sign"][..], &to, &["--format", "cose", "file", "-o", object]].concat())
    }

    fn verify(&self, key: &str, object: &str) -> bool {
        self.run(&["verify", "--key", key, object]).status.success()
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }
}

#[test]
fn keys_on_a_token_sign_rotate_and_outlive_a_loss_of_the_token() {
    let Some(mut place) = Place::new() else { return };
    let made = place.ok(&["keys", "create", "acme/c2pa"]);
    assert!(made.contains("at pkcs11"), "{made}");
    place.write("key-1.pem", &place.ok(&["keys", "show", "acme/c2pa", "--public-key"]));
    place.write("token", &place.ok(&["token", "create", "--tenant", "acme", "--key", "acme/c2pa"]));
    place.write("file", "hello");
    let url = place.serve();
    assert!(place.sign(&url, "by-1").status.success());
    assert!(place.verify("key-1.pem", "by-1"));

    // Made by another process than the one that serves, which finds it.
    place.ok(&["keys", "announce", "acme/c2pa"]);
    place.ok(&["keys", "activate", "acme/c2pa", "--force", "--reason", "a test"]);
    place.write("key-2.pem", &place.ok(&["keys", "show", "acme/c2pa", "--public-key"]));
    assert!(place.sign(&url, "by-2").status.success());
    assert!(place.verify("key-2.pem", "by-2") && !place.verify("key-1.pem", "by-2"));
    assert!(place.verify("key-1.pem", "by-1"));

    place.rename("tokens", "away");
    for _ in 0..3 {
        let refused = place.sign(&url, "never");
        assert!(!refused.status.success());
        let words = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(words.contains("503") || words.contains("unavailable"), "{words}");
        assert!(!words.contains(PIN), "{words}");
    }
    place.rename("away", "tokens");
    let again = place.sign(&url, "again");
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    assert!(place.verify("key-2.pem", "again"));
}

/// No SoftHSM is needed for this: the module is ours.
#[tokio::test]
async fn a_module_that_never_comes_back_does_not_keep_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        fs::File::create(folder.path().join(name)).unwrap().write_all(text.as_bytes()).unwrap();
    };
    write("hang.c", "#include <unistd.h>\nunsigned long C_GetFunctionList(void *list) { for (;;) pause(); }\n");
    let mut gcc = Command::new("gcc");
    let Ok(status) = gcc.current_dir(folder.path()).args(["-shared", "-fPIC", "-o", "hang.so", "hang.c"]).status()
    else {
        skipped("the service with a module that hangs; install gcc");
        return;
    };
    assert!(status.success());
    let module = folder.path().join("hang.so");
    write(
        "splitsign.toml",
        &format!(
            "[storage]\ndirectory = \"data\"\n[providers.pkcs11]\nmodule = {module:?}\ntoken = \"none\"\n\
             pin = {{ env = \"PIN\" }}\ntimeout_ms = 300\n"
        ),
    );
    let mut serve = tokio::process::Command::new(env!("CARGO_BIN_EXE_splitsign"));
    serve.current_dir(folder.path()).args(["serve", "--listen", "127.0.0.1:0"]).env("PIN", PIN).kill_on_drop(true);
    let ended = tokio::time::timeout(core::time::Duration::from_secs(20), serve.output()).await;
    let output = ended.expect("the process ends though its module does not").unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("does not start within providers.pkcs11.timeout_ms"), "{words}");
}
