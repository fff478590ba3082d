//! Rows of `calls` as [`CallRecord`]s.

use domain::{Call, CallError, Direction, Manager, Peaks, PhoneNumber, Recording, SourceName, Survey};

use super::codec::{call_id, corrupt, from_json, instant, local_instant, peaks_of_blob, status, unsigned};
use crate::{CallRecord, StoreError};

/// What [`CallRow`] reads; `c` is `calls`, `r` is `recordings`.
pub(crate) const CALL_COLUMNS: &str = "c.id, c.uid, c.source, c.external_id, c.started_at, c.started_offset, \
     c.caller, c.callee, c.direction, c.duration_ms, c.talk_ms, c.manager_id, c.manager_name, c.missed, \
     c.tags, c.recording_name, c.recording_url, c.revision, c.status, c.error, c.discovered_at, \
     c.updated_at, r.summary as recording";

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct CallRow {
    pub(crate) id: i64,
    uid: String,
    source: String,
    external_id: String,
    pub(crate) started_at: Option<i64>,
    started_offset: Option<i64>,
    caller: Option<String>,
    callee: Option<String>,
    direction: String,
    duration_ms: Option<i64>,
    talk_ms: Option<i64>,
    manager_id: Option<String>,
    manager_name: Option<String>,
    missed: bool,
    tags: String,
    recording_name: Option<String>,
    recording_url: Option<String>,
    revision: String,
    status: String,
    error: Option<String>,
    discovered_at: i64,
    updated_at: i64,
    recording: Option<String>,
}

impl CallRow {
    pub(crate) fn record(self) -> Result<CallRecord, StoreError> {
        let started_at = match (self.started_at, self.started_offset) {
            (Some(at), offset) => Some(local_instant(at, offset.unwrap_or(0))?),
            _ => None,
        };
        let direction = Direction::parse(&self.direction)
            .ok_or_else(|| corrupt("call", format!("{:?} is no direction", self.direction)))?;
        Ok(CallRecord {
            call: Call {
                id: call_id(&self.uid)?,
                source: SourceName::new(self.source),
                external_id: self.external_id,
                started_at,
                caller: phone(self.caller.as_deref())?,
                callee: phone(self.callee.as_deref())?,
                direction,
                duration_ms: self.duration_ms.map(|ms| unsigned("call", ms)).transpose()?,
                talk_ms: self.talk_ms.map(|ms| unsigned("call", ms)).transpose()?,
                manager: self.manager_id.map(|id| Manager { id, name: self.manager_name }),
                missed: self.missed,
                tags: from_json("call", &self.tags)?,
                recording_name: self.recording_name,
                recording_url: self.recording_url,
                revision: self.revision,
            },
            status: status(&self.status)?,
            error: error(self.error.as_deref())?,
            recording: self.recording.map(|text| from_json("recording", &text)).transpose()?,
            discovered_at: instant("call", self.discovered_at)?,
            updated_at: instant("call", self.updated_at)?,
        })
    }
}

pub(crate) fn error(text: Option<&str>) -> Result<Option<CallError>, StoreError> {
    text.map(|text| from_json("error", text)).transpose()
}

/// The recording without what only its own page shows.
pub(crate) fn summary(recording: &Recording) -> Recording {
    let survey = &recording.survey;
    Recording {
        sha256: recording.sha256.clone(),
        bytes: recording.bytes,
        location: recording.location.clone(),
        survey: Survey {
            format: survey.format.clone(),
            sample_rate_hz: survey.sample_rate_hz,
            duration_ms: survey.duration_ms,
            layout: survey.layout,
            loudness_lufs: survey.loudness_lufs.clone(),
            utterances: Vec::new(),
            tone_share: survey.tone_share.clone(),
            peaks: Peaks::default(),
        },
    }
}

/// A recording as its own page shows it: the body, and the picture beside it. Bodies of the first
/// release hold their picture themselves.
pub(crate) fn whole_recording(body: &str, channels: Option<&[u8]>) -> Result<Recording, StoreError> {
    let mut recording: Recording = from_json("recording", body)?;
    if let Some(channels) = channels {
        recording.survey.peaks.channels = peaks_of_blob(channels)?;
    }
    Ok(recording)
}

/// A number as it was accepted, whatever parsing means later: hence through serde, not through `parse`.
pub(crate) fn number_of(text: &str) -> Result<PhoneNumber, StoreError> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).map_err(|error| corrupt("call", error))
}

fn phone(text: Option<&str>) -> Result<Option<PhoneNumber>, StoreError> {
    text.map(number_of).transpose()
}
