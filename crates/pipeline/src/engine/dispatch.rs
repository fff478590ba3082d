//! Keeps every stage busy: claims jobs of the run, performs them side by side, and stops when
//! nothing is left that this run may still do.
//!
//! One loop decides for all stages, so that a slow stage never holds a fast one and no task polls.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use store::{ClaimRequest, ClaimedJob, JobState, Stage, StoreError};
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

use super::RunContext;
use super::perform::{Held, Performed, beat, perform, perform_delivery};
use crate::RunEvent;

/// How often a run looks again at jobs that another process holds.
const OTHERS: Duration = Duration::from_secs(1);

/// How the work ended.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Finished {
    pub(super) money_ended: bool,
}

/// A stage as the loop sees it.
struct Lane {
    stage: Stage,
    limit: usize,
    running: usize,
    waiting: VecDeque<ClaimedJob>,
    /// There may be something to claim.
    hungry: bool,
}

pub(super) struct Dispatcher {
    ctx: Arc<RunContext>,
    lanes: Vec<Lane>,
    work: JoinSet<Result<Performed, StoreError>>,
    held: Arc<Held>,
}

impl Dispatcher {
    pub(super) fn new(ctx: Arc<RunContext>) -> Self {
        let lanes = Stage::ALL
            .into_iter()
            .zip(ctx.settings.parallel)
            .map(|(stage, limit)| Lane {
                stage,
                limit: limit.max(1),
                running: 0,
                waiting: VecDeque::new(),
                hungry: true,
            })
            .collect();
        Self { ctx, lanes, work: JoinSet::new(), held: Arc::default() }
    }

    /// Works until the run has nothing left to do now.
    pub(super) async fn until_done(mut self) -> Result<Finished, StoreError> {
        // ends with this future, however that ends: a run that is dropped must not keep its leases alive
        let heart = AbortOnDropHandle::new(tokio::spawn(beat(Arc::clone(&self.ctx), Arc::clone(&self.held))));
        let finished = self.work_on().await;
        drop(heart);
        let left: Vec<ClaimedJob> = self.lanes.iter_mut().flat_map(|lane| lane.waiting.drain(..)).collect();
        self.ctx.parts.store.release(&left, self.ctx.parts.clock.now()).await?;
        finished
    }

    async fn work_on(&mut self) -> Result<Finished, StoreError> {
        let mut finished = Finished::default();
        loop {
            if !self.ctx.stop.is_cancelled() {
                self.feed(&mut finished).await?;
            }
            if let Some(joined) = self.work.join_next().await {
                self.note(joined)?;
                continue;
            }
            if self.ctx.stop.is_cancelled() || !self.rest(&finished).await? {
                return Ok(finished);
            }
        }
    }

    /// Fills every free place.
    async fn feed(&mut self, finished: &mut Finished) -> Result<(), StoreError> {
        for at in 0..self.lanes.len() {
            let paid = matches!(self.lanes[at].stage, Stage::Transcribe | Stage::Analyze);
            if paid && self.ctx.budget.is_spent() {
                finished.money_ended |= self.lanes[at].hungry || !self.lanes[at].waiting.is_empty();
                continue;
            }
            if self.lanes[at].stage == Stage::Deliver {
                self.feed_delivery(at).await?;
                continue;
            }
            let lane = &self.lanes[at];
            if lane.hungry && lane.waiting.is_empty() && lane.running < lane.limit {
                let jobs = self.claim(at, None, lane.limit * 4).await?;
                self.lanes[at].hungry = jobs.len() == self.lanes[at].limit * 4;
                self.held.add(&jobs);
                self.lanes[at].waiting.extend(jobs);
            }
            while self.lanes[at].running < self.lanes[at].limit
                && let Some(job) = self.lanes[at].waiting.pop_front()
            {
                self.lanes[at].running += 1;
                self.work.spawn(perform(Arc::clone(&self.ctx), Arc::clone(&self.held), job));
            }
        }
        Ok(())
    }

    /// Delivery goes in batches, one at a time for each sink.
    async fn feed_delivery(&mut self, at: usize) -> Result<(), StoreError> {
        if !self.lanes[at].hungry || self.lanes[at].running > 0 {
            return Ok(());
        }
        self.lanes[at].hungry = false;
        for sink in self.ctx.parts.sinks.clone() {
            let jobs = self.claim(at, Some(sink.name().to_owned()), 200).await?;
            if !jobs.is_empty() {
                self.held.add(&jobs);
                self.lanes[at].running += 1;
                self.work.spawn(perform_delivery(Arc::clone(&self.ctx), Arc::clone(&self.held), sink, jobs));
            }
        }
        Ok(())
    }

    async fn claim(
        &self,
        at: usize,
        target: Option<String>,
        limit: usize,
    ) -> Result<Vec<ClaimedJob>, StoreError> {
        let request = ClaimRequest {
            stage: self.lanes[at].stage,
            target,
            run: Some(self.ctx.run),
            worker: self.ctx.parts.worker.clone(),
            lease: self.ctx.settings.lease,
            limit: u32::try_from(limit).unwrap_or(u32::MAX),
            probe: false,
            now: self.ctx.parts.clock.now(),
        };
        self.ctx.parts.store.claim(&request).await
    }

    /// A job ended: its place is free, and the stages behind it may have work.
    fn note(
        &mut self,
        joined: Result<Result<Performed, StoreError>, tokio::task::JoinError>,
    ) -> Result<(), StoreError> {
        let performed = match joined {
            Ok(performed) => performed?,
            Err(lost) => {
                return Err(StoreError::Invalid(format!(
                    "a task of the run was lost: {lost}; run again, it goes on"
                )));
            }
        };
        for lane in &mut self.lanes {
            if lane.stage == performed.stage {
                lane.running = lane.running.saturating_sub(1);
                lane.hungry |= performed.stage == Stage::Deliver;
            } else if lane.stage > performed.stage {
                lane.hungry = true;
            }
        }
        Ok(())
    }

    /// Nothing runs: waits for a backoff or another process. `false` = the run is done.
    async fn rest(&mut self, finished: &Finished) -> Result<bool, StoreError> {
        let now = self.ctx.parts.clock.now();
        let mut due: Option<DateTime<Utc>> = None;
        for stage in self.open_stages(finished).await? {
            if let Some(at) = self.ctx.parts.store.next_due(stage, Some(self.ctx.run)).await? {
                due = Some(due.map_or(at, |seen| seen.min(at)));
            }
        }
        let wait = match due {
            Some(at) => (at - now).to_std().unwrap_or_default(),
            None if self.others_hold().await? => OTHERS,
            None => return Ok(false),
        };
        if wait > self.ctx.settings.wait_for_backoff {
            return Ok(false);
        }
        if wait > OTHERS {
            self.ctx.observer.event(RunEvent::Waiting { seconds: wait.as_secs() });
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.ctx.stop.cancelled() => {}
        }
        self.ctx.parts.store.recover(self.ctx.parts.clock.now()).await?;
        for lane in &mut self.lanes {
            lane.hungry = true;
        }
        Ok(true)
    }

    /// Stages whose jobs this run may still take: not paused, not over the cap.
    async fn open_stages(&self, finished: &Finished) -> Result<Vec<Stage>, StoreError> {
        let paused = self.ctx.parts.store.paused().await?;
        Ok(Stage::ALL
            .into_iter()
            .filter(|stage| !paused.iter().any(|p| p.stage == *stage))
            .filter(|stage| !(finished.money_ended && matches!(stage, Stage::Transcribe | Stage::Analyze)))
            .filter(|stage| *stage != Stage::Deliver || !self.ctx.parts.sinks.is_empty())
            .collect())
    }

    /// Whether another process works on calls of this run.
    async fn others_hold(&self) -> Result<bool, StoreError> {
        let counts = self.ctx.parts.store.queue_counts(Some(self.ctx.run)).await?;
        Ok(counts.iter().any(|count| count.state == JobState::Leased && count.count > 0))
    }
}
