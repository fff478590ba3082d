//! The endless worker: the same engine as a run, for every call of the store, until somebody stops it.
//!
//! What a run leaves behind a worker waits for: backoffs of any length, paused stages, which it probes
//! now and then, people who resume them. The store's trouble is no end either, only a pause.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use store::{ClaimedJob, PausedStage, Stage, StoreError};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::dispatch::Dispatcher;
use super::lane::Gate;
use super::perform::beat;
use super::{Pipeline, RunContext, ServeRequest};
use crate::RunObserver;

/// The longest pause between two probes of a stage that refuses.
const LONGEST_PROBE: Duration = Duration::from_mins(10);

/// Rounds look for work anyway; this only bounds the wait for a word of another machine.
const ROUNDS_LOOK: Duration = Duration::from_hours(1);

/// How often jobs of dead workers are looked for.
const RECOVER: Duration = Duration::from_secs(10);

impl Pipeline {
    /// Works on every due job of every call until `stop`: those that are here, those that others make.
    /// Jobs made in this process are begun at once after [`crate::Work::wake`], others within
    /// [`super::PipelineSettings::poll`].
    ///
    /// A stop lets the jobs in hand end for [`super::PipelineSettings::grace`]; what is not done then
    /// goes back to the queue without an attempt lost.
    ///
    /// # Errors
    /// Only when the store cannot be used at the start; later trouble is waited out.
    pub async fn serve(
        &self,
        request: ServeRequest,
        observer: Arc<dyn RunObserver>,
        stop: CancellationToken,
    ) -> Result<(), StoreError> {
        self.serve_stages(request, &Stage::ALL, observer, stop).await
    }

    /// [`Self::serve`] of some stages alone: the others are for other workers of the same database.
    ///
    /// # Errors
    /// As [`Self::serve`].
    pub async fn serve_stages(
        &self,
        request: ServeRequest,
        stages: &[Stage],
        observer: Arc<dyn RunObserver>,
        stop: CancellationToken,
    ) -> Result<(), StoreError> {
        let Some(paused) = self.once_the_database_answers(&request, &stop).await? else {
            return Ok(());
        };
        let ctx = Arc::new(RunContext::endless(self, request, observer));
        ctx.doors.follow(&paused);
        Dispatcher::new(ctx, &paused).of(stages).until_stopped(stop).await
    }

    /// What is paused; a worker that is started while the database is restarted waits for it. `None`: stopped.
    async fn once_the_database_answers(
        &self,
        request: &ServeRequest,
        stop: &CancellationToken,
    ) -> Result<Option<Vec<PausedStage>>, StoreError> {
        let mut trouble = Trouble::default();
        while !stop.is_cancelled() {
            match self.begin_serving(request).await {
                Err(error) if error.is_retryable() => {
                    let _: Option<()> = trouble.unless(Err(error));
                    tokio::select! {
                        () = tokio::time::sleep(self.settings.poll) => {}
                        () = stop.cancelled() => {}
                    }
                }
                begun => return begun.map(Some),
            }
        }
        Ok(None)
    }

    async fn begin_serving(&self, request: &ServeRequest) -> Result<Vec<PausedStage>, StoreError> {
        let (store, clock) = (&self.parts.store, &self.parts.clock);
        store.save_rubric(&request.rubric, clock.now()).await?;
        store.recover(clock.now()).await?;
        store.paused().await
    }
}

/// When the stages that refuse are asked again.
#[derive(Default)]
struct Probes(HashMap<(Stage, String), Probe>);

struct Probe {
    due: Instant,
    wait: Duration,
}

impl Probes {
    /// Whether it is time; the next probe comes twice as late.
    fn is_due(&mut self, stage: Stage, target: &str, first: Duration) -> bool {
        let now = Instant::now();
        let new = || Probe { due: now + first, wait: first };
        let probe = self.0.entry((stage, target.to_owned())).or_insert_with(new);
        if probe.due > now {
            return false;
        }
        probe.wait = (probe.wait * 2).min(LONGEST_PROBE);
        probe.due = now + probe.wait;
        true
    }

    fn forget(&mut self, stage: Stage, target: &str) {
        self.0.remove(&(stage, target.to_owned()));
    }
}

impl Dispatcher {
    /// Leaves other stages alone.
    fn of(mut self, stages: &[Stage]) -> Self {
        self.lanes.retain(|lane| stages.contains(&lane.stage));
        if !stages.contains(&Stage::Deliver) {
            self.sinks.clear();
        }
        self
    }

    async fn until_stopped(mut self, stop: CancellationToken) -> Result<(), StoreError> {
        let heart = AbortOnDropHandle::new(tokio::spawn(beat(Arc::clone(&self.ctx), Arc::clone(&self.held))));
        self.serve_on(&stop).await;
        self.come_to_rest().await;
        drop(heart);
        let left: Vec<ClaimedJob> = self.lanes.iter_mut().flat_map(|lane| lane.waiting.drain(..)).collect();
        self.ctx.parts.store.release(&left, self.ctx.parts.clock.now()).await
    }

    async fn serve_on(&mut self, stop: &CancellationToken) {
        let mut round = tokio::time::interval(self.ctx.settings.poll);
        round.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut probes, mut recovered) = (Probes::default(), Instant::now());
        let mut trouble = Trouble::default();
        while !stop.is_cancelled() {
            let fed = self.feed().await;
            let later = trouble.unless(fed).flatten();
            let (work, store) = (self.ctx.work.clone(), Arc::clone(&self.ctx.parts.store));
            tokio::select! {
                Some(joined) = self.work.join_next_with_id() => {
                    trouble.unless(self.note(joined).await);
                    while let Some(joined) = self.work.try_join_next_with_id() {
                        trouble.unless(self.note(joined).await);
                    }
                }
                () = super::dispatch::sleep_until(later) => {}
                () = work.woken() => self.get_hungry(),
                () = store.wait_for_work(ROUNDS_LOOK) => self.get_hungry(),
                _ = round.tick() => {
                    if recovered.elapsed() >= RECOVER {
                        recovered = Instant::now();
                        let now = self.ctx.parts.clock.now();
                        trouble.unless(self.ctx.parts.store.recover(now).await);
                    }
                    let looked = self.look_at_pauses(&mut probes).await;
                    trouble.unless(looked);
                    self.get_hungry();
                }
                () = stop.cancelled() => {}
            }
        }
    }

    /// Lets what is in hand end, for a while; the rest gives its jobs back.
    async fn come_to_rest(&mut self) {
        let grace = tokio::time::sleep(self.ctx.settings.grace);
        tokio::pin!(grace);
        while !self.work.is_empty() {
            tokio::select! {
                joined = self.work.join_next() => {
                    if let Some(Ok(Err(error))) = joined {
                        tracing::warn!(%error, "a job's end could not be written down; it is done again");
                    }
                }
                () = &mut grace, if !self.ctx.stop.is_cancelled() => self.ctx.stop.cancel(),
            }
        }
    }

    fn get_hungry(&mut self) {
        self.lanes.iter_mut().for_each(|lane| lane.hungry = true);
        self.sinks.iter_mut().for_each(|lane| lane.hungry = true);
    }

    /// Pauses are the store's: people pause and resume by other programs, and other workers too.
    async fn look_at_pauses(&mut self, probes: &mut Probes) -> Result<(), StoreError> {
        let paused = self.ctx.parts.store.paused().await?;
        let first = self.ctx.settings.probe_after;
        self.ctx.doors.follow(&paused);
        for at in 0..self.lanes.len() {
            let stage = self.lanes[at].stage;
            match next_gate(self.lanes[at].gate, stage, "", &paused, probes, first) {
                Gate::Shut if self.lanes[at].gate != Gate::Shut => self.shut(at).await?,
                gate => self.lanes[at].gate = gate,
            }
        }
        for lane in &mut self.sinks {
            lane.gate = next_gate(lane.gate, Stage::Deliver, lane.sink.name(), &paused, probes, first);
        }
        Ok(())
    }
}

/// The gate of a stage or sink, as the store's pauses have it.
fn next_gate(
    gate: Gate,
    stage: Stage,
    target: &str,
    paused: &[PausedStage],
    probes: &mut Probes,
    first: Duration,
) -> Gate {
    match (Gate::at(stage, Some(target).filter(|target| !target.is_empty()), paused), gate) {
        (Gate::Open, _) => {
            probes.forget(stage, target);
            Gate::Open
        }
        (Gate::Probing { .. }, Gate::Probing { left }) => Gate::Probing { left },
        (Gate::Probing { .. }, _) if probes.is_due(stage, target, first) => Gate::probing(),
        _ => Gate::Shut,
    }
}

/// The store's trouble: told once until it passes.
#[derive(Default)]
struct Trouble {
    told: bool,
}

impl Trouble {
    fn unless<T>(&mut self, outcome: Result<T, StoreError>) -> Option<T> {
        match outcome {
            Ok(done) => {
                self.told = false;
                Some(done)
            }
            Err(error) => {
                if !std::mem::replace(&mut self.told, true) {
                    tracing::error!(%error, "the worker waits for the database");
                }
                None
            }
        }
    }
}
