//! The whole: rooms merged into one router, a socket, a worker behind it, and an orderly end.

use std::net::SocketAddr;
use std::sync::Arc;

use app::{App, AppError};
use axum::{Router, middleware};
use pipeline::Unobserved;
use secrecy::SecretString;
use store::StoreError;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::access::door;
use crate::guard::{catch, nowhere, observe, speak};
use crate::{Web, access, api, outgoing, pages, seed, socket, watch};

/// Told the real address once connections are taken.
pub type Ready = Box<dyn FnOnce(SocketAddr) + Send>;

/// How to serve.
pub struct ServeOptions {
    /// Where to listen.
    pub bind: SocketAddr,
    /// `ZVONAR_ADMIN_TOKEN`: a bearer token with all rights that stands in no table.
    pub admin_token: Option<SecretString>,
    /// Told the real address once connections are taken.
    pub ready: Option<Ready>,
}

impl ServeOptions {
    /// Listens there, with nothing else set.
    pub fn new(bind: SocketAddr) -> Self {
        Self { bind, admin_token: None, ready: None }
    }
}

impl std::fmt::Debug for ServeOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServeOptions").field("bind", &self.bind).finish_non_exhaustive()
    }
}

/// Why the service did not start or did not go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Others could reach us, and nothing would keep them out.
    #[error(
        "{bind} can be reached from other machines, and there is no user and no token: anybody could \
         listen to the calls; make a token with `zvonar user token NAME --role admin`, or set \
         ZVONAR_ADMIN_TOKEN, or listen on 127.0.0.1"
    )]
    Unprotected {
        /// The address.
        bind: SocketAddr,
    },
    /// A part of the installation failed.
    #[error(transparent)]
    App(#[from] AppError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address cannot be listened on.
    #[error("{bind} cannot be listened on: {source}; choose another with ZVONAR_BIND")]
    Bind {
        /// The address.
        bind: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Serves until `stop`, then ends what is under way and gives unfinished work back to the queue.
///
/// # Errors
/// When the address cannot be listened on or would be unprotected, or a part of the installation cannot
/// be used.
pub async fn serve(
    app: Arc<App>,
    mut options: ServeOptions,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let web = Web::open(Arc::clone(&app), &options).await?;
    let bind = options.bind;
    let cannot_listen = |source| ServeError::Bind { bind, source };
    let listener = TcpListener::bind(bind).await.map_err(cannot_listen)?;
    let worker = app.serving_parts()?.serve(Arc::new(Unobserved), web.stopping().clone());
    let worker = tokio::spawn(watched(web.clone(), worker));
    if let Some(ready) = options.ready.take() {
        ready(listener.local_addr().map_err(cannot_listen)?);
    }
    stop_together(&web, stop.clone());
    socket::accept(listener, router(web.clone()), &stop).await;
    web.stopping().cancel();
    // a worker that panicked has told so
    let _ = worker.await;
    Ok(())
}

/// Endless answers look at this token.
fn stop_together(web: &Web, stop: CancellationToken) {
    let stopping = web.stopping().clone();
    tokio::spawn(async move {
        stop.cancelled().await;
        stopping.cancel();
    });
}

/// A worker that ends by itself leaves a service that is not ready.
async fn watched(web: Web, worker: impl Future<Output = Result<(), AppError>>) {
    let ended = worker.await;
    if let Err(error) = &ended {
        tracing::error!(%error, "the worker has ended");
    }
    if !web.stopping().is_cancelled() {
        web.readiness().worker_has_ended();
    }
}

/// The service without a socket.
pub fn router(web: Web) -> Router {
    Router::new()
        .merge(access::router())
        .merge(watch::router())
        .merge(seed::router())
        .merge(api::router())
        .merge(outgoing::router())
        .merge(pages::router())
        .fallback(nowhere)
        .layer(middleware::from_fn_with_state(web.clone(), door))
        .layer(middleware::from_fn(catch))
        .layer(middleware::from_fn_with_state(web.clone(), speak))
        .layer(middleware::from_fn_with_state(web.clone(), observe))
        .with_state(web)
}
