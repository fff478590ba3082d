//! A pace that many processes keep together: moments to begin requests at, and places for those on their way,
//! are given out in small batches by somebody who knows all of them.
//!
//! Asked for when the last batch is used up, so a request costs a question only where a provider lets one a
//! second through. Places are leased: while any is in use the lease is prolonged, and a holder that dies
//! frees them by its silence. When nobody answers, an equal part of the limits holds, by the number of sharers
//! seen last: nothing stands still because a database restarts.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::RateLimit;

/// Between two signs of life of one who holds places.
pub(crate) const BEAT: Duration = Duration::from_secs(2);
/// Seven signs of life may get lost.
pub(crate) const LEASE: Duration = Duration::from_secs(15);
/// How soon one without a place asks again.
pub(crate) const ASK_AGAIN: Duration = Duration::from_millis(200);
/// How long the part of one's own holds when nobody answered.
pub(crate) const ALONE: Duration = Duration::from_secs(5);
/// A moment that is not used by then is lost: it belongs to a minute that is over.
pub(crate) const LATE: Duration = Duration::from_millis(250);
/// Moments of one batch reach so far.
const BATCH: Duration = Duration::from_millis(250);

/// What a client wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaceAsk {
    /// The limits that all hold together.
    pub limit: RateLimit,
    /// Between two requests of anybody.
    pub apart: Duration,
    /// Moments to begin at.
    pub starts: u32,
    /// Requests of this client on their way.
    pub busy: usize,
    /// So many it would have on their way; 0 = it is done for now.
    pub wanted: usize,
    /// Its places are free again after this, unless it comes back.
    pub lease: Duration,
}

/// What it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaceTurn {
    /// Requests that it may have on their way.
    pub places: usize,
    /// Its first moment from now, the others [`PaceAsk::apart`] later each.
    pub first_in: Duration,
    /// How many may want something the next moment, it included: the divisor when nobody answers.
    pub sharers: usize,
}

/// Who gives out moments and places.
#[async_trait]
pub trait SharedPace: fmt::Debug + Send + Sync {
    /// A turn; `None` when nobody can be asked now. Must answer within seconds.
    async fn turn(&self, ask: PaceAsk) -> Option<PaceTurn>;
}

/// What was given and is not used yet.
#[derive(Debug)]
pub(crate) struct Share {
    pub(crate) places: usize,
    next: Option<Instant>,
    left: u32,
    pub(crate) sharers: usize,
    pub(crate) alone_until: Option<Instant>,
    pub(crate) asked: Option<Instant>,
    pub(crate) waiting: usize,
    pub(crate) beating: bool,
}

impl Share {
    pub(crate) fn new() -> Self {
        Self {
            places: 0,
            next: None,
            left: 0,
            sharers: 1,
            alone_until: None,
            asked: None,
            waiting: 0,
            beating: false,
        }
    }

    /// The next moment that is ours and not lost.
    pub(crate) fn moment(&mut self, now: Instant, apart: Duration) -> Option<Instant> {
        let late = now.checked_duration_since(self.next? + LATE).unwrap_or_default();
        let lost = u32::try_from(late.as_micros().div_ceil(apart.as_micros().max(1))).unwrap_or(u32::MAX);
        let lost = lost.min(self.left);
        (self.left, self.next) = (self.left - lost, self.next.map(|next| next + apart * lost));
        self.next.filter(|_| self.left > 0)
    }

    pub(crate) fn use_moment(&mut self, apart: Duration) {
        self.left = self.left.saturating_sub(1);
        self.next = self.next.map(|next| next + apart);
    }

    /// `None` = nobody answered.
    pub(crate) fn learn(&mut self, starts: u32, turn: Option<PaceTurn>, limit: RateLimit) {
        let now = Instant::now();
        let Some(turn) = turn else {
            self.alone_until = Some(now + ALONE);
            if let Some(most) = limit.concurrent {
                self.places = (most / self.sharers).max(1);
            }
            return;
        };
        self.alone_until = None;
        (self.places, self.sharers) = (turn.places, turn.sharers.max(1));
        if starts > 0 {
            (self.next, self.left) = (Some(now + turn.first_in), starts);
        }
    }

    /// Whether nobody answered lately.
    pub(crate) fn is_alone(&self) -> bool {
        self.alone_until.is_some_and(|until| until > Instant::now())
    }
}

/// How many moments make a batch.
pub(crate) fn batch(apart: Duration) -> u32 {
    let many = BATCH.as_micros() / apart.as_micros().max(1);
    u32::try_from(many).unwrap_or(u32::MAX).max(1)
}
