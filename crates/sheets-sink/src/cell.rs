//! A value as a cell, and how we know later whether the cell still holds what we wrote.
//!
//! Words go as `stringValue` and nothing else: what begins with `= + - @` stays words.

use chrono::NaiveDateTime;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    CellValue, ColumnKind, SheetRow,
    serial::{Zone, serial},
};

/// Google takes 50 000 characters; counted as UTF-16 units to be safe, with room for the note.
const MOST_UNITS: usize = 49_900;

/// What travels of a cell, and what of it is overwritten.
pub(crate) const FIELDS: &str = "userEnteredValue,userEnteredFormat(numberFormat,textFormat.link)";

/// A value as it will stand in the cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Plain {
    Blank,
    Words(String),
    Number(f64),
    Link { text: String, url: String },
}

impl Plain {
    pub(crate) fn of(value: &CellValue, zone: Zone) -> Self {
        let number = |number: f64| if number.is_finite() { Self::Number(number) } else { Self::Blank };
        match value {
            CellValue::Empty => Self::Blank,
            CellValue::Text(text) => Self::words(text),
            CellValue::Number(value) => number(*value),
            CellValue::Moment(moment) => Self::wall(zone.wall(*moment)),
            CellValue::WallTime(wall) => Self::wall(*wall),
            CellValue::DurationMs(ms) => number(days(*ms)),
            CellValue::Link { url, text } => match (Self::words(text), is_web(url)) {
                (Self::Words(text), true) => Self::Link { text, url: url.clone() },
                (words, _) => words,
            },
        }
    }

    fn words(text: &str) -> Self {
        let text = fitting(text);
        if text.is_empty() { Self::Blank } else { Self::Words(text) }
    }

    fn wall(wall: NaiveDateTime) -> Self {
        Self::Number(serial(wall))
    }

    /// `CellData`, with the format that its column's kind asks for (a blank cell too: it may be
    /// filled later, by us or by hand).
    pub(crate) fn cell_data(&self, kind: ColumnKind) -> Value {
        let mut format = serde_json::Map::new();
        if let Some(number_format) = number_format(kind) {
            format.insert("numberFormat".into(), number_format);
        }
        let mut cell = serde_json::Map::new();
        match self {
            Self::Blank => {}
            Self::Words(text) => {
                cell.insert("userEnteredValue".into(), json!({"stringValue": text}));
            }
            Self::Number(number) => {
                cell.insert("userEnteredValue".into(), json!({"numberValue": number}));
            }
            Self::Link { text, url } => {
                cell.insert("userEnteredValue".into(), json!({"stringValue": text}));
                format.insert("textFormat".into(), json!({"link": {"uri": url}}));
            }
        }
        if !format.is_empty() {
            cell.insert("userEnteredFormat".into(), Value::Object(format));
        }
        Value::Object(cell)
    }

    /// As the values API takes it (`RAW`); an empty string makes a cell blank.
    pub(crate) fn raw(&self) -> Value {
        match self {
            Self::Blank => json!(""),
            Self::Words(text) | Self::Link { text, .. } => json!(text),
            Self::Number(number) => json!(number),
        }
    }

    /// What the ledger keeps: enough to know the value again, not the words themselves.
    pub(crate) fn mark(&self) -> String {
        match self {
            Self::Blank => String::new(),
            Self::Words(text) => format!("t{}", short_hash(text)),
            Self::Number(number) => format!("n{number}"),
            Self::Link { text, url } => format!("l{}:{}", short_hash(text), short_hash(url)),
        }
    }

    /// Whether a cell with this value is the one that `mark` was made of. The link of a cell is
    /// compared where the answer names one: Google does not promise to.
    pub(crate) fn matches(&self, mark: &str) -> bool {
        if self.mark() == mark {
            return true;
        }
        match (self, mark.get(..1).unwrap_or_default(), mark.get(1..).unwrap_or_default()) {
            (Self::Number(now), "n", kept) => {
                kept.parse::<f64>().is_ok_and(|kept| (now - kept).abs() <= 1e-8 * kept.abs().max(1.0))
            }
            (Self::Words(text), "l", kept) => kept.split(':').next() == Some(short_hash(text).as_str()),
            _ => false,
        }
    }
}

/// How a kind of column shows numbers.
pub(crate) fn number_format(kind: ColumnKind) -> Option<Value> {
    match kind {
        ColumnKind::Text | ColumnKind::Key => Some(json!({"type": "TEXT"})),
        ColumnKind::Score => Some(json!({"type": "NUMBER", "pattern": "0.0"})),
        ColumnKind::DateTime => Some(json!({"type": "DATE_TIME", "pattern": "dd.mm.yyyy hh:mm:ss"})),
        ColumnKind::Duration => Some(json!({"type": "TIME", "pattern": "[h]:mm:ss"})),
        ColumnKind::Number | ColumnKind::Link | ColumnKind::HumanScore => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "lengths of calls are far below 2^53 ms")]
fn days(ms: u64) -> f64 {
    ms as f64 / 86_400_000.0
}

fn is_web(url: &str) -> bool {
    url.len() <= 2000 && url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// Without control characters, and short enough for a cell.
fn fitting(text: &str) -> String {
    let clean: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    if clean.encode_utf16().count() <= MOST_UNITS {
        return clean;
    }
    let all = clean.chars().count();
    let mut units = 0;
    let cut: String = clean
        .chars()
        .take_while(|c| {
            units += c.len_utf16();
            units <= MOST_UNITS
        })
        .collect();
    cut + &format!("\n[сокращено, всего знаков: {all}]")
}

fn short_hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()).iter().take(10).copied().collect::<Vec<u8>>())
}

/// Of all that is asked of a row, whatever the order of its cells.
pub(crate) fn digest(row: &SheetRow) -> String {
    let mut cells: Vec<_> = row.cells.iter().collect();
    cells.sort_by(|a, b| a.0.cmp(&b.0));
    let mut hash = Sha256::new();
    for (column, value) in cells {
        let value = serde_json::to_string(value).unwrap_or_default();
        hash.update(format!("{}:{column}{}:{value}", column.len(), value.len()));
    }
    hex::encode(hash.finalize().iter().take(16).copied().collect::<Vec<u8>>())
}

/// A value as a read answer shows it.
pub(crate) fn of_answer(cell: &Value) -> Plain {
    let value = &cell["userEnteredValue"];
    if let Some(number) = value["numberValue"].as_f64() {
        return Plain::Number(number);
    }
    let words = value["stringValue"].as_str().map(str::to_owned);
    // a formula or a tick is somebody's: never equal to what we wrote
    let other = || value.as_object().and_then(|value| value.values().next()).map(|odd| format!("\u{1}{odd}"));
    let Some(text) = words.or_else(other).filter(|text| !text.is_empty()) else { return Plain::Blank };
    let link = cell["userEnteredFormat"]["textFormat"]["link"]["uri"].as_str();
    match link.or_else(|| cell["hyperlink"].as_str()) {
        Some(url) => Plain::Link { text, url: url.to_owned() },
        None => Plain::Words(text),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UTC: Zone = Zone::Named(chrono_tz::Tz::UTC);

    fn plain(value: &CellValue) -> Plain {
        Plain::of(value, UTC)
    }

    #[test]
    fn words_never_become_a_formula() {
        for text in ["=1+1", "+79161234567", "-5", "@SUM(A1)", "=HYPERLINK(\"http://evil\")"] {
            let cell = plain(&CellValue::Text(text.into())).cell_data(ColumnKind::Text);
            assert_eq!(cell["userEnteredValue"], json!({"stringValue": text}));
        }
    }

    #[test]
    fn a_link_that_is_no_web_address_is_words() {
        for url in ["javascript:alert(1)", "file:///etc/passwd", "", "data:text/html,x"] {
            let value = CellValue::Link { url: url.into(), text: "Слушать".into() };
            assert_eq!(plain(&value), Plain::Words("Слушать".into()), "{url}");
        }
    }

    #[test]
    fn long_words_are_cut_with_a_note_and_stay_below_the_limit() {
        let text = "ё🙂".repeat(40_000);
        let Plain::Words(cut) = plain(&CellValue::Text(text)) else { panic!("words") };
        assert!(cut.encode_utf16().count() < 50_000);
        assert!(cut.ends_with("[сокращено, всего знаков: 80000]"), "{}", cut.len());
    }

    #[test]
    fn a_cell_is_known_again_and_a_persons_is_not() {
        let written = plain(&CellValue::DurationMs(125_000));
        assert!(Plain::Number(125.0 / 86_400.0).matches(&written.mark()));
        assert!(!Plain::Number(0.5).matches(&written.mark()));
        assert!(!Plain::Words("=1".into()).matches(&Plain::Blank.mark()));
        assert!(of_answer(&json!({})).matches(""));
        assert!(!of_answer(&json!({"userEnteredValue": {"formulaValue": "=1"}})).matches(""));
        let link = Plain::Link { text: "Слушать".into(), url: "https://a/1".into() };
        assert!(Plain::Words("Слушать".into()).matches(&link.mark()), "the answer may not name the link");
        assert!(!Plain::Link { text: "Слушать".into(), url: "https://b".into() }.matches(&link.mark()));
    }

    proptest! {
        #[test]
        fn any_words_fit_into_a_cell(text in "\\PC{0,300}", times in 1_usize..400) {
            if let Plain::Words(kept) = plain(&CellValue::Text(text.repeat(times))) {
                prop_assert!(kept.encode_utf16().count() < 50_000);
            }
        }

        #[test]
        fn marks_know_their_own_value(number in proptest::num::f64::NORMAL, text in "\\PC{0,40}") {
            for value in [CellValue::Number(number), CellValue::Text(text.clone())] {
                let plain = plain(&value);
                prop_assert!(plain.matches(&plain.mark()));
            }
        }
    }
}
