//! An HTTP server on loopback that answers as it is told: what KMS does rarely, and what something else in its place does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What is answered to one operation.
#[derive(Clone)]
pub(super) enum Answer {
    /// A whole answer: status, further header lines, body.
    Reply(u16, &'static str, String),
    /// These bytes, and the connection ends.
    Bytes(String),
    /// The request is read and nothing is said.
    Silence,
}

/// The server; it ends when dropped.
pub(super) struct ContractServer {
    pub(super) url: String,
    /// Bodies of the requests, in order.
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl ContractServer {
    /// Answers the operations named (`Sign`, `GetPublicKey`, …); others get a 404 without a body.
    pub(super) async fn start(answers: &[(&'static str, Answer)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answers: Arc<HashMap<_, _>> = Arc::new(answers.iter().cloned().collect());
        let requests = Arc::new(Mutex::default());
        let seen = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answers), Arc::clone(&seen)));
            }
        });
        Self { url, requests, task }
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for ContractServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One request for each connection.
async fn serve(
    mut stream: TcpStream,
    answers: Arc<HashMap<&'static str, Answer>>,
    seen: Arc<Mutex<Vec<String>>>,
) -> Option<()> {
    let mut request = Vec::new();
    let (head, body_start) = loop {
        if let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            break (String::from_utf8_lossy(&request[..end]).to_lowercase(), end + 4);
        }
        if stream.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    };
    let header =
        |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned());
    let length: usize = header("content-length:").and_then(|value| value.parse().ok()).unwrap_or(0);
    while request.len() < body_start + length {
        if stream.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    }
    seen.lock().unwrap().push(String::from_utf8_lossy(&request[body_start..]).into_owned());
    let target = header("x-amz-target:").unwrap_or_default();
    let answer = answers.iter().find(|(operation, _)| target == format!("trentservice.{}", operation.to_lowercase()));
    let bytes = match answer.map(|(_, answer)| answer.clone()) {
        Some(Answer::Reply(status, headers, body)) => reply(status, headers, &body),
        Some(Answer::Bytes(bytes)) => bytes,
        // Until the other side gives up.
        Some(Answer::Silence) => {
            while stream.read_buf(&mut request).await.ok()? > 0 {}
            return None;
        }
        None => reply(404, "", ""),
    };
    stream.write_all(bytes.as_bytes()).await.ok()?;
    stream.shutdown().await.ok()
}

fn reply(status: u16, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} x\r\ncontent-type: application/x-amz-json-1.1\r\nconnection: close\r\n\
         content-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}
