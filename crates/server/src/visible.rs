//! The only way of pages, API and exports to calls: each answer is narrowed to what the viewer may see.
//!
//! A manager's scope is put into every filter, and a call of somebody else is "not there": nobody
//! learns from us that it exists.

use std::collections::HashMap;
use std::sync::Arc;

use app::App;
use domain::{CallId, RubricId};
use pipeline::CallReport;
use store::{
    CallFilter, CallGist, CallOutline, CallRecord, Page, PageRequest, Period, ScoreEnd, SearchHit,
    SearchQuery, StoreError,
};

use crate::access::Scope;
use crate::problem::Problem;

/// Calls as one viewer sees them.
#[derive(Clone)]
pub(crate) struct VisibleCalls {
    app: Arc<App>,
    scope: Scope,
}

impl VisibleCalls {
    pub(crate) fn new(app: Arc<App>, scope: Scope) -> Self {
        Self { app, scope }
    }

    /// The filter narrowed to the viewer; `None` = it asks for somebody else's calls: there are none.
    pub(crate) fn narrowed(&self, filter: &CallFilter) -> Option<CallFilter> {
        let Scope::Manager(own) = &self.scope else { return Some(filter.clone()) };
        match &filter.manager_id {
            Some(asked) if asked != own => None,
            _ => Some(CallFilter { manager_id: Some(own.clone()), ..filter.clone() }),
        }
    }

    /// The period narrowed to the viewer.
    ///
    /// # Errors
    /// 404 where it asks for somebody else's figures.
    pub(crate) fn narrowed_period(&self, period: Period) -> Result<Period, Problem> {
        let Scope::Manager(own) = &self.scope else { return Ok(period) };
        match &period.manager_id {
            Some(asked) if asked != own => Err(Problem::not_found()),
            _ => Ok(Period { manager_id: Some(own.clone()), ..period }),
        }
    }

    fn may_see(&self, record: &CallRecord) -> bool {
        match &self.scope {
            Scope::All => true,
            Scope::Manager(own) => record.call.manager.as_ref().is_some_and(|manager| manager.id == *own),
        }
    }

    /// One call.
    ///
    /// # Errors
    /// 404 if there is none for this viewer.
    pub(crate) async fn call(&self, id: CallId) -> Result<CallRecord, Problem> {
        let record = self.app.store().call(id).await?;
        record.filter(|record| self.may_see(record)).ok_or_else(Problem::not_found)
    }

    /// Everything known about a call.
    ///
    /// # Errors
    /// 404 if there is none for this viewer.
    pub(crate) async fn report(&self, id: CallId, rubric: Option<&RubricId>) -> Result<CallReport, Problem> {
        Ok(self.app.report_of(self.call(id).await?, rubric).await?)
    }

    /// A page of calls.
    pub(crate) async fn calls(
        &self,
        filter: &CallFilter,
        page: PageRequest,
    ) -> Result<Page<CallRecord>, StoreError> {
        match self.narrowed(filter) {
            Some(filter) => self.app.store().calls(&filter, page).await,
            None => Ok(Page { items: Vec::new(), next: None }),
        }
    }

    /// How many.
    pub(crate) async fn count(&self, filter: &CallFilter) -> Result<u64, StoreError> {
        match self.narrowed(filter) {
            Some(filter) => self.app.store().count_calls(&filter).await,
            None => Ok(0),
        }
    }

    /// The scored calls of a filter at an end of the scores.
    pub(crate) async fn extremes(
        &self,
        filter: &CallFilter,
        end: ScoreEnd,
        limit: u32,
    ) -> Result<Vec<CallRecord>, StoreError> {
        match self.narrowed(filter) {
            Some(filter) => self.app.store().extremes(&filter, end, limit).await,
            None => Ok(Vec::new()),
        }
    }

    /// Those of these calls that the viewer may see.
    pub(crate) async fn known(&self, calls: &[CallId]) -> Result<HashMap<CallId, CallRecord>, StoreError> {
        let records = self.app.store().records_of(calls).await?;
        let seen = records.into_iter().flatten().filter(|record| self.may_see(record));
        Ok(seen.map(|record| (record.call.id, record)).collect())
    }

    /// The gist of calls that this viewer was given by [`Self::calls`].
    pub(crate) async fn gists_of(
        &self,
        calls: &[CallRecord],
        rubric: Option<&RubricId>,
    ) -> Result<Vec<CallGist>, StoreError> {
        let ids: Vec<CallId> =
            calls.iter().filter(|record| self.may_see(record)).map(|record| record.call.id).collect();
        self.app.store().gists_of(&ids, rubric).await
    }

    /// What is known of calls that this viewer was given by [`Self::calls`].
    pub(crate) async fn outlines_of(
        &self,
        calls: &[CallRecord],
        rubric: Option<&RubricId>,
    ) -> Result<Vec<CallOutline>, StoreError> {
        if calls.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<CallId> =
            calls.iter().filter(|record| self.may_see(record)).map(|record| record.call.id).collect();
        self.app.store().outlines_of(&ids, rubric).await
    }

    /// Everything known about calls that this viewer was given by [`Self::calls`].
    pub(crate) async fn reports(
        &self,
        mut calls: Vec<CallRecord>,
        rubric: Option<&RubricId>,
    ) -> Result<Vec<CallReport>, StoreError> {
        calls.retain(|record| self.may_see(record));
        pipeline::stored_reports(self.app.store().as_ref(), calls, rubric).await
    }

    /// Calls that hold the words.
    pub(crate) async fn search(&self, query: &SearchQuery) -> Result<Vec<SearchHit>, StoreError> {
        match self.narrowed(&query.filter) {
            Some(filter) => self.app.store().search(&SearchQuery { filter, ..query.clone() }).await,
            None => Ok(Vec::new()),
        }
    }

    /// How many calls hold the words.
    pub(crate) async fn count_hits(&self, query: &SearchQuery) -> Result<u64, StoreError> {
        match self.narrowed(&query.filter) {
            Some(filter) => self.app.store().count_hits(&SearchQuery { filter, ..query.clone() }).await,
            None => Ok(0),
        }
    }
}
