//! From an answer to passages: times mapped back to the recording, words given to their turns, inventions marked.

use domain::DropReason;

use super::plan::{Piece, Turn};
use crate::{HeardSegment, Passage, PieceSegment, PieceWords, assemble, guards};

/// Whisper's own marks of a text that nobody said: nobody spoke, and the words are improbable…
const NO_SPEECH: f32 = 0.6;
const NO_SPEECH_LOGPROB: f32 = -1.0;
/// …or the text repeats itself.
const REPETITIVE: f32 = 2.4;
/// A segment that reaches less into another turn is only inexact, ms.
const SPILL_MS: u64 = 400;
/// Words a second of speech: outside of it something is wrong with the answer.
const SLOWEST: f64 = 0.5;
const FASTEST: f64 = 6.0;
/// Less speech may be one drawn-out word, ms.
const SLOW_FROM_MS: u64 = 3000;

/// What an answer makes of a piece: a passage per turn, in order.
pub(super) fn passages(piece: &Piece, words: &PieceWords, hints: &[String]) -> Vec<Passage> {
    let mut heard: Vec<Passage> = piece.turns.iter().map(|turn| passage(turn, Some(Vec::new()))).collect();
    let mut give = |turn: usize, segment: HeardSegment, mark: Option<DropReason>| {
        let Some(passage) = heard.get_mut(turn) else { return };
        let echo = guards::echoes(&segment.text, hints, passage.speech_ms());
        match mark.or(echo.then_some(DropReason::KnownHallucination)) {
            Some(reason) => passage.dropped.push((segment, reason)),
            None => passage.segments.get_or_insert_default().push(segment),
        }
    };
    if words.segments.is_empty() {
        spread(piece, words.text.trim(), &mut give);
    }
    let mut segments: Vec<&PieceSegment> = words.segments.iter().collect();
    segments.sort_by_key(|segment| segment.start_ms);
    for segment in segments.into_iter().filter(|segment| !segment.text.trim().is_empty()) {
        let parts = parts(piece, segment);
        let lengths: Vec<u64> = parts.iter().map(|part| part.to_ms - part.from_ms).collect();
        for (part, text) in parts.iter().zip(cut(segment.text.trim(), &lengths)) {
            let Some(turn) = piece.turns.get(part.turn).filter(|_| !text.is_empty()) else { continue };
            let (start_ms, end_ms) =
                (in_recording(piece, turn, part.from_ms), in_recording(piece, turn, part.to_ms));
            let end_ms = end_ms.max(start_ms);
            let heard =
                HeardSegment { start_ms, end_ms, text, avg_logprob: segment.avg_logprob, words: Vec::new() };
            give(part.turn, heard, mark(segment));
        }
    }
    heard
}

/// A turn and what was heard in it; `None`: nothing could be heard.
pub(super) fn passage(turn: &Turn, segments: Option<Vec<HeardSegment>>) -> Passage {
    Passage {
        utterances: turn.utterances.clone(),
        channel: turn.channel,
        speaker: None,
        segments,
        dropped: Vec::new(),
    }
}

/// How far an answer can be believed; the greater the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trust {
    /// No word of it stands the guards.
    Nothing,
    /// Words, but far too few or too many for so much speech.
    Odd,
    /// As people speak.
    Good,
}

/// Weighs an answer: one that is not good is asked for again.
pub(super) fn trust(heard: &[Passage]) -> Trust {
    let mut words = 0_u32;
    for passage in heard {
        let (kept, _) = assemble::sift(passage.segments.clone().unwrap_or_default(), passage.speech_ms());
        let count: usize = kept.iter().map(|segment| segment.text.split_whitespace().count()).sum();
        words = words.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
    }
    let ms: u64 = heard.iter().map(Passage::speech_ms).sum();
    let seconds = f64::from(u32::try_from(ms).unwrap_or(u32::MAX)) / 1000.0;
    let (words, slow) = (f64::from(words), ms >= SLOW_FROM_MS);
    if words == 0.0 {
        Trust::Nothing
    } else if (slow && words < SLOWEST * seconds) || words > (FASTEST * seconds).max(3.0) {
        Trust::Odd
    } else {
        Trust::Good
    }
}

fn mark(segment: &PieceSegment) -> Option<DropReason> {
    let over = |value: Option<f32>, limit: f32| value.is_some_and(|value| value > limit);
    let improbable = segment.avg_logprob.is_some_and(|logprob| logprob < NO_SPEECH_LOGPROB);
    if over(segment.no_speech_prob, NO_SPEECH) && improbable {
        Some(DropReason::Improbable)
    } else {
        over(segment.compression_ratio, REPETITIVE).then_some(DropReason::Repetition)
    }
}

/// A text without times: that of its turn, or spread over several by their lengths.
fn spread(piece: &Piece, text: &str, give: &mut impl FnMut(usize, HeardSegment, Option<DropReason>)) {
    if piece.turns.len() > 1 && !text.is_empty() {
        tracing::warn!(piece = piece.name(), "the model gives no times: say so in its settings");
    }
    let lengths: Vec<u64> = piece.turns.iter().map(Turn::speech_ms).collect();
    for (at, (turn, text)) in piece.turns.iter().zip(cut(text, &lengths)).enumerate() {
        if !text.is_empty() {
            let (start_ms, end_ms) = (turn.start_ms(), turn.end_ms());
            give(at, HeardSegment { start_ms, end_ms, text, avg_logprob: None, words: Vec::new() }, None);
        }
    }
}

/// A part of a segment that lies in one turn; times of the piece.
struct Part {
    turn: usize,
    from_ms: u64,
    to_ms: u64,
}

/// The turns that a segment was spoken in, by time. The one that it covers most is taken first; another only with
/// what is left, so double talk is not torn apart.
fn parts(piece: &Piece, segment: &PieceSegment) -> Vec<Part> {
    let (start, end) = (segment.start_ms, segment.end_ms.max(segment.start_ms));
    let mut left = vec![(start, end)];
    let mut parts: Vec<Part> = Vec::new();
    while parts.len() < piece.turns.len() {
        let free = |(at, turn): (usize, &Turn)| {
            let (from, to) = (piece.at(turn.start_ms()), piece.at(turn.end_ms()));
            let taken = parts.iter().any(|part| part.turn == at);
            let stretches = left.iter().map(|(a, b)| (*a.max(&from), *b.min(&to))).filter(|(a, b)| a < b);
            let longest = stretches.max_by_key(|(a, b)| b - a).filter(|_| !taken)?;
            Some((at, longest, (from, to)))
        };
        let best = piece.turns.iter().enumerate().filter_map(free).max_by_key(|(_, (a, b), _)| b - a);
        let Some((turn, (from_ms, to_ms), (from, to))) = best else { break };
        if !parts.is_empty() && to_ms - from_ms < SPILL_MS {
            break;
        }
        parts.push(Part { turn, from_ms, to_ms });
        let rest = left.iter().flat_map(|(a, b)| [(*a, *b.min(&from)), (*a.max(&to), *b)]);
        left = rest.filter(|(a, b)| a < b).collect();
    }
    if parts.is_empty() {
        // outside of all speech, or of no length: the nearest turn's
        let distance = |turn: &Turn| {
            let (from, to) = (piece.at(turn.start_ms()), piece.at(turn.end_ms()));
            from.saturating_sub(start) + start.saturating_sub(to)
        };
        let nearest = piece.turns.iter().enumerate().min_by_key(|(_, turn)| distance(turn));
        parts.extend(nearest.map(|(turn, _)| Part { turn, from_ms: start, to_ms: end }));
    }
    parts.sort_by_key(|part| part.from_ms);
    parts
}

/// A moment of the piece, inside of this turn, as a moment of the recording.
fn in_recording(piece: &Piece, turn: &Turn, piece_ms: u64) -> u64 {
    let begun = turn.utterances.iter().rfind(|utterance| piece.at(utterance.start_ms) <= piece_ms);
    let utterance = begun.or(turn.utterances.first());
    utterance.map_or(0, |utterance| {
        let into = piece_ms.saturating_sub(piece.at(utterance.start_ms));
        (utterance.start_ms + into).min(utterance.end_ms)
    })
}

/// Cuts a text into as many parts as there are lengths, each about as long as its length tells, best behind a
/// sentence: words have no times of their own here.
fn cut(text: &str, lengths: &[u64]) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let size = |words: &[&str]| words.iter().map(|word| word.chars().count() + 1).sum::<usize>();
    let total = u64::try_from(size(&words)).unwrap_or(u64::MAX);
    let all: u64 = lengths.iter().sum::<u64>().max(1);
    let (mut parts, mut from, mut so_far) = (Vec::with_capacity(lengths.len()), 0, 0);
    for (at, length) in lengths.iter().enumerate() {
        so_far += length;
        let to = if at + 1 == lengths.len() {
            words.len()
        } else {
            let target = total.saturating_mul(so_far) / all;
            let cost = |end: &usize| {
                let here = u64::try_from(size(words.get(..*end).unwrap_or_default())).unwrap_or(u64::MAX);
                here.abs_diff(target) + border(words.get(end.wrapping_sub(1)).copied().unwrap_or("."))
            };
            (from..=words.len()).min_by_key(cost).unwrap_or(words.len())
        };
        parts.push(words.get(from..to).unwrap_or_default().join(" "));
        from = to;
    }
    parts
}

/// What it costs to cut behind this word, in letters: nothing behind a sentence.
fn border(word: &str) -> u64 {
    match word.chars().next_back() {
        Some('.' | '?' | '!' | '…') => 0,
        Some(',' | ';' | ':' | '—') => 10,
        _ => 16,
    }
}

#[cfg(test)]
mod tests {
    use domain::ChannelLayout;
    use openai_client::SpeechModel;

    use super::*;
    use crate::openai::{ChannelMode, OpenAiOptions, plan::Plan};

    fn piece(speech: &[(u8, u64, u64)], channels: ChannelMode) -> Piece {
        let survey = test_support::survey(ChannelLayout::Stereo, speech);
        let model = SpeechModel {
            name: "m".into(),
            timestamps: true,
            prompt: true,
            keywords: false,
            languages_list: false,
            max_seconds: 1390,
            max_bytes: 26_214_400,
        };
        let options = OpenAiOptions { channels, ..OpenAiOptions::default() };
        Plan::of(&survey, &model, &options).pieces.remove(0)
    }

    fn said(start_ms: u64, end_ms: u64, text: &str) -> PieceSegment {
        let (avg_logprob, no_speech_prob, compression_ratio) = (Some(-0.2), Some(0.0), Some(1.1));
        PieceSegment { start_ms, end_ms, text: text.into(), avg_logprob, no_speech_prob, compression_ratio }
    }

    fn timed(segments: Vec<PieceSegment>) -> PieceWords {
        PieceWords { segments, ..PieceWords::default() }
    }

    fn heard(passages: &[Passage]) -> Vec<Vec<(u64, u64, &str)>> {
        let segments = |passage: &Passage| passage.segments.as_ref().unwrap().len();
        assert!(passages.iter().map(segments).sum::<usize>() > 0);
        let each = |s: &'_ HeardSegment| (s.start_ms, s.end_ms);
        passages
            .iter()
            .map(|p| {
                p.segments.as_ref().unwrap().iter().map(|s| (each(s).0, each(s).1, s.text.as_str())).collect()
            })
            .collect()
    }

    const APART: [(u8, u64, u64); 2] = [(0, 10_000, 14_000), (0, 60_000, 63_000)];

    #[test]
    fn times_of_the_piece_become_times_of_the_recording() {
        let piece = piece(&APART, ChannelMode::PerChannel);
        let words = timed(vec![said(500, 3500, "Добрый день."), said(4200, 6900, "До свидания.")]);
        let passages = passages(&piece, &words, &[]);
        let expected = [vec![(10_500, 13_500, "Добрый день.")], vec![(60_200, 62_900, "До свидания.")]];
        assert_eq!(heard(&passages), expected);
    }

    #[test]
    fn a_segment_over_two_turns_is_cut_behind_the_sentence() {
        let piece = piece(&APART, ChannelMode::PerChannel);
        let words = timed(vec![said(0, 7000, "Да, я вас хорошо слышу, говорите. Тогда до завтра, жду вас.")]);
        let passages = passages(&piece, &words, &[]);
        assert_eq!(
            heard(&passages),
            [
                vec![(10_000, 14_000, "Да, я вас хорошо слышу, говорите.")],
                vec![(60_000, 63_000, "Тогда до завтра, жду вас.")],
            ]
        );
    }

    #[test]
    fn a_segment_that_spills_a_little_stays_whole() {
        let piece = piece(&APART, ChannelMode::PerChannel);
        let words = timed(vec![said(0, 4300, "Да, я вас слышу"), said(4300, 7000, "До завтра")]);
        let passages = passages(&piece, &words, &[]);
        assert_eq!(heard(&passages)[0], [(10_000, 14_000, "Да, я вас слышу")]);
        assert_eq!(heard(&passages)[1], [(60_300, 63_000, "До завтра")]);
    }

    #[test]
    fn in_a_mix_the_channel_that_covers_most_of_it_has_said_it() {
        let piece = piece(&[(0, 0, 4000), (1, 3000, 8000)], ChannelMode::Mixed);
        let words =
            timed(vec![said(0, 3900, "Добрый день, компания"), said(3100, 7900, "Здравствуйте, девушка")]);
        let passages = passages(&piece, &words, &[]);
        assert_eq!(passages.iter().map(|p| p.channel).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(heard(&passages)[0], [(0, 3900, "Добрый день, компания")]);
        assert_eq!(heard(&passages)[1], [(3100, 7900, "Здравствуйте, девушка")]);
    }

    #[test]
    fn odd_times_lose_no_word() {
        let piece = piece(&APART, ChannelMode::PerChannel);
        let words =
            timed(vec![said(99_000, 100, "поздно"), said(4100, 4100, "миг"), said(0, u64::MAX, "всё это")]);
        let passages = passages(&piece, &words, &[]);
        let all: Vec<&str> = heard(&passages).concat().iter().flat_map(|s| s.2.split(' ')).collect();
        assert_eq!(all.len(), 4, "{all:?}");
        assert!(heard(&passages).concat().iter().all(|s| s.0 <= s.1 && s.1 <= 63_000));
    }

    #[test]
    fn without_times_a_text_is_spread_over_the_turns() {
        let piece = piece(&APART, ChannelMode::PerChannel);
        let words = PieceWords {
            text: "Добрый день, это Анна. До свидания, Пётр.".into(),
            ..PieceWords::default()
        };
        assert_eq!(
            heard(&passages(&piece, &words, &[])),
            [vec![(10_000, 14_000, "Добрый день, это Анна.")], vec![(60_000, 63_000, "До свидания, Пётр.")]]
        );
    }

    #[test]
    fn the_models_own_marks_and_echoes_are_dropped_with_a_reason() {
        let piece = piece(&APART, ChannelMode::PerChannel);
        let unheard =
            PieceSegment {
                no_speech_prob: Some(0.7), avg_logprob: Some(-1.1), ..said(0, 900, "Ладно вам")
            };
        let only_unsure = PieceSegment { no_speech_prob: Some(0.7), ..said(900, 1800, "Хорошо") };
        let looped =
            PieceSegment { compression_ratio: Some(2.5), ..said(1800, 3900, "Так так так") };
        let echo = said(4000, 6900, "Север Пласт, Анна Петрова");
        let words = timed(vec![unheard, only_unsure, looped, echo]);
        let hints = ["Север Пласт".to_owned(), "Анна Петрова".to_owned()];
        let passages = passages(&piece, &words, &hints);
        let reasons: Vec<_> = passages.iter().flat_map(|p| p.dropped.iter().map(|d| d.1)).collect();
        assert_eq!(reasons, [DropReason::Improbable, DropReason::Repetition, DropReason::KnownHallucination]);
        assert_eq!(heard(&passages)[0], [(10_900, 11_800, "Хорошо")]);
    }

    #[test]
    fn an_answer_is_trusted_at_the_speed_of_people() {
        let piece = piece(&APART, ChannelMode::PerChannel);
        let of = |text: &str| {
            trust(&passages(&piece, &PieceWords { text: text.into(), ..PieceWords::default() }, &[]))
        };
        assert_eq!(of(""), Trust::Nothing);
        assert_eq!(of("Субтитры сделал DimaTorzok"), Trust::Nothing, "words, but none that was said");
        assert_eq!(of("Алло, да"), Trust::Odd, "two words in seven seconds");
        assert_eq!(of("Здравствуйте, я по поводу заказа"), Trust::Good);
        assert_eq!(of(&"и так же мы ещё это всё ".repeat(8)), Trust::Nothing, "a loop");
        let many: Vec<String> = (0..50).map(|n| format!("{n}й")).collect();
        assert_eq!(of(&many.join(" ")), Trust::Odd);
    }
}
