//! Sums, shares, measures, ranges and plain numbers.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::context::{case_after, each, gender_of, part, pattern, whole_number};
use super::numeral::{Case, Gender, Noun, cardinal, digits};

const NUMBER: &str = r"(?P<whole>\d{1,3}(?: \d{3})+|\d+)(?:[.,](?P<part>\d{1,3}))?";

const ROUBLE: Noun = Noun {
    gender: Gender::Masculine,
    one: ["рубль", "рубля", "рублю", "рубль", "рублём", "рубле"],
    many: ["рубли", "рублей", "рублям", "рубли", "рублями", "рублях"],
};
const KOPECK: Noun = Noun {
    gender: Gender::Feminine,
    one: ["копейка", "копейки", "копейке", "копейку", "копейкой", "копейке"],
    many: ["копейки", "копеек", "копейкам", "копейки", "копейками", "копейках"],
};
const PERCENT: Noun = Noun {
    gender: Gender::Masculine,
    one: ["процент", "процента", "проценту", "процент", "процентом", "проценте"],
    many: ["проценты", "процентов", "процентам", "проценты", "процентами", "процентах"],
};

static MONEY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?i){NUMBER}\s*(?P<times>тыс\.?|млн\.?)?\s*(?P<unit>₽|рублями|рублям|рублей|рубля|рублю|рублём|рубль|руб\.?|р\.)"
    ))
});
static PERCENTS: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"{NUMBER}\s*%")));
static RANGES: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?P<from>\d{1,6})\s?[–—-]\s?(?P<to>\d{1,6})"));
static PER: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?P<one>\d{1,3})/(?P<other>\d{1,3})"));
static NUMBERS: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"(?P<sign>№ ?)?{NUMBER}")));

/// «12,40 ₽», «42 тыс. руб.»
pub(super) fn money(text: &str) -> String {
    each(&MONEY, text, |found, before, _| {
        let case = case_after(before).unwrap_or(Case::Nominative);
        let times = part(found, "times").map(str::to_lowercase).unwrap_or_default();
        let scale = if times.starts_with("тыс") {
            1_000
        } else if times.starts_with("млн") {
            1_000_000
        } else {
            1
        };
        let whole = whole_number(part(found, "whole")?)?.checked_mul(scale)?;
        let unit = part(found, "unit")?.to_lowercase();
        // a declined word was chosen by whoever wrote it
        let rouble = if unit.chars().count() > 4 && unit.starts_with("рубл") {
            unit
        } else {
            ROUBLE.after(whole, case).to_owned()
        };
        let mut said = format!("{} {rouble}", cardinal(whole, case, ROUBLE.gender));
        match part(found, "part") {
            Some(_) if scale > 1 => return None,
            Some(part) if part.len() > 2 => return None,
            Some(part) => {
                let kopecks: u64 = format!("{part:0<2}").parse().ok()?;
                for word in [cardinal(kopecks, case, KOPECK.gender).as_str(), KOPECK.after(kopecks, case)] {
                    said.push(' ');
                    said.push_str(word);
                }
            }
            None => {}
        }
        Some(said)
    })
}

/// «10 %»
pub(super) fn percents(text: &str) -> String {
    each(&PERCENTS, text, |found, before, _| counted(found, before, &PERCENT, ""))
}

/// A thing with a case of its own where it is a fraction: «шесть целых пять десятых процента».
fn counted(found: &Captures<'_>, before: &str, noun: &Noun, adjective: &str) -> Option<String> {
    let case = case_after(before).unwrap_or(Case::Nominative);
    if part(found, "part").is_some() {
        let adjective = if adjective.is_empty() { "" } else { "квадратного " };
        return Some(format!("{} {adjective}{}", fraction(found)?, noun.one.get(1)?));
    }
    let whole = whole_number(part(found, "whole")?)?;
    Some(format!("{} {adjective}{}", cardinal(whole, case, noun.gender), noun.after(whole, case)))
}

/// «две целых пять десятых»; one and a half has its own word.
fn fraction(found: &Captures<'_>) -> Option<String> {
    let whole = whole_number(part(found, "whole")?)?;
    let digits = part(found, "part")?;
    if whole == 1 && digits == "5" {
        return Some("полтора".to_owned());
    }
    let (one, many) = match digits.len() {
        1 => ("десятая", "десятых"),
        2 => ("сотая", "сотых"),
        _ => ("тысячная", "тысячных"),
    };
    let parts: u64 = digits.parse().ok()?;
    let ends_in_one = |number: u64| number % 10 == 1 && number % 100 != 11;
    Some(format!(
        "{} {} {} {}",
        cardinal(whole, Case::Nominative, Gender::Feminine),
        if ends_in_one(whole) { "целая" } else { "целых" },
        cardinal(parts, Case::Nominative, Gender::Feminine),
        if ends_in_one(parts) { one } else { many },
    ))
}

/// How a measure is written, what it is, and the adjective that it brings.
const MEASURES: [(&str, Noun, &str); 9] = [
    (
        r"м²|м2|кв\. ?м\.?",
        Noun {
            gender: Gender::Masculine,
            one: ["метр", "метра", "метру", "метр", "метром", "метре"],
            many: ["метры", "метров", "метрам", "метры", "метрами", "метрах"],
        },
        "квадратных ",
    ),
    (
        r"км",
        Noun {
            gender: Gender::Masculine,
            one: ["километр", "километра", "километру", "километр", "километром", "километре"],
            many: ["километры", "километров", "километрам", "километры", "километрами", "километрах"],
        },
        "",
    ),
    (
        r"см",
        Noun {
            gender: Gender::Masculine,
            one: ["сантиметр", "сантиметра", "сантиметру", "сантиметр", "сантиметром", "сантиметре"],
            many: ["сантиметры", "сантиметров", "сантиметрам", "сантиметры", "сантиметрами", "сантиметрах"],
        },
        "",
    ),
    (
        r"мм",
        Noun {
            gender: Gender::Masculine,
            one: ["миллиметр", "миллиметра", "миллиметру", "миллиметр", "миллиметром", "миллиметре"],
            many: ["миллиметры", "миллиметров", "миллиметрам", "миллиметры", "миллиметрами", "миллиметрах"],
        },
        "",
    ),
    (
        r"м",
        Noun {
            gender: Gender::Masculine,
            one: ["метр", "метра", "метру", "метр", "метром", "метре"],
            many: ["метры", "метров", "метрам", "метры", "метрами", "метрах"],
        },
        "",
    ),
    (
        r"кг\.?",
        Noun {
            gender: Gender::Masculine,
            one: ["килограмм", "килограмма", "килограмму", "килограмм", "килограммом", "килограмме"],
            many: ["килограммы", "килограммов", "килограммам", "килограммы", "килограммами", "килограммах"],
        },
        "",
    ),
    (
        r"мин\.?",
        Noun {
            gender: Gender::Feminine,
            one: ["минута", "минуты", "минуте", "минуту", "минутой", "минуте"],
            many: ["минуты", "минут", "минутам", "минуты", "минутами", "минутах"],
        },
        "",
    ),
    (
        r"ч\.?",
        Noun {
            gender: Gender::Masculine,
            one: ["час", "часа", "часу", "час", "часом", "часе"],
            many: ["часы", "часов", "часам", "часы", "часами", "часах"],
        },
        "",
    ),
    (
        r"шт\.?",
        Noun {
            gender: Gender::Feminine,
            one: ["штука", "штуки", "штуке", "штуку", "штукой", "штуке"],
            many: ["штуки", "штук", "штукам", "штуки", "штуками", "штуках"],
        },
        "",
    ),
];
static MEASURED: LazyLock<Vec<(Regex, Noun, &str)>> = LazyLock::new(|| {
    let compiled = |sign: &str| pattern(&format!(r"{NUMBER}\s*(?:{sign})(?P<end>[\s,;:!?)]|$)"));
    MEASURES.iter().map(|(sign, noun, adjective)| (compiled(sign), *noun, *adjective)).collect()
});

/// «6,5 м²», «30 мин»
pub(super) fn measures(text: &str) -> String {
    MEASURED.iter().fold(text.to_owned(), |text, (measure, noun, adjective)| {
        each(measure, &text, |found, before, after| {
            let said = counted(found, before, noun, adjective)?;
            let end = part(found, "end")?;
            // the full stop of «шт.» was the sentence's too
            let stop = found.get(0)?.as_str().trim_end().ends_with('.')
                && (after.trim_start().is_empty() || after.trim_start().starts_with(char::is_uppercase));
            Some(format!("{said}{}{end}", if stop { "." } else { "" }))
        })
    })
}

/// «10–12 дней», «24/7»
pub(super) fn ranges(text: &str) -> String {
    let text = each(&PER, text, |found, _, _| {
        let say =
            |name| Some(cardinal(whole_number(part(found, name)?)?, Case::Nominative, Gender::Masculine));
        Some(format!("{} на {}", say("one")?, say("other")?))
    });
    each(&RANGES, &text, |found, _, after| {
        let gender = gender_of(after);
        let (from, to) = (whole_number(part(found, "from")?)?, whole_number(part(found, "to")?)?);
        (from < to).then(|| {
            format!(
                "от {} до {}",
                cardinal(from, Case::Genitive, gender),
                cardinal(to, Case::Genitive, gender)
            )
        })
    })
}

/// What is left.
pub(super) fn numbers(text: &str) -> String {
    each(&NUMBERS, text, |found, before, after| {
        let sign = if part(found, "sign").is_some() { "номер " } else { "" };
        if part(found, "part").is_some() {
            return Some(format!("{sign}{}", fraction(found)?));
        }
        let case = case_after(before).unwrap_or(Case::Nominative);
        let written = part(found, "whole")?;
        Some(match whole_number(written) {
            Some(number) if sign.is_empty() => cardinal(number, case, gender_of(after)),
            Some(number) => format!("{sign}{}", cardinal(number, Case::Nominative, Gender::Masculine)),
            None => digits(written),
        })
    })
}
