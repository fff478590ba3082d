//! A typed dialogue made into a transcript: labels on one line or many.
//!
//! Surprising: a label counts only at the start of the text or after the end of a sentence or a
//! line, so that «тип: клиент: физлицо» inside a sentence starts no turn.

use domain::{EngineName, Segment, Speaker, Transcript};

/// The most that is read; an hour of talk is about 60 KB.
pub const MAX_DIALOGUE_BYTES: usize = 200 * 1024;

/// A text that is no dialogue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DialogueError {
    /// Nothing to read.
    #[error("the dialogue is empty; write lines such as «Клиент: Привет» and «Менеджер: Добрый день»")]
    Empty,
    /// Too much to read.
    #[error("the dialogue is {bytes} bytes long; at most {limit} are read, split it")]
    TooLong {
        /// Its size.
        bytes: usize,
        /// The most that is read.
        limit: usize,
    },
}

const OPERATOR: &[&str] = &[
    "менеджер",
    "оператор",
    "продавец",
    "консультант",
    "администратор",
    "специалист",
    "сотрудник",
    "сотрудница",
    "секретарь",
    "мастер",
    "агент",
    "диспетчер",
    "поддержка",
    "техподдержка",
    "риелтор",
    "эксперт",
    "робот",
    "бот",
    "о",
    "м",
    "manager",
    "operator",
    "agent",
    "seller",
    "support",
    "sales",
    "assistant",
    "consultant",
    "representative",
    "rep",
];
const CLIENT: &[&str] = &[
    "клиент",
    "клиентка",
    "покупатель",
    "покупательница",
    "заказчик",
    "заказчица",
    "абонент",
    "пациент",
    "пациентка",
    "гость",
    "гостья",
    "посетитель",
    "звонящий",
    "собеседник",
    "пользователь",
    "к",
    "customer",
    "client",
    "caller",
    "buyer",
    "guest",
    "patient",
    "user",
];
const VOICE: &[&str] = &["голос", "voice", "speaker", "спикер"];

/// Reads a dialogue; the engine of the transcript is `text`, its segments have no times.
///
/// # Errors
/// [`DialogueError`] when there are no words or too many.
pub fn parse_dialogue(text: &str) -> Result<Transcript, DialogueError> {
    if text.len() > MAX_DIALOGUE_BYTES {
        return Err(DialogueError::TooLong { bytes: text.len(), limit: MAX_DIALOGUE_BYTES });
    }
    let mut segments: Vec<Segment> = Vec::new();
    let mut labelled = false;
    for line in text.lines() {
        let line = clean_line(line);
        let labels = labels(&line);
        let lead = labels.first().map_or(line.len(), |label| label.start);
        let lead_text = line.get(..lead).unwrap_or_default();
        if is_speech(lead_text) {
            // a line without a label goes on with the turn above it
            match segments.last_mut() {
                Some(last) if labelled => {
                    last.text.push(' ');
                    last.text.push_str(lead_text.trim());
                }
                _ => segments.push(segment(Speaker::Unknown, lead_text)),
            }
        }
        for (at, label) in labels.iter().enumerate() {
            let end = labels.get(at + 1).map_or(line.len(), |next| next.start);
            let body = line.get(label.end..end).unwrap_or_default();
            labelled = true;
            segments.push(segment(label.speaker, body));
        }
    }
    segments.retain(|segment| is_speech(&segment.text));
    if segments.is_empty() {
        return Err(DialogueError::Empty);
    }
    Ok(Transcript {
        engine: EngineName { engine: "text".to_owned(), model: String::new() },
        language: "ru".to_owned(),
        segments,
        dropped: Vec::new(),
        coverage: None,
        metrics: None,
        cost: None,
    })
}

fn is_speech(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

fn segment(speaker: Speaker, text: &str) -> Segment {
    let text = text.trim().trim_start_matches(['—', '–', '-', '*', '_']).trim_end_matches(['*', '_']).trim();
    Segment {
        speaker,
        channel: u8::from(speaker == Speaker::Client),
        start_ms: None,
        end_ms: None,
        text: text.to_owned(),
        avg_logprob: None,
        words: Vec::new(),
    }
}

/// Drops Markdown bold and marks of a list or a quote at the line's start.
fn clean_line(line: &str) -> String {
    let line = line.trim().trim_start_matches('\u{feff}').replace("**", "").replace("__", "");
    line.trim_start_matches(['>', '*', '•', '—', '–', '-', '#', ' ', '\t']).to_owned()
}

struct Label {
    speaker: Speaker,
    /// Where it begins, its time stamp included.
    start: usize,
    /// Where the words begin.
    end: usize,
}

/// Labels of a line: a known word, perhaps «(Анна)» or a number, then a colon or a dash.
fn labels(line: &str) -> Vec<Label> {
    let mut found: Vec<Label> = Vec::new();
    for (colon, mark) in line.char_indices() {
        if !matches!(mark, ':' | '：' | '—' | '–' | '-') {
            continue;
        }
        let before = line.get(..colon).unwrap_or_default();
        let Some((speaker, start)) = label_before(before, mark != ':' && mark != '：') else { continue };
        if found.last().is_some_and(|last| start < last.end) {
            continue;
        }
        found.push(Label { speaker, start, end: colon + mark.len_utf8() });
    }
    found
}

/// Reads a label that ends where `before` ends, and says where it starts.
fn label_before(before: &str, dash: bool) -> Option<(Speaker, usize)> {
    let mut rest = before.trim_end();
    if rest.ends_with(']') {
        rest = rest.get(..rest.rfind('[')?)?.trim_end();
    }
    if rest.ends_with(')') {
        rest = rest.get(..rest.rfind('(')?)?.trim_end();
    }
    let (word_start, word) = last_word(rest)?;
    let mut start = word_start;
    let mut speaker = known(word);
    // «Менеджер Анна:», «Клиент 2:», «Speaker 1:»: the label word stands before a name or a number
    if speaker.is_none() && !dash {
        let head = rest.get(..word_start).unwrap_or_default().trim_end();
        let name = word.chars().next().is_some_and(|c| c.is_uppercase() || c.is_ascii_digit());
        if let Some((at, label)) = last_word(head)
            && name
            && known(label).is_some()
            && label.chars().count() > 1
            && head.get(at + label.len()..) == Some("")
        {
            start = at;
            speaker = known(label);
        }
    }
    let speaker = speaker?;
    let head = rest.get(..start).unwrap_or_default();
    let (head, stamped) = strip_stamp(head);
    let trimmed = head.trim_end();
    let at_start = trimmed.is_empty();
    if dash && !at_start {
        return None;
    }
    let label = rest.get(start..).unwrap_or_default();
    let capital = label.chars().next().is_some_and(char::is_uppercase);
    let single = word.chars().count() == 1;
    let after_sentence = trimmed.ends_with(['.', '!', '?', '…', '»', '"', ')', ';']);
    // in the middle of a line only a capital letter after the end of a sentence is a label
    let inside =
        (capital && (after_sentence || stamped)) || (capital && !single && !trimmed.ends_with([',', ':']));
    (at_start || inside).then_some((speaker, head.len()))
}

fn known(word: &str) -> Option<Speaker> {
    let word = crate::text::normalize(word);
    let stands = |list: &[&str]| list.contains(&word.as_str());
    if stands(OPERATOR) {
        Some(Speaker::Operator)
    } else if stands(CLIENT) {
        Some(Speaker::Client)
    } else if stands(VOICE) {
        Some(Speaker::Unknown)
    } else {
        None
    }
}

fn last_word(text: &str) -> Option<(usize, &str)> {
    let start =
        text.char_indices().rev().take_while(|(_, c)| c.is_alphanumeric()).last().map(|(at, _)| at)?;
    Some((start, text.get(start..)?))
}

/// Drops `[00:12]`, `(00:12)`, `00:12:07` at the end of `head`; says whether there was one.
fn strip_stamp(head: &str) -> (&str, bool) {
    let trimmed = head.trim_end();
    let stamp = |c: char| {
        c.is_ascii_digit() || matches!(c, ':' | '.' | ',' | '[' | ']' | '(' | ')' | '-' | '–' | '>' | ' ')
    };
    let start = trimmed
        .char_indices()
        .rev()
        .take_while(|(_, c)| stamp(*c))
        .last()
        .map_or(trimmed.len(), |(at, _)| at);
    let tail = trimmed.get(start..).unwrap_or_default();
    // the stamp begins at its first digit or bracket, not at the full stop of a sentence
    let from = tail.find(|c: char| c.is_ascii_digit() || matches!(c, '[' | '(')).map_or(tail.len(), |at| at);
    let is_stamp =
        tail.get(from..).is_some_and(|tail| tail.contains(':') && tail.chars().any(|c| c.is_ascii_digit()));
    if is_stamp { (head.get(..start + from).unwrap_or_default(), true) } else { (head, false) }
}
