//! `GET /api/v1/jobs…`: the queue, and the work on one call.
//!
//! The work on a call bears the call's id: whoever sent a call in has it in hand already.

use axum::Json;
use axum::extract::State;
use domain::CallStatus as Status;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::{CallRecord, JobFilter, QueueCount};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Asked, Named, call_id};
use super::filter::unfit;
use super::paging::no_cursor;
use super::shapes::call::CallError;
use super::shapes::words::{CallStatus, JobState, Stage};
use super::tags;
use crate::Web;
use crate::access::{Deed, Scope, Viewer};
use crate::problem::Problem;

const USUAL: u32 = 50;
const MOST: u32 = 500;
/// Nobody pages further: narrow the filter.
const DEEPEST: u32 = 10_000;

/// Which jobs.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct JobQuery {
    /// In this state; `dead` are the dead letters.
    #[param(inline, example = "dead")]
    state: Option<JobState>,
    /// Of this stage.
    #[param(inline)]
    stage: Option<Stage>,
    /// Of this call.
    #[param(format = Uuid)]
    call: Option<String>,
    /// `next_cursor` of the page before; nothing = the first page.
    cursor: Option<String>,
    /// Rows of a page, 1–500; 50 unless said.
    #[param(minimum = 1, maximum = 500, example = 50)]
    limit: Option<u32>,
}

/// A page of jobs, and how the queue stands.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct JobPage {
    jobs: Vec<JobShape>,
    /// Stages with jobs.
    stages: Vec<StageCounts>,
    /// What waits for a person or a probe.
    paused: Vec<Pause>,
    #[schema(required)]
    next_cursor: Option<String>,
}

/// One step of the work on a call.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Job)]
pub(crate) struct JobShape {
    #[schema(format = Uuid)]
    pub(crate) call_id: String,
    pub(crate) stage: Stage,
    /// Rubric with revision, or sink; empty for the first two stages.
    #[schema(example = "sales-full@9f86d081884c")]
    pub(crate) target: String,
    pub(crate) state: JobState,
    /// Attempts begun and not forgiven.
    pub(crate) attempt: u32,
    /// Not before.
    #[schema(format = DateTime)]
    pub(crate) run_at: String,
    /// What went wrong last.
    #[schema(required)]
    pub(crate) error: Option<CallError>,
    #[schema(format = DateTime)]
    pub(crate) updated_at: String,
}

impl From<store::Job> for JobShape {
    fn from(job: store::Job) -> Self {
        Self {
            call_id: job.call.to_string(),
            stage: job.stage.into(),
            target: job.target,
            state: job.state.into(),
            attempt: job.attempt,
            run_at: job.run_at.to_rfc3339(),
            error: job.error.map(Into::into),
            updated_at: job.updated_at.to_rfc3339(),
        }
    }
}

/// How many jobs of a stage stand where.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct StageCounts {
    stage: Stage,
    ready: u64,
    leased: u64,
    done: u64,
    dead: u64,
}

/// A stage, or one sink of it, that waits.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Pause {
    stage: Stage,
    /// Only this sink; null = the whole stage.
    #[schema(required)]
    target: Option<String>,
    reason: CallError,
    #[schema(format = DateTime)]
    since: String,
}

/// Jobs by last change, newest first
///
/// The queue with its dead letters (`state=dead`), the counts of each stage and what is paused.
#[utoipa::path(
    get, path = "/api/v1/jobs", tag = tags::JOBS, operation_id = "list_jobs", params(JobQuery),
    responses((status = 200, description = "A page", body = JobPage)),
)]
pub(crate) async fn list(
    State(web): State<Web>,
    Asked(query, _): Asked<JobQuery>,
) -> Result<Json<JobPage>, Problem> {
    let limit = query.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(unfit("limit", "от 1 до 500", "1 to 500"));
    }
    let offset = query.cursor.as_deref().map(offset).transpose()?.unwrap_or_default();
    let call = query
        .call
        .as_deref()
        .map(|id| call_id(id).map_err(|_| unfit("call", "UUID", "a UUID")))
        .transpose()?;
    let filter = JobFilter {
        call,
        stage: query.stage.map(Into::into),
        state: query.state.map(Into::into),
        ..JobFilter::default()
    };
    // one more than the page tells whether there is another
    let found = web.store().jobs(&filter, offset + limit + 1).await?;
    let skipped = usize::try_from(offset).unwrap_or(usize::MAX);
    let rows = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > skipped.saturating_add(rows) && offset + limit < DEEPEST;
    let jobs = found.into_iter().skip(skipped).take(rows).map(Into::into).collect();
    let paused = web.store().paused().await?.into_iter().map(|pause| Pause {
        stage: pause.stage.into(),
        target: pause.target,
        reason: pause.reason.into(),
        since: pause.since.to_rfc3339(),
    });
    Ok(Json(JobPage {
        jobs,
        stages: stages(&web.store().queue_counts(None).await?),
        paused: paused.collect(),
        next_cursor: more.then(|| format!("n{}", offset + limit)),
    }))
}

fn offset(cursor: &str) -> Result<u32, Problem> {
    let number = cursor.strip_prefix('n').and_then(|number| number.parse().ok());
    number.filter(|number| (1..DEEPEST).contains(number)).ok_or_else(no_cursor)
}

/// The counts as a table.
pub(crate) fn stages(counts: &[QueueCount]) -> Vec<StageCounts> {
    let count = |stage, state| {
        counts.iter().filter(|one| one.stage == stage && one.state == state).map(|one| one.count).sum()
    };
    store::Stage::ALL
        .into_iter()
        .map(|stage| StageCounts {
            stage: stage.into(),
            ready: count(stage, store::JobState::Ready),
            leased: count(stage, store::JobState::Leased),
            done: count(stage, store::JobState::Done),
            dead: count(stage, store::JobState::Dead),
        })
        .collect()
}

/// The work on a call.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct CallWork {
    /// The call's id, and the work's.
    #[schema(format = Uuid)]
    pub(crate) id: String,
    #[schema(format = Uuid)]
    pub(crate) call_id: String,
    pub(crate) status: CallStatus,
    /// Nothing more happens by itself.
    pub(crate) finished: bool,
    #[schema(required)]
    pub(crate) error: Option<CallError>,
    /// The steps so far, the newest change first.
    pub(crate) jobs: Vec<JobShape>,
    /// Where the result is.
    #[schema(example = "/api/v1/calls/6f1a1d0e-5a2b-8c3d-9e4f-0a1b2c3d4e5f")]
    pub(crate) call_url: String,
    /// Where progress is told as it happens (server-sent events).
    #[schema(example = "/api/v1/jobs/6f1a1d0e-5a2b-8c3d-9e4f-0a1b2c3d4e5f/events")]
    pub(crate) events_url: String,
}

impl CallWork {
    fn new(record: CallRecord, jobs: Vec<store::Job>) -> Self {
        let id = record.call.id.to_string();
        Self {
            call_url: format!("/api/v1/calls/{id}"),
            events_url: format!("/api/v1/jobs/{id}/events"),
            call_id: id.clone(),
            id,
            status: record.status.into(),
            finished: is_finished(record.status),
            error: record.error.map(Into::into),
            jobs: jobs.into_iter().map(Into::into).collect(),
        }
    }
}

/// A call waits no longer for anything that comes by itself.
pub(crate) fn is_finished(status: Status) -> bool {
    !status.is_open()
}

/// The work on a call
#[utoipa::path(
    get, path = "/api/v1/jobs/{id}", tag = tags::JOBS, operation_id = "show_job",
    params(("id" = String, Path, format = Uuid, description = "The call")),
    responses((status = 200, description = "How far it is", body = CallWork)),
)]
pub(crate) async fn show(
    State(web): State<Web>,
    viewer: Viewer,
    Named(id): Named<String>,
) -> Result<Json<CallWork>, Problem> {
    let record = web.visible(&viewer).call(call_id(&id)?).await?;
    Ok(Json(work(&web, record).await?))
}

async fn work(web: &Web, record: CallRecord) -> Result<CallWork, Problem> {
    let filter = JobFilter { call: Some(record.call.id), ..JobFilter::default() };
    let jobs = web.store().jobs(&filter, MOST).await?;
    Ok(CallWork::new(record, jobs))
}

/// Which of a call's jobs to try again.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct RetryJob {
    /// Only this stage; nothing = every dead letter of the call.
    #[serde(default)]
    stage: Option<Stage>,
    /// What waits for its time too, not only dead letters.
    #[serde(default)]
    waiting: bool,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Retried {
    /// Jobs that are due now.
    retried: u64,
    job: CallWork,
}

/// Try again what failed
///
/// Dead letters of the call (or, with `waiting`, what waits for its time) become due now.
#[utoipa::path(
    post, path = "/api/v1/jobs/{id}/retry", tag = tags::JOBS, operation_id = "retry_job",
    params(("id" = String, Path, format = Uuid, description = "The call")),
    request_body(content = RetryJob, example = json!({ "stage": "transcribe" })),
    responses(
        (status = 200, description = "They are due now", body = Retried),
        (status = 409, description = "Nothing failed for good", body = super::openapi::ProblemShape, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn retry(
    State(web): State<Web>,
    viewer: Viewer,
    Named(id): Named<String>,
    super::extract::Body(wish): super::extract::Body<RetryJob>,
) -> Result<Json<Retried>, Problem> {
    let visible = web.visible(&viewer);
    let record = visible.call(call_id(&id)?).await?;
    let call = record.call.id;
    let dead = JobFilter {
        call: Some(call),
        stage: wish.stage.map(Into::into),
        state: Some(store::JobState::Dead),
        ..JobFilter::default()
    };
    let now = web.clock().now();
    let mut retried = web.store().retry(&dead, now).await?;
    if wish.waiting {
        retried += web.store().retry(&JobFilter { state: Some(store::JobState::Ready), ..dead }, now).await?;
    }
    if retried == 0 {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "nothing_to_retry",
            "повторять нечего: ни одна работа над звонком не остановилась",
            "there is nothing to try again: no job of this call gave up",
        ));
    }
    web.audit(&viewer.name, Deed::Queue, &format!("retry {call}")).await;
    web.app().work().wake();
    Ok(Json(Retried { retried, job: work(&web, visible.call(call).await?).await? }))
}

/// Whether the viewer sees everything there is.
pub(crate) fn sees_all(viewer: &Viewer) -> bool {
    viewer.scope == Scope::All
}
