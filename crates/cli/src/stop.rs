//! Ctrl-C and SIGTERM: a command that knows no better is ended at once, and keeps what it has in the store;
//! one that can end cleanly does so at the first request, and at the second at once.

use std::future::Future;

use app::StopRequests;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;
use crate::progress::RunProgress;
use crate::texts::{Texts, t};

/// Whose the next requests are.
#[derive(Debug, Clone)]
pub(crate) struct Stop {
    requests: StopRequests,
    /// So many requests, counted from the start, do not end the program: somebody minds them.
    minded: watch::Sender<u32>,
}

impl Stop {
    pub(crate) fn new(requests: StopRequests) -> Self {
        Self { requests, minded: watch::Sender::new(0) }
    }

    /// The whole program: a request that nobody minds ends it.
    pub(crate) async fn ends<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::select! {
            done = work => done,
            () = self.unminded() => Err(Failure::interrupted()),
        }
    }

    async fn unminded(&self) {
        let mut minded = self.minded.subscribe();
        loop {
            let heard = *minded.borrow_and_update();
            if self.requests.count() > heard {
                return;
            }
            // whoever begins to mind may do so in the very moment of a request: both are looked at again
            tokio::select! {
                () = self.requests.more_than(heard) => {}
                _ = minded.changed() => {}
            }
        }
    }

    /// Does work that can stop cleanly: the first request cancels `stop`, the second drops the work.
    pub(crate) async fn gently<T>(
        &self,
        stop: &CancellationToken,
        work: impl Future<Output = T>,
    ) -> Result<T, Failure> {
        let minding = Minding::begin(self);
        Box::pin(self.requests.gently(minding.heard, stop, work)).await.ok_or_else(Failure::interrupted)
    }

    /// The same beside bars, which say what happens: a line that goes past them would tear them.
    pub(crate) async fn cleanly<T>(
        &self,
        texts: Texts,
        progress: &RunProgress,
        stop: &CancellationToken,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let telling = async {
            stop.cancelled().await;
            progress.say_once(&[t!(texts, "stopping")]);
            std::future::pending().await
        };
        let told = async {
            tokio::select! {
                done = work => done,
                never = telling => never,
            }
        };
        self.gently(stop, told).await?
    }
}

/// While it lives the next two requests are its own; those that came meanwhile are dealt with.
struct Minding<'a> {
    stop: &'a Stop,
    heard: u32,
}

impl<'a> Minding<'a> {
    fn begin(stop: &'a Stop) -> Self {
        let heard = *stop.minded.borrow();
        stop.minded.send_replace(heard + 2);
        Self { stop, heard }
    }
}

impl Drop for Minding<'_> {
    fn drop(&mut self) {
        self.stop.minded.send_replace(self.stop.requests.count().max(self.heard));
    }
}

#[cfg(test)]
mod tests;
