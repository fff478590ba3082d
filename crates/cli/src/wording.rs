//! Dates, lengths, money and scores as people read them, in the terminal's language: figures as
//! `domain::wording` says them, and the words that only the terminal has.

use std::time::Duration;

use chrono::{DateTime, FixedOffset};
use chrono_tz::Tz;
use domain::{Lang, Money, Speaker, Value, wording};

pub(crate) use domain::wording::{clock, score};

use crate::texts::{Texts, t};

/// «20 ноя, 10:15».
pub(crate) fn moment(texts: Texts, at: DateTime<FixedOffset>, now: DateTime<Tz>) -> String {
    wording::moment(texts.lang, &at, &now)
}

/// A stretch of our own work, as [`clock`].
pub(crate) fn elapsed(time: Duration) -> String {
    clock(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// An average: «68,0».
pub(crate) fn average(texts: Texts, value: f64) -> String {
    wording::average(texts.lang, value)
}

/// Points of a criterion: no needless zeros, «1,5», «2».
pub(crate) fn points(texts: Texts, value: f64) -> String {
    wording::points(texts.lang, value)
}

/// A signed change: «+1,4», «−1,9», «0».
pub(crate) fn change(texts: Texts, value: f64) -> String {
    wording::change(texts.lang, value)
}

/// «96 %», one digit after the comma under 10.
pub(crate) fn percent(texts: Texts, share: f64) -> String {
    wording::percent(texts.lang, share)
}

/// «2 636,78 ₽».
pub(crate) fn money(texts: Texts, money: Money) -> String {
    wording::money(texts.lang, money)
}

/// «82 МБ», «1,6 ГБ»: decimal units, as disks and downloads are sold.
pub(crate) fn bytes(texts: Texts, bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
    let value = bytes as f64;
    if value >= 1e9 {
        t!(texts, "size-gb", size = decimal(texts, &format!("{:.1}", value / 1e9)))
    } else {
        t!(
            texts,
            "size-mb",
            size = decimal(texts, &format!("{:.0}", (value / 1e6).max(if bytes > 0 { 1.0 } else { 0.0 })))
        )
    }
}

/// «Оператор», «Клиент», «Голос».
pub(crate) fn speaker(texts: Texts, speaker: Speaker) -> String {
    match speaker {
        Speaker::Operator => t!(texts, "speaker-operator"),
        Speaker::Client => t!(texts, "speaker-client"),
        Speaker::Unknown => t!(texts, "speaker-unknown"),
    }
}

/// What a criterion holds besides its verdict.
pub(crate) fn value(texts: Texts, value: &Value) -> String {
    match value {
        Value::Flag(true) => t!(texts, "value-yes"),
        Value::Flag(false) => t!(texts, "value-no"),
        Value::Number(number) => points(texts, *number),
        Value::Text(text) => text.clone(),
        Value::List(items) => items.join(", "),
    }
}

/// Why a file cannot be used; the system's own words are English.
pub(crate) fn io_error(texts: Texts, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => t!(texts, "io-not-found"),
        std::io::ErrorKind::PermissionDenied => t!(texts, "io-denied"),
        std::io::ErrorKind::IsADirectory => t!(texts, "io-folder"),
        _ => error.to_string(),
    }
}

fn decimal(texts: Texts, text: &str) -> String {
    match texts.lang {
        Lang::Ru => text.replace('.', ","),
        Lang::En => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use domain::wording::NO_BREAK;

    use super::*;

    const RU: Texts = Texts { lang: Lang::Ru };
    const EN: Texts = Texts { lang: Lang::En };

    fn at(text: &str) -> DateTime<FixedOffset> {
        DateTime::parse_from_rfc3339(text).unwrap()
    }

    #[test]
    fn moments_are_short_and_say_what_differs_from_now() {
        let now = at("2026-11-21T12:00:00+03:00").with_timezone(&chrono_tz::Europe::Moscow);
        assert_eq!(moment(RU, at("2026-11-20T10:15:00+03:00"), now), "20 ноя, 10:15");
        assert_eq!(moment(RU, at("2026-05-01T09:05:00+03:00"), now), "1 мая, 09:05");
        assert_eq!(moment(RU, at("2025-11-20T10:15:00+03:00"), now), "20 ноя 2025, 10:15");
        assert_eq!(moment(RU, at("2026-11-21T18:00:00+03:00"), now), "сегодня, 18:00");
        assert_eq!(moment(EN, at("2026-11-20T10:15:00+03:00"), now), "20 Nov, 10:15");
        // already tomorrow where the call came from: the wall is ours
        assert_eq!(moment(EN, at("2026-11-22T00:30:00+12:00"), now), "today, 15:30");
    }

    #[test]
    fn money_always_shows_kopecks_and_never_hides_a_trace() {
        let money = |texts, text: &str| money(texts, text.parse().unwrap()).replace(NO_BREAK, "_");
        assert_eq!(money(RU, "12.4RUB"), "12,40_₽");
        assert_eq!(money(RU, "2636.78RUB"), "2_636,78_₽");
        assert_eq!(money(RU, "0.0035USD"), "< 0,01_$");
        assert_eq!(money(RU, "0RUB"), "0,00_₽");
        assert_eq!(money(EN, "1234567.5USD"), "$1,234,567.50");
    }

    #[test]
    fn figures_follow_the_language() {
        assert_eq!([clock(0), clock(247_999), clock(3_847_000)], ["0:00", "4:07", "1:04:07"]);
        assert_eq!((average(RU, 68.0), average(EN, 68.0)), ("68,0".into(), "68.0".into()));
        assert_eq!([points(RU, 2.0), points(RU, 1.5), points(RU, 0.0)], ["2", "1,5", "0"]);
        assert_eq!([change(RU, 1.44), change(RU, -1.9), change(RU, 0.01)], ["+1,4", "−1,9", "0"]);
        assert_eq!(percent(RU, 0.96).replace(NO_BREAK, " "), "96 %");
        assert_eq!(percent(RU, 0.057).replace(NO_BREAK, " "), "5,7 %");
        assert_eq!(bytes(RU, 81_768_585).replace(NO_BREAK, " "), "82 МБ");
        assert_eq!(bytes(EN, 1_620_000_000), "1.6 GB");
    }
}
