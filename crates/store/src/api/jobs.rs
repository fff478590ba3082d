//! The queue: a row per (call, stage, target), leased to one worker at a time.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{Analysis, CallError, CallId, CallStatus, Recording, Transcript};

use super::calls::CallRecord;
use super::runs::{RunId, SpendEntry};
use crate::StoreError;

/// A step of a call's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Get the recording and measure it.
    Fetch,
    /// Speech to text.
    Transcribe,
    /// Judge under a rubric; the target is `rubric@revision`.
    Analyze,
    /// Hand to a sink; the target is the sink's name.
    Deliver,
}

impl Stage {
    /// All, in order.
    pub const ALL: [Self; 4] = [Self::Fetch, Self::Transcribe, Self::Analyze, Self::Deliver];

    /// The name in the database and at the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Transcribe => "transcribe",
            Self::Analyze => "analyze",
            Self::Deliver => "deliver",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == text)
    }
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JobState {
    /// May be claimed from `run_at` on.
    Ready,
    /// A worker holds it.
    Leased,
    /// Finished.
    Done,
    /// A dead letter: only a person brings it back.
    Dead,
}

impl JobState {
    /// The name in the database and at the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Leased => "leased",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Ready, Self::Leased, Self::Done, Self::Dead].into_iter().find(|state| state.as_str() == text)
    }
}

/// A job to make. Where (call, stage, target) exists already it becomes ready anew with no attempts,
/// unless a worker holds it; a delivery that a worker holds is made once more when he is done, for
/// he may have read the call before it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// The call (filled in by `discover` from its call).
    pub call: CallId,
    /// The stage.
    pub stage: Stage,
    /// Rubric or sink; empty for the first two stages.
    pub target: String,
}

/// A job as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// The call.
    pub call: CallId,
    /// The stage.
    pub stage: Stage,
    /// Rubric or sink.
    pub target: String,
    /// Where it stands.
    pub state: JobState,
    /// Attempts begun and not forgiven.
    pub attempt: u32,
    /// Not before.
    pub run_at: DateTime<Utc>,
    /// Until when it is held.
    pub lease_until: Option<DateTime<Utc>>,
    /// What went wrong last.
    pub error: Option<CallError>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

/// Who works: one per process. The store that frees a dead owner's jobs at once knows it by this.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WorkerId(pub String);

/// Proof of a claim: no two claims of a store ever get the same, so that a late worker is told off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LeaseToken(pub i64);

/// A job in hand.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedJob {
    /// The job; `attempt` counts this one.
    pub job: Job,
    /// The proof.
    pub token: LeaseToken,
    /// The call as it was when the job was claimed, without `survey.peaks`: workers need not ask.
    pub record: Arc<CallRecord>,
}

/// What to claim.
#[derive(Debug, Clone)]
pub struct ClaimRequest {
    /// From this stage.
    pub stage: Stage,
    /// Only of this target (sink); `None` = any.
    pub target: Option<String>,
    /// Only calls of this run; `None` = any.
    pub run: Option<RunId>,
    /// For whom.
    pub worker: WorkerId,
    /// For how long.
    pub lease: Duration,
    /// At most so many.
    pub limit: u32,
    /// A paused stage, or a paused sink of it, gives nothing, except to a probe.
    pub probe: bool,
    /// The present instant.
    pub now: DateTime<Utc>,
}

/// What a stage made.
#[derive(Debug, Clone, Default)]
pub enum Outcome {
    /// The recording.
    Fetched(Box<Recording>),
    /// The words, and the key that they are cached under.
    Transcribed {
        /// The words.
        transcript: Box<Transcript>,
        /// Key of the transcript's row.
        cache_key: String,
    },
    /// The judgement.
    Analyzed(Box<Analysis>),
    /// Handed over.
    Delivered,
    /// Nothing to keep.
    #[default]
    Nothing,
}

/// The end of a job: everything here is one transaction.
#[derive(Debug, Clone, Default)]
pub struct StageResult {
    /// What to keep.
    pub outcome: Outcome,
    /// The call's new status; `None` leaves it (delivery).
    pub status: Option<CallStatus>,
    /// The call's error; `None` clears it when `status` is given.
    pub error: Option<CallError>,
    /// What comes next.
    pub next: Vec<NewJob>,
    /// What was paid.
    pub spend: Vec<SpendEntry>,
}

/// Try again later.
#[derive(Debug, Clone)]
pub struct Postpone {
    /// Not before.
    pub run_at: DateTime<Utc>,
    /// Why.
    pub error: CallError,
    /// The call's status meanwhile (`Queued`, `WaitingRecording`, `Paused`), and its error; `None`
    /// leaves both (delivery).
    pub status: Option<CallStatus>,
    /// Whether the attempt counts.
    pub burn_attempt: bool,
    /// What comes of it meanwhile: the row that says so.
    pub next: Vec<NewJob>,
    /// What was paid in vain.
    pub spend: Vec<SpendEntry>,
}

/// The end of a job that is nobody's success: everything here is one transaction.
#[derive(Debug, Clone)]
pub struct Burial {
    /// The call's status and error; `None` leaves both (delivery).
    pub status: Option<CallStatus>,
    /// Why.
    pub error: CallError,
    /// What comes next all the same: the row that says so.
    pub next: Vec<NewJob>,
    /// What was paid in vain.
    pub spend: Vec<SpendEntry>,
}

/// Which jobs.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// Of this call.
    pub call: Option<CallId>,
    /// Of this stage.
    pub stage: Option<Stage>,
    /// In this state.
    pub state: Option<JobState>,
    /// Of this run.
    pub run: Option<RunId>,
    /// Of calls in one of these states; empty = any.
    pub call_statuses: Vec<CallStatus>,
}

/// How many jobs stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueCount {
    /// The stage.
    pub stage: Stage,
    /// The state.
    pub state: JobState,
    /// How many.
    pub count: u64,
}

/// A stage that waits for a person or a probe.
#[derive(Debug, Clone, PartialEq)]
pub struct PausedStage {
    /// The stage.
    pub stage: Stage,
    /// Of it only this sink; `None` = the whole stage.
    pub target: Option<String>,
    /// Why; `code` is `by_hand` when a person paused it.
    pub reason: CallError,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// The queue.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Takes ready jobs whose time has come, oldest `run_at` first; counts the attempt.
    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<ClaimedJob>, StoreError>;

    /// Prolongs leases; returns those that are lost.
    async fn heartbeat(
        &self,
        claims: &[ClaimedJob],
        lease: Duration,
        now: DateTime<Utc>,
    ) -> Result<Vec<LeaseToken>, StoreError>;

    /// Ends a job. [`StoreError::LeaseLost`] if the token is stale: nothing is written then. A lease
    /// that ran out but that nobody took yet still holds.
    ///
    /// A transcript is linked under its key (the one kept first wins) and becomes searchable; an
    /// analysis replaces the one under the same revision of its rubric.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a next job or a cost of an unknown call, and for figures that
    /// JSON cannot hold (infinite, no number).
    async fn complete(
        &self,
        claim: &ClaimedJob,
        result: StageResult,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Ends many jobs in one transaction; returns those whose lease is lost, of which nothing is
    /// written.
    ///
    /// # Errors
    /// As [`Self::complete`], and then nothing of any job is written.
    async fn complete_all(
        &self,
        ended: Vec<(ClaimedJob, StageResult)>,
        now: DateTime<Utc>,
    ) -> Result<Vec<LeaseToken>, StoreError>;

    /// Puts a job back for later.
    async fn postpone(
        &self,
        claim: &ClaimedJob,
        later: Postpone,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Makes a job a dead letter and sets the call's status.
    async fn bury(&self, claim: &ClaimedJob, burial: Burial, now: DateTime<Utc>) -> Result<(), StoreError>;

    /// Gives jobs back untouched (a clean stop): the attempt does not count. Stale claims are ignored.
    async fn release(&self, claims: &[ClaimedJob], now: DateTime<Utc>) -> Result<(), StoreError>;

    /// Frees jobs whose lease ran out or whose owner is known to be dead; returns how many. Their
    /// attempt stays counted: the job may be what killed its worker. Unfinished runs of a dead owner
    /// lose their calls as in [`super::runs::Runs::finish_run`].
    async fn recover(&self, now: DateTime<Utc>) -> Result<u64, StoreError>;

    /// Makes jobs (a rescore, a new sink); their calls become `Queued` where `requeue_calls`.
    async fn enqueue(
        &self,
        jobs: &[NewJob],
        requeue_calls: bool,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Makes those of the jobs that never were; jobs that exist in any state stay as they are.
    /// Returns how many were made. Unknown calls are passed over.
    async fn enqueue_missing(&self, jobs: &[NewJob], now: DateTime<Utc>) -> Result<u64, StoreError>;

    /// A person's retry: dead and waiting jobs become ready now with no attempts, their calls `Queued`
    /// (not behind a delivery: that call's work is done, only its row is missing). Returns how many
    /// jobs.
    async fn retry(&self, filter: &JobFilter, now: DateTime<Utc>) -> Result<u64, StoreError>;

    /// Jobs by last change, newest first.
    async fn jobs(&self, filter: &JobFilter, limit: u32) -> Result<Vec<Job>, StoreError>;

    /// Counts per stage and state, in their order, without zeros. Costs the same at any size of the
    /// store; with a run, as many steps as the run has jobs.
    async fn queue_counts(&self, run: Option<RunId>) -> Result<Vec<QueueCount>, StoreError>;

    /// When the earliest ready job of the stage (of one target, in the run) may be claimed; past = now.
    /// What is paused counts for nothing: it cannot be claimed. With `patience`, neither does what was
    /// put off for longer: a run does not wait for a recording that is not there yet.
    async fn next_due(
        &self,
        stage: Stage,
        target: Option<&str>,
        run: Option<RunId>,
        patience: Option<Duration>,
    ) -> Result<Option<DateTime<Utc>>, StoreError>;

    /// Pauses a stage, or only one target (sink) of it. What is paused already gets the new reason, unless
    /// a person paused it. Returns whether it was running (so that one message is sent).
    async fn pause(
        &self,
        stage: Stage,
        target: Option<&str>,
        reason: &CallError,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError>;

    /// Resumes a stage with all its targets, or only one target: its calls in `Paused` become
    /// `Queued`, and what they waited for is due now. Returns whether anything was paused.
    async fn resume(
        &self,
        stage: Stage,
        target: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError>;

    /// What is paused, the longest first.
    async fn paused(&self) -> Result<Vec<PausedStage>, StoreError>;

    /// Returns as soon as another process may have made jobs ready, and after `most` in any case. Where
    /// nobody can tell, that is simply a wait.
    async fn wait_for_work(&self, most: Duration) {
        tokio::time::sleep(most).await;
    }
}
