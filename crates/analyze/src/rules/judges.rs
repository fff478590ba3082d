//! Judges by name: what a `judge = "…"` of a rubric means.

mod client;
mod dialog;
mod echo;
mod manager;

use super::facts::Facts;
use super::finding::Finding;
use super::scene::Scene;

type Judge = fn(&Scene<'_>, &Facts) -> Finding;

/// Where in the call the words are expected, 0–1: a gap there means «не расслышано».
pub(crate) const START: (f64, f64) = (0.0, 0.15);
pub(crate) const END: (f64, f64) = (0.75, 1.0);
pub(crate) const WHOLE: (f64, f64) = (0.0, 1.0);

/// Name, judge, place.
const JUDGES: &[(&str, Judge, (f64, f64))] = &[
    ("greeting", manager::greeting, START),
    ("needs", manager::needs, WHOLE),
    ("summary", manager::summary, WHOLE),
    ("offer", manager::offer, WHOLE),
    ("price", manager::price, WHOLE),
    ("objection", manager::objection, WHOLE),
    ("next_step", manager::next_step, END),
    ("courtesy", manager::courtesy, WHOLE),
    ("listening", manager::listening, WHOLE),
    ("farewell", manager::farewell, END),
    ("rude", manager::rude, WHOLE),
    ("misled", manager::misled, WHOLE),
    ("interest", client::interest, WHOLE),
    ("need_clear", client::need_clear, WHOLE),
    ("engagement", client::engagement, WHOLE),
    ("objection_left", client::objection_left, END),
    ("client_tone", client::client_tone, END),
    ("agreement", client::agreement, END),
    ("readiness", client::readiness, WHOLE),
    ("churn", client::churn, WHOLE),
    ("no_call", client::no_call, WHOLE),
    ("objections", client::objections, WHOLE),
    ("requests", client::requests, WHOLE),
    ("understanding", dialog::understanding, WHOLE),
    ("answers", dialog::answers, WHOLE),
    ("tone", dialog::tone, WHOLE),
    ("waiting", dialog::waiting, WHOLE),
    ("resolution", dialog::resolution, END),
    ("service", dialog::service, WHOLE),
    ("stage", dialog::stage, END),
    ("callback", dialog::callback, END),
];

/// Work on a client who is being hurt is no work: none of it counts.
const CRAFT: &[&str] = &["needs", "summary", "offer", "objection", "next_step", "farewell"];
/// Facts that the client got all the same, and set phrases that save no rude talk: at most half counts.
const FACTS: &[&str] = &["greeting", "price", "answers"];

/// What is wrong with the name of a judge.
pub(crate) fn judge_mistake(name: &str) -> Option<String> {
    if find(name).is_some() {
        return None;
    }
    let nearest = JUDGES
        .iter()
        .max_by(|a, b| strsim::jaro_winkler(name, a.0).total_cmp(&strsim::jaro_winkler(name, b.0)))?;
    Some(format!("no judge `{name}`; did you mean `{}`?", nearest.0))
}

/// Runs a judge; `None` if there is none of this name.
pub(crate) fn run(name: &str, scene: &Scene<'_>, facts: &Facts) -> Option<Finding> {
    let (_, judge, place) = find(name)?;
    let mut finding = judge(scene, facts);
    // a built-in rubric caps nothing: a rude manner shows in the verdicts themselves
    if facts.conduct.courtesy == 0 {
        if CRAFT.contains(&name) {
            finding = finding.undone();
        } else if FACTS.contains(&name) {
            finding = finding.halved();
        }
    } else if facts.conduct.courtesy == 1 && facts.conduct.weight > 1 && CRAFT.contains(&name) {
        finding = finding.halved();
    }
    Some(finding.heard_in(scene, *place))
}

fn find(name: &str) -> Option<&'static (&'static str, Judge, (f64, f64))> {
    JUDGES.iter().find(|(known, ..)| *known == name)
}
