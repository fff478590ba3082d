//! Calls that we place: may this number be rung now, by whom, for how much; and what became of those
//! of which nothing was heard.
//!
//! A call is written down before it rings. Whoever asks twice under one key gets one call; a start
//! whose outcome nobody knows is looked up in the history of the telephone company, never repeated.

mod hours;
mod place;
mod reconcile;
mod zone;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{CallId, Clock, Money};
use uuid::Uuid;

use crate::{CallMemory, DialogMode, LiveFeed, PartFailed, Personas, Telephone, TelephoneError, TurnEngine};

pub use hours::{next_allowed, within_hours};
pub use reconcile::Reconciled;
pub use zone::zone_of;

/// The parts that a desk is made of.
pub struct DeskParts {
    /// Takes the events that nobody told.
    pub engine: TurnEngine,
    /// Remembers calls.
    pub memory: Arc<dyn CallMemory>,
    /// Who may speak.
    pub personas: Arc<Personas>,
    /// Rings.
    pub telephone: Arc<dyn Telephone>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes names of calls.
    pub ids: Arc<dyn Fn() -> Uuid + Send + Sync>,
    /// Tells lookers-on.
    pub live: LiveFeed,
}

/// How a desk behaves.
#[derive(Debug, Clone)]
pub struct DeskSettings {
    /// Calls under way at once.
    pub max_calls: u32,
    /// Money for calls of one day of `zone`.
    pub spend_cap: Option<Money>,
    /// For sums in another currency: micro-roubles per dollar.
    pub rub_micros_per_usd: i64,
    /// Of clients whose zone neither the request nor the number tells.
    pub zone: Tz,
    /// How long the telephone company may think about a call.
    pub place_timeout: Duration,
    /// A call of which nothing is heard for so long is looked up.
    pub quiet: Duration,
    /// A call that cannot be looked up is given up after this.
    pub lost: Duration,
}

impl Default for DeskSettings {
    fn default() -> Self {
        Self {
            max_calls: 10,
            spend_cap: None,
            rub_micros_per_usd: 90_000_000,
            zone: Tz::Europe__Moscow,
            place_timeout: Duration::from_secs(30),
            // a talk is asked about every turn, and a turn takes a minute at most
            quiet: Duration::from_mins(5),
            // the longest session of the platform is an hour
            lost: Duration::from_mins(90),
        }
    }
}

/// A call is asked for.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct PlaceCall {
    /// Whom, as somebody wrote it.
    pub phone: String,
    /// Who speaks.
    pub persona: String,
    /// By turns or in real time.
    pub mode: DialogMode,
    /// The client's own zone, where the lead tells it; a landline's code goes before it.
    pub zone: Option<Tz>,
    /// The same key again is the same call.
    pub idempotency_key: Option<String>,
}

/// A call that rings, or rang before under the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Its id, the same as in the history.
    pub call: CallId,
    /// It was placed before, under the same key.
    pub again: bool,
}

/// Why a call was not placed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// 422.
    #[error("this is no telephone number: write it as +79161234567")]
    Phone,
    /// 422.
    #[error("there is no persona {0:?}; GET /api/v1/personas lists them")]
    Persona(String),
    /// 409.
    #[error("this number asked never to be called")]
    StopList,
    /// 409.
    #[error("it is not the hour to call this number; from {retry_at} it is")]
    OutsideHours {
        /// When it may be rung.
        retry_at: DateTime<Utc>,
    },
    /// 409.
    #[error("the money for calls of today is spent")]
    SpendCap,
    /// 409.
    #[error("this idempotency key was used for another request: take a new one")]
    KeyReused,
    /// 429.
    #[error("{0} calls are under way, as many as allowed: try again when one has ended")]
    TooMany(u32),
    /// 503.
    #[error("nobody knows whether call {call} rings; it is looked up and never dialled again")]
    Unknown {
        /// The call that may ring.
        call: CallId,
    },
    /// 503: it certainly does not ring.
    #[error("the call does not ring: {reason}")]
    Telephone {
        /// The call that was begun and has failed.
        call: CallId,
        /// The telephone company's words.
        reason: String,
        /// Key, money, address or rights: others would fare no better until somebody acts.
        final_for_all: bool,
    },
    /// 503.
    #[error(transparent)]
    Memory(#[from] MemoryFailed),
}

/// The memory does not answer: nothing was placed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("calls cannot be placed now: {0}; try again")]
pub struct MemoryFailed(String);

impl From<PartFailed> for Refused {
    fn from(error: PartFailed) -> Self {
        Self::Memory(MemoryFailed(error.to_string()))
    }
}

impl Refused {
    /// The name in JSON.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Persona(_) => "persona",
            Self::StopList => "stop_list",
            Self::OutsideHours { .. } => "outside_hours",
            Self::SpendCap => "spend_cap",
            Self::KeyReused => "key_reused",
            Self::TooMany(_) => "too_many",
            Self::Unknown { .. } => "unknown",
            Self::Telephone { .. } => "telephone",
            Self::Memory(_) => "unavailable",
        }
    }

    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Phone | Self::Persona(_) => 422,
            Self::StopList | Self::OutsideHours { .. } | Self::SpendCap | Self::KeyReused => 409,
            Self::TooMany(_) => 429,
            Self::Unknown { .. } | Self::Telephone { .. } | Self::Memory(_) => 503,
        }
    }

    /// Whether the same request may be placed later.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::OutsideHours { .. } | Self::SpendCap | Self::TooMany(_) | Self::Memory(_))
    }
}

/// Why a call was not hung up.
#[derive(Debug, thiserror::Error)]
pub enum HangUpError {
    /// There is no such call.
    #[error("there is no such call")]
    UnknownCall,
    /// The line does not obey; the call is marked and ends by itself at the next turn.
    #[error(transparent)]
    Telephone(#[from] TelephoneError),
    /// The memory does not answer.
    #[error(transparent)]
    Memory(#[from] PartFailed),
}

/// Places calls and hangs them up. Clones are one desk.
#[derive(Clone)]
pub struct CallDesk {
    parts: Arc<DeskParts>,
    settings: Arc<DeskSettings>,
}

impl fmt::Debug for CallDesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallDesk").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl CallDesk {
    /// A desk of these parts.
    pub fn new(parts: DeskParts, settings: DeskSettings) -> Self {
        Self { parts: Arc::new(parts), settings: Arc::new(settings) }
    }
}
