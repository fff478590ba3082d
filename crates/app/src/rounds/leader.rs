//! One round: who leads queues what is due, makes what is queued, looks what is to be told and tells it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{CallError, Clock, Lang};
use notices::Notice;
use schedule::{Timetable, Turn};
use store::{Lead, Schedule, ScheduleTurn, Store, StoreError, TurnEnding, WorkerId};
use tokio_util::sync::CancellationToken;

use super::{MakesTurns, Plan, Trouble, TurnSaid};
use crate::ScheduleSettings;
use crate::telling::{Courier, Telling};
use crate::write_back::WriteBackQueue;

/// What is led.
pub(crate) const LEAD: &str = "rounds";
/// Of a turn: whoever dies is followed so soon.
pub(super) const LEASE: Duration = Duration::from_secs(30);
/// Of the lead; longer, because each time it is prolonged is a write.
const LEAD_LEASE: Duration = Duration::from_secs(90);
/// Pauses before a turn that met trouble of the way is made again, minutes; the next one makes up for it then.
const AGAIN: [i64; 5] = [1, 2, 5, 10, 20];
/// The log of turns is kept so long.
const TURNS_KEPT: TimeDelta = TimeDelta::days(60);
/// What was told is remembered so long.
const FACTS_KEPT: TimeDelta = TimeDelta::days(90);
/// Messages that left, or were given up.
const MESSAGES_KEPT: TimeDelta = TimeDelta::days(14);

/// What is done by the clock.
pub(crate) struct Rounds {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) worker: WorkerId,
    pub(crate) lang: Lang,
    /// What the settings name.
    pub(crate) hours: ScheduleSettings,
    pub(crate) maker: Arc<dyn MakesTurns>,
    /// `None` = nobody would hear.
    pub(crate) telling: Option<Telling>,
    pub(crate) write_back: Option<WriteBackQueue>,
    pub(crate) courier: Courier,
}

impl Rounds {
    /// Takes or keeps the lead.
    pub(crate) async fn lead(&self) -> Result<Option<Lead>, StoreError> {
        self.store.lead(LEAD, &self.worker, LEAD_LEASE, self.clock.now()).await
    }

    /// Queues the turns that are due: of those that were missed one, the newest.
    pub(crate) async fn queue_due(&self, lead: &Lead) -> Result<(), StoreError> {
        let now = self.clock.now();
        for schedule in self.store.schedules().await? {
            let Some((due, missed)) = due(&schedule, now) else { continue };
            let missed = u32::try_from(missed).unwrap_or(u32::MAX);
            if self.store.queue_turn(lead, schedule.id, due, missed, now).await? {
                tracing::info!(schedule = schedule.what.name, %due, missed, "a turn is due");
            }
        }
        Ok(())
    }

    /// The next turn to be made, if there is one.
    pub(crate) async fn claim(&self, lead: &Lead) -> Result<Option<ScheduleTurn>, StoreError> {
        self.store.claim_turn(lead, LEASE, self.clock.now()).await
    }

    /// Makes a turn, and keeps its claim alive meanwhile.
    pub(crate) async fn make(&self, turn: ScheduleTurn) -> Result<(), StoreError> {
        let Some(plan) = Plan::parse(&turn.plan) else {
            let message = self.lang.pick("план из более новой версии", "the plan is of a newer version");
            let trouble = Trouble::for_good(
                "plan_unknown",
                message,
                self.lang.pick("обновите zvonar", "update zvonar"),
            );
            return self.failed(&turn, trouble).await;
        };
        let mut beat = tokio::time::interval(LEASE / 3);
        beat.tick().await;
        let making = self.maker.make(&plan, turn.due_at);
        tokio::pin!(making);
        let made = loop {
            tokio::select! {
                made = &mut making => break made,
                _ = beat.tick() => match self.store.keep_turn(&turn, LEASE, self.clock.now()).await {
                    // another process has begun it anew: what was found so far is found, and found again
                    Err(StoreError::LeaseLost) => return Ok(()),
                    Err(error) => tracing::warn!(%error, "the claim on a turn was not prolonged"),
                    Ok(()) => {}
                },
            }
        };
        match made {
            Ok(said) => self.done(&turn, &plan, said).await,
            Err(trouble) => self.failed(&turn, trouble).await,
        }
    }

    async fn done(&self, turn: &ScheduleTurn, plan: &Plan, said: TurnSaid) -> Result<(), StoreError> {
        tracing::info!(schedule = turn.name, calls = said.calls, new = said.new, "a turn is done");
        said.warnings.iter().for_each(|warning| tracing::warn!(schedule = turn.name, warning));
        if let (Some(telling), Some(stage)) = (&self.telling, source_title(self.lang, plan)) {
            let at = self.clock.now();
            if telling.last_words().await?.get(&stage) == Some(&true) {
                telling.note(&[Notice::StageResumed { stage, at }], at).await?;
            }
        }
        self.end(turn, TurnEnding::Done, &said).await
    }

    /// Trouble of the way is waited out a while; then, or where a person must act, people are told once.
    async fn failed(&self, turn: &ScheduleTurn, trouble: Trouble) -> Result<(), StoreError> {
        let now = self.clock.now();
        let place = usize::try_from(turn.attempt.saturating_sub(1)).unwrap_or(usize::MAX);
        if let Some(minutes) = AGAIN.get(place).filter(|_| trouble.again) {
            let wait = TimeDelta::minutes(*minutes).to_std().unwrap_or(LEASE);
            tracing::warn!(
                schedule = turn.name,
                error = trouble.error.message,
                ?wait,
                "a turn is made again later"
            );
            return ignore_lost(self.store.keep_turn(turn, wait, now).await);
        }
        tracing::error!(schedule = turn.name, error = trouble.error.message, "a turn failed");
        let title = Plan::parse(&turn.plan).and_then(|plan| source_title(self.lang, &plan));
        if let (Some(telling), Some(stage)) = (&self.telling, title)
            && telling.last_words().await?.get(&stage) != Some(&true)
        {
            let CallError { message: reason, hint, .. } = trouble.error.clone();
            let hint = Some(hint).filter(|hint| !hint.is_empty());
            telling.note(&[Notice::StagePaused { stage, reason, hint, at: turn.due_at }], now).await?;
        }
        let said = TurnSaid { error: Some(trouble.error), ..TurnSaid::default() };
        self.end(turn, TurnEnding::Failed, &said).await
    }

    async fn end(&self, turn: &ScheduleTurn, ending: TurnEnding, said: &TurnSaid) -> Result<(), StoreError> {
        ignore_lost(self.store.finish_turn(turn, ending, &said.to_text(), self.clock.now()).await)
    }

    /// Finds what is to be told and written back, and puts it into the outbox.
    pub(crate) async fn look(&self) -> Result<(), StoreError> {
        if let Some(telling) = &self.telling {
            telling.look().await?;
            telling.write().await?;
        }
        if let Some(queue) = &self.write_back {
            queue.look().await?;
        }
        Ok(())
    }

    /// Sends what is due until nothing is, or until `stop`.
    pub(crate) async fn deliver(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        while !stop.is_cancelled() && self.courier.deliver(stop).await? > 0 {}
        Ok(())
    }

    /// Forgets old turns, told facts and messages that left.
    pub(crate) async fn sweep(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store.forget_turns(now - TURNS_KEPT).await?;
        self.store.forget_facts(now - FACTS_KEPT).await?;
        self.store.forget_deliveries(now - MESSAGES_KEPT).await?;
        Ok(())
    }
}

/// Whoever has the turn by now ends it.
fn ignore_lost(outcome: Result<(), StoreError>) -> Result<(), StoreError> {
    match outcome {
        Err(StoreError::LeaseLost) => Ok(()),
        other => other,
    }
}

/// The turn that is due, and how many before it nobody made.
fn due(schedule: &Schedule, now: DateTime<Utc>) -> Option<(DateTime<Utc>, usize)> {
    match timetable(schedule)?.turn(schedule.done_at, now) {
        Turn::Run { due, missed } if schedule.paused_at.is_none() => Some((due, missed)),
        _ => None,
    }
}

/// The hours of a kept schedule; `None` where they cannot be read.
pub(super) fn timetable(schedule: &Schedule) -> Option<Timetable> {
    let zone = schedule.what.zone.parse().ok()?;
    Timetable::parse(&schedule.what.cron, zone).ok()
}

/// What stands while turns of a plan fail, in words for people.
fn source_title(lang: Lang, plan: &Plan) -> Option<String> {
    let Plan::Calls(calls) = plan else { return None };
    let of = match calls.source {
        super::PlannedSource::Uis => "UIS",
        super::PlannedSource::Folder(_) => lang.pick("папка", "folder"),
    };
    Some(format!("{}: {of}", lang.pick("Список звонков", "List of calls")))
}
