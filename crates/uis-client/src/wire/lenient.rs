//! Values that come in several spellings: a number as a string, an empty list as `null`.

use chrono::{NaiveDateTime, NaiveTime};
use serde::{Deserialize as _, Deserializer, de::DeserializeOwned, de::Error as _};
use serde_json::Value;

/// The spelling of a date: account time, no zone.
pub(crate) const TIME: &str = "%Y-%m-%d %H:%M:%S";

/// A whole number; `null` and an empty string are none.
pub(super) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        Value::Number(number) => whole(&number).map(Some).ok_or_else(|| D::Error::custom("no whole number")),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        Value::String(text) => text.trim().parse().map(Some).map_err(|_| D::Error::custom("no number")),
        _ => Err(D::Error::custom("no number")),
    }
}

fn whole(number: &serde_json::Number) -> Option<i64> {
    let float = || number.as_f64().filter(|float| float.abs() < 9e15);
    #[expect(clippy::cast_possible_truncation, reason = "under 2^53, the fraction is meant to go")]
    number.as_i64().or_else(|| float().map(|float| float as i64))
}

/// Seconds; `null` is 0, and so is less than 0.
pub(super) fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    Ok(number(from)?.map_or(0, |value| u32::try_from(value.max(0)).unwrap_or(u32::MAX)))
}

/// `true`, `"true"`, 1; `null` is no.
pub(super) fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    match Value::deserialize(from)? {
        Value::Bool(flag) => Ok(flag),
        Value::Null => Ok(false),
        Value::Number(number) => Ok(number.as_i64() != Some(0)),
        Value::String(text) => Ok(matches!(text.trim().to_lowercase().as_str(), "true" | "1" | "t" | "yes")),
        _ => Err(D::Error::custom("neither true nor false")),
    }
}

/// A text or a number as text; empty is none.
pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(from)? {
        Value::String(text) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
        Value::Number(number) => Ok(Some(number.to_string())),
        Value::Null => Ok(None),
        _ => Err(D::Error::custom("no text")),
    }
}

/// A date of account time; `null` is none.
pub(super) fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveDateTime>, D::Error> {
    let Some(text) = text(from)? else { return Ok(None) };
    wall_time(&text).map(Some).ok_or_else(|| D::Error::custom("no date such as 2026-03-02 10:14:07"))
}

/// Reads both spellings that are seen: with a space, and with a `T`; a fraction is dropped.
pub(crate) fn wall_time(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    let whole = text.split('.').next().unwrap_or(text);
    [TIME, "%Y-%m-%dT%H:%M:%S"].iter().find_map(|form| NaiveDateTime::parse_from_str(whole, form).ok())
}

/// A time of day, `15:18:48`; a full date gives its time.
pub(super) fn day_time(text: &str) -> Option<NaiveTime> {
    let text = text.trim();
    NaiveTime::parse_from_str(text, "%H:%M:%S%.f").ok().or_else(|| wall_time(text).map(|at| at.time()))
}

/// A list; `null` is empty.
pub(super) fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(from)?.unwrap_or_default())
}

/// An object; whatever else stands there (UIS writes `{}`, `[]`, `null`) is an empty one.
pub(super) fn object<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    from: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}
