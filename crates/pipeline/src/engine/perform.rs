//! One job from claim to end: the stage's work, its result or its failure written in one
//! transaction, the lease kept alive meanwhile.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use domain::{CallError, CallStatus};
use futures::FutureExt as _;
use store::{Burial, ClaimedJob, LeaseToken, Postpone, Stage, StageResult, StoreError};
use tokio_util::sync::CancellationToken;

use super::RunContext;
use crate::failure::{Failure, MAX_ATTEMPTS, NOT_READY_FOR, backoff};
use crate::{CallReport, Event, ResultSink, RunEvent, stages, words};

/// A job is over, however it went.
#[derive(Debug, Clone, Copy)]
pub(super) struct Performed {
    pub(super) stage: Stage,
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

    fn drop_claim(&self, token: LeaseToken) {
        if let Ok(mut held) = self.0.lock() {
            held.remove(&token);
        }
    }

    fn claims(&self) -> Vec<ClaimedJob> {
        self.0.lock().map(|held| held.values().map(|(claim, _)| claim.clone()).collect()).unwrap_or_default()
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
    let lost = held.lost(claim.token);
    let span = tracing::info_span!("job", call = %claim.job.call, stage = stage.as_str(), attempt = claim.job.attempt);
    let work = tracing::Instrument::instrument(stages::work(&ctx, &claim), span);
    let outcome = tokio::select! {
        outcome = AssertUnwindSafe(work).catch_unwind() => Some(outcome.unwrap_or_else(|_| Ok(Err(internal(&ctx))))),
        () = ctx.stop.cancelled() => None,
        () = lost.cancelled() => None,
    };
    let ended = match outcome {
        None => ctx.parts.store.release(std::slice::from_ref(&claim), ctx.parts.clock.now()).await,
        Some(Err(broken)) => Err(broken),
        Some(Ok(Ok(result))) => complete(&ctx, &claim, result).await,
        Some(Ok(Err(failure))) => fail(&ctx, &claim, failure).await,
    };
    held.drop_claim(claim.token);
    match ended {
        Ok(()) | Err(StoreError::LeaseLost) => Ok(Performed { stage }),
        Err(error) => Err(error),
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
    Failure::Final { status: CallStatus::Failed, error }
}

async fn complete(ctx: &RunContext, claim: &ClaimedJob, result: StageResult) -> Result<(), StoreError> {
    for entry in &result.spend {
        ctx.observer.event(RunEvent::Spent(ctx.budget.spend(entry.amount)));
    }
    let open = result.status.is_some_and(CallStatus::is_open);
    ctx.parts.store.complete(claim, result, ctx.parts.clock.now()).await?;
    let passed = if open { Some(claim.job.stage) } else { None };
    ctx.board.pass(claim.job.call, passed);
    Ok(())
}

/// Writes down what went wrong and when, if ever, it is tried again.
async fn fail(ctx: &RunContext, claim: &ClaimedJob, failure: Failure) -> Result<(), StoreError> {
    let now = ctx.parts.clock.now();
    let job = &claim.job;
    match failure {
        Failure::Retry { error, after } if job.attempt < MAX_ATTEMPTS => {
            let wait = after.unwrap_or_default().max(backoff(job.attempt, seed(claim)));
            postpone(ctx, claim, wait, error, CallStatus::Queued, true).await
        }
        Failure::Retry { error, .. } => bury(ctx, claim, CallStatus::Failed, error).await,
        Failure::NotReady(error) => {
            let discovered = ctx.parts.store.call(job.call).await?.map_or(now, |record| record.discovered_at);
            if (now - discovered).to_std().unwrap_or_default() < NOT_READY_FOR {
                let wait = backoff(job.attempt.max(5), seed(claim));
                postpone(ctx, claim, wait, error, CallStatus::WaitingRecording, true).await
            } else {
                bury(ctx, claim, CallStatus::RecordingUnavailable, error).await
            }
        }
        Failure::Pause { reason, refused } => {
            if refused {
                ctx.refuse(&reason);
            }
            if ctx.parts.store.pause(job.stage, None, &reason, now).await? {
                ctx.parts
                    .notifier
                    .notify(&Event::StagePaused { stage: job.stage, reason: reason.clone() })
                    .await;
            }
            postpone(ctx, claim, std::time::Duration::ZERO, reason, CallStatus::Paused, false).await
        }
        Failure::Final { status, error } => bury(ctx, claim, status, error).await,
    }
}

async fn postpone(
    ctx: &RunContext,
    claim: &ClaimedJob,
    wait: std::time::Duration,
    error: CallError,
    status: CallStatus,
    burn_attempt: bool,
) -> Result<(), StoreError> {
    let now = ctx.parts.clock.now();
    tracing::info!(code = error.code, ?wait, "the job is tried again later");
    let later = Postpone { run_at: now + wait, error, status, burn_attempt, next: Vec::new() };
    ctx.parts.store.postpone(claim, later, now).await
}

async fn bury(
    ctx: &RunContext,
    claim: &ClaimedJob,
    status: CallStatus,
    error: CallError,
) -> Result<(), StoreError> {
    let (now, call) = (ctx.parts.clock.now(), claim.job.call);
    tracing::info!(code = error.code, status = status.as_str(), "the job is a dead letter");
    let burial = Burial { status, error: error.clone(), next: ctx.deliveries_of(call), spend: Vec::new() };
    ctx.parts.store.bury(claim, burial, now).await?;
    ctx.board.failed(call);
    ctx.board.pass(call, None);
    ctx.parts.notifier.notify(&Event::CallFailed { call, error }).await;
    Ok(())
}

/// Spreads the backoffs of different calls.
fn seed(claim: &ClaimedJob) -> u64 {
    claim.job.call.to_string().bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Hands a batch of finished calls to one sink.
pub(super) async fn perform_delivery(
    ctx: Arc<RunContext>,
    held: Arc<Held>,
    sink: Arc<dyn ResultSink>,
    claims: Vec<ClaimedJob>,
) -> Result<Performed, StoreError> {
    let mut rows: Vec<CallReport> = Vec::with_capacity(claims.len());
    for claim in &claims {
        if let Some(record) = ctx.parts.store.call(claim.job.call).await? {
            rows.push(ctx.report(record).await?);
        }
    }
    let delivered = tokio::select! {
        delivered = sink.deliver(&rows) => Some(delivered),
        () = ctx.stop.cancelled() => None,
    };
    for claim in &claims {
        let ended = match &delivered {
            None => ctx.parts.store.release(std::slice::from_ref(claim), ctx.parts.clock.now()).await,
            Some(Ok(_)) => complete(&ctx, claim, stages::delivered()).await,
            Some(Err(error)) => fail_delivery(&ctx, claim, error).await,
        };
        held.drop_claim(claim.token);
        if let Err(error) = ended
            && !matches!(error, StoreError::LeaseLost)
        {
            return Err(error);
        }
    }
    Ok(Performed { stage: Stage::Deliver })
}

/// The analysis is kept and the call's status stays: only the delivery is tried again.
async fn fail_delivery(
    ctx: &RunContext,
    claim: &ClaimedJob,
    error: &crate::SinkError,
) -> Result<(), StoreError> {
    let failure = stages::sink_failure(error);
    let status = ctx.parts.store.call(claim.job.call).await?.map_or(CallStatus::Done, |record| record.status);
    let now = ctx.parts.clock.now();
    match failure {
        Failure::Retry { error, after } if claim.job.attempt < MAX_ATTEMPTS => {
            let run_at = now + after.unwrap_or_default().max(backoff(claim.job.attempt, seed(claim)));
            ctx.parts
                .store
                .postpone(
                    claim,
                    Postpone { run_at, error, status, burn_attempt: true, next: Vec::new() },
                    now,
                )
                .await
        }
        Failure::Pause { reason, refused } => {
            if refused {
                ctx.refuse(&reason);
            }
            if ctx.parts.store.pause(Stage::Deliver, Some(&claim.job.target), &reason, now).await? {
                let event = Event::StagePaused { stage: Stage::Deliver, reason: reason.clone() };
                ctx.parts.notifier.notify(&event).await;
            }
            let later =
                Postpone { run_at: now, error: reason, status, burn_attempt: false, next: Vec::new() };
            ctx.parts.store.postpone(claim, later, now).await
        }
        Failure::Retry { error, .. } | Failure::NotReady(error) | Failure::Final { error, .. } => {
            let burial = Burial { status, error, next: Vec::new(), spend: Vec::new() };
            ctx.parts.store.bury(claim, burial, now).await
        }
    }
}
