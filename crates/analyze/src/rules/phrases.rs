//! The forms of a rule that a customer writes: phrases, place, answer; and measured figures.

use domain::{Criterion, CriterionKind, Speaker};

use super::finding::{Finding, Grade};
use super::scene::{Quote, Scene};
use crate::phrase::Hit;
use crate::rubric::rule::{Rule, Within};

/// Judges by phrases.
pub(crate) fn judge(scene: &Scene<'_>, criterion: &Criterion, rule: &Rule) -> Finding {
    let found = matches(scene, rule);
    match criterion.kind {
        CriterionKind::Flag => Finding::new(Grade::Raised(!found.is_empty()), "").quoting(quotes(&found)),
        _ => Finding::share(if found.is_empty() { 0.0 } else { 1.0 }, "").quoting(quotes(&found)),
    }
}

fn quotes(hits: &[Hit]) -> impl Iterator<Item = Quote> + '_ {
    hits.iter().take(3).map(|hit| Quote::from(*hit))
}

fn matches(scene: &Scene<'_>, rule: &Rule) -> Vec<Hit> {
    let within = rule.within.as_deref().and_then(Within::parse).unwrap_or(Within::Whole);
    let list = |phrases: &[String]| -> Vec<Hit> {
        let mut hits: Vec<Hit> = phrases
            .iter()
            .flat_map(|phrase| scene.said(phrase.trim_start_matches('@')))
            .filter(|hit| rule.speaker.admits(scene.speaker(*hit)) || scene.speaker(*hit) == Speaker::Unknown)
            .filter(|hit| scene.is_within(hit.turn, within))
            .collect();
        hits.sort_by_key(|hit| hit.first);
        hits
    };
    if !rule.none.is_empty() && !list(&rule.none).is_empty() {
        return Vec::new();
    }
    list(&rule.any)
}
