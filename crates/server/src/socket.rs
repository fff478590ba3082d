//! Connections: how many, how long a head may take, and an orderly end.
//!
//! `axum::serve` has no clock on request heads; hence hyper's own builder, and not the one of hyper-util
//! that guesses the version: it waits for the first bytes without a clock. HTTP/1.1 alone is spoken: a proxy
//! that speaks HTTP/2 with browsers stands before us.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
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
    let (turns, conversations) = (Arc::new(Semaphore::new(CONNECTIONS)), TaskTracker::new());
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
                let conversation = converse(stream, peer, router.clone(), head, stop.clone());
                conversations.spawn(async move {
                    if let Err(error) = conversation.await {
                        tracing::debug!(%error, "a connection broke off");
                    }
                    drop(turn);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not taken");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    conversations.close();
    if tokio::time::timeout(LEAVE, conversations.wait()).await.is_err() {
        tracing::info!("some answers were cut short at the end");
    }
}

/// One connection to its end; after `stop` it ends with the answer under way.
async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    head: Duration,
    stop: CancellationToken,
) -> Result<(), hyper::Error> {
    // a page is many small answers
    let _ = stream.set_nodelay(true);
    let service = router.map_request(move |request: http::Request<hyper::body::Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    let connection = Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    connection.await
}
