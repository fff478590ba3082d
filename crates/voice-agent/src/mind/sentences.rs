//! Sentences out of a stream of words, each as soon as it is surely over.
//!
//! A full stop in Russian ends «руб.» and «ул.», initials and numbers as well as sentences; what follows
//! it decides. Behind a whole word nothing is to be waited for: somebody is on the line. However the stream
//! is cut into pieces, the sentences are the same.

/// A sentence longer than this is cut where a voice would breathe, letters.
const LONGEST: usize = 240;
/// From so many letters on it is certain that the sentence is too long: its end, a space and the letter
/// that decides would be there.
const SURELY_TOO_LONG: usize = LONGEST + 4;
/// A word of so many letters is no shortened one, unless it is known as such.
const WHOLE_WORD: usize = 4;

/// A stop after them never ends a sentence: a name or a number follows.
const NEVER_LAST: &[&str] = &[
    "ул",
    "пр",
    "пер",
    "пл",
    "наб",
    "бул",
    "бульв",
    "просп",
    "д",
    "дом",
    "кв",
    "корп",
    "стр",
    "оф",
    "им",
    "тел",
    "проф",
    "гл",
    "ст",
    "св",
    "инж",
    "акад",
    "пос",
    "дер",
    "мкр",
    "ш",
    "рис",
    "п",
    "см",
    "напр",
    "т",
    "гр",
    "доп",
    "вн",
    "каб",
    "эт",
    "под",
    "с",
    "о",
    "р",
    "мр",
    "др-р",
    "доц",
    "ген",
    "адм",
    "зам",
    "мл",
    "нач",
    "обл",
];
/// A stop after them may end a sentence: a capital letter tells.
const MAYBE_LAST: &[&str] = &[
    "руб", "коп", "тыс", "млн", "млрд", "шт", "д", "п", "др", "мин", "час", "ч", "сек", "г", "гг", "м", "км",
    "кг", "л", "мм", "пр", "чел", "дн", "нед", "мес", "проц", "экз", "в",
];

/// Takes words as they come and gives sentences.
///
/// ```
/// let mut sentences = voice_agent::Sentences::default();
/// assert_eq!(sentences.push("Это стоит 5 тыс. руб. за ок"), Vec::<String>::new());
/// assert_eq!(sentences.push("но. Вам подходит"), ["Это стоит 5 тыс. руб. за окно."]);
/// assert_eq!(sentences.push("?"), Vec::<String>::new());
/// assert_eq!(sentences.finish().as_deref(), Some("Вам подходит?"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Sentences {
    /// Without repeated spaces; a new line stands for all of them.
    rest: Vec<char>,
}

impl Sentences {
    /// More words; gives the sentences that are over.
    pub fn push(&mut self, words: &str) -> Vec<String> {
        let mut over = Vec::new();
        for letter in words.chars() {
            self.add(letter);
            while let Some(end) = self.end() {
                let sentence: String = self.rest.drain(..end).collect();
                while self.rest.first().is_some_and(|letter| letter.is_whitespace()) {
                    self.rest.remove(0);
                }
                over.extend(trimmed(&sentence));
            }
        }
        over
    }

    /// The stream is over: what is left.
    pub fn finish(&mut self) -> Option<String> {
        let rest: String = self.rest.drain(..).collect();
        trimmed(&rest)
    }

    fn add(&mut self, letter: char) {
        if !letter.is_whitespace() {
            self.rest.push(letter);
            return;
        }
        let letter = if letter == '\n' { '\n' } else { ' ' };
        match self.rest.last_mut() {
            None => {}
            Some(last) if last.is_whitespace() => *last = if letter == '\n' { '\n' } else { *last },
            Some(_) => self.rest.push(letter),
        }
    }

    /// Where the first sentence ends, if it surely does. One letter at a time is added, so only the last
    /// possible place has to be looked at.
    fn end(&self) -> Option<usize> {
        let length = self.rest.len();
        if length >= SURELY_TOO_LONG {
            return Some(breath(&self.rest));
        }
        let (next, before) = self.rest.split_last()?;
        if next.is_whitespace() && before.len() <= LONGEST && surely_ends(before) {
            return Some(before.len());
        }
        let (space, words) = before.split_last()?;
        if next.is_whitespace() || !space.is_whitespace() || words.is_empty() || words.len() > LONGEST {
            return None;
        }
        (*space == '\n' || ends(words, *next)).then_some(words.len())
    }
}

fn trimmed(sentence: &str) -> Option<String> {
    let sentence = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
    (!sentence.is_empty()).then_some(sentence)
}

/// Whether the words end a sentence whatever follows: one mark behind a word that is no shortened one.
fn surely_ends(words: &[char]) -> bool {
    let [body @ .., '.' | '!' | '?'] = words else { return false };
    let letters = body.iter().rev().take_while(|letter| letter.is_alphabetic()).count();
    let word: String =
        body.iter().skip(body.len() - letters).flat_map(|letter| letter.to_lowercase()).collect();
    let is_known = [NEVER_LAST, MAYBE_LAST].iter().any(|known| known.contains(&word.as_str()));
    letters >= WHOLE_WORD && !is_known
}

/// Whether the words end a sentence before this letter.
fn ends(words: &[char], next: char) -> bool {
    let closing = |letter: &char| matches!(letter, '»' | '"' | '”' | '’' | '\'' | ')' | ']');
    let core = words.len() - words.iter().rev().take_while(|letter| closing(letter)).count();
    let Some(core) = words.get(..core) else { return false };
    let marks: Vec<char> =
        core.iter().rev().take_while(|letter| matches!(letter, '.' | '!' | '?' | '…')).copied().collect();
    let Some(body) = core.get(..core.len() - marks.len()) else { return false };
    let begins = next.is_uppercase()
        || next.is_ascii_digit()
        || matches!(next, '«' | '"' | '“' | '—' | '–' | '-' | '(');
    match marks.as_slice() {
        [] => false,
        ['.'] => begins && !is_shortened(body, next),
        _ => begins,
    }
}

/// Whether the stop after these words belongs to a shortened word, an initial or the number of an item.
fn is_shortened(body: &[char], next: char) -> bool {
    let text: String = body.iter().collect();
    let word = text.rsplit(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
    let before = text.get(..text.len() - word.len()).unwrap_or_default();
    let lower = word.to_lowercase();
    if word.is_empty() {
        return false;
    }
    if word.chars().all(|letter| letter.is_ascii_digit()) {
        // «1. Замер»: an item, not the end of one
        return before.trim().is_empty();
    }
    // «И. Петрова», but not «вариант Б. Приедем» — an initial stands before a name
    if word.chars().count() == 1 && word.chars().all(char::is_uppercase) {
        return next.is_uppercase();
    }
    let after_number = before.trim_end().chars().last().is_some_and(|letter| letter.is_ascii_digit());
    // «т. д.», «т. п.», «и др.» close a list
    let closes_list = ["т. ", "т.", "и "].iter().any(|start| before.ends_with(start));
    if MAYBE_LAST.contains(&lower.as_str())
        && (after_number || closes_list || !NEVER_LAST.contains(&lower.as_str()))
    {
        return !next.is_uppercase() || (lower == "г" && !after_number);
    }
    NEVER_LAST.contains(&lower.as_str())
}

/// Where to cut what is too long: after a comma, at a space, anywhere.
fn breath(rest: &[char]) -> usize {
    let head = rest.get(..LONGEST).unwrap_or(rest);
    let comma = head.windows(2).rposition(|two| matches!(two, [',' | ';' | ':' | '—', ' ']));
    let space = || head.iter().rposition(|letter| letter.is_whitespace()).filter(|at| *at > 0);
    comma.map(|at| at + 1).or_else(space).unwrap_or(head.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(text: &str) -> Vec<String> {
        let mut sentences = Sentences::default();
        let mut over = sentences.push(text);
        over.extend(sentences.finish());
        over
    }

    #[test]
    fn stops_of_shortened_words_do_not_end_sentences() {
        for text in [
            "Офис на ул. Ленина, д. 5, кв. 12.",
            "Приедет мастер И. И. Петров.",
            "Это 5 тыс. руб. за окно.",
            "Окна, двери и т. д. по запросу.",
            "Мы в г. Тверь на пр. Мира.",
            "Цена 3.5 тысячи.",
            "Звоните по тел. 8 800 100 20 30.",
            "Что?! переспросил он.",
            "1. Замер бесплатный.",
        ] {
            assert_eq!(all(text), [text]);
        }
    }

    #[test]
    fn sentences_end_where_a_capital_follows() {
        for (text, expected) in [
            ("Это 500 руб. Приедем завтра.", &["Это 500 руб.", "Приедем завтра."][..]),
            ("Дом 5. Приедем.", &["Дом 5.", "Приедем."]),
            ("С 2024 г. Мы работаем.", &["С 2024 г.", "Мы работаем."]),
            ("Окна, двери и т. д. Что вам нужно?", &["Окна, двери и т. д.", "Что вам нужно?"]),
            ("Да! Конечно… «Окна» ждут. — Хорошо?", &["Да!", "Конечно…", "«Окна» ждут.", "— Хорошо?"]),
            ("Он сказал: «Да.» Потом ушёл.", &["Он сказал: «Да.»", "Потом ушёл."]),
            ("Замер\nУстановка\n\nВсё", &["Замер", "Установка", "Всё"]),
            ("Придём в 9. 15 минут хватит.", &["Придём в 9.", "15 минут хватит."]),
        ] {
            assert_eq!(all(text), expected, "{text}");
        }
    }

    #[test]
    fn behind_a_whole_word_a_sentence_is_over_before_the_next_begins() {
        for (text, expected) in [
            ("Да, такой вариант у нас есть. ", &["Да, такой вариант у нас есть."][..]),
            ("Когда вам удобно? ", &["Когда вам удобно?"]),
            ("Когда вам удобно?", &[]),
            ("Офис на просп. ", &[]),
            ("Это 5 тыс. ", &[]),
            ("Приедем в 12. ", &[]),
            ("Ну да. ", &[]),
        ] {
            assert_eq!(Sentences::default().push(text), expected, "{text}");
        }
    }

    #[test]
    fn a_sentence_without_end_is_cut_where_a_voice_breathes() {
        let text = "слово, ".repeat(100);
        let sentences = all(&text);
        assert!(sentences.len() > 2);
        assert!(
            sentences
                .iter()
                .all(|sentence| sentence.chars().count() <= LONGEST && sentence.ends_with("слово,"))
        );
    }

    proptest! {
        #[test]
        fn pieces_of_the_stream_change_nothing(
            text in "([а-яА-ЯёЁ0-9a-z]{0,9}[ .!?…,\\n»«\"()-]{0,3}){0,60}",
            cuts in prop::collection::vec(0_usize..40, 0..40),
        ) {
            let whole = all(&text);
            let mut sentences = Sentences::default();
            let mut over = Vec::new();
            let mut letters = text.chars();
            for cut in cuts {
                over.extend(sentences.push(&letters.by_ref().take(cut).collect::<String>()));
            }
            over.extend(sentences.push(&letters.collect::<String>()));
            over.extend(sentences.finish());
            prop_assert_eq!(&over, &whole);
            let without = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
            prop_assert_eq!(without(&whole.concat()), without(&text));
            prop_assert!(whole.iter().all(|sentence| sentence.chars().count() <= SURELY_TOO_LONG));
        }

        #[test]
        fn nothing_that_a_model_writes_breaks_it(text in "\\PC{0,400}") {
            prop_assert!(all(&text).iter().all(|sentence| !sentence.trim().is_empty()));
        }
    }
}
