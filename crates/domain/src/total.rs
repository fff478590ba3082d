//! The total: our arithmetic, never a model's, and the same whether a machine or a person judged.

use crate::{CapApplied, CriterionKind, CriterionResult, Rubric, Verdict};

/// `100·Σ(weight·score/max_score)/Σweight` over the criteria that are scored and were
/// assessed, rounded to one digit; `None` if there are none. A failed critical criterion
/// with a cap holds the total down: the lowest of `caps` that applies is told.
pub fn total_score<'a>(
    results: impl IntoIterator<Item = &'a CriterionResult, IntoIter: Clone>,
    caps: impl IntoIterator<Item = CapApplied>,
) -> (Option<f64>, Option<CapApplied>) {
    let results = results.into_iter();
    let (mut earned, mut possible) = (0.0, 0.0);
    for result in results.clone().filter(|result| result.weight > 0.0) {
        if let Some(share) = result.earned_share() {
            earned += result.weight * share;
            possible += result.weight;
        }
    }
    if possible <= 0.0 {
        return (None, None);
    }
    let total = one_digit(100.0 * earned / possible);
    let cap = caps
        .into_iter()
        .filter(|cap| {
            cap.limit < total && results.clone().any(|result| result.key == cap.key && result.is_failed())
        })
        .min_by(|a, b| a.limit.total_cmp(&b.limit));
    (Some(cap.as_ref().map_or(total, |cap| one_digit(cap.limit))), cap)
}

impl CriterionResult {
    /// The share of the criterion's points that was earned, 0–1; `None` where it was not scored.
    pub fn earned_share(&self) -> Option<f64> {
        let (score, max) = (self.score?, self.max_score?);
        let assessed = !matches!(self.verdict, Verdict::NotApplicable | Verdict::CannotTell);
        (assessed && max > 0.0 && score.is_finite()).then(|| (score / max).clamp(0.0, 1.0))
    }

    /// Whether a critical criterion is failed: a raised flag, or zero points.
    pub fn is_failed(&self) -> bool {
        match self.kind {
            CriterionKind::Flag => self.verdict == Verdict::Met,
            _ => self.verdict == Verdict::NotMet,
        }
    }
}

impl Rubric {
    /// What holds the total down where a critical criterion is failed.
    pub fn caps(&self) -> impl Iterator<Item = CapApplied> {
        let critical = self.criteria.iter().filter(|criterion| criterion.critical);
        critical
            .filter_map(|criterion| Some(CapApplied { key: criterion.key.clone(), limit: criterion.cap? }))
    }
}

fn one_digit(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
