//! AWS KMS for one key, as its API is published, and slow: each signature takes as long as is asked for.
//!
//! What a call took here is remembered by digest, from the last byte of the request read to the last byte of the reply
//! written. What a caller waited beyond that was added by whoever is between.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use data_encoding::BASE64;
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use serde::Deserialize;
use serde_json::{Value, json};
use splitsign_core::ecdsa::{PublicKey, Signature};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::message::{Reader, field};

const ARN: &str = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001";

/// How long calls are held for others to come.
const HOLD_MAX: Duration = Duration::from_secs(20);

pub(crate) struct Kms {
    key: SigningKey,
    spki: String,
    state: Mutex<State>,
    /// Calls that wait.
    waiting: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    delay: Duration,
    /// Calls that are to be here at once before any is answered.
    hold: usize,
    took: HashMap<[u8; 32], Duration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sign {
    message: String,
    message_type: String,
}

impl Kms {
    pub(crate) fn new() -> Result<Self> {
        // Nobody trusts this key: it lives as long as the process.
        let key = SigningKey::from_slice(&[0x5a; 32]).map_err(|_| anyhow!("a key that is none"))?;
        let public_key = PublicKey::from_sec1(key.verifying_key().to_sec1_point(false).as_bytes())?;
        let spki = BASE64.encode(&public_key.to_spki());
        Ok(Self { key, spki, state: Mutex::default(), waiting: watch::Sender::new(0) })
    }

    /// How slow signatures are from now on, and how many calls wait for each other.
    pub(crate) fn set(&self, delay: Duration, hold: usize) {
        *self.state() = State { delay, hold, took: HashMap::new() };
    }

    /// What the signature over this digest took here.
    pub(crate) fn took(&self, digest: &[u8; 32]) -> Option<Duration> {
        self.state().took.get(digest).copied()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, operation: &str, body: &[u8], began: Instant) -> Result<(Value, Option<[u8; 32]>)> {
        let metadata = json!({
            "Arn": ARN, "KeyId": ARN, "KeyState": "Enabled", "KeyUsage": "SIGN_VERIFY", "KeySpec": "ECC_NIST_P256",
        });
        Ok(match operation {
            "CreateKey" | "DescribeKey" => (json!({ "KeyMetadata": metadata }), None),
            "GetPublicKey" => {
                let answer = json!({
                    "KeyId": ARN, "PublicKey": self.spki, "KeyUsage": "SIGN_VERIFY", "KeySpec": "ECC_NIST_P256",
                    "SigningAlgorithms": ["ECDSA_SHA_256"],
                });
                (answer, None)
            }
            "Sign" => {
                let sign: Sign = serde_json::from_slice(body).context("Sign")?;
                anyhow::ensure!(sign.message_type == "DIGEST", "MessageType is {}", sign.message_type);
                let digest = BASE64.decode(sign.message.as_bytes()).context("Message")?;
                let digest: [u8; 32] = digest.try_into().map_err(|_| anyhow!("Message has not 32 bytes"))?;
                let signature = self.sign(&digest)?;
                self.wait(began).await;
                (json!({ "KeyId": ARN, "Signature": signature, "SigningAlgorithm": "ECDSA_SHA_256" }), Some(digest))
            }
            other => anyhow::bail!("there is no operation {other} here"),
        })
    }

    fn sign(&self, digest: &[u8; 32]) -> Result<String> {
        let signature: p256::ecdsa::Signature =
            self.key.sign_prehash(digest).map_err(|_| anyhow!("cannot sign a digest"))?;
        let mut der = [0; Signature::DER_LENGTH_MAX];
        Ok(BASE64.encode(Signature::from_raw(&signature.to_bytes())?.to_der(&mut der)?))
    }

    /// Until the delay is over, and until as many calls are here as are to be.
    async fn wait(&self, began: Instant) {
        let (delay, hold) = {
            let state = self.state();
            (state.delay, state.hold)
        };
        self.waiting.send_modify(|waiting| *waiting += 1);
        if hold > 0 {
            let mut waiting = self.waiting.subscribe();
            // Too few: then that is what the run finds out.
            drop(tokio::time::timeout(HOLD_MAX, waiting.wait_for(|waiting| *waiting >= hold)).await);
        }
        tokio::time::sleep_until((began + delay).into()).await;
        if hold == 0 {
            self.waiting.send_modify(|waiting| *waiting -= 1);
        }
    }

    /// The most calls that waited for each other; only while calls are held.
    pub(crate) fn held(&self) -> usize {
        self.waiting.send_replace(0)
    }
}

/// Serves on a free port, on a thread and a runtime of its own, until the process ends.
pub(crate) fn serve(kms: Arc<Kms>) -> Result<String> {
    let listener = std::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    listener.set_nonblocking(true)?;
    let url = format!("http://{}", listener.local_addr()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("kms".to_owned()).spawn(move || {
        let served: Result<()> = runtime.block_on(async {
            let listener = TcpListener::from_std(listener)?;
            loop {
                let (stream, _) = listener.accept().await?;
                let kms = Arc::clone(&kms);
                tokio::spawn(async move {
                    if let Err(error) = connection(&kms, stream).await {
                        eprintln!("kms: {error:#}");
                    }
                });
            }
        });
        if let Err(error) = served {
            eprintln!("kms: {error:#}");
        }
    })?;
    Ok(url)
}

async fn connection(kms: &Kms, mut stream: TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = Reader::default();
    while let Some(request) = reader.next(&mut stream).await? {
        let began = Instant::now();
        let target = field(request.head, "x-amz-target").context("a request without X-Amz-Target")?;
        let operation = target.strip_prefix("TrentService.").context("a request for another service")?;
        let (answer, digest) = kms.answer(operation, request.body, began).await?;
        let body = answer.to_string();
        let reply = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nx-amzn-RequestId: \
             00000000-0000-4000-8000-000000000000\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        // Before the reply: who reads it looks for this at once. Writing is a few microseconds, which count as added.
        if let Some(digest) = digest {
            kms.state().took.insert(digest, began.elapsed());
        }
        stream.write_all(reply.as_bytes()).await?;
    }
    Ok(())
}
