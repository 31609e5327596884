//! The real binary: `splitsign c2pa-signer`, and what its service writes into its log.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use splitsign_core::digest::Sha256;
use splitsign_core::ecdsa::{PublicKey, Signature};
use splitsign_signer::encoding::from_base64_standard;

use super::tbs;

/// A service with the key `acme/photos`, a log that says everything, and its command line.
struct Place {
    directory: tempfile::TempDir,
    url: String,
    token: String,
    child: Option<Child>,
}

impl Place {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let passphrase = directory.path().join("passphrase");
        std::fs::File::create(&passphrase).unwrap().write_all(b"correct horse battery staple").unwrap();
        std::fs::set_permissions(&passphrase, std::fs::Permissions::from_mode(0o600)).unwrap();
        let mut place = Self { directory, url: String::new(), token: String::new(), child: None };
        place.ok(&["keys", "create", "acme/photos"]);
        place.token = place.ok(&["token", "create", "--tenant", "acme", "--key", "acme/photos"]).trim().to_owned();
        let log = std::fs::File::create(place.log()).unwrap();
        let mut serve = place.command(&["serve"]);
        let mut child = serve.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        place.child = Some(child);
        place.url = line.trim().strip_prefix("listening on ").expect("the first line has the address").to_owned();
        place
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_splitsign"));
        command
            .current_dir(self.directory.path())
            .env("SPLITSIGN__STORAGE__DIRECTORY", self.directory.path().join("data"))
            .env("SPLITSIGN__PROVIDERS__FILE__PASSPHRASE__FILE", self.directory.path().join("passphrase"))
            .env("SPLITSIGN__PROVIDERS__FILE__SCRYPT_LOG_N", "1")
            .env("SPLITSIGN__SERVER__LISTEN", "127.0.0.1:0")
            .env("SPLITSIGN__TELEMETRY__LOG_LEVEL", "trace")
            .env("SPLITSIGN__DROPINS__C2PA", "true")
            .args(arguments);
        command
    }

    #[track_caller]
    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// As c2patool calls it: URL, token and key from the environment, `input` on standard input.
    fn signer(&self, arguments: &[&str], environment: &[(&str, &str)], input: &[u8]) -> Output {
        let mut command = self.command(&["c2pa-signer"]);
        command.args(arguments).env("SPLITSIGN_URL", &self.url).env("SPLITSIGN_TOKEN", &self.token);
        command.env("SPLITSIGN_KEY", "acme/photos").envs(environment.iter().copied());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Fails if the program has said no before it read anything.
        drop(child.stdin.take().unwrap().write_all(input));
        child.wait_with_output().unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

#[test]
fn the_subprocess_signer_prints_64_bytes_that_verify_or_nothing() {
    let place = Place::start();
    let pem = place.ok(&["keys", "show", "acme/photos", "--public-key"]);
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let key = PublicKey::from_spki(&from_base64_standard(&body).unwrap()).unwrap();
    // c2patool appends these where certificate and algorithm are in its settings.
    for arguments in [&[][..], &["--reserve-size", "20000", "--alg", "es256"]] {
        let done = place.signer(arguments, &[], &tbs(b"claim"));
        assert!(done.status.success(), "{done:?}");
        let signature = Signature::from_raw(&done.stdout).unwrap();
        key.verify_digest(&Sha256::digest(&tbs(b"claim")), &signature).unwrap();
    }
    let too_large = tbs(b"x").repeat(100_000);
    for (arguments, environment, input) in [
        (&[][..], &[][..], &b""[..]),
        (&[], &[], b"eyJhbGciOiJFUzI1NiJ9.e30"),
        (&[], &[], &too_large),
        (&["--alg", "ps256"], &[], &tbs(b"x")),
        (&["--key", "acme/none"], &[], &tbs(b"x")),
        (&["--key", "none"], &[], &tbs(b"x")),
        (&[], &[("SPLITSIGN_TOKEN", "sst_0000000000000000_AAAA")], &tbs(b"x")),
        (&[], &[("SPLITSIGN_TOKEN", "")], &tbs(b"x")),
        (&[], &[("SPLITSIGN_URL", "http://127.0.0.1:1")], &tbs(b"x")),
        (&["--signer-info"], &[("SPLITSIGN_TOKEN", "")], b""),
    ] {
        let done = place.signer(arguments, environment, input);
        assert!(!done.status.success() && done.stdout.is_empty() && !done.stderr.is_empty(), "{arguments:?}: {done:?}");
        assert!(!String::from_utf8_lossy(&done.stderr).contains(&place.token));
    }
}

#[test]
fn signer_info_has_the_chain_leaf_first_and_a_size() {
    let place = Place::start();
    let info = |arguments: &[&str]| -> Value {
        let done = place.signer(&[&["--signer-info"], arguments].concat(), &[], b"");
        assert!(done.status.success(), "{done:?}");
        serde_json::from_slice(&done.stdout).unwrap()
    };
    let plain = info(&[]);
    assert_eq!(plain["alg"], "es256");
    assert_eq!(plain["sign_cert"], place.ok(&["keys", "show", "acme/photos", "--certificates"]));
    assert!(plain.get("tsa_url").is_none());
    let with_tsa = info(&["--tsa-url", "http://127.0.0.1:9/tsa"]);
    assert_eq!(with_tsa["tsa_url"], "http://127.0.0.1:9/tsa");
    assert!(with_tsa["reserve_size"].as_u64() > plain["reserve_size"].as_u64());
    assert_eq!(info(&["--reserve-size", "30000"])["reserve_size"], 30000);
}

/// The most talkative log there is has the path of a request and never what stands behind the question mark.
#[test]
fn the_token_in_a_url_is_never_logged() {
    let place = Place::start();
    let made: Value = serde_json::from_str(&place.ok(&["token", "create", "--c2pa", "acme/photos", "--json"])).unwrap();
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("ssc_"));
    // The secret itself may have an underscore in it.
    let secret = token.splitn(3, '_').nth(2).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let post = |path: &str, body: Vec<u8>| {
        let url = format!("{}{path}?token={token}", place.url);
        runtime.block_on(async { reqwest::Client::new().post(url).body(body).send().await.unwrap().status().as_u16() })
    };
    drop(rustls::crypto::ring::default_provider().install_default());
    assert_eq!(post("/c2pa/v1/acme/photos/sign", tbs(b"x")), 200);
    assert_eq!(post("/c2pa/v1/acme/photos/sign", b"no".to_vec()), 400);
    assert_eq!(post("/c2pa/v1/acme/none/sign", tbs(b"x")), 404);
    assert_eq!(post("/c2pa/v2/acme/photos/sign", tbs(b"x")), 404);
    assert_eq!(post("/somewhere/else", tbs(b"x")), 404);
    let list = place.ok(&["token", "list"]);
    assert!(list.contains("c2pa-url") && !list.contains(secret), "{list}");
    place.ok(&["token", "revoke", made["id"].as_str().unwrap()]);
    assert_eq!(post("/c2pa/v1/acme/photos/sign", tbs(b"x")), 401);
    let log = std::fs::read_to_string(place.log()).unwrap();
    assert!(log.contains("/c2pa/v1/acme/photos/sign"), "the log does say something");
    assert!(!log.contains(secret) && !log.contains("token=ssc"), "the token is in the log");
}
