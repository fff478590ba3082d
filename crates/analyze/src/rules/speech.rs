//! Russian for people: plurals, clock of the recording, quotes cut to size.

/// «раз» after a number.
pub(crate) const fn times(count: u32) -> &'static str {
    plural(count, "раз", "раза", "раз")
}

/// The form that follows a number: 1 вопрос, 2 вопроса, 5 вопросов.
pub(crate) const fn plural(
    count: u32,
    one: &'static str,
    few: &'static str,
    many: &'static str,
) -> &'static str {
    match (count % 10, count % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

/// A moment of the recording: «4:07», «1:04:07».
pub(crate) fn clock(ms: u64) -> String {
    let seconds = ms / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// A quote of at most so many letters, cut between words; no full stop at its end.
pub(crate) fn shorten(text: &str, letters: usize) -> String {
    let text = text.trim().trim_end_matches(['.', ',', ';', ':']);
    // quotes inside quotes are „лапки“
    let text = text.replace('«', "„").replace('»', "“");
    if text.chars().count() <= letters {
        return text;
    }
    let mut short = String::new();
    for word in text.split_whitespace() {
        if short.chars().count() + word.chars().count() + 1 > letters {
            break;
        }
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
    }
    short.trim_end_matches([',', ';', ':', '—', '-']).trim_end().to_owned() + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_follow_the_number() {
        let of = |n| plural(n, "вопрос", "вопроса", "вопросов");
        assert_eq!(
            [of(1), of(3), of(5), of(11), of(21), of(112)],
            ["вопрос", "вопроса", "вопросов", "вопросов", "вопрос", "вопросов"]
        );
    }

    #[test]
    fn quotes_are_cut_between_words() {
        assert_eq!(shorten("Добрый день, компания «Север».", 40), "Добрый день, компания „Север“");
        assert_eq!(shorten("Добрый день, компания", 14), "Добрый день…");
    }

    #[test]
    fn moments_read_as_on_a_player() {
        assert_eq!([clock(247_000), clock(3_847_000)], ["4:07", "1:04:07"]);
    }
}
