//! Google counts reads and writes of a user apart, each in a window of a minute: so do we.
//!
//! Where other processes write with the same key, moments are given out by whoever knows all of them
//! ([`SharedPace`]). They come evenly, but a delivery is a few requests at once and then none for long: a part
//! of the minute may be used up in one go, and what is given out is so much slower.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http_client::{PaceAsk, RateLimit, SharedPace};
use tokio::{sync::Mutex, time::Instant};

const WINDOW: Duration = Duration::from_mins(1);

/// Who gives out the requests of a minute where several processes share them.
#[derive(Debug, Clone)]
pub struct SharedQuota {
    /// Reads.
    pub reads: Arc<dyn SharedPace>,
    /// Writes, which are counted apart.
    pub writes: Arc<dyn SharedPace>,
}

/// At most so many in any minute. Those who wait go in their order (the mutex is fair).
pub(crate) struct Window {
    most: u32,
    shared: Option<Arc<dyn SharedPace>>,
    line: Mutex<Line>,
}

#[derive(Debug)]
struct Line {
    /// The last of them, the oldest first.
    sent: VecDeque<Instant>,
    /// How many shared the minute when they were last asked.
    sharers: usize,
}

impl fmt::Debug for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Window").field("most", &self.most).finish_non_exhaustive()
    }
}

impl Window {
    pub(crate) fn new(per_minute: u32, shared: Option<Arc<dyn SharedPace>>) -> Self {
        let line = Line { sent: VecDeque::new(), sharers: 1 };
        Self { most: per_minute.max(1), shared, line: Mutex::new(line) }
    }

    /// Waits for its turn.
    pub(crate) async fn turn(&self) {
        let mut line = self.line.lock().await;
        let given = self.given(&mut line).await;
        let most = usize::try_from(self.most).unwrap_or(usize::MAX);
        // with nobody to ask each keeps to an equal part
        let part = if given.is_some() { most } else { (most / line.sharers).max(1) };
        while line.sent.len() > part {
            line.sent.pop_front();
        }
        let free = line.sent.front().filter(|_| line.sent.len() >= part).map(|first| *first + WINDOW);
        let turn = given.into_iter().chain(free).max();
        if let Some(turn) = turn {
            tokio::time::sleep_until(turn).await;
        }
        if line.sent.len() >= part {
            line.sent.pop_front();
        }
        line.sent.push_back(Instant::now());
    }

    /// A moment of the minute that all share; `None` when nobody gives them out.
    async fn given(&self, line: &mut Line) -> Option<Instant> {
        let shared = self.shared.as_ref()?;
        let at_once = self.most / 3;
        let evenly = self.most - at_once;
        let apart = WINDOW / evenly;
        let limit = RateLimit { per_minute: Some(evenly), concurrent: None };
        let ask = PaceAsk { limit, apart, starts: 1, busy: 0, wanted: 0, lease: WINDOW };
        let turn = shared.turn(ask).await?;
        line.sharers = turn.sharers.max(1);
        // so many may come before their moment that no minute holds more than all of them
        let early = apart * at_once.saturating_sub(1);
        Some(Instant::now() + turn.first_in.saturating_sub(early))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex as Lock;
    use std::sync::atomic::{AtomicBool, Ordering};

    use async_trait::async_trait;
    use http_client::PaceTurn;

    use super::*;

    /// Gives moments out evenly, as the shared database does.
    #[derive(Debug, Default)]
    struct Even {
        next: Lock<Option<Instant>>,
        away: AtomicBool,
    }

    #[async_trait]
    impl SharedPace for Even {
        async fn turn(&self, ask: PaceAsk) -> Option<PaceTurn> {
            if self.away.load(Ordering::Relaxed) {
                return None;
            }
            let (now, mut next) = (Instant::now(), self.next.lock().unwrap());
            let first = next.unwrap_or(now).max(now);
            *next = Some(first + ask.apart * ask.starts);
            Some(PaceTurn { places: 0, first_in: first - now, sharers: 2 })
        }
    }

    async fn starts(window: &Window, count: usize) -> Vec<Instant> {
        let mut starts = Vec::new();
        for _ in 0..count {
            window.turn().await;
            starts.push(Instant::now());
        }
        starts
    }

    fn fullest(starts: &mut [Instant]) -> usize {
        starts.sort();
        let within =
            |first: usize| starts[first..].iter().take_while(|at| **at < starts[first] + WINDOW).count();
        (0..starts.len()).map(within).max().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn no_minute_holds_more_than_allowed() {
        let window = Window::new(3, None);
        let start = Instant::now();
        let starts: Vec<Duration> = starts(&window, 8).await.into_iter().map(|at| at - start).collect();
        assert!(starts.windows(4).all(|four| four[3] >= four[0] + WINDOW), "{starts:?}");
        assert_eq!(starts.iter().filter(|at| at.is_zero()).count(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn two_that_share_a_minute_never_pass_it_together_and_a_few_requests_wait_for_nothing() {
        let even = Arc::new(Even::default());
        let windows = [Window::new(30, Some(even.clone())), Window::new(30, Some(even.clone()))];
        let begun = Instant::now();
        let few = starts(&windows[0], 9).await;
        assert!(few.iter().all(|at| *at == begun), "{few:?}");
        let (one, two) = tokio::join!(starts(&windows[0], 60), starts(&windows[1], 60));
        let mut all = [few, one, two].concat();
        assert!(fullest(&mut all) <= 30, "{}", fullest(&mut all));
        // 129 requests at 20 a minute and ten ahead
        assert!(begun.elapsed() < Duration::from_mins(7), "{:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn with_nobody_to_ask_each_keeps_to_its_part() {
        let even = Arc::new(Even::default());
        let windows = [Window::new(30, Some(even.clone())), Window::new(30, Some(even.clone()))];
        tokio::join!(starts(&windows[0], 1), starts(&windows[1], 1));
        tokio::time::advance(WINDOW).await;
        even.away.store(true, Ordering::Relaxed);
        let (one, two) = tokio::join!(starts(&windows[0], 40), starts(&windows[1], 40));
        let mut all = [one, two].concat();
        assert!(fullest(&mut all) <= 30, "{}", fullest(&mut all));
    }
}
