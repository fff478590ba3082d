//! A back-test: what stored calls would score under another rubric, beside what they scored.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::DateTime;
use chrono_tz::Tz;
use domain::{Analysis, Rubric};
use pipeline::CallReport;
use serde_json::{Value, json};

use super::{client_or_file, score_cell};
use crate::table::{Cell, Column, render};
use crate::terminal::{Sign, Terminal, Tone};
use crate::texts::t;
use crate::wording;

/// A call under the old rubric and the new.
pub(crate) struct Comparison {
    pub(crate) call: CallReport,
    pub(crate) new: Analysis,
}

impl Comparison {
    fn old_total(&self) -> Option<f64> {
        self.call.analysis.as_ref().and_then(|analysis| analysis.total_score)
    }

    fn change(&self) -> Option<f64> {
        Some(self.new.total_score? - self.old_total()?)
    }
}

/// What changed in a criterion over all calls.
#[derive(Debug, Default, PartialEq)]
struct CriterionChange {
    title: String,
    /// Calls where both judged it.
    judged: usize,
    /// Calls with another verdict.
    changed: usize,
    points: f64,
}

/// Side by side, the biggest changes first, then criterion by criterion.
pub(crate) fn comparison_text(
    terminal: &Terminal,
    rubric: &Rubric,
    mut tested: Vec<Comparison>,
    now: DateTime<Tz>,
) -> String {
    let texts = terminal.texts;
    tested.sort_by(|a, b| size(b).total_cmp(&size(a)));
    let columns = [
        Column::new(t!(texts, "column-start")),
        Column::new(t!(texts, "column-client")).elastic(12, 30),
        Column::new(t!(texts, "column-old")).right(),
        Column::new(t!(texts, "column-new")).right(),
        Column::new(t!(texts, "column-change")).right(),
    ];
    let dash = || terminal.sign(Sign::Dash).to_owned();
    let rows: Vec<Vec<Cell>> = tested
        .iter()
        .map(|one| {
            vec![
                one.call.call.started_at.map_or_else(dash, |at| wording::moment(texts, at, now)).into(),
                client_or_file(&one.call).unwrap_or_else(dash).into(),
                score_cell(terminal, one.call.analysis.as_ref()),
                score_cell(terminal, Some(&one.new)),
                one.change().map_or_else(dash, |change| wording::change(texts, change)).into(),
            ]
        })
        .collect();
    let mut out = render(terminal, &columns, &rows);
    let changes: Vec<f64> = tested.iter().filter_map(Comparison::change).collect();
    let line = match mean(&changes) {
        Some(mean) => t!(
            texts,
            "test-mean",
            count = tested.len(),
            compared = changes.len(),
            change = wording::change(texts, mean)
        ),
        None => t!(texts, "test-no-old", count = tested.len()),
    };
    let _ = writeln!(out, "\n{line}");
    let criteria = by_criterion(rubric, &tested);
    if criteria.iter().any(|(_, change)| change.changed > 0) {
        let columns = [
            Column::new(t!(texts, "column-criterion")).elastic(16, 50),
            Column::new(t!(texts, "column-judged")).right(),
            Column::new(t!(texts, "column-changed")).right(),
            Column::new(t!(texts, "column-points")).right(),
        ];
        let rows: Vec<Vec<Cell>> = criteria
            .iter()
            .filter(|(_, change)| change.changed > 0)
            .map(|(_, change)| {
                vec![
                    change.title.clone().into(),
                    change.judged.to_string().into(),
                    change.changed.to_string().into(),
                    wording::change(texts, change.points).into(),
                ]
            })
            .collect();
        let _ = write!(out, "\n{}", render(terminal, &columns, &rows));
    }
    let _ = writeln!(out, "{}", terminal.paint(Tone::Quiet, &t!(texts, "test-nothing-written")));
    out
}

/// The same for programs.
pub(crate) fn comparison_json(rubric: &Rubric, tested: &[Comparison]) -> Value {
    let changes: Vec<f64> = tested.iter().filter_map(Comparison::change).collect();
    json!({
        "rubric": { "id": rubric.id, "revision": rubric.revision, "title": rubric.title },
        "calls": tested.iter().map(|one| json!({
            "id": one.call.call.id.to_string(),
            "old_score": one.old_total(),
            "new_score": one.new.total_score,
            "change": one.change(),
        })).collect::<Vec<_>>(),
        "mean_change": mean(&changes),
        "criteria": by_criterion(rubric, tested).iter().map(|(key, change)| json!({
            "key": key, "title": change.title, "judged": change.judged, "changed": change.changed, "points": change.points,
        })).collect::<Vec<_>>(),
    })
}

/// In the rubric's order.
fn by_criterion(rubric: &Rubric, tested: &[Comparison]) -> Vec<(String, CriterionChange)> {
    let mut changes: BTreeMap<&str, CriterionChange> = BTreeMap::new();
    for one in tested {
        let Some(old) = &one.call.analysis else { continue };
        for new in &one.new.criteria {
            let Some(old) = old.criteria.iter().find(|old| old.key == new.key) else { continue };
            let change = changes.entry(&new.key).or_default();
            change.title.clone_from(&new.title);
            change.judged += 1;
            change.changed += usize::from(old.verdict != new.verdict || old.score != new.score);
            change.points += new.score.unwrap_or(0.0) - old.score.unwrap_or(0.0);
        }
    }
    let keys = rubric.criteria.iter().map(|criterion| criterion.key.as_str());
    keys.filter_map(|key| Some((key.to_owned(), changes.remove(key)?))).collect()
}

fn size(one: &Comparison) -> f64 {
    one.change().map_or(-1.0, f64::abs)
}

fn mean(values: &[f64]) -> Option<f64> {
    let count = u32::try_from(values.len()).ok().filter(|count| *count > 0)?;
    Some(values.iter().sum::<f64>() / f64::from(count))
}
