//! The first step: what the source shows becomes calls with jobs.

use domain::{Call, CallId, CallStatus, Lang};
use store::{CallFilter, CallRecord, DiscoveredCall, Discovery, NewJob, PageRequest, Stage};

use super::{RunContext, RunError, RunRequest};
use crate::RunEvent;

impl RunContext {
    /// Reads the window page by page; returns what a person should know.
    pub(super) async fn discover(&self, request: &RunRequest) -> Result<Vec<String>, RunError> {
        let (mut after, mut warnings, mut found) = (None, Vec::new(), 0_usize);
        loop {
            let page = request
                .source
                .calls(request.window, after)
                .await
                .map_err(|cause| RunError::Source { source_name: request.source.name().clone(), cause })?;
            for warning in page.warnings {
                self.observer.event(RunEvent::Warning(warning.clone()));
                warnings.push(warning);
            }
            let room = request.limit.map_or(usize::MAX, |limit| limit.saturating_sub(found));
            let calls: Vec<Call> = page.calls.into_iter().take(room).collect();
            found += calls.len();
            self.admit(calls).await?;
            self.observer.event(RunEvent::Discovered { calls: found });
            after = page.next;
            if self.stop.is_cancelled() || request.limit.is_some_and(|limit| found >= limit) {
                return Ok(warnings);
            }
            if after.is_none() {
                self.take_up_vanished(request).await?;
                return Ok(warnings);
            }
        }
    }

    /// Calls of the window that wait for work and that the source lists no more.
    async fn take_up_vanished(&self, request: &RunRequest) -> Result<(), RunError> {
        let filter = CallFilter {
            window: request.window,
            source: Some(request.source.name().clone()),
            statuses: CallStatus::ALL.into_iter().filter(|status| status.is_open()).collect(),
            ..CallFilter::default()
        };
        let (store, mut after) = (&self.parts.store, None);
        loop {
            let page = store.calls(&filter, PageRequest { after, limit: 500 }).await?;
            let own =
                page.items.into_iter().map(|record| record.call).filter(|call| request.source.covers(call));
            let ids: Vec<CallId> = own.map(|call| call.id).filter(|id| !self.board.knows(*id)).collect();
            for id in &ids {
                self.board.add(*id, true);
            }
            store.join_run(self.run, &ids).await?;
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Stores a page of calls and what is to be done with each.
    async fn admit(&self, calls: Vec<Call>) -> Result<(), RunError> {
        let store = &self.parts.store;
        let slice: Vec<DiscoveredCall> = calls.into_iter().map(|call| self.first_step(call)).collect();
        let found = store.discover(&slice, Some(self.run), self.parts.clock.now()).await?;
        let mut unjudged = Vec::new();
        for (discovered, discovery) in slice.iter().zip(found) {
            let open = match discovery {
                Discovery::New | Discovery::Changed => discovered.status.is_open(),
                Discovery::Known => match store.call(discovered.call.id).await? {
                    Some(record) => self.reopen(&record, &mut unjudged).await?,
                    None => false,
                },
            };
            self.board.add(discovered.call.id, open);
        }
        store.enqueue(&unjudged, true, self.parts.clock.now()).await?;
        Ok(())
    }

    /// Calls with words are judged again; the others are members of the run and nothing else.
    pub(super) async fn requeue_analysis(&self, calls: &[CallId]) -> Result<(), RunError> {
        let store = &self.parts.store;
        let mut jobs = Vec::new();
        for id in calls {
            let Some(record) = store.call(*id).await? else { continue };
            let judged = matches!(record.status, CallStatus::Done | CallStatus::AnalysisFailed);
            if judged {
                jobs.push(NewJob { call: *id, stage: Stage::Analyze, target: self.rubric_target() });
            }
            self.board.add(*id, judged);
        }
        store.join_run(self.run, calls).await?;
        store.enqueue(&jobs, true, self.parts.clock.now()).await?;
        Ok(())
    }

    /// The rows of the table that are told before a byte is fetched.
    fn first_step(&self, call: Call) -> DiscoveredCall {
        let status = match call.talk_ms {
            _ if call.missed => CallStatus::Missed,
            Some(talk) if talk < self.settings.min_talk_ms => CallStatus::TooShort,
            _ => CallStatus::Queued,
        };
        let jobs = if status.is_open() {
            vec![NewJob { call: call.id, stage: Stage::Fetch, target: String::new() }]
        } else {
            self.deliveries_of(call.id)
        };
        DiscoveredCall { call, status, error: None, jobs }
    }

    /// Whether a known call has work to do: it is open, or was never judged under this rubric.
    ///
    /// Another revision of the same rubric is no reason: what is judged stays until someone rescores.
    async fn reopen(&self, record: &CallRecord, unjudged: &mut Vec<NewJob>) -> Result<bool, RunError> {
        if record.status.is_open() {
            return Ok(true);
        }
        let judged = !matches!(record.status, CallStatus::Done)
            || self.parts.store.analysis(record.call.id, Some(&self.rubric.id)).await?.is_some();
        if !judged {
            unjudged.push(NewJob {
                call: record.call.id,
                stage: Stage::Analyze,
                target: self.rubric_target(),
            });
        }
        Ok(!judged)
    }

    /// Texts of the engine in the run's language.
    pub(crate) fn lang(&self) -> Lang {
        self.settings.lang
    }
}
