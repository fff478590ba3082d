//! What people are shown: a machine's analysis with people's verdicts in place of its own.

use domain::{Analysis, CapApplied, Criterion, CriterionKind, CriterionResult, Rubric, Value, Verdict};

use crate::OverrideVerdict;

/// The analysis as people see it: verdicts of people in place of the machine's, and the total anew by
/// the same arithmetic. Without overrides it is the analysis as it was.
///
/// `rubric` is the revision that the analysis is pinned to: caps and the points of options stand
/// there. Statistics, filters by score and lists by verdict go by this very result.
#[must_use]
pub fn with_overrides(
    analysis: &Analysis,
    overrides: &[OverrideVerdict],
    rubric: Option<&Rubric>,
) -> Analysis {
    let mut shown = analysis.clone();
    let mut changed = false;
    for result in &mut shown.criteria {
        let Some(person) = overrides.iter().find(|person| person.key == result.key) else { continue };
        let criterion = rubric.and_then(|rubric| rubric.criteria.iter().find(|c| c.key == result.key));
        put(result, person, criterion);
        changed = true;
    }
    if changed {
        (shown.total_score, shown.cap) = total(&shown.criteria, analysis.cap.as_ref(), rubric);
    }
    shown
}

fn put(result: &mut CriterionResult, person: &OverrideVerdict, criterion: Option<&Criterion>) {
    result.verdict = person.verdict;
    result.needs_review = false;
    if result.kind == CriterionKind::Flag {
        result.value = Some(Value::Flag(person.verdict == Verdict::Met));
    }
    if person.value.is_some() {
        result.value.clone_from(&person.value);
    }
    result.score = result.max_score.and_then(|max| {
        let points = person.score.or_else(|| option_points(result.value.as_ref(), criterion));
        match person.verdict {
            Verdict::NotApplicable | Verdict::CannotTell => None,
            Verdict::Met => Some(points.unwrap_or(max)),
            Verdict::Partly => Some(points.unwrap_or(max / 2.0)),
            Verdict::NotMet => Some(points.unwrap_or(0.0)),
        }
    });
}

fn option_points(value: Option<&Value>, criterion: Option<&Criterion>) -> Option<f64> {
    let Some(Value::Text(chosen)) = value else { return None };
    criterion?.options.iter().find(|option| option.key == *chosen)?.score
}

/// As analyses count it: `100·Σ(weight·score/max)/Σweight` over what was scored, to one digit, held
/// down by the lowest cap of a failed critical criterion.
fn total(
    results: &[CriterionResult],
    cap_before: Option<&CapApplied>,
    rubric: Option<&Rubric>,
) -> (Option<f64>, Option<CapApplied>) {
    let (mut earned, mut possible) = (0.0, 0.0);
    for result in results {
        if let Some(share) = earned_share(result)
            && result.weight > 0.0
        {
            earned += result.weight * share;
            possible += result.weight;
        }
    }
    if possible <= 0.0 {
        return (None, None);
    }
    let total = one_digit(100.0 * earned / possible);
    let caps = match rubric {
        Some(rubric) => rubric
            .criteria
            .iter()
            .filter(|criterion| criterion.critical)
            .filter_map(|criterion| Some(CapApplied { key: criterion.key.clone(), limit: criterion.cap? }))
            .collect(),
        None => cap_before.cloned().into_iter().collect::<Vec<_>>(),
    };
    let cap = caps
        .into_iter()
        .filter(|cap| {
            cap.limit < total && results.iter().any(|result| result.key == cap.key && failed(result))
        })
        .min_by(|a, b| a.limit.total_cmp(&b.limit));
    (Some(cap.as_ref().map_or(total, |cap| one_digit(cap.limit))), cap)
}

/// The share of a criterion's points that was earned, 0–1; `None` where it was not scored.
pub(crate) fn earned_share(result: &CriterionResult) -> Option<f64> {
    let (score, max) = (result.score?, result.max_score?);
    let assessed = !matches!(result.verdict, Verdict::NotApplicable | Verdict::CannotTell);
    (assessed && max > 0.0 && score.is_finite()).then(|| (score / max).clamp(0.0, 1.0))
}

fn failed(result: &CriterionResult) -> bool {
    match result.kind {
        CriterionKind::Flag => result.verdict == Verdict::Met,
        _ => result.verdict == Verdict::NotMet,
    }
}

fn one_digit(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
