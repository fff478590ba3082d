//! Personal data is replaced by marks such as `[ТЕЛЕФОН_1]` before anything leaves, and put back
//! into what the model says.
//!
//! Surprising: a number is looked for along one speaker's lines, not inside one line: people
//! dictate a telephone number in three breaths, and the other says «угу» between them.

mod address;
mod number;
mod scan;

use std::collections::BTreeMap;

use domain::{Speaker, Transcript};

use super::options::Masking;
use crate::rules::is_name;
use crate::text;

/// What a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Phone,
    Card,
    Passport,
    Mail,
    Snils,
    Inn,
    Account,
    /// A long number of unknown meaning.
    Number,
    Name,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Phone => "ТЕЛЕФОН",
            Self::Card => "КАРТА",
            Self::Passport => "ПАСПОРТ",
            Self::Mail => "ПОЧТА",
            Self::Snils => "СНИЛС",
            Self::Inn => "ИНН",
            Self::Account => "СЧЁТ",
            Self::Number => "НОМЕР",
            Self::Name => "ИМЯ",
        }
    }
}

/// A stretch of one line (bytes) that must not leave.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    line: usize,
    from: usize,
    to: usize,
    kind: Kind,
    /// What is the same for two spellings of one number.
    key: String,
}

/// A cleaned line and whose it is.
#[derive(Debug, Clone)]
struct Spoken {
    speaker: Speaker,
    channel: u8,
    text: String,
}

/// The texts of the segments as they may leave, and what the marks in them stand for.
#[derive(Debug, Default)]
pub(super) struct Masked {
    pub(super) texts: Vec<String>,
    marks: Vec<Mark>,
}

#[derive(Debug)]
struct Mark {
    mark: String,
    /// As said, with the line.
    said: Vec<(usize, String)>,
}

impl Masked {
    /// Cleans the segments' texts and hides what `masking` asks for; `names` are known beforehand.
    pub(super) fn new(transcript: &Transcript, masking: Masking, names: &[String]) -> Self {
        let spoken: Vec<Spoken> = transcript
            .segments
            .iter()
            .map(|segment| Spoken {
                speaker: segment.speaker,
                channel: segment.channel,
                text: clean(&segment.text),
            })
            .collect();
        let mut found = Vec::new();
        if masking != Masking::Off {
            found.extend(address::find(&spoken));
            found.extend(number::find(&spoken));
        }
        if masking == Masking::NumbersAndNames {
            found.extend(find_names(&spoken, names));
        }
        // the longer of two that overlap
        found.sort_by(|a, b| (a.line, a.from, b.to).cmp(&(b.line, b.from, a.to)));
        found.dedup_by(|next, kept| next.line == kept.line && next.from < kept.to);
        Self::replace(&spoken, &found)
    }

    fn replace(spoken: &[Spoken], found: &[Found]) -> Self {
        let mut masked = Self::default();
        let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
        let mut known: BTreeMap<(Kind, &str), usize> = BTreeMap::new();
        for (line, spoken) in spoken.iter().enumerate() {
            let (mut text, mut at) = (String::with_capacity(spoken.text.len()), 0);
            for found in found.iter().filter(|found| found.line == line) {
                let index = *known.entry((found.kind, &found.key)).or_insert_with(|| {
                    let count = counts.entry(found.kind).or_default();
                    *count += 1;
                    masked
                        .marks
                        .push(Mark { mark: format!("[{}_{count}]", found.kind.word()), said: Vec::new() });
                    masked.marks.len() - 1
                });
                text.push_str(spoken.text.get(at..found.from).unwrap_or_default());
                if let Some(mark) = masked.marks.get_mut(index) {
                    text.push_str(&mark.mark);
                    let said = spoken.text.get(found.from..found.to).unwrap_or_default();
                    mark.said.push((line, said.to_owned()));
                }
                at = found.to;
            }
            text.push_str(spoken.text.get(at..).unwrap_or_default());
            masked.texts.push(text);
        }
        masked
    }

    /// The text with what was said in place of the marks: as said in `line`, else the fullest form.
    pub(super) fn restore(&self, text: &str, line: Option<usize>) -> String {
        if !text.contains('[') {
            return text.to_owned();
        }
        let mut restored = text.to_owned();
        for mark in &self.marks {
            if !restored.contains(&mark.mark) {
                continue;
            }
            let here = mark.said.iter().find(|(said_in, _)| Some(*said_in) == line);
            let fullest = || mark.said.iter().rev().max_by_key(|(_, said)| said.chars().count());
            if let Some((_, said)) = here.or_else(fullest) {
                restored = restored.replace(&mark.mark, said);
            }
        }
        restored
    }

    /// Lines in which a mark of the text was said.
    pub(super) fn lines_of(&self, text: &str) -> Vec<usize> {
        let marks = self.marks.iter().filter(|mark| text.contains(&mark.mark));
        marks.flat_map(|mark| mark.said.iter().map(|(line, _)| *line)).collect()
    }
}

/// Speech without anything that could pass for a mark of ours, or that a person would not see:
/// brackets become round, line ends spaces; controls, invisible and tag letters go; digits of
/// other scripts become ours.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' | '\u{ff1c}' => out.push('‹'),
            '>' | '\u{ff1e}' => out.push('›'),
            '[' | '\u{ff3b}' => out.push('('),
            ']' | '\u{ff3d}' => out.push(')'),
            '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{e0000}'..='\u{e0fff}' => {}
            c if c.is_control() || c.is_whitespace() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c => out.push(digit(c).unwrap_or(c)),
        }
    }
    out.trim().to_owned()
}

/// A full-width or Arabic digit as ours.
fn digit(c: char) -> Option<char> {
    let zero = match c {
        '\u{ff10}'..='\u{ff19}' => 0xff10,
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6f0}'..='\u{6f9}' => 0x6f0,
        _ => return None,
    };
    char::from_digit(u32::from(c).checked_sub(zero)?, 10)
}

/// First names of the list, patronymics, names known beforehand, and the word after «меня зовут».
fn find_names(spoken: &[Spoken], known: &[String]) -> Vec<Found> {
    let known: Vec<String> = known.iter().flat_map(|name| text::words(name)).collect();
    let mut found = Vec::new();
    for (line, spoken) in spoken.iter().enumerate() {
        let spans = text::spans(&spoken.text);
        let words: Vec<String> = spans
            .iter()
            .map(|(from, to)| text::normalize(spoken.text.get(*from..*to).unwrap_or_default()))
            .collect();
        for (at, ((from, to), word)) in spans.iter().zip(&words).enumerate() {
            let capital =
                spoken.text.get(*from..).and_then(|rest| rest.chars().next()).is_some_and(char::is_uppercase);
            let before = |back: usize| at.checked_sub(back).and_then(|at| words.get(at)).map(String::as_str);
            let introduced = before(1) == Some("зовут") && matches!(before(2), Some("меня" | "вас" | "его"));
            // «Анна Петрова»: a capital after a name is the family's name
            let family = capital
                && found.last().is_some_and(|last: &Found| {
                    last.line == line && spoken.text.get(last.to..*from) == Some(" ")
                });
            let is_known = known.iter().any(|name| same_name(name, word));
            let first = words.get(at + 1).is_some_and(|next| is_patronymic(next));
            if is_known
                || is_name(word)
                || is_patronymic(word)
                || capital && (first || is_name_in_a_case(word))
                || introduced
                || family
            {
                let key = word.clone();
                found.push(Found { line, from: *from, to: *to, kind: Kind::Name, key });
            }
        }
    }
    found
}

/// «Ивана», «Пете»: the ending of a case taken off, the usual ending put on.
fn is_name_in_a_case(word: &str) -> bool {
    let ending = ["ом", "ем", "ой", "ей", "а", "у", "е", "ы", "и", "ю", "я"];
    let stem = ending.iter().find_map(|ending| word.strip_suffix(ending)).unwrap_or(word);
    stem.chars().count() >= 3
        && ["", "а", "я", "ь", "й"].iter().any(|ending| is_name(&format!("{stem}{ending}")))
}

/// The same name in another case: all but the last two letters.
fn same_name(name: &str, word: &str) -> bool {
    let stem: String = name.chars().take(name.chars().count().saturating_sub(2).max(3)).collect();
    word.starts_with(&stem) && word.chars().count().abs_diff(name.chars().count()) <= 3
}

fn is_patronymic(word: &str) -> bool {
    word.chars().count() >= 6
        && ["ович", "евич", "овн", "евн", "ичн"]
            .iter()
            .any(|mid| word.find(mid).is_some_and(|at| word.get(at + mid.len()..).is_some_and(is_ending)))
}

fn is_ending(rest: &str) -> bool {
    matches!(rest, "" | "а" | "у" | "е" | "ы" | "ой" | "ем" | "ом")
}
