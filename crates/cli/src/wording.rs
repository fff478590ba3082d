//! Dates, lengths, money and scores as people read them: «20 ноя, 10:15», «4:07», «12,40 ₽».

use std::time::Duration;

use chrono::{DateTime, Datelike as _, FixedOffset, Timelike as _};
use chrono_tz::Tz;
use domain::{Currency, Lang, Money, Speaker, Value};

use crate::texts::{Texts, t};

/// Keeps a number and its unit on one line.
const NO_BREAK: char = '\u{a0}';

/// «20 ноя, 10:15»; another year «20 ноя 2025, 10:15»; today «сегодня, 18:00». By the clock on the wall
/// in the zone of `now`, as the reports say it, whatever offset the call came with.
pub(crate) fn moment(texts: Texts, at: DateTime<FixedOffset>, now: DateTime<Tz>) -> String {
    let (at, today) = (at.with_timezone(&now.timezone()), now);
    let time = format!("{:02}:{:02}", at.hour(), at.minute());
    if at.date_naive() == today.date_naive() {
        return t!(texts, "moment-today", time = time);
    }
    let month = t!(texts, "month-short", month = at.month());
    if at.year() == today.year() {
        t!(texts, "moment-this-year", day = at.day(), month = month, time = time)
    } else {
        t!(
            texts,
            "moment-other-year",
            day = at.day(),
            month = month,
            year = at.year().to_string(),
            time = time
        )
    }
}

/// `4:07`, `1:04:07`.
pub(crate) fn clock(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds / 3600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

/// A stretch of our own work, as [`clock`].
pub(crate) fn elapsed(time: Duration) -> String {
    clock(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// A total: «62».
pub(crate) fn score(total: f64) -> String {
    format!("{total:.0}")
}

/// An average: «68,0».
pub(crate) fn average(texts: Texts, value: f64) -> String {
    decimal(texts, &format!("{value:.1}"))
}

/// Points of a criterion: no needless zeros, «1,5», «2».
pub(crate) fn points(texts: Texts, value: f64) -> String {
    let text = format!("{value:.2}");
    decimal(texts, text.trim_end_matches('0').trim_end_matches('.'))
}

/// A signed change: «+1,4», «−1,9», «0».
pub(crate) fn change(texts: Texts, value: f64) -> String {
    let text = average(texts, value.abs());
    if value > 0.049 {
        format!("+{text}")
    } else if value < -0.049 {
        format!("\u{2212}{text}")
    } else {
        "0".to_owned()
    }
}

/// «96 %», one digit after the comma under 10.
pub(crate) fn percent(texts: Texts, share: f64) -> String {
    let value = share * 100.0;
    let text = if value < 9.95 && value > 0.0 { format!("{value:.1}") } else { format!("{value:.0}") };
    match texts.lang {
        Lang::Ru => format!("{}{NO_BREAK}%", decimal(texts, &text)),
        Lang::En => format!("{text}%"),
    }
}

/// «2 636,78 ₽»: always kopecks; a trace of money is not shown as nothing.
pub(crate) fn money(texts: Texts, money: Money) -> String {
    let cents = (money.micros.unsigned_abs() + 5_000) / 10_000;
    let trace = if cents == 0 && money.micros != 0 { "< " } else { "" };
    let cents = if trace.is_empty() { cents } else { 1 };
    let whole = grouped(texts, cents / 100);
    let minus = if money.micros < 0 { "\u{2212}" } else { "" };
    let amount = decimal(texts, &format!(".{:02}", cents % 100));
    match (texts.lang, money.currency) {
        (Lang::Ru, Currency::RUB) => format!("{trace}{minus}{whole}{amount}{NO_BREAK}₽"),
        (Lang::Ru, Currency::USD) => format!("{trace}{minus}{whole}{amount}{NO_BREAK}$"),
        (Lang::En, Currency::RUB) => format!("{trace}{minus}₽{whole}{amount}"),
        (Lang::En, Currency::USD) => format!("{trace}{minus}${whole}{amount}"),
    }
}

/// A whole number with its thousands apart.
pub(crate) fn grouped(texts: Texts, number: u64) -> String {
    let digits = number.to_string();
    let separator = match texts.lang {
        Lang::Ru => NO_BREAK,
        Lang::En => ',',
    };
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
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
