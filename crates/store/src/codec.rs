//! Between columns and domain types: instants are milliseconds, bodies are JSON.

use chrono::{DateTime, FixedOffset, Utc};
use domain::{CallId, CallStatus, Peaks};
use serde::{Serialize, de::DeserializeOwned};

use crate::StoreError;

pub(crate) fn corrupt(what: &'static str, why: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt { what, why: why.to_string() }
}

/// JSON of a value. For bodies that hold measured figures use [`checked_json`].
pub(crate) fn json<T: Serialize>(what: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Invalid(format!("this {what} cannot be kept: {error}")))
}

/// JSON that is known to read back: a figure that is infinite or no number becomes `null` in JSON
/// and would spoil the row for every later reader.
pub(crate) fn checked_json<T: Serialize + DeserializeOwned>(
    what: &'static str,
    value: &T,
) -> Result<String, StoreError> {
    let text = json(what, value)?;
    if !text.contains("null") {
        return Ok(text);
    }
    serde_json::from_str::<T>(&text).map_err(|error| {
        StoreError::Invalid(format!("this {what} cannot be kept, a figure in it is not a number: {error}"))
    })?;
    Ok(text)
}

/// The picture as bytes: per channel the count of its pairs (4 bytes, little end first), then the
/// pairs, lowest first.
pub(crate) fn peaks_blob(peaks: &Peaks) -> Vec<u8> {
    let mut blob = Vec::new();
    for channel in &peaks.channels {
        blob.extend(u32::try_from(channel.len()).unwrap_or(u32::MAX).to_le_bytes());
        blob.extend(channel.iter().flat_map(|(low, high)| [low.to_le_bytes(), high.to_le_bytes()].concat()));
    }
    blob
}

/// Reads [`peaks_blob`] back.
pub(crate) fn peaks_of_blob(mut blob: &[u8]) -> Result<Vec<Vec<(i8, i8)>>, StoreError> {
    let cut = || corrupt("picture of a recording", "its bytes end too soon");
    let mut channels = Vec::new();
    while !blob.is_empty() {
        let (count, rest) = blob.split_first_chunk::<4>().ok_or_else(cut)?;
        let bytes = usize::try_from(u32::from_le_bytes(*count)).unwrap_or(usize::MAX).saturating_mul(2);
        let (pairs, rest) = rest.split_at_checked(bytes).ok_or_else(cut)?;
        let pairs = pairs.as_chunks::<2>().0;
        channels.push(pairs.iter().map(|[low, high]| (low.cast_signed(), high.cast_signed())).collect());
        blob = rest;
    }
    Ok(channels)
}

pub(crate) fn from_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| corrupt(what, error))
}

pub(crate) fn ms(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

/// The end of a lease or a pause that begins now.
pub(crate) fn ms_after(at: DateTime<Utc>, wait: std::time::Duration) -> i64 {
    ms(at).saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}

pub(crate) fn instant(what: &'static str, ms: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_millis(ms).ok_or_else(|| corrupt(what, format!("{ms} is no instant")))
}

pub(crate) fn local_instant(ms: i64, offset_s: i64) -> Result<DateTime<FixedOffset>, StoreError> {
    let offset = i32::try_from(offset_s)
        .ok()
        .and_then(FixedOffset::east_opt)
        .ok_or_else(|| corrupt("call", format!("{offset_s} s is no offset of a time zone")))?;
    Ok(instant("call", ms)?.with_timezone(&offset))
}

pub(crate) fn call_id(text: &str) -> Result<CallId, StoreError> {
    CallId::parse(text).map_err(|error| corrupt("call", error))
}

pub(crate) fn status(text: &str) -> Result<CallStatus, StoreError> {
    CallStatus::parse(text).ok_or_else(|| corrupt("call", format!("{text:?} is no status")))
}

/// Lengths as databases keep them; past 292 million years they are cut.
pub(crate) fn length(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// A count or a length read back; never negative in a sound row.
pub(crate) fn unsigned(what: &'static str, value: i64) -> Result<u64, StoreError> {
    u64::try_from(value).map_err(|error| corrupt(what, error))
}

/// A small count read back: databases know whole numbers of eight bytes only.
pub(crate) fn small(what: &'static str, value: i64) -> Result<u32, StoreError> {
    u32::try_from(value).map_err(|error| corrupt(what, error))
}
