//! Dates and times of day.

use std::sync::LazyLock;

use regex::Regex;

use super::context::{case_after, each, part, pattern};
use super::numeral::{Case, Gender, Noun, cardinal, day};

static DATES: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?P<day>\d{1,2})\.(?P<month>\d{2})(?:\.(?P<year>20\d{2}))?\b"));
static TIMES: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?P<hour>\d{1,2}):(?P<minute>\d{2})\b"));

/// In the genitive, as a date is said.
pub(crate) const MONTHS: [&str; 12] = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
];

const HOUR: Noun = Noun {
    gender: Gender::Masculine,
    one: ["час", "часа", "часу", "час", "часом", "часе"],
    many: ["часы", "часов", "часам", "часы", "часами", "часах"],
};

/// «15.03», «1.04.2026»
pub(super) fn dates(text: &str) -> String {
    each(&DATES, text, |found, before, _| {
        let number: u32 = part(found, "day")?.parse().ok()?;
        let month: usize = part(found, "month")?.parse().ok()?;
        let month = MONTHS.get(month.checked_sub(1)?)?;
        // without a word before it a date answers «when?»
        let day = day(number, case_after(before).unwrap_or(Case::Genitive))?;
        Some(match part(found, "year").and_then(|year| year.parse::<u32>().ok()) {
            None => format!("{day} {month}"),
            Some(year) => format!("{day} {month} {} года", of_year(year)),
        })
    })
}

/// «две тысячи двадцать шестого»; years whose ordinal the table lacks are counted.
fn of_year(year: u32) -> String {
    match day(year - 2_000, Case::Genitive) {
        Some(rest) => format!("две тысячи {rest}"),
        None => cardinal(u64::from(year), Case::Nominative, Gender::Masculine),
    }
}

/// «14:30», «до 18:00»
pub(super) fn times(text: &str) -> String {
    each(&TIMES, text, |found, before, _| {
        let hour: u64 = part(found, "hour")?.parse().ok().filter(|hour| *hour < 25)?;
        let minute: u64 = part(found, "minute")?.parse().ok().filter(|minute| *minute < 60)?;
        let case = case_after(before).unwrap_or(Case::Nominative);
        let hours = cardinal(hour, case, Gender::Masculine);
        Some(match (minute, case) {
            (0, Case::Nominative | Case::Accusative) => format!("{hours} {}", HOUR.after(hour, case)),
            // «с девяти до восемнадцати»: the word is not said
            (0, _) => hours,
            (1..=9, _) => format!("{hours} ноль {}", cardinal(minute, case, Gender::Masculine)),
            _ => format!("{hours} {}", cardinal(minute, case, Gender::Masculine)),
        })
    })
}
