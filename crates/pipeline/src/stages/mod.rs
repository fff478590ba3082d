//! The work of each stage on one call: it reads, it makes, it decides what comes next.
//! Writing down is the engine's.

mod analyze;
mod fetch;
mod transcribe;

use domain::{CallError, CallStatus};
use store::{CallRecord, ClaimedJob, Outcome, Stage, StageResult, StoreError};

pub(crate) use fetch::SurveyOnce;

use crate::engine::RunContext;
use crate::failure::Failure;
use crate::{SinkError, words};

/// The store's trouble is the run's; anything else is the job's.
pub(crate) type Worked = Result<Result<StageResult, Failure>, StoreError>;

/// Does the work of a claimed job.
pub(crate) async fn work(ctx: &RunContext, claim: &ClaimedJob) -> Worked {
    let Some(record) = ctx.parts.store.call(claim.job.call).await? else {
        return Ok(Ok(nothing(None)));
    };
    match claim.job.stage {
        Stage::Fetch => fetch::fetch(ctx, record).await,
        Stage::Transcribe => transcribe::transcribe(ctx, record).await,
        Stage::Analyze => analyze::judge(ctx, record, &claim.job.target).await,
        Stage::Deliver => Ok(Ok(delivered())),
    }
}

/// A delivery that went well: the call's status stays.
pub(crate) fn delivered() -> StageResult {
    StageResult {
        outcome: Outcome::Delivered,
        status: None,
        error: None,
        next: Vec::new(),
        spend: Vec::new(),
    }
}

fn nothing(status: Option<CallStatus>) -> StageResult {
    StageResult { outcome: Outcome::Nothing, status, error: None, next: Vec::new(), spend: Vec::new() }
}

/// A call that goes no further: kept as it is, handed to the sinks.
fn ends(ctx: &RunContext, record: &CallRecord, outcome: Outcome, status: CallStatus) -> StageResult {
    StageResult {
        outcome,
        status: Some(status),
        error: None,
        next: ctx.deliveries_of(record.call.id),
        spend: Vec::new(),
    }
}

/// A call that goes on to `stage`.
fn goes_on(record: &CallRecord, outcome: Outcome, stage: Stage, target: String) -> StageResult {
    StageResult {
        outcome,
        status: Some(CallStatus::Queued),
        error: None,
        next: vec![store::NewJob { call: record.call.id, stage, target }],
        spend: Vec::new(),
    }
}

/// What a stage finds missing that an earlier one must have left: somebody deleted it.
fn missing(ctx: &RunContext, what_ru: &str, what_en: &str) -> Failure {
    let lang = ctx.lang();
    Failure::Final {
        status: CallStatus::Failed,
        error: words::error(
            "work_missing",
            format!(
                "{}: {}",
                lang.pick("пропал результат прошлого шага", "an earlier result is gone"),
                lang.pick(what_ru, what_en)
            ),
            "zvonar queue retry",
        ),
    }
}

/// What becomes of a delivery that did not work out.
pub(crate) fn sink_failure(error: &SinkError) -> Failure {
    let said = |hint: &str| CallError {
        code: match error {
            SinkError::NotWritable { .. } => "sink_not_writable",
            SinkError::Refused { .. } => "sink_refused",
            SinkError::Unavailable { .. } => "sink_unavailable",
        }
        .to_owned(),
        message: error.to_string(),
        hint: hint.to_owned(),
    };
    match error {
        SinkError::NotWritable { hint, .. } => Failure::Pause { reason: said(hint), refused: false },
        SinkError::Refused { hint, .. } => Failure::Pause { reason: said(hint), refused: true },
        SinkError::Unavailable { retry_after, .. } => Failure::Retry { error: said(""), after: *retry_after },
    }
}
