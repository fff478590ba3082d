//! A rubric as people will meet it: titles, what earns points, weights and their share of the total.

use domain::{Criterion, CriterionKind, Rubric};

use crate::pages::words::Words;

/// A criterion.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) title: String,
    pub(crate) question: String,
    pub(crate) kind: String,
    /// Titles of the options of a choice.
    pub(crate) options: String,
    /// «15»; `None` weighs nothing.
    pub(crate) weight: Option<String>,
    /// Of the total, 0–1.
    pub(crate) share: f64,
    pub(crate) share_said: String,
    pub(crate) critical: bool,
    pub(crate) cap: Option<String>,
    pub(crate) by_rules: bool,
}

pub(super) fn lines(t: &Words, rubric: &Rubric) -> Vec<Line> {
    let weighs = |each: &Criterion| if each.max_score().is_some() { each.weight } else { 0.0 };
    let whole: f64 = rubric.criteria.iter().map(weighs).sum();
    rubric
        .criteria
        .iter()
        .map(|each| {
            let weight = weighs(each);
            let share = if whole > 0.0 { weight / whole } else { 0.0 };
            let titles: Vec<&str> = each.options.iter().map(|option| option.title.as_str()).collect();
            Line {
                title: each.title.clone(),
                question: each.question.clone(),
                kind: kind(t, each),
                options: titles.join(" · "),
                weight: (weight > 0.0).then(|| t.points(weight)),
                share,
                share_said: t.percent(share),
                critical: each.critical,
                cap: each.cap.map(|cap| t.points(cap)),
                by_rules: each.rules.is_some(),
            }
        })
        .collect()
}

fn kind(t: &Words, criterion: &Criterion) -> String {
    match criterion.kind {
        CriterionKind::Score => {
            let [low, high] = criterion.scale;
            t.put2("rubric-kind-score", ("low", t.points(low)), ("high", t.points(high)))
        }
        CriterionKind::Flag => t.say("rubric-kind-flag"),
        CriterionKind::Choice => t.say("rubric-kind-choice"),
        CriterionKind::Text => t.say("rubric-kind-text"),
        CriterionKind::List => t.say("rubric-kind-list"),
        CriterionKind::Number => t.say("rubric-kind-number"),
    }
}
