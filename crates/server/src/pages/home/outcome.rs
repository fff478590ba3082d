//! The right side of `/`: how far the call is, and then the verdict.

use domain::{Analysis, CallId, CallStatus, Verdict};
use pipeline::CallReport;

use crate::Web;
use crate::access::Viewer;
use crate::pages::call::talk::is_trouble;
use crate::pages::parts::{StatusMark, verdict_key, verdict_sign};
use crate::pages::words::Words;
use crate::problem::Problem;

/// A step of the work.
pub(crate) struct Step {
    pub(crate) key: &'static str,
    /// For the server's events.
    pub(crate) stage: &'static str,
    /// `done`, `now` or empty.
    pub(crate) class: &'static str,
    pub(crate) note: String,
}

/// A criterion in one line.
pub(crate) struct Brief {
    pub(crate) icon: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) verdict: String,
    pub(crate) title: String,
    pub(crate) points: String,
    pub(crate) quote: String,
    pub(crate) ms: Option<u64>,
    pub(crate) href: String,
}

/// What is shown.
pub(crate) struct Outcome {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    pub(crate) rubric: String,
    pub(crate) name: String,
    pub(crate) working: bool,
    pub(crate) steps: Vec<Step>,
    pub(crate) status: StatusMark,
    pub(crate) error: Option<(String, String)>,
    pub(crate) total: Option<f64>,
    pub(crate) judged: String,
    pub(crate) summary: String,
    pub(crate) rows: Vec<Brief>,
    pub(crate) advice: Vec<String>,
    pub(crate) facts: Vec<String>,
    pub(crate) scored: bool,
}

pub(super) async fn of(web: &Web, t: &Words, viewer: &Viewer, id: CallId) -> Result<Outcome, Problem> {
    let report = web.visible(viewer).report(id, None).await?;
    let typed = report.call.source.as_str() == "dialogue";
    let working = matches!(report.status, CallStatus::Queued | CallStatus::WaitingRecording);
    let analysis = report.analysis.as_ref();
    Ok(Outcome {
        id: id.to_string(),
        kind: match report.call.source.as_str() {
            "dialogue" => "text",
            "url" => "url",
            _ => "audio",
        },
        rubric: analysis.map_or_else(String::new, |analysis| analysis.rubric.to_string()),
        name: report.call.recording_name.clone().unwrap_or_default(),
        working,
        steps: if working { steps(t, &report, typed) } else { Vec::new() },
        status: StatusMark::of(t.lang, report.status, report.needs_review()),
        error: report.error.as_ref().map(|error| (error.message.clone(), error.hint.clone())),
        total: analysis.and_then(|analysis| analysis.total_score),
        judged: analysis.map_or_else(String::new, |analysis| judged(t, analysis)),
        summary: analysis.map_or_else(String::new, |analysis| analysis.summary.clone()),
        rows: analysis.map_or_else(Vec::new, |analysis| rows(t, &report, analysis)),
        advice: analysis.map_or_else(Vec::new, crate::pages::call::advice),
        facts: facts(t, &report),
        scored: analysis.is_some(),
    })
}

fn steps(t: &Words, report: &CallReport, typed: bool) -> Vec<Step> {
    let fetched = report.recording.is_some() || typed;
    let heard = report.transcript.is_some();
    let class = |done: bool, begun: bool| match (done, begun) {
        (true, _) => "done",
        (false, true) => "now",
        (false, false) => "",
    };
    let length = report.recording.as_ref().map_or_else(String::new, |one| t.clock(one.survey.duration_ms));
    let mut steps = vec![Step {
        key: if typed { "step-text" } else { "step-file" },
        stage: "fetch",
        class: class(fetched, true),
        note: length,
    }];
    if !typed {
        steps.push(Step {
            key: "step-speech",
            stage: "transcribe",
            class: class(heard, fetched),
            note: String::new(),
        });
    }
    steps.push(Step { key: "step-judge", stage: "analyze", class: class(false, heard), note: String::new() });
    steps
}

fn judged(t: &Words, analysis: &Analysis) -> String {
    let assessed =
        |one: &&domain::CriterionResult| !matches!(one.verdict, Verdict::NotApplicable | Verdict::CannotTell);
    let done = analysis.criteria.iter().filter(assessed).count();
    let of = t.put2("home-judged", ("done", done), ("all", analysis.criteria.len()));
    format!("{} · {of}", analysis.rubric_title)
}

fn rows(t: &Words, report: &CallReport, analysis: &Analysis) -> Vec<Brief> {
    let mut results: Vec<&domain::CriterionResult> =
        analysis.criteria.iter().filter(|one| one.max_score.is_some() || is_trouble(one)).collect();
    results.sort_by_key(|one| match one.verdict {
        _ if is_trouble(one) => 0,
        _ if one.needs_review => 1,
        Verdict::Partly => 2,
        Verdict::Met => 3,
        Verdict::NotMet => 4,
        Verdict::CannotTell => 5,
        Verdict::NotApplicable => 6,
    });
    let id = report.call.id;
    results
        .into_iter()
        .map(|one| {
            let (icon, tone) = verdict_sign(one.verdict, one.needs_review);
            let quote = one.evidence.iter().find(|evidence| evidence.verified);
            let ms = quote.and_then(|quote| quote.start_ms);
            Brief {
                icon,
                tone,
                verdict: if one.needs_review {
                    t.say("verdict-review")
                } else {
                    t.say(verdict_key(one.verdict))
                },
                title: one.title.clone(),
                points: match (one.score, one.max_score) {
                    (Some(score), Some(most)) => format!("{}/{}", t.points(score), t.points(most)),
                    _ => "—".to_owned(),
                },
                quote: quote.map_or_else(|| one.comment.clone(), |quote| format!("«{}»", quote.quote.trim())),
                ms,
                href: ms.map_or_else(
                    || format!("/history/{id}#c-{}", one.key),
                    |ms| {
                        format!("/history/{id}?t={}#c-{}", crate::pages::history::asked_seconds(ms), one.key)
                    },
                ),
            }
        })
        .collect()
}

fn facts(t: &Words, report: &CallReport) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(recording) = &report.recording {
        facts.push(t.clock(recording.survey.duration_ms));
    }
    if let Some(cost) = &report.cost {
        facts.push(t.money(cost.total));
    }
    if let Some(coverage) = report.transcript.as_ref().and_then(|transcript| transcript.coverage.as_ref()) {
        facts.push(t.put("home-coverage", "share", t.percent(coverage.share())));
    }
    facts
}
