//! `NAME.json` beside a recording: what its owner knows of the call.
//!
//! It is data from outside: bounded, each field read on its own, a bad one warned of and left out.
//! Words and scores are never taken from it, whatever keys it holds.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use chrono::{DateTime, FixedOffset, NaiveDateTime};
use chrono_tz::Tz;
use domain::{Direction, Lang, Manager, PhoneNumber};
use serde_json::{Map, Value};

use super::local_time::instant;
use crate::words::io_words;

/// A description of a call fits in far less.
const MOST_BYTES: u64 = 64 * 1024;
const MOST_CHARS: usize = 200;
const MOST_TAGS: usize = 50;
/// No call lasts longer than this, s.
const MOST_TALK_S: f64 = 7.0 * 86_400.0;

#[derive(Debug, Default, PartialEq)]
pub(super) struct Sidecar {
    pub started_at: Option<DateTime<FixedOffset>>,
    pub caller: Option<PhoneNumber>,
    pub callee: Option<PhoneNumber>,
    pub direction: Option<Direction>,
    pub manager: Option<Manager>,
    pub talk_ms: Option<u64>,
    pub missed: bool,
    pub tags: Vec<String>,
}

impl Sidecar {
    /// Reads the file; the texts are warnings. `Err` when nothing of it can be used.
    pub(super) fn read(path: &Path, zone: Tz, lang: Lang) -> Result<(Self, Vec<String>), String> {
        let unusable = |why: &str| match lang {
            Lang::Ru => format!("{}: {why}; звонок разбирается без него", path.display()),
            Lang::En => format!("{}: {why}; the call goes on without it", path.display()),
        };
        let mut text = Vec::new();
        File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut text)).map_err(
            |error| {
                let why = lang.pick("описание звонка не читается", "the sidecar cannot be read");
                unusable(&format!("{why}: {}", io_words(lang, &error)))
            },
        )?;
        if u64::try_from(text.len()).is_ok_and(|len| len > MOST_BYTES) {
            return Err(unusable(
                lang.pick("описание звонка больше 64 КБ", "the sidecar is larger than 64 KB"),
            ));
        }
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        let fields: Map<String, Value> = serde_json::from_slice(text).map_err(|error| {
            unusable(&match lang {
                Lang::Ru => format!(
                    "описание звонка — не объект JSON (строка {}, место {})",
                    error.line(),
                    error.column()
                ),
                Lang::En => format!("the sidecar is not a JSON object: {error}"),
            })
        })?;
        let mut reader = Fields { object: &fields, path, lang, warnings: Vec::new() };
        let sidecar = reader.sidecar(zone);
        Ok((sidecar, reader.warnings))
    }

    /// Without a recording beside it only a missed call with something to tell is a call.
    pub(super) fn is_missed_call(&self) -> bool {
        self.missed && (self.started_at.is_some() || self.caller.is_some())
    }
}

struct Fields<'a> {
    object: &'a Map<String, Value>,
    path: &'a Path,
    lang: Lang,
    warnings: Vec<String>,
}

impl Fields<'_> {
    fn sidecar(&mut self, zone: Tz) -> Sidecar {
        let id = self.read("manager_id", ["короткий текст или число", "a short text or a number"], text);
        let name = self.read("manager_name", ["короткий текст", "a short text"], text);
        Sidecar {
            started_at: self.read(
                "started_at",
                ["дата RFC 3339 или ГГГГ-ММ-ДД ЧЧ:ММ:СС", "RFC 3339 or YYYY-MM-DD HH:MM:SS"],
                |value| started_at(&text(value)?, zone),
            ),
            caller: self.read("caller", ["номер телефона", "a telephone number"], phone),
            callee: self.read("callee", ["номер телефона", "a telephone number"], phone),
            direction: self.read("direction", ["in, out или internal", "in, out or internal"], |value| {
                Direction::parse(&text(value)?)
            }),
            manager: match (id, name) {
                (Some(id), name) => Some(Manager { id, name }),
                (None, Some(name)) => Some(Manager { id: name.clone(), name: Some(name) }),
                (None, None) => None,
            },
            talk_ms: self.read("talk_s", ["число секунд", "seconds"], talk_ms),
            missed: self.read("missed", ["true или false", "true or false"], flag).unwrap_or(false),
            tags: self
                .read("tags", ["список коротких текстов", "a list of short texts"], tags)
                .unwrap_or_default(),
        }
    }

    /// A field that is absent, null or an empty text says nothing; one that cannot be read is warned of.
    fn read<T>(&mut self, key: &str, wanted: [&str; 2], parse: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let value = self.object.get(key).filter(|value| !says_nothing(value))?;
        let parsed = parse(value);
        if parsed.is_none() {
            let (path, [russian, english]) = (self.path.display(), wanted);
            self.warnings.push(match self.lang {
                Lang::Ru => format!("{path}: {key} не берём, нужно: {russian}"),
                Lang::En => format!("{path}: {key} is not {english} and is left out"),
            });
        }
        parsed
    }
}

fn says_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
        _ => return None,
    };
    let clean = text.chars().all(|c| !c.is_control()) && text.chars().count() <= MOST_CHARS;
    (clean && !text.is_empty()).then_some(text)
}

fn phone(value: &Value) -> Option<PhoneNumber> {
    PhoneNumber::parse(&text(value)?)
}

fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        other => match text(other)?.to_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
    }
}

fn tags(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().take(MOST_TAGS).map(text).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to lie between 0 and a week of milliseconds"
)]
fn talk_ms(value: &Value) -> Option<u64> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    (0.0..=MOST_TALK_S).contains(&seconds).then(|| (seconds * 1000.0).round() as u64)
}

fn started_at(text: &str, zone: Tz) -> Option<DateTime<FixedOffset>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at);
    }
    ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]
        .into_iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .and_then(|local| instant(local, zone))
}
