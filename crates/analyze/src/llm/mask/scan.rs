//! Runs of digits and of number words, as people dictate numbers.

use domain::Speaker;

use super::Spoken;
use crate::text::normalize;

/// A number said: where, and its digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) line: usize,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) digits: String,
    /// Words it was said in; 0: written in digits.
    pub(super) words: usize,
    /// A comma, a full stop or a new line stands before it.
    pub(super) loose: bool,
    /// Its value, while tens and units may still join it.
    open: Option<u32>,
}

/// Letters between two numbers of one run.
const WIDEST_GAP: usize = 4;

/// The runs of all speakers: each is one speaker's, in order.
pub(super) fn runs(spoken: &[Spoken]) -> Vec<Vec<Group>> {
    let mut voices: Vec<(Speaker, u8)> = spoken.iter().map(|line| (line.speaker, line.channel)).collect();
    voices.sort_unstable();
    voices.dedup();
    let mut runs = Vec::new();
    for voice in voices {
        let lines = spoken.iter().enumerate().filter(|(_, line)| (line.speaker, line.channel) == voice);
        runs.extend(runs_of(lines));
    }
    runs
}

fn runs_of<'s>(lines: impl Iterator<Item = (usize, &'s Spoken)>) -> Vec<Vec<Group>> {
    let (mut runs, mut run): (Vec<Vec<Group>>, Vec<Group>) = (Vec::new(), Vec::new());
    for (line, spoken) in lines {
        let text = spoken.text.as_str();
        let mut last_end = 0;
        let mut new_line = true;
        for (from, to, digits) in atoms(text) {
            let word = text.get(from..to).unwrap_or_default();
            let gap = text.get(last_end..from).unwrap_or_default();
            let value = if digits { None } else { number_word(word) };
            if !digits && value.is_none() {
                // «тире» and «плюс» are said inside numbers
                if !is_joint(word) {
                    flush(&mut runs, &mut run);
                }
                (last_end, new_line) = (to, false);
                continue;
            }
            if !new_line && !is_gap(gap) {
                flush(&mut runs, &mut run);
            }
            let loose = new_line || gap.contains([',', '.', ';', ':', '…']);
            match (value, run.last_mut()) {
                (Some(value), Some(last)) if last.line == line && !loose && last.takes(value) => {
                    last.join(value, to);
                }
                _ => run.push(Group {
                    line,
                    from,
                    to,
                    digits: value.map_or_else(|| word.to_owned(), |value| value.to_string()),
                    words: usize::from(value.is_some()),
                    loose: loose && !run.is_empty(),
                    open: value,
                }),
            }
            (last_end, new_line) = (to, false);
        }
    }
    flush(&mut runs, &mut run);
    runs
}

fn flush(runs: &mut Vec<Vec<Group>>, run: &mut Vec<Group>) {
    if !run.is_empty() {
        runs.push(std::mem::take(run));
    }
}

impl Group {
    /// «сто» takes «двадцать» and «три», «двадцать» takes «три».
    fn takes(&self, value: u32) -> bool {
        match self.open {
            Some(open) if open >= 100 && open % 100 == 0 => (1..100).contains(&value),
            Some(open) if open % 100 >= 20 && open % 10 == 0 => (1..10).contains(&value),
            _ => false,
        }
    }

    fn join(&mut self, value: u32, to: usize) {
        let sum = self.open.unwrap_or_default() + value;
        self.open = Some(sum);
        self.digits = sum.to_string();
        self.words += 1;
        self.to = to;
    }
}

/// Stretches of digits or of letters; letters that touch digits are apart.
fn atoms(text: &str) -> Vec<(usize, usize, bool)> {
    let mut atoms: Vec<(usize, usize, bool)> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| c.is_alphanumeric()) {
        let digit = c.is_ascii_digit();
        match atoms.last_mut() {
            Some((_, end, kind)) if *end == at && *kind == digit => *end += c.len_utf8(),
            _ => atoms.push((at, at + c.len_utf8(), digit)),
        }
    }
    atoms
}

fn is_gap(gap: &str) -> bool {
    gap.chars().count() <= WIDEST_GAP
        && gap.chars().all(|c| c.is_whitespace() || "-–—−‐‑().,+/:;…_*#".contains(c))
}

fn is_joint(word: &str) -> bool {
    matches!(normalize(word).as_str(), "плюс" | "дефис" | "тире" | "и" | "эээ" | "э" | "так" | "дальше")
}

/// The value of a number word under a thousand, in the cases that are said in numbers.
fn number_word(word: &str) -> Option<u32> {
    let word = normalize(word);
    Some(match word.as_str() {
        "ноль" | "нуль" | "нолик" | "ноля" | "нуля" => 0,
        "один" | "одна" | "одно" | "единица" | "единичка" | "раз" => 1,
        "двойка" | "двоечка" => 2,
        "тройка" | "троечка" => 3,
        "четверка" => 4,
        "пятерка" => 5,
        "шестерка" => 6,
        "семерка" => 7,
        "восьмерка" => 8,
        "девятка" => 9,
        "шестьдесят" | "шестидесяти" => 60,
        "семьдесят" | "семидесяти" => 70,
        "восемьдесят" | "восьмидесяти" => 80,
        "девяносто" | "девяноста" => 90,
        "сто" | "ста" => 100,
        "двести" | "двухсот" => 200,
        "триста" | "трехсот" => 300,
        "четыреста" | "четырехсот" => 400,
        "пятьсот" | "пятисот" => 500,
        "шестьсот" | "шестисот" => 600,
        "семьсот" | "семисот" => 700,
        "восемьсот" | "восьмисот" => 800,
        "девятьсот" | "девятисот" => 900,
        word if word.starts_with(|c: char| c.is_alphabetic()) => return crate::when::number(word),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Vec<String> {
        let spoken = Spoken { speaker: Speaker::Client, channel: 1, text: text.to_owned() };
        let runs = runs(&[spoken]);
        runs.iter().map(|run| run.iter().map(|group| group.digits.as_str()).collect()).collect()
    }

    #[test]
    fn words_become_the_digits_they_mean() {
        assert_eq!(
            digits("восемь девятьсот шестнадцать сто двадцать три сорок пять шестьдесят семь"),
            ["89161234567"]
        );
        assert_eq!(digits("плюс семь, 916, сто двадцать три, сорок, пять"), ["7916123405"]);
        assert_eq!(digits("ноль ноль семь"), ["007"]);
    }

    #[test]
    fn other_words_end_a_run() {
        assert_eq!(digits("две тысячи двадцать пять рублей за три штуки"), ["2", "25", "3"]);
    }
}
