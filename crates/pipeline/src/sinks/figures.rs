//! The sums of «Итоги»: counted from the same reports as the rows, so both always agree.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, FixedOffset, NaiveDateTime};
use domain::{CallStatus, CriterionKind, Currency, Lang, Money, PhoneNumber, Verdict};

use super::cell_text;
use super::columns::{CriterionColumn, ReportOptions, criteria, started_at};
use crate::CallReport;

/// Totals under this are called out.
pub(super) const LOW_SCORE: f64 = 40.0;

/// Everything on the tab.
#[derive(Debug)]
pub(super) struct Figures {
    pub period: Option<(NaiveDateTime, NaiveDateTime)>,
    /// The latest change of any call, wall time.
    pub as_of: Option<NaiveDateTime>,
    pub calls: usize,
    pub whole: Scores,
    pub missed: usize,
    pub not_rung_back: usize,
    /// One per currency that occurs.
    pub spent: Vec<Money>,
    pub managers: Vec<ManagerFigures>,
    pub criteria: Vec<CriterionFigures>,
    /// Label and count, in the order of [`CallStatus::ALL`].
    pub statuses: Vec<(&'static str, usize)>,
    /// Scored calls per 20 points: 0–19 … 80–100.
    pub distribution: [usize; 5],
}

/// Totals of some calls.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Scores {
    pub scored: u32,
    sum: f64,
    pub low: u32,
}

impl Scores {
    fn add(&mut self, total: f64) {
        self.scored += 1;
        self.sum += total;
        self.low += u32::from(total < LOW_SCORE);
    }

    pub(super) fn average(&self) -> Option<f64> {
        (self.scored > 0).then(|| self.sum / f64::from(self.scored))
    }
}

#[derive(Debug, Default)]
pub(super) struct ManagerFigures {
    /// Empty where the source names nobody.
    pub name: String,
    pub calls: usize,
    pub scores: Scores,
    pub not_rung_back: usize,
}

#[derive(Debug)]
pub(super) struct CriterionFigures {
    pub column: CriterionColumn,
    /// Of the points that could be had, 0–1; `None` where it is not scored or never judged.
    pub earned: Option<f64>,
    /// Not met; for a critical flag: raised. `None` where there is nothing to fail.
    pub failed: Option<usize>,
    pub judged: usize,
}

impl Figures {
    pub(super) fn of(reports: &[CallReport], options: &ReportOptions) -> Self {
        let waiting = not_rung_back(reports);
        let starts = || reports.iter().filter_map(|report| started_at(report, options.zone));
        let mut whole = Scores::default();
        let mut distribution = [0; 5];
        for total in reports.iter().filter_map(total) {
            whole.add(total);
            let step = [20.0, 40.0, 60.0, 80.0].iter().filter(|border| total >= **border).count();
            if let Some(count) = distribution.get_mut(step) {
                *count += 1;
            }
        }
        Self {
            period: starts().min().zip(starts().max()),
            as_of: reports
                .iter()
                .map(|report| report.processed_at)
                .max()
                .map(|at| at.with_timezone(&options.zone).naive_local()),
            calls: reports.len(),
            whole,
            missed: reports.iter().filter(|report| report.status == CallStatus::Missed).count(),
            not_rung_back: waiting.iter().filter(|waits| **waits).count(),
            spent: spent(reports),
            managers: managers(reports, &waiting),
            criteria: criteria(options, reports)
                .into_iter()
                .map(|column| criterion_figures(column, reports))
                .collect(),
            statuses: statuses(reports, options.lang),
            distribution,
        }
    }
}

fn total(report: &CallReport) -> Option<f64> {
    report.analysis.as_ref().and_then(|analysis| analysis.total_score)
}

/// Per report: missed, and nobody spoke with that client later.
pub(super) fn not_rung_back(reports: &[CallReport]) -> Vec<bool> {
    let mut spoken: HashMap<&PhoneNumber, DateTime<FixedOffset>> = HashMap::new();
    for report in reports.iter().filter(|report| answered(report.status)) {
        if let (Some(client), Some(at)) = (report.call.client_phone(), report.call.started_at) {
            let latest = spoken.entry(client).or_insert(at);
            *latest = at.max(*latest);
        }
    }
    reports
        .iter()
        .map(|report| match (report.status, report.call.client_phone(), report.call.started_at) {
            (CallStatus::Missed, Some(client), Some(at)) => {
                spoken.get(client).is_none_or(|spoke| *spoke <= at)
            }
            (CallStatus::Missed, Some(_), None) => true,
            _ => false,
        })
        .collect()
}

/// Two people were on the line, as far as we know.
fn answered(status: CallStatus) -> bool {
    !matches!(status, CallStatus::Missed | CallStatus::NoSpeech | CallStatus::AnsweringMachine)
}

fn spent(reports: &[CallReport]) -> Vec<Money> {
    let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
    for item in reports.iter().filter_map(|report| report.cost.as_ref()).flat_map(|cost| &cost.items) {
        let sum = sums.entry(item.amount.currency).or_default();
        *sum = sum.saturating_add(item.amount.micros);
    }
    sums.into_iter().map(|(currency, micros)| Money::from_micros(currency, micros)).collect()
}

/// Best average first; those without a score after them.
fn managers(reports: &[CallReport], waiting: &[bool]) -> Vec<ManagerFigures> {
    let mut found: BTreeMap<String, ManagerFigures> = BTreeMap::new();
    for (report, waits) in reports.iter().zip(waiting) {
        let name = cell_text::manager(report);
        let figures = found.entry(name.clone()).or_default();
        figures.name = name;
        figures.calls += 1;
        figures.not_rung_back += usize::from(*waits);
        if let Some(total) = total(report) {
            figures.scores.add(total);
        }
    }
    let mut figures: Vec<ManagerFigures> = found.into_values().collect();
    let rank =
        |manager: &ManagerFigures| (!manager.name.is_empty(), manager.scores.average().unwrap_or(-1.0));
    figures.sort_by(|a, b| {
        let ((a_named, a), (b_named, b)) = (rank(a), rank(b));
        b_named.cmp(&a_named).then(b.total_cmp(&a))
    });
    figures
}

fn criterion_figures(column: CriterionColumn, reports: &[CallReport]) -> CriterionFigures {
    let (mut earned, mut possible, mut judged, mut failed) = (0.0, 0.0, 0, 0);
    let alarm = column.kind == CriterionKind::Flag && column.critical;
    for result in reports.iter().filter_map(|report| column.result(report)) {
        if matches!(result.verdict, Verdict::NotApplicable | Verdict::CannotTell) {
            continue;
        }
        judged += 1;
        failed += usize::from(result.verdict == if alarm { Verdict::Met } else { Verdict::NotMet });
        if let (Some(score), Some(max)) = (result.score, result.max_score) {
            earned += score;
            possible += max;
        }
    }
    let scored = column.max_score.is_some();
    CriterionFigures {
        earned: (scored && possible > 0.0).then(|| earned / possible),
        failed: (scored || alarm).then_some(failed),
        judged,
        column,
    }
}

fn statuses(reports: &[CallReport], lang: Lang) -> Vec<(&'static str, usize)> {
    let review = CallStatus::needs_review_label(lang);
    CallStatus::ALL
        .into_iter()
        .map(|status| status.label(lang))
        .flat_map(
            |label| if label == CallStatus::Done.label(lang) { vec![label, review] } else { vec![label] },
        )
        .map(|label| (label, reports.iter().filter(|report| report.status_label(lang) == label).count()))
        .filter(|(_, count)| *count > 0)
        .collect()
}
