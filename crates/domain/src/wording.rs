//! Figures as people read them: «4:07», «2 636,78 ₽», «96 %», «20 ноя, 10:15». Every surface says
//! them alike, in the language of the reader.

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, TimeZone, Timelike as _};

use crate::{Currency, Lang, Money};

/// Keeps a number and its unit on one line.
pub const NO_BREAK: char = '\u{a0}';

const MONTHS_RU: [&str; 12] =
    ["янв", "фев", "мар", "апр", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"];
const MONTHS_EN: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS_RU: [&str; 7] = ["пн", "вт", "ср", "чт", "пт", "сб", "вс"];
const DAYS_EN: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// «ноя» of 11.
pub fn month(lang: Lang, month: u32) -> &'static str {
    let names = match lang {
        Lang::Ru => &MONTHS_RU,
        Lang::En => &MONTHS_EN,
    };
    usize::try_from(month).ok().and_then(|month| names.get(month.checked_sub(1)?)).copied().unwrap_or("")
}

/// «пт» of a Friday.
pub fn weekday(lang: Lang, day: chrono::Weekday) -> &'static str {
    let names = match lang {
        Lang::Ru => &DAYS_RU,
        Lang::En => &DAYS_EN,
    };
    usize::try_from(day.num_days_from_monday()).ok().and_then(|day| names.get(day)).copied().unwrap_or("")
}

/// «20 ноя»; another year «20 ноя 2025».
pub fn day(lang: Lang, day: NaiveDate, today: NaiveDate) -> String {
    let short = format!("{} {}", day.day(), month(lang, day.month()));
    if day.year() == today.year() { short } else { format!("{short} {}", day.year()) }
}

/// «13–19 ноя», «28 окт – 3 ноя»; both days are inside.
pub fn days(lang: Lang, from: NaiveDate, to: NaiveDate, today: NaiveDate) -> String {
    if from == to {
        day(lang, to, today)
    } else if (from.year(), from.month()) == (to.year(), to.month()) {
        format!("{}–{}", from.day(), day(lang, to, today))
    } else {
        format!("{} – {}", day(lang, from, today), day(lang, to, today))
    }
}

/// «20 ноя, 10:15»; another year «20 ноя 2025, 10:15»; today «сегодня, 18:00». By the clock on the wall
/// in the zone of `now`, whatever offset the instant came with.
pub fn moment<Z: TimeZone>(lang: Lang, at: &DateTime<impl TimeZone>, now: &DateTime<Z>) -> String {
    let at = at.with_timezone(&now.timezone());
    let time = format!("{:02}:{:02}", at.hour(), at.minute());
    if at.date_naive() == now.date_naive() {
        return format!("{}, {time}", lang.pick("сегодня", "today"));
    }
    format!("{}, {time}", day(lang, at.date_naive(), now.date_naive()))
}

/// `4:07`, `1:04:07`.
pub fn clock(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds / 3600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

/// How long somebody waits: «23 мин», «14 ч 23 мин», «1 д 19 ч».
pub fn waiting(lang: Lang, time: TimeDelta) -> String {
    let minutes = time.num_minutes().max(0);
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let (d, h, m) = match lang {
        Lang::Ru => ("д", "ч", "мин"),
        Lang::En => ("d", "h", "min"),
    };
    match (days, hours) {
        (0, 0) => format!("{minutes}{NO_BREAK}{m}"),
        (0, _) => format!("{hours}{NO_BREAK}{h} {minutes}{NO_BREAK}{m}"),
        _ => format!("{days}{NO_BREAK}{d} {hours}{NO_BREAK}{h}"),
    }
}

/// A short stretch in seconds: «1,07 с», «12 с».
pub fn seconds(lang: Lang, seconds: f64) -> String {
    let text = match seconds {
        s if s < 2.0 => format!("{s:.2}"),
        s if s < 10.0 => format!("{s:.1}"),
        s => format!("{s:.0}"),
    };
    format!("{}{NO_BREAK}{}", decimal(lang, &text), lang.pick("с", "s"))
}

/// A total: «62».
pub fn score(total: f64) -> String {
    format!("{total:.0}")
}

/// An average: «68,0».
pub fn average(lang: Lang, value: f64) -> String {
    decimal(lang, &format!("{value:.1}"))
}

/// Points of a criterion: no needless zeros, «1,5», «2».
pub fn points(lang: Lang, value: f64) -> String {
    let text = format!("{value:.2}");
    decimal(lang, text.trim_end_matches('0').trim_end_matches('.'))
}

/// A signed change: «+1,4», «−1,9», «0».
pub fn change(lang: Lang, value: f64) -> String {
    let text = average(lang, value.abs());
    if value > 0.049 {
        format!("+{text}")
    } else if value < -0.049 {
        format!("\u{2212}{text}")
    } else {
        "0".to_owned()
    }
}

/// «96 %», one digit after the comma under 10.
pub fn percent(lang: Lang, share: f64) -> String {
    let value = share * 100.0;
    let text = if value < 9.95 && value > 0.0 { format!("{value:.1}") } else { format!("{value:.0}") };
    match lang {
        Lang::Ru => format!("{}{NO_BREAK}%", decimal(lang, &text)),
        Lang::En => format!("{text}%"),
    }
}

/// «2 636,78 ₽»: always kopecks; a trace of money is not shown as nothing.
pub fn money(lang: Lang, money: Money) -> String {
    let cents = (money.micros.unsigned_abs() + 5_000) / 10_000;
    let trace = if cents == 0 && money.micros != 0 { "< " } else { "" };
    let cents = if trace.is_empty() { cents } else { 1 };
    let whole = grouped(lang, cents / 100);
    let minus = if money.micros < 0 { "\u{2212}" } else { "" };
    let amount = decimal(lang, &format!(".{:02}", cents % 100));
    match (lang, money.currency) {
        (Lang::Ru, Currency::RUB) => format!("{trace}{minus}{whole}{amount}{NO_BREAK}₽"),
        (Lang::Ru, Currency::USD) => format!("{trace}{minus}{whole}{amount}{NO_BREAK}$"),
        (Lang::En, Currency::RUB) => format!("{trace}{minus}₽{whole}{amount}"),
        (Lang::En, Currency::USD) => format!("{trace}{minus}${whole}{amount}"),
    }
}

/// A whole number with its thousands apart.
pub fn grouped(lang: Lang, number: u64) -> String {
    let digits = number.to_string();
    let separator = match lang {
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

/// «7,9 МБ», «82 МБ», «1,6 ГБ»: decimal units, as disks and downloads are sold.
pub fn bytes(lang: Lang, bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
    let value = bytes as f64;
    let (text, unit) = if value >= 1e9 {
        (format!("{:.1}", value / 1e9), lang.pick("ГБ", "GB"))
    } else if value >= 1e7 {
        (format!("{:.0}", value / 1e6), lang.pick("МБ", "MB"))
    } else if value >= 1e6 {
        (format!("{:.1}", value / 1e6), lang.pick("МБ", "MB"))
    } else {
        (format!("{:.0}", (value / 1e3).ceil()), lang.pick("КБ", "kB"))
    };
    format!("{}{NO_BREAK}{unit}", decimal(lang, &text))
}

/// The language's own point: a comma in Russian.
pub fn decimal(lang: Lang, text: &str) -> String {
    match lang {
        Lang::Ru => text.replace('.', ","),
        Lang::En => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;

    use super::*;

    fn at(text: &str) -> DateTime<FixedOffset> {
        DateTime::parse_from_rfc3339(text).unwrap()
    }

    #[test]
    fn moments_are_short_and_say_what_differs_from_now() {
        let now = at("2026-11-21T12:00:00+03:00");
        let ru = |text| moment(Lang::Ru, &at(text), &now);
        assert_eq!(ru("2026-11-20T10:15:00+03:00"), "20 ноя, 10:15");
        assert_eq!(ru("2025-11-20T10:15:00+03:00"), "20 ноя 2025, 10:15");
        assert_eq!(ru("2026-11-21T18:00:00+03:00"), "сегодня, 18:00");
        // already tomorrow where the call came from: the wall is ours
        assert_eq!(moment(Lang::En, &at("2026-11-22T00:30:00+12:00"), &now), "today, 15:30");
    }

    #[test]
    fn ranges_of_days_say_the_month_once() {
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        let (a, b, c) = (date("2026-11-13"), date("2026-11-19"), date("2026-10-28"));
        assert_eq!(days(Lang::Ru, a, b, b), "13–19 ноя");
        assert_eq!(days(Lang::Ru, c, b, b), "28 окт – 19 ноя");
        assert_eq!(days(Lang::Ru, b, b, b), "19 ноя");
    }

    #[test]
    fn waiting_says_two_units_at_most() {
        let text = |minutes| waiting(Lang::Ru, TimeDelta::minutes(minutes)).replace(NO_BREAK, " ");
        assert_eq!([text(5), text(863), text(2580)], ["5 мин", "14 ч 23 мин", "1 д 19 ч"]);
    }

    #[test]
    fn money_always_shows_kopecks_and_never_hides_a_trace() {
        let money = |lang, text: &str| money(lang, text.parse().unwrap()).replace(NO_BREAK, "_");
        assert_eq!(money(Lang::Ru, "2636.78RUB"), "2_636,78_₽");
        assert_eq!(money(Lang::Ru, "0.0035USD"), "< 0,01_$");
        assert_eq!(money(Lang::Ru, "0RUB"), "0,00_₽");
        assert_eq!(money(Lang::En, "1234567.5USD"), "$1,234,567.50");
    }

    #[test]
    fn figures_follow_the_language() {
        assert_eq!([clock(0), clock(247_999), clock(3_847_000)], ["0:00", "4:07", "1:04:07"]);
        assert_eq!((average(Lang::Ru, 68.0), average(Lang::En, 68.0)), ("68,0".into(), "68.0".into()));
        assert_eq!([points(Lang::Ru, 2.0), points(Lang::Ru, 1.5)], ["2", "1,5"]);
        assert_eq!(
            [change(Lang::Ru, 1.44), change(Lang::Ru, -1.9), change(Lang::Ru, 0.01)],
            ["+1,4", "−1,9", "0"]
        );
        assert_eq!(percent(Lang::Ru, 0.96).replace(NO_BREAK, " "), "96 %");
        assert_eq!(percent(Lang::Ru, 0.057).replace(NO_BREAK, " "), "5,7 %");
        assert_eq!(seconds(Lang::Ru, 1.07).replace(NO_BREAK, " "), "1,07 с");
        assert_eq!(bytes(Lang::Ru, 7_900_000).replace(NO_BREAK, " "), "7,9 МБ");
        assert_eq!(bytes(Lang::En, 1_620_000_000).replace(NO_BREAK, " "), "1.6 GB");
    }
}
