//! The first step: what the source shows becomes calls with jobs.

use std::collections::HashMap;

use domain::{Call, CallId, CallStatus, Lang, TimeWindow};
use store::{
    CallFilter, DiscoveredCall, Discovery, JobFilter, JobState, NewJob, PageRequest, Stage, Standing,
    StoreError,
};

use super::window::{self, Span};
use super::{RunContext, RunError, RunRequest};
use crate::RunEvent;

/// Calls looked through at once where no source pages.
const PAGE: u32 = 500;

/// Rows that an earlier run could not deliver, taken up by a run that goes on where it ended.
const OVERDUE_ROWS: u32 = 50_000;

/// A page of calls that were stored.
struct Admitted {
    /// The new ones in which somebody spoke.
    spoken: Vec<CallId>,
    /// How many were never seen before.
    new: usize,
}

impl RunContext {
    /// Reads the window page by page; returns what a person should know.
    pub(super) async fn discover(&self, request: &RunRequest) -> Result<Vec<String>, RunError> {
        let (store, source) = (self.parts.store.as_ref(), request.source.name());
        let span = window::span(store, source, request.window, self.parts.clock.now()).await?;
        let (mut after, mut warnings, mut found, mut new) = (None, Vec::new(), 0_usize, 0_usize);
        let mut spoken = Vec::new();
        loop {
            let page = request
                .source
                .calls(span.window, after)
                .await
                .map_err(|cause| RunError::Source { source_name: source.clone(), cause })?;
            for warning in page.warnings {
                self.observer.event(RunEvent::Warning(warning.clone()));
                warnings.push(warning);
            }
            let room = request.limit.map_or(usize::MAX, |limit| limit.saturating_sub(found));
            let calls: Vec<Call> = page.calls.into_iter().take(room).collect();
            found += calls.len();
            let admitted = self.admit(calls).await?;
            new += admitted.new;
            spoken.extend(admitted.spoken);
            self.observer.event(RunEvent::Discovered { calls: found, new });
            after = page.next;
            let cut = self.stop.is_cancelled() || request.limit.is_some_and(|limit| found >= limit);
            if cut || after.is_none() {
                self.tell_who_was_rung_back(&spoken).await?;
            }
            if cut {
                return Ok(warnings);
            }
            if after.is_none() {
                self.take_up_vanished(request, span).await?;
                window::move_cursor(store, source, span).await?;
                return Ok(warnings);
            }
        }
    }

    /// Calls that wait for work and that the source lists no more: those of the window, and for a
    /// run that goes on where the last one ended, however old they are.
    async fn take_up_vanished(&self, request: &RunRequest, span: Span) -> Result<(), RunError> {
        let filter = CallFilter {
            window: if span.cursor.is_some() { TimeWindow::ALL } else { span.window },
            source: Some(request.source.name().clone()),
            statuses: CallStatus::ALL.into_iter().filter(|status| status.is_open()).collect(),
            ..CallFilter::default()
        };
        let (store, mut after) = (&self.parts.store, None);
        loop {
            let page = store.calls(&filter, PageRequest { after, limit: PAGE }).await?;
            let own =
                page.items.into_iter().map(|record| record.call).filter(|call| request.source.covers(call));
            let ids: Vec<CallId> = own.map(|call| call.id).filter(|id| !self.board.knows(*id)).collect();
            for id in &ids {
                self.board.add(*id, true);
            }
            self.join(&ids).await?;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        if span.cursor.is_some() { self.take_up_rows().await } else { Ok(()) }
    }

    /// Rows that earlier runs left undelivered; their calls are not of this run's report.
    async fn take_up_rows(&self) -> Result<(), RunError> {
        if self.parts.sinks.is_empty() || self.run.is_none() {
            return Ok(());
        }
        let overdue =
            JobFilter { stage: Some(Stage::Deliver), state: Some(JobState::Ready), ..JobFilter::default() };
        let jobs = self.parts.store.jobs(&overdue, OVERDUE_ROWS).await?;
        let calls: Vec<CallId> = jobs.into_iter().map(|job| job.call).collect();
        Ok(self.join(&calls).await?)
    }

    /// Rows of missed calls say that somebody should ring back: when somebody has spoken with the
    /// client since, they are written again.
    async fn tell_who_was_rung_back(&self, spoken: &[CallId]) -> Result<(), RunError> {
        if self.parts.sinks.is_empty() || spoken.is_empty() {
            return Ok(());
        }
        let store = &self.parts.store;
        let missed = store.answered_by(spoken).await?;
        self.join(&missed).await?;
        let rows: Vec<NewJob> = missed.into_iter().flat_map(|call| self.deliveries_of(call)).collect();
        Ok(store.enqueue(&rows, false, self.parts.clock.now()).await?)
    }

    /// Stores a page of calls and what is to be done with each.
    async fn admit(&self, calls: Vec<Call>) -> Result<Admitted, RunError> {
        let (store, now) = (&self.parts.store, self.parts.clock.now());
        let slice: Vec<DiscoveredCall> = calls.into_iter().map(|call| self.first_step(call)).collect();
        let found = store.discover(&slice, self.run, now).await?;
        let known: Vec<CallId> = slice
            .iter()
            .zip(&found)
            .filter(|(_, discovery)| **discovery == Discovery::Known)
            .map(|(discovered, _)| discovered.call.id)
            .collect();
        let standing: HashMap<CallId, Standing> = store
            .standing(&known, &self.rubric.id)
            .await?
            .into_iter()
            .map(|standing| (standing.call, standing))
            .collect();
        let new = found.iter().filter(|discovery| **discovery == Discovery::New).count();
        let (mut unjudged, mut settled, mut spoken) = (Vec::new(), Vec::new(), Vec::new());
        for (DiscoveredCall { call, status, .. }, discovery) in slice.iter().zip(found) {
            let open = match (discovery, standing.get(&call.id)) {
                (Discovery::Known, Some(standing)) if standing.status.is_open() => true,
                (Discovery::Known, Some(standing))
                    if standing.status == CallStatus::Done && !standing.judged =>
                {
                    // another revision of the same rubric is no reason: what is judged stays until
                    // someone rescores
                    let target = self.rubric_target();
                    unjudged.push(NewJob { call: call.id, stage: Stage::Analyze, target });
                    true
                }
                (Discovery::Known, _) => {
                    settled.extend(self.deliveries_of(call.id));
                    false
                }
                (Discovery::New | Discovery::Changed, _) => {
                    if !call.missed && call.talk_ms.is_none_or(|talk| talk > 0) {
                        spoken.push(call.id);
                    }
                    status.is_open()
                }
            };
            self.board.add(call.id, open);
        }
        store.enqueue(&unjudged, true, now).await?;
        // a sink that came later gets what is finished too
        store.enqueue_missing(&settled, now).await?;
        Ok(Admitted { spoken, new })
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
        self.join(calls).await?;
        store.enqueue(&jobs, true, self.parts.clock.now()).await?;
        Ok(())
    }

    /// Calls become members of the run; an endless worker has none.
    async fn join(&self, calls: &[CallId]) -> Result<(), StoreError> {
        match self.run {
            Some(run) => self.parts.store.join_run(run, calls).await,
            None => Ok(()),
        }
    }

    /// The rows of the table that are told before a byte is fetched.
    fn first_step(&self, call: Call) -> DiscoveredCall {
        let status = match call.talk_ms {
            _ if call.missed => CallStatus::Missed,
            Some(talk) if talk < self.settings.min_talk_ms => CallStatus::TooShort,
            _ => CallStatus::Queued,
        };
        let jobs = if status.is_open() {
            let target = if self.pins { self.rubric_target() } else { String::new() };
            vec![NewJob { call: call.id, stage: Stage::Fetch, target }]
        } else {
            self.deliveries_of(call.id)
        };
        DiscoveredCall { call, status, error: None, jobs }
    }

    /// Texts of the engine in the run's language.
    pub(crate) fn lang(&self) -> Lang {
        self.settings.lang
    }
}
