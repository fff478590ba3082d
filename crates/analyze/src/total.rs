//! The total: our arithmetic, never a model's.

use domain::{CapApplied, CriterionKind, CriterionResult, Rubric, Verdict};

/// `100·Σ(weight·score/max_score)/Σweight` over the criteria that are scored and were
/// assessed, rounded to one digit; `None` if there are none. A failed critical criterion
/// with a cap holds the total down: the lowest such cap is told.
pub fn total_score(rubric: &Rubric, results: &[CriterionResult]) -> (Option<f64>, Option<CapApplied>) {
    let (mut earned, mut possible) = (0.0, 0.0);
    for result in results {
        let (Some(score), Some(max)) = (result.score, result.max_score) else { continue };
        let assessed = !matches!(result.verdict, Verdict::NotApplicable | Verdict::CannotTell);
        if assessed && max > 0.0 && result.weight > 0.0 && score.is_finite() {
            earned += result.weight * (score / max).clamp(0.0, 1.0);
            possible += result.weight;
        }
    }
    if possible <= 0.0 {
        return (None, None);
    }
    let total = one_digit(100.0 * earned / possible);
    let cap = rubric
        .criteria
        .iter()
        .filter(|criterion| criterion.critical)
        .filter_map(|criterion| {
            let limit = criterion.cap?;
            let result = results.iter().find(|result| result.key == criterion.key)?;
            (is_failed(result) && limit < total).then(|| CapApplied { key: criterion.key.clone(), limit })
        })
        .min_by(|a, b| a.limit.total_cmp(&b.limit));
    (Some(cap.as_ref().map_or(total, |cap| one_digit(cap.limit))), cap)
}

/// Whether a critical criterion is failed: a raised flag, or zero points.
pub(crate) fn is_failed(result: &CriterionResult) -> bool {
    match result.kind {
        CriterionKind::Flag => result.verdict == Verdict::Met,
        _ => result.verdict == Verdict::NotMet,
    }
}

fn one_digit(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
