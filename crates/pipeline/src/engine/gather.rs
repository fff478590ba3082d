//! The last step: everything known about the calls of a run.

use domain::{Call, CallId, RubricId};
use store::{CallFilter, CallRecord, CallResults, PageRequest, Store, StoreError};

use super::RunContext;
use crate::report::cost_of;
use crate::{CallReport, IntakeSource};

/// Calls read at once.
const PAGE: u32 = 500;

impl RunContext {
    /// Every call of the run, newest first, calls without a time last, then by external id.
    pub(super) async fn gather(&self) -> Result<Vec<CallReport>, StoreError> {
        let filter = CallFilter { run: self.run, ..CallFilter::default() };
        let (mut after, mut reports) = (None, Vec::new());
        loop {
            let page = self.parts.store.calls(&filter, PageRequest { after, limit: PAGE }).await?;
            // calls that joined for the sake of a row alone are no part of the report
            let own = page.items.into_iter().filter(|record| self.board.knows(record.call.id)).collect();
            reports.extend(self.reports(own).await?);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        reports.sort_by(|a, b| newest_first(&a.call, &b.call));
        Ok(reports)
    }

    /// Calls with their words, judgements and costs, as of this run.
    pub(crate) async fn reports(&self, records: Vec<CallRecord>) -> Result<Vec<CallReport>, StoreError> {
        let reports = stored_reports(self.parts.store.as_ref(), records, self.judged_under.as_ref()).await?;
        Ok(reports
            .into_iter()
            .map(|report| CallReport { cached: !self.board.has_worked(report.call.id), ..report })
            .collect())
    }
}

/// Everything that the store knows about a call, judged under a rubric or, with none, most lately.
///
/// # Errors
/// When the store fails.
pub async fn stored_report(
    store: &dyn Store,
    id: CallId,
    rubric: Option<&RubricId>,
) -> Result<Option<CallReport>, StoreError> {
    match store.call(id).await? {
        Some(record) => stored_report_of(store, record, rubric).await.map(Some),
        None => Ok(None),
    }
}

/// The same of a call that was read already.
///
/// # Errors
/// When the store fails.
pub async fn stored_report_of(
    store: &dyn Store,
    record: CallRecord,
    rubric: Option<&RubricId>,
) -> Result<CallReport, StoreError> {
    let results = store.results_of(&[record.call.id], rubric).await?.pop();
    Ok(report(record, results.unwrap_or_default()))
}

/// The same of many: one report per record, in their order.
///
/// # Errors
/// When the store fails.
pub async fn stored_reports(
    store: &dyn Store,
    records: Vec<CallRecord>,
    rubric: Option<&RubricId>,
) -> Result<Vec<CallReport>, StoreError> {
    let ids: Vec<CallId> = records.iter().map(|record| record.call.id).collect();
    let results = store.results_of(&ids, rubric).await?;
    Ok(records.into_iter().zip(results).map(|(record, results)| report(record, results)).collect())
}

fn report(record: CallRecord, results: CallResults) -> CallReport {
    // a text was never a sound
    let heard = record.recording.is_some()
        || IntakeSource::of(&record.call.source)
            .is_some_and(|intake| intake == IntakeSource::Dialogue || intake.is_spoken());
    let transcript = results.transcript.filter(|_| heard);
    let analysis = results.analysis.filter(|_| transcript.is_some());
    CallReport {
        transcript,
        analysis: analysis.map(|stored| stored.analysis),
        cost: cost_of(results.spend),
        cached: true,
        processed_at: record.updated_at,
        status: record.status,
        error: record.error,
        recording: record.recording,
        call: record.call,
        call_back: results.call_back,
    }
}

fn newest_first(a: &Call, b: &Call) -> std::cmp::Ordering {
    match (a.started_at, b.started_at) {
        (Some(a_at), Some(b_at)) => b_at.cmp(&a_at),
        (a_at, b_at) => b_at.is_some().cmp(&a_at.is_some()),
    }
    .then_with(|| a.external_id.cmp(&b.external_id))
}
