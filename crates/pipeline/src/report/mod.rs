//! A call with everything known about it: what sinks write, what `--json` prints.

mod json;

use chrono::{DateTime, Utc};
use domain::{Analysis, Call, CallError, CallStatus, Cost, CostItem, Money, Recording, Transcript};
use store::SpendEntry;

pub use json::{analysis_json, call_json, document_json, run_json};

/// One call, whole.
#[derive(Debug, Clone, PartialEq)]
pub struct CallReport {
    /// The source's description.
    pub call: Call,
    /// How far it has come.
    pub status: CallStatus,
    /// What went wrong.
    pub error: Option<CallError>,
    /// The recording and what was measured on it.
    pub recording: Option<Recording>,
    /// The words.
    pub transcript: Option<Transcript>,
    /// The judgement.
    pub analysis: Option<Analysis>,
    /// When its state last changed.
    pub processed_at: DateTime<Utc>,
    /// What it cost.
    pub cost: Option<Cost>,
    /// Nothing was decoded or paid in this run.
    pub cached: bool,
    /// A missed client whom nobody has spoken with since.
    pub call_back: bool,
}

impl CallReport {
    /// Length of the call in ms: the source's, else the recording's.
    pub fn duration_ms(&self) -> Option<u64> {
        self.call.duration_ms.or(self.recording.as_ref().map(|recording| recording.survey.duration_ms))
    }

    /// «Готово» with a verdict to check.
    pub fn needs_review(&self) -> bool {
        self.status == CallStatus::Done && self.analysis.as_ref().is_some_and(Analysis::needs_review)
    }

    /// The status for people.
    pub fn status_label(&self, lang: domain::Lang) -> &'static str {
        if self.needs_review() { CallStatus::needs_review_label(lang) } else { self.status.label(lang) }
    }
}

/// Sums what was paid for a call; `None` if nothing was.
pub(crate) fn cost_of(spent: Vec<SpendEntry>) -> Option<Cost> {
    let items: Vec<CostItem> =
        spent.into_iter().map(|entry| CostItem { item: entry.item, amount: entry.amount }).collect();
    total_of(items)
}

/// The last lines of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunTotals {
    /// All calls of the window.
    pub calls: usize,
    /// Per status, those that occur, in the order of [`CallStatus::ALL`].
    pub by_status: Vec<(CallStatus, usize)>,
    /// Mean of the scored calls.
    pub average_score: Option<f64>,
    /// Scored calls.
    pub scored: usize,
    /// Sum of the costs; of a run, what it paid itself.
    pub cost: Option<Cost>,
}

/// Counts reports.
pub fn totals(reports: &[CallReport]) -> RunTotals {
    let by_status = CallStatus::ALL
        .into_iter()
        .map(|status| (status, reports.iter().filter(|report| report.status == status).count()))
        .filter(|(_, count)| *count > 0)
        .collect();
    let scores: Vec<f64> = reports
        .iter()
        .filter_map(|report| report.analysis.as_ref().and_then(|analysis| analysis.total_score))
        .collect();
    let items: Vec<SpendEntry> = reports
        .iter()
        .filter_map(|report| report.cost.as_ref().map(|cost| (report, cost)))
        .flat_map(|(report, cost)| {
            cost.items.iter().map(|item| SpendEntry {
                call: report.call.id,
                item: item.item.clone(),
                amount: item.amount,
                key: None,
            })
        })
        .collect();
    RunTotals {
        calls: reports.len(),
        by_status,
        average_score: mean(&scores),
        scored: scores.len(),
        cost: merged(cost_of(items)),
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    let count = u32::try_from(values.len()).ok().filter(|count| *count > 0)?;
    Some(values.iter().sum::<f64>() / f64::from(count))
}

/// One line per item instead of one per call.
fn merged(cost: Option<Cost>) -> Option<Cost> {
    cost.map(|cost| {
        let mut items: Vec<CostItem> = Vec::new();
        add_items(&mut items, cost.items);
        Cost { total: cost.total, items }
    })
}

/// Adds to what was paid for the same before.
pub(crate) fn add_items(items: &mut Vec<CostItem>, more: impl IntoIterator<Item = CostItem>) {
    for item in more {
        let same =
            |seen: &&mut CostItem| seen.item == item.item && seen.amount.currency == item.amount.currency;
        match items.iter_mut().find(same) {
            Some(seen) => seen.amount.micros = seen.amount.micros.saturating_add(item.amount.micros),
            None => items.push(item),
        }
    }
}

/// The items and their sum in the currency of the first; `None` if there are none.
pub(crate) fn total_of(items: Vec<CostItem>) -> Option<Cost> {
    let currency = items.first()?.amount.currency;
    let micros =
        items.iter().filter(|item| item.amount.currency == currency).map(|item| item.amount.micros).sum();
    Some(Cost { total: Money::from_micros(currency, micros), items })
}
