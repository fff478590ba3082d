//! The words of a call laid on its sound: times that were reckoned become those of the sound, and speech
//! without words shows as a gap.
//!
//! Each speaker's words keep their order: a phrase never takes sound that comes before the sound of the one
//! before it. Among all such ways the one is taken that fits best by length and by time. So words still find
//! their sound where the clock they were timed by ran at another pace than the recording.

use std::ops::Range;

use domain::{OperatorChannel, Segment, Speaker, Survey, Transcript, Utterance};
use transcribe::{HeardSegment, Passage, assemble_passages};

/// Words and sound that are further apart than this are simply far, ms.
const REACH_MS: u64 = 15_000;
/// Being apart counts an eighth of not fitting in length: a reckoned time is worth less.
const APART: u64 = 8;
/// What words without sound cost, and sound without words on top of its own length, ms.
const ALONE: u64 = 1_000;
/// How long a letter takes in speech, ms.
const LETTER_MS: u64 = 65;
/// Stretches of speech in one phrase.
const MOST_STRETCHES: usize = 64;
/// Phrases times stretches of one speaker: an hour's call has a million.
const MOST_WORK: usize = 8_000_000;
/// Between two phrases.
const PAUSE_MS: u64 = 1_000;
/// A recording that is so many times longer or shorter than the call was made by another clock…
const OTHER_PACE: u64 = 2;
/// …unless both are too short to tell.
const TOO_SHORT_MS: u64 = 10_000;

/// Lays each speaker's words on his channel of a stereo recording. The call lasted `clock_ms` by the clock that
/// the words were timed by.
pub(super) fn laid_on(
    mut transcript: Transcript,
    survey: &Survey,
    robot: OperatorChannel,
    clock_ms: Option<u64>,
) -> Transcript {
    if clock_ms.is_some_and(|clock_ms| is_other_pace(clock_ms, survey.duration_ms)) {
        said_in_turn(&mut transcript.segments, survey);
    }
    let channel = |speaker| u8::from((speaker == Speaker::Operator) == (robot == OperatorChannel::Right));
    let mut stretches: Vec<Vec<Utterance>> = vec![Vec::new(); transcript.segments.len()];
    let mut wordless = Vec::new();
    for speaker in [Speaker::Operator, Speaker::Client] {
        let said: Vec<(usize, &Segment)> = transcript
            .segments
            .iter()
            .enumerate()
            .filter(|(_, segment)| segment.speaker == speaker)
            .collect();
        let heard: Vec<&Utterance> =
            survey.speech().filter(|utterance| survey.speaker(utterance.channel, robot) == speaker).collect();
        let phrases: Vec<&Segment> = said.iter().map(|(_, segment)| *segment).collect();
        let mut left = heard.iter().enumerate().collect::<Vec<_>>();
        for ((at, _), range) in said.iter().zip(in_order(&phrases, &heard)) {
            left.retain(|(index, _)| !range.contains(index));
            if let (Some(stretch), Some(taken)) = (stretches.get_mut(*at), heard.get(range)) {
                stretch.extend(taken.iter().copied().cloned());
            }
        }
        wordless.extend(left.into_iter().map(|(_, utterance)| (speaker, Utterance::clone(utterance))));
    }
    let spans = spans(&transcript.segments, &stretches);
    let spoken =
        transcript.segments.into_iter().zip(stretches).zip(spans).map(|((segment, utterances), span)| {
            let heard = HeardSegment {
                start_ms: span.start,
                end_ms: span.end,
                text: segment.text,
                avg_logprob: segment.avg_logprob,
                words: segment.words,
            };
            Passage {
                utterances,
                channel: channel(segment.speaker),
                speaker: Some(segment.speaker),
                segments: Some(vec![heard]),
                dropped: Vec::new(),
            }
        });
    let gaps = wordless.into_iter().map(|(speaker, utterance)| Passage {
        channel: utterance.channel,
        utterances: vec![utterance],
        speaker: Some(speaker),
        segments: None,
        dropped: Vec::new(),
    });
    let passages = spoken.chain(gaps).collect();
    assemble_passages(transcript.engine, &transcript.language, survey, robot, passages)
}

const fn is_other_pace(clock_ms: u64, sound_ms: u64) -> bool {
    let (less, more) = if clock_ms < sound_ms { (clock_ms, sound_ms) } else { (sound_ms, clock_ms) };
    more >= TOO_SHORT_MS && less.saturating_mul(OTHER_PACE) < more
}

/// Times of phrases that are said one after another for as long as anybody is heard.
fn said_in_turn(segments: &mut [Segment], survey: &Survey) {
    let begins = survey.speech().map(|utterance| utterance.start_ms).min().unwrap_or(0);
    let ends = survey.speech().map(|utterance| utterance.end_ms).max().unwrap_or(begins);
    let whole: u64 = segments.iter().map(|segment| reckoned(segment) + PAUSE_MS).sum();
    let place = |passed: u64| begins + passed.saturating_mul(ends - begins) / whole.max(1);
    let mut passed = 0;
    for segment in segments {
        let until = passed + reckoned(segment);
        segment.start_ms = Some(place(passed));
        segment.end_ms = Some(place(until));
        passed = until + PAUSE_MS;
    }
}

/// For each phrase the stretches that are its own, the cheapest way in order.
fn in_order(phrases: &[&Segment], heard: &[&Utterance]) -> Vec<Range<usize>> {
    let (rows, columns) = (phrases.len(), heard.len() + 1);
    if rows.saturating_mul(columns) > MOST_WORK {
        return vec![0..0; rows];
    }
    // by phrase and stretch: the cost of all that comes from there on, and how many stretches are taken
    let mut below: Vec<u64> = vec![0; columns];
    for (at, utterance) in heard.iter().enumerate().rev() {
        below[at] = below[at + 1].saturating_add(length(utterance) / 2 + ALONE);
    }
    let mut taken: Vec<Vec<Step>> = Vec::with_capacity(rows);
    for phrase in phrases.iter().rev() {
        let mut row = vec![0; columns];
        let mut steps = vec![Step::Wordless; columns];
        for at in (0..columns).rev() {
            let mut best = (below[at].saturating_add(ALONE), Step::Takes(0));
            if let Some(utterance) = heard.get(at) {
                let without = row[at + 1] + length(utterance) / 2 + ALONE;
                best = best.min((without, Step::Wordless));
            }
            let (mut sounds, mut apart) = (0, 0);
            for (count, utterance) in heard.iter().skip(at).take(MOST_STRETCHES).enumerate() {
                sounds += length(utterance);
                apart += distance(phrase, utterance).min(REACH_MS);
                let cost = apart / APART + reckoned(phrase).abs_diff(sounds) / 2;
                best = best.min((below[at + count + 1].saturating_add(cost), Step::Takes(count + 1)));
            }
            (row[at], steps[at]) = best;
        }
        below = row;
        taken.push(steps);
    }
    let mut at = 0;
    taken.iter().rev().map(|steps| walk(steps, &mut at)).collect()
}

/// What is done with a stretch when a phrase is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// The phrase takes so many, none if its sound is not there.
    Takes(usize),
    /// It belongs to no phrase.
    Wordless,
}

fn walk(steps: &[Step], at: &mut usize) -> Range<usize> {
    while let Some(Step::Wordless) = steps.get(*at) {
        *at += 1;
    }
    let Some(Step::Takes(count)) = steps.get(*at) else { return *at..*at };
    let from = *at;
    *at += count;
    from..*at
}

/// Where each phrase stands: on its sound; without any, where it was reckoned, but between its neighbours.
fn spans(segments: &[Segment], stretches: &[Vec<Utterance>]) -> Vec<Range<u64>> {
    let sound = |at: usize| {
        let stretch = stretches.get(at)?;
        Some(stretch.first()?.start_ms..stretch.last()?.end_ms)
    };
    let mut after = 0;
    let mut spans = Vec::with_capacity(segments.len());
    for (at, segment) in segments.iter().enumerate() {
        let span = sound(at).unwrap_or_else(|| {
            let before = (at + 1..segments.len()).find_map(sound).map_or(u64::MAX, |next| next.start);
            let start = segment.start_ms.unwrap_or(after).max(after).min(before.saturating_sub(1).max(after));
            let lasts = segment.end_ms.unwrap_or(0).saturating_sub(segment.start_ms.unwrap_or(0));
            start..start.saturating_add(lasts)
        });
        after = after.max(span.start);
        spans.push(span);
    }
    spans
}

fn length(utterance: &Utterance) -> u64 {
    utterance.end_ms.saturating_sub(utterance.start_ms)
}

/// How long a phrase takes by its letters: what was reckoned may hold a pause.
fn reckoned(phrase: &Segment) -> u64 {
    phrase.text.chars().count() as u64 * LETTER_MS
}

/// How far words and a stretch of sound are apart.
fn distance(segment: &Segment, utterance: &Utterance) -> u64 {
    let start = segment.start_ms.unwrap_or(0);
    let end = segment.end_ms.unwrap_or(start).max(start);
    utterance.start_ms.saturating_sub(end).max(start.saturating_sub(utterance.end_ms))
}

#[cfg(test)]
mod tests {
    use domain::{ChannelLayout, EngineName};
    use test_support::{segment, survey};

    use super::*;

    const CLIENT: u8 = 1;
    const ROBOT: u8 = 0;

    /// Words of so many letters at a reckoned time.
    fn phrase(channel: u8, text: &str, span: (u64, u64)) -> Segment {
        let speaker = if channel == ROBOT { Speaker::Operator } else { Speaker::Client };
        segment(speaker, span.0, span.1, text)
    }

    fn laid(segments: Vec<Segment>, speech: &[(u8, u64, u64)]) -> Transcript {
        laid_by_clock(segments, speech, 600_000)
    }

    fn laid_by_clock(segments: Vec<Segment>, speech: &[(u8, u64, u64)], clock_ms: u64) -> Transcript {
        let transcript = Transcript {
            engine: EngineName { engine: "script".to_owned(), model: String::new() },
            language: "ru".to_owned(),
            segments,
            dropped: Vec::new(),
            coverage: None,
            metrics: None,
            cost: None,
        };
        laid_on(transcript, &survey(ChannelLayout::Stereo, speech), OperatorChannel::Left, Some(clock_ms))
    }

    fn shown(transcript: &Transcript) -> Vec<(&str, u64, u64)> {
        let place = |segment| -> (&str, u64, u64) {
            let segment: &Segment = segment;
            (&segment.text, segment.start_ms.unwrap(), segment.end_ms.unwrap())
        };
        transcript.segments.iter().map(place).collect()
    }

    const GREETING: &str = "Здравствуйте, это робот компании.";
    const QUESTION: &str = "Сколько стоит пластиковое окно?";
    const ANSWER: &str = "От восемнадцати тысяч рублей.";

    #[test]
    fn reckoned_times_become_those_of_the_sound() {
        let transcript = laid(
            vec![
                phrase(ROBOT, GREETING, (0, 2100)),
                phrase(CLIENT, QUESTION, (3000, 6000)),
                phrase(ROBOT, ANSWER, (8500, 10_400)),
            ],
            &[(ROBOT, 400, 2600), (CLIENT, 3900, 5800), (ROBOT, 9100, 10_000), (ROBOT, 10_300, 11_200)],
        );
        assert_eq!(
            shown(&transcript),
            [(GREETING, 400, 2600), (QUESTION, 3900, 5800), (ANSWER, 9100, 11_200)]
        );
        let coverage = transcript.coverage.unwrap();
        assert_eq!((coverage.gaps, coverage.incomplete), (Vec::new(), false));
    }

    #[test]
    fn order_holds_where_the_clock_ran_two_hundred_times_faster() {
        let (mut segments, mut speech) = (Vec::new(), Vec::new());
        let words = [
            "Да.",
            QUESTION,
            "Три окна.",
            "Посёлок Сосновка, улица Лесная, дом пять.",
            "Спасибо, до свидания.",
        ];
        let mut at = 500;
        for (number, text) in words.iter().cycle().take(25).enumerate() {
            for (channel, text) in [(ROBOT, GREETING), (CLIENT, *text)] {
                // what is said takes its own time, what is waited for passes in no time
                let reckoned = number as u64 * 10;
                segments.push(phrase(channel, text, (reckoned, reckoned + 2000)));
                let lasts = text.chars().count() as u64 * 60 + 150;
                speech.push((channel, at, at + lasts));
                at += lasts + 900;
            }
        }
        let expected: Vec<(u64, u64)> = speech.iter().map(|(_, from, to)| (*from, *to)).collect();
        let transcript = laid_by_clock(segments, &speech, 600);
        let places: Vec<(u64, u64)> = shown(&transcript).iter().map(|(_, from, to)| (*from, *to)).collect();
        assert_eq!(places, expected);
        assert!(!transcript.coverage.unwrap().incomplete);
    }

    #[test]
    fn speech_that_nobody_wrote_down_is_a_gap_and_not_the_last_phrase() {
        // an employee took over: the dialogue has no words of his
        let transcript = laid(
            vec![phrase(ROBOT, GREETING, (0, 2100)), phrase(ROBOT, "Соединяю.", (4000, 4600))],
            &[(ROBOT, 0, 2100), (ROBOT, 4000, 4700), (ROBOT, 30_000, 36_000), (ROBOT, 40_000, 44_000)],
        );
        assert_eq!(shown(&transcript), [(GREETING, 0, 2100), ("Соединяю.", 4000, 4700)]);
        let coverage = transcript.coverage.unwrap();
        assert_eq!(coverage.gaps, [(ROBOT, 30_000, 36_000), (ROBOT, 40_000, 44_000)]);
        assert!(coverage.incomplete);
    }

    #[test]
    fn words_without_sound_stay_between_their_neighbours() {
        let transcript = laid(
            vec![
                phrase(ROBOT, GREETING, (0, 2100)),
                phrase(CLIENT, "Да.", (90_000, 90_300)),
                phrase(ROBOT, ANSWER, (4000, 5900)),
            ],
            &[(ROBOT, 100, 2200), (ROBOT, 4100, 6000)],
        );
        assert_eq!(
            shown(&transcript).iter().map(|(text, ..)| *text).collect::<Vec<_>>(),
            [GREETING, "Да.", ANSWER]
        );
    }

    #[test]
    fn an_interrupted_phrase_ends_where_the_client_cut_it() {
        let transcript = laid(
            vec![
                phrase(ROBOT, "Доставка бесплатная от трёх тысяч —", (1000, 3300)),
                phrase(CLIENT, "Нет, подождите.", (3000, 4000)),
                phrase(ROBOT, ANSWER, (5200, 7100)),
            ],
            &[(ROBOT, 1000, 3300), (CLIENT, 3000, 4000), (ROBOT, 5200, 7100)],
        );
        let starts: Vec<u64> = transcript.segments.iter().map(|segment| segment.start_ms.unwrap()).collect();
        assert_eq!(starts, [1000, 3000, 5200]);
    }
}
