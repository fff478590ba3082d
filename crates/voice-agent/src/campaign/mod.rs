//! Campaigns: a list of people is rung, each until he was spoken with, and nobody twice.
//!
//! Everything that a campaign knows stands in the store before anything rings: an attempt is written down,
//! then placed under a key that is its own. Killed between the two or after them, the next run asks for the
//! same attempt again, and the desk answers with the call that was placed.

mod came;
mod lead;
mod ring;
mod run;
mod watch;

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{CallId, Money, PhoneNumber};
use serde::{Deserialize, Serialize};
use store::StoreError;

use crate::{CallDesk, DialogMode, Dialogue, PartFailed, PlaceCall, Placed, Refused};

pub use came::LeadOutcome;
pub use lead::LeadState;
pub use run::{CampaignParts, CampaignRun};

/// The setting of the store that is not empty while the telephone company warns that the money is about to
/// end: nobody is rung by a campaign then.
pub const LOW_BALANCE: &str = "voice/low_balance";

/// Places calls and tells how they stand.
#[async_trait]
pub trait Dialler: Send + Sync {
    /// Places a call, once for its key.
    async fn place(&self, request: PlaceCall) -> Result<Placed, Refused>;

    /// The call as it stands.
    async fn dialogue(&self, call: CallId) -> Result<Option<Dialogue>, PartFailed>;
}

#[async_trait]
impl Dialler for CallDesk {
    async fn place(&self, request: PlaceCall) -> Result<Placed, Refused> {
        Self::place(self, request).await
    }

    async fn dialogue(&self, call: CallId) -> Result<Option<Dialogue>, PartFailed> {
        Self::dialogue(self, call).await
    }
}

/// What a campaign is begun with, for good: another persona is another campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignTerms {
    /// Who speaks.
    pub persona: String,
    /// By turns or in real time.
    pub mode: DialogMode,
}

/// How this run behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignSettings {
    /// Calls of this campaign at once.
    pub lines: usize,
    /// How often a number is rung at most.
    pub attempts: u32,
    /// How long after a busy line it is rung again.
    pub after_busy: Duration,
    /// After nobody answered.
    pub after_no_answer: Duration,
    /// After a machine answered.
    pub after_machine: Duration,
    /// After something of ours or of the telephone company broke.
    pub after_failure: Duration,
    /// Who spoke with a robot of ours so long ago or less is not rung; `None` = is rung all the same.
    pub spoken_within: Option<Duration>,
    /// Money for the whole campaign, its earlier runs included.
    pub max_cost: Option<Money>,
    /// For sums in another currency: micro-roubles per dollar.
    pub rub_micros_per_usd: i64,
    /// Ends when nobody can be rung now, instead of waiting for who may be rung later.
    pub no_waiting: bool,
    /// How often calls are looked at.
    pub look_every: Duration,
}

impl Default for CampaignSettings {
    fn default() -> Self {
        Self {
            lines: 3,
            attempts: 3,
            after_busy: Duration::from_mins(20),
            after_no_answer: Duration::from_hours(2),
            after_machine: Duration::from_hours(4),
            after_failure: Duration::from_mins(15),
            spoken_within: Some(Duration::from_hours(7 * 24)),
            max_cost: None,
            rub_micros_per_usd: 90_000_000,
            no_waiting: false,
            look_every: Duration::from_millis(500),
        }
    }
}

/// Somebody of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The number.
    pub phone: PhoneNumber,
    /// The client's zone, where the list tells it.
    pub zone: Option<Tz>,
}

/// How far a campaign is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CampaignFigures {
    /// People of the list, each number once.
    pub people: usize,
    /// Nothing more is to be done with them.
    pub settled: usize,
    /// Of them, those who were spoken with.
    pub talked: usize,
    /// On the line now.
    pub calling: usize,
    /// To be rung, now or later.
    pub waiting: usize,
    /// Spent, a sum for each currency.
    pub spent: Vec<Money>,
}

/// Why a run ended before everybody was settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CampaignStop {
    /// A person stopped the campaign.
    Paused,
    /// A person stopped this run.
    Stopped,
    /// The campaign's money is spent.
    Budget,
    /// The money for calls of today is spent.
    DayBudget,
    /// Nobody can be rung now; from then on somebody can.
    NotNow(DateTime<Utc>),
    /// The telephone company refuses: others would fare no better.
    Refused(String),
    /// The account has little money left.
    LowBalance,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignEnd {
    /// How far the campaign is.
    pub figures: CampaignFigures,
    /// `None` = everybody is settled.
    pub stop: Option<CampaignStop>,
}

/// Why a campaign cannot go on at all.
#[derive(Debug, thiserror::Error)]
pub enum CampaignError {
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The campaign of this name was begun with other terms.
    #[error("the campaign {name:?} was begun with the persona {persona:?}; give another name to a new one")]
    OtherTerms {
        /// Its name.
        name: String,
        /// Who speaks in it.
        persona: String,
    },
    /// There is no such persona.
    #[error("there is no persona {0:?}")]
    Persona(String),
    /// What stands in the store cannot be read.
    #[error("the state of the campaign cannot be read: {0}")]
    Unreadable(String),
}

/// Looks on while a campaign runs.
pub trait CampaignObserver: Send + Sync {
    /// The run has looked at everybody; told a few times a second.
    fn looked(&self, run: &CampaignRun);

    /// An attempt is over, or somebody was settled without one.
    fn ended(&self, phone: &PhoneNumber, state: &LeadState);

    /// Nobody can be rung before.
    fn waits(&self, until: DateTime<Utc>);
}
