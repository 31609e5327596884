//! Connections that say nothing, or half of something.

use alloc::sync::Arc;
use core::time::Duration;

use crate::support::{Service, TestProvider, start_with};
use splitsign_signer::config::Config;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

async fn with(change: impl FnOnce(&mut splitsign_signer::api::Config)) -> Service {
    let mut config = Config::default();
    change(&mut config.server);
    start_with(config, TestProvider::new(), Arc::new(tempfile::tempdir().unwrap())).await
}

async fn connect(service: &Service) -> TcpStream {
    TcpStream::connect(service.url.strip_prefix("http://").unwrap()).await.unwrap()
}

async fn half_a_header(service: &Service) -> TcpStream {
    let mut stream = connect(service).await;
    stream.write_all(b"GET /health/live HTTP/1.1\r\nHo").await.unwrap();
    stream
}

async fn is_closed(mut stream: TcpStream) {
    let mut rest = Vec::new();
    // An error is an end too.
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut rest)).await;
    drop(read.expect("the service closes it"));
}

#[tokio::test]
async fn a_header_that_does_not_end_is_not_waited_for() {
    let service = with(|server| server.header_timeout_ms = 100).await;
    is_closed(half_a_header(&service).await).await;
    is_closed(connect(&service).await).await;
    assert_eq!(service.get("/health/live").await.status, 200);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_idle_and_half_open_connections() {
    let service = with(|server| server.drain_timeout_ms = 60_000).await;
    let (half, idle) = (half_a_header(&service).await, connect(&service).await);
    // Leaves an idle connection in the client's pool.
    assert_eq!(service.get("/health/live").await.status, 200);
    tokio::time::timeout(Duration::from_secs(5), service.stop()).await.expect("it stops at once");
    is_closed(half).await;
    is_closed(idle).await;
}

#[tokio::test]
async fn more_connections_than_there_may_be_wait() {
    let service = with(|server| (server.max_connections, server.header_timeout_ms) = (1, 300)).await;
    let first = half_a_header(&service).await;
    // Answered when the first one is closed.
    assert_eq!(service.get("/health/live").await.status, 200);
    is_closed(first).await;
}
