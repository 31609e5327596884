//! The shapes on the wire.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use splitsign_core::digest::Sha256Digest;
use splitsign_core::ecdsa::PublicKey;

use crate::api::problem::ProblemBody;
use crate::encoding::{base64_standard, base64url};
use crate::identity::RequestId;
use crate::keys::KeyEntry;
use crate::pipeline::{Profile, Signed, Wanted};

/// A digest to be signed, or the bytes that it is made of; or both, which then have to agree.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SignBody {
    /// The key, `tenant/name`.
    #[schema(example = "acme/c2pa", pattern = "^[a-z0-9][a-z0-9._-]{0,63}/[a-z0-9][a-z0-9._-]{0,63}$")]
    pub(super) key: String,
    /// The version that was prepared for; without it the active one signs.
    #[serde(default, deserialize_with = "whole_number")]
    #[schema(nullable = false, minimum = 1, maximum = 4_294_967_295_u32, format = Int64)]
    pub(super) key_version: Option<u32>,
    /// The digest: 32 bytes in base64url without padding.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        nullable = false,
        example = "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0",
        pattern = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$"
    )]
    pub(super) digest: Option<String>,
    /// What is to be signed, in base64url without padding: it is hashed here, and has to be what the profile says. At
    /// most as many bytes as the policy of the key says, 32 KiB without one.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        nullable = false,
        pattern = "^([A-Za-z0-9_-]{4})*([A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$"
    )]
    pub(super) tbs: Option<String>,
    /// What made the digest.
    #[expect(dead_code, reason = "there is one value, which reading checks")]
    pub(super) digest_algorithm: DigestAlgorithmName,
    /// What the digest is of.
    pub(super) profile: ProfileName,
    /// Whether a timestamp is to come with the signature.
    #[serde(default)]
    pub(super) timestamp: WantedName,
    /// Whether a receipt is to come with the signature.
    #[serde(default)]
    pub(super) receipt: WantedName,
    /// Whether to stop before the key is used: all is decided as it would be, and nothing is signed or recorded. An
    /// `Idempotency-Key` is then neither looked up nor kept.
    #[serde(default)]
    pub(super) dry_run: bool,
}

/// A member that may be left out, and is not `null`.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A number without a fraction, as JSON Schema has it: `2.0` is the same as `2`, and some writers make it of that.
fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?;
    let whole = number.as_u64().or_else(|| {
        let number = number.as_f64().filter(|number| number.fract() == 0.0)?;
        // The text of a whole number is its digits, also where it is too large.
        format!("{number:.0}").parse().ok()
    });
    let version = whole.and_then(|whole| u32::try_from(whole).ok());
    let wrong =
        || serde::de::Error::custom(format!("invalid value: number `{number}`, expected one from 1 to 4294967295"));
    version.map(Some).ok_or_else(wrong)
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
pub(super) enum DigestAlgorithmName {
    #[serde(rename = "sha-256")]
    Sha256,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ProfileName {
    #[serde(rename = "cose-sign1")]
    CoseSign1,
    Jws,
    Dsse,
    Raw,
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::CoseSign1 => Self::CoseSign1,
            ProfileName::Jws => Self::Jws,
            ProfileName::Dsse => Self::Dsse,
            ProfileName::Raw => Self::Raw,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum WantedName {
    /// Not asked for.
    #[default]
    None,
    /// Asked for; the reply says why if it is missing.
    Optional,
    /// Without it there is no signature.
    Required,
}

impl From<WantedName> for Wanted {
    fn from(name: WantedName) -> Self {
        match name {
            WantedName::None => Self::None,
            WantedName::Optional => Self::Optional,
            WantedName::Required => Self::Required,
        }
    }
}

/// From 1 to 64 digests to be signed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BatchBody {
    /// In the order of the results. Each is read on its own, so that one that is wrong does not take the others along.
    #[schema(value_type = Vec<SignBody>, min_items = 1, max_items = 64)]
    pub(super) requests: Vec<Box<RawValue>>,
}

/// A signature, verified and recorded.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignReply {
    /// `r‖s`, 64 bytes in base64url without padding.
    signature: String,
    #[schema(example = "ES256")]
    algorithm: &'static str,
    key_id: String,
    key_version: u32,
    /// RFC 7638 thumbprint of the public key.
    kid: String,
    /// DER in base64, leaf first; may be empty.
    certificate_chain: Vec<String>,
    timestamp_token: Option<String>,
    receipt: Option<String>,
    /// Why there is no timestamp, if one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    timestamp_status: Option<&'static str>,
    /// Why there is no receipt, if one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    receipt_status: Option<&'static str>,
    timing: Timing,
    /// Of the request that was signed: the same in every repetition with its idempotency key.
    request_id: String,
}

/// Milliseconds.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Timing {
    /// In the provider.
    kms_ms: f64,
    /// In the service, until the outcome was recorded.
    total_ms: f64,
}

impl SignReply {
    pub(super) fn new(signed: &Signed, timestamp: WantedName, receipt: WantedName) -> Self {
        let missing = |wanted, why| (wanted == WantedName::Optional).then_some(why);
        let Signed { record, key, .. } = signed;
        // Whole microseconds, which is what is stored: a repeated reply is the same to the last digit.
        let milliseconds =
            |duration: core::time::Duration| f64::from(u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)) / 1e3;
        Self {
            signature: base64url(record.signature.as_bytes()),
            algorithm: "ES256",
            key_id: record.key_id.to_string(),
            key_version: record.key_version.get(),
            kid: key.kid.clone(),
            certificate_chain: key.certificate_chain_base64.clone(),
            timestamp_token: None,
            receipt: None,
            timestamp_status: missing(timestamp, "unavailable: this service has no timestamp authority"),
            receipt_status: missing(receipt, "unavailable: this service has no transparency log"),
            timing: Timing { kms_ms: milliseconds(record.kms), total_ms: milliseconds(record.total) },
            request_id: record.request_id.to_string(),
        }
    }
}

/// What would sign: nothing was signed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DryRunReply {
    /// `true`
    #[schema(schema_with = always)]
    dry_run: bool,
    #[schema(example = "ES256")]
    algorithm: &'static str,
    key_id: String,
    key_version: u32,
    /// RFC 7638 thumbprint of the public key.
    kid: String,
    /// DER in base64, leaf first; may be empty.
    certificate_chain: Vec<String>,
    /// What would be signed: 32 bytes in base64url without padding.
    digest: String,
    request_id: String,
}

fn always() -> Object {
    ObjectBuilder::new().schema_type(Type::Boolean).enum_values(Some([true])).build()
}

impl DryRunReply {
    pub(super) fn new(key: &KeyEntry, digest: &Sha256Digest, request_id: &RequestId) -> Self {
        Self {
            dry_run: true,
            algorithm: "ES256",
            key_id: key.id.to_string(),
            key_version: key.version.get(),
            kid: key.kid.clone(),
            certificate_chain: key.certificate_chain_base64.clone(),
            digest: base64url(digest.as_bytes()),
            request_id: request_id.to_string(),
        }
    }
}

/// What came of a request that was not refused.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum SignAnswer {
    /// It was signed.
    Signed(Box<SignReply>),
    /// It would be.
    DryRun(Box<DryRunReply>),
}

/// The 32 bytes of a digest.
pub(super) struct RawDigest;

/// `r‖s`, 64 bytes.
pub(super) struct RawSignature;

impl PartialSchema for RawDigest {
    fn schema() -> RefOr<Schema> {
        octets(32, "The digest")
    }
}

impl ToSchema for RawDigest {}

impl PartialSchema for RawSignature {
    fn schema() -> RefOr<Schema> {
        octets(64, "`r‖s`, each 32 bytes, big-endian")
    }
}

impl ToSchema for RawSignature {}

fn octets(length: usize, description: &str) -> RefOr<Schema> {
    let octets = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
        .min_length(Some(length))
        .max_length(Some(length))
        .description(Some(description));
    octets.into()
}

/// One result for each request, in order. The status of the whole is 200 if all are signed (or would be) and 207 if not.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BatchReply {
    pub(super) results: Vec<BatchResult>,
}

/// What came of one request.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum BatchResult {
    /// It was signed.
    Signed {
        /// 200
        status: u16,
        #[serde(flatten)]
        reply: Box<SignReply>,
    },
    /// It would be.
    DryRun {
        /// 200
        status: u16,
        #[serde(flatten)]
        reply: Box<DryRunReply>,
    },
    /// It was not.
    Failed {
        /// What a single request would have been answered with.
        status: u16,
        problem: Box<ProblemBody>,
    },
}

/// What a client needs before it prepares. It may keep it for `maxAgeSeconds`.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyDescriptor {
    /// `tenant/name`
    #[schema(example = "acme/c2pa")]
    key: String,
    /// To be pinned as `keyVersion`.
    version: u32,
    #[schema(example = "active")]
    state: &'static str,
    #[schema(example = "ES256")]
    algorithm: &'static str,
    /// RFC 7638 thumbprint of the public key.
    kid: String,
    public_key: PublicKeyForms,
    /// DER in base64, leaf first; may be empty.
    certificate_chain: Vec<String>,
    max_age_seconds: u32,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct PublicKeyForms {
    /// SubjectPublicKeyInfo, DER in base64.
    spki: String,
    jwk: EcJwk,
}

/// RFC 7518, 6.2.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct EcJwk {
    kty: &'static str,
    crv: &'static str,
    x: String,
    y: String,
}

impl EcJwk {
    fn new(key: &PublicKey) -> Self {
        let sec1 = key.to_sec1();
        let (x, y) = sec1.get(1..).unwrap_or_default().split_at(32);
        Self { kty: "EC", crv: "P-256", x: base64url(x), y: base64url(y) }
    }
}

impl KeyDescriptor {
    pub(super) fn new(entry: &KeyEntry, max_age_seconds: u32) -> Self {
        Self {
            key: entry.id.to_string(),
            version: entry.version.get(),
            state: entry.state.name(),
            algorithm: "ES256",
            kid: entry.kid.clone(),
            public_key: PublicKeyForms {
                spki: base64_standard(&entry.public_key.to_spki()),
                jwk: EcJwk::new(&entry.public_key),
            },
            certificate_chain: entry.certificate_chain_base64.clone(),
            max_age_seconds,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyList {
    /// The active versions, in order of key.
    pub(super) keys: Vec<KeyDescriptor>,
    /// What to send as `cursor` to go on; left out at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) next_cursor: Option<String>,
}

/// RFC 7517, 5.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct JwkSet {
    pub(super) keys: Vec<PublishedJwk>,
}

/// A key that signatures may be verified with. There is no `x5c`: certificates name tenants, and everybody reads this.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PublishedJwk {
    #[serde(flatten)]
    key: EcJwk,
    kid: String,
    alg: &'static str,
    r#use: &'static str,
}

impl PublishedJwk {
    pub(super) fn new(entry: &KeyEntry) -> Self {
        let (key, kid) = (EcJwk::new(&entry.public_key), entry.kid.clone());
        Self { key, kid, alg: "ES256", r#use: "sig" }
    }
}

/// The process runs.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Live {
    #[schema(example = "live")]
    pub(super) status: &'static str,
}

/// Whether requests can be taken.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ready {
    /// `ready`, `draining` or `failing`
    #[schema(example = "ready")]
    pub(super) status: &'static str,
    /// Whether records can be made durable.
    pub(super) storage_writable: bool,
    /// The providers that were built.
    pub(super) providers: Vec<String>,
    /// How many intents have no known outcome, after a crash or because it could not be recorded; `splitsign audit list --unresolved` shows them.
    pub(super) unresolved_intents: Option<usize>,
}

/// Whether the key providers sign, as the last probes found them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Kms {
    /// `UP`, `DOWN` or `UNKNOWN`; with several providers the worst of those that have keys.
    #[schema(example = "UP")]
    pub(super) status: &'static str,
    /// The provider that this is said of: the only one, or the first that is as bad as the whole.
    #[schema(example = "aws")]
    pub(super) provider: String,
    /// Whether the status is `UP`.
    pub(super) healthy: bool,
    /// When its last probe ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) checked_at: Option<String>,
    /// The class of the failure, or why nothing is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) reason: Option<&'static str>,
    /// Each one, if there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) providers: Vec<KmsProvider>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct KmsProvider {
    /// `UP`, `DOWN` or `UNKNOWN`
    #[schema(example = "UP")]
    pub(super) status: &'static str,
    #[schema(example = "aws")]
    pub(super) provider: String,
    pub(super) healthy: bool,
    /// When the last probe ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) checked_at: Option<String>,
    /// The class of the failure, or why nothing is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) reason: Option<&'static str>,
}
