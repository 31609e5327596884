//! Against OpenBao itself, in memory, with its audit device on. It runs where `SPLITSIGN_OPENBAO` names its program.

use core::time::Duration;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use splitsign_core::digest::{Sha256, Sha256Digest};
use tokio::process::{Child, Command};

use super::{config, provider};
use crate::providers::contract::{self, Answer, ContractServer, Fixture};
use crate::providers::secret::SecretReference;
use crate::providers::vault::{Approle, Auth, Config, Kubernetes};
use crate::providers::{ErrorClass, KeyReference, NewKey, Provider};

/// Starts in half a second; machines that build beside it take longer.
const START_LIMIT: Duration = Duration::from_secs(60);
/// What a session waits at least between two logins.
const PAUSE: Duration = Duration::from_millis(1100);

/// A server of its own for each test; killed when dropped.
struct OpenBao {
    address: String,
    client: reqwest::Client,
    directory: tempfile::TempDir,
    _process: Child,
}

impl OpenBao {
    async fn start() -> Option<Self> {
        let bao = Self::start_with(&[]).await?;
        bao.root(Method::POST, "sys/mounts/transit", json!({ "type": "transit" })).await;
        Some(bao)
    }

    /// `None`, and a loud line, where there is none.
    async fn start_with(arguments: &[&str]) -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "what xtask hands to tests is in the environment")]
        let Some(program) = std::env::var_os("SPLITSIGN_OPENBAO") else {
            contract::skipped("vault against OpenBao; set SPLITSIGN_OPENBAO to its program");
            return None;
        };
        drop(rustls::crypto::ring::default_provider().install_default());
        // Free now, as is the next one, which it takes too; should somebody else be faster, others are tried.
        for _ in 0..10 {
            let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let directory = tempfile::tempdir().unwrap();
            let audit = directory.path().join("audit.hcl");
            let log = directory.path().join("audit.log");
            let text = format!("audit \"file\" \"log\" {{ options {{ file_path = \"{}\" }} }}", log.display());
            std::fs::File::create(&audit).unwrap().write_all(text.as_bytes()).unwrap();
            let mut process = Command::new(&program)
                .env_clear()
                .env("HOME", directory.path())
                .args(["server", "-dev", "-dev-no-store-token", "-dev-root-token-id=root"])
                .arg(format!("-dev-listen-address=127.0.0.1:{port}"))
                .arg(format!("-config={}", audit.display()))
                .args(arguments)
                .current_dir(directory.path())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .kill_on_drop(true)
                .spawn()
                .unwrap();
            let scheme = if arguments.contains(&"-dev-tls") { "https" } else { "http" };
            let address = format!("{scheme}://127.0.0.1:{port}");
            let client = reqwest::Client::builder().no_proxy().tls_danger_accept_invalid_certs(true).build().unwrap();
            let started = tokio::time::timeout(START_LIMIT, async {
                let health = format!("{address}/v1/sys/health");
                while !client.get(&health).send().await.is_ok_and(|answer| answer.status() == 200) {
                    if process.try_wait().unwrap().is_some() {
                        return false;
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                true
            });
            if started.await.expect("OpenBao answers in time") {
                return Some(Self { address, client, directory, _process: process });
            }
        }
        panic!("OpenBao ends as soon as it is started");
    }

    /// What its operator does; must succeed.
    async fn root(&self, method: Method, path: &str, body: Value) -> Value {
        self.root_in("", method, path, body).await
    }

    async fn root_in(&self, namespace: &str, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}/v1/{path}", self.address);
        let request = self.client.request(method, url).header("X-Vault-Token", "root");
        let answer = request.header("X-Vault-Namespace", namespace).json(&body).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    async fn key(&self, name: &str, kind: &str) {
        self.root(Method::POST, &format!("transit/keys/{name}"), json!({ "type": kind })).await;
    }

    async fn configure(&self, name: &str, settings: Value) {
        self.root(Method::POST, &format!("transit/keys/{name}/config"), settings).await;
    }

    /// A secret in a file that nobody else may read.
    fn secret(&self, name: &str, secret: &str) -> SecretReference {
        let path = self.directory.path().join(name);
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&path).unwrap();
        file.write_all(secret.as_bytes()).unwrap();
        SecretReference::File(path)
    }

    fn as_root(&self) -> Config {
        config(&self.address, Auth::Token(self.secret("root-token", "root\n")))
    }

    async fn provider(&self) -> Arc<dyn Provider> {
        provider(&self.as_root()).await
    }

    /// A token with these policies, in the file `token`.
    async fn token(&self, options: Value) -> SecretReference {
        let answer = self.root(Method::POST, "auth/token/create", options).await;
        self.secret("token", answer["auth"]["client_token"].as_str().unwrap())
    }

    /// AppRole with the policy of `may_sign`, and tokens with these options.
    async fn approle(&self, mut options: Value) -> Auth {
        self.may_sign("acme").await;
        self.root(Method::POST, "sys/auth/approle", json!({ "type": "approle" })).await;
        options["token_policies"] = "signer".into();
        self.root(Method::POST, "auth/approle/role/signer", options).await;
        let role = self.root(Method::GET, "auth/approle/role/signer/role-id", Value::Null).await;
        let secret = self.root(Method::POST, "auth/approle/role/signer/secret-id", json!({})).await;
        Auth::Approle(Approle {
            role_id: role["data"]["role_id"].as_str().unwrap().to_owned(),
            secret_id: self.secret("secret-id", secret["data"]["secret_id"].as_str().unwrap()),
            mount: "approle".to_owned(),
        })
    }

    /// The policy `signer`, word for word as the guide has it.
    async fn may_sign(&self, name: &str) {
        let policy = format!(
            "path \"transit/sign/{name}\" {{ capabilities = [\"update\"] }}\npath \"transit/keys/{name}\" {{ \
             capabilities = [\"read\"] }}\n"
        );
        self.root(Method::PUT, "sys/policies/acl/signer", json!({ "policy": policy })).await;
    }

    /// How often its audit log has a request to a path.
    fn requests(&self, path: &str) -> usize {
        let log = std::fs::read_to_string(self.directory.path().join("audit.log")).unwrap();
        let entries = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        entries.filter(|entry| entry["type"] == "request" && entry["request"]["path"] == path).count()
    }
}

fn at(text: &str) -> KeyReference {
    KeyReference::new(format!("hashivault://{text}"))
}

fn digest() -> Sha256Digest {
    Sha256::digest(b"digest")
}

/// Signs, and has the core and openssl check it against what is described.
async fn signs(provider: &Arc<dyn Provider>, reference: &KeyReference) {
    let described = provider.describe_key(reference).await.unwrap();
    let signature = provider.sign_digest(reference, &digest()).await.unwrap();
    described.public_key.verify_digest(&digest(), &signature).unwrap();
    contract::openssl_verifies(&described.public_key, &digest(), &signature);
}

async fn refused(provider: &Arc<dyn Provider>, reference: &KeyReference, class: ErrorClass, remedy: &str) {
    for error in [
        provider.sign_digest(reference, &digest()).await.unwrap_err(),
        provider.describe_key(reference).await.unwrap_err(),
    ] {
        assert_eq!(error.class(), class, "{error}");
        assert!(error.message().contains(remedy), "{error}");
        assert!(error.message().contains(reference.as_str()), "{error}");
    }
}

#[tokio::test]
async fn behaves_as_every_provider() {
    let Some(bao) = OpenBao::start().await else { return };
    contract::holds(&Fixture {
        provider: bao.provider().await,
        unknown: ["none", "none/versions/1", "splitsign-acme_contract/versions/99"].map(at).into(),
        malformed: ["", "acme", "hashivault://", "hashivault://a/b", "file:acme/c2pa/1"].map(KeyReference::new).into(),
        has_chain: false,
    })
    .await;
    assert!(bao.requests("transit/sign/splitsign-acme_contract") > 100, "the audit device is on");
}

#[tokio::test]
async fn a_rotation_never_changes_the_key_under_a_version() {
    let Some(bao) = OpenBao::start().await else { return };
    let provider = bao.provider().await;
    let new = |version| NewKey { key_id: "acme/c2pa".to_owned(), version };
    let first = provider.create_key(&new(1)).await.unwrap();
    assert_eq!(first.reference, at("splitsign-acme_c2pa/versions/1"));

    // By the operator, behind our back.
    bao.root(Method::POST, "transit/keys/splitsign-acme_c2pa/rotate", json!({})).await;
    let signature = provider.sign_digest(&first.reference, &digest()).await.unwrap();
    first.public_key.verify_digest(&digest(), &signature).unwrap();
    let latest = provider.describe_key(&at("splitsign-acme_c2pa")).await.unwrap();
    assert_eq!(latest.reference, at("splitsign-acme_c2pa/versions/2"));
    signs(&provider, &at("splitsign-acme_c2pa")).await;

    // By us: the numbers need not agree, as the reference has that of Transit.
    let second = provider.create_key(&new(2)).await.unwrap();
    assert_eq!(second.reference, at("splitsign-acme_c2pa/versions/3"));
    for reference in [&first.reference, &latest.reference, &second.reference] {
        signs(&provider, reference).await;
    }
}

#[tokio::test]
async fn the_first_version_is_never_a_key_that_was_there() {
    let Some(bao) = OpenBao::start().await else { return };
    let provider = bao.provider().await;
    bao.key("splitsign-acme_c2pa", "ecdsa-p256").await;
    let new = |key_id: &str, version| NewKey { key_id: key_id.to_owned(), version };
    let error = provider.create_key(&new("acme/c2pa", 1)).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Invalid);
    assert!(
        error.message().contains("adopt") && error.message().contains("hashivault://splitsign-acme_c2pa"),
        "{error}"
    );
    assert_eq!(
        provider.describe_key(&at("splitsign-acme_c2pa")).await.unwrap().reference,
        at("splitsign-acme_c2pa/versions/1")
    );

    // A later version where the first was adopted from elsewhere: a new key.
    let made = provider.create_key(&new("acme/other", 2)).await.unwrap();
    assert_eq!(made.reference, at("splitsign-acme_other/versions/1"));
    // A key of another kind is not rotated.
    bao.key("splitsign-acme_rsa", "rsa-2048").await;
    assert_eq!(provider.create_key(&new("acme/rsa", 2)).await.unwrap_err().class(), ErrorClass::Invalid);
}

#[tokio::test]
async fn versions_below_a_minimum_are_denied_and_the_others_sign() {
    let Some(bao) = OpenBao::start().await else { return };
    let provider = bao.provider().await;
    bao.key("acme", "ecdsa-p256").await;
    bao.root(Method::POST, "transit/keys/acme/rotate", json!({})).await;
    let first = at("acme/versions/1");
    bao.configure("acme", json!({ "min_encryption_version": 2 })).await;
    refused(&provider, &first, ErrorClass::Denied, "min_encryption_version").await;
    bao.configure("acme", json!({ "min_encryption_version": 0, "min_decryption_version": 2 })).await;
    refused(&provider, &first, ErrorClass::Denied, "min_decryption_version").await;
    signs(&provider, &at("acme/versions/2")).await;
    refused(&provider, &at("acme/versions/3"), ErrorClass::NotFound, "no such version").await;
    // What was lowered again, signs again.
    bao.configure("acme", json!({ "min_decryption_version": 1 })).await;
    signs(&provider, &first).await;
}

#[tokio::test]
async fn keys_that_are_deleted_say_so() {
    let Some(bao) = OpenBao::start().await else { return };
    let provider = bao.provider().await;
    bao.key("acme", "ecdsa-p256").await;
    bao.root(Method::DELETE, "transit/keys/acme/soft-delete", Value::Null).await;
    refused(&provider, &at("acme/versions/1"), ErrorClass::Denied, "soft-delete-restore").await;
    bao.root(Method::POST, "transit/keys/acme/soft-delete-restore", json!({})).await;
    signs(&provider, &at("acme/versions/1")).await;
    bao.configure("acme", json!({ "deletion_allowed": true })).await;
    bao.root(Method::DELETE, "transit/keys/acme", Value::Null).await;
    refused(&provider, &at("acme/versions/1"), ErrorClass::NotFound, "no such key").await;
}

#[tokio::test]
async fn keys_of_another_kind_are_invalid() {
    let Some(bao) = OpenBao::start().await else { return };
    let provider = bao.provider().await;
    for kind in ["aes256-gcm96", "ecdsa-p384", "ed25519", "rsa-2048"] {
        bao.key(kind, kind).await;
        let error = provider.describe_key(&at(kind)).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Invalid, "{kind}: {error}");
        assert!(error.message().contains("ecdsa-p256"), "{error}");
        // Transit signs with some of these; what it makes is not used.
        provider.sign_digest(&at(&format!("{kind}/versions/1")), &digest()).await.unwrap_err();
    }
}

#[tokio::test]
async fn what_a_policy_lacks_is_named() {
    let Some(bao) = OpenBao::start().await else { return };
    bao.key("acme", "ecdsa-p256").await;
    bao.key("other", "ecdsa-p256").await;
    let auth = bao.approle(json!({})).await;
    let provider = provider(&config(&bao.address, auth)).await;
    signs(&provider, &at("acme/versions/1")).await;

    tokio::time::sleep(PAUSE).await;
    let error = provider.sign_digest(&at("other/versions/1"), &digest()).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Denied);
    let policy = "path \"transit/sign/other\" { capabilities = [\"update\"] }";
    assert!(error.message().contains(policy), "{error}");
    let error = provider.describe_key(&at("other")).await.unwrap_err();
    assert!(error.message().contains("path \"transit/keys/other\" { capabilities = [\"read\"] }"), "{error}");
    let new = NewKey { key_id: "acme/new".to_owned(), version: 1 };
    assert_eq!(provider.create_key(&new).await.unwrap_err().class(), ErrorClass::Denied);
    assert_eq!(bao.requests("auth/approle/login"), 1, "a login does not help against a policy");
}

#[tokio::test]
async fn what_the_guide_permits_suffices_to_create_and_rotate() {
    let Some(bao) = OpenBao::start().await else { return };
    let guide = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guides/vault.md")).unwrap();
    let policy = guide.split_once("```hcl\n").unwrap().1.split_once("```").unwrap().0;
    bao.root(Method::PUT, "sys/policies/acl/guide", json!({ "policy": policy })).await;
    let options = json!({ "policies": ["guide"], "no_default_policy": true, "period": "1h" });
    let token = bao.token(options).await;
    let provider = provider(&config(&bao.address, Auth::Token(token))).await;
    let new = |version| NewKey { key_id: "acme/c2pa".to_owned(), version };
    for version in [1, 2] {
        let made = provider.create_key(&new(version)).await.unwrap();
        signs(&provider, &made.reference).await;
    }
}

#[tokio::test]
async fn a_token_is_renewed_and_replaced_before_it_ends() {
    let Some(bao) = OpenBao::start().await else { return };
    bao.key("acme", "ecdsa-p256").await;
    let auth = bao.approle(json!({ "token_ttl": "2s", "token_max_ttl": "5s" })).await;
    let provider = provider(&config(&bao.address, auth)).await;
    for _ in 0..16 {
        provider.sign_digest(&at("acme/versions/1"), &digest()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    assert!(bao.requests("auth/token/renew-self") >= 2, "half of its life over, it is renewed");
    assert_eq!(bao.requests("auth/approle/login"), 2, "at the end of the maximal life, another login");
    assert_eq!(bao.requests("auth/token/lookup-self"), 0, "nothing was denied");

    // Asleep for longer than a life.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    provider.sign_digest(&at("acme/versions/1"), &digest()).await.unwrap();
    assert_eq!(bao.requests("auth/approle/login"), 3);
}

#[tokio::test]
async fn a_token_that_was_revoked_is_replaced_once() {
    let Some(bao) = OpenBao::start().await else { return };
    bao.key("acme", "ecdsa-p256").await;
    let auth = bao.approle(json!({})).await;
    let provider = provider(&config(&bao.address, auth)).await;
    signs(&provider, &at("acme/versions/1")).await;
    tokio::time::sleep(PAUSE).await;
    bao.root(Method::POST, "sys/leases/revoke-prefix/auth/approle", json!({})).await;
    signs(&provider, &at("acme/versions/1")).await;
    assert_eq!(bao.requests("auth/approle/login"), 2);

    // Without its role, the login is what is refused.
    tokio::time::sleep(PAUSE).await;
    bao.root(Method::DELETE, "auth/approle/role/signer", Value::Null).await;
    bao.root(Method::POST, "sys/leases/revoke-prefix/auth/approle", json!({})).await;
    let error = provider.sign_digest(&at("acme/versions/1"), &digest()).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Denied);
    assert!(error.message().contains("auth/approle/login") && error.message().contains("secret id"), "{error}");
}

#[tokio::test]
async fn a_token_in_a_file_is_read_again_when_it_is_not_known_any_more() {
    let Some(bao) = OpenBao::start().await else { return };
    bao.key("acme", "ecdsa-p256").await;
    bao.may_sign("acme").await;
    let options = json!({ "policies": ["signer"], "ttl": "1h" });
    let provider = provider(&config(&bao.address, Auth::Token(bao.token(options.clone()).await))).await;
    signs(&provider, &at("acme/versions/1")).await;
    tokio::time::sleep(PAUSE).await;
    let first = std::fs::read_to_string(bao.directory.path().join("token")).unwrap();
    bao.root(Method::POST, "auth/token/revoke", json!({ "token": first })).await;
    let error = provider.sign_digest(&at("acme/versions/1"), &digest()).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Denied, "it is the same token still");
    tokio::time::sleep(PAUSE).await;
    bao.token(options).await;
    signs(&provider, &at("acme/versions/1")).await;
}

#[tokio::test]
async fn a_service_account_of_kubernetes_logs_in() {
    let certificates = tempfile::tempdir().unwrap();
    let Some((bao, ca)) = with_tls(&certificates).await else { return };
    bao.root(Method::POST, "sys/mounts/transit", json!({ "type": "transit" })).await;
    bao.key("acme", "ecdsa-p256").await;
    bao.may_sign("acme").await;
    // What the API server of a cluster says of the one token that it knows.
    let review = json!({
        "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
        "status": { "authenticated": true, "audiences": ["https://kubernetes.default.svc"], "user": {
            "username": "system:serviceaccount:signing:splitsign", "uid": "1234-5678",
            "groups": ["system:serviceaccounts"],
        } },
    });
    let cluster = ContractServer::start(move |_| Answer::json(201, review.clone())).await;
    let path: PathBuf = bao.directory.path().join("jwt");
    std::fs::File::create(&path).unwrap().write_all(service_account_token().as_bytes()).unwrap();
    bao.root(Method::POST, "sys/auth/kubernetes", json!({ "type": "kubernetes" })).await;
    let settings = json!({
        "kubernetes_host": cluster.url, "disable_local_ca_jwt": true,
        // Any one: it must be there, and the cluster here speaks no TLS.
        "kubernetes_ca_cert": std::fs::read_to_string(&ca).unwrap(),
    });
    bao.root(Method::POST, "auth/kubernetes/config", settings).await;
    let role = json!({
        "bound_service_account_names": "splitsign", "bound_service_account_namespaces": "signing",
        "token_policies": "signer",
    });
    bao.root(Method::POST, "auth/kubernetes/role/signer", role).await;
    let by = |role: &str| {
        let (role, mount) = (role.to_owned(), "kubernetes".to_owned());
        let auth = Auth::Kubernetes(Kubernetes { role, jwt_file: path.clone(), mount });
        Config { ca_certificate: Some(ca.clone()), ..config(&bao.address, auth) }
    };
    let allowed = provider(&by("signer")).await;
    signs(&allowed, &at("acme/versions/1")).await;

    let error = provider(&by("none")).await.describe_key(&at("acme")).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Denied);
    assert!(error.message().contains("auth/kubernetes/login"), "{error}");
}

/// One in form: that it is genuine, says the cluster.
fn service_account_token() -> String {
    let part = |claims: Value| crate::encoding::base64url(claims.to_string().as_bytes());
    let claims = json!({
        "iss": "https://kubernetes.default.svc", "sub": "system:serviceaccount:signing:splitsign",
        "aud": ["https://kubernetes.default.svc"], "nbf": 1_700_000_000_u64, "exp": 4_000_000_000_u64,
        "kubernetes.io": { "namespace": "signing", "serviceaccount": { "name": "splitsign", "uid": "1234-5678" } },
    });
    let header = part(json!({ "alg": "ES256", "typ": "JWT" }));
    format!("{header}.{}.{}", part(claims), crate::encoding::base64url(&[1; 64]))
}

#[tokio::test]
async fn a_key_is_in_its_namespace() {
    let Some(bao) = OpenBao::start().await else { return };
    bao.root(Method::POST, "sys/namespaces/team", json!({})).await;
    bao.root_in("team", Method::POST, "sys/mounts/team/transit", json!({ "type": "transit" })).await;
    bao.root_in("team", Method::POST, "team/transit/keys/acme", json!({ "type": "ecdsa-p256" })).await;
    let here = Config { mount: "team/transit".to_owned(), ..bao.as_root() };
    refused(&provider(&here).await, &at("acme/versions/1"), ErrorClass::NotFound, "providers.vault.namespace").await;
    let there = Config { namespace: Some("team".to_owned()), ..here.clone() };
    signs(&provider(&there).await, &at("acme/versions/1")).await;
    let nowhere = Config { namespace: Some("none".to_owned()), ..here };
    refused(&provider(&nowhere).await, &at("acme/versions/1"), ErrorClass::NotFound, "providers.vault.namespace").await;
}

#[tokio::test]
async fn a_rate_limit_quota_throttles_and_says_for_how_long() {
    let Some(bao) = OpenBao::start().await else { return };
    bao.key("acme", "ecdsa-p256").await;
    bao.root(Method::POST, "sys/quotas/config", json!({ "enable_rate_limit_response_headers": true })).await;
    let quota = json!({ "rate": 1, "interval": "60s", "path": "transit/" });
    bao.root(Method::POST, "sys/quotas/rate-limit/transit", quota).await;
    let provider = bao.provider().await;
    let reference = at("acme/versions/1");
    provider.sign_digest(&reference, &digest()).await.unwrap();
    let error = provider.sign_digest(&reference, &digest()).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Throttled, "{error}");
    assert!(error.message().contains("sys/quotas/rate-limit"), "{error}");
    assert!(error.retry_after().is_some_and(|pause| pause <= Duration::from_secs(60)), "{error:?}");
}

#[tokio::test]
async fn a_sealed_vault_is_unavailable() {
    let Some(bao) = OpenBao::start().await else { return };
    bao.key("acme", "ecdsa-p256").await;
    let provider = bao.provider().await;
    signs(&provider, &at("acme/versions/1")).await;
    bao.root(Method::PUT, "sys/seal", Value::Null).await;
    refused(&provider, &at("acme/versions/1"), ErrorClass::Unavailable, "unseal it").await;
}

/// A server that speaks TLS, and its authority.
async fn with_tls(certificates: &tempfile::TempDir) -> Option<(OpenBao, PathBuf)> {
    let place = format!("-dev-tls-cert-dir={}", certificates.path().display());
    let bao = OpenBao::start_with(&["-dev-tls", &place]).await?;
    let mut files = std::fs::read_dir(certificates.path()).unwrap().map(|entry| entry.unwrap().path());
    Some((bao, files.find(|path| path.to_string_lossy().ends_with("ca.pem")).unwrap()))
}

#[tokio::test]
async fn only_the_authority_that_was_named_may_vouch_for_vault() {
    let certificates = tempfile::tempdir().unwrap();
    let Some((bao, ca)) = with_tls(&certificates).await else { return };
    bao.root(Method::POST, "sys/mounts/transit", json!({ "type": "transit" })).await;
    bao.key("acme", "ecdsa-p256").await;
    let named = Config { ca_certificate: Some(ca), ..bao.as_root() };
    signs(&provider(&named).await, &at("acme/versions/1")).await;
    let unnamed = provider(&Config { ca_certificate: None, ..named }).await;
    let error = unnamed.describe_key(&at("acme/versions/1")).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Unavailable);
    assert!(error.message().contains("ca_certificate"), "{error}");
}
