//! Words made comparable: lower case, «е» for «ё», stems of those that carry sense.

use rust_stemmers::{Algorithm, Stemmer};

/// Words that change nothing about what is asked. Question words stay: «где» and «когда» differ.
const EMPTY: &[&str] = &[
    "а",
    "и",
    "но",
    "ну",
    "вот",
    "же",
    "ли",
    "бы",
    "то",
    "так",
    "да",
    "в",
    "во",
    "на",
    "с",
    "со",
    "к",
    "ко",
    "по",
    "о",
    "об",
    "у",
    "за",
    "из",
    "от",
    "для",
    "это",
    "этот",
    "эта",
    "эти",
    "вы",
    "вас",
    "вам",
    "ваш",
    "ваша",
    "ваши",
    "ваше",
    "мне",
    "меня",
    "мой",
    "моя",
    "я",
    "мы",
    "нам",
    "нас",
    "там",
    "тут",
    "здесь",
    "есть",
    "быть",
    "будет",
    "скажите",
    "подскажите",
    "пожалуйста",
    "здравствуйте",
    "добрый",
    "день",
    "вечер",
    "утро",
    "алло",
    "спасибо",
    "слушайте",
    "хочу",
    "хотел",
    "хотела",
    "хотелось",
    "узнать",
    "спросить",
    "интересует",
    "вообще",
    "просто",
    "еще",
    "уже",
    "давайте",
    "хорошо",
    "ладно",
    "понятно",
    "значит",
    "вопрос",
    "девушка",
];

/// Lower-case words of letters and digits; `ё` is `е`.
pub(crate) fn words_of(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace('ё', "е")
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The words with one space between them, and one at both ends: a phrase is found whole.
pub(crate) fn plain(text: &str) -> String {
    format!(" {} ", words_of(text).join(" "))
}

/// Stems of the words that carry sense, without repetitions, in order.
pub(crate) fn stems(text: &str) -> Vec<String> {
    let stemmer = Stemmer::create(Algorithm::Russian);
    let mut stems: Vec<String> = Vec::new();
    for word in words_of(text) {
        if EMPTY.contains(&word.as_str()) {
            continue;
        }
        let stem = stemmer.stem(&word).into_owned();
        if !stems.contains(&stem) {
            stems.push(stem);
        }
    }
    stems
}

/// Whether it asks something.
pub(crate) fn is_question(text: &str) -> bool {
    const ASKING: &[&str] = &[
        "сколько",
        "почем",
        "где",
        "куда",
        "откуда",
        "когда",
        "как",
        "какой",
        "какая",
        "какое",
        "какие",
        "какую",
        "каких",
        "что",
        "кто",
        "чем",
        "зачем",
        "почему",
        "можно",
        "нужно",
        "нужен",
        "нужна",
        "есть",
        "ли",
    ];
    text.contains('?') || words_of(text).iter().any(|word| ASKING.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_have_one_stem_and_politeness_has_none() {
        assert_eq!(stems("Подскажите, пожалуйста, сколько стоят окна?"), stems("сколько стоит окно"));
        assert!(stems("Здравствуйте, девушка, скажите пожалуйста").is_empty());
        assert_ne!(stems("Где вы?"), stems("Когда вы?"));
    }

    #[test]
    fn questions_are_known_without_a_mark() {
        assert!(is_question("а сколько это стоит"));
        assert!(is_question("Вы работаете?"));
        assert!(!is_question("Завтра после обеда"));
    }
}
