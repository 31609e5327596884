//! The real binary: serve, keys, token, sign, verify, health, audit; SIGTERM and SIGKILL.

use crate::support;
use alloc::sync::Arc;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use crate::support::TestProvider;
use serde_json::Value;
use splitsign_signer::auth::{NewToken, Tokens};
use splitsign_signer::clock::{Clock as _, SystemClock};
use splitsign_signer::identity::KeyScope;
use splitsign_signer::keys::{Keys, NewKeyVersion};
use splitsign_signer::providers::KeyReference;
use splitsign_signer::storage::{self, Storage};

/// A directory for one service: its configuration, its data, its passphrase.
struct Place(tempfile::TempDir);

impl Place {
    fn new(providers: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("passphrase", b"correct horse battery staple");
        let passphrase = place.path("passphrase");
        std::fs::set_permissions(&passphrase, std::fs::Permissions::from_mode(0o600)).unwrap();
        let providers = providers.replace("PASSPHRASE", &passphrase);
        let config = format!("[storage]\ndirectory = {:?}\n{providers}", place.path("data"));
        place.write("splitsign.toml", config.as_bytes());
        place
    }

    /// Keys in files, encrypted with as little work as there can be.
    fn with_files() -> Self {
        Self::new("[providers.file]\npassphrase = { file = \"PASSPHRASE\" }\nscrypt_log_n = 1\n")
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::File::create(self.path(name)).unwrap().write_all(bytes).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_splitsign"));
        command.current_dir(self.0.path()).args(arguments);
        command.env("AWS_ACCESS_KEY_ID", "nobody").env("AWS_SECRET_ACCESS_KEY", "nothing");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    #[track_caller]
    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Exit code and standard error.
    fn fails(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(arguments);
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    fn serve(&self) -> Server {
        let file = self.path("address");
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0", "--address-file", &file]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").expect("the first line has the address").to_owned();
        assert_eq!(std::fs::read_to_string(file).unwrap().trim(), url);
        Server { child, url }
    }
}

struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn terminate(mut self) -> i32 {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn from_a_key_to_a_verified_object_in_every_format() {
    let place = Place::with_files();
    let made = place.ok(&["keys", "create", "acme/c2pa"]);
    assert!(made.starts_with("created acme/c2pa version 1 at file\n"), "{made}");
    let server = place.serve();
    // Made while the service runs.
    place.write("token", place.ok(&["token", "create", "--tenant", "acme", "--key", "acme/c2pa"]).as_bytes());
    place.write("key.pem", place.ok(&["keys", "show", "acme/c2pa", "--public-key"]).as_bytes());
    place.write("file", b"hello");
    for (format, detached, says) in [
        ("cose", false, "valid  COSE_Sign1  kid "),
        ("cose", true, "valid  COSE_Sign1  kid "),
        ("jws", false, "valid  JWS  kid "),
        ("jws", true, "valid  JWS  kid "),
        ("dsse", false, "valid  DSSE  type application/octet-stream  payload 5 bytes"),
    ] {
        let url = server.url.as_str();
        let mut sign = vec![
            "sign",
            "--url",
            url,
            "--token-file",
            "token",
            "--key",
            "acme/c2pa",
            "--format",
            format,
            "file",
            "-o",
            "object",
        ];
        let mut verify = vec!["verify", "--key", "key.pem", "object"];
        if detached {
            sign.push("--detached");
            verify.extend(["--payload", "file"]);
        }
        place.ok(&sign);
        assert!(place.ok(&verify).starts_with(says), "{format}");
        let mut object = std::fs::read(place.path("object")).unwrap();
        let last = object.len() - 8;
        object[last] ^= 1;
        place.write("object", &object);
        let (code, error) = place.fails(&verify);
        assert!(
            code == 1 && error.contains("not valid: `object`: ") && error.contains(" at byte "),
            "{format}: {code} {error}"
        );
    }
    let health = place.ok(&["health", "--url", &server.url]);
    assert!(health.starts_with("live        live\nready       ready\nkms         UP (file; checked 20"), "{health}");
    assert!(health.ends_with("Z)\nunresolved  0\n"), "{health}");
    let (code, error) = place.fails(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(code == 1 && error.contains("is served by another process"), "{error}");
    // A stop does not wait for who has sent half a request.
    let mut half_open = std::net::TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    half_open.write_all(b"GET /health/live HTTP/1.1\r\nHo").unwrap();
    let clock = SystemClock::start();
    assert_eq!(server.terminate(), 0);
    assert!(clock.elapsed().as_secs() < 5, "{:?}", clock.elapsed());
    let verified = place.ok(&["audit", "verify"]);
    assert!(verified.contains(" records, whole; head "), "{verified}");
    let head = verified.trim().rsplit(' ').next().unwrap();
    place.ok(&["audit", "verify", "--expect-head", head]);
    let (code, _) = place.fails(&["audit", "verify", "--expect-head", &format!("99:{}", "0".repeat(64))]);
    assert_eq!(code, 3);
    let trail = place.ok(&["audit", "list"]);
    assert!(trail.trim_end().ends_with("service_stopped"), "{trail}");
    // And those that the service makes to see whether it can.
    let probes = trail.matches("profile=kms-probe").count();
    assert_eq!(trail.matches("outcome=signed").count() - probes, 5, "{trail}");
}

#[test]
fn mistakes_are_told_with_what_to_do() {
    let place = Place::with_files();
    place.ok(&["keys", "create", "acme/c2pa"]);
    let (code, error) = place.fails(&["keys", "create", "acme/c2pa"]);
    assert!(code == 1 && error.contains("`splitsign keys announce acme/c2pa` makes version 2"), "{error}");
    let next: Value = serde_json::from_str(&place.ok(&["keys", "announce", "acme/c2pa", "--json"])).unwrap();
    assert_eq!((&next["version"], &next["state"]), (&2.into(), &"announced".into()));
    let (code, error) = place.fails(&["keys", "activate", "acme/c2pa"]);
    assert!(code == 4 && error.contains("may sign from 20") && error.contains("--force with --reason"), "{error}");
    assert_eq!(place.fails(&["keys", "activate", "acme/c2pa", "--force"]).0, 2);
    place.ok(&["keys", "activate", "acme/c2pa", "--force", "--reason", "a test"]);
    assert!(place.ok(&["keys", "list"]).contains("draining until 20"));
    assert_eq!(place.fails(&["keys", "create", "acme"]).0, 2);
    assert_eq!(place.fails(&["token", "create", "--tenant", "acme"]).0, 2);
    let days = ["token", "create", "--tenant", "acme", "--all-keys", "--expires-in", "0"];
    assert_eq!(place.fails(&days).0, 2);
    let (code, warning) = place.fails(&["token", "create", "--tenant", "acme", "--key", "acme/nonexist"]);
    assert!(code == 0 && warning.contains("there is no key acme/nonexist yet"), "{warning}");
    let (code, nothing) = place.fails(&["token", "create", "--tenant", "acme", "--key", "acme/c2pa"]);
    assert_eq!((code, nothing.as_str()), (0, ""));
    assert_eq!(place.fails(&["token", "revoke", "nothing"]).0, 1);
    assert_eq!(place.fails(&["verify", "--key", "missing", "object"]).0, 2);
    let place = Place::new("[providers.kms]\n");
    let (code, error) = place.fails(&["serve"]);
    assert!(code == 1 && error.contains("there is no provider `kms`; this program has: aws-kms, "), "{error}");
}

#[test]
fn what_only_reads_makes_nothing() {
    let place = Place::with_files();
    let reading = [
        &["audit", "verify"][..],
        &["audit", "list"],
        &["keys", "list"],
        &["keys", "show", "acme/c2pa"],
        &["token", "list"],
    ];
    for command in reading {
        let (code, error) = place.fails(command);
        assert!(
            code == 1 && error.contains("there is no database in") && error.contains(&place.path("data")),
            "{error}"
        );
        assert!(!Path::new(&place.path("data")).exists());
    }
    place.ok(&["keys", "create", "acme/c2pa"]);
    // A copy that nobody may write to: as root the mode does not matter, and this shows less.
    std::fs::create_dir(place.path("copy")).unwrap();
    std::fs::copy(place.path("data/splitsign.sqlite"), place.path("copy/splitsign.sqlite")).unwrap();
    let set = |mode| std::fs::set_permissions(place.path("copy"), std::fs::Permissions::from_mode(mode)).unwrap();
    set(0o500);
    for command in reading {
        place.ok(&[command, &["--data", "copy"]].concat());
    }
    set(0o700);
}

#[test]
fn a_secret_that_was_typed_is_not_repeated() {
    let place = Place::new("[providers.file]\npassphrase = \"hunter2\"\n");
    let typed = place.fails(&["keys", "create", "acme/c2pa"]);
    let place = Place::new("");
    let mut command = place.command(&["keys", "create", "acme/c2pa"]);
    let output = command.env("SPLITSIGN__PROVIDERS__FILE__PASSPHRASE", "hunter2").output().unwrap();
    let set = (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap());
    let mut command = place.command(&["keys", "create", "acme/c2pa"]);
    let output = command.env("SPLITSIGN__PROVIDERS__FILE", "hunter2").output().unwrap();
    let section = String::from_utf8(output.stderr).unwrap();
    assert!(!section.contains("hunter2") && section.contains("[providers.file]"), "{section}");
    for (code, error) in [typed, set] {
        assert!(code == 1 && !error.contains("hunter2"), "{error}");
        assert!(error.contains("{ file = ") && error.contains("{ env = "), "{error}");
    }
}

/// `kill -9` while the provider is being asked: the endpoint of this AWS takes connections and never answers.
#[tokio::test]
async fn a_kill_between_intent_and_outcome_shows_after_the_restart() {
    let endpoint = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let providers = format!(
        // No probe: it would have an intent of its own.
        "[health]\nprobe_interval_ms = 0\n[providers.aws-kms]\nregion = \"eu-central-1\"\nendpoint_url = \"http://{}\"\n",
        endpoint.local_addr().unwrap()
    );
    let place = Place::new(&providers);
    let token = prepare(Path::new(&place.path("data"))).await;
    let mut server = place.serve();
    let (url, text) = (format!("{}/v1/sign", server.url), support::body("x").to_string());
    // Fails if another test was first.
    drop(rustls::crypto::ring::default_provider().install_default());
    let request =
        reqwest::Client::new().post(url).bearer_auth(&token).header("Content-Type", "application/json").body(text);
    let lost = tokio::spawn(request.send());
    let called = endpoint.accept().await.unwrap();
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    assert!(lost.await.unwrap().is_err());
    drop(called);
    assert_eq!(
        place.ok(&["audit", "list", "--unresolved"]).lines().count(),
        1,
        "the command line leaves intents alone"
    );
    let server = place.serve();
    let health = place.run(&["health", "--url", &server.url]);
    assert!(String::from_utf8(health.stdout).unwrap().contains("unresolved  1\n"));
    let unresolved = place.ok(&["audit", "list", "--unresolved"]);
    assert!(unresolved.lines().nth(1).unwrap().contains("acme/c2pa"), "{unresolved}");
    place.ok(&["audit", "verify"]);
    drop(endpoint);
}

/// A key that is at `aws-kms`, as the record says, and a token for it.
async fn prepare(data: &Path) -> String {
    let clock = SystemClock::start();
    let storage = Storage::open(&storage::Config { directory: data.to_owned() }, &clock).await.unwrap();
    let provider: Arc<TestProvider> = TestProvider::new();
    let keys = Keys::new(storage.clone(), splitsign_signer::keys::Config::default());
    let id = "acme/c2pa".parse().unwrap();
    let new = NewKeyVersion { id, provider: "aws-kms".to_owned(), existing: None, next_version: false };
    keys.create(new, &*provider, &clock).await.unwrap();
    let reference =
        KeyReference::new("awskms:///arn:aws:kms:eu-central-1:000000000000:key/00000000-0000-0000-0000-000000000000");
    let mut connection =
        <sqlx::SqliteConnection as sqlx::Connection>::connect(data.join("splitsign.sqlite").to_str().unwrap())
            .await
            .unwrap();
    sqlx::query("UPDATE key_versions SET reference = ?")
        .bind(reference.as_str())
        .execute(&mut connection)
        .await
        .unwrap();
    let new =
        NewToken { tenant: "acme".parse().unwrap(), scope: KeyScope::All, label: String::new(), expires_at: None };
    let token = Tokens::new(storage.clone()).create(new, clock.now()).await.unwrap().reveal().to_string();
    storage.close().await;
    token
}
