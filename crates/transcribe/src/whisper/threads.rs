//! The few threads that decode, always the same ones.
//!
//! A decode takes some two hundred megabytes and gives them back, but the system's allocator keeps part of
//! what a thread has freed for that thread. On a pool that hands each decode to another thread sixteen
//! calls at once cost a gigabyte; on threads of their own they cost as much as the decodes that run.

use std::sync::{Arc, Mutex, PoisonError, mpsc};

use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// As many threads as decodes may run. Begun at the first decode, ended with the last handle.
pub(super) struct DecodeThreads {
    count: usize,
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
}

impl DecodeThreads {
    pub(super) fn new(count: usize) -> Self {
        Self { count: count.max(1), jobs: Mutex::default() }
    }

    /// Runs `work` on one of the threads. The answer fails when the thread could not be begun or died.
    pub(super) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> oneshot::Receiver<T> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move || {
            // nobody may wait any more: the call was given up
            let _ = answer.send(work());
        });
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = jobs.get_or_insert_with(|| self.begin());
        if sender.send(job).is_err() {
            tracing::error!("no thread is left to decode");
        }
        answered
    }

    fn begin(&self) -> mpsc::Sender<Job> {
        let (sender, receiver) = mpsc::channel::<Job>();
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..self.count {
            let receiver = Arc::clone(&receiver);
            let begun = std::thread::Builder::new()
                .name(format!("whisper-{number}"))
                .spawn(move || work_off(&receiver));
            if let Err(error) = begun {
                tracing::error!(%error, "a decoding thread could not be started");
            }
        }
        sender
    }
}

fn work_off(jobs: &Mutex<mpsc::Receiver<Job>>) {
    loop {
        // the lock is held while waiting, not while working
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // whoever waits for a job that panicked is told by its dropped answer
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(job));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[tokio::test]
    async fn many_decodes_share_the_same_few_threads() {
        let threads = DecodeThreads::new(2);
        let answers: Vec<_> =
            (0..32).map(|n| threads.run(move || (n, std::thread::current().id()))).collect();
        let mut seen = HashSet::new();
        for (n, answer) in answers.into_iter().enumerate() {
            let (number, thread) = answer.await.unwrap();
            assert_eq!(number, n);
            seen.insert(thread);
        }
        assert!(seen.len() <= 2, "{seen:?}");
    }

    #[tokio::test]
    async fn a_given_up_decode_does_not_stop_the_thread() {
        let threads = DecodeThreads::new(1);
        drop(threads.run(|| 1));
        assert_eq!(threads.run(|| 2).await.unwrap(), 2);
    }
}
