//! Closed loop, open loop, all at once.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::{Barrier, mpsc};
use tokio::task::{JoinSet, LocalSet};

use crate::kms::Kms;
use crate::message::Reader;
use crate::request::{Request, Target, digest};

/// What is to be done.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    target: Target,
    load: Load,
    /// Digests are made from numbers from here on; no two runs against the same service share one.
    first: u64,
    /// How long the KMS takes for a signature.
    #[serde(default)]
    kms_delay_ms: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Load {
    /// Each connection sends its next request when it has the reply to the one before.
    Closed { connections: u64, warm_up_ms: u64, measured_ms: u64 },
    /// Requests are due at fixed times, whether or not others have their replies; latency counts from when a request
    /// was due, so that one that waits for its turn shows it.
    Open { requests_per_second: u32, warm_up_ms: u64, measured_ms: u64 },
    /// So many requests at once: none is answered by the KMS before all are there.
    AtOnce { requests: u64 },
}

/// What came of it.
#[derive(Default, Serialize)]
pub(crate) struct Outcome {
    /// Replies that were good, in the measured time.
    signatures: u64,
    seconds: f64,
    /// Requests that failed, at any time; and what one of them said.
    failures: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    latency_ms: Quantiles,
    /// The part of the latency that was not spent in the KMS, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    added_ms: Option<Quantiles>,
    /// The most requests that were in the KMS at once, where they were held for that.
    held: usize,
}

#[derive(Default, Serialize)]
struct Quantiles {
    p50: f64,
    p90: f64,
    p99: f64,
    p999: f64,
    max: f64,
}

/// One reply that was good.
struct Sample {
    latency: Duration,
    added: Option<Duration>,
}

#[derive(Default)]
struct Samples {
    good: Vec<Sample>,
    failures: u64,
    failure: Option<String>,
}

impl Samples {
    fn add(&mut self, other: Self) {
        self.good.extend(other.good);
        self.failures += other.failures;
        self.failure = self.failure.take().or(other.failure);
    }

    fn failed(&mut self, error: &anyhow::Error) {
        self.failures += 1;
        self.failure.get_or_insert_with(|| format!("{error:#}"));
    }
}

impl Run {
    pub(crate) async fn carry_out(self, kms: &Arc<Kms>) -> Result<Outcome> {
        let Self { target, load, first, kms_delay_ms } = self;
        let client = Rc::new(Client { request: Request::new(&target)?, address: target.address, kms: Arc::clone(kms) });
        let delay = Duration::from_millis(kms_delay_ms);
        kms.set(delay, if let Load::AtOnce { requests } = load { usize::try_from(requests)? } else { 0 });
        let local = LocalSet::new();
        let (samples, seconds) = local
            .run_until(async {
                let milliseconds = Duration::from_millis;
                match load {
                    Load::Closed { connections, warm_up_ms, measured_ms } => {
                        closed(client, first, connections, milliseconds(warm_up_ms), milliseconds(measured_ms)).await
                    }
                    Load::Open { requests_per_second, warm_up_ms, measured_ms } => {
                        let pause = Duration::from_secs(1) / requests_per_second.max(1);
                        open(client, first, pause, milliseconds(warm_up_ms), milliseconds(measured_ms)).await
                    }
                    Load::AtOnce { requests } => at_once(client, first, requests).await,
                }
            })
            .await?;
        Ok(samples.outcome(seconds, kms.held()))
    }
}

impl Samples {
    fn outcome(self, seconds: f64, held: usize) -> Outcome {
        let latencies = self.good.iter().map(|sample| sample.latency).collect();
        let added: Vec<Duration> = self.good.iter().filter_map(|sample| sample.added).collect();
        Outcome {
            signatures: self.good.len() as u64,
            seconds,
            failures: self.failures,
            failure: self.failure,
            latency_ms: quantiles(latencies),
            added_ms: (!added.is_empty()).then(|| quantiles(added)),
            held,
        }
    }
}

fn quantiles(mut durations: Vec<Duration>) -> Quantiles {
    durations.sort_unstable();
    let at = |thousandths: usize| {
        let index = (durations.len() * thousandths / 1000).min(durations.len().saturating_sub(1));
        durations.get(index).map_or(0.0, |duration| duration.as_secs_f64() * 1e3)
    };
    Quantiles { p50: at(500), p90: at(900), p99: at(990), p999: at(999), max: at(1000) }
}

struct Client {
    request: Request,
    address: String,
    kms: Arc<Kms>,
}

struct Connection {
    stream: TcpStream,
    reader: Reader,
    bytes: Vec<u8>,
}

impl Client {
    async fn connect(&self) -> Result<Connection> {
        let stream = TcpStream::connect(&self.address).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, reader: Reader::default(), bytes: Vec::new() })
    }

    /// One request and its reply; what it took from `due` on.
    async fn exchange(&self, connection: &mut Connection, number: u64, due: Instant) -> Result<Sample> {
        let digest = digest(number);
        self.request.write(&digest, &mut connection.bytes);
        connection.stream.write_all(&connection.bytes).await?;
        let reply = connection.reader.next(&mut connection.stream).await?;
        let latency = due.elapsed();
        let reply = reply.context("the connection was closed without a reply")?;
        self.request.check(number, &digest, &reply)?;
        let added = self.kms.took(&digest).map(|took| latency.saturating_sub(took));
        Ok(Sample { latency, added })
    }
}

async fn closed(
    client: Rc<Client>,
    first: u64,
    connections: u64,
    warm_up: Duration,
    measured: Duration,
) -> Result<(Samples, f64)> {
    let from = Instant::now() + warm_up;
    let until = from + measured;
    let mut tasks = JoinSet::new();
    for start in 0..connections {
        let client = Rc::clone(&client);
        tasks.spawn_local(async move {
            let (mut samples, mut number) = (Samples::default(), first + start);
            let mut connection = client.connect().await?;
            while Instant::now() < until {
                match client.exchange(&mut connection, number, Instant::now()).await {
                    Ok(sample) if (from..until).contains(&Instant::now()) => samples.good.push(sample),
                    Ok(_) => {}
                    Err(error) => {
                        samples.failed(&error);
                        connection = client.connect().await?;
                    }
                }
                number += connections;
            }
            anyhow::Ok(samples)
        });
    }
    Ok((joined(tasks).await?, measured.as_secs_f64()))
}

async fn joined(mut tasks: JoinSet<Result<Samples>>) -> Result<Samples> {
    let mut all = Samples::default();
    while let Some(samples) = tasks.join_next().await {
        all.add(samples.context("a task ended badly")??);
    }
    Ok(all)
}

async fn open(
    client: Rc<Client>,
    first: u64,
    pause: Duration,
    warm_up: Duration,
    measured: Duration,
) -> Result<(Samples, f64)> {
    let from = Instant::now() + warm_up;
    let until = from + measured;
    let mut due_times = pace(pause, until);
    let (give_back, mut idle) = mpsc::unbounded_channel::<Connection>();
    let mut tasks = JoinSet::new();
    let mut number = first;
    while let Some(due) = due_times.recv().await {
        let (client, give_back) = (Rc::clone(&client), give_back.clone());
        let free = idle.try_recv().ok();
        tasks.spawn_local(async move {
            let mut samples = Samples::default();
            let mut connection = match free {
                Some(connection) => connection,
                None => client.connect().await?,
            };
            match client.exchange(&mut connection, number, due).await {
                Ok(sample) => {
                    if due >= from {
                        samples.good.push(sample);
                    }
                    // Fails at the end, when nobody needs it.
                    drop(give_back.send(connection));
                }
                Err(error) => samples.failed(&error),
            }
            anyhow::Ok(samples)
        });
        number += 1;
    }
    Ok((joined(tasks).await?, measured.as_secs_f64()))
}

/// The times at which requests are due, each when it has come. A thread sleeps more exactly than the runtime, whose
/// timers are late by up to a millisecond.
fn pace(pause: Duration, until: Instant) -> mpsc::UnboundedReceiver<Instant> {
    let (due, due_times) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let mut next = Instant::now();
        while next < until {
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
            if due.send(next).is_err() {
                return;
            }
            next += pause;
        }
    });
    due_times
}

async fn at_once(client: Rc<Client>, first: u64, requests: u64) -> Result<(Samples, f64)> {
    let connected = Rc::new(Barrier::new(usize::try_from(requests)?));
    let mut tasks = JoinSet::new();
    let began = Instant::now();
    for number in first..first + requests {
        let (client, connected) = (Rc::clone(&client), Rc::clone(&connected));
        tasks.spawn_local(async move {
            let mut samples = Samples::default();
            let connection = client.connect().await;
            connected.wait().await;
            match client.exchange(&mut connection?, number, Instant::now()).await {
                Ok(sample) => samples.good.push(sample),
                Err(error) => samples.failed(&error),
            }
            anyhow::Ok(samples)
        });
    }
    Ok((joined(tasks).await?, began.elapsed().as_secs_f64()))
}
