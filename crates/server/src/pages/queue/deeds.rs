//! What a person does to the queue: again, stop, go on.

use axum::extract::{RawForm, State};
use axum::response::Response;
use domain::{CallError, CallId};
use store::{JobFilter, JobState, Stage};

use super::super::done::said;
use super::super::layout::Frame;
use super::super::reports::call_at;
use super::BY_HAND;
use crate::Web;
use crate::access::{Deed, Viewer};
use crate::problem::Problem;

/// The fields of a form, in order, repeated ones too.
fn fields(form: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(form).into_owned().collect()
}

/// `POST /queue/retry`: `one`, or every `job` that is ticked, or `all`; from the page of a `call`, all of it.
///
/// # Errors
/// When the store fails.
pub(crate) async fn retry(
    State(web): State<Web>,
    viewer: Viewer,
    RawForm(form): RawForm,
) -> Result<Response, Problem> {
    let fields = fields(&form);
    let dead = JobFilter { state: Some(JobState::Dead), ..JobFilter::default() };
    let one = fields.iter().find(|(name, _)| name == "one").map(|(_, value)| value.clone());
    let call = fields.iter().find(|(name, _)| name == "call").and_then(|(_, id)| CallId::parse(id).ok());
    let back = call.map_or_else(|| "/queue".to_owned(), |call| call_at(&call.to_string()));
    let filters: Vec<JobFilter> = if call.is_some() {
        vec![JobFilter { call, ..dead }]
    } else if let Some(one) = one {
        job_filter(&one, &dead).into_iter().collect()
    } else if fields.iter().any(|(name, _)| name == "all") {
        vec![dead]
    } else {
        let ticked = fields.iter().filter(|(name, _)| name == "job");
        ticked.take(1_000).filter_map(|(_, value)| job_filter(value, &dead)).collect()
    };
    let now = web.clock().now();
    let mut count = 0;
    for filter in &filters {
        count += web.store().retry(filter, now).await?;
    }
    if count == 0 {
        return Ok(said(&back, "done-queue-none"));
    }
    web.app().work().wake();
    web.audit(&viewer.name, Deed::Queue, &format!("retry {count}")).await;
    Ok(said(&back, if call.is_some() { "done-call-retried" } else { "done-queue-retried" }))
}

/// `CALL STAGE TARGET` of a form.
fn job_filter(value: &str, dead: &JobFilter) -> Option<JobFilter> {
    let mut parts = value.splitn(3, ' ');
    let call = CallId::parse(parts.next()?).ok()?;
    let stage = Stage::parse(parts.next()?)?;
    Some(JobFilter { call: Some(call), stage: Some(stage), ..dead.clone() })
}

/// `POST /queue/pause`: `stage`, or `all`.
///
/// # Errors
/// 422 for an unknown stage; when the store fails.
pub(crate) async fn pause(
    State(web): State<Web>,
    viewer: Viewer,
    frame: Frame,
    RawForm(form): RawForm,
) -> Result<Response, Problem> {
    let reason = CallError {
        code: BY_HAND.to_owned(),
        message: frame.t.say("queue-by-hand"),
        hint: frame.t.say("queue-resume"),
    };
    let chosen = stages_of(&form)?;
    for stage in &chosen {
        web.store().pause(*stage, None, &reason, web.clock().now()).await?;
    }
    web.audit(&viewer.name, Deed::Queue, &format!("pause {}", names_of(&chosen))).await;
    Ok(said("/queue", if chosen.len() > 1 { "done-queue-all-paused" } else { "done-queue-paused" }))
}

/// `POST /queue/resume`: `stage` with or without `target`, or `all`.
///
/// # Errors
/// 422 for an unknown stage; when the store fails.
pub(crate) async fn resume(
    State(web): State<Web>,
    viewer: Viewer,
    RawForm(form): RawForm,
) -> Result<Response, Problem> {
    let target = fields(&form).into_iter().find(|(name, value)| name == "target" && !value.is_empty());
    let target = target.map(|(_, value)| value);
    let chosen = stages_of(&form)?;
    for stage in &chosen {
        web.store().resume(*stage, target.as_deref(), web.clock().now()).await?;
    }
    web.app().work().wake();
    web.audit(&viewer.name, Deed::Queue, &format!("resume {}", names_of(&chosen))).await;
    Ok(said("/queue", if chosen.len() > 1 { "done-queue-all-resumed" } else { "done-queue-resumed" }))
}

fn names_of(stages: &[Stage]) -> String {
    stages.iter().map(|stage| stage.as_str()).collect::<Vec<_>>().join(" ")
}

fn stages_of(form: &[u8]) -> Result<Vec<Stage>, Problem> {
    let name = fields(form).into_iter().find(|(name, _)| name == "stage").map(|(_, value)| value);
    match name.as_deref() {
        Some("all") => Ok(Stage::ALL.to_vec()),
        Some(name) if Stage::parse(name).is_some() => Ok(Stage::parse(name).into_iter().collect()),
        _ => Err(Problem::invalid("stage", "такого этапа нет", "there is no such stage")
            .hint("fetch, transcribe, analyze, deliver, all", "fetch, transcribe, analyze, deliver, all")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_names_jobs_and_stages_and_nothing_else() {
        let dead = JobFilter { state: Some(JobState::Dead), ..JobFilter::default() };
        let call = CallId::derive("folder", "/a.wav");
        let filter = job_filter(&format!("{call} analyze sales-full@3 x"), &dead).unwrap();
        assert_eq!(
            (filter.call, filter.stage, filter.state),
            (Some(call), Some(Stage::Analyze), Some(JobState::Dead))
        );
        assert!(job_filter("x analyze", &dead).is_none());
        assert!(job_filter(&format!("{call} everything"), &dead).is_none());
        assert_eq!(stages_of(b"stage=all&csrf=1").unwrap().len(), 4);
        assert_eq!(stages_of(b"stage=fetch").unwrap(), [Stage::Fetch]);
        assert!(stages_of(b"stage=").is_err() && stages_of(b"").is_err());
    }
}
