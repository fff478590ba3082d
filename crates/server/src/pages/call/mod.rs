//! `/history/{id}`: what the score is made of, and whether it is fair.
//!
//! Every verdict leads to the second where it was said (`?t=48` without scripts); every verdict can be
//! changed by a person, with a reason, beside the machine's.

mod criteria;
mod delays;
mod edits;
mod facts;
mod judged;
mod neighbours;
mod promises;
pub(crate) mod talk;
mod unjudged;
mod wave;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use chrono::{DateTime, FixedOffset};
use domain::{Analysis, CallId, CallStatus, OperatorChannel, RubricId};
use store::{CallRecord, DisputeFilter, PageRequest};

pub(crate) use edits::{dispute, override_verdict, rescore, settle};

use self::criteria::Shown;
use self::delays::Delays;
use self::facts::{Fact, Share};
use self::judged::Judged;
use self::neighbours::Neighbours;
use self::promises::Promised;
use self::talk::{Line, Talk};
use self::wave::Wave;
use super::history::Asked;
use super::history::rows::{client_or_file, direction, length_ms};
use super::layout::{Frame, Place, page};
use super::parts::StatusMark;
use super::words::Words;
use crate::Web;
use crate::access::Viewer;
use crate::problem::Problem;

/// What the head of the page says.
struct Head {
    id: String,
    title: String,
    direction: (&'static str, String),
    manager: Option<(String, String)>,
    at: Option<DateTime<FixedOffset>>,
    length: Option<String>,
    rubric: Option<String>,
    rubric_id: String,
    tags: Vec<String>,
    status: Option<StatusMark>,
    error: Option<(String, String)>,
    summary: String,
    advice: Vec<String>,
    total: Option<f64>,
    /// «модель 56, правка руководителя +6».
    changed: String,
    cap: String,
}

/// The sound, where there is any.
struct Sound {
    src: String,
    wave: Wave,
    length_ms: u64,
    length: String,
    at_ms: u64,
    at: String,
    needle: String,
    /// A codec that browsers have no decoder for.
    foreign: Option<String>,
}

#[derive(Template)]
#[template(path = "call/page.html")]
struct CallPage {
    f: Frame,
    asked: Asked,
    head: Head,
    near: Neighbours,
    sound: Option<Sound>,
    talk: Option<Talk>,
    criteria: Vec<Shown>,
    judged: String,
    promises: Vec<Promised>,
    share: Option<Share>,
    talking: Vec<Fact>,
    whole: Vec<Fact>,
    dropped: Vec<String>,
    /// Why there are no words, and no score.
    no_talk: &'static str,
    no_score: &'static str,
    /// Something gave up that the reader may have tried again.
    retry: bool,
    /// The call is still under way: the page looks again by itself.
    working: bool,
    listening: bool,
}

/// `GET /history/{id}`.
pub(crate) async fn call(
    State(web): State<Web>,
    viewer: Viewer,
    frame: Frame,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Asked::read(query.as_deref().unwrap_or_default())?;
    let id = CallId::parse(&id).map_err(|_| Problem::not_found())?;
    let shown = shown(&web, &viewer, frame.at(Place::History), asked, id);
    page(&web.turns().in_order(Box::pin(shown)).await?)
}

async fn shown(web: &Web, viewer: &Viewer, f: Frame, asked: Asked, id: CallId) -> Result<CallPage, Problem> {
    let t = &f.t;
    let visible = web.visible(viewer);
    let rubric = asked.get("rubric").map(RubricId::new);
    let record = visible.call(id).await?;
    let report = web.app().report_of(record.clone(), rubric.as_ref()).await?;
    let judged = match &report.analysis {
        Some(shown) => judge(web, id, shown).await?,
        None => None,
    };
    let near = neighbours::of(web, t, &visible, &asked, &record).await?;
    let disputes = web
        .store()
        .disputes(
            &DisputeFilter { call: Some(id), ..DisputeFilter::default() },
            PageRequest { after: None, limit: 200 },
        )
        .await?
        .items;
    let operator = u8::from(web.config().operator == OperatorChannel::Right);
    let mut delays = Delays::of(web, &record.call).await;
    let delayed = delays.fact(t);
    let talk = report.transcript.as_ref().map(|transcript| {
        let criteria = judged.as_ref().map_or(&[][..], |judged| judged.analysis.criteria.as_slice());
        Talk::of(t, transcript, criteria, operator, &mut delays)
    });
    let place = asked.place();
    let criteria = judged.as_ref().map_or_else(Vec::new, |judged| {
        criteria::shown(&f, &asked, &criteria::Case { judged, report: &report, disputes: &disputes, place })
    });
    let promises = promises::of(t, &visible, &asked, &report, place).await?;
    let done = criteria.iter().filter(|one| one.assessed).count();
    let sound = sound(web, t, &asked, &record, talk.as_ref());
    let (share, mut talking) = facts::talking(t, &report);
    talking.extend(delayed);
    let retry = unjudged::may_retry(web, &f, &record).await?;
    Ok(CallPage {
        no_talk: unjudged::no_talk(record.status),
        no_score: unjudged::no_score(record.status),
        retry,
        judged: t.put2("call-judged", ("done", done), ("all", criteria.len())),
        head: head(t, &record, &report, judged.as_ref()),
        whole: facts::whole(t, web, &report),
        dropped: report
            .transcript
            .iter()
            .flat_map(|transcript| &transcript.dropped)
            .map(|one| one.segment.text.clone())
            .collect(),
        working: matches!(record.status, CallStatus::Queued | CallStatus::WaitingRecording),
        listening: asked.get("listen").is_some(),
        near,
        sound,
        talk,
        criteria,
        promises,
        share,
        talking,
        asked,
        f,
    })
}

/// The judgement with people's verdicts; `None` where its revision is not kept any more. `shown` is the judgement
/// as people see it.
async fn judge(web: &Web, id: CallId, shown: &Analysis) -> Result<Option<Judged>, Problem> {
    let (store, rubric) = (web.store(), &shown.rubric);
    let (people, revision) = tokio::try_join!(
        async { Ok(store.overrides(id, rubric).await?) },
        web.revision(rubric, &shown.revision)
    )?;
    let machine = if people.is_empty() {
        Some(shown.clone())
    } else {
        store.analysis(id, Some(rubric)).await?.map(|stored| stored.analysis)
    };
    Ok(machine.zip(revision).map(|(machine, revision)| Judged::new(machine, revision, people)))
}

fn head(t: &Words, record: &CallRecord, report: &pipeline::CallReport, judged: Option<&Judged>) -> Head {
    let call = &record.call;
    let analysis = judged.map(|judged| &judged.analysis);
    let status = StatusMark::of(t.lang, record.status, analysis.is_some_and(Analysis::needs_review));
    let total = analysis.and_then(|analysis| analysis.total_score);
    let machine = judged.and_then(|judged| judged.machine.total_score);
    let changed = match (machine, total) {
        (Some(machine), Some(total)) if (total - machine).abs() > 0.049 => t.put2(
            "call-changed",
            ("machine", domain::wording::score(machine)),
            ("change", difference(t, machine, total)),
        ),
        (None, Some(_)) => t.say("call-changed-none"),
        _ => String::new(),
    };
    let cap = analysis.and_then(|analysis| {
        let cap = analysis.cap.as_ref()?;
        let title = analysis
            .criteria
            .iter()
            .find(|one| one.key == cap.key)
            .map_or(cap.key.as_str(), |one| &one.title);
        Some(t.put2("call-cap", ("limit", t.points(cap.limit)), ("title", title)))
    });
    Head {
        id: call.id.to_string(),
        title: client_or_file(t, record),
        direction: direction(t, call.direction, call.missed),
        manager: call
            .manager
            .as_ref()
            .map(|manager| (manager.name.clone().unwrap_or_else(|| manager.id.clone()), manager.id.clone())),
        at: call.started_at,
        length: length_ms(record).map(|ms| t.clock(ms)),
        rubric: analysis.map(|analysis| match judged.and_then(Judged::number) {
            Some(number) => t.put2("call-rubric", ("title", &analysis.rubric_title), ("number", number)),
            None => analysis.rubric_title.clone(),
        }),
        rubric_id: analysis.map_or_else(String::new, |analysis| analysis.rubric.to_string()),
        tags: call.tags.clone(),
        // «Готово» says itself by its score
        status: (record.status != CallStatus::Done || !status.tone.is_empty()).then_some(status),
        error: record.error.as_ref().map(|error| (error.message.clone(), error.hint.clone())),
        summary: analysis.map_or_else(String::new, |analysis| analysis.summary.clone()),
        advice: analysis.map_or_else(Vec::new, advice),
        total: total.filter(|_| report.transcript.is_some()),
        changed,
        cap: cap.unwrap_or_default(),
    }
}

/// «+9» between totals as they are shown: whole.
fn difference(t: &Words, machine: f64, total: f64) -> String {
    let change = total.round() - machine.round();
    let sign = if change < 0.0 { "\u{2212}" } else { "+" };
    format!("{sign}{}", t.points(change.abs()))
}

/// What to do better, a line each.
pub(crate) fn advice(analysis: &Analysis) -> Vec<String> {
    let lines = analysis.recommendations.lines();
    lines.map(|line| unnumbered(line).to_owned()).filter(|line| !line.is_empty()).collect()
}

/// A line of advice without the number or dash that it was written with: the list has its own.
fn unnumbered(line: &str) -> &str {
    let line = line.trim();
    let bare = line.trim_start_matches(|c: char| c.is_ascii_digit());
    match bare.strip_prefix(['.', ')']) {
        Some(rest) if bare.len() < line.len() => rest.trim_start(),
        _ => line.trim_start_matches(['-', '—', '–', '•', '*']).trim_start(),
    }
}

fn sound(web: &Web, t: &Words, asked: &Asked, record: &CallRecord, talk: Option<&Talk>) -> Option<Sound> {
    let recording = record.recording.as_ref()?;
    let survey = &recording.survey;
    let at =
        asked.get("t").and_then(|at| at.replace(',', ".").parse::<f64>().ok()).filter(|at| at.is_finite());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded on both sides")]
    let at_ms = at.map_or(0, |at| (at.clamp(0.0, 1e7) * 1000.0) as u64).min(survey.duration_ms);
    let (quotes, gaps) = talk.map_or((&[][..], &[][..]), |talk| (&talk.quotes, &talk.gaps));
    Some(Sound {
        src: format!("/api/v1/calls/{}/recording", record.call.id),
        wave: Wave::of(t, survey, web.config().operator, quotes, gaps),
        length_ms: survey.duration_ms,
        length: t.clock(survey.duration_ms),
        at_ms,
        at: t.clock(at_ms),
        needle: wave::needle(at_ms, survey.duration_ms),
        foreign: is_foreign(&survey.format).then(|| survey.format.clone()),
    })
}

/// What no browser decodes: ADPCM of old telephony.
fn is_foreign(format: &str) -> bool {
    format.contains("adpcm") || format.starts_with("caf")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_loses_its_own_numbers() {
        let lines = ["1. Спросить", "2) Назвать", "— Уточнить", "10 минут на звонок", "• Ждать"];
        assert_eq!(lines.map(unnumbered), ["Спросить", "Назвать", "Уточнить", "10 минут на звонок", "Ждать"]);
    }
}
