//! AI telephone calls: who speaks, what is said when, and what is remembered of it.
//!
//! ```
//! assert_eq!(
//!     voice_agent::speakable("Итого около 1 200 ₽, приедем 15.03 в 14:30."),
//!     "Итого около тысячи двухсот рублей, приедем пятнадцатого марта в четырнадцать тридцать."
//! );
//! ```
//!
//! A [`Persona`] is data; a [`Dialogue`] is kept after each turn; [`Ears`], [`Mind`], [`CallMemory`] and
//! [`Telephone`] are ports that `app` fills.
//!
//! Place: above `store` and the providers' traits, below `app`.

mod campaign;
mod change;
mod desk;
mod dialogue;
mod engine;
mod finished;
mod live;
mod mind;
mod persona;
mod ports;
mod realtime;
#[cfg(test)]
mod sample;
mod spoken;
mod stored;
#[cfg(feature = "testing")]
pub mod testing;
mod tools;
mod turn;
mod words;

pub use campaign::{
    CampaignEnd, CampaignError, CampaignFigures, CampaignObserver, CampaignParts, CampaignRun,
    CampaignSettings, CampaignStop, CampaignTerms, Dialler, LOW_BALANCE, LeadOutcome, LeadState, Person,
};
pub use change::change;
pub use desk::{
    CallDesk, DeskParts, DeskSettings, HangUpError, MemoryFailed, PlaceCall, Placed, Reconciled, Refused,
    next_allowed, within_hours, zone_of,
};
pub use dialogue::{
    Archiving, CallRecording, DialogMode, Dialogue, DialogueState, Ending, LineEnd, LineHandle,
};
pub use engine::{
    CallEvent, EventAnswer, LineStart, NextId, ParseNextIdError, TurnAnswer, TurnEngine, TurnInput,
    TurnParts, TurnRequest, TurnSettings,
};
pub use finished::FinishedCall;
pub use live::{LiveEvent, LiveFeed, LiveLine};
pub use mind::{FieldValue, ModelMind, ScriptedMind, Sentences, extract_by_model, extract_by_rules};
pub use persona::{
    AllowedHours, Faq, FieldKind, FieldSpec, Finding, Limits, MachineManner, Occasion, Persona, Personas,
    Phrases, ToolSpec, Voice,
};
pub use ports::{
    Archive, Begun, CallMemory, Ears, Heard, Intent, Mind, Outcome, OutgoingCall, PartFailed, PlacedRequest,
    Telephone, TelephoneError, Thought, ToolCaller, TurnRecordings,
};
pub use realtime::{
    Bridge, BridgeCall, BridgeEnd, BridgeOutcome, BridgeParts, BridgeRecording, BridgeSettings, MediaLost,
    MediaSocket,
};
pub use spoken::speakable;
pub use stored::StoredMemory;
pub use tools::Tools;
pub use turn::{Action, AnswerSource, Span, Timings, Turn};
