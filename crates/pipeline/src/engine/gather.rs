//! The last step: everything known about the calls of a run.

use domain::{Call, CallId, RubricId};
use store::{CallFilter, CallRecord, PageRequest, RunId, Store, StoreError};

use super::RunContext;
use crate::CallReport;
use crate::report::cost_of;

/// Calls read at once.
const PAGE: u32 = 500;

impl RunContext {
    /// Every call of the run, newest first, calls without a time last, then by external id.
    pub(super) async fn gather(&self, run: RunId) -> Result<Vec<CallReport>, StoreError> {
        let filter = CallFilter { run: Some(run), ..CallFilter::default() };
        let (mut after, mut reports) = (None, Vec::new());
        loop {
            let page = self.parts.store.calls(&filter, PageRequest { after, limit: PAGE }).await?;
            for record in page.items {
                reports.push(self.report(record).await?);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        reports.sort_by(|a, b| newest_first(&a.call, &b.call));
        Ok(reports)
    }

    /// One call with its words, judgement and cost, as of this run.
    pub(crate) async fn report(&self, record: CallRecord) -> Result<CallReport, StoreError> {
        let cached = !self.board.has_worked(record.call.id);
        let report = whole(self.parts.store.as_ref(), record, Some(&self.rubric.id)).await?;
        Ok(CallReport { cached, ..report })
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
        Some(record) => whole(store, record, rubric).await.map(Some),
        None => Ok(None),
    }
}

async fn whole(
    store: &dyn Store,
    record: CallRecord,
    rubric: Option<&RubricId>,
) -> Result<CallReport, StoreError> {
    let id = record.call.id;
    let transcript = if record.recording.is_some() { store.transcript(id).await? } else { None };
    let analysis = if transcript.is_some() { store.analysis(id, rubric).await? } else { None };
    Ok(CallReport {
        transcript,
        analysis: analysis.map(|stored| stored.analysis),
        cost: cost_of(store.spent_on(id).await?),
        cached: true,
        processed_at: record.updated_at,
        status: record.status,
        error: record.error,
        recording: record.recording,
        call: record.call,
    })
}

fn newest_first(a: &Call, b: &Call) -> std::cmp::Ordering {
    match (a.started_at, b.started_at) {
        (Some(a_at), Some(b_at)) => b_at.cmp(&a_at),
        (a_at, b_at) => b_at.is_some().cmp(&a_at.is_some()),
    }
    .then_with(|| a.external_id.cmp(&b.external_id))
}
