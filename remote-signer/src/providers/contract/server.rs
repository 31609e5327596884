//! An HTTP server on loopback that answers as it is told: what a key service does rarely, and what something else in its
//! place does.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// Name in lower case, value.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    /// The value of a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// A whole answer: status, further header lines that each end with CRLF, body.
    Reply(u16, &'static str, String),
    /// These bytes, and the connection ends.
    Bytes(String),
    /// The request is read and nothing is said.
    Silence,
}

impl Answer {
    /// JSON with this status.
    pub(crate) fn json(status: u16, body: impl ToString) -> Self {
        Self::Reply(status, "content-type: application/json\r\n", body.to_string())
    }

    /// A page of somebody between, with status 200.
    pub(crate) fn html() -> Self {
        let page = "<!doctype html><title>Sign in to the network</title>";
        Self::Reply(200, "content-type: text/html\r\n", page.to_owned())
    }

    /// The answer of which only the first half of the body arrives.
    pub(crate) fn cut_off(body: &str) -> Self {
        let half = body.get(..body.len() / 2).unwrap_or_default();
        let length = body.len();
        Self::Bytes(format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{half}"
        ))
    }
}

/// The server; it ends when dropped.
pub(crate) struct ContractServer {
    /// `http://127.0.0.1:PORT`
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    task: JoinHandle<()>,
}

impl ContractServer {
    /// Answers every request as `answer` says.
    pub(crate) async fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (answer, requests) = (Arc::new(answer), Arc::new(Mutex::default()));
        let seen = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, seen) = (Arc::clone(&answer), Arc::clone(&seen));
                tokio::spawn(async move { serve(stream, &*answer, &seen).await });
            }
        });
        Self { url, requests, task }
    }

    /// The requests, in order.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for ContractServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One request for each connection.
async fn serve(mut stream: TcpStream, answer: &impl Fn(&Request) -> Answer, seen: &Mutex<Vec<Request>>) -> Option<()> {
    let request = read(&mut stream).await?;
    seen.lock().unwrap().push(request.clone());
    let bytes = match answer(&request) {
        Answer::Reply(status, headers, body) => {
            format!("HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len())
        }
        Answer::Bytes(bytes) => bytes,
        // Until the other side gives up.
        Answer::Silence => {
            let mut ignored = Vec::new();
            while stream.read_buf(&mut ignored).await.ok()? > 0 {}
            return None;
        }
    };
    stream.write_all(bytes.as_bytes()).await.ok()?;
    stream.shutdown().await.ok()
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let body_start = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..body_start]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ').map(str::to_owned);
    let (method, target) = (first.next()?, first.next()?);
    let header = |line: &str| line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
    let mut request = Request { method, target, headers: lines.filter_map(header).collect(), body: String::new() };
    let length: usize = request.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    while bytes.len() < body_start + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    request.body = String::from_utf8_lossy(&bytes[body_start..]).into_owned();
    Some(request)
}
