//! What an answer to a question looks like, by the kind of the question.

use crate::FieldKind;
use crate::spoken::MONTHS;
use crate::words::{consent, is_backchannel, stems, words_of};

/// Whether the words may answer a question of this kind.
pub(super) fn fits(kind: FieldKind, said: &str) -> bool {
    match kind {
        FieldKind::YesNo => consent(said).is_some(),
        FieldKind::Name => name_in(said).is_some(),
        FieldKind::Time => tells_time(said),
        FieldKind::Number => tells_number(said),
        FieldKind::Text => !is_backchannel(said) && !stems(said).is_empty(),
    }
}

/// The answer as it stands in the result.
pub(super) fn value(kind: FieldKind, said: &str) -> String {
    let own = said.trim().to_owned();
    match kind {
        FieldKind::YesNo => match consent(said) {
            Some(true) => "да".to_owned(),
            Some(false) => "нет".to_owned(),
            None => own,
        },
        FieldKind::Name => name_in(said).unwrap_or(own),
        FieldKind::Time | FieldKind::Number | FieldKind::Text => own,
    }
}

/// A name: capital words after «зовут», «это» or standing nearly alone.
fn name_in(said: &str) -> Option<String> {
    const BEFORE: &[&str] =
        &["меня", "зовут", "это", "я", "да", "мое", "имя", "можно", "просто", "обращайтесь", "ко", "мне"];
    let words: Vec<&str> = said
        .split(|letter: char| !letter.is_alphabetic() && letter != '-')
        .filter(|word| !word.is_empty())
        .collect();
    let lower = |word: &str| word.to_lowercase().replace('ё', "е");
    let after = words
        .iter()
        .rposition(|word| matches!(lower(word).as_str(), "зовут" | "имя" | "обращайтесь"))
        .map_or(0, |at| at + 1);
    let named: Vec<&str> = words
        .iter()
        .skip(after)
        .copied()
        .skip_while(|word| BEFORE.contains(&lower(word).as_str()))
        .take_while(|word| {
            word.chars().next().is_some_and(char::is_uppercase) && !BEFORE.contains(&lower(word).as_str())
        })
        .take(3)
        .collect();
    // recognisers may write names small: one word after «зовут», or alone
    let small = || match words.get(after..) {
        Some([name]) if after > 0 || words.len() == 1 => Some((*name).to_owned()),
        _ => None,
    };
    let name = if named.is_empty() { small()? } else { named.join(" ") };
    let letters = name.chars().count();
    let known = consent(&name).is_some() || is_backchannel(&name);
    ((2..=60).contains(&letters) && !known).then_some(name)
}

const TIME: &[&str] = &[
    "сегодня",
    "завтра",
    "послезавтра",
    "утром",
    "вечером",
    "днем",
    "обеда",
    "обед",
    "понедельник",
    "вторник",
    "среда",
    "среду",
    "четверг",
    "пятница",
    "пятницу",
    "суббота",
    "субботу",
    "воскресенье",
    "выходные",
    "выходных",
    "будни",
    "будням",
    "час",
    "часа",
    "часов",
    "минут",
    "неделе",
    "неделю",
    "неделя",
    "месяц",
    "месяце",
    "числа",
    "числу",
    "позже",
    "сейчас",
    "сразу",
    "любое",
    "любой",
    "полдень",
    "вечер",
    "утро",
];
const NUMBERS: &[&str] = &[
    "один",
    "одно",
    "одна",
    "одну",
    "два",
    "две",
    "три",
    "четыре",
    "пять",
    "шесть",
    "семь",
    "восемь",
    "девять",
    "десять",
    "одиннадцать",
    "двенадцать",
    "пятнадцать",
    "двадцать",
    "тридцать",
    "сорок",
    "пятьдесят",
    "сто",
    "пара",
    "пару",
    "несколько",
    "полтора",
    "тысяч",
    "тысяча",
    "двое",
    "трое",
    "четверо",
    "ноль",
    "ни",
];
/// Hours that people name without the word: «в десять», «к двум».
const HOURS: &[&str] =
    &["двум", "трем", "пяти", "шести", "семи", "десяти", "одиннадцати", "двенадцати", "восьми", "девяти"];

fn tells_time(said: &str) -> bool {
    let words = words_of(said);
    words.iter().any(|word| {
        TIME.contains(&word.as_str())
            || HOURS.contains(&word.as_str())
            || MONTHS.contains(&word.as_str())
            || word.chars().all(|letter| letter.is_ascii_digit())
    }) || words
        .windows(2)
        .any(|two| matches!(two, [at, hour] if at == "в" && NUMBERS.contains(&hour.as_str())))
}

fn tells_number(said: &str) -> bool {
    words_of(said)
        .iter()
        .any(|word| NUMBERS.contains(&word.as_str()) || word.chars().any(|letter| letter.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_known_by_their_kind() {
        for (kind, yes, no) in [
            (
                FieldKind::Time,
                &["завтра после обеда", "в десять", "часов в 6", "к двум", "в субботу"][..],
                &["не знаю", "угу"][..],
            ),
            (FieldKind::Number, &["два", "штук 5", "пару"], &["много", "не знаю"]),
            (
                FieldKind::Name,
                &["Ирина", "меня зовут пётр", "Иван Петрович", "Это Анна"],
                &["да", "а зачем вам это знать", "угу"],
            ),
            (FieldKind::Text, &["окна на дачу"], &["угу", "ага", ""]),
        ] {
            for said in yes {
                assert!(fits(kind, said), "{kind:?}: {said}");
            }
            for said in no {
                assert!(!fits(kind, said), "{kind:?}: {said}");
            }
        }
    }
}
