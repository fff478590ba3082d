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

mod change;
mod dialogue;
mod finished;
mod live;
mod persona;
mod ports;
mod spoken;

pub use change::change;
pub use dialogue::{
    Action, AnswerSource, Archiving, CallRecording, DialogMode, Dialogue, DialogueState, Ending, LineEnd,
    LineHandle, Span, Timings, Turn,
};
pub use finished::FinishedCall;
pub use live::{LiveEvent, LiveFeed, LiveLine};
pub use persona::{
    AllowedHours, Faq, FieldKind, FieldSpec, Finding, Limits, MachineManner, Occasion, Persona, Personas,
    Phrases, ToolSpec, Voice,
};
pub use ports::{
    Archive, Begun, CallMemory, Ears, Heard, Intent, Mind, Outcome, OutgoingCall, PartFailed, PlacedRequest,
    Telephone, TelephoneError, Thought, ToolCaller, TurnRecordings,
};
pub use spoken::speakable;
