//! Keeps every stage busy: claims jobs of the run, performs them side by side, and stops when
//! nothing is left that this run may still do.
//!
//! One loop decides for all stages, so that a slow stage never holds a fast one and no task polls.
//! Rows for sinks gather until there are many, until nothing else is in hand, or for a minute.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::SourceName;
use store::{ClaimRequest, ClaimedJob, JobState, PausedStage, Stage, StoreError};
use tokio::task::{self, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use super::RunContext;
use super::deliver::perform_delivery;
use super::lane::{Gate, Lane, SinkLane};
use super::perform::{End, Held, Performed, beat, perform};
use crate::{Event, RunEvent};

/// How often a run looks again at jobs that another process holds.
const OTHERS: Duration = Duration::from_secs(1);

/// How the work ended.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Finished {
    pub(super) money_ended: bool,
}

type Joined = Result<(task::Id, Result<Performed, StoreError>), JoinError>;

/// Which place a task takes.
#[derive(Debug, Clone, Copy)]
enum Place {
    Lane(usize),
    Sink(usize),
}

pub(super) struct Dispatcher {
    pub(super) ctx: Arc<RunContext>,
    pub(super) lanes: Vec<Lane>,
    pub(super) sinks: Vec<SinkLane>,
    pub(super) work: JoinSet<Result<Performed, StoreError>>,
    places: HashMap<task::Id, Place>,
    pub(super) held: Arc<Held>,
}

impl Dispatcher {
    /// Stages and sinks that are paused are probed, unless a person paused them.
    pub(super) fn new(ctx: Arc<RunContext>, paused: &[PausedStage]) -> Self {
        let stages = [Stage::Fetch, Stage::Transcribe, Stage::Analyze];
        let lanes = stages
            .into_iter()
            .zip(ctx.settings.parallel)
            .map(|(stage, limit)| {
                // what one source refuses stops the run that has only that one
                let source = ctx.only_source().filter(|_| stage == Stage::Fetch);
                let gate = Gate::at(stage, source.map(SourceName::as_str), paused);
                Lane::new(stage, limit, ctx.settings.batch, gate)
            })
            .collect();
        let sinks = ctx.parts.sinks.iter().map(|sink| {
            let gate = Gate::at(Stage::Deliver, Some(sink.name()), paused);
            SinkLane::new(Arc::clone(sink), gate)
        });
        let sinks = sinks.collect();
        Self { ctx, lanes, sinks, work: JoinSet::new(), places: HashMap::new(), held: Arc::default() }
    }

    /// Works until the run has nothing left to do now.
    pub(super) async fn until_done(mut self) -> Result<Finished, StoreError> {
        // ends with this future, however that ends: a run that is dropped must not keep its leases alive
        let heart = AbortOnDropHandle::new(tokio::spawn(beat(Arc::clone(&self.ctx), Arc::clone(&self.held))));
        let worked = self.work_on().await;
        drop(heart);
        let left: Vec<ClaimedJob> = self.lanes.iter_mut().flat_map(|lane| lane.waiting.drain(..)).collect();
        self.ctx.parts.store.release(&left, self.ctx.parts.clock.now()).await?;
        worked?;
        Ok(Finished { money_ended: self.money_ended().await? })
    }

    /// The cap was reached and there is paid work left.
    async fn money_ended(&self) -> Result<bool, StoreError> {
        for lane in self.lanes.iter().filter(|lane| lane.broke) {
            if self.ctx.parts.store.next_due(lane.stage, None, self.ctx.run, None).await?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn work_on(&mut self) -> Result<(), StoreError> {
        loop {
            let stopped = self.ctx.stop.is_cancelled();
            let wake = if stopped { None } else { self.feed().await? };
            if self.work.is_empty() && wake.is_none() {
                if stopped || !self.rest().await? {
                    return Ok(());
                }
                continue;
            }
            let joined = tokio::select! {
                Some(joined) = self.work.join_next_with_id() => Some(joined),
                () = sleep_until(wake) => None,
                () = self.ctx.stop.cancelled(), if !stopped => None,
            };
            if let Some(joined) = joined {
                self.note(joined).await?;
                // whoever ended at the same moment is looked after by the same claims
                while let Some(joined) = self.work.try_join_next_with_id() {
                    self.note(joined).await?;
                }
            }
        }
    }

    /// Fills every free place; returns when there will be more to do, if time decides.
    pub(super) async fn feed(&mut self) -> Result<Option<Instant>, StoreError> {
        let mut wake: Option<Instant> = None;
        for at in 0..self.lanes.len() {
            if let Some(later) = self.feed_lane(at).await? {
                wake = Some(wake.map_or(later, |wake| wake.min(later)));
            }
        }
        let others_work = self.lanes.iter().any(Lane::is_busy);
        for at in 0..self.sinks.len() {
            let Some(due) = self.sinks[at].due(others_work) else { continue };
            if due <= Instant::now() {
                self.feed_sink(at).await?;
            } else {
                wake = Some(wake.map_or(due, |wake| wake.min(due)));
            }
        }
        Ok(wake)
    }

    async fn feed_lane(&mut self, at: usize) -> Result<Option<Instant>, StoreError> {
        if let Some(wanted) = self.lanes[at].room() {
            match self.lanes[at].next_claim() {
                Some(later) if later > Instant::now() => {
                    self.begin_waiting(at);
                    return Ok(Some(later));
                }
                _ => {
                    let (stage, probe) = (self.lanes[at].stage, self.lanes[at].gate != Gate::Open);
                    let jobs = self.claim(stage, None, wanted, probe).await?;
                    self.lanes[at].take(jobs, wanted);
                }
            }
        }
        self.begin_waiting(at);
        Ok(None)
    }

    fn begin_waiting(&mut self, at: usize) {
        let lane = &mut self.lanes[at];
        while lane.running < lane.width()
            && let Some(job) = lane.waiting.pop_front()
        {
            lane.running += 1;
            let task = self.work.spawn(perform(Arc::clone(&self.ctx), Arc::clone(&self.held), job));
            self.places.insert(task.id(), Place::Lane(at));
        }
    }

    /// Delivery goes in batches, one at a time for each sink.
    async fn feed_sink(&mut self, at: usize) -> Result<(), StoreError> {
        let lane = &self.sinks[at];
        let (sink, wanted, probe) = (Arc::clone(&lane.sink), lane.width(), lane.gate != Gate::Open);
        let jobs = self.claim(Stage::Deliver, Some(sink.name().to_owned()), wanted, probe).await?;
        self.sinks[at].took(jobs.len());
        if !jobs.is_empty() {
            let (ctx, held) = (Arc::clone(&self.ctx), Arc::clone(&self.held));
            let task = self.work.spawn(perform_delivery(ctx, held, sink, jobs));
            self.places.insert(task.id(), Place::Sink(at));
        }
        Ok(())
    }

    async fn claim(
        &self,
        stage: Stage,
        target: Option<String>,
        limit: usize,
        probe: bool,
    ) -> Result<Vec<ClaimedJob>, StoreError> {
        let request = ClaimRequest {
            stage,
            target,
            run: self.ctx.run,
            worker: self.ctx.parts.worker.clone(),
            lease: self.ctx.settings.lease,
            limit: u32::try_from(limit).unwrap_or(u32::MAX),
            probe,
            now: self.ctx.parts.clock.now(),
        };
        let jobs = self.ctx.parts.store.claim(&request).await?;
        self.held.add(&jobs);
        Ok(jobs)
    }

    /// A job ended: its place is free, and the stages behind it may have work.
    pub(super) async fn note(&mut self, joined: Joined) -> Result<(), StoreError> {
        let (task, ended) = joined.unwrap_or_else(|lost| {
            let told = format!("a task of the run was lost: {lost}; run again, it goes on");
            (lost.id(), Err(StoreError::Invalid(told)))
        });
        let place = self.places.remove(&task);
        let performed = match ended {
            Ok(performed) => performed,
            Err(error) => {
                self.free(place);
                return Err(error);
            }
        };
        for sink in &mut self.sinks {
            sink.add(performed.rows);
        }
        match &performed.sink {
            Some(name) => self.note_delivery(name, performed.end).await,
            None => self.note_job(performed).await,
        }
    }

    /// The place of a task whose end could not be written down; its lease runs out.
    fn free(&mut self, place: Option<Place>) {
        match place {
            Some(Place::Lane(at)) => self.lanes[at].running = self.lanes[at].running.saturating_sub(1),
            Some(Place::Sink(at)) => self.sinks[at].running = false,
            None => {}
        }
    }

    async fn note_job(&mut self, performed: Performed) -> Result<(), StoreError> {
        for lane in &mut self.lanes {
            if lane.stage == performed.stage {
                lane.running = lane.running.saturating_sub(1);
            } else if lane.stage > performed.stage && matches!(performed.end, End::Done { .. }) {
                lane.hungry = true;
            }
        }
        let Some(at) = self.lanes.iter().position(|lane| lane.stage == performed.stage) else {
            return Ok(());
        };
        match (performed.end, self.lanes[at].gate) {
            (End::Paused, _) => self.shut(at).await,
            (End::Broke, _) => {
                self.lanes[at].broke = true;
                self.shut(at).await
            }
            (End::Done { tested: true } | End::Answered, Gate::Probing { .. }) => {
                self.lanes[at].gate = Gate::Open;
                self.lanes[at].hungry = true;
                self.resume(performed.stage, None).await
            }
            (End::Later, Gate::Probing { .. }) => {
                self.lanes[at].gate = self.lanes[at].gate.unclear();
                self.lanes[at].hungry = true;
                Ok(())
            }
            (_, Gate::Probing { .. }) => {
                self.lanes[at].hungry = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn note_delivery(&mut self, name: &str, end: End) -> Result<(), StoreError> {
        let Some(at) = self.sinks.iter().position(|lane| lane.sink.name() == name) else { return Ok(()) };
        self.sinks[at].running = false;
        self.sinks[at].hungry = true;
        match (end, self.sinks[at].gate) {
            (End::Paused, _) => self.sinks[at].gate = Gate::Shut,
            (End::Done { .. }, Gate::Probing { .. }) => {
                self.sinks[at].gate = Gate::Open;
                self.resume(Stage::Deliver, Some(name)).await?;
            }
            (_, gate) => self.sinks[at].gate = gate.unclear(),
        }
        Ok(())
    }

    /// The probe passed.
    async fn resume(&self, stage: Stage, target: Option<&str>) -> Result<(), StoreError> {
        let parts = &self.ctx.parts;
        if parts.store.resume(stage, target, parts.clock.now()).await? {
            parts.notifier.notify(&Event::StageResumed { stage, target: target.map(str::to_owned) }).await;
        }
        Ok(())
    }

    /// Nothing more of this stage in this run: what is claimed and not begun goes back.
    pub(super) async fn shut(&mut self, at: usize) -> Result<(), StoreError> {
        self.lanes[at].gate = Gate::Shut;
        let left: Vec<ClaimedJob> = self.lanes[at].waiting.drain(..).collect();
        self.held.drop_claims(&left);
        self.ctx.parts.store.release(&left, self.ctx.parts.clock.now()).await
    }

    /// Nothing runs: waits for a backoff or another process. `false` = the run is done.
    async fn rest(&mut self) -> Result<bool, StoreError> {
        let before = self.ctx.parts.store.queue_counts(self.ctx.run).await?;
        let others_hold = before.iter().any(|count| count.state == JobState::Leased && count.count > 0);
        let now = self.ctx.parts.clock.now();
        let patience = Some(self.ctx.settings.wait_for_backoff);
        let mut due: Option<DateTime<Utc>> = None;
        for (stage, target) in self.open_queues() {
            if let Some(at) = self.ctx.parts.store.next_due(stage, target, self.ctx.run, patience).await? {
                due = Some(due.map_or(at, |seen| seen.min(at)));
            }
        }
        let wait = match due {
            Some(at) => (at - now).to_std().unwrap_or_default(),
            // others may have taken, or ended, a job between two of these questions
            None if others_hold || self.ctx.parts.store.queue_counts(self.ctx.run).await? != before => OTHERS,
            None => return Ok(false),
        };
        if wait > self.ctx.settings.wait_for_backoff {
            return Ok(false);
        }
        if wait > OTHERS {
            self.ctx.observer.event(RunEvent::Waiting { seconds: wait.as_secs() });
        }
        tokio::select! {
            () = self.ctx.parts.store.wait_for_work(wait) => {}
            () = self.ctx.stop.cancelled() => {}
        }
        self.ctx.parts.store.recover(self.ctx.parts.clock.now()).await?;
        for lane in &mut self.lanes {
            lane.hungry = true;
        }
        for lane in &mut self.sinks {
            lane.hungry = true;
        }
        Ok(true)
    }

    /// Stages and sinks whose jobs this run may still take: not paused, not over the cap.
    fn open_queues(&self) -> Vec<(Stage, Option<&str>)> {
        let lanes = self.lanes.iter().filter(|lane| lane.gate == Gate::Open).map(|lane| (lane.stage, None));
        let sinks = self.sinks.iter().filter(|lane| lane.gate == Gate::Open);
        lanes.chain(sinks.map(|lane| (Stage::Deliver, Some(lane.sink.name())))).collect()
    }
}

pub(super) async fn sleep_until(wake: Option<Instant>) {
    match wake {
        Some(wake) => tokio::time::sleep_until(wake).await,
        None => std::future::pending().await,
    }
}
