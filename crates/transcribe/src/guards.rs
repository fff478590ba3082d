//! After decoding: what an engine says it heard, but nobody said.
//!
//! Whisper was trained on subtitles and fills noise with their usual lines. Known lines are
//! matched against *whole* segments only: «спасибо за просмотр» inside a sentence may be real.
//! Nothing is thrown away unseen: the transcript keeps it with the reason.

use std::io::Write as _;

use domain::DropReason;
use flate2::{Compression, write::ZlibEncoder};

use crate::HeardSegment;

/// Below this an utterance is short enough to be a breath or a click, ms.
const SHORT_MS: u64 = 1500;
/// Over short sounds, improbable words are inventions: seen at -0.52 to -0.82.
const SHORT_LOGPROB: f32 = -0.5;
/// Whisper's own limit for text that repeats itself.
const COMPRESSION: f64 = 2.4;
/// Nobody speaks faster, characters a second.
const FASTEST: f64 = 30.0;

/// Whether the segment, heard in an utterance of `utterance_ms`, is to be dropped. `all_chars` is the
/// length of all text heard in that utterance.
pub(crate) fn verdict(segment: &HeardSegment, utterance_ms: u64, all_chars: usize) -> Option<DropReason> {
    if is_known(&segment.text) {
        return Some(DropReason::KnownHallucination);
    }
    if repeats(&segment.text) {
        return Some(DropReason::Repetition);
    }
    if to_f64(all_chars) > FASTEST * to_f64(usize::try_from(utterance_ms).unwrap_or(usize::MAX)) / 1000.0 {
        return Some(DropReason::TooFast);
    }
    if ANSWERS.contains(&bare(&segment.text).as_str()) {
        return None;
    }
    let improbable = segment.avg_logprob.is_some_and(|logprob| logprob < SHORT_LOGPROB);
    (improbable && utterance_ms < SHORT_MS).then_some(DropReason::Improbable)
}

/// Text that repeats itself by compression or by phrase: also a reason to decode again.
pub(crate) fn repeats(text: &str) -> bool {
    compression_ratio(text) > COMPRESSION || repeats_phrase(text)
}

/// Whether an engine said its hints back instead of words: all of them, or a run of [`ECHO_WORDS`] words and more
/// that goes over the border of two hints. A single name is what people say too, so it is an echo only over a
/// sound that is too short for more.
pub(crate) fn echoes(text: &str, hints: &[String], speech_ms: u64) -> bool {
    let said = bare(text);
    let given: Vec<String> = hints.iter().map(|hint| bare(hint)).filter(|hint| !hint.is_empty()).collect();
    if said.is_empty() || given.is_empty() {
        return false;
    }
    let all = given.join(" ");
    let words = said.split(' ').count();
    if said == all {
        return words >= ECHO_WORDS || speech_ms < 1000;
    }
    let inside_one = given.iter().any(|hint| format!(" {hint} ").contains(&format!(" {said} ")));
    words >= ECHO_WORDS && !inside_one && format!(" {all} ").contains(&format!(" {said} "))
}

/// So many words of the hints in a row are no coincidence.
const ECHO_WORDS: usize = 4;

/// What people do say in under a second; engines are unsure of such scraps even when right.
const ANSWERS: [&str; 16] = [
    "алло",
    "але",
    "да",
    "да да",
    "нет",
    "ага",
    "угу",
    "хорошо",
    "ладно",
    "слушаю",
    "да слушаю",
    "здравствуйте",
    "добрый день",
    "спасибо",
    "до свидания",
    "конечно",
];

/// Lines that whole segments of noise become.
const EXACT: [&str; 22] = [
    "продолжение следует",
    "спасибо за просмотр",
    "спасибо за внимание",
    "подписывайтесь на мой канал",
    "подписывайтесь на наш канал",
    "подписывайтесь на канал",
    "ставьте лайки",
    "до новых встреч",
    "всем пока",
    "игорь негода",
    "amara org",
    "субтитры подогнал симон",
    "музыка",
    "веселая музыка",
    "спокойная музыка",
    "аплодисменты",
    "смех",
    "звонок",
    "телефонный звонок",
    "гудки",
    "субтитры",
    "с вами был игорь негода",
];

/// Beginnings of such lines: a name follows.
const BEGINNINGS: [&str; 7] = [
    "редактор субтитров",
    "корректор",
    "субтитры сделал",
    "субтитры делал",
    "субтитры создавал",
    "субтитры добавил",
    "субтитры и перевод",
];

fn is_known(text: &str) -> bool {
    let text = text.trim();
    if in_brackets(text) || in_capitals(text) {
        return true;
    }
    let bare = bare(text);
    EXACT.contains(&bare.as_str())
        || BEGINNINGS.iter().any(|start| {
            bare.strip_prefix(start).is_some_and(|rest| {
                // credits are short: «корректор нужен срочно, потому что…» is a person
                (rest.is_empty() || rest.starts_with(' ')) && rest.split(' ').count() <= 7
            })
        })
}

/// «[музыка]», «(смех)», «*звонит телефон*», «♪».
fn in_brackets(text: &str) -> bool {
    let wrapped = |open, close| text.starts_with(open) && text.ends_with(close);
    wrapped('[', ']') || wrapped('(', ')') || (wrapped('*', '*') && text.len() > 1) || text.starts_with('♪')
}

/// «ВЕСЕЛАЯ МУЗЫКА»; one short word in capitals may be an abbreviation.
fn in_capitals(text: &str) -> bool {
    let letters: Vec<char> = text.chars().filter(|c| c.is_alphabetic()).collect();
    letters.len() > 5 && letters.iter().all(|c| c.is_uppercase())
}

/// Lower case, ё = е, words parted by single spaces, no punctuation.
fn bare(text: &str) -> String {
    let plain: String = text
        .to_lowercase()
        .chars()
        .map(|c| match c {
            'ё' => 'е',
            c if c.is_alphanumeric() => c,
            _ => ' ',
        })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// UTF-8 bytes over deflated bytes, as Whisper counts it.
fn compression_ratio(text: &str) -> f64 {
    let mut deflated = ZlibEncoder::new(Vec::new(), Compression::default());
    // writing to memory cannot fail; 1.0 would mean "does not repeat"
    let packed = deflated.write_all(text.as_bytes()).and_then(|()| deflated.finish());
    packed.map_or(1.0, |packed| to_f64(text.len()) / to_f64(packed.len().max(1)))
}

/// One phrase of 1–4 words, four times in a row; «да-да-да-да» is how people talk, so
/// a single short word needs eight.
fn repeats_phrase(text: &str) -> bool {
    let bare = bare(text);
    let words: Vec<&str> = bare.split(' ').filter(|word| !word.is_empty()).collect();
    (1..=4).any(|length| {
        (0..words.len()).any(|start| {
            let rest = words.get(start..).unwrap_or_default();
            let Some(phrase) = rest.get(..length) else { return false };
            let times = rest.chunks(length).take_while(|chunk| *chunk == phrase).count();
            let short = length == 1 && phrase.iter().all(|word| word.chars().count() <= 4);
            times >= if short { 8 } else { 4 }
        })
    })
}

#[expect(clippy::cast_precision_loss, reason = "lengths of texts are far below 2^53")]
fn to_f64(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &str, logprob: f32) -> HeardSegment {
        HeardSegment {
            start_ms: 0,
            end_ms: 1000,
            text: text.into(),
            avg_logprob: Some(logprob),
            words: Vec::new(),
        }
    }

    fn judged(text: &str, logprob: f32, ms: u64) -> Option<DropReason> {
        verdict(&heard(text, logprob), ms, text.chars().count())
    }

    #[test]
    fn whole_lines_of_subtitles_are_dropped() {
        for line in [
            "Редактор субтитров О. Голубкина Корректор А.Кулакова",
            "Субтитры сделал DimaTorzok",
            "Продолжение следует...",
            "ВЕСЕЛАЯ МУЗЫКА",
            "[музыка]",
            "Спасибо за просмотр!",
        ] {
            assert_eq!(judged(line, -0.1, 4000), Some(DropReason::KnownHallucination), "{line}");
        }
    }

    #[test]
    fn the_same_words_inside_a_sentence_stay() {
        for line in [
            "Спасибо за просмотр нашей презентации, я вам перезвоню.",
            "Корректор нужен срочно, потому что тираж уходит в печать завтра утром",
            "ООО",
            "Звонок был вчера",
        ] {
            assert_eq!(judged(line, -0.3, 5000), None, "{line}");
        }
    }

    #[test]
    fn loops_are_dropped_and_ordinary_echoes_stay() {
        let looped = "Спасибо большое. ".repeat(4);
        assert_eq!(judged(&looped, -0.1, 9000), Some(DropReason::Repetition));
        assert_eq!(judged("Да-да-да-да, конечно", -0.2, 2000), None);
        assert_eq!(judged(&"да ".repeat(9), -0.2, 9000), Some(DropReason::Repetition));
    }

    #[test]
    fn hints_said_back_are_an_echo_and_a_name_in_use_is_none() {
        let hints = ["Север Пласт".to_owned(), "Вектор Логистика".to_owned(), "Анна Петрова".to_owned()];
        assert!(echoes("Север Пласт, Вектор Логистика, Анна Петрова.", &hints, 5000));
        assert!(echoes("вектор логистика анна петрова", &hints, 5000));
        assert!(!echoes("Север Пласт", &hints, 900), "people name the company");
        assert!(!echoes("Это Север Пласт, Вектор Логистика", &hints, 3000));
        assert!(echoes("Север Пласт.", &hints[..1], 700) && !echoes("Север Пласт.", &hints[..1], 1200));
        assert!(!echoes("", &hints, 900) && !echoes("да", &[], 900));
    }

    #[test]
    fn impossible_speed_is_dropped() {
        let line = "Здравствуйте, меня зовут Анна, компания «Север Пласт», чем я могу вам помочь";
        assert_eq!(judged(line, -0.2, 1600), Some(DropReason::TooFast));
        assert_eq!(judged(line, -0.2, 4000), None);
    }

    #[test]
    fn unsure_words_over_a_short_sound_are_dropped_over_a_long_one_kept() {
        assert_eq!(judged("Тикток", -0.7, 900), Some(DropReason::Improbable));
        assert_eq!(judged("Тикток", -0.3, 900), None);
        assert_eq!(judged("Алло?", -0.7, 900), None, "people do say this");
        assert_eq!(judged("В один на цитю", -1.2, 2500), None);
    }
}
