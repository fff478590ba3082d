//! Ctrl-C: the first asks for a clean stop, the second ends at once.

use std::future::Future;

use tokio_util::sync::CancellationToken;

use crate::failure::Failure;
use crate::progress::RunProgress;
use crate::texts::{Texts, t};

/// Does the work until it is done or a person stops it; what was begun is dropped then.
pub(crate) async fn or_interrupted<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::select! {
        done = work => done,
        () = asked_to_stop() => Err(Failure::interrupted()),
    }
}

/// Does work that can stop cleanly: the first request cancels `stop`, the second drops the work.
/// The bars say what happens: a line that goes past them would tear them.
pub(crate) async fn cleanly<T>(
    texts: Texts,
    progress: &RunProgress,
    stop: &CancellationToken,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let requests = async {
        asked_to_stop().await;
        stop.cancel();
        progress.say_once(&[t!(texts, "stopping")]);
        asked_to_stop().await;
    };
    tokio::select! {
        done = work => done,
        () = requests => Err(Failure::interrupted()),
    }
}

/// The same for work without bars.
pub(crate) async fn gently<T>(stop: &CancellationToken, work: impl Future<Output = T>) -> Result<T, Failure> {
    let requests = async {
        asked_to_stop().await;
        stop.cancel();
        asked_to_stop().await;
    };
    tokio::select! {
        done = work => Ok(done),
        () = requests => Err(Failure::interrupted()),
    }
}

/// Ctrl-C, or the polite signal of a service manager.
async fn asked_to_stop() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = interrupt => {}
        () = terminate() => {}
    }
}

#[cfg(unix)]
async fn terminate() {
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminate() {
    std::future::pending::<()>().await;
}
