//! The whole: rooms merged into one router, a socket, a worker behind it, and an orderly end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use app::{App, AppError, Config};
use axum::{Router, middleware};
use domain::Lang;
use pipeline::Unobserved;
use secrecy::SecretString;
use store::StoreError;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::access::door;
use crate::guard::{catch, nowhere, observe, speak};
use crate::{Web, access, api, outgoing, pages, seed, socket, voice, watch};

/// Told the real address once connections are taken.
pub type Ready = Box<dyn FnOnce(SocketAddr) + Send + Sync>;

/// How to serve.
pub struct ServeOptions {
    /// Where to listen.
    pub bind: SocketAddr,
    /// `ZVONAR_ADMIN_TOKEN`: a bearer token with all rights that stands in no table.
    pub admin_token: Option<SecretString>,
    /// Told the real address once connections are taken.
    pub ready: Option<Ready>,
    /// How long an answer waits for a judgement before it says where to look for it.
    pub patience: Duration,
    /// How long the head of a request may take, and a connection stay unused.
    pub head_timeout: Duration,
}

impl ServeOptions {
    /// Listens there, with nothing else set.
    pub fn new(bind: SocketAddr) -> Self {
        Self {
            bind,
            admin_token: None,
            ready: None,
            patience: Duration::from_mins(5),
            head_timeout: Duration::from_secs(15),
        }
    }

    /// As the settings have it.
    pub fn of(config: &Config) -> Self {
        Self { admin_token: config.server.admin_token.clone(), ..Self::new(config.server.bind) }
    }

    /// With somebody who is told the real address.
    #[must_use]
    pub fn with_ready(mut self, ready: Ready) -> Self {
        self.ready = Some(ready);
        self
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

impl ServeError {
    /// For a person: what happened and what to do.
    pub fn told(&self, lang: Lang) -> String {
        let (ru, hint) = match self {
            Self::App(error) => return error.to_string(),
            Self::Store(error) => return app::store_error(lang, error).to_string(),
            error if lang == Lang::En => return error.to_string(),
            Self::Unprotected { bind } => (
                format!(
                    "{bind} доступен с других машин, а пользователей и ключей доступа нет: звонки услышал бы кто угодно"
                ),
                "выдайте ключ: zvonar user token ИМЯ --role admin, или задайте ZVONAR_ADMIN_TOKEN, или слушайте 127.0.0.1",
            ),
            Self::Bind { bind, source } => (
                format!("{bind} занять не вышло: {}", pipeline::io_words(lang, source)),
                "другой адрес: ZVONAR_BIND=127.0.0.1:8001",
            ),
        };
        format!("{ru} → {hint}")
    }
}

/// The line of the start: where we are, how to look, how to stop.
pub fn welcome(address: SocketAddr, lang: Lang) -> String {
    let shown = match address.ip() {
        ip if ip.is_unspecified() => format!("http://localhost:{}/", address.port()),
        _ => format!("http://{address}/"),
    };
    match lang {
        Lang::Ru => {
            format!("zvonar слушает {address} — откройте {shown} (API: {shown}docs); остановить: Ctrl+C")
        }
        Lang::En => {
            format!("zvonar listens on {address} — open {shown} (API: {shown}docs); stop it with Ctrl+C")
        }
    }
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
    tokio::spawn(web.uis_hints().clone().follow(web.clone()));
    tokio::spawn(outgoing::tell_others(web.clone()));
    tokio::spawn(held(web.clone()));
    seed::sweep(&app.config().data_dir, app.clock().now());
    if let Some(ready) = options.ready.take() {
        ready(listener.local_addr().map_err(cannot_listen)?);
    }
    stop_together(&web, stop.clone());
    socket::accept(listener, router(web.clone()), options.head_timeout, &stop).await;
    web.stopping().cancel();
    // a worker that panicked has told so
    let _ = worker.await;
    web.write_looks().await;
    Ok(())
}

/// A worker's own figures and health at `bind`, until `stop`: nothing else is answered there. Whoever may see
/// them is told by the same door as that of the whole service.
///
/// # Errors
/// As [`serve`].
pub async fn serve_figures(
    app: Arc<App>,
    bind: SocketAddr,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let mut options = ServeOptions::new(bind);
    options.admin_token.clone_from(&app.config().server.admin_token);
    let web = Web::open(app, &options).await?;
    let listener = TcpListener::bind(bind).await.map_err(|source| ServeError::Bind { bind, source })?;
    let router = layered(Router::new().merge(watch::router()).fallback(nowhere), web);
    socket::accept(listener, router, options.head_timeout, &stop).await;
    Ok(())
}

/// Calls are held as long as the service runs. Settings that hinder them hinder nothing else.
async fn held(web: Web) {
    match web.app().voice().await {
        Ok(room) => room.keep(web.stopping().clone()).await,
        Err(error) => tracing::warn!(%error, "AI calls are not held"),
    }
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
    let rooms = Router::new()
        .merge(access::router())
        .merge(watch::router())
        .merge(seed::router())
        .merge(api::router())
        .merge(outgoing::router())
        .merge(pages::router())
        .merge(voice::router())
        .fallback(nowhere);
    layered(rooms, web)
}

fn layered(rooms: Router<Web>, web: Web) -> Router {
    rooms
        .layer(middleware::from_fn_with_state(web.clone(), door))
        .layer(middleware::from_fn(catch))
        .layer(middleware::from_fn_with_state(web.clone(), speak))
        .layer(middleware::from_fn_with_state(web.clone(), observe))
        .with_state(web)
}
