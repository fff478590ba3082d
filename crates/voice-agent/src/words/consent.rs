//! Yes or no. «Угу» and «ага» are neither: people say them to show that they listen.

use super::stems::words_of;

const YES: &[&str] = &[
    "да",
    "конечно",
    "давайте",
    "хорошо",
    "удобно",
    "могу",
    "можно",
    "согласен",
    "согласна",
    "верно",
    "правильно",
    "именно",
    "точно",
    "подходит",
    "смогу",
    "приду",
    "буду",
    "слушаю",
    "говорите",
    "нужно",
    "соедините",
    "ок",
    "окей",
    "подтверждаю",
    "ладно",
    "хочу",
    "интересно",
    "придем",
];
const NO: &[&str] = &[
    "нет",
    "неудобно",
    "некогда",
    "занят",
    "занята",
    "нельзя",
    "отказываюсь",
    "неинтересно",
    "неправильно",
    "неверно",
    "рулем",
    "против",
    "вряд",
    "отмените",
    "совещании",
];
/// Before a «yes» word they turn it round.
const NOT: &[&str] = &["не", "нет", "никак"];
/// «Да нет», «да не» — a no; «нет, почему, удобно» stays unclear.
const LONGEST: usize = 14;

/// `Some(true)` for a yes, `Some(false)` for a no, `None` where it is neither or both.
pub(crate) fn consent(heard: &str) -> Option<bool> {
    let words = words_of(heard);
    if words.is_empty() || words.len() > LONGEST {
        return None;
    }
    let (mut yes, mut no) = (0, 0);
    for (at, word) in words.iter().enumerate() {
        let turned = at > 0 && words.get(at - 1).is_some_and(|before| NOT.contains(&before.as_str()));
        let word = word.as_str();
        if NO.contains(&word) {
            // «не занят», «не против»
            if turned && word != "нет" { yes += 1 } else { no += 1 }
        } else if YES.contains(&word) {
            if turned && words.get(at - 1).is_some_and(|before| before != "нет") {
                no += 1;
            } else {
                yes += 1;
            }
        } else if word == "не" && words.get(at + 1).is_none() {
            no += 1;
        }
    }
    // «да нет», «да не могу»: the «да» before a refusal only opens it
    if no > 0 && yes == 1 && words.first().is_some_and(|word| word == "да") && words.len() <= 5 {
        return Some(false);
    }
    match (yes, no) {
        (0, 0) => None,
        (_, 0) => Some(true),
        (0, _) => Some(false),
        _ => None,
    }
}

/// Only «угу» and the like: somebody listens.
pub(crate) fn is_backchannel(heard: &str) -> bool {
    const LISTENING: &[&str] = &["угу", "ага", "мгм", "так", "ну", "хм", "м", "э", "аа", "а", "эм", "мм"];
    words_of(heard).iter().all(|word| LISTENING.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_say_yes_and_no_in_many_ways() {
        for (heard, expected) in [
            ("Да", Some(true)),
            ("да, конечно, слушаю вас", Some(true)),
            ("Ну давайте", Some(true)),
            ("Да, удобно.", Some(true)),
            ("я не против", Some(true)),
            ("Смогу, да", Some(true)),
            ("Нет", Some(false)),
            ("да нет", Some(false)),
            ("Да не могу сейчас", Some(false)),
            ("мне сейчас неудобно", Some(false)),
            ("я не смогу", Some(false)),
            ("Я за рулём", Some(false)),
            ("нет, не подходит", Some(false)),
            ("угу", None),
            ("ага", None),
            ("", None),
            ("А вы откуда звоните", None),
            ("Нет, почему же, удобно", None),
        ] {
            assert_eq!(consent(heard), expected, "{heard}");
        }
    }
}
