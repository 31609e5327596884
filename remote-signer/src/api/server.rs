//! Accepts connections. `axum::serve` has no limit for how long a header may take, none for how many connections there
//! are, and waits at a stop for those that have sent half a request.

use alloc::sync::Arc;
use core::convert::Infallible;
use core::pin::pin;
use core::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tower_service::Service as _;

use crate::api::Config;
use crate::shutdown::Shutdown;

/// How long a connection without a request stays open at a stop: enough to write the end of a reply.
const LINGER: Duration = Duration::from_millis(250);

/// How long to wait when a connection cannot be accepted: most often there are no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(250);

/// Serves until the stop, then until the requests under way are answered. Dropping the future drops all connections.
pub async fn serve(listener: TcpListener, router: Router, config: &Config, shutdown: &Shutdown) {
    let places = Arc::new(Semaphore::new(config.max_connections.min(Semaphore::MAX_PERMITS)));
    let header_timeout = Duration::from_millis(config.header_timeout_ms);
    let mut connections = JoinSet::new();
    loop {
        let (stream, place) = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            Some(_) = connections.join_next() => continue,
            () = shutdown.wait() => break,
        };
        connections.spawn(connection(stream, place, router.clone(), header_timeout, shutdown.clone()));
    }
    // Nobody new: who connects now is refused by the operating system.
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Who finds no place waits in the operating system's queue.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // Fails if the semaphore is closed, which nobody does.
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // A reply in two pieces must not wait for the first to be acknowledged. Fails if the client has gone.
                drop(stream.set_nodelay(true));
                return (stream, place);
            }
            Err(error) => {
                tracing::error!(%error, "a connection cannot be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    _place: Option<OwnedSemaphorePermit>,
    router: Router,
    header_timeout: Duration,
    shutdown: Shutdown,
) {
    let requests = watch::Sender::new(0_usize);
    let service = hyper::service::service_fn(|request: hyper::Request<Incoming>| {
        let under_way = UnderWay::enter(&requests);
        let reply = router.clone().call(request);
        async move {
            let _under_way = under_way;
            reply.await as Result<_, Infallible>
        }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(header_timeout);
    let mut serving = pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        served = serving.as_mut() => return log(served),
        () = shutdown.wait() => {}
    }
    serving.as_mut().graceful_shutdown();
    tokio::select! {
        served = serving => log(served),
        () = idle(&requests) => {}
    }
}

/// Clients do what they want: this is no news.
fn log(served: hyper::Result<()>) {
    if let Err(error) = served {
        tracing::debug!(error = &error as &dyn core::error::Error, "a connection ended early");
    }
}

/// Waits until there was no request for a while.
async fn idle(requests: &watch::Sender<usize>) {
    let mut changes = requests.subscribe();
    loop {
        // Cannot fail: the sender is here.
        drop(changes.wait_for(|requests| *requests == 0).await);
        if tokio::time::timeout(LINGER, changes.wait_for(|requests| *requests > 0)).await.is_err() {
            return;
        }
    }
}

/// A request of a connection, until it is dropped.
struct UnderWay(watch::Sender<usize>);

impl UnderWay {
    fn enter(requests: &watch::Sender<usize>) -> Self {
        requests.send_modify(|requests| *requests += 1);
        Self(requests.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.send_modify(|requests| *requests -= 1);
    }
}
