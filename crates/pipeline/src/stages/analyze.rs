//! Analyze: the words are judged under the pinned revision of a rubric.

use std::sync::Arc;

use analyze::AnalyzeError;
use domain::{
    Analysis, Call, CallId, CallStatus, CriterionKind, CriterionResult, Rubric, RubricId, RubricRevision,
    Verdict,
};
use store::{CallRecord, Outcome, SpendEntry, Stage, StageResult, StoreError};

use super::{Made, Worked, entries, missing};
use crate::Event;
use crate::engine::RunContext;
use crate::failure::Failure;
use crate::provider_words::judgement_error;

pub(super) async fn judge(ctx: &RunContext, record: &CallRecord, target: &str) -> Worked {
    let call = record.call.id;
    let Some(rubric) = pinned(ctx, target).await? else {
        return Ok(Err(missing(ctx, "критерии", "the rubric")));
    };
    let Some(transcript) = ctx.parts.store.transcript(call).await? else {
        return Ok(Err(missing(ctx, "текст разговора", "the transcript")));
    };
    let timed = timed(record);
    let talk_ms = timed.talk_ms.or(timed.duration_ms).unwrap_or(0);
    let estimate = ctx.parts.analyzer.estimate(&rubric, talk_ms);
    let Ok(reservation) = ctx.reserve(Stage::Analyze, estimate).await? else {
        return Ok(Err(Failure::MoneyEnded));
    };
    let (analysis, cost) = match ctx.parts.analyzer.analyze(&timed, &transcript, &rubric).await {
        Ok(analysis) => {
            let cost = analysis.cost.clone();
            (Ok(analysis), cost)
        }
        Err(error) => {
            let cost = error.cost().cloned();
            (Err(error), cost)
        }
    };
    let spend = entries(call, cost.as_ref(), None);
    if !spend.is_empty() {
        ctx.board.worked(call);
    }
    ctx.paid(cost.as_ref(), reservation.settle(cost.as_ref()));
    let analysis = match analysis {
        Ok(analysis) => analysis,
        Err(error) => {
            if let AnalyzeError::BrokenAnswer { raw, .. } = &error {
                let said = [serde_json::from_str(raw).unwrap_or_else(|_| raw.as_str().into())];
                ctx.parts.store.keep_failed_analysis(call, &rubric.id, &said, ctx.parts.clock.now()).await?;
            }
            return Ok(Err(failure(ctx, &error, spend)));
        }
    };
    alert(ctx, call, &analysis).await;
    let result = StageResult {
        outcome: Outcome::Analyzed(Box::new(analysis)),
        status: Some(CallStatus::Done),
        error: None,
        next: ctx.deliveries_of(call),
        spend,
    };
    Ok(Ok(Made { result, tested: true }))
}

/// The call with its length: the source's, else the recording's.
fn timed(record: &CallRecord) -> Call {
    let mut call = record.call.clone();
    call.duration_ms =
        call.duration_ms.or(record.recording.as_ref().map(|recording| recording.survey.duration_ms));
    call
}

/// The revision that the job was made with, even if the rubric's file has changed since.
async fn pinned(ctx: &RunContext, target: &str) -> Result<Option<Arc<Rubric>>, StoreError> {
    if target == ctx.rubric_target() {
        return Ok(Some(Arc::clone(&ctx.rubric)));
    }
    let Some((id, revision)) = target.rsplit_once('@') else { return Ok(None) };
    let stored = ctx.parts.store.rubric(&RubricId::new(id), &RubricRevision::new(revision)).await?;
    Ok(stored.map(Arc::new))
}

/// Critical failures are told at once.
async fn alert(ctx: &RunContext, call: CallId, analysis: &Analysis) {
    for criterion in analysis.criteria.iter().filter(|criterion| is_failure(criterion)) {
        ctx.parts.notifier.notify(&Event::CriticalVerdict { call, criterion: criterion.title.clone() }).await;
    }
}

fn is_failure(criterion: &CriterionResult) -> bool {
    let failed = match criterion.kind {
        CriterionKind::Flag => Verdict::Met,
        _ => Verdict::NotMet,
    };
    criterion.critical && criterion.verdict == failed
}

fn failure(ctx: &RunContext, error: &AnalyzeError, spend: Vec<SpendEntry>) -> Failure {
    let said = judgement_error(ctx.lang(), ctx.words.as_ref(), error);
    match error {
        AnalyzeError::Unauthorized { .. } => Failure::Pause { reason: said, refused: true, spend },
        AnalyzeError::QuotaSpent { .. } => Failure::Pause { reason: said, refused: false, spend },
        error if error.is_retryable() => Failure::Retry { error: said, after: error.retry_after(), spend },
        _ => Failure::Final { status: CallStatus::AnalysisFailed, error: said, spend },
    }
}
