//! A call by turns: what is heard comes in, what to say goes out, always within the deadline.
//!
//! A turn is answered once for its number. Whoever asks again — at the same moment, later, after a
//! restart — gets the same words, and nothing is paid twice. The first sentence goes out while the
//! rest is being written; the rest is fetched part by part ([`NextId`]).

mod answers;
mod begin;
mod close;
mod events;
mod hear;
mod log;
mod parts;
mod reply;
mod slots;
mod turn;
mod writing;

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{CallId, Clock};

use crate::words::Learned;
use crate::{
    Action, Archive, CallMemory, CallRecording, DialogMode, Dialogue, Ears, LineEnd, LineHandle, LiveFeed,
    Mind, Persona, Personas, TurnRecordings,
};
use slots::Slots;

/// The parts that an engine is made of.
pub struct TurnParts {
    /// Remembers calls.
    pub memory: Arc<dyn CallMemory>,
    /// Who may speak.
    pub personas: Arc<Personas>,
    /// Brings recordings of turns.
    pub recordings: Arc<dyn TurnRecordings>,
    /// Hears them.
    pub ears: Arc<dyn Ears>,
    /// Thinks.
    pub mind: Arc<dyn Mind>,
    /// Takes calls that are over.
    pub archive: Arc<dyn Archive>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Tells lookers-on.
    pub live: LiveFeed,
}

/// How an engine behaves.
#[derive(Debug, Clone)]
pub struct TurnSettings {
    /// An answer goes out within this: the scenario apologises by itself at eight seconds.
    pub deadline: Duration,
    /// The longest that the rest of an answer may be written.
    pub longest_answer: Duration,
    /// Words and addresses may stand in the log.
    pub log_words: bool,
    /// Who speaks in calls that nobody placed here: those that come in.
    pub persona: String,
    /// The source of such calls.
    pub source: String,
    /// How long the recording of a call is waited for after its end.
    pub recording_wait: Duration,
    /// For the limit of money in another currency: micro-roubles per dollar.
    pub rub_micros_per_usd: i64,
}

impl Default for TurnSettings {
    fn default() -> Self {
        Self {
            deadline: Duration::from_millis(7500),
            longest_answer: Duration::from_secs(25),
            log_words: true,
            persona: "lead-qualification".to_owned(),
            source: "voximplant".to_owned(),
            recording_wait: Duration::from_mins(1),
            rub_micros_per_usd: 90_000_000,
        }
    }
}

/// What the client said, as it comes.
#[derive(Clone, PartialEq, Eq)]
pub enum TurnInput {
    /// Where its recording is.
    Recording(String),
    /// The words themselves: typed talk, a scripted caller.
    Text(String),
}

/// One exchange is asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct TurnRequest {
    /// The call's id as the scenario knows it; an unknown one opens a call.
    pub call_id: String,
    /// From 1.
    pub turn: u32,
    /// What the client said.
    pub input: TurnInput,
    /// Length of the recording with the pause in its end, ms.
    pub duration_ms: Option<u64>,
}

/// What to say and do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnAnswer {
    /// May be empty: nothing to say.
    pub text: String,
    /// After the text; of an answer in parts the last one's counts.
    pub action: Action,
    /// Where the rest is.
    pub next: Option<NextId>,
}

/// A part of an answer after its first: `3-1` is the second part of turn three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NextId {
    /// Of the turn.
    pub turn: u32,
    /// From 1.
    pub part: u32,
}

impl fmt::Display for NextId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.turn, self.part)
    }
}

/// The text is no `TURN-PART`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no part of an answer: write TURN-PART, for example 3-1")]
pub struct ParseNextIdError;

impl FromStr for NextId {
    type Err = ParseNextIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (turn, part) = text.split_once('-').ok_or(ParseNextIdError)?;
        match (turn.parse(), part.parse()) {
            (Ok(turn), Ok(part)) if part > 0 => Ok(Self { turn, part }),
            _ => Err(ParseNextIdError),
        }
    }
}

/// Something happened on the line.
#[derive(Debug, Clone, PartialEq)]
pub enum CallEvent {
    /// The scenario runs; a call that we place has not rung yet.
    Started(LineStart),
    /// The client answered.
    Answered,
    /// A machine did.
    Machine,
    /// Nobody was reached.
    Failed {
        /// SIP.
        code: Option<i64>,
        /// The telephone company's words.
        reason: Option<String>,
    },
    /// The line went down.
    Ended(LineEnd),
    /// The recording of the call is ready.
    Recorded {
        /// Where it is.
        recording: CallRecording,
        /// What it cost.
        cost: Option<domain::Money>,
    },
}

/// How a line begins.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LineStart {
    /// The client rang us.
    pub incoming: bool,
    /// The client's number, if it is one.
    pub phone: Option<domain::PhoneNumber>,
    /// Our number.
    pub own_number: Option<domain::PhoneNumber>,
    /// What commands the line.
    pub line: Option<LineHandle>,
    /// For a call that is not known yet.
    pub mode: DialogMode,
}

/// What an event is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventAnswer {
    /// Noted.
    Noted,
    /// The call may go on.
    Welcome {
        /// Which call this is.
        call: CallId,
        /// The first words.
        greeting: String,
        /// A voice of the telephone platform.
        voice: Option<String>,
        /// By turns or in real time.
        mode: DialogMode,
    },
    /// The call must not go on: it was stopped, is over, or its number asked never to be rung.
    Refused,
    /// A message for a machine; `None`: hang up without a word.
    Message(Option<String>),
    /// Nothing is known of such a call.
    UnknownCall,
}

/// Answers turns. Clones are one engine.
#[derive(Clone)]
pub struct TurnEngine {
    parts: Arc<TurnParts>,
    settings: Arc<TurnSettings>,
    slots: Arc<Slots>,
    answers: Arc<answers::Answers>,
    learned: Arc<Mutex<HashMap<String, Arc<Learned>>>>,
}

impl fmt::Debug for TurnEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TurnEngine").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl TurnEngine {
    /// An engine of these parts.
    pub fn new(parts: TurnParts, settings: TurnSettings) -> Self {
        Self {
            parts: Arc::new(parts),
            settings: Arc::new(settings),
            slots: Arc::default(),
            answers: Arc::default(),
            learned: Arc::default(),
        }
    }

    /// Calls that something is kept in memory for: those under way.
    pub fn calls_in_memory(&self) -> usize {
        self.slots.count()
    }

    /// Who speaks in a call.
    fn persona(&self, dialogue: &Dialogue) -> Option<Arc<Persona>> {
        self.parts.personas.get(&dialogue.persona)
    }

    /// What is worked out of a persona, once: personas of an engine do not change.
    fn learned(&self, persona: &Persona) -> Arc<Learned> {
        let mut learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        let of_it = learned.entry(persona.id.clone()).or_insert_with(|| Arc::new(Learned::of(persona)));
        Arc::clone(of_it)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_names_that_read_back() {
        let id = NextId { turn: 3, part: 1 };
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in ["", "3", "3-0", "-", "a-1", "3-1-1", "99999999999-1"] {
            assert_eq!(text.parse::<NextId>(), Err(ParseNextIdError), "{text}");
        }
    }
}
