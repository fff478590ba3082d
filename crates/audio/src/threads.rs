//! A few threads of its own for work on sound, always the same ones.
//!
//! Such work takes a core for long and memory by the megabyte. On a pool that hands each piece of it to another
//! thread the system's allocator keeps part of what every one of them has freed: sixteen calls at once cost a
//! gigabyte, while on as many threads as cores they cost what the work in hand does. And a thread with a name
//! tells how much of the processor's time went into sound: `/proc/PID/task/*/stat`.

use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// Threads that begin with the first work and end with their last handle.
pub struct SoundThreads {
    name: &'static str,
    count: usize,
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
}

impl SoundThreads {
    /// `count` threads (one at least), named `name-0`, `name-1`…: Linux shows fifteen letters of that.
    pub fn new(name: &'static str, count: usize) -> Self {
        Self { name, count: count.max(1), jobs: Mutex::default() }
    }

    /// Queues `work` at once; what comes back may be waited for, or dropped: the work is done all the same.
    ///
    /// # Errors
    /// When the thread could not be begun, or died of a panic in `work`.
    pub fn run<T, W>(&self, work: W) -> impl Future<Output = io::Result<T>> + Send + use<T, W>
    where
        T: Send + 'static,
        W: FnOnce() -> T + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move || {
            // nobody may wait any more: the call was given up
            let _ = answer.send(work());
        });
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        // without a thread the job is dropped here, and whoever waits is told
        let _ = jobs.get_or_insert_with(|| self.begin()).send(job);
        let name = self.name;
        async move { answered.await.map_err(|_| io::Error::other(format!("the thread {name} was lost"))) }
    }

    fn begin(&self) -> mpsc::Sender<Job> {
        let (sender, receiver) = mpsc::channel::<Job>();
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..self.count {
            let receiver = Arc::clone(&receiver);
            // a machine without room for the last of them works with the first
            let _ = std::thread::Builder::new()
                .name(format!("{}-{number}", self.name))
                .spawn(move || work_off(&receiver));
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
    use std::thread;

    use super::*;

    /// Waits on this thread.
    fn wait<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
    }

    #[test]
    fn much_work_shares_the_same_few_threads() {
        let threads = SoundThreads::new("few", 2);
        let answers: Vec<_> =
            (0..32).map(|n| threads.run(move || (n, thread::current().name().map(str::to_owned)))).collect();
        let mut seen = HashSet::new();
        for (n, answer) in answers.into_iter().enumerate() {
            let (number, name) = wait(answer).unwrap();
            assert_eq!(number, n);
            seen.insert(name.unwrap());
        }
        assert!(seen.iter().all(|name| name.starts_with("few-")) && seen.len() <= 2, "{seen:?}");
    }

    #[test]
    fn neither_giving_up_nor_a_panic_ends_a_thread() {
        let threads = SoundThreads::new("stays", 1);
        drop(threads.run(|| 1));
        assert!(wait(threads.run(|| panic!("on purpose"))).is_err());
        assert_eq!(wait(threads.run(|| 2)).unwrap(), 2);
    }
}
