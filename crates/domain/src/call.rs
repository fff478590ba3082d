//! A call as its source describes it, before anyone listens.

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

use crate::{CallId, PhoneNumber, SourceName};

/// Who rang whom, from the company's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// A client rang the company.
    In,
    /// The company rang a client.
    Out,
    /// Between employees.
    Internal,
    /// The source does not say.
    #[default]
    Unknown,
}

impl Direction {
    /// The name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Internal => "internal",
            Self::Unknown => "unknown",
        }
    }

    /// Reads what sources write: `in`, `incoming`, `входящий`, …
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_lowercase().as_str() {
            "in" | "inbound" | "incoming" | "вх" | "входящий" => Some(Self::In),
            "out" | "outbound" | "outgoing" | "исх" | "исходящий" => Some(Self::Out),
            "internal" | "int" | "внутренний" => Some(Self::Internal),
            "unknown" => Some(Self::Unknown),
            _ => None,
        }
    }
}

/// The employee who spoke.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Manager {
    /// The id in the source or the CRM.
    pub id: String,
    /// The name, where the source gives one.
    pub name: Option<String>,
}

/// One call, one row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// [`CallId::derive`] of the next two.
    pub id: CallId,
    /// Where it comes from.
    pub source: SourceName,
    /// Its name there; for a folder the canonical path.
    pub external_id: String,
    /// When it began, with the offset of the source's zone.
    pub started_at: Option<DateTime<FixedOffset>>,
    /// Who rang.
    pub caller: Option<PhoneNumber>,
    /// Who was rung.
    pub callee: Option<PhoneNumber>,
    /// From the company's side.
    pub direction: Direction,
    /// Whole length in ms, if the source says.
    pub duration_ms: Option<u64>,
    /// Time of talk in ms, if the source says; else the recording's length stands in.
    pub talk_ms: Option<u64>,
    /// Who answered or dialled.
    pub manager: Option<Manager>,
    /// The source says that nobody answered.
    pub missed: bool,
    /// The source's tags.
    pub tags: Vec<String>,
    /// File name of the recording, for people.
    pub recording_name: Option<String>,
    /// Where a person may listen, if the source gives an address.
    pub recording_url: Option<String>,
    /// Changes when the source's recording or description changes
    /// (folder: size and modification time): a new value begins the work anew.
    pub revision: String,
}

impl Call {
    /// A call of which nothing is known yet but its name in its source.
    pub fn new(source: &str, external_id: &str) -> Self {
        Self {
            id: CallId::derive(source, external_id),
            source: SourceName::from(source),
            external_id: external_id.to_owned(),
            started_at: None,
            caller: None,
            callee: None,
            direction: Direction::Unknown,
            duration_ms: None,
            talk_ms: None,
            manager: None,
            missed: false,
            tags: Vec::new(),
            recording_name: None,
            recording_url: None,
            revision: String::new(),
        }
    }

    /// The client's number: the far end, as the direction tells.
    pub fn client_phone(&self) -> Option<&PhoneNumber> {
        match self.direction {
            Direction::Out => self.callee.as_ref(),
            Direction::In => self.caller.as_ref(),
            Direction::Internal => None,
            Direction::Unknown => self.caller.as_ref().or(self.callee.as_ref()),
        }
    }
}
