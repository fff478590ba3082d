//! A call as the exchange sees it, and what is really said in it.

use chrono::{DateTime, Utc};
use domain::{Direction, Speaker};
use serde::Serialize;

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Situation {
    /// Two people talk.
    Conversation,
    /// Two people talk, the second employee takes over: two recordings.
    Transfer,
    /// A word, then the line is dropped.
    Short,
    /// Nobody answered the client.
    Missed,
    /// The client did not answer us.
    Unanswered,
    /// We reached a machine.
    AnsweringMachine,
    /// The line is silent.
    Silence,
    /// They talked, but the recording is gone from the server.
    RecordingGone,
    /// They talked, but nothing was ever recorded.
    NeverRecorded,
}

/// What a recording holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordKind {
    /// Both voices mixed, MP3: `/media/talk/`.
    Talk,
    /// One leg, mono WAV: `/media/wav/`.
    Leg(LegSide),
}

/// Whose leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LegSide {
    /// The employee's.
    Operator,
    /// The client's.
    Client,
}

/// A recording on the provider's server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// 32 hex digits.
    pub id: String,
    /// What it holds.
    pub kind: RecordKind,
    /// Which part of a transferred call, from 0.
    pub part: usize,
    /// The server answers 404.
    pub gone: bool,
}

/// A leg of the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldLeg {
    /// Over 2^32, like all ids here.
    pub id: i64,
    /// Towards the employee.
    pub is_operator: bool,
    /// Who, on the employee's leg.
    pub employee: Option<i64>,
    /// When it was dialled.
    pub started_at: DateTime<Utc>,
    /// When it was answered.
    pub connected_at: Option<DateTime<Utc>>,
    /// After the answer, s.
    pub duration_s: u32,
    /// With the ringing, s.
    pub total_s: u32,
    /// Who dials; digits.
    pub calling: Option<String>,
    /// Who is dialled; digits.
    pub called: Option<String>,
    /// Ids of its WAV recordings; the client's leg has one for each part of a transferred call.
    pub wavs: Vec<String>,
    /// Ids of its MP3 recordings, on the employee's leg.
    pub talks: Vec<String>,
    /// It took the talk over.
    pub is_transfer: bool,
}

/// A call.
#[derive(Debug, Clone, PartialEq)]
pub struct WorldCall {
    /// The session; over 2^32.
    pub id: i64,
    /// What recordings and tags hang on; not the same number as `id`.
    pub communication_id: i64,
    /// When it began, on a whole second.
    pub started_at: DateTime<Utc>,
    /// From the company's side.
    pub direction: Direction,
    /// What becomes of it.
    pub situation: Situation,
    /// The client's digits, `79161234567`; `None` = hidden.
    pub contact: Option<String>,
    /// Our digits; `None` on a SIP trunk.
    pub number: Option<String>,
    /// Who talked, in turn; for a missed call whom it rang.
    pub employees: Vec<i64>,
    /// Talk, s.
    pub talk_s: u32,
    /// Before the answer, s.
    pub wait_s: u32,
    /// Whole, s.
    pub total_s: u32,
    /// The exchange calls it lost.
    pub lost: bool,
    /// As the exchange writes it: `operator_disconnects`, …
    pub finish_reason: &'static str,
    /// Ids of tags.
    pub tags: Vec<i64>,
    /// Its legs.
    pub legs: Vec<WorldLeg>,
    /// Its recordings: talks in turn, then legs in no promised order.
    pub records: Vec<Record>,
    /// When the ids of its recordings first appear in reports.
    pub records_appear_at: DateTime<Utc>,
}

impl WorldCall {
    /// When it ended.
    pub fn finished_at(&self) -> DateTime<Utc> {
        self.started_at + chrono::Duration::seconds(i64::from(self.total_s))
    }

    /// The recordings whose ids reports show at that moment.
    pub fn records_at(&self, now: DateTime<Utc>) -> &[Record] {
        if now < self.records_appear_at { &[] } else { &self.records }
    }
}

/// Words in a call: what a perfect listener would write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Spoken {
    /// Who.
    pub speaker: Speaker,
    /// Which employee, if one.
    pub employee: Option<i64>,
    /// Which recording of a transferred call, from 0.
    pub part: usize,
    /// In that recording, ms.
    pub start_ms: u64,
    /// Its end, ms.
    pub end_ms: u64,
    /// The words.
    pub text: String,
}
