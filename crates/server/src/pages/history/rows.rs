//! A line of the list: when, who, how long, how well, and why to open it.

use chrono::{DateTime, FixedOffset};
use domain::{CallStatus, CriterionKind, Direction, Verdict};
use store::{CallGist, CallRecord, Gist, SearchHit, TextPart};

use super::Asked;
use crate::pages::parts::StatusMark;
use crate::pages::words::Words;
use crate::problem::Problem;
use crate::visible::VisibleCalls;

/// A call of the list, listed or found.
pub(super) struct Found {
    record: CallRecord,
    hit: Option<(u32, Option<u64>, Vec<TextPart>)>,
}

impl Found {
    pub(super) fn listed(record: CallRecord) -> Self {
        Self { record, hit: None }
    }

    /// `place` is its number among all hits, from 0.
    pub(super) fn hit(hit: SearchHit, place: u32) -> Self {
        Self { record: hit.call, hit: Some((place, hit.start_ms, hit.snippet)) }
    }
}

/// Words that were looked for, where they were said.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    pub(crate) ms: Option<u64>,
    pub(crate) href: String,
    pub(crate) parts: Vec<TextPart>,
}

/// The line.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) place: Option<u32>,
    pub(crate) href: String,
    pub(crate) at: Option<DateTime<FixedOffset>>,
    pub(crate) direction: (&'static str, String),
    pub(crate) client: String,
    pub(crate) manager: String,
    pub(crate) length: String,
    pub(crate) score: Option<f64>,
    pub(crate) status: StatusMark,
    pub(crate) hit: Option<Hit>,
    pub(crate) line: String,
    pub(crate) line_tone: &'static str,
}

impl Row {
    /// «Готово» says nothing beside a score where there is no room.
    pub(crate) fn is_plain(&self) -> bool {
        self.status.icon == "met"
    }
}

pub(super) async fn rows(
    t: &Words,
    visible: &VisibleCalls,
    asked: &Asked,
    found: Vec<Found>,
) -> Result<Vec<Row>, Problem> {
    let records: Vec<CallRecord> = found.iter().map(|one| one.record.clone()).collect();
    let rubric = asked.get("rubric").map(domain::RubricId::new);
    let gists = visible.gists_of(&records, rubric.as_ref()).await?;
    Ok(found.into_iter().zip(gists).map(|(one, gist)| row(t, asked, one, &gist)).collect())
}

fn row(t: &Words, asked: &Asked, found: Found, gist: &CallGist) -> Row {
    let Found { record, hit } = found;
    let call = &record.call;
    let id = call.id.to_string();
    let judgement = gist.judgement.as_ref();
    let place = hit.as_ref().map(|(place, ..)| *place);
    let review = judgement.is_some_and(|judgement| judgement.needs_review);
    let (line, line_tone) = line(t, &record, gist.call_back, judgement);
    Row {
        href: asked.call(&id, place, None),
        hit: hit.map(|(place, ms, parts)| Hit { ms, href: asked.call(&id, Some(place), ms), parts }),
        place,
        at: call.started_at,
        direction: direction(t, call.direction, call.missed),
        client: client_or_file(t, &record),
        manager: call
            .manager
            .as_ref()
            .map_or_else(String::new, |manager| manager.name.clone().unwrap_or_else(|| manager.id.clone())),
        length: length_ms(&record).map_or_else(|| "—".to_owned(), |ms| t.clock(ms)),
        score: judgement.and_then(|judgement| judgement.total_score),
        status: StatusMark::of(t.lang, record.status, review),
        line,
        line_tone,
        id,
    }
}

/// Length of the call: the source's, else the recording's.
pub(crate) fn length_ms(record: &CallRecord) -> Option<u64> {
    let measured = || record.recording.as_ref().map(|recording| recording.survey.duration_ms);
    record.call.duration_ms.or_else(measured)
}

/// Who rang or was rung; where no number is known the file tells the call apart.
pub(crate) fn client_or_file(t: &Words, record: &CallRecord) -> String {
    let call = &record.call;
    let phone = call.client_phone().map(domain::PhoneNumber::pretty);
    let nameless = || t.say(if call.source.as_str() == "dialogue" { "row-dialogue" } else { "row-nobody" });
    phone.or_else(|| call.recording_name.clone()).unwrap_or_else(nameless)
}

/// The icon of a direction and its words.
pub(crate) fn direction(t: &Words, direction: Direction, missed: bool) -> (&'static str, String) {
    match direction {
        Direction::In if missed => ("missed", t.say("direction-in")),
        Direction::In => ("in", t.say("direction-in")),
        Direction::Out => ("out", t.say("direction-out")),
        Direction::Internal => ("internal", t.say("direction-internal")),
        Direction::Unknown => ("not_applicable", t.say("direction-unknown")),
    }
}

/// Why to open it: an alarm, what went wrong, who waits, what it was about.
fn line(t: &Words, record: &CallRecord, call_back: bool, judgement: Option<&Gist>) -> (String, &'static str) {
    if record.status == CallStatus::Missed {
        if !call_back {
            return (String::new(), "muted");
        }
        let waits = record.call.started_at.map(|at| t.now.signed_duration_since(at));
        let words = waits.map_or_else(
            || t.say("row-not-rung-back"),
            |waits| t.put("row-not-rung-back-for", "time", t.waiting(waits)),
        );
        return (words, "bad");
    }
    if let Some(error) = &record.error {
        return (error.message.clone(), "muted");
    }
    let Some(judgement) = judgement else { return (String::new(), "muted") };
    let alarms: Vec<&str> = judgement
        .critical
        .iter()
        .filter(|(_, kind, verdict)| is_failed(*kind, *verdict))
        .map(|(title, ..)| title.as_str())
        .collect();
    if alarms.is_empty() {
        (judgement.summary.clone(), "muted")
    } else {
        (t.put("row-critical", "what", alarms.join(", ")), "bad")
    }
}

/// A critical criterion is failed by a raised flag, or by no points.
fn is_failed(kind: CriterionKind, verdict: Verdict) -> bool {
    match kind {
        CriterionKind::Flag => verdict == Verdict::Met,
        _ => verdict == Verdict::NotMet,
    }
}
