//! Connections: how many, how long a head may take, and an orderly end.
//!
//! `axum::serve` has no clock on request heads; hence hyper's own builder. HTTP/1.1 alone is spoken: a
//! proxy that speaks HTTP/2 with browsers stands before us.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// Connections at once; the next ones wait in the system's queue.
const CONNECTIONS: usize = 1_024;

/// Bytes that a head may take.
const HEAD_BYTES: usize = 64 << 10;

/// Answers under way at the end have so long.
const LEAVE: Duration = Duration::from_secs(10);

/// The system refuses connections (too many open files): a breath before the next try.
const BREATH: Duration = Duration::from_millis(100);

/// Takes connections until `stop`, then lets answers under way end. A head that takes longer than `head`
/// is a slow-loris, or a connection that nobody uses.
pub(crate) async fn accept(listener: TcpListener, router: Router, head: Duration, stop: &CancellationToken) {
    let graceful = GracefulShutdown::new();
    let turns = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let next = async {
            let turn = Arc::clone(&turns).acquire_owned().await.ok();
            (turn, listener.accept().await)
        };
        let (turn, accepted) = tokio::select! {
            next = next => next,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = conversation(stream, peer, &router, head);
                spawn(graceful.watch(connection), turn);
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not taken");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(LEAVE, graceful.shutdown()).await.is_err() {
        tracing::info!("some answers were cut short at the end");
    }
}

fn conversation(
    stream: TcpStream,
    peer: SocketAddr,
    router: &Router,
    head: Duration,
) -> impl GracefulConnection<Error = Box<dyn std::error::Error + Send + Sync>> + Send + 'static {
    // a page is many small answers
    let _ = stream.set_nodelay(true);
    let service = router.clone().map_request(move |request: http::Request<hyper::body::Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(HEAD_BYTES);
    builder
        .serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(service))
        .into_owned()
}

/// The turn is given back when the connection ends.
fn spawn(
    connection: impl Future<Output = Result<(), Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
    turn: Option<OwnedSemaphorePermit>,
) {
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection broke off");
        }
        drop(turn);
    });
}
