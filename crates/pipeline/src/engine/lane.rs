//! A stage, and a sink, as the dispatcher sees them: what is in hand, and whether more may begin.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use store::{ClaimedJob, PausedStage, Stage};
use tokio::time::Instant;

use crate::ResultSink;

/// Between two claims of a lane that is not full: what gets ready meanwhile is claimed together.
const BETWEEN_CLAIMS: Duration = Duration::from_millis(5);

/// Rows of one delivery at most.
pub(super) const ROWS: usize = 1_000;

/// How long finished rows wait for company while other work goes on: a sheet takes a thousand rows as
/// readily as one, and counts requests.
const COLLECT: Duration = Duration::from_mins(1);

/// Probes without an answer to the question before the run leaves a paused stage alone.
const UNCLEAR_PROBES: u8 = 3;

/// Whether work may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    Open,
    /// Paused by an earlier refusal: one job at a time finds out whether it still holds.
    Probing {
        left: u8,
    },
    /// Not in this run any more.
    Shut,
}

impl Gate {
    /// As the store's pauses have it: what a person paused is not probed.
    pub(super) fn at(stage: Stage, target: Option<&str>, paused: &[PausedStage]) -> Self {
        let ours =
            |p: &&PausedStage| p.stage == stage && (p.target.is_none() || p.target.as_deref() == target);
        let reasons: Vec<&str> = paused.iter().filter(ours).map(|p| p.reason.code.as_str()).collect();
        match reasons.as_slice() {
            [] => Self::Open,
            reasons if reasons.contains(&"by_hand") => Self::Shut,
            _ => Self::probing(),
        }
    }

    pub(super) fn probing() -> Self {
        Self::Probing { left: UNCLEAR_PROBES }
    }

    /// A probe that told nothing.
    pub(super) fn unclear(self) -> Self {
        match self {
            Self::Probing { left: 0..=1 } => Self::Shut,
            Self::Probing { left } => Self::Probing { left: left - 1 },
            other => other,
        }
    }
}

/// A stage of single calls.
pub(super) struct Lane {
    pub(super) stage: Stage,
    pub(super) limit: usize,
    /// Claimed at once, in widths of the lane.
    batch: usize,
    pub(super) running: usize,
    pub(super) waiting: VecDeque<ClaimedJob>,
    /// There may be something to claim.
    pub(super) hungry: bool,
    pub(super) gate: Gate,
    /// The run may pay for no more of this.
    pub(super) broke: bool,
    claimed_at: Option<Instant>,
}

impl Lane {
    pub(super) fn new(stage: Stage, limit: usize, batch: usize, gate: Gate) -> Self {
        let (limit, batch, waiting) = (limit.max(1), batch.max(1), VecDeque::new());
        Self { stage, limit, batch, running: 0, waiting, hungry: true, gate, broke: false, claimed_at: None }
    }

    /// Something is in hand, or may be a moment later.
    pub(super) fn is_busy(&self) -> bool {
        self.running > 0 || (self.gate != Gate::Shut && (self.hungry || !self.waiting.is_empty()))
    }

    /// How many jobs run at once.
    pub(super) fn width(&self) -> usize {
        match self.gate {
            Gate::Open => self.limit,
            Gate::Probing { .. } => 1,
            Gate::Shut => 0,
        }
    }

    /// How many jobs to claim now.
    pub(super) fn room(&self) -> Option<usize> {
        if !self.hungry || self.waiting.len() >= self.width() || self.running >= self.width() {
            return None;
        }
        Some(if self.gate == Gate::Open { self.limit * self.batch } else { 1 })
    }

    /// When the next claim may be made.
    pub(super) fn next_claim(&self) -> Option<Instant> {
        self.claimed_at.map(|at| at + BETWEEN_CLAIMS)
    }

    pub(super) fn take(&mut self, jobs: Vec<ClaimedJob>, wanted: usize) {
        self.claimed_at = Some(Instant::now());
        self.hungry = jobs.len() == wanted;
        self.waiting.extend(jobs);
    }
}

/// A sink that keeps rows.
pub(super) struct SinkLane {
    pub(super) sink: Arc<dyn ResultSink>,
    pub(super) running: bool,
    /// There may be rows to deliver.
    pub(super) hungry: bool,
    pub(super) gate: Gate,
    /// Rows known to be ready.
    rows: usize,
    /// Since when rows wait.
    since: Instant,
}

impl SinkLane {
    pub(super) fn new(sink: Arc<dyn ResultSink>, gate: Gate) -> Self {
        Self { sink, running: false, hungry: true, gate, rows: 0, since: Instant::now() }
    }

    /// Rows got ready.
    pub(super) fn add(&mut self, rows: usize) {
        if rows == 0 {
            return;
        }
        if !self.hungry {
            self.since = Instant::now();
        }
        self.hungry = true;
        self.rows += rows;
    }

    /// When rows are handed over; `None` while there are none or a delivery runs.
    pub(super) fn due(&self, others_work: bool) -> Option<Instant> {
        if !self.hungry || self.running || self.gate == Gate::Shut {
            return None;
        }
        let now = Instant::now();
        Some(if others_work && self.rows < ROWS { self.since + COLLECT } else { now })
    }

    /// Rows of one claim: a probe is one row.
    pub(super) fn width(&self) -> usize {
        if self.gate == Gate::Open { ROWS } else { 1 }
    }

    pub(super) fn took(&mut self, rows: usize) {
        self.hungry = rows == self.width();
        self.rows = self.rows.saturating_sub(rows);
        self.running = rows > 0;
        self.since = Instant::now();
    }
}
