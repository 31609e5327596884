//! `POST /csc/v2/credentials/list` and `/csc/v2/credentials/info`.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Extension, Json};
use serde_json::{Value, json};

use crate::api::csc::certificate::CertificateInfo;
use crate::api::csc::wire::{Certificates, CredentialBody, ListBody};
use crate::api::csc::{ECDSA_SHA256, MULTISIGN, credential, invalid};
use crate::api::problem::Problem;
use crate::api::sign::storage_failed;
use crate::api::{Shared, extract};
use crate::clock::UnixMillis;
use crate::identity::RequestId;
use crate::keys::{KeyEntry, KeyState};

/// Credentials: the most on one page.
const PAGE: usize = 100;

/// Those that the token may use, and no others.
pub(super) async fn list(
    State(api): State<Shared>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let caller = extract::caller(&api, &headers, &request_id).await?;
    let body: ListBody = extract::json(&extract::json_bytes(&api, &headers, body).await?)?;
    if body.user_id.as_deref().is_some_and(|user| user != caller.tenant.as_str()) {
        return Err(invalid("userID", "a token lists its own credentials; leave it out"));
    }
    let size = body.max_results.unwrap_or(PAGE).min(PAGE);
    if size == 0 {
        return Err(invalid("maxResults", "a number from 1"));
    }
    let now = api.clock.now();
    let view = View { certificates: body.certificates, cert_info: body.cert_info, auth_info: body.auth_info, now };
    let after = body.page_token.unwrap_or_default();
    let entries = api.keys.active(&caller).await.map_err(|error| storage_failed(&request_id, &error))?;
    let mut credentials: Vec<(String, Value)> = entries
        .iter()
        .filter(|entry| entry.id.as_str() > after.as_str())
        .filter_map(|entry| Some((entry, leaf(entry)?)))
        .filter(|(_, leaf)| !body.only_valid || leaf.status(now) == "valid")
        .map(|(entry, leaf)| (entry.id.to_string(), view.of(entry, &leaf)))
        .take(size + 1)
        .collect();
    let more = credentials.len() > size;
    credentials.truncate(size);
    let mut reply = json!({
        "credentialIDs": credentials.iter().map(|(id, _)| id).collect::<Vec<_>>(),
        "onlyValid": body.only_valid,
    });
    if let Some(members) = reply.as_object_mut() {
        if let (true, Some((last, _))) = (more, credentials.last()) {
            members.insert("nextPageToken".to_owned(), json!(last));
        }
        if body.credential_info {
            let infos: Vec<Value> = credentials.into_iter().map(|(id, info)| with_id(&id, info)).collect();
            members.insert("credentialInfos".to_owned(), json!(infos));
        }
    }
    Ok(Json(reply))
}

pub(super) async fn info(
    State(api): State<Shared>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let caller = extract::caller(&api, &headers, &request_id).await?;
    let body: CredentialBody = extract::json(&extract::json_bytes(&api, &headers, body).await?)?;
    let entry = credential(&api, &caller, &body.credential_id, &request_id).await?;
    let leaf = leaf(&entry).ok_or_else(|| super::no_credential(&body.credential_id))?;
    let view = View {
        certificates: body.certificates,
        cert_info: body.cert_info,
        auth_info: body.auth_info,
        now: api.clock.now(),
    };
    Ok(Json(view.of(&entry, &leaf)))
}

fn leaf(entry: &KeyEntry) -> Option<CertificateInfo> {
    CertificateInfo::read(entry.certificate_chain.first()?)
}

fn with_id(id: &str, mut info: Value) -> Value {
    if let Some(members) = info.as_object_mut() {
        members.insert("credentialID".to_owned(), json!(id));
    }
    info
}

/// How much of a credential is wanted.
struct View {
    certificates: Certificates,
    cert_info: bool,
    auth_info: bool,
    now: UnixMillis,
}

impl View {
    fn of(&self, entry: &KeyEntry, leaf: &CertificateInfo) -> Value {
        let enabled = matches!(entry.state, KeyState::Active);
        json!({
            "key": {
                "status": if enabled { "enabled" } else { "disabled" },
                "algo": [ECDSA_SHA256],
                "len": 256,
                "curve": "1.2.840.10045.3.1.7",
            },
            "cert": self.certificate(entry, leaf),
            "auth": self.auth(),
            "SCAL": "1",
            "multisign": MULTISIGN,
            "lang": "en-US",
        })
    }

    fn certificate(&self, entry: &KeyEntry, leaf: &CertificateInfo) -> Value {
        let wanted = match self.certificates {
            Certificates::None => 0,
            Certificates::Single => 1,
            Certificates::Chain => entry.certificate_chain.len(),
        };
        let chain = entry.certificate_chain_base64.iter().take(wanted);
        let mut cert = json!({"status": leaf.status(self.now)});
        if let Some(members) = cert.as_object_mut() {
            if wanted > 0 {
                members.insert("certificates".to_owned(), json!(chain.collect::<Vec<_>>()));
            }
            if self.cert_info {
                for (name, value) in [
                    ("issuerDN", leaf.issuer.clone()),
                    ("serialNumber", leaf.serial.clone()),
                    ("subjectDN", leaf.subject.clone()),
                    ("validFrom", leaf.valid_from()),
                    ("validTo", leaf.valid_to()),
                ] {
                    members.insert(name.to_owned(), json!(value));
                }
            }
        }
        cert
    }

    /// The client asks for authorization itself, and there is nothing that it would have to ask a person for.
    fn auth(&self) -> Value {
        if self.auth_info {
            json!({"mode": "explicit", "expression": "", "objects": []})
        } else {
            json!({"mode": "explicit"})
        }
    }
}
