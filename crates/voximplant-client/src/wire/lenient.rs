//! Values that come in several spellings: a number as a string, an empty list as `null`.

use chrono::{DateTime, NaiveDateTime, Utc};
use domain::PhoneNumber;
use serde::{Deserialize as _, Deserializer, de::DeserializeOwned};
use serde_json::Value;

use crate::Amount;

/// The spelling of a date: UTC unless a zone was asked for.
pub(crate) const TIME: &str = "%Y-%m-%d %H:%M:%S";

/// A whole number; what is none reads as none.
pub(super) fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            let float = number.as_f64().filter(|float| float.abs() < 9e15)?;
            #[expect(clippy::cast_possible_truncation, reason = "under 2^53, the fraction is meant to go")]
            Some(float as i64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

pub(super) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(whole(&Value::deserialize(from)?))
}

/// Seconds; less than 0 is none.
pub(super) fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    Ok(number(from)?.and_then(|value| u32::try_from(value).ok()))
}

/// Money in millionths: `0.02` is 20 000.
pub(super) fn amount<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Amount>, D::Error> {
    let float = match Value::deserialize(from)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let micros = float.map(|float: f64| (float * 1e6).round()).filter(|micros| micros.abs() < 9e15);
    #[expect(clippy::cast_possible_truncation, reason = "rounded and under 2^53")]
    Ok(micros.map(|micros| Amount { micros: micros as i64 }))
}

/// `true`, `"true"`, 1; `None` where it is none of both.
pub(super) fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Bool(flag) => Some(flag),
        Value::Number(number) => Some(number.as_i64() != Some(0)),
        Value::String(text) => match text.trim().to_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    })
}

/// A text or a number as text; empty is none.
pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => Some(text).filter(|text| !text.trim().is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// A number as the history writes it, without the plus; what is none (SIP names) reads as none.
pub(super) fn phone<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PhoneNumber>, D::Error> {
    Ok(text(from)?.and_then(|text| {
        let text = text.trim();
        if text.starts_with('+') { PhoneNumber::parse(text) } else { PhoneNumber::parse(&format!("+{text}")) }
    }))
}

/// A date in UTC.
pub(super) fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    Ok(text(from)?.and_then(|text| {
        let text = text.trim();
        let whole = text.split('.').next().unwrap_or(text);
        [TIME, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(whole, form).ok())
            .map(|at| at.and_utc())
    }))
}

/// A list whose broken elements are dropped; `null` is empty.
pub(super) fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    let values = match Value::deserialize(from)? {
        Value::Array(values) => values,
        _ => Vec::new(),
    };
    Ok(values.into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect())
}
