//! What was said in a call so far: kept after each turn, so that a killed service goes on with the next.
//!
//! `Debug` hides words, numbers and session addresses: a dialogue may stand in a log line.

use std::fmt;

use chrono::{DateTime, Utc};
use domain::{CallId, CostItem, Money, OperatorChannel, PhoneNumber, SourceName};
use serde::{Deserialize, Serialize};

use crate::Turn;

/// How the two halves meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DialogMode {
    /// Record, answer, speak.
    #[default]
    Turns,
    /// Sound flows both ways.
    Realtime,
}

impl DialogMode {
    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Turns => "turns",
            Self::Realtime => "realtime",
        }
    }
}

/// A call with a robot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dialogue {
    /// The call: derived from the next two, the same as in the history.
    pub call: CallId,
    /// Who carries it: `voximplant`, `simulated`.
    pub source: SourceName,
    /// Its name there.
    pub external_id: String,
    /// Who speaks.
    pub persona: String,
    /// By turns or in real time.
    pub mode: DialogMode,
    /// The client's number, where it is known.
    pub phone: Option<PhoneNumber>,
    /// Our number that the client rang, where it is known.
    #[serde(default)]
    pub own_number: Option<PhoneNumber>,
    /// Who rang whom: true if the client did.
    pub incoming: bool,
    /// When it was placed or came in.
    pub started_at: DateTime<Utc>,
    /// When the client answered: times of segments count from here, for here the recording begins.
    #[serde(default)]
    pub answered_at: Option<DateTime<Utc>>,
    /// When the line went down.
    #[serde(default)]
    pub ended_at: Option<DateTime<Utc>>,
    /// When anything was last heard of it.
    pub touched_at: DateTime<Utc>,
    /// How far it has come.
    pub state: DialogueState,
    /// In order.
    #[serde(default)]
    pub turns: Vec<Turn>,
    /// Times in a row that nothing was heard.
    #[serde(default)]
    pub silences: u32,
    /// Apologies in a row.
    #[serde(default)]
    pub apologies: u32,
    /// Paid so far, a sum for each item and currency.
    #[serde(default)]
    pub cost: Vec<CostItem>,
    /// What commands the line, where the telephone gave it.
    #[serde(default)]
    pub line: Option<LineHandle>,
    /// How it is going to end: the robot has said goodbye, a person of ours pressed «hang up».
    #[serde(default)]
    pub intends: Option<Ending>,
    /// The client asked never to be called; kept until the stop list has it.
    #[serde(default)]
    pub stop_asked: bool,
    /// How the line went down, as the telephone company says.
    #[serde(default)]
    pub line_end: Option<LineEnd>,
    /// The recording of the whole call.
    #[serde(default)]
    pub recording: Option<CallRecording>,
    /// Whether the history has it.
    #[serde(default)]
    pub archiving: Archiving,
    /// Of what is stored; [`crate::CallMemory::save`] refuses another.
    #[serde(default)]
    pub version: u64,
}

impl Dialogue {
    /// A call of which nothing is known yet.
    pub fn new(source: &str, external_id: &str, persona: &str, mode: DialogMode, now: DateTime<Utc>) -> Self {
        Self {
            call: CallId::derive(source, external_id),
            source: SourceName::from(source),
            external_id: external_id.to_owned(),
            persona: persona.to_owned(),
            mode,
            phone: None,
            own_number: None,
            incoming: false,
            started_at: now,
            answered_at: None,
            ended_at: None,
            touched_at: now,
            state: DialogueState::Placed,
            turns: Vec::new(),
            silences: 0,
            apologies: 0,
            cost: Vec::new(),
            line: None,
            intends: None,
            stop_asked: false,
            line_end: None,
            recording: None,
            archiving: Archiving::Waiting,
            version: 0,
        }
    }

    /// Adds to the sum of an item: `speech`, `dialogue`, `telephony`.
    pub fn pay(&mut self, item: &str, amount: Money) {
        let same = |paid: &&mut CostItem| paid.item == item && paid.amount.currency == amount.currency;
        match self.cost.iter_mut().find(same) {
            Some(paid) => paid.amount.micros = paid.amount.micros.saturating_add(amount.micros),
            None => self.cost.push(CostItem { item: item.to_owned(), amount }),
        }
    }

    /// A turn by its number.
    pub fn turn(&self, number: u32) -> Option<&Turn> {
        self.turns.iter().find(|turn| turn.number == number)
    }

    /// Whether the line is down.
    pub const fn is_ended(&self) -> bool {
        matches!(self.state, DialogueState::Ended { .. })
    }

    /// Ends it, once: the first reason stays. What was intended goes before what the line says.
    pub fn end(&mut self, why: Ending, now: DateTime<Utc>) {
        if !self.is_ended() {
            self.state = DialogueState::Ended { why: self.intends.unwrap_or(why) };
            self.ended_at = Some(now);
        }
    }
}

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum DialogueState {
    /// Asked for, nothing is known yet.
    Placed,
    /// The telephone company did not say whether it rings; the call history will.
    Unknown,
    /// The line stands: it rings or the two speak.
    Talking,
    /// Over.
    Ended {
        /// Why.
        why: Ending,
    },
}

/// Why a call is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The robot said goodbye.
    Goodbye,
    /// The client hung up.
    ClientHungUp,
    /// A person of ours hung up.
    Stopped,
    /// Handed over to a person.
    Transferred,
    /// A machine answered.
    Machine,
    /// Nobody spoke.
    Silence,
    /// Asked never to be called again.
    NeverAgain,
    /// Turns, minutes or money ran out.
    Limit,
    /// Busy, no answer, no such number.
    NotAnswered,
    /// Something of ours or of the telephone company broke.
    Failed,
}

impl Ending {
    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Goodbye => "goodbye",
            Self::ClientHungUp => "client_hung_up",
            Self::Stopped => "stopped",
            Self::Transferred => "transferred",
            Self::Machine => "machine",
            Self::Silence => "silence",
            Self::NeverAgain => "never_again",
            Self::Limit => "limit",
            Self::NotAnswered => "not_answered",
            Self::Failed => "failed",
        }
    }
}

/// Whether the history has a call that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "archiving")]
pub enum Archiving {
    /// Not yet: the call goes on, or its recording is still to come.
    #[default]
    Waiting,
    /// Somebody hands it over; taken up again if that does not end.
    HandingOver {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// It has.
    Done,
}

/// Commands a line: an address or a name at the telephone company. Whoever has it can hang up, so
/// `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LineHandle(String);

impl LineHandle {
    /// As the telephone company gave it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As the telephone company gave it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LineHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LineHandle(…)")
    }
}

/// How a line went down, as the telephone company says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LineEnd {
    /// SIP code or the company's own.
    pub code: Option<i64>,
    /// Its words.
    pub reason: Option<String>,
    /// Length of the talk, ms.
    pub duration_ms: Option<u64>,
    /// What the line cost.
    pub cost: Option<Money>,
    /// An employee took it over.
    pub transferred: bool,
}

/// Where the sound of a whole call is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecording {
    /// Where: an address at the telephone company, or a file of ours. May carry a key: `Debug` hides it.
    pub url: String,
    /// Its length, ms.
    pub duration_ms: Option<u64>,
    /// Which channel carries the robot; `None` for one channel or when nobody said.
    pub robot: Option<OperatorChannel>,
}

impl fmt::Debug for CallRecording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallRecording")
            .field("duration_ms", &self.duration_ms)
            .field("robot", &self.robot)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::turn;

    fn dialogue() -> Dialogue {
        let now = DateTime::from_timestamp(1_795_176_000, 0).unwrap();
        Dialogue::new("voximplant", "1", "lead-qualification", DialogMode::Turns, now)
    }

    #[test]
    fn sums_are_kept_by_item_and_currency() {
        let mut dialogue = dialogue();
        for (item, amount) in
            [("speech", "1RUB"), ("dialogue", "2RUB"), ("speech", "0.5RUB"), ("speech", "1USD")]
        {
            dialogue.pay(item, amount.parse().unwrap());
        }
        let sums: Vec<_> =
            dialogue.cost.iter().map(|paid| format!("{} {}", paid.item, paid.amount)).collect();
        assert_eq!(sums, ["speech 1.50 RUB", "dialogue 2.00 RUB", "speech 1.00 USD"]);
    }

    #[test]
    fn the_first_reason_to_end_stays_and_an_intention_goes_before_the_line() {
        let mut dialogue = dialogue();
        dialogue.intends = Some(Ending::Goodbye);
        let now = dialogue.started_at;
        dialogue.end(Ending::ClientHungUp, now);
        dialogue.end(Ending::Failed, now + chrono::Duration::seconds(9));
        assert_eq!(dialogue.state, DialogueState::Ended { why: Ending::Goodbye });
        assert_eq!(dialogue.ended_at, Some(now));
    }

    #[test]
    fn debug_shows_no_words_no_numbers_and_no_addresses() {
        let mut dialogue = dialogue();
        dialogue.phone = PhoneNumber::parse("+79161234567");
        dialogue.line = Some(LineHandle::new("https://host/request/secret"));
        dialogue.recording =
            Some(CallRecording { url: "https://host/record/secret".into(), duration_ms: None, robot: None });
        dialogue.turns.push(turn(1, "Меня зовут Ирина", "Очень приятно"));
        let shown = format!("{dialogue:?}");
        for hidden in ["Ирина", "приятно", "9161234", "secret"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
        let back: Dialogue = serde_json::from_str(&serde_json::to_string(&dialogue).unwrap()).unwrap();
        assert_eq!(back, dialogue);
    }
}
