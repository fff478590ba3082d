//! Does the operator take up the client's own words? Content words and figures, by stem.

use std::collections::HashSet;

use domain::Speaker::Client;

use crate::rules::scene::Scene;
use crate::view::Sentence;
use crate::when;

/// Words that everybody says: no sign of listening.
const EMPTY: &[&str] = &[
    "здравствуйте",
    "добрый",
    "день",
    "спасибо",
    "пожалуйста",
    "хорошо",
    "можно",
    "нужно",
    "надо",
    "будет",
    "есть",
    "хочу",
    "хотел",
    "хотела",
    "если",
    "тоже",
    "только",
    "меня",
    "мне",
    "вас",
    "вам",
    "наш",
    "ваш",
    "это",
    "этот",
    "сколько",
    "стоит",
    "подскажите",
    "скажите",
    "когда",
    "какой",
    "какая",
    "какие",
    "очень",
    "просто",
    "сейчас",
    "сегодня",
    "тогда",
    "потом",
    "уже",
    "еще",
    "вечер",
    "утро",
    "один",
    "раз",
    "давайте",
    "понятно",
    "конечно",
    "через",
    "чтобы",
    "может",
    "вообще",
];

/// Stems and figures of the client's words before a turn.
pub(crate) fn client_words(scene: &Scene<'_>, before: usize) -> HashSet<String> {
    scene
        .view
        .turns_of(Client)
        .take_while(|turn| *turn < before)
        .flat_map(|turn| scene.view.words(turn))
        .filter_map(|token| content(&token.text, &token.stem))
        .collect()
}

/// How many of the client's words a sentence takes up.
pub(crate) fn count(scene: &Scene<'_>, sentence: &Sentence, words: &HashSet<String>) -> usize {
    let taken: HashSet<String> = scene
        .words(sentence)
        .iter()
        .filter_map(|token| content(&token.text, &token.stem))
        .filter(|word| words.contains(word))
        .collect();
    taken.len()
}

fn content(word: &str, stem: &str) -> Option<String> {
    if EMPTY.contains(&word) {
        return None;
    }
    if let Some(number) = when::number(word) {
        return Some(number.to_string());
    }
    // «окон» and «окна»: the first four letters of the stem are enough
    let head: String = stem.chars().take(4).collect();
    (word.chars().count() >= 4 && head.chars().count() >= 3).then_some(head)
}
