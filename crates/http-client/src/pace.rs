//! How fast a client asks: a line before one door, and places behind it.
//!
//! Own code, for `governor` sleeps by its own timers, which stand still under tokio's
//! paused time, and can neither change its pace nor pause.
//!
//! Whoever wants to send stands in one line (tokio's mutex is fair). Only the first in it
//! waits for anything: the end of a pause, a free place, the next moment of the pace. A
//! wait that is dropped takes nothing. The pace is GCRA with a small burst, laid out so
//! that no 60 seconds ever hold more than `per_minute` starts. Where the pace is shared with other
//! processes, moments and places come from [`SharedPace`], and only slow-downs are this client's own.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use crate::{
    PaceAsk, RateLimit, SharedPace,
    shared::{ASK_AGAIN, BEAT, LATE, LEASE, Share, batch},
};

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
    shared: Option<Arc<dyn SharedPace>>,
    asking: tokio::sync::Mutex<()>,
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
    /// Of the pace that is kept together with others.
    ours: Share,
}

enum Turn {
    Go {
        epoch: u64,
    },
    At(Instant),
    WhenFreed,
    TooLong(Duration),
    /// The batch is used up: so many moments are wanted.
    Ask {
        starts: u32,
    },
}

impl Pace {
    pub(crate) fn shared(limit: RateLimit, shared: Option<Arc<dyn SharedPace>>) -> Arc<Self> {
        let ours = Share::new();
        let state = State { share: 1.0, epoch: 0, busy: 0, due: None, paused_until: None, ours };
        let limited = limit.per_minute.is_some() || limit.concurrent.is_some();
        Arc::new(Self {
            limit,
            line: tokio::sync::Mutex::default(),
            freed: Notify::new(),
            state: Mutex::new(state),
            shared: shared.filter(|_| limited),
            asking: tokio::sync::Mutex::default(),
        })
    }

    /// Waits for its turn. A pause that lasts longer than `longest` is not waited for: `Err`
    /// tells what is left of it.
    pub(crate) async fn place(self: &Arc<Self>, longest: Duration) -> Result<Place, Duration> {
        let _waiting = Waiting::begin(self);
        let _first_in_line = self.line.lock().await;
        loop {
            let turn = self.turn(longest);
            match turn {
                Turn::Go { epoch } => return Ok(Place { pace: Arc::clone(self), epoch }),
                Turn::At(moment) => tokio::time::sleep_until(moment).await,
                Turn::WhenFreed if self.shared.is_none() => self.freed.notified().await,
                Turn::WhenFreed => {
                    // freed here or at another's
                    tokio::time::timeout(ASK_AGAIN, self.freed.notified()).await.ok();
                }
                Turn::Ask { starts } => self.ask(starts).await,
                Turn::TooLong(left) => return Err(left),
            }
        }
    }

    /// Asks those who share the pace, and tells them that this client lives.
    async fn ask(self: &Arc<Self>, starts: u32) {
        let Some(shared) = &self.shared else { return };
        // answers are learnt in the order in which they are given
        let _one_at_a_time = self.asking.lock().await;
        let ask = {
            let mut state = self.state();
            state.ours.asked = Some(Instant::now());
            // what is not in use may be given to others by the time that the answer comes
            state.ours.places = state.busy;
            let all = self.limit.concurrent.unwrap_or(state.busy + 1);
            let wanted = if state.ours.waiting > 0 { all } else { state.busy };
            let apart = self.shared_apart().unwrap_or_default();
            PaceAsk { limit: self.limit, apart, starts, busy: state.busy, wanted, lease: LEASE }
        };
        let turn = shared.turn(ask).await;
        let mut state = self.state();
        state.ours.learn(starts, turn, self.limit);
        // the first in the line may be waiting for just that
        self.freed.notify_one();
        if !std::mem::replace(&mut state.ours.beating, true) {
            tokio::spawn(beat(Arc::downgrade(self)));
        }
    }

    fn turn(&self, longest: Duration) -> Turn {
        let (now, mut state) = (Instant::now(), self.state());
        if let Some(until) = state.paused_until.filter(|until| *until > now) {
            let left = until - now;
            return if left > longest { Turn::TooLong(left) } else { Turn::At(until) };
        }
        if self.shared.is_some() && !state.ours.is_alone() {
            return self.shared_turn(&mut state, now);
        }
        let most = if self.shared.is_some() { Some(state.ours.places) } else { self.limit.concurrent };
        if self.limit.concurrent.and(most).is_some_and(|most| state.busy >= places(most, state.share)) {
            return Turn::WhenFreed;
        }
        let part = state.share / f64::from(u32::try_from(state.ours.sharers).unwrap_or(u32::MAX));
        if let Some((interval, tolerance)) = self.rhythm(part) {
            let due = state.due.map_or(now, |due| due.max(now));
            if let Some(earliest) = due.checked_sub(tolerance).filter(|earliest| *earliest > now) {
                return Turn::At(earliest);
            }
            state.due = Some(due + interval);
        }
        state.busy += 1;
        Turn::Go { epoch: state.epoch }
    }

    /// By what was given out. A slow-down of this client's own keeps it below that.
    fn shared_turn(&self, state: &mut State, now: Instant) -> Turn {
        if let Some(all) = self.limit.concurrent {
            let ours = state.ours.places;
            let may_ask = ours < all && state.ours.asked.is_none_or(|asked| now >= asked + ASK_AGAIN);
            if state.busy >= ours && may_ask {
                return Turn::Ask { starts: 0 };
            }
            if ours == 0 || state.busy >= places(ours, state.share) {
                return Turn::WhenFreed;
            }
        }
        if let Some(interval) = self.shared_apart() {
            let Some(moment) = state.ours.moment(now, interval) else {
                return Turn::Ask { starts: batch(interval) };
            };
            let slowed = state.due.filter(|_| state.share < 1.0).map_or(moment, |due| due.max(moment));
            if slowed > now {
                return Turn::At(slowed);
            }
            state.ours.use_moment(interval);
            state.due = Some(now + interval.div_f64(state.share));
        }
        state.busy += 1;
        Turn::Go { epoch: state.epoch }
    }

    /// Between two moments that are given out: so that a minute holds no more than the limit, even if each may be
    /// used a little late.
    fn shared_apart(&self) -> Option<Duration> {
        let per_minute = self.limit.per_minute?.max(1);
        let burst = (per_minute / BURST_SHARE).clamp(1, MOST_BURST);
        Some((Duration::from_mins(1) + LATE) / (per_minute - burst + 1))
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

/// Keeps the places of a client while it uses them, and gives them back when it does not.
fn beat(pace: Weak<Pace>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        loop {
            tokio::time::sleep(BEAT).await;
            let Some(pace) = pace.upgrade() else { return };
            pace.ask(0).await;
            let mut state = pace.state();
            if state.busy == 0 && state.ours.waiting == 0 {
                (state.ours.beating, state.ours.places) = (false, 0);
                return;
            }
        }
    })
}

/// One who stands in the line, until dropped.
struct Waiting(Arc<Pace>);

impl Waiting {
    fn begin(pace: &Arc<Pace>) -> Self {
        pace.state().ours.waiting += 1;
        Self(Arc::clone(pace))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.ours.waiting = state.ours.waiting.saturating_sub(1);
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
