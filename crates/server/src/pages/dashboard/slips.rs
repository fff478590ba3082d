//! What slips: criteria by the points they earn, objections by how they are answered.

use domain::{CriterionKind, RubricId, Verdict};
use store::{CriterionFigures, StoreError};

use super::ratio;
use crate::api::CallQuery;
use crate::pages::reports::{Figure, Scene};
use crate::problem::Problem;

/// A criterion in the table.
#[derive(Debug, Clone)]
pub(crate) struct CriterionRow {
    pub(crate) title: String,
    /// 0–1.
    pub(crate) share: f64,
    /// «41 %», over the calls that lost points.
    pub(crate) earned: Figure,
    /// `warn` below a half.
    pub(crate) tone: &'static str,
    pub(crate) failed: Figure,
    pub(crate) partly: Figure,
    pub(crate) met: Figure,
    /// For comparing with the same criterion elsewhere.
    pub(crate) key: String,
}

/// The rubric that criteria are shown of: the chosen one, else the one that judged most.
pub(crate) fn most_judged(scene: &Scene, figures: &[CriterionFigures]) -> Option<RubricId> {
    if scene.rubric.is_some() {
        return scene.rubric.clone();
    }
    let judged = |id: &RubricId| -> u64 {
        figures.iter().filter(|each| each.rubric == *id).map(CriterionFigures::judged).sum()
    };
    figures.iter().map(|each| &each.rubric).max_by_key(|id| judged(id)).cloned()
}

/// The title of a rubric that was used.
pub(crate) async fn title_of(scene: &Scene, rubric: Option<&RubricId>) -> Result<String, Problem> {
    let Some(id) = rubric else { return Ok(String::new()) };
    let known = scene.web.known().await?;
    let found = known.rubrics.iter().find(|(each, _, _)| each == id);
    Ok(found.map_or_else(|| id.to_string(), |(_, title, _)| title.clone()))
}

/// Scored criteria of a rubric, the weakest first.
pub(crate) fn criterion_rows(
    scene: &Scene,
    figures: &[CriterionFigures],
    rubric: Option<&RubricId>,
    most: usize,
) -> Vec<CriterionRow> {
    let Some(rubric) = rubric else { return Vec::new() };
    let mut scored: Vec<(&CriterionFigures, f64)> = figures
        .iter()
        .filter(|each| each.rubric == *rubric)
        .filter_map(|each| Some((each, each.earned?)))
        .collect();
    scored.sort_by(|(_, one), (_, other)| one.total_cmp(other));
    scored.truncate(most);
    scored.into_iter().map(|(figures, share)| criterion_row(scene, figures, share)).collect()
}

fn criterion_row(scene: &Scene, figures: &CriterionFigures, share: f64) -> CriterionRow {
    let query = |verdict: Verdict| CallQuery {
        rubric: Some(figures.rubric.to_string()),
        criterion: Some(format!("{}:{}", figures.key, verdict.as_str())),
        ..scene.calls()
    };
    let count = |verdict| scene.count(figures.count(verdict), &query(verdict));
    // where nobody failed, what is left to hear is what was done in part, then what was done well
    let behind = [Verdict::NotMet, Verdict::Partly, Verdict::Met]
        .into_iter()
        .find(|verdict| figures.count(*verdict) > 0)
        .unwrap_or(Verdict::NotMet);
    CriterionRow {
        title: figures.title.clone(),
        share,
        earned: Figure::value(scene.t.percent(share), figures.count(behind), &query(behind)),
        tone: if share < 0.5 { "warn" } else { "accent" },
        failed: count(Verdict::NotMet),
        partly: count(Verdict::Partly),
        met: count(Verdict::Met),
        key: figures.key.clone(),
    }
}

/// Objections and how they were answered.
#[derive(Debug, Clone)]
pub(crate) struct Objections {
    pub(crate) rows: Vec<ObjectionRow>,
    /// Whether a criterion says how they were answered.
    pub(crate) answered: bool,
}

/// An objection.
#[derive(Debug, Clone)]
pub(crate) struct ObjectionRow {
    pub(crate) title: String,
    pub(crate) calls: Figure,
    pub(crate) share: f64,
    /// «41 %».
    pub(crate) handled: Option<String>,
    pub(crate) tone: &'static str,
}

/// The list criterion of the rubric whose key speaks of objections, beside the scored one that does.
pub(crate) async fn objections(
    scene: &Scene,
    figures: &[CriterionFigures],
    rubric: Option<&RubricId>,
) -> Result<Option<Objections>, StoreError> {
    let speaks = |kind: CriterionKind| {
        figures
            .iter()
            .filter(|each| Some(&each.rubric) == rubric)
            .find(|each| each.kind == kind && each.key.starts_with("objection"))
    };
    let Some(list) = speaks(CriterionKind::List) else { return Ok(None) };
    let beside = speaks(CriterionKind::Score);
    let mut period = scene.period();
    period.rubric = rubric.cloned();
    let values =
        scene.web.store().values(&period, Some(&list.key), beside.map(|each| each.key.as_str())).await?;
    let most = values.iter().map(|each| each.calls).max().unwrap_or(1).max(1);
    let rows = values
        .iter()
        .take(super::LISTED)
        .map(|each| {
            let count = |verdict: Verdict| {
                each.beside.iter().find(|(known, _)| *known == verdict).map_or(0, |(_, count)| *count)
            };
            let judged = count(Verdict::Met) + count(Verdict::Partly) + count(Verdict::NotMet);
            let share = ratio(2 * count(Verdict::Met) + count(Verdict::Partly), 2 * judged);
            let query = CallQuery {
                rubric: Some(each.rubric.to_string()),
                value: Some(format!("{}:{}", each.key, each.value)),
                ..scene.calls()
            };
            ObjectionRow {
                title: each.title.clone(),
                calls: scene.count(each.calls, &query),
                share: if beside.is_some() { share } else { ratio(each.calls, most) },
                handled: (beside.is_some() && judged > 0).then(|| scene.t.percent(share)),
                tone: if beside.is_some() && judged > 0 && share < 0.5 { "warn" } else { "accent" },
            }
        })
        .collect();
    Ok(Some(Objections { rows, answered: beside.is_some() }))
}
