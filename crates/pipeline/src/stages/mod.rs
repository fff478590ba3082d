//! The work of each stage on one call: it reads, it makes, it decides what comes next.
//! Writing down is the engine's.

mod analyze;
mod fetch;
mod transcribe;

use std::time::Duration;

use domain::{CallError, CallId, CallStatus, Cost, Lang};
use store::{CallRecord, ClaimedJob, Outcome, SpendEntry, Stage, StageResult, StoreError};

pub(crate) use fetch::SurveyOnce;
pub(crate) use transcribe::call_audio;

use crate::engine::RunContext;
use crate::failure::Failure;
use crate::{SinkError, words};

/// What a stage made.
pub(crate) struct Made {
    pub(crate) result: StageResult,
    /// The provider itself was asked: that it works is known now.
    pub(crate) tested: bool,
}

/// The store's trouble is the run's; anything else is the job's.
pub(crate) type Worked = Result<Result<Made, Failure>, StoreError>;

/// Does the work of a claimed job.
pub(crate) async fn work(ctx: &RunContext, claim: &ClaimedJob) -> Worked {
    let record = claim.record.as_ref();
    match claim.job.stage {
        Stage::Fetch => fetch::fetch(ctx, record, &claim.job.target).await,
        Stage::Transcribe => transcribe::transcribe(ctx, record, &claim.job.target).await,
        Stage::Analyze => analyze::judge(ctx, record, &claim.job.target).await,
        Stage::Deliver => Ok(Ok(Made { result: delivered(), tested: true })),
    }
}

/// A cost as it is written down; `key` where the thing paid for can be found again.
fn entries(call: CallId, cost: Option<&Cost>, key: Option<&str>) -> Vec<SpendEntry> {
    let items = cost.iter().flat_map(|cost| &cost.items);
    items
        .map(|item| SpendEntry {
            call,
            item: item.item.clone(),
            amount: item.amount,
            key: key.map(str::to_owned),
        })
        .collect()
}

/// A delivery that went well: the call's status stays.
pub(crate) fn delivered() -> StageResult {
    StageResult { outcome: Outcome::Delivered, ..StageResult::default() }
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
        spend: Vec::new(),
    }
}

/// What becomes of a delivery that did not work out.
pub(crate) enum SinkFailure {
    /// Tried again after a backoff.
    Retry { error: CallError, after: Option<Duration> },
    /// The sink waits for a person.
    Pause { reason: CallError, refused: bool },
}

pub(crate) fn sink_failure(lang: Lang, error: &SinkError) -> SinkFailure {
    let said = |hint: &str| CallError {
        code: match error {
            SinkError::NotWritable { .. } => "sink_not_writable",
            SinkError::Refused { .. } => "sink_refused",
            SinkError::Unavailable { .. } => "sink_unavailable",
        }
        .to_owned(),
        message: match (lang, error) {
            (Lang::En, error) => error.to_string(),
            (
                Lang::Ru,
                SinkError::NotWritable { place, why, .. }
                | SinkError::Refused { place, why, .. }
                | SinkError::Unavailable { place, why, .. },
            ) => format!("{place}: {why}"),
        },
        hint: hint.to_owned(),
    };
    match error {
        SinkError::NotWritable { hint, .. } => SinkFailure::Pause { reason: said(hint), refused: false },
        SinkError::Refused { hint, .. } => SinkFailure::Pause { reason: said(hint), refused: true },
        SinkError::Unavailable { retry_after, .. } => {
            SinkFailure::Retry { error: said(""), after: *retry_after }
        }
    }
}
