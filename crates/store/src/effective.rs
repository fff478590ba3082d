//! What people are shown: a machine's analysis with people's verdicts in place of its own.

use domain::{
    Analysis, CapApplied, Criterion, CriterionKind, CriterionResult, Rubric, Value, Verdict, total_score,
};

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
        let caps: Vec<CapApplied> = match rubric {
            Some(rubric) => rubric.caps().collect(),
            None => analysis.cap.clone().into_iter().collect(),
        };
        (shown.total_score, shown.cap) = total_score(&shown.criteria, caps);
    }
    shown
}

/// The total if a person gave this verdict too: that of [`with_overrides`] with it among the others. `shown` is
/// what people see now, `machine` what the machine said.
#[must_use]
pub fn total_with(
    machine: &Analysis,
    shown: &Analysis,
    verdict: &OverrideVerdict,
    rubric: &Rubric,
) -> Option<f64> {
    let Some(own) = machine.criteria.iter().find(|result| result.key == verdict.key) else {
        return shown.total_score;
    };
    let mut result = own.clone();
    put(&mut result, verdict, rubric.criteria.iter().find(|criterion| criterion.key == verdict.key));
    let results = shown.criteria.iter().map(|other| if other.key == result.key { &result } else { other });
    total_score(results, rubric.caps()).0
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
