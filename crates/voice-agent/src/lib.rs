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

mod dialogue;
mod persona;
mod ports;
mod spoken;

pub use dialogue::{Action, AnswerSource, DialogMode, Dialogue, DialogueState, Ending, Timings, Turn};
pub use persona::{AllowedHours, Faq, FieldSpec, Limits, MachineManner, Persona, Phrases, ToolSpec, Voice};
pub use ports::{
    CallMemory, Ears, Heard, Intent, Mind, OutgoingCall, PartFailed, PlacedRequest, Telephone,
    TelephoneError, Thought,
};
pub use spoken::speakable;
