//! The whole: rooms merged into one router, a socket, and an orderly end.

use std::net::SocketAddr;
use std::sync::Arc;

use app::{App, AppError};
use axum::{Router, middleware};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::access::door;
use crate::guard::{nowhere, speak};
use crate::{Web, access, api, outgoing, pages, seed};

/// How to serve.
pub struct ServeOptions {
    /// Where to listen.
    pub bind: SocketAddr,
    /// `ZVONAR_ADMIN_TOKEN`: a bearer token with all rights that stands in no table.
    pub admin_token: Option<SecretString>,
    /// Told the real address once connections are taken.
    pub ready: Option<Box<dyn FnOnce(SocketAddr) + Send>>,
}

impl ServeOptions {
    /// Listens there, with nothing else set.
    pub fn new(bind: SocketAddr) -> Self {
        Self { bind, admin_token: None, ready: None }
    }
}

/// Why the service did not start or did not go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A part of the installation failed.
    #[error(transparent)]
    App(#[from] AppError),
    /// The address cannot be listened on.
    #[error("{bind} cannot be listened on: {source}; choose another with ZVONAR_BIND")]
    Bind {
        /// The address.
        bind: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The socket broke.
    #[error("the socket broke: {0}")]
    Io(#[from] std::io::Error),
}

/// Serves until `stop`, then ends what is under way.
///
/// # Errors
/// When the address cannot be listened on, or the installation does not open.
pub async fn serve(
    app: Arc<App>,
    mut options: ServeOptions,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let web = Web::open(app, &options).await?;
    let bind = options.bind;
    let listener = TcpListener::bind(bind).await.map_err(|source| ServeError::Bind { bind, source })?;
    if let Some(ready) = options.ready.take() {
        ready(listener.local_addr()?);
    }
    let service = router(web).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await?;
    Ok(())
}

/// The service without a socket.
pub fn router(web: Web) -> Router {
    Router::new()
        .merge(access::router())
        .merge(seed::router())
        .merge(api::router())
        .merge(outgoing::router())
        .merge(pages::router())
        .fallback(nowhere)
        .layer(middleware::from_fn_with_state(web.clone(), door))
        .layer(middleware::from_fn_with_state(web.clone(), speak))
        .with_state(web)
}
