//! How fast a client asks: a line before one door, and places behind it.
//!
//! Own code, for `governor` sleeps by its own timers, which stand still under tokio's
//! paused time, and can neither change its pace nor pause.
//!
//! Whoever wants to send stands in one line (tokio's mutex is fair). Only the first in it
//! waits for anything: the end of a pause, a free place, the next moment of the pace. A
//! wait that is dropped takes nothing. The pace is GCRA with a small burst, laid out so
//! that no 60 seconds ever hold more than `per_minute` starts.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use crate::RateLimit;

/// The largest burst, and the share of a minute's budget it may be.
const MOST_BURST: u32 = 5;
const BURST_SHARE: u32 = 20;
/// The slowest pace: a thirty-second of what is configured. A server that wants less says
/// so by `Retry-After`.
const SLOWEST: f64 = 1.0 / 32.0;
/// What an accepted request gives back, as a share of the configured pace.
const RECOVERY: f64 = 1.0 / 20.0;
/// The longest wish that holds up the whole client; a server that wants more says it again.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

#[derive(Debug)]
pub(crate) struct Pace {
    limit: RateLimit,
    line: tokio::sync::Mutex<()>,
    freed: Notify,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The pace now, as a share of the configured one.
    share: f64,
    /// Counts the slow-downs: a refusal slows down only once for all that were on their way.
    epoch: u64,
    busy: usize,
    /// GCRA's theoretical time of the next start.
    due: Option<Instant>,
    paused_until: Option<Instant>,
}

enum Turn {
    Go { epoch: u64 },
    At(Instant),
    WhenFreed,
    TooLong(Duration),
}

impl Pace {
    pub(crate) fn new(limit: RateLimit) -> Arc<Self> {
        let state = State { share: 1.0, epoch: 0, busy: 0, due: None, paused_until: None };
        Arc::new(Self {
            limit,
            line: tokio::sync::Mutex::default(),
            freed: Notify::new(),
            state: Mutex::new(state),
        })
    }

    /// Waits for its turn. A pause that lasts longer than `longest` is not waited for: `Err`
    /// tells what is left of it.
    pub(crate) async fn place(self: &Arc<Self>, longest: Duration) -> Result<Place, Duration> {
        let _first_in_line = self.line.lock().await;
        loop {
            let turn = self.turn(longest);
            match turn {
                Turn::Go { epoch } => return Ok(Place { pace: Arc::clone(self), epoch }),
                Turn::At(moment) => tokio::time::sleep_until(moment).await,
                Turn::WhenFreed => self.freed.notified().await,
                Turn::TooLong(left) => return Err(left),
            }
        }
    }

    fn turn(&self, longest: Duration) -> Turn {
        let (now, mut state) = (Instant::now(), self.state());
        if let Some(until) = state.paused_until.filter(|until| *until > now) {
            let left = until - now;
            return if left > longest { Turn::TooLong(left) } else { Turn::At(until) };
        }
        if self.limit.concurrent.is_some_and(|most| state.busy >= places(most, state.share)) {
            return Turn::WhenFreed;
        }
        if let Some((interval, tolerance)) = self.rhythm(state.share) {
            let due = state.due.map_or(now, |due| due.max(now));
            if let Some(earliest) = due.checked_sub(tolerance).filter(|earliest| *earliest > now) {
                return Turn::At(earliest);
            }
            state.due = Some(due + interval);
        }
        state.busy += 1;
        Turn::Go { epoch: state.epoch }
    }

    /// Time between two starts, and how far ahead of it a burst may run. `burst` starts and
    /// then `per_minute − burst` evenly fill a minute exactly.
    fn rhythm(&self, share: f64) -> Option<(Duration, Duration)> {
        let per_minute = self.limit.per_minute?.max(1);
        let burst = (per_minute / BURST_SHARE).clamp(1, MOST_BURST);
        let interval = Duration::from_mins(1).div_f64(f64::from(per_minute - burst + 1) * share);
        Some((interval, interval * (burst - 1)))
    }

    /// The other side asks for a slower pace: nobody starts for `pause`.
    pub(crate) fn pause(&self, pause: Duration) {
        let (now, mut state) = (Instant::now(), self.state());
        let until = now + pause.min(LONGEST_PAUSE);
        state.paused_until = Some(state.paused_until.map_or(until, |before| before.max(until)));
        // no burst right after a pause
        if let Some((_, tolerance)) = self.rhythm(state.share) {
            let due = until + tolerance;
            state.due = Some(state.due.map_or(due, |before| before.max(due)));
        }
    }

    fn slow_down(&self, epoch: u64) {
        let mut state = self.state();
        if state.epoch == epoch {
            state.epoch += 1;
            state.share = (state.share / 2.0).max(SLOWEST);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Places at the present pace: at least one.
#[expect(clippy::cast_precision_loss, reason = "places are few")]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between one and most")]
fn places(most: usize, share: f64) -> usize {
    ((most as f64 * share).ceil() as usize).clamp(1, most.max(1))
}

/// A place behind the door, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    pace: Arc<Pace>,
    epoch: u64,
}

impl Place {
    /// Was asked to slow down: the client halves its pace and waits.
    pub(crate) fn slow_down(&self, pause: Duration) {
        self.pace.slow_down(self.epoch);
        self.pace.pause(pause);
    }

    /// Was accepted: a little faster again. What started before the last slow-down says nothing.
    pub(crate) fn accepted(&self) {
        let mut state = self.pace.state();
        if state.epoch == self.epoch {
            state.share = (state.share + RECOVERY).min(1.0);
            drop(state);
            // perhaps one more place than before
            self.pace.freed.notify_one();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.pace.state();
        state.busy = state.busy.saturating_sub(1);
        drop(state);
        self.pace.freed.notify_one();
    }
}
