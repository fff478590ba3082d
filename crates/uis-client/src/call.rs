//! A row of the calls report and a row of the legs report.

use chrono::NaiveDateTime;
use domain::{Direction, Speaker};

use crate::{
    CommunicationId, EmployeeId, LegId, RawPhone, RecordId, RecordingKind, RecordingRef, RecordingsState,
    SessionId, TagId,
};

/// A call as the report tells it. Durations are whole seconds, times are wall time of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UisCall {
    /// The session.
    pub id: SessionId,
    /// What recordings, tags and comments hang on.
    pub communication_id: CommunicationId,
    /// When it began.
    pub start_time: NaiveDateTime,
    /// When it ended; `None` while it goes on.
    pub finish_time: Option<NaiveDateTime>,
    /// Why it ended: an open set of some ninety words.
    pub finish_reason: Option<String>,
    /// From the company's side.
    pub direction: Direction,
    /// Nobody answered.
    pub is_lost: bool,
    /// Handed on to another employee.
    pub is_transfer: bool,
    /// `sip`, `va`, `callapi`, …: an open set.
    pub source: Option<String>,
    /// The outer party, in both directions.
    pub contact_phone_number: Option<RawPhone>,
    /// The company's number; absent for some SIP trunks.
    pub virtual_phone_number: Option<RawPhone>,
    /// The employee's phone.
    pub operator_phone_number: Option<RawPhone>,
    /// From the first word to the end, s.
    pub talk_duration: u32,
    /// Until somebody answered, s.
    pub wait_duration: u32,
    /// Whole length, s.
    pub total_duration: u32,
    /// MP3 recordings; several after a transfer. Come minutes late.
    pub call_records: Vec<RecordId>,
    /// WAV recordings, one a leg, in no promised order.
    pub wav_call_records: Vec<RecordId>,
    /// Messages left on the answering machine.
    pub voice_mail_records: Vec<RecordId>,
    /// All parts in one file: a secret address.
    pub full_record_file_link: Option<FullRecordLink>,
    /// Everyone who was rung.
    pub employees: Vec<CallEmployee>,
    /// Who answered last.
    pub last_answered_employee_id: Option<EmployeeId>,
    /// Tags on the call.
    pub tags: Vec<CallTag>,
}

impl UisCall {
    /// Whether there is sound, and where.
    ///
    /// A call with talk and without ids is [`RecordingsState::Pending`]: ids come seconds to
    /// minutes after the row. How long to wait is the caller's matter.
    pub fn recordings(&self) -> RecordingsState {
        let refs = |kind, ids: &[RecordId]| -> Vec<RecordingRef> {
            ids.iter().map(|id| RecordingRef::new(kind, self.communication_id, id.clone())).collect()
        };
        let mut found = refs(RecordingKind::Talk, &self.call_records);
        found.extend(refs(RecordingKind::Wav, &self.wav_call_records));
        found.extend(refs(RecordingKind::VoiceMail, &self.voice_mail_records));
        // the link may be given before there is anything to join: it proves nothing by itself
        if !found.is_empty()
            && let Some(link) = &self.full_record_file_link
        {
            found.push(RecordingRef::joined(self.communication_id, link.clone()));
        }
        if !found.is_empty() {
            RecordingsState::Ready(found)
        } else if self.talk_duration > 0 || self.finish_time.is_none() {
            RecordingsState::Pending
        } else {
            RecordingsState::Absent
        }
    }

    /// The employee who talked: the last who answered, else the last who is said to have talked
    /// or answered.
    pub fn employee(&self) -> Option<&CallEmployee> {
        let last = self.last_answered_employee_id;
        self.employees
            .iter()
            .find(|employee| last == Some(employee.id))
            .or_else(|| self.employees.iter().rev().find(|employee| employee.is_talked))
            .or_else(|| self.employees.iter().rev().find(|employee| employee.is_answered))
    }
}

/// The address of a joined recording. Whoever has it can listen, so it is never shown.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FullRecordLink(String);

impl FullRecordLink {
    /// Wraps the address as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The address: a secret.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for FullRecordLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FullRecordLink(…)")
    }
}

/// An employee whom a call rang.
#[derive(Clone, PartialEq, Eq)]
pub struct CallEmployee {
    /// The id.
    pub id: EmployeeId,
    /// The name.
    pub full_name: Option<String>,
    /// Picked up.
    pub is_answered: bool,
    /// Talked.
    pub is_talked: bool,
}

// names of people are not for logs
impl std::fmt::Debug for CallEmployee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallEmployee")
            .field("id", &self.id)
            .field("is_answered", &self.is_answered)
            .field("is_talked", &self.is_talked)
            .finish_non_exhaustive()
    }
}

/// A tag on a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallTag {
    /// The id in the dictionary.
    pub id: TagId,
    /// The name.
    pub name: String,
}

/// A leg: one party's connection to the call.
#[derive(Clone, PartialEq, Eq)]
pub struct UisLeg {
    /// The leg.
    pub id: LegId,
    /// Its call.
    pub session_id: SessionId,
    /// When it began, wall time.
    pub start_time: Option<NaiveDateTime>,
    /// When it was answered; `None` if never.
    pub connect_time: Option<NaiveDateTime>,
    /// After the answer, s.
    pub duration: u32,
    /// The employee's leg.
    pub is_operator: bool,
    /// Never connected.
    pub is_failed: bool,
    /// A supervisor who listens in.
    pub is_coach: bool,
    /// Whose.
    pub employee_id: Option<EmployeeId>,
    /// The name.
    pub employee_full_name: Option<String>,
    /// MP3 recordings.
    pub call_records: Vec<RecordId>,
    /// WAV recordings.
    pub wav_call_records: Vec<RecordId>,
}

impl std::fmt::Debug for UisLeg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UisLeg")
            .field("id", &self.id)
            .field("session_id", &self.session_id)
            .field("is_operator", &self.is_operator)
            .field("is_coach", &self.is_coach)
            .field("employee_id", &self.employee_id)
            .field("wav_call_records", &self.wav_call_records)
            .finish_non_exhaustive()
    }
}

/// Whose voice a WAV should hold, told by the legs that list it. `None`: listed by both sides, by
/// none, or by a supervisor's leg only.
///
/// UIS does not promise that a leg's file holds that leg's voice: take it as a strong hint.
pub fn speaker_of(record: &RecordId, legs: &[UisLeg]) -> Option<Speaker> {
    let mut sides = legs
        .iter()
        .filter(|leg| !leg.is_coach && leg.wav_call_records.contains(record))
        .map(|leg| if leg.is_operator { Speaker::Operator } else { Speaker::Client });
    let first = sides.next()?;
    sides.all(|side| side == first).then_some(first)
}
