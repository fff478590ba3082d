//! `/queue`: does the work run; if not, what to do. Fresh by server events, whole without scripts.

mod deeds;
mod jobs;
mod pauses;
mod stages;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::CallStatus;
use store::{CallFilter, Job, JobFilter, JobState, QueueCount, Stage};

use self::jobs::JobRow;
use self::pauses::PauseRow;
use self::stages::StageRow;
use super::layout::{Frame, Place, page};
use super::reports::{Figure, history};
use super::words::Words;
use crate::Web;
use crate::api::CallQuery;
use crate::kept::Weighed;
use crate::problem::Problem;

pub(crate) use self::deeds::{pause, resume, retry};
pub(crate) use self::stages::stage_name;

/// Rows of a list; the counts above it are whole.
const LISTED: u32 = 50;
/// Finished jobs looked at for the speed.
const PACE: u32 = 400;
/// The code of a pause that a person made.
const BY_HAND: &str = "by_hand";

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
    let shown = web.kept(key, web.turns().in_order(Box::pin(shown(&web, &f.t)))).await?;
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
        .map(|stage| stages::row(t, stage, &counts, &paused, whole.then_some(&later), &done, now))
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
        pauses: paused.iter().map(|pause| pauses::row(t, pause, &counts)).collect(),
        all_paused: Stage::ALL
            .iter()
            .all(|stage| paused.iter().any(|pause| pause.stage == *stage && pause.target.is_none())),
        stages,
        working: jobs::rows(web, t, working, now).await?,
        working_count: in_state(&counts, None, JobState::Leased),
        later: jobs::rows(web, t, later, now).await?,
        dead: jobs::rows(web, t, dead, now).await?,
        dead_count: in_state(&counts, None, JobState::Dead),
        open: (open > 0).then(|| Figure { shown: t.number(open), href: history(&open_query), count: open }),
    })
}

fn in_state(counts: &[QueueCount], stage: Option<Stage>, state: JobState) -> u64 {
    let wanted = counts.iter().filter(|each| each.state == state);
    wanted.filter(|each| stage.is_none_or(|stage| each.stage == stage)).map(|each| each.count).sum()
}
