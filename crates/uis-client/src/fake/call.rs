//! A call of the fake: its row, its legs and its sound.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use domain::Direction;

use crate::{
    CallEmployee, CallTag, CommunicationId, EmployeeId, FullRecordLink, LegId, RawPhone, RecordId,
    RecordingKind, SessionId, TagId, UisCall, UisLeg,
};

/// The sound behind a recording.
#[derive(Clone)]
pub enum Sound {
    /// These bytes.
    Bytes(Bytes),
    /// Made when it is asked for.
    Made(Arc<dyn Fn() -> Bytes + Send + Sync>),
    /// Listed, but no longer on the host: 404.
    Gone,
}

impl fmt::Debug for Sound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Made(_) => f.write_str("made on demand"),
            Self::Gone => f.write_str("gone"),
        }
    }
}

impl<T: Into<Bytes>> From<T> for Sound {
    fn from(bytes: T) -> Self {
        Self::Bytes(bytes.into())
    }
}

/// When the recordings of a call are listed and can be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appear {
    /// With the row.
    AtOnce,
    /// From this instant of the fake's clock.
    At(DateTime<Utc>),
    /// After the row was listed so many times without them.
    AfterPolls(u32),
    /// Not at all.
    Never,
}

/// A call. Times are wall time of the account.
#[derive(Debug, Clone)]
pub struct FakeCall {
    /// The row when all is over: with its end and all recordings.
    pub row: UisCall,
    /// Its legs.
    pub legs: Vec<UisLeg>,
    /// What each recording holds.
    pub sounds: Vec<(RecordingKind, RecordId, Sound)>,
    /// When recordings appear.
    pub appear: Appear,
}

impl FakeCall {
    /// A client rang and talked for a minute; no recording yet, see [`Self::mp3`].
    pub fn incoming(id: i64, start: NaiveDateTime) -> Self {
        let row = UisCall {
            id: SessionId(id),
            communication_id: CommunicationId(id),
            start_time: start,
            finish_time: None,
            finish_reason: Some("operator_disconnects".into()),
            direction: Direction::In,
            is_lost: false,
            is_transfer: false,
            source: Some("sip".into()),
            contact_phone_number: Some(RawPhone::new("79161234567")),
            virtual_phone_number: Some(RawPhone::new("74951112233")),
            operator_phone_number: Some(RawPhone::new("0288122")),
            talk_duration: 0,
            wait_duration: 0,
            total_duration: 0,
            call_records: Vec::new(),
            wav_call_records: Vec::new(),
            voice_mail_records: Vec::new(),
            full_record_file_link: None,
            employees: Vec::new(),
            last_answered_employee_id: None,
            tags: Vec::new(),
        };
        Self { row, legs: Vec::new(), sounds: Vec::new(), appear: Appear::AtOnce }.lasting(10, 60)
    }

    /// The company rang a client.
    pub fn outgoing(id: i64, start: NaiveDateTime) -> Self {
        let mut call = Self::incoming(id, start);
        call.row.direction = Direction::Out;
        call
    }

    /// A client rang for 25 s and nobody answered.
    pub fn missed(id: i64, start: NaiveDateTime) -> Self {
        let mut call = Self::incoming(id, start).lasting(25, 0);
        call.row.is_lost = true;
        call.row.finish_reason = Some("no_success_operator_call".into());
        call.row.operator_phone_number = None;
        call
    }

    /// How long it rang and how long they talked, s.
    #[must_use]
    pub fn lasting(mut self, wait: u32, talk: u32) -> Self {
        self.row.wait_duration = wait;
        self.row.talk_duration = talk;
        self.row.total_duration = wait + talk;
        self.row.finish_time = Some(self.row.start_time + Duration::seconds(i64::from(wait + talk)));
        self
    }

    /// It goes on: no end, no talk yet.
    #[must_use]
    pub fn ongoing(mut self) -> Self {
        self.row.finish_time = None;
        self
    }

    /// The outer party; `None` hides the number.
    #[must_use]
    pub fn contact(mut self, phone: Option<&str>) -> Self {
        self.row.contact_phone_number = phone.map(RawPhone::new);
        self
    }

    /// The company's number; `None` as on some SIP trunks.
    #[must_use]
    pub fn number(mut self, phone: Option<&str>) -> Self {
        self.row.virtual_phone_number = phone.map(RawPhone::new);
        self
    }

    /// The communication, where it is not the session's number.
    #[must_use]
    pub fn communication(mut self, id: i64) -> Self {
        self.row.communication_id = CommunicationId(id);
        self
    }

    /// An employee who talked; a second one makes it a transfer.
    #[must_use]
    pub fn talked(mut self, id: i64, name: &str) -> Self {
        self.row.is_transfer = !self.row.employees.is_empty();
        self.row.last_answered_employee_id = Some(EmployeeId(id));
        self.row.employees.push(CallEmployee {
            id: EmployeeId(id),
            full_name: Some(name.to_owned()),
            is_answered: true,
            is_talked: true,
        });
        self
    }

    /// A tag on it.
    #[must_use]
    pub fn tagged(mut self, id: i64, name: &str) -> Self {
        self.row.tags.push(CallTag { id: TagId(id), name: name.to_owned() });
        self
    }

    /// An MP3 of the talk; several after a transfer.
    #[must_use]
    pub fn mp3(mut self, sound: impl Into<Sound>) -> Self {
        let id = self.next_record();
        self.row.call_records.push(id.clone());
        self.sounds.push((RecordingKind::Talk, id, sound.into()));
        self
    }

    /// A pair of WAV files, one a leg, listed with the client's first, and the legs that own them.
    #[must_use]
    pub fn wav_pair(mut self, operator: impl Into<Sound>, client: impl Into<Sound>) -> Self {
        for (is_operator, sound) in [(false, client.into()), (true, operator.into())] {
            let id = self.next_record();
            self.row.wav_call_records.push(id.clone());
            self.legs.push(self.leg(is_operator, id.clone()));
            self.sounds.push((RecordingKind::Wav, id, sound));
        }
        self
    }

    /// A message left on the answering machine.
    #[must_use]
    pub fn voice_mail(mut self, sound: impl Into<Sound>) -> Self {
        let id = self.next_record();
        self.row.voice_mail_records.push(id.clone());
        self.sounds.push((RecordingKind::VoiceMail, id, sound.into()));
        self
    }

    /// The address of the joined file.
    #[must_use]
    pub fn joined(mut self, link: &str) -> Self {
        self.row.full_record_file_link = Some(FullRecordLink::new(link));
        self
    }

    /// When recordings appear.
    #[must_use]
    pub fn appearing(mut self, appear: Appear) -> Self {
        self.appear = appear;
        self
    }

    fn leg(&self, is_operator: bool, wav: RecordId) -> UisLeg {
        let row = &self.row;
        let wait = if is_operator { row.wait_duration } else { 0 };
        UisLeg {
            id: LegId(row.id.0.wrapping_mul(10) + i64::try_from(self.legs.len()).unwrap_or_default()),
            session_id: row.id,
            start_time: Some(row.start_time),
            connect_time: Some(row.start_time + Duration::seconds(i64::from(wait))),
            duration: row.total_duration - wait,
            is_operator,
            is_failed: false,
            is_coach: false,
            employee_id: row.last_answered_employee_id.filter(|_| is_operator),
            employee_full_name: row
                .employees
                .last()
                .filter(|_| is_operator)
                .and_then(|employee| employee.full_name.clone()),
            call_records: if is_operator { row.call_records.clone() } else { Vec::new() },
            wav_call_records: vec![wav],
        }
    }

    fn next_record(&self) -> RecordId {
        RecordId::new(format!("{:016x}{:016x}", self.row.id.0, self.sounds.len() + 1))
    }
}
