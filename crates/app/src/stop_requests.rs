//! Requests to leave: Ctrl-C and, where the system has it, the SIGTERM of a service manager.

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Counts the requests from the moment on that it listens, so that none falls between two who wait for one.
///
/// Who listens takes on to leave when asked: the system does not end the program any more.
#[derive(Debug, Clone)]
pub struct StopRequests {
    count: watch::Receiver<u32>,
}

impl StopRequests {
    /// Listens as long as the Tokio runtime lives that it is called in.
    ///
    /// # Errors
    /// When the system takes no handler.
    pub fn listen() -> std::io::Result<Self> {
        let mut signals = Signals::new()?;
        let (counted, count) = watch::channel(0);
        tokio::spawn(async move {
            while signals.next().await {
                counted.send_modify(|count| *count += 1);
            }
        });
        Ok(Self { count })
    }

    /// Those that another part of the program counts.
    pub fn counted(count: watch::Receiver<u32>) -> Self {
        Self { count }
    }

    /// Those so far.
    pub fn count(&self) -> u32 {
        *self.count.borrow()
    }

    /// Returns when there were more than `heard`.
    pub async fn more_than(&self, heard: u32) {
        let mut count = self.count.clone();
        if count.wait_for(|count| *count > heard).await.is_err() {
            // nobody listens any more: the runtime ends
            std::future::pending::<()>().await;
        }
    }

    /// Does work that can stop cleanly: the first request after `heard` cancels `stop`, the second drops the work,
    /// and there is no result.
    pub async fn gently<T>(
        &self,
        heard: u32,
        stop: &CancellationToken,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let requests = async {
            self.more_than(heard).await;
            stop.cancel();
            self.more_than(heard + 1).await;
        };
        tokio::select! {
            done = work => Some(done),
            () = requests => None,
        }
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// False: there will be no more.
    async fn next(&mut self) -> bool {
        tokio::select! {
            signal = self.interrupt.recv() => signal.is_some(),
            signal = self.terminate.recv() => signal.is_some(),
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    /// False: there will be no more.
    async fn next(&mut self) -> bool {
        self.0.recv().await.is_some()
    }
}
