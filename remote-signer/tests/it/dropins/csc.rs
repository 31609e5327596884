//! `/csc/v2/…`, over keys in files, which have certificates.

use alloc::sync::Arc;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};
use splitsign_core::digest::Sha256;
use splitsign_core::ecdsa::Signature;
use splitsign_signer::app::{StartError, build_provider};
use splitsign_signer::auth::{NewToken, Tokens};
use splitsign_signer::clock::{Clock as _, SystemClock};
use splitsign_signer::config::Config;
use splitsign_signer::encoding::{base64_standard, from_base64_standard};
use splitsign_signer::identity::KeyScope;
use splitsign_signer::keys::{Keys, NewKeyVersion};
use splitsign_signer::storage::Storage;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::support::Reply;

const ALGORITHM: &str = "1.2.840.10045.4.3.2";
const SHA256: &str = "2.16.840.1.101.3.4.2.1";

/// A service with the keys `acme/pdf`, `acme/other` and `umbrella/pdf`, and a token for `acme/pdf`.
struct Service {
    url: String,
    /// Names its key.
    token: String,
    config: Config,
    storage: Storage,
    client: reqwest::Client,
    _task: JoinHandle<Result<(), StartError>>,
    _directory: tempfile::TempDir,
}

async fn start() -> Service {
    let directory = tempfile::tempdir().unwrap();
    let passphrase = directory.path().join("passphrase");
    std::fs::File::create(&passphrase).unwrap().write_all(b"correct horse battery staple").unwrap();
    std::fs::set_permissions(&passphrase, std::fs::Permissions::from_mode(0o600)).unwrap();
    let config: Config = toml::from_str(&format!(
        "[storage]\ndirectory = {:?}\n[dropins]\ncsc = true\n\
         [providers.file]\npassphrase = {{ file = {passphrase:?} }}\nscrypt_log_n = 1",
        directory.path().join("data")
    ))
    .unwrap();
    let app = config.clone().build(Arc::new(SystemClock::start())).await.unwrap();
    let storage = app.storage().clone();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(app.run(listener));
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = reqwest::Client::new();
    let (token, _directory, _task) = (String::new(), directory, task);
    let mut service = Service { url, token, config, storage, client, _task, _directory };
    for key in ["acme/pdf", "acme/other", "umbrella/pdf"] {
        service.create(key, false).await;
    }
    service.token = service.token_for("acme", &["acme/pdf"]).await;
    service
}

impl Service {
    async fn create(&self, key: &str, next_version: bool) {
        let provider = build_provider(&self.config, "file").await.unwrap();
        let new = NewKeyVersion { id: key.parse().unwrap(), provider: "file".into(), existing: None, next_version };
        let keys = Keys::new(self.storage.clone(), self.config.keys.clone());
        keys.create(new, &*provider, &SystemClock::start()).await.unwrap();
    }

    /// For these keys; for all if there are none.
    async fn token_for(&self, tenant: &str, keys: &[&str]) -> String {
        let only = || KeyScope::Only(keys.iter().map(|key| key.parse().unwrap()).collect());
        let scope = if keys.is_empty() { KeyScope::All } else { only() };
        let new = NewToken { tenant: tenant.parse().unwrap(), scope, label: String::new(), expires_at: None };
        let tokens = Tokens::new(self.storage.clone());
        tokens.create(new, SystemClock::start().now()).await.unwrap().reveal().to_string()
    }

    async fn ask(&self, token: &str, path: &str, body: &Value) -> Reply {
        Reply::read(self.client.post(format!("{}/csc/v2/{path}", self.url)).bearer_auth(token).json(body)).await
    }

    async fn sign(&self, token: &str, body: &Value) -> Reply {
        self.ask(token, "signatures/signHash", body).await
    }

    async fn authorize(&self, token: &str, body: &Value) -> String {
        let reply = self.ask(token, "credentials/authorize", body).await;
        assert_eq!((reply.status, &reply.body["expiresIn"]), (200, &json!(300)), "{reply:?}");
        reply.body["SAD"].as_str().unwrap().to_owned()
    }

    async fn signed(&self) -> i64 {
        let count = sqlx::query_scalar("SELECT count(*) FROM signings");
        count.fetch_one(self.storage.readers()).await.unwrap()
    }
}

fn hash(text: &str) -> String {
    base64_standard(Sha256::digest(text.as_bytes()).as_bytes())
}

fn wish(hashes: &[&str]) -> Value {
    let hashes: Vec<String> = hashes.iter().map(|text| hash(text)).collect();
    json!({"credentialID": "acme/pdf", "hashes": hashes, "hashAlgorithmOID": SHA256, "signAlgo": ALGORITHM})
}

/// A failure in CSC's form.
#[track_caller]
fn refused(reply: &Reply) -> (u16, &str) {
    assert!(!(200..400).contains(&reply.status) && reply.body["error_description"].is_string(), "{reply:?}");
    assert_eq!(reply.header("content-type"), "application/json");
    (reply.status, reply.body["error"].as_str().unwrap())
}

const INVALID: (u16, &str) = (400, "invalid_request");

#[tokio::test]
async fn hashes_are_signed_in_their_order() {
    let service = start().await;
    let reply = service.sign(&service.token, &wish(&["a", "b", "c"])).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let keys = Keys::new(service.storage.clone(), service.config.keys.clone());
    let key = keys.active_version(&"acme/pdf".parse().unwrap()).await.unwrap().unwrap().public_key;
    let signatures = reply.body["signatures"].as_array().unwrap();
    assert_eq!(signatures.len(), 3);
    for (text, signature) in ["a", "b", "c"].iter().zip(signatures) {
        let der = from_base64_standard(signature.as_str().unwrap()).unwrap();
        key.verify_digest(&Sha256::digest(text.as_bytes()), &Signature::from_der(&der).unwrap()).unwrap();
    }
    assert_eq!(service.signed().await, 3);
}

#[tokio::test]
async fn a_credential_is_described_by_its_certificate() {
    let service = start().await;
    let body = json!({"credentialID": "acme/pdf", "certificates": "chain", "certInfo": true, "authInfo": true});
    let info = service.ask(&service.token, "credentials/info", &body).await.body;
    assert_eq!(
        info["key"],
        json!({"status": "enabled", "algo": [ALGORITHM], "len": 256, "curve": "1.2.840.10045.3.1.7"})
    );
    assert_eq!(
        (&info["SCAL"], &info["multisign"], &info["cert"]["status"]),
        (&json!("1"), &json!(64), &json!("valid"))
    );
    assert_eq!(info["auth"], json!({"mode": "explicit", "expression": "", "objects": []}));
    assert_eq!(info["cert"]["certificates"].as_array().unwrap().len(), 2);
    for (name, part) in [("subjectDN", "CN=acme/pdf"), ("issuerDN", "CN=")] {
        assert!(info["cert"][name].as_str().unwrap().contains(part), "{info}");
    }
    for name in ["validFrom", "validTo"] {
        let time = info["cert"][name].as_str().unwrap();
        assert!(time.len() == 15 && time.starts_with("20") && time.ends_with('Z'), "{time}");
    }
    assert!(info["cert"]["serialNumber"].as_str().unwrap().len() == 32);
    let plain = service.ask(&service.token, "credentials/info", &json!({"credentialID": "acme/pdf:1"})).await.body;
    assert_eq!(plain["cert"]["certificates"].as_array().unwrap().len(), 1);
    assert!(plain["cert"].get("subjectDN").is_none() && plain["auth"] == json!({"mode": "explicit"}));
    let about = Reply::read(service.client.post(format!("{}/csc/v2/info", service.url)).json(&json!({}))).await;
    assert_eq!((about.status, &about.body["specs"]), (200, &json!("2.0.0.2")));
}

#[tokio::test]
async fn a_token_lists_and_uses_its_own_credentials_only() {
    let service = start().await;
    let all = service.token_for("acme", &[]).await;
    for (token, expected) in [(&service.token, json!(["acme/pdf"])), (&all, json!(["acme/other", "acme/pdf"]))] {
        let list = service.ask(token, "credentials/list", &json!({"credentialInfo": true})).await.body;
        assert_eq!(list["credentialIDs"], expected);
        assert_eq!(list["credentialInfos"].as_array().unwrap().len(), expected.as_array().unwrap().len());
    }
    let page = service.ask(&all, "credentials/list", &json!({"maxResults": 1})).await.body;
    assert_eq!((&page["credentialIDs"], &page["nextPageToken"]), (&json!(["acme/other"]), &json!("acme/other")));
    let page = service.ask(&all, "credentials/list", &json!({"maxResults": 1, "pageToken": "acme/other"})).await.body;
    assert_eq!((&page["credentialIDs"], page.get("nextPageToken")), (&json!(["acme/pdf"]), None));
    let strange = service.ask(&all, "credentials/list", &json!({"userID": "umbrella"})).await;
    assert_eq!(refused(&strange), INVALID);
    for id in ["umbrella/pdf", "acme/other", "acme/none", "acme/pdf:9", "acme/pdf:x", "pdf", ""] {
        let mut body = wish(&["a"]);
        body["credentialID"] = json!(id);
        let (sign, info) = (
            service.sign(&service.token, &body).await,
            service.ask(&service.token, "credentials/info", &json!({"credentialID": id})).await,
        );
        assert_eq!((refused(&sign), refused(&info)), (INVALID, INVALID), "{id}");
        body["numSignatures"] = json!(1);
        body.as_object_mut().unwrap().remove("signAlgo");
        assert_eq!(refused(&service.ask(&service.token, "credentials/authorize", &body).await), INVALID, "{id}");
    }
    for path in ["credentials/list", "credentials/info", "credentials/authorize", "signatures/signHash"] {
        assert_eq!(refused(&service.ask("sst_0000_AAAA", path, &json!({})).await), (401, "invalid_token"), "{path}");
    }
    assert_eq!(service.signed().await, 0);
}

#[tokio::test]
async fn sad_is_for_its_bearer_its_hashes_and_one_request() {
    let service = start().await;
    let (login, other) = (service.token_for("acme", &[]).await, service.token_for("acme", &[]).await);
    assert_eq!(refused(&service.sign(&login, &wish(&["a"])).await), INVALID, "a login needs SAD");
    let authorization = json!({"credentialID": "acme/pdf", "numSignatures": 1, "hashes": [hash("a")]});
    let with = |sad: &str, hashes: &[&str]| {
        let mut body = wish(hashes);
        body["SAD"] = json!(sad);
        body
    };
    let sad = service.authorize(&login, &authorization).await;
    assert_eq!(refused(&service.sign(&other, &with(&sad, &["a"])).await), INVALID, "of another bearer");
    assert_eq!(
        refused(&service.sign(&service.token, &with(&sad, &["a"])).await),
        INVALID,
        "also with a credential token"
    );
    assert_eq!(service.sign(&login, &with(&sad, &["a"])).await.status, 200);
    assert_eq!(refused(&service.sign(&login, &with(&sad, &["a"])).await), INVALID, "a replay");
    let sad = service.authorize(&login, &authorization).await;
    assert_eq!(refused(&service.sign(&login, &with(&sad, &["b"])).await), INVALID, "other hashes");
    let sad = service.authorize(&login, &json!({"credentialID": "acme/other", "numSignatures": 2})).await;
    assert_eq!(refused(&service.sign(&login, &with(&sad, &["a"])).await), INVALID, "another credential");
    let sad = service.authorize(&login, &json!({"credentialID": "acme/pdf", "numSignatures": 2})).await;
    assert_eq!(refused(&service.sign(&login, &with(&sad, &["a", "b", "c"])).await), INVALID, "more than authorized");
    assert_eq!(refused(&service.sign(&login, &with("", &["a"])).await), INVALID);
    assert_eq!(service.signed().await, 1);
}

#[tokio::test]
async fn what_is_signed_twice_at_once_is_signed_once() {
    let service = start().await;
    let login = service.token_for("acme", &[]).await;
    let mut body = wish(&["a"]);
    body["SAD"] = json!(service.authorize(&login, &json!({"credentialID": "acme/pdf", "numSignatures": 1})).await);
    let replies = tokio::join!(service.sign(&login, &body), service.sign(&login, &body), service.sign(&login, &body));
    let mut statuses = [replies.0.status, replies.1.status, replies.2.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400, 400]);
}

#[tokio::test]
async fn sad_holds_on_to_the_version_that_was_authorized() {
    let service = start().await;
    let login = service.token_for("acme", &[]).await;
    let mut body = wish(&["a"]);
    body["SAD"] = json!(service.authorize(&login, &json!({"credentialID": "acme/pdf", "numSignatures": 1})).await);
    service.create("acme/pdf", true).await;
    assert_eq!(service.sign(&login, &body).await.status, 200);
    let versions: Vec<i64> =
        sqlx::query_scalar("SELECT key_version FROM signings").fetch_all(service.storage.readers()).await.unwrap();
    assert_eq!(versions, [1], "the certificate in the document is that of version 1");
}

#[tokio::test]
async fn parameters_are_checked() {
    let service = start().await;
    let good = wish(&["a"]);
    for (name, value) in [
        ("signAlgo", json!("1.2.840.113549.1.1.11")),
        ("signAlgoParams", json!("AAAA")),
        ("hashAlgorithmOID", json!("2.16.840.1.101.3.4.2.3")),
        ("operationMode", json!("A")),
        ("hashes", json!([])),
        ("hashes", json!(["AAAA"])),
        ("hashes", json!([hash("a").trim_end_matches('=')])),
        ("hashes", json!(vec![hash("a"); 65])),
        ("colour", json!(1)),
    ] {
        let mut body = good.clone();
        body[name] = value;
        assert_eq!(refused(&service.sign(&service.token, &body).await), INVALID, "{name}");
    }
    for factor in [json!({"PIN": "1234"}), json!({"OTP": "1"}), json!({"authData": [{"id": "PIN", "value": "1"}]})] {
        let mut body = json!({"credentialID": "acme/pdf", "numSignatures": 1});
        body.as_object_mut().unwrap().extend(factor.as_object().unwrap().clone());
        let reply = service.ask(&service.token, "credentials/authorize", &body).await;
        assert_eq!(refused(&reply), INVALID, "nobody looks at {factor}");
    }
    let large = json!({"credentialID": "x".repeat(70_000)});
    assert_eq!(refused(&service.ask(&service.token, "credentials/info", &large).await), (413, "invalid_request"));
    assert_eq!(
        refused(&service.ask(&service.token, "credentials/nothing", &json!({})).await),
        (404, "invalid_request")
    );
    assert_eq!(service.signed().await, 0);
}
