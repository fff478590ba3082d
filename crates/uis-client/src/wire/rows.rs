//! Rows of the reports and lists.

use chrono::{NaiveDateTime, Timelike as _};
use domain::Direction;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{envelope::Metadata, lenient};
use crate::{
    Account, CallEmployee, CallRecording, CallTag, CommunicationId, Employee, EmployeeId, FullRecordLink,
    LegId, Page, Phrase, RawPhone, Recognition, RecordId, SessionId, Tag, TagId, UisCall, UisError, UisLeg,
};

/// `result` of a `get.*`.
#[derive(Debug, Deserialize)]
pub(crate) struct WireListing {
    #[serde(default, deserialize_with = "lenient::list")]
    data: Vec<Value>,
    #[serde(default, alias = "meta_data", deserialize_with = "lenient::object")]
    metadata: Metadata,
}

/// A wire row on its way into a type; the error says what is missing.
pub(crate) trait Row: DeserializeOwned {
    /// What it becomes.
    type Into;
    fn into_row(self) -> Result<Self::Into, &'static str>;
}

/// Reads one value of an answer.
pub(crate) fn read<T: DeserializeOwned>(method: &str, value: Value) -> Result<T, UisError> {
    serde_json::from_value(value).map_err(|error| UisError::BadAnswer {
        method: method.to_owned(),
        reason: super::envelope::masked(&error.to_string()),
    })
}

/// Reads a listing row by row: one broken row hides no other.
pub(crate) fn page<R: Row>(method: &str, result: Value) -> Result<Page<R::Into>, UisError> {
    let listing: WireListing = read(method, result)?;
    let mut rows = Vec::with_capacity(listing.data.len());
    let mut unreadable = Vec::new();
    for (index, value) in listing.data.into_iter().enumerate() {
        let id = value.get("id").and_then(Value::as_i64);
        let row = serde_json::from_value::<R>(value)
            .map_err(|error| super::envelope::masked(&error.to_string()))
            .and_then(|row| row.into_row().map_err(str::to_owned));
        match row {
            Ok(row) => rows.push(row),
            Err(why) => unreadable.push(match id {
                Some(id) => format!("{method}: row {id}: {why}"),
                None => format!("{method}: row {} of the page: {why}", index + 1),
            }),
        }
    }
    let total = listing.metadata.total_items.and_then(|total| u64::try_from(total).ok());
    Ok(Page { rows, unreadable, total })
}

#[derive(Debug, Deserialize)]
pub(crate) struct WireAccount {
    #[serde(default, deserialize_with = "lenient::number")]
    app_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    timezone: Option<String>,
}

impl Row for WireAccount {
    type Into = Account;

    fn into_row(self) -> Result<Account, &'static str> {
        let zone = self.timezone.ok_or("no time zone")?;
        Ok(Account {
            app_id: self.app_id.unwrap_or_default(),
            name: self.name.unwrap_or_default(),
            zone: zone.trim().parse().map_err(|_| "the time zone is not in this program's table")?,
        })
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct WireCall {
    #[serde(default, deserialize_with = "lenient::number")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::number")]
    communication_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::time")]
    start_time: Option<NaiveDateTime>,
    #[serde(default, deserialize_with = "lenient::time")]
    finish_time: Option<NaiveDateTime>,
    #[serde(default, deserialize_with = "lenient::text")]
    finish_reason: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    direction: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_lost: bool,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_transfer: bool,
    #[serde(default, deserialize_with = "lenient::text")]
    source: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    contact_phone_number: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    virtual_phone_number: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    operator_phone_number: Option<String>,
    #[serde(default, deserialize_with = "lenient::seconds")]
    talk_duration: u32,
    #[serde(default, deserialize_with = "lenient::seconds")]
    wait_duration: u32,
    #[serde(default, deserialize_with = "lenient::seconds")]
    total_duration: u32,
    #[serde(default, deserialize_with = "lenient::list")]
    call_records: Vec<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    wav_call_records: Vec<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    voice_mail_records: Vec<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    full_record_file_link: Option<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    employees: Vec<WireCallEmployee>,
    #[serde(default, deserialize_with = "lenient::number")]
    last_answered_employee_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::list")]
    tags: Vec<WireCallTag>,
}

#[derive(Debug, Deserialize)]
struct WireCallEmployee {
    #[serde(default, deserialize_with = "lenient::number")]
    employee_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    employee_full_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_answered: bool,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_talked: bool,
}

#[derive(Debug, Deserialize)]
struct WireCallTag {
    #[serde(default, deserialize_with = "lenient::number")]
    tag_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    tag_name: Option<String>,
}

fn records(ids: Vec<String>) -> Vec<RecordId> {
    ids.into_iter().map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).map(RecordId::new).collect()
}

impl Row for WireCall {
    type Into = UisCall;

    fn into_row(self) -> Result<UisCall, &'static str> {
        let id = self.id.ok_or("no id")?;
        Ok(UisCall {
            id: SessionId(id),
            communication_id: CommunicationId(self.communication_id.unwrap_or(id)),
            start_time: self.start_time.ok_or("no start_time")?,
            finish_time: self.finish_time,
            finish_reason: self.finish_reason,
            direction: self.direction.as_deref().and_then(Direction::parse).unwrap_or_default(),
            is_lost: self.is_lost,
            is_transfer: self.is_transfer,
            source: self.source,
            contact_phone_number: self.contact_phone_number.map(RawPhone::new),
            virtual_phone_number: self.virtual_phone_number.map(RawPhone::new),
            operator_phone_number: self.operator_phone_number.map(RawPhone::new),
            talk_duration: self.talk_duration,
            wait_duration: self.wait_duration,
            total_duration: self.total_duration,
            call_records: records(self.call_records),
            wav_call_records: records(self.wav_call_records),
            voice_mail_records: records(self.voice_mail_records),
            full_record_file_link: self.full_record_file_link.map(FullRecordLink::new),
            employees: self
                .employees
                .into_iter()
                .filter_map(|employee| {
                    Some(CallEmployee {
                        id: EmployeeId(employee.employee_id?),
                        full_name: employee.employee_full_name,
                        is_answered: employee.is_answered,
                        is_talked: employee.is_talked,
                    })
                })
                .collect(),
            last_answered_employee_id: self.last_answered_employee_id.map(EmployeeId),
            tags: self
                .tags
                .into_iter()
                .filter_map(|tag| {
                    Some(CallTag { id: TagId(tag.tag_id?), name: tag.tag_name.unwrap_or_default() })
                })
                .collect(),
        })
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct WireLeg {
    #[serde(default, deserialize_with = "lenient::number")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::number")]
    call_session_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::time")]
    start_time: Option<NaiveDateTime>,
    #[serde(default, deserialize_with = "lenient::time")]
    connect_time: Option<NaiveDateTime>,
    #[serde(default, deserialize_with = "lenient::seconds")]
    duration: u32,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_operator: bool,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_failed: bool,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_coach: bool,
    #[serde(default, deserialize_with = "lenient::number")]
    employee_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    employee_full_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    call_records: Vec<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    wav_call_records: Vec<String>,
}

impl Row for WireLeg {
    type Into = UisLeg;

    fn into_row(self) -> Result<UisLeg, &'static str> {
        Ok(UisLeg {
            id: LegId(self.id.ok_or("no id")?),
            session_id: SessionId(self.call_session_id.ok_or("no call_session_id")?),
            start_time: self.start_time,
            connect_time: self.connect_time,
            duration: self.duration,
            is_operator: self.is_operator,
            is_failed: self.is_failed,
            is_coach: self.is_coach,
            employee_id: self.employee_id.map(EmployeeId),
            employee_full_name: self.employee_full_name,
            call_records: records(self.call_records),
            wav_call_records: records(self.wav_call_records),
        })
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct WireEmployee {
    #[serde(default, deserialize_with = "lenient::number")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    full_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    call_recording: Option<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    groups: Vec<WireGroup>,
}

#[derive(Debug, Deserialize)]
struct WireGroup {
    #[serde(default, deserialize_with = "lenient::text")]
    group_name: Option<String>,
}

impl Row for WireEmployee {
    type Into = Employee;

    fn into_row(self) -> Result<Employee, &'static str> {
        Ok(Employee {
            id: EmployeeId(self.id.ok_or("no id")?),
            full_name: self.full_name.unwrap_or_default(),
            call_recording: self.call_recording.map(|word| match word.as_str() {
                "all" => CallRecording::All,
                "in" => CallRecording::In,
                "out" => CallRecording::Out,
                "off" => CallRecording::Off,
                _ => CallRecording::Other(word),
            }),
            groups: self.groups.into_iter().filter_map(|group| group.group_name).collect(),
        })
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct WireTag {
    #[serde(default, deserialize_with = "lenient::number")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_system: bool,
}

impl Row for WireTag {
    type Into = Tag;

    fn into_row(self) -> Result<Tag, &'static str> {
        Ok(Tag {
            id: TagId(self.id.ok_or("no id")?),
            name: self.name.unwrap_or_default(),
            is_system: self.is_system,
        })
    }
}

/// `result.data` of the recognition; times are times of day here.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct WireRecognition {
    #[serde(default, deserialize_with = "lenient::list")]
    speech_phrases: Vec<WirePhrase>,
    #[serde(default, deserialize_with = "lenient::text")]
    recognition_worker_type: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    call_start_date_time: Option<String>,
}

#[derive(Debug, Deserialize)]
struct WirePhrase {
    #[serde(default, deserialize_with = "lenient::text")]
    phrase: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    edited_phrase: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    start_time: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_operator: bool,
}

/// Seconds of a day, for phrases after midnight.
const DAY: i64 = 86_400;
/// A phrase may bear a time some seconds before the call's: clocks of the parts of UIS differ.
const MOST_EARLY: i64 = 300;

impl WireRecognition {
    /// `None` when nothing has been recognised.
    pub(crate) fn into_recognition(self) -> Option<Recognition> {
        let call_start = self.call_start_date_time.as_deref().and_then(lenient::wall_time);
        let since = |text: &str| -> Option<u64> {
            let at = i64::from(lenient::day_time(text)?.num_seconds_from_midnight());
            let start = i64::from(call_start?.time().num_seconds_from_midnight());
            let seconds = (at - start).rem_euclid(DAY);
            let seconds = if seconds >= DAY - MOST_EARLY { 0 } else { seconds };
            u64::try_from(seconds * 1000).ok()
        };
        let mut phrases: Vec<Phrase> = self
            .speech_phrases
            .into_iter()
            .filter_map(|phrase| {
                Some(Phrase {
                    start_ms: phrase.start_time.as_deref().and_then(since),
                    is_operator: phrase.is_operator,
                    text: phrase.edited_phrase.or(phrase.phrase)?,
                })
            })
            .collect();
        if phrases.iter().all(|phrase| phrase.start_ms.is_some()) {
            phrases.sort_by_key(|phrase| phrase.start_ms);
        }
        (!phrases.is_empty()).then_some(Recognition {
            worker: self.recognition_worker_type,
            call_start,
            phrases,
        })
    }
}
