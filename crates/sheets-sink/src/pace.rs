//! Google counts reads and writes of a user apart, each in a window of a minute: so do we.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::{sync::Mutex, time::Instant};

const WINDOW: Duration = Duration::from_mins(1);

/// At most so many in any minute. Those who wait go in their order (the mutex is fair).
#[derive(Debug)]
pub(crate) struct Window {
    most: usize,
    sent: Mutex<VecDeque<Instant>>,
}

impl Window {
    pub(crate) fn new(per_minute: u32) -> Self {
        let most = usize::try_from(per_minute).unwrap_or(usize::MAX).max(1);
        Self { most, sent: Mutex::default() }
    }

    /// Waits for its turn.
    pub(crate) async fn turn(&self) {
        let mut sent = self.sent.lock().await;
        if sent.len() >= self.most
            && let Some(first) = sent.pop_front()
        {
            tokio::time::sleep_until(first + WINDOW).await;
        }
        sent.push_back(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_minute_holds_more_than_allowed() {
        let window = Window::new(3);
        let start = Instant::now();
        let mut starts = Vec::new();
        for _ in 0..8 {
            window.turn().await;
            starts.push(start.elapsed());
        }
        assert!(starts.windows(4).all(|four| four[3] >= four[0] + WINDOW), "{starts:?}");
        assert_eq!(starts.iter().filter(|at| at.is_zero()).count(), 3);
    }
}
