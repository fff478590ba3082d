//! The stages of the queue: what waits, how fast it goes, when it will be done.

use chrono::{DateTime, TimeDelta, Utc};
use domain::wording;
use store::{Job, JobState, PausedStage, QueueCount, Stage};

use super::super::words::Words;
use super::in_state;

/// The speed is that of so many minutes.
const PACE_MINUTES: i64 = 10;

/// A stage in the table.
#[derive(Debug, Clone)]
pub(super) struct StageRow {
    pub(super) name: String,
    pub(super) value: &'static str,
    pub(super) icon: &'static str,
    pub(super) paused: bool,
    pub(super) ready: u64,
    pub(super) leased: u64,
    pub(super) later: Option<u64>,
    pub(super) dead: u64,
    pub(super) done: u64,
    /// «11/мин».
    pub(super) pace: Option<String>,
    /// «2 мин».
    pub(super) left: Option<String>,
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

pub(super) fn row(
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
