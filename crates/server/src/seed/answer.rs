//! The five members of the contract, for whatever became of the call.

use std::time::Duration;

use app::AppError;
use axum::Json;
use axum::response::{IntoResponse as _, Response};
use domain::{CallError, CallId, CallStatus, Lang, Rubric};
use http::{HeaderValue, StatusCode, header};
use pipeline::{CallReport, Submitted, analysis_json};
use serde_json::{Map, Value, json};
use store::{JobFilter, JobState, NewJob, Stage, StoreError};
use tokio::time::Instant;

use crate::Web;
use crate::problem::Problem;

/// Where the work of a call is watched.
fn status_url(web: &Web, call: CallId) -> String {
    let base = web.config().backend_url.as_deref().unwrap_or_default().trim_end_matches('/');
    format!("{base}/api/v1/jobs/{call}")
}

/// How often a waiting answer looks whether its work is refused.
const LOOK: Duration = Duration::from_secs(3);

/// Waits for the judgement of a call that was taken in, and tells it.
pub(super) async fn when_judged(
    web: &Web,
    submitted: &Submitted,
    rubric: &Rubric,
    lang: Lang,
) -> Result<Response, Problem> {
    let call = submitted.call;
    if !submitted.new {
        judge_again(web, call, rubric).await?;
    }
    let refused = waited(web, call).await?;
    let mut report = web.app().report(call, Some(&rubric.id)).await?.ok_or_else(erased)?;
    if let Some(reason) = refused {
        (report.status, report.error) = (CallStatus::Paused, Some(reason));
    }
    let mut response = told(web, &report, lang)?;
    if let Ok(id) = HeaderValue::from_str(&call.to_string()) {
        response.headers_mut().insert("x-zvonar-call", id);
    }
    Ok(response)
}

/// A call that is known, asked for in another mode, is judged in that one too; its words are there.
async fn judge_again(web: &Web, call: CallId, rubric: &Rubric) -> Result<(), Problem> {
    let report = web.app().report(call, Some(&rubric.id)).await?.ok_or_else(erased)?;
    if report.status == CallStatus::Done && report.analysis.is_none() {
        let (store, now) = (web.store(), web.clock().now());
        store.save_rubric(rubric, now).await?;
        let target = format!("{}@{}", rubric.id, rubric.revision);
        store.enqueue(&[NewJob { call, stage: Stage::Analyze, target }], true, now).await?;
        web.app().work().wake();
    }
    Ok(())
}

/// Waits until the call is settled, the patience is over, or the stage that should go on with it refuses:
/// then why.
async fn waited(web: &Web, call: CallId) -> Result<Option<CallError>, Problem> {
    let until = Instant::now() + web.patience();
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let report = web.app().wait_for(call, left.min(LOOK)).await?.ok_or_else(erased)?;
        if report.status != CallStatus::Queued {
            return Ok(None);
        }
        let refused = refused(web, call).await?;
        if refused.is_some() || Instant::now() >= until {
            return Ok(refused);
        }
    }
}

async fn refused(web: &Web, call: CallId) -> Result<Option<CallError>, StoreError> {
    let paused = web.store().paused().await?;
    if paused.is_empty() {
        return Ok(None);
    }
    let filter = JobFilter { call: Some(call), state: Some(JobState::Ready), ..JobFilter::default() };
    let jobs = web.store().jobs(&filter, 10).await?;
    let waits = |stage: Stage| stage != Stage::Deliver && jobs.iter().any(|job| job.stage == stage);
    Ok(paused
        .into_iter()
        .find(|paused| paused.target.is_none() && waits(paused.stage))
        .map(|paused| paused.reason))
}

fn told(web: &Web, report: &CallReport, lang: Lang) -> Result<Response, Problem> {
    let call = report.call.id;
    match report.status {
        CallStatus::Done => Ok(Json(judged(report, lang)).into_response()),
        CallStatus::Missed | CallStatus::TooShort | CallStatus::NoSpeech | CallStatus::AnsweringMachine => {
            Ok(Json(judged(report, lang)).into_response())
        }
        CallStatus::Queued | CallStatus::WaitingRecording => {
            let url = status_url(web, call);
            let body = json!({ "job_id": call.to_string(), "status_url": url });
            Ok((StatusCode::ACCEPTED, [(header::LOCATION, url)], Json(body)).into_response())
        }
        CallStatus::Paused => Err(trouble(report, StatusCode::SERVICE_UNAVAILABLE, lang)
            .retry_after(Duration::from_mins(1))
            .with("job_id", call.to_string())
            .with("status_url", status_url(web, call))),
        CallStatus::RecordingUnavailable => {
            Err(trouble(report, StatusCode::UNPROCESSABLE_ENTITY, lang).with("job_id", call.to_string()))
        }
        CallStatus::AnalysisFailed | CallStatus::Failed => {
            Err(trouble(report, StatusCode::BAD_GATEWAY, lang).with("job_id", call.to_string()))
        }
    }
}

/// `{total_score, criteria, summary, recommendations, raw_model_output}`.
fn judged(report: &CallReport, lang: Lang) -> Value {
    let Some(analysis) = &report.analysis else {
        return json!({
            "total_score": 0,
            "criteria": {},
            "summary": nothing_judged(report.status, lang),
            "recommendations": "",
            "raw_model_output": [],
        });
    };
    let mut criteria = Map::new();
    if let Value::Array(list) = &analysis_json(analysis)["criteria"] {
        for criterion in list {
            criteria.insert(criterion["key"].as_str().unwrap_or_default().to_owned(), criterion.clone());
        }
    }
    let summary = match analysis.total_score {
        Some(_) => analysis.summary.clone(),
        None => format!("{} {}", nothing_judged(report.status, lang), analysis.summary).trim().to_owned(),
    };
    json!({
        "total_score": score(analysis.total_score.unwrap_or(0.0)),
        "criteria": criteria,
        "summary": summary,
        "recommendations": analysis.recommendations,
        "raw_model_output": analysis.raw_model_output,
    })
}

/// 85 rather than 85.0: readers of the contract may know whole numbers only.
fn score(total: f64) -> Value {
    let total = total.clamp(0.0, 100.0);
    #[expect(clippy::cast_possible_truncation, reason = "a whole number from 0 to 100")]
    if total.fract() == 0.0 { json!(total as i64) } else { json!(total) }
}

fn nothing_judged(status: CallStatus, lang: Lang) -> String {
    let why = match status {
        CallStatus::Done => lang
            .pick("в разговоре нет ничего, к чему относятся критерии", "no criterion applies to this talk")
            .to_owned(),
        status => status.label(lang).to_lowercase(),
    };
    match lang {
        Lang::Ru => format!("Оценить нечего: {why}."),
        Lang::En => format!("There is nothing to score: {why}."),
    }
}

/// Stored errors are in the language of the installation.
fn trouble(report: &CallReport, status: StatusCode, lang: Lang) -> Problem {
    let Some(error) = &report.error else {
        let label = report.status.label(lang);
        return Problem::new(status, report.status.as_str(), label, label);
    };
    Problem::new(status, report.status.as_str(), error.message.clone(), error.message.clone())
        .hint(error.hint.clone(), error.hint.clone())
        .with("cause", error.code.clone())
}

fn erased() -> Problem {
    Problem::new(StatusCode::GONE, "erased", "звонок удалён", "the call was erased")
}

/// What cannot be taken in, with the statuses that HTTP has for it.
pub(super) fn not_taken_in(error: AppError) -> Problem {
    let status = match error.code {
        "upload_too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        "upload_interrupted" => StatusCode::BAD_REQUEST,
        _ => return Problem::from(error),
    };
    Problem::new(status, error.code, error.message.clone(), error.message)
        .hint(error.hint.clone(), error.hint)
}
