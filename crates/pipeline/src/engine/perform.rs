//! One job from claim to end: the stage's work, its result or its failure written in one
//! transaction, the lease kept alive meanwhile.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{CallError, CallStatus};
use futures::FutureExt as _;
use store::{
    Burial, CallRecord, ClaimedJob, LeaseToken, Postpone, SpendEntry, Stage, StageResult, StoreError,
};
use tokio_util::sync::CancellationToken;
use tracing::{Span, field};

use super::RunContext;
use super::doors::Entry;
use crate::failure::{Failure, MAX_ATTEMPTS, NOT_READY_ATTEMPTS, NOT_READY_FOR, backoff};
use crate::{CallProgress, Event, IntakeSource, stages, words};

/// A job is over, however it went.
#[derive(Debug, Clone)]
pub(super) struct Performed {
    pub(super) stage: Stage,
    /// For a delivery, the sink.
    pub(super) sink: Option<String>,
    pub(super) end: End,
    /// Rows that it made ready for each sink.
    pub(super) rows: usize,
}

/// How a job ended, as far as its stage is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Well; `tested`: the provider itself was asked, no cache.
    Done { tested: bool },
    /// Not well, but the provider works: it told so of this very call.
    Answered,
    /// Tried again later: nobody knows yet whether the provider works.
    Later,
    /// The stage is paused.
    Paused,
    /// The run may not pay for it: given back.
    Broke,
    /// Given back, or somebody else's by now.
    Gone,
}

/// The claims in hand and how to tell each that its lease is lost.
#[derive(Default)]
pub(super) struct Held(Mutex<HashMap<LeaseToken, (ClaimedJob, CancellationToken)>>);

impl Held {
    pub(super) fn add(&self, claims: &[ClaimedJob]) {
        if let Ok(mut held) = self.0.lock() {
            for claim in claims {
                held.insert(claim.token, (claim.clone(), CancellationToken::new()));
            }
        }
    }

    fn lost(&self, token: LeaseToken) -> CancellationToken {
        let held = self.0.lock().ok();
        held.and_then(|held| held.get(&token).map(|(_, lost)| lost.clone())).unwrap_or_default()
    }

    /// What is done with these claims ends with the guard, however it ends: a lease that is prolonged after
    /// that would keep its job from everybody.
    pub(super) fn until_dropped(self: &Arc<Self>, claims: &[ClaimedJob]) -> InHand {
        InHand { held: Arc::clone(self), tokens: claims.iter().map(|claim| claim.token).collect() }
    }

    pub(super) fn drop_claims(&self, claims: &[ClaimedJob]) {
        self.forget(claims.iter().map(|claim| claim.token));
    }

    fn forget(&self, tokens: impl IntoIterator<Item = LeaseToken>) {
        if let Ok(mut held) = self.0.lock() {
            for token in tokens {
                held.remove(&token);
            }
        }
    }

    fn claims(&self) -> Vec<ClaimedJob> {
        self.0.lock().map(|held| held.values().map(|(claim, _)| claim.clone()).collect()).unwrap_or_default()
    }
}

/// Claims that somebody works on.
pub(super) struct InHand {
    held: Arc<Held>,
    tokens: Vec<LeaseToken>,
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.held.forget(self.tokens.drain(..));
    }
}

/// Prolongs all leases in hand at a third of their length; a lost one stops its job.
pub(super) async fn beat(ctx: Arc<RunContext>, held: Arc<Held>) {
    let lease = ctx.settings.lease;
    loop {
        tokio::time::sleep(lease / 3).await;
        let claims = held.claims();
        if claims.is_empty() {
            continue;
        }
        match ctx.parts.store.heartbeat(&claims, lease, ctx.parts.clock.now()).await {
            Ok(lost) => lost.into_iter().for_each(|token| held.lost(token).cancel()),
            Err(error) => tracing::warn!(%error, "leases could not be prolonged"),
        }
    }
}

/// Performs one job of the first three stages.
pub(super) async fn perform(
    ctx: Arc<RunContext>,
    held: Arc<Held>,
    claim: ClaimedJob,
) -> Result<Performed, StoreError> {
    let stage = claim.job.stage;
    let _in_hand = held.until_dropped(std::slice::from_ref(&claim));
    if let Some(end) = put_off_at_the_door(&ctx, &claim).await? {
        return Ok(Performed { stage, sink: None, end, rows: 0 });
    }
    let lost = held.lost(claim.token);
    let span = job_span(&claim);
    tell(&ctx, &claim, None, claim.record.status);
    let work = tracing::Instrument::instrument(stages::work(&ctx, &claim), span.clone());
    let outcome = tokio::select! {
        outcome = AssertUnwindSafe(work).catch_unwind() => Some(outcome.unwrap_or_else(|_| Ok(Err(internal(&ctx))))),
        () = ctx.stop.cancelled() => None,
        () = lost.cancelled() => None,
    };
    span.record("outcome", outcome_word(outcome.as_ref()));
    let rows = match &outcome {
        Some(Ok(Ok(made))) if made.result.next.iter().any(|job| job.stage == Stage::Deliver) => 1,
        Some(Ok(Err(_))) => 1,
        _ => 0,
    };
    if stage == Stage::Fetch && is_answer(outcome.as_ref()) {
        let_in(&ctx, &claim).await?;
    }
    let ended = match outcome {
        None => {
            let released = ctx.parts.store.release(std::slice::from_ref(&claim), ctx.parts.clock.now()).await;
            released.map(|()| End::Gone)
        }
        Some(Err(broken)) => Err(broken),
        Some(Ok(Ok(made))) => {
            let tested = made.tested;
            complete(&ctx, &claim, made.result).await.map(|()| End::Done { tested })
        }
        Some(Ok(Err(failure))) => fail(&ctx, &claim, failure).await,
    };
    match ended {
        Ok(end) => Ok(Performed { stage, sink: None, end, rows }),
        Err(StoreError::LeaseLost) => Ok(Performed { stage, sink: None, end: End::Gone, rows: 0 }),
        Err(error) => Err(error),
    }
}

/// The span of a step of a call. An error's level, so that every line of the log that is written within it
/// says which call it is about, whatever is logged.
pub(super) fn job_span(claim: &ClaimedJob) -> Span {
    let (call, stage, attempt) = (&claim.job.call, claim.job.stage.as_str(), claim.job.attempt);
    tracing::error_span!("job", %call, stage, attempt, outcome = field::Empty)
}

/// How it went, in the words of the figures.
fn outcome_word(outcome: Option<&stages::Worked>) -> &'static str {
    match outcome {
        None => "released",
        Some(Ok(Ok(_))) => "done",
        Some(Ok(Err(Failure::Retry { .. }))) => "retry",
        Some(Ok(Err(Failure::NotReady(_)))) => "not_ready",
        Some(Ok(Err(Failure::Pause { .. }))) => "paused",
        Some(Ok(Err(Failure::MoneyEnded))) => "no_money",
        Some(Ok(Err(Failure::Final { .. })) | Err(_)) => "failed",
    }
}

fn internal(ctx: &RunContext) -> Failure {
    let error = words::error(
        "internal",
        ctx.lang().pick("внутренняя ошибка программы", "an internal error of the program"),
        ctx.lang().pick(
            "сообщите разработчикам, приложив журнал; затем: zvonar queue retry",
            "report it with the log; then: zvonar queue retry",
        ),
    );
    Failure::Final { status: CallStatus::Failed, error, spend: Vec::new() }
}

async fn complete(ctx: &RunContext, claim: &ClaimedJob, result: StageResult) -> Result<(), StoreError> {
    let status = result.status.unwrap_or(claim.record.status);
    let open = result.status.is_some_and(CallStatus::is_open);
    let addressed = claim.job.stage == Stage::Fetch && IntakeSource::of(&claim.record.call.source).is_some();
    let taking = if addressed { Some(ctx.work.taking().await) } else { None };
    ctx.parts.store.complete(claim, result, ctx.parts.clock.now()).await?;
    drop(taking);
    tell(ctx, claim, Some(1.0), status);
    let passed = if open { Some(claim.job.stage) } else { None };
    ctx.board.pass(claim.job.call, passed);
    Ok(())
}

/// Writes down what went wrong and when, if ever, it is tried again.
async fn fail(ctx: &RunContext, claim: &ClaimedJob, failure: Failure) -> Result<End, StoreError> {
    let (job, record) = (&claim.job, &claim.record);
    match failure {
        Failure::Retry { error, after, spend } if job.attempt < MAX_ATTEMPTS => {
            let wait = after.unwrap_or_default().max(backoff(job.attempt, seed(claim)));
            let later =
                Later { wait, error, status: CallStatus::Queued, burn_attempt: true, spend, rows: false };
            postpone(ctx, claim, later).await.map(|()| End::Later)
        }
        Failure::Retry { error, spend, .. } => {
            let error = words::given_up(ctx.lang(), error);
            bury(ctx, claim, CallStatus::Failed, error, spend).await.map(|()| End::Later)
        }
        Failure::NotReady(error) => {
            if may_come(ctx.parts.clock.now(), record, job.attempt) {
                // longer than a run waits: minutes go by before a recording is there
                let wait = backoff(job.attempt.max(7), seed(claim));
                let status = CallStatus::WaitingRecording;
                let rows = record.status != status;
                let spend = Vec::new();
                let later = Later { wait, error, status, burn_attempt: true, spend, rows };
                postpone(ctx, claim, later).await?;
            } else {
                let never = words::error(
                    &error.code,
                    ctx.lang().pick("запись так и не появилась", "the recording never came"),
                    ctx.lang().pick("если появится: zvonar queue retry", "if it comes: zvonar queue retry"),
                );
                bury(ctx, claim, CallStatus::RecordingUnavailable, never, Vec::new()).await?;
            }
            Ok(End::Answered)
        }
        Failure::Pause { reason, refused: true, .. } if job.stage == Stage::Fetch => {
            refused_by_source(ctx, claim, reason).await
        }
        Failure::Pause { reason, refused, spend } => {
            pause(ctx, job.stage, None, &reason, refused).await?;
            let later = Later { spend, ..Later::paused(Duration::ZERO, reason) };
            postpone(ctx, claim, later).await.map(|()| End::Paused)
        }
        Failure::Final { status, error, spend } => {
            bury(ctx, claim, status, error, spend).await.map(|()| End::Answered)
        }
        Failure::MoneyEnded if ctx.run.is_none() => {
            let reason = ctx.budget.day_is_spent(ctx.lang());
            pause(ctx, job.stage, None, &reason, false).await?;
            postpone(ctx, claim, Later::paused(Duration::ZERO, reason)).await.map(|()| End::Paused)
        }
        Failure::MoneyEnded => {
            ctx.parts.store.release(std::slice::from_ref(claim), ctx.parts.clock.now()).await?;
            Ok(End::Broke)
        }
    }
}

/// A source that refuses holds up its own calls alone: a run's stage, for a run has no other, and a door of a worker.
async fn refused_by_source(
    ctx: &RunContext,
    claim: &ClaimedJob,
    reason: CallError,
) -> Result<End, StoreError> {
    let source = &claim.record.call.source;
    pause(ctx, Stage::Fetch, Some(source.as_str()), &reason, true).await?;
    let (wait, end) = if ctx.run.is_some() {
        (Duration::ZERO, End::Paused)
    } else {
        (ctx.doors.close(source, &reason), End::Later)
    };
    postpone(ctx, claim, Later::paused(wait, reason)).await.map(|()| end)
}

/// Puts a call off whose source refuses, without asking it; `None` where it may be asked.
async fn put_off_at_the_door(ctx: &RunContext, claim: &ClaimedJob) -> Result<Option<End>, StoreError> {
    if claim.job.stage != Stage::Fetch || ctx.run.is_some() {
        return Ok(None);
    }
    let Entry::Closed { left, reason } = ctx.doors.enter(&claim.record.call.source) else { return Ok(None) };
    match postpone(ctx, claim, Later::paused(left, reason)).await {
        Ok(()) => Ok(Some(End::Later)),
        Err(StoreError::LeaseLost) => Ok(Some(End::Gone)),
        Err(error) => Err(error),
    }
}

/// Whether the source told anything of the call itself.
fn is_answer(outcome: Option<&stages::Worked>) -> bool {
    match outcome {
        Some(Ok(Ok(made))) => made.tested,
        Some(Ok(Err(failure))) => matches!(failure, Failure::NotReady(_)),
        _ => false,
    }
}

/// The source answers again: its calls wait no longer.
async fn let_in(ctx: &RunContext, claim: &ClaimedJob) -> Result<(), StoreError> {
    let source = &claim.record.call.source;
    if !ctx.doors.open(source) {
        return Ok(());
    }
    let (store, now) = (&ctx.parts.store, ctx.parts.clock.now());
    let target = Some(source.as_str());
    if store.resume(Stage::Fetch, target, now).await? {
        if !store.paused().await?.iter().any(|pause| pause.stage == Stage::Fetch) {
            // its calls are put off: without another pause of the stage they may all come at once
            store.resume(Stage::Fetch, None, now).await?;
        }
        let target = target.map(str::to_owned);
        ctx.parts.notifier.notify(&Event::StageResumed { stage: Stage::Fetch, target }).await;
        ctx.work.wake();
    }
    Ok(())
}

/// Pauses a stage, or one source or sink of it; people are told once.
pub(super) async fn pause(
    ctx: &RunContext,
    stage: Stage,
    target: Option<&str>,
    reason: &CallError,
    refused: bool,
) -> Result<(), StoreError> {
    if refused {
        ctx.refuse(reason);
    }
    if ctx.parts.store.pause(stage, target, reason, ctx.parts.clock.now()).await? {
        ctx.parts
            .notifier
            .notify(&Event::StagePaused { stage, target: target.map(str::to_owned), reason: reason.clone() })
            .await;
    }
    Ok(())
}

/// A job that is tried again.
struct Later {
    wait: Duration,
    error: CallError,
    status: CallStatus,
    burn_attempt: bool,
    spend: Vec<SpendEntry>,
    /// The sinks show that it waits.
    rows: bool,
}

impl Later {
    /// Waits for a person or a probe; nobody's fault.
    fn paused(wait: Duration, error: CallError) -> Self {
        let (status, spend) = (CallStatus::Paused, Vec::new());
        Self { wait, error, status, burn_attempt: false, spend, rows: false }
    }
}

/// Whether a recording that is not there may still come. Of a call whose end is known a day is counted
/// from that: a first run over a month must not wait for what never came. Of others it is counted from
/// when they were first seen, and a call that changed late is asked for a few times all the same.
fn may_come(now: DateTime<Utc>, record: &CallRecord, attempt: u32) -> bool {
    let since = |from: DateTime<Utc>| (now - from).to_std().unwrap_or_default();
    match (record.call.started_at, record.call.duration_ms) {
        (Some(started), Some(ms)) => {
            let lasted = chrono::Duration::milliseconds(i64::try_from(ms).unwrap_or(0));
            since(started.with_timezone(&Utc) + lasted) < NOT_READY_FOR
        }
        _ => since(record.discovered_at) < NOT_READY_FOR || attempt < NOT_READY_ATTEMPTS,
    }
}

async fn postpone(ctx: &RunContext, claim: &ClaimedJob, later: Later) -> Result<(), StoreError> {
    let now = ctx.parts.clock.now();
    let Later { wait, error, status, burn_attempt, spend, rows } = later;
    tracing::info!(code = error.code, ?wait, "the job is tried again later");
    let next = if rows { ctx.deliveries_of(claim.job.call) } else { Vec::new() };
    let postpone = Postpone { run_at: now + wait, error, status: Some(status), burn_attempt, next, spend };
    ctx.parts.store.postpone(claim, postpone, now).await?;
    tell(ctx, claim, None, status);
    Ok(())
}

async fn bury(
    ctx: &RunContext,
    claim: &ClaimedJob,
    status: CallStatus,
    error: CallError,
    spend: Vec<SpendEntry>,
) -> Result<(), StoreError> {
    let (now, call) = (ctx.parts.clock.now(), claim.job.call);
    tracing::info!(code = error.code, status = status.as_str(), "the job is a dead letter");
    let next = ctx.deliveries_of(call);
    let burial = Burial { status: Some(status), error: error.clone(), next, spend };
    ctx.parts.store.bury(claim, burial, now).await?;
    tell(ctx, claim, Some(1.0), status);
    ctx.board.failed(call);
    ctx.board.pass(call, None);
    ctx.parts.notifier.notify(&Event::CallFailed { call, error }).await;
    Ok(())
}

/// Whoever watches the call is told.
pub(super) fn tell(ctx: &RunContext, claim: &ClaimedJob, fraction: Option<f32>, status: CallStatus) {
    ctx.work.tell(CallProgress { call: claim.job.call, stage: claim.job.stage, fraction, status });
}

/// Spreads the backoffs of different calls.
pub(super) fn seed(claim: &ClaimedJob) -> u64 {
    claim.job.call.to_string().bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
