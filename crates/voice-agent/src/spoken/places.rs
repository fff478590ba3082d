//! Telephones and addresses.

use std::sync::LazyLock;

use regex::Regex;

use super::context::{each, part, pattern, whole_number};
use super::numeral::{Case, Gender, cardinal, digits};

static TELEPHONES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?P<prefix>\+7|\b8)[ -]?\(?(?P<code>\d{3})\)?[ -]?(?P<first>\d{3})[ -]?(?P<second>\d{2})[ -]?(?P<third>\d{2})\b",
    )
});
static HOUSES: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\bд\.\s?(?P<house>\d{1,4})(?:\s?(?:к|корп)\.?\s?(?P<block>\d{1,3}))?"));

/// Shortenings of an address, and what they are said as.
const SHORTENINGS: [(&str, &str); 9] = [
    (r"\bул\.", "улица"),
    (r"\b(?:пр-т|просп\.)", "проспект"),
    (r"\bпер\.", "переулок"),
    (r"\bкв\.(?P<number>\s?\d)", "квартира"),
    (r"\bстр\.(?P<number>\s?\d)", "строение"),
    (r"\bкорп\.(?P<number>\s?\d)", "корпус"),
    (r"\bоф\.(?P<number>\s?\d)", "офис"),
    (r"\bпод\.(?P<number>\s?\d)", "подъезд"),
    (r"\bэт\.(?P<number>\s?\d)", "этаж"),
];
static SHORT: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    SHORTENINGS.iter().map(|(short, long)| (pattern(&format!("(?i){short}")), *long)).collect()
});

/// Three, three, two and two: so people write them down.
pub(super) fn telephones(text: &str) -> String {
    each(&TELEPHONES, text, |found, _, _| {
        let prefix = if part(found, "prefix")? == "8" { "восемь" } else { "плюс семь" };
        let groups: Option<Vec<String>> =
            ["code", "first", "second", "third"].into_iter().map(|name| group(part(found, name)?)).collect();
        Some(format!("{prefix}, {}", groups?.join(", ")))
    })
}

/// «сто двадцать», «ноль пять», «ноль ноль».
fn group(text: &str) -> Option<String> {
    let zeros = text.len() - text.trim_start_matches('0').len();
    let zeros_said = digits(text.get(..zeros)?);
    let rest = text.get(zeros..).filter(|rest| !rest.is_empty());
    let rest = match rest {
        None => String::new(),
        Some(rest) => cardinal(whole_number(rest)?, Case::Nominative, Gender::Masculine),
    };
    Some(format!("{zeros_said} {rest}").trim().to_owned())
}

/// «ул. Ленина, д. 5к2, кв. 12»
pub(super) fn addresses(text: &str) -> String {
    let text = each(&HOUSES, text, |found, _, _| {
        let say =
            |name| Some(cardinal(whole_number(part(found, name)?)?, Case::Nominative, Gender::Masculine));
        Some(match say("block") {
            Some(block) => format!("дом {}, корпус {block}", say("house")?),
            None => format!("дом {}", say("house")?),
        })
    });
    SHORT.iter().fold(text, |text, (short, long)| {
        short
            .replace_all(&text, |found: &regex::Captures<'_>| {
                format!("{long}{}", part(found, "number").unwrap_or_default())
            })
            .into_owned()
    })
}
