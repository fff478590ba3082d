//! Schedules, and the turns that are made by them or by a person's word.
//!
//! A turn is named by the moment at which it was due: it is queued in the same transaction that moves the
//! schedule past that moment, so a process that is killed anywhere makes no turn twice and loses none.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::leads::Lead;
use crate::StoreError;

/// The number of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScheduleId(pub i64);

/// The number of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TurnId(pub i64);

/// A schedule to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSchedule {
    /// Its name, for people and commands.
    pub name: String,
    /// Five fields.
    pub cron: String,
    /// In whose zone they are read: an IANA name.
    pub zone: String,
    /// What is to be done, in the words of whoever does it.
    pub plan: String,
}

/// A kept schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its number.
    pub id: ScheduleId,
    /// What is wanted.
    pub what: NewSchedule,
    /// Turns due up to here are made, or were never wanted.
    pub done_at: DateTime<Utc>,
    /// A person stopped it then.
    pub paused_at: Option<DateTime<Utc>>,
    /// Its newest turn.
    pub last: Option<ScheduleTurn>,
}

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TurnEnding {
    /// Well.
    Done,
    /// Not; the next turn makes up for it.
    Failed,
    /// It never began: the one before was still at it.
    Skipped,
}

impl TurnEnding {
    /// All.
    pub const ALL: [Self; 3] = [Self::Done, Self::Failed, Self::Skipped];

    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ending| ending.as_str() == text)
    }
}

/// A turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleTurn {
    /// Its number.
    pub id: TurnId,
    /// Of which schedule; `None` = asked for by itself.
    pub schedule: Option<ScheduleId>,
    /// The schedule's name, or the asker's words.
    pub name: String,
    /// What is to be done.
    pub plan: String,
    /// When it was due.
    pub due_at: DateTime<Utc>,
    /// Turns before it that nobody made and that it stands for.
    pub missed: u32,
    /// Who asked for it; `None` = the clock.
    pub asked_by: Option<String>,
    /// Times that it was begun.
    pub attempt: u32,
    /// When it was first begun.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// How it ended.
    pub ending: Option<TurnEnding>,
    /// What it says of itself, in the words of whoever made it.
    pub said: Option<String>,
}

/// A turn that nobody has asked for by a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedTurn {
    /// Of this schedule; `None` = by itself.
    pub schedule: Option<ScheduleId>,
    /// For people.
    pub name: String,
    /// What is to be done.
    pub plan: String,
    /// Who asks.
    pub by: String,
}

/// Schedules and their turns.
#[async_trait]
pub trait Schedules: Send + Sync {
    /// Keeps a schedule under its name. A new one, or one with another cron expression or zone, does not
    /// begin with the past.
    async fn put_schedule(&self, schedule: &NewSchedule, now: DateTime<Utc>) -> Result<Schedule, StoreError>;

    /// All, by name, each with its newest turn.
    async fn schedules(&self) -> Result<Vec<Schedule>, StoreError>;

    /// Removes one with its turns; says whether there was one.
    async fn remove_schedule(&self, name: &str) -> Result<bool, StoreError>;

    /// Stops one, or lets it go on from now; says whether there is one.
    async fn pause_schedule(&self, name: &str, paused: bool, now: DateTime<Utc>) -> Result<bool, StoreError>;

    /// The leader queues the turn that is due and moves the schedule past it. While a turn of the schedule is
    /// not over, the new one ends as skipped at once. `false` = the lead is lost, or that turn was made, or
    /// somebody stopped the schedule.
    async fn queue_turn(
        &self,
        lead: &Lead,
        schedule: ScheduleId,
        due_at: DateTime<Utc>,
        missed: u32,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError>;

    /// Queues a turn by a person's word.
    async fn ask_turn(&self, turn: &AskedTurn, now: DateTime<Utc>) -> Result<TurnId, StoreError>;

    /// The leader takes a turn that waits, or one whose process died with it; counts the attempt. Of each
    /// schedule one at a time.
    async fn claim_turn(
        &self,
        lead: &Lead,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> Result<Option<ScheduleTurn>, StoreError>;

    /// Prolongs a claim.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] where somebody else has begun it anew, or it is over.
    async fn keep_turn(
        &self,
        turn: &ScheduleTurn,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Ends a turn.
    ///
    /// # Errors
    /// As [`Self::keep_turn`].
    async fn finish_turn(
        &self,
        turn: &ScheduleTurn,
        ending: TurnEnding,
        said: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Turns, newest first.
    async fn turns(&self, limit: u32) -> Result<Vec<ScheduleTurn>, StoreError>;

    /// Forgets turns that ended before an instant, save for the newest of each schedule; returns how many.
    async fn forget_turns(&self, before: DateTime<Utc>) -> Result<u64, StoreError>;
}
