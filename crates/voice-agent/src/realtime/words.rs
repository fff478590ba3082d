//! Small words of a listener: they show that he listens and want no answer.

/// What Russian listeners say between another's words.
const LISTENING: [&str; 27] = [
    "угу",
    "ага",
    "да",
    "так",
    "хорошо",
    "понятно",
    "ясно",
    "мм",
    "ммм",
    "м",
    "хм",
    "гм",
    "мгм",
    "ну",
    "окей",
    "ок",
    "ладно",
    "верно",
    "точно",
    "правильно",
    "слушаю",
    "вот",
    "конечно",
    "понял",
    "поняла",
    "э",
    "а",
];
/// More words than this are a sentence.
const MOST: usize = 4;

/// Whether somebody only shows that he listens: «угу», «да-да», «так, понятно».
pub(super) fn only_listens(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.take(MOST + 1).collect();
    words.len() <= MOST && words.iter().all(|word| LISTENING.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_words_are_told_from_answers() {
        for listens in ["Угу.", "Да-да", "Так, понятно.", "Ага, ага, хорошо", "М-м", ""]
        {
            assert!(only_listens(listens), "{listens}");
        }
        for speaks in ["Нет", "Стоп", "Подождите", "Да, но дорого", "Да да да да да", "Алло?", "Yes"]
        {
            assert!(!only_listens(speaks), "{speaks}");
        }
    }
}
