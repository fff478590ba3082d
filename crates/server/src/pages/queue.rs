//! `/queue`: does the work run; if not, what to do. Fresh by server events, whole without scripts.

use askama::Template;
use axum::extract::{RawForm, State};
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{CallError, CallId, CallStatus, wording};
use store::{CallFilter, Job, JobFilter, JobState, PausedStage, QueueCount, Stage};

use super::done::said;
use super::layout::{Frame, Place, page};
use super::reports::{Figure, call_at, history};
use super::words::Words;
use crate::Web;
use crate::access::{Deed, Viewer};
use crate::api::CallQuery;
use crate::kept::Weighed;
use crate::problem::Problem;

/// Rows of a list; the counts above it are whole.
const LISTED: u32 = 50;
/// Finished jobs looked at for the speed.
const PACE: u32 = 400;
/// The speed is that of so many minutes.
const PACE_MINUTES: i64 = 10;
/// The code of a pause that a person made.
const BY_HAND: &str = "by_hand";

/// A stage in the table.
#[derive(Debug, Clone)]
struct StageRow {
    name: String,
    value: &'static str,
    icon: &'static str,
    paused: bool,
    ready: u64,
    leased: u64,
    later: Option<u64>,
    dead: u64,
    done: u64,
    /// «11/мин».
    pace: Option<String>,
    /// «2 мин».
    left: Option<String>,
}

/// A pause, and what to do.
#[derive(Debug, Clone)]
struct PauseRow {
    title: String,
    text: String,
    remedy: String,
    stage: &'static str,
    target: String,
    /// A person did it.
    by_hand: bool,
}

/// A job with its call.
#[derive(Debug, Clone)]
struct JobRow {
    /// Stable in the page.
    key: String,
    call: String,
    href: String,
    name: String,
    at: String,
    instant: String,
    stage: String,
    /// «0:24».
    runs: String,
    due: String,
    what: String,
    remedy: String,
    attempt: u32,
    /// For the form: call, stage, target.
    value: String,
}

#[derive(Template)]
#[template(path = "pages/queue.html")]
struct Queue<'a> {
    f: Frame,
    at: &'a str,
    stages: &'a [StageRow],
    pauses: &'a [PauseRow],
    all_paused: bool,
    working: &'a [JobRow],
    working_count: u64,
    later: &'a [JobRow],
    dead: &'a [JobRow],
    dead_count: u64,
    open: Option<&'a Figure>,
}

/// The queue of one second, without its reader.
struct Shown {
    at: String,
    stages: Vec<StageRow>,
    pauses: Vec<PauseRow>,
    all_paused: bool,
    working: Vec<JobRow>,
    working_count: u64,
    later: Vec<JobRow>,
    dead: Vec<JobRow>,
    dead_count: u64,
    open: Option<Figure>,
}

impl Weighed for Shown {
    fn weight(&self) -> usize {
        (8 << 10) + (self.working.len() + self.later.len() + self.dead.len()) * (1 << 10)
    }
}

/// `GET /queue`.
///
/// # Errors
/// When the store fails.
pub(crate) async fn queue(State(web): State<Web>, frame: Frame) -> Result<Response, Problem> {
    let f = frame.at(Place::Queue);
    let key = format!("{} {}", f.t.code(), f.t.now.timestamp());
    let shown = web.kept(key, Box::pin(shown(&web, &f.t))).await?;
    page(&Queue {
        at: &shown.at,
        stages: &shown.stages,
        pauses: &shown.pauses,
        all_paused: shown.all_paused,
        working: &shown.working,
        working_count: shown.working_count,
        later: &shown.later,
        dead: &shown.dead,
        dead_count: shown.dead_count,
        open: shown.open.as_ref(),
        f,
    })
}

async fn shown(web: &Web, t: &Words) -> Result<Shown, Problem> {
    let store = web.store();
    let now = t.now.to_utc();
    let of_state = |state| JobFilter { state: Some(state), ..JobFilter::default() };
    let (leased, ready, dead, done) = (
        of_state(JobState::Leased),
        of_state(JobState::Ready),
        of_state(JobState::Dead),
        of_state(JobState::Done),
    );
    let (counts, paused, working, ready, dead, done) = tokio::try_join!(
        store.queue_counts(None),
        store.paused(),
        store.jobs(&leased, LISTED),
        store.jobs(&ready, PACE),
        store.jobs(&dead, LISTED),
        store.jobs(&done, PACE),
    )?;
    let mut later: Vec<Job> = ready.iter().filter(|job| job.run_at > now).cloned().collect();
    let whole = u32::try_from(ready.len()).unwrap_or(u32::MAX) < PACE;
    let stages = Stage::ALL
        .into_iter()
        .map(|stage| stage_row(t, stage, &counts, &paused, whole.then_some(&later), &done, now))
        .collect();
    later.sort_by_key(|job| job.run_at);
    later.truncate(10);
    let open_statuses = [CallStatus::Queued, CallStatus::Paused, CallStatus::WaitingRecording];
    let open =
        store.count_calls(&CallFilter { statuses: open_statuses.to_vec(), ..CallFilter::default() }).await?;
    let open_query =
        CallQuery { status: Some(open_statuses.map(CallStatus::as_str).join(",")), ..CallQuery::default() };
    Ok(Shown {
        at: t.now.format("%H:%M:%S").to_string(),
        pauses: pauses(t, &paused, &counts),
        all_paused: Stage::ALL
            .iter()
            .all(|stage| paused.iter().any(|pause| pause.stage == *stage && pause.target.is_none())),
        stages,
        working: rows(web, t, working, now).await?,
        working_count: in_state(&counts, None, JobState::Leased),
        later: rows(web, t, later, now).await?,
        dead: rows(web, t, dead, now).await?,
        dead_count: in_state(&counts, None, JobState::Dead),
        open: (open > 0).then(|| Figure { shown: t.number(open), href: history(&open_query), count: open }),
    })
}

fn in_state(counts: &[QueueCount], stage: Option<Stage>, state: JobState) -> u64 {
    let wanted = counts.iter().filter(|each| each.state == state);
    wanted.filter(|each| stage.is_none_or(|stage| each.stage == stage)).map(|each| each.count).sum()
}

/// The name of a stage.
pub(crate) fn stage_name(t: &Words, stage: Stage) -> String {
    match stage {
        Stage::Fetch => t.say("queue-stage-fetch"),
        Stage::Transcribe => t.say("queue-stage-transcribe"),
        Stage::Analyze => t.say("queue-stage-analyze"),
        Stage::Deliver => t.say("queue-stage-deliver"),
    }
}

const fn stage_icon(stage: Stage) -> &'static str {
    match stage {
        Stage::Fetch => "download",
        Stage::Transcribe => "analyze",
        Stage::Analyze => "rubrics",
        Stage::Deliver => "upload",
    }
}

fn stage_row(
    t: &Words,
    stage: Stage,
    counts: &[QueueCount],
    paused: &[PausedStage],
    later: Option<&Vec<Job>>,
    done: &[Job],
    now: DateTime<Utc>,
) -> StageRow {
    let count = |state| in_state(counts, Some(stage), state);
    let later = later.map(|jobs| jobs.iter().filter(|job| job.stage == stage).count() as u64);
    let paused = paused.iter().any(|pause| pause.stage == stage);
    let ready = count(JobState::Ready).saturating_sub(later.unwrap_or(0));
    let pace = pace(stage, done, now).filter(|_| !paused);
    let left = match pace {
        _ if ready + count(JobState::Leased) == 0 => None,
        _ if paused => Some(t.say("queue-left-waits")),
        Some(pace) => Some(left(t, ready + count(JobState::Leased), pace)),
        None => None,
    };
    StageRow {
        name: stage_name(t, stage),
        value: stage.as_str(),
        icon: stage_icon(stage),
        paused,
        ready,
        leased: count(JobState::Leased),
        later,
        dead: count(JobState::Dead),
        done: count(JobState::Done),
        pace: pace.map(|pace| {
            let shown =
                if pace < 10.0 { t.points((pace * 10.0).round() / 10.0) } else { format!("{pace:.0}") };
            t.put("queue-per-minute", "shown", shown)
        }),
        left,
    }
}

/// Finished jobs a minute, over the last minutes; `None` without any.
fn pace(stage: Stage, done: &[Job], now: DateTime<Utc>) -> Option<f64> {
    let since = now - TimeDelta::minutes(PACE_MINUTES);
    let recent: Vec<DateTime<Utc>> = done
        .iter()
        .filter(|job| job.stage == stage && job.updated_at >= since)
        .map(|job| job.updated_at)
        .collect();
    let first = recent.iter().min()?;
    let minutes = (now - *first).as_seconds_f64() / 60.0;
    let count = u32::try_from(recent.len()).unwrap_or(u32::MAX);
    Some(f64::from(count) / minutes.max(0.1))
}

fn left(t: &Words, jobs: u64, pace: f64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "minutes are shown")]
    let minutes = jobs as f64 / pace.max(0.01);
    if minutes < 1.0 {
        return t.say("queue-left-less");
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded by the minimum")]
    wording::waiting(t.lang, TimeDelta::minutes(minutes.min(1e6).round() as i64))
}

fn pauses(t: &Words, paused: &[PausedStage], counts: &[QueueCount]) -> Vec<PauseRow> {
    paused.iter().map(|pause| pause_row(t, pause, counts)).collect()
}

fn pause_row(t: &Words, pause: &PausedStage, counts: &[QueueCount]) -> PauseRow {
    let by_hand = pause.reason.code == BY_HAND;
    let mut name = stage_name(t, pause.stage);
    if let Some(target) = &pause.target {
        name = format!("{name} ({target})");
    }
    let waiting = in_state(counts, Some(pause.stage), JobState::Ready);
    let waits =
        if waiting == 0 { t.say("queue-paused-none") } else { t.count("queue-paused-waiting", waiting) };
    let next = t.say(if by_hand { "queue-paused-person" } else { "queue-paused-self" });
    let since = t.put("queue-paused-since", "time", t.moment(&pause.since));
    let reason = if by_hand { t.say("queue-by-hand") } else { lower_first(&pause.reason.message) };
    PauseRow {
        title: t.put2("queue-paused-title", ("stage", name), ("reason", reason)),
        text: format!("{waits} {next} {since}"),
        remedy: if by_hand { String::new() } else { pause.reason.hint.clone() },
        stage: pause.stage.as_str(),
        target: pause.target.clone().unwrap_or_default(),
        by_hand,
    }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return String::new() };
    // names and abbreviations keep their capitals: «UIS», «OpenAI»
    let next = letters.clone().next();
    if next.is_some_and(char::is_uppercase) || first.is_ascii() {
        return text.to_owned();
    }
    first.to_lowercase().chain(letters).collect()
}

async fn rows(web: &Web, t: &Words, jobs: Vec<Job>, now: DateTime<Utc>) -> Result<Vec<JobRow>, Problem> {
    let calls: Vec<CallId> = jobs.iter().map(|job| job.call).collect();
    let records = web.store().records_of(&calls).await?;
    let mut rows = Vec::with_capacity(jobs.len());
    for (job, record) in jobs.into_iter().zip(records) {
        let call = record.map(|record| record.call);
        let phone = call.as_ref().and_then(|call| call.client_phone().map(domain::PhoneNumber::pretty));
        let name = phone.or_else(|| call.as_ref().and_then(|call| call.recording_name.clone()));
        let started = call.as_ref().and_then(|call| call.started_at);
        let error = job.error.clone().unwrap_or(CallError {
            code: String::new(),
            message: String::new(),
            hint: String::new(),
        });
        let running = (now - job.updated_at).num_milliseconds().max(0);
        rows.push(JobRow {
            key: format!("{}-{}-{}", job.call, job.stage.as_str(), job.target),
            call: job.call.to_string(),
            href: call_at(&job.call.to_string()),
            name: name.unwrap_or_else(|| job.call.to_string()),
            at: started.map(|at| t.moment(&at)).unwrap_or_default(),
            instant: started.map(|at| t.instant(&at)).unwrap_or_default(),
            stage: stage_name(t, job.stage),
            runs: t.clock(u64::try_from(running).unwrap_or(0)),
            due: if job.run_at <= now { t.say("queue-due-now") } else { t.moment(&job.run_at) },
            what: error.message,
            remedy: error.hint,
            attempt: job.attempt,
            value: format!("{} {} {}", job.call, job.stage.as_str(), job.target),
        });
    }
    Ok(rows)
}

/// The fields of a form, in order, repeated ones too.
fn fields(form: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(form).into_owned().collect()
}

/// `POST /queue/retry`: `one`, or every `job` that is ticked, or `all`.
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
    let filters: Vec<JobFilter> = if let Some(one) = one {
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
        return Ok(said("/queue", "done-queue-none"));
    }
    web.app().work().wake();
    web.audit(&viewer.name, Deed::Queue, &format!("retry {count}")).await;
    Ok(said("/queue", "done-queue-retried"))
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

    #[test]
    fn names_keep_their_capitals_in_the_middle_of_a_sentence() {
        assert_eq!(lower_first("Ключ отозван"), "ключ отозван");
        assert_eq!(lower_first("UIS не отвечает"), "UIS не отвечает");
        assert_eq!(lower_first("ИП не в списке"), "ИП не в списке");
    }
}
