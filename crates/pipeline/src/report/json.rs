//! The documented JSON of a call and of a run: a contract that scripts lean on.
//!
//! Shapes are spelled out here by hand rather than derived, so that a renamed field inside
//! cannot change what is printed.

use domain::{Analysis, CriterionResult, Evidence, Recording, Segment, TalkMetrics, Transcript};
use serde_json::{Map, Value, json};

use super::{CallReport, RunTotals, totals};
use crate::RunReport;

/// The whole document: `{"calls":[…],"totals":{…}}`.
pub fn document_json(reports: &[CallReport]) -> Value {
    json!({
        "calls": reports.iter().map(call_json).collect::<Vec<_>>(),
        "totals": totals_json(&totals(reports)),
    })
}

/// The document of a run: its totals hold what this run paid, each call what was ever paid for it.
pub fn run_json(report: &RunReport) -> Value {
    json!({
        "calls": report.calls.iter().map(call_json).collect::<Vec<_>>(),
        "totals": totals_json(&report.totals()),
    })
}

/// One call.
pub fn call_json(report: &CallReport) -> Value {
    let call = &report.call;
    json!({
        "id": call.id.to_string(),
        "external_id": call.external_id,
        "source": call.source,
        "started_at": call.started_at.map(|at| at.to_rfc3339()),
        "caller": call.caller,
        "callee": call.callee,
        "direction": call.direction,
        "duration_s": report.duration_ms().map(seconds),
        "status": report.status,
        "recording": recording_json(report),
        "manager": call.manager,
        "tags": call.tags,
        "transcript": report.transcript.as_ref().map(transcript_json),
        "analysis": report.analysis.as_ref().map(analysis_json),
        "metrics": report.transcript.as_ref().and_then(|t| t.metrics.as_ref()).map(metrics_json),
        "cost": report.cost,
        "cached": report.cached,
        "error": report.error,
    })
}

fn recording_json(report: &CallReport) -> Value {
    let found = report.recording.as_ref();
    if found.is_none() && report.call.recording_name.is_none() && report.call.recording_url.is_none() {
        return Value::Null;
    }
    json!({
        "name": report.call.recording_name,
        "url": report.call.recording_url,
        "sha256": found.map(|recording| recording.sha256.as_str()),
        "seconds": found.map(|recording| seconds(recording.survey.duration_ms)),
        "layout": found.map(|recording: &Recording| recording.survey.layout),
    })
}

/// `{"engine","language","coverage","segments":[…]}`; a dialogue typed as text has coverage 1.
pub(crate) fn transcript_json(transcript: &Transcript) -> Value {
    json!({
        "engine": transcript.engine.to_string(),
        "language": transcript.language,
        "coverage": transcript.coverage.as_ref().map_or(1.0, |coverage| round(coverage.share(), 1000.0)),
        "segments": transcript.segments.iter().map(segment_json).collect::<Vec<_>>(),
    })
}

fn segment_json(segment: &Segment) -> Value {
    json!({
        "speaker": segment.speaker,
        "start_s": segment.start_ms.map(seconds),
        "end_s": segment.end_ms.map(seconds),
        "text": segment.text,
    })
}

/// The analysis object, also what `zvonar analyze --json` prints.
pub fn analysis_json(analysis: &Analysis) -> Value {
    json!({
        "engine": analysis.engine,
        "rubric": {
            "id": analysis.rubric, "revision": analysis.revision, "title": analysis.rubric_title,
        },
        "total_score": analysis.total_score,
        "criteria": analysis.criteria.iter().map(criterion_json).collect::<Vec<_>>(),
        "summary": analysis.summary,
        "recommendations": analysis.recommendations,
        "promises": analysis.promises.iter().map(|promise| json!({
            "what": promise.what,
            "due": promise.due.at.map(|at| at.to_rfc3339()),
            "due_words": promise.due.words,
            "vague": promise.due.vague,
            "evidence": evidence_json(&promise.evidence),
        })).collect::<Vec<_>>(),
        "cap": analysis.cap.as_ref().map(|cap| json!({ "key": cap.key, "limit": cap.limit })),
    })
}

fn criterion_json(criterion: &CriterionResult) -> Value {
    json!({
        "key": criterion.key,
        "title": criterion.title,
        "kind": criterion.kind,
        "verdict": criterion.verdict,
        "value": criterion.value,
        "score": criterion.score,
        "max_score": criterion.max_score,
        "weight": criterion.weight,
        "comment": criterion.comment,
        "needs_review": criterion.needs_review,
        "critical": criterion.critical,
        "evidence": criterion.evidence.iter().map(evidence_json).collect::<Vec<_>>(),
    })
}

fn evidence_json(evidence: &Evidence) -> Value {
    json!({
        "quote": evidence.quote,
        "speaker": evidence.speaker,
        "start_s": evidence.start_ms.map(seconds),
        "end_s": evidence.end_ms.map(seconds),
        "verified": evidence.verified,
    })
}

fn metrics_json(metrics: &TalkMetrics) -> Value {
    json!({
        "operator_share": metrics.operator_share.map(|share| round(share, 1000.0)),
        "speech_s": seconds(metrics.speech_ms),
        "operator_speech_s": metrics.operator_speech_ms.map(seconds),
        "client_speech_s": metrics.client_speech_ms.map(seconds),
        "longest_monologue_s": metrics.longest_monologue_ms.map(seconds),
        "longest_client_monologue_s": metrics.longest_client_monologue_ms.map(seconds),
        "operator_interruptions": metrics.operator_interruptions,
        "client_interruptions": metrics.client_interruptions,
        "dead_air_s": seconds(metrics.dead_air_ms),
        "reaction_s": metrics.reaction_ms.map(seconds),
        "operator_wpm": metrics.operator_wpm.map(|wpm| round(wpm, 1.0)),
        "client_wpm": metrics.client_wpm.map(|wpm| round(wpm, 1.0)),
    })
}

fn totals_json(totals: &RunTotals) -> Value {
    let by_status: Map<String, Value> =
        totals.by_status.iter().map(|(status, count)| (status.as_str().to_owned(), json!(count))).collect();
    json!({
        "calls": totals.calls,
        "by_status": by_status,
        "scored": totals.scored,
        "average_score": totals.average_score.map(|score| round(score, 10.0)),
        "cost": totals.cost,
    })
}

/// Milliseconds as seconds with three digits.
#[expect(clippy::cast_precision_loss, reason = "a call is shorter than 2^53 ms")]
fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}

fn round(value: f64, per: f64) -> f64 {
    (value * per).round() / per
}
