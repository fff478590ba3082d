//! Hands finished calls to one sink, many rows at once; a sink's trouble never touches its calls.

use std::sync::Arc;
use std::time::Duration;

use domain::CallError;
use store::{Burial, ClaimedJob, Postpone, Stage, StoreError};
use tracing::{Instrument as _, Span};

use super::RunContext;
use super::perform::{End, Held, Performed, job_span, pause, seed, tell};
use crate::failure::{MAX_ATTEMPTS, backoff};
use crate::stages::{SinkFailure, delivered, sink_failure};
use crate::{CallReport, ResultSink, SinkError, words};

/// Reports put together at once.
const TOGETHER: usize = 200;

/// Delivers the claimed rows. Rows that failed before go apart from fresh ones: what keeps failing
/// holds up nothing but itself.
pub(super) async fn perform_delivery(
    ctx: Arc<RunContext>,
    held: Arc<Held>,
    sink: Arc<dyn ResultSink>,
    mut claims: Vec<ClaimedJob>,
) -> Result<Performed, StoreError> {
    let _in_hand = held.until_dropped(&claims);
    claims.sort_by_key(|claim| claim.job.attempt);
    let mut end = End::Done { tested: true };
    for batch in claims.chunk_by(|one, other| one.job.attempt == other.job.attempt) {
        end = match end {
            // the sink is gone: the rest waits with it
            End::Paused | End::Gone => {
                ctx.parts.store.release(batch, ctx.parts.clock.now()).await?;
                end
            }
            _ => deliver(&ctx, sink.as_ref(), batch).await?,
        };
        held.drop_claims(batch);
    }
    Ok(Performed { stage: Stage::Deliver, sink: Some(sink.name().to_owned()), end, rows: 0 })
}

async fn deliver(ctx: &RunContext, sink: &dyn ResultSink, claims: &[ClaimedJob]) -> Result<End, StoreError> {
    let mut rows: Vec<CallReport> = Vec::with_capacity(claims.len());
    for part in claims.chunks(TOGETHER) {
        rows.extend(ctx.reports(part.iter().map(|claim| (*claim.record).clone()).collect()).await?);
    }
    let spans: Vec<Span> = claims.iter().map(job_span).collect();
    // what is asked of the sink belongs to all of them: it stands in the first one's trace
    let first = spans.first().cloned().unwrap_or_else(Span::none);
    let handed = tokio::select! {
        handed = sink.deliver(&rows).instrument(first) => handed,
        () = ctx.stop.cancelled() => {
            ctx.parts.store.release(claims, ctx.parts.clock.now()).await?;
            return Ok(End::Gone);
        }
    };
    let outcome = match &handed {
        Ok(_) => "done",
        Err(SinkError::Unavailable { .. }) => "retry",
        Err(_) => "paused",
    };
    for span in &spans {
        span.record("outcome", outcome);
    }
    match handed {
        Ok(_) => {
            let ended = claims.iter().map(|claim| (claim.clone(), delivered())).collect();
            ctx.parts.store.complete_all(ended, ctx.parts.clock.now()).await?;
            for claim in claims {
                tell(ctx, claim, Some(1.0), claim.record.status);
            }
            Ok(End::Done { tested: true })
        }
        Err(error) => failed(ctx, sink.name(), claims, &error).await,
    }
}

async fn failed(
    ctx: &RunContext,
    sink: &str,
    claims: &[ClaimedJob],
    error: &SinkError,
) -> Result<End, StoreError> {
    let now = ctx.parts.clock.now();
    match sink_failure(ctx.lang(), error) {
        SinkFailure::Retry { error, after } => {
            for claim in claims {
                if claim.job.attempt < MAX_ATTEMPTS {
                    let wait = after.unwrap_or_default().max(backoff(claim.job.attempt, seed(claim)));
                    put_off(ctx, claim, &error, wait, true).await?;
                } else {
                    let error = words::given_up(ctx.lang(), error.clone());
                    let burial = Burial { status: None, error, next: Vec::new(), spend: Vec::new() };
                    unless_lost(ctx.parts.store.bury(claim, burial, now).await)?;
                }
            }
            Ok(End::Later)
        }
        SinkFailure::Pause { reason, refused } => {
            pause(ctx, Stage::Deliver, Some(sink), &reason, refused).await?;
            for claim in claims {
                put_off(ctx, claim, &reason, Duration::ZERO, false).await?;
            }
            Ok(End::Paused)
        }
    }
}

async fn put_off(
    ctx: &RunContext,
    claim: &ClaimedJob,
    error: &CallError,
    wait: Duration,
    burn_attempt: bool,
) -> Result<(), StoreError> {
    let now = ctx.parts.clock.now();
    let later = Postpone {
        run_at: now + wait,
        error: error.clone(),
        status: None,
        burn_attempt,
        next: Vec::new(),
        spend: Vec::new(),
    };
    unless_lost(ctx.parts.store.postpone(claim, later, now).await)
}

/// Somebody else's row by now is nobody's trouble.
fn unless_lost(outcome: Result<(), StoreError>) -> Result<(), StoreError> {
    match outcome {
        Err(StoreError::LeaseLost) => Ok(()),
        outcome => outcome,
    }
}
