//! Every provider signs and rotates against its real counterpart: the real binary, the provider's real server or token,
//! and openssl as the judge. A provider is one line in one of the tests.

use core::time::Duration;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use crate::skipped::skipped;
use p256::SecretKey;
use p256::pkcs8::{EncodePrivateKey as _, LineEnding};
use serde_json::Value;

/// A directory with a configuration, and what the binary needs in its environment.
struct Place {
    directory: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

impl Place {
    /// `providers` is TOML; `DIR` in it is the directory.
    fn new(providers: &str) -> Self {
        let place = Self { directory: tempfile::tempdir().unwrap(), environment: Vec::new() };
        let here = place.directory.path().to_str().unwrap().to_owned();
        let config = format!("[storage]\ndirectory = \"{here}/data\"\n{}", providers.replace("DIR", &here));
        place.write("splitsign.toml", &config);
        place.write("secret", "correct horse battery staple");
        place
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Files that only their owner reads.
    fn write(&self, name: &str, text: &str) {
        let mut file = std::fs::File::create(self.path(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.set_permissions(std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_splitsign"));
        command.current_dir(self.directory.path()).args(arguments);
        command.envs(self.environment.iter().cloned()).output().unwrap()
    }

    #[track_caller]
    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.ok(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// Whether openssl agrees; `None`, and a loud line, where it does not run.
    fn openssl(&self, arguments: &str) -> Option<(bool, String)> {
        match Command::new("openssl").current_dir(self.directory.path()).args(arguments.split(' ')).output() {
            Ok(output) => {
                let text = [output.stdout, output.stderr].concat();
                Some((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
            }
            Err(error) => {
                skipped(&format!("openssl does not run here ({error}), so it agrees with nothing"));
                None
            }
        }
    }
}

/// The body that every provider goes through.
fn signs_and_rotates(place: &Place) {
    signs_and_rotates_with(place, [None; 3]);
}

/// The same, with the keys of the versions where their provider makes none: the first, that of the drill, the next.
fn signs_and_rotates_with(place: &Place, [first, drilled, next]: [Option<&str>; 3]) {
    let made = match first {
        Some(reference) => place.json(&["keys", "adopt", "acme/c2pa", reference]),
        None => place.json(&["keys", "create", "acme/c2pa"]),
    };
    assert_eq!((&made["version"], &made["state"]), (&1.into(), &"active".into()));
    place.write("key.pem", &place.ok(&["keys", "show", "acme/c2pa", "--public-key"]));

    // What is only said changes nothing.
    let before = place.ok(&["keys", "list"]);
    let announce = match next {
        Some(reference) => vec!["keys", "announce", "acme/c2pa", "--provider-key", reference],
        None => vec!["keys", "rotate", "acme/c2pa"],
    };
    for dry in [&announce[..], &["keys", "drill", "acme/c2pa", "-o", "transcript"]] {
        place.ok(&[dry, &["--dry-run"]].concat());
    }
    assert_eq!(place.ok(&["keys", "list"]), before);

    drill(place, drilled);
    csr(place);

    // In earnest, once what the drill left is gone: announced, refused, activated by force, and back.
    let announced = place.json(&announce);
    assert_eq!((&announced["version"], &announced["state"]), (&3.into(), &"announced".into()));
    let refused = place.run(&["keys", "rotate", "acme/c2pa"]);
    assert_eq!(refused.status.code(), Some(4), "{}", String::from_utf8_lossy(&refused.stderr));
    place.ok(&["keys", "rotate", "acme/c2pa", "--force", "--reason", "a test"]);
    place.ok(&["keys", "rollback", "acme/c2pa"]);
    let states: Vec<String> = place
        .json(&["keys", "show", "acme/c2pa"])
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["state"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(states, ["active", "draining", "draining"]);
    place.ok(&["audit", "verify"]);
}

fn drill(place: &Place, key: Option<&str>) {
    let mut command = vec!["keys", "drill", "acme/c2pa", "-o", "transcript", "--force", "--reason", "a yearly drill"];
    command.extend(key.iter().flat_map(|reference| ["--provider-key", reference]));
    let drill = place.json(&command);
    let steps: Vec<&str> = drill["steps"].as_array().unwrap().iter().map(|s| s["step"].as_str().unwrap()).collect();
    assert_eq!(
        steps,
        [
            "start",
            "before",
            "announced",
            "changed",
            "changed",
            "rotated",
            "pinned",
            "changed",
            "changed",
            "rolled-back",
            "verified",
            "verified",
            "verified",
            "passed"
        ]
    );
    let verify = ["verify", "--key", "key.pem", "--payload", "transcript", "transcript.cose"];
    assert!(place.ok(&verify).starts_with("valid  COSE_Sign1"));
    let by_openssl = "dgst -sha256 -verify key.pem -signature transcript.sig transcript";
    if let Some((valid, output)) = place.openssl(by_openssl) {
        assert!(valid, "{output}");
    }
    let transcript = std::fs::read_to_string(place.path("transcript")).unwrap();
    place.write("transcript", &transcript.replace("\"pinned\"", "\"punned\""));
    assert_eq!(place.run(&verify).status.code(), Some(1));
    if let Some((valid, _)) = place.openssl(by_openssl) {
        assert!(!valid, "openssl takes a transcript that was changed");
    }
}

fn csr(place: &Place) {
    let request =
        place.ok(&["keys", "csr", "acme/c2pa", "--subject", "CN=acme c2pa,O=Acme", "--san", "dns:acme.example"]);
    place.write("request.pem", &request);
    if let Some((valid, output)) = place.openssl("req -verify -noout -text -in request.pem") {
        assert!(valid && output.contains("verify OK"), "{output}");
        assert!(output.contains("DNS:acme.example") && output.replace(" = ", "=").contains("CN=acme c2pa"), "{output}");
    }
}

const FILE: &str = "[providers.file]\npassphrase = { file = \"DIR/secret\" }\nscrypt_log_n = 1\n";

#[test]
fn file() {
    signs_and_rotates(&Place::new(FILE));
}

#[test]
fn aws_kms() {
    let Some(ministack) = variable("SPLITSIGN_MINISTACK", "aws-kms against ministack") else { return };
    let (_server, address) = serve("aws-kms", |port, directory| {
        let mut command = Command::new(&ministack);
        command.envs([("SERVICES", "kms"), ("IOT_MTLS_PORT", "0"), ("BIND_HOST", "127.0.0.1")]);
        command.env("GATEWAY_PORT", port.to_string()).current_dir(directory);
        command
    });
    let config = format!("[providers.aws-kms]\nregion = \"eu-central-1\"\nendpoint_url = \"http://{address}\"\n");
    signs_and_rotates(&Place::new(&config).with("AWS_ACCESS_KEY_ID", "test").with("AWS_SECRET_ACCESS_KEY", "test"));
}

#[tokio::test(flavor = "multi_thread")]
async fn vault() {
    let Some(openbao) = variable("SPLITSIGN_OPENBAO", "vault against OpenBao") else { return };
    let (_server, address) = serve("vault", |port, directory| {
        let mut command = Command::new(&openbao);
        command.env_clear().env("HOME", directory).current_dir(directory);
        command.args(["server", "-dev", "-dev-no-store-token", "-dev-root-token-id=root"]);
        command.arg(format!("-dev-listen-address=127.0.0.1:{port}"));
        command
    });
    drop(rustls::crypto::ring::default_provider().install_default());
    let mount =
        reqwest::Client::builder().no_proxy().build().unwrap().post(format!("http://{address}/v1/sys/mounts/transit"));
    let mount = mount.header("X-Vault-Token", "root").json(&serde_json::json!({ "type": "transit" }));
    assert!(mount.send().await.unwrap().status().is_success());
    let config =
        format!("[providers.vault]\naddress = \"http://{address}\"\nauth = {{ token = {{ file = \"DIR/token\" }} }}\n");
    let place = Place::new(&config);
    place.write("token", "root\n");
    signs_and_rotates(&place);
}

#[test]
fn pkcs11() {
    let Some(module) = variable("SPLITSIGN_SOFTHSM", "pkcs11 against SoftHSM") else { return };
    let config =
        format!("[providers.pkcs11]\nmodule = {module:?}\ntoken = \"splitsign\"\npin = {{ file = \"DIR/pin\" }}\n");
    let place = Place::new(&config);
    std::fs::create_dir(place.path("tokens")).unwrap();
    let tokens = place.path("tokens").to_str().unwrap().to_owned();
    place.write("softhsm2.conf", &format!("directories.tokendir = {tokens}\nlog.level = ERROR\n"));
    place.write("pin", "648219");
    let conf = place.path("softhsm2.conf").to_str().unwrap().to_owned();
    let mut util = Command::new("softhsm2-util");
    util.args(["--init-token", "--free", "--label", "splitsign", "--so-pin", "so-648219", "--pin", "648219"]);
    util.arg("--module").arg(&module).env("SOFTHSM2_CONF", &conf);
    assert!(util.stdout(Stdio::null()).status().unwrap().success());
    signs_and_rotates(&place.with("SOFTHSM2_CONF", &conf));
}

/// Google's published types, in a server of ours; there is nothing else of Google's to be had.
#[test]
fn gcp_kms() {
    let Some(python) = variable("SPLITSIGN_CLOUDS_PYTHON", "gcp-kms against Google's types") else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../conformance/servers/cloud_kms.py");
    let mut command = Command::new(python);
    // It ends with its standard input.
    let child = command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut server = Server { child, _directory: tempfile::tempdir().unwrap() };
    let mut url = String::new();
    BufReader::new(server.child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let place = Place::new(&format!(
        "[providers.gcp-kms]\nkey_ring = \"projects/acme/locations/europe-west3/keyRings/signer\"\n\
         endpoint = \"{}\"\ntoken = {{ file = \"DIR/token\" }}\n",
        url.trim()
    ));
    place.write("token", "access-token");
    signs_and_rotates(&place);
}

/// A server of ours that follows the published API; Microsoft's client agrees with it in the provider's own tests.
#[tokio::test(flavor = "multi_thread")]
async fn azure_kv() {
    let vault = crate::key_vault::KeyVault::start().await;
    let place = Place::new(&format!(
        "[providers.azure-kv]\nvault_url = \"{}\"\ntoken = {{ file = \"DIR/token\" }}\n",
        vault.server.url
    ));
    place.write("token", "access-token");
    tokio::task::spawn_blocking(move || signs_and_rotates(&place)).await.unwrap();
}

/// Its keys are made elsewhere: each version is another key that is configured.
#[test]
fn env() {
    let names = ["first", "second", "third"];
    let section = |name: &str| format!("[providers.env.keys.{name}]\nkey = {{ file = \"DIR/{name}.pem\" }}\n");
    let place = Place::new(&names.map(section).concat());
    for name in names {
        let mut scalar = [0; 32];
        getrandom::fill(&mut scalar).unwrap();
        let key = SecretKey::from_slice(&scalar).unwrap();
        place.write(&format!("{name}.pem"), &key.to_pkcs8_pem(LineEnding::LF).unwrap());
    }
    signs_and_rotates_with(&place, ["env:first", "env:second", "env:third"].map(Some));
}

#[expect(clippy::disallowed_methods, reason = "what xtask hands to tests is in the environment")]
fn variable(name: &str, what: &str) -> Option<String> {
    let value = std::env::var(name).ok();
    if value.is_none() {
        skipped(&format!("rotation of {what}; set {name}"));
    }
    value
}

/// A server of its own; killed when dropped.
struct Server {
    child: Child,
    _directory: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Starts a server on a free port and waits until it answers. Should somebody else take the port first, another one is
/// tried.
#[expect(clippy::disallowed_methods, reason = "no runtime is here, and a port has no event to wait for")]
fn serve(name: &str, command: impl Fn(u16, &std::path::Path) -> Command) -> (Server, String) {
    for _ in 0..10 {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let directory = tempfile::tempdir().unwrap();
        let mut command = command(port, directory.path());
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut server = Server { child, _directory: directory };
        for _ in 0..1200 {
            if server.child.try_wait().unwrap().is_some() {
                break;
            }
            if answers(port) {
                return (server, format!("127.0.0.1:{port}"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    panic!("the server for {name} does not start");
}

/// Whether something that speaks HTTP is there.
fn answers(port: u16) -> bool {
    use std::io::Read as _;
    let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) else { return false };
    let request = b"GET /v1/sys/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut start = [0; 5];
    stream.set_read_timeout(Some(Duration::from_secs(5))).is_ok()
        && stream.write_all(request).is_ok()
        && stream.read_exact(&mut start).is_ok()
        && start == *b"HTTP/"
}
