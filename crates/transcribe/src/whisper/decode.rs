//! One utterance through whisper.cpp.
//!
//! Whisper always looks at 30 s. A short utterance is decoded with a window cut to its
//! length, which is several times faster; when the result looks poor (the short window once
//! lost an order number) it is decoded again with the full window and with temperature.

use domain::{Utterance, Word};
use whisper_rs::{FullParams, WhisperError, WhisperState};

use super::engine::Worker;
use crate::{HeardSegment, guards};

/// Under 100 ms whisper.cpp says nothing, under a second it says little: pad to 1.1 s.
const LEAST_SAMPLES: usize = 17_600;
const SAMPLES_PER_MS: usize = 16;
/// Mean log probability under which the full window is tried: real lines lie above -0.7 mostly.
const POOR_LOGPROB: f32 = -0.8;
/// Encoder positions of the full 30 s window; 50 a second.
const FULL_WINDOW: usize = 1500;
/// Prompt tokens: half of the text context, as Whisper itself allows.
const MOST_PROMPT_TOKENS: usize = 200;

/// Decodes the sound of an utterance; times come out relative to the recording.
pub(super) fn decode(
    worker: &Worker,
    utterance: &Utterance,
    pcm: Vec<f32>,
    phrases: &[String],
) -> Result<Vec<HeardSegment>, WhisperError> {
    let clock = Clock::of(utterance, pcm.len());
    let mut padded = pcm;
    padded.resize(padded.len().max(LEAST_SAMPLES), 0.0);
    let prompt = prompt(worker, phrases);

    let window = short_window(padded.len());
    let mut params = worker.params.clone();
    params.set_tokens(&prompt);
    params.set_audio_ctx(i32::try_from(window).unwrap_or(0));
    params.set_temperature_inc(0.0);
    let first = run(worker, params, &padded, &clock)?;
    if !first.is_poor() {
        return Ok(first.segments);
    }

    let mut params = worker.params.clone();
    params.set_tokens(&prompt);
    params.set_audio_ctx(0);
    params.set_temperature_inc(0.2);
    let second = run(worker, params, &padded, &clock)?;
    tracing::debug!(first = first.logprob, second = second.logprob, "utterance decoded again");
    Ok(if second.is_better_than(&first) { second.segments } else { first.segments })
}

fn prompt(worker: &Worker, phrases: &[String]) -> Vec<i32> {
    let text = phrases.join(", ").replace('\0', " ");
    if text.is_empty() {
        return Vec::new();
    }
    // too long a list is an error of the tokeniser: names are a help, not a duty
    worker.context.tokenize(&format!(" {text}."), MOST_PROMPT_TOKENS).unwrap_or_default()
}

/// Encoder positions for so many samples: 50 a second and some air, in steps of 64.
fn short_window(samples: usize) -> usize {
    let positions = samples.div_ceil(16_000 / 50) + 64;
    positions.next_multiple_of(64).min(FULL_WINDOW)
}

/// Times of whisper.cpp (centiseconds in the slice) to times of the recording.
struct Clock {
    start_ms: u64,
    end_ms: u64,
}

impl Clock {
    fn of(utterance: &Utterance, samples: usize) -> Self {
        let length = u64::try_from(samples / SAMPLES_PER_MS).unwrap_or(u64::MAX);
        Self { start_ms: utterance.start_ms, end_ms: utterance.start_ms.saturating_add(length) }
    }

    fn at(&self, centiseconds: i64) -> u64 {
        let ms = u64::try_from(centiseconds).unwrap_or(0).saturating_mul(10);
        self.start_ms.saturating_add(ms).min(self.end_ms)
    }
}

struct Decoded {
    segments: Vec<HeardSegment>,
    /// Mean over all tokens; 0 where nothing was said.
    logprob: f32,
}

impl Decoded {
    fn repeats(&self) -> bool {
        self.segments.iter().any(|segment| guards::repeats(&segment.text))
    }

    fn is_poor(&self) -> bool {
        self.segments.is_empty() || self.logprob < POOR_LOGPROB || self.repeats()
    }

    fn is_better_than(&self, other: &Self) -> bool {
        match (self.segments.is_empty(), other.segments.is_empty()) {
            (true, _) => false,
            (false, true) => true,
            (false, false) => (!self.repeats(), self.logprob) > (!other.repeats(), other.logprob),
        }
    }
}

/// A new state each time: whisper.cpp draws the candidates of its beam by chance and does not
/// seed its first decoder anew, so a used state would give words that depend on what came before.
fn run(
    worker: &Worker,
    params: FullParams<'_, '_>,
    pcm: &[f32],
    clock: &Clock,
) -> Result<Decoded, WhisperError> {
    let mut state = worker.context.create_state()?;
    state.full(params, pcm)?;
    read(&state, worker.context.token_eot(), clock)
}

/// Segments, words and probabilities of the last decode.
fn read(state: &WhisperState, end_of_text: i32, clock: &Clock) -> Result<Decoded, WhisperError> {
    let (mut segments, mut all_sum, mut all_count) = (Vec::new(), 0.0, 0_u16);
    for segment in state.as_iter() {
        let (mut sum, mut count, mut text, mut words) = (0.0, 0_u16, Vec::new(), Vec::<RawWord>::new());
        let tokens = (0..segment.n_tokens()).filter_map(|n| segment.get_token(n));
        for token in tokens.filter(|token| token.token_id() < end_of_text) {
            let (data, bytes) = (token.token_data(), token.to_bytes()?);
            sum += data.plog;
            count = count.saturating_add(1);
            text.extend_from_slice(bytes);
            let (start_ms, end_ms) = (clock.at(data.t0), clock.at(data.t1));
            match words.last_mut() {
                Some(word) if bytes.first() != Some(&b' ') => {
                    word.end_ms = end_ms.max(word.end_ms);
                    word.bytes.extend_from_slice(bytes);
                }
                _ => words.push(RawWord { start_ms, end_ms, bytes: bytes.to_vec() }),
            }
        }
        let text = String::from_utf8_lossy(&text).trim().to_owned();
        if count == 0 || text.is_empty() {
            continue;
        }
        (all_sum, all_count) = (all_sum + sum, all_count.saturating_add(count));
        segments.push(HeardSegment {
            start_ms: clock.at(segment.start_timestamp()),
            end_ms: clock.at(segment.end_timestamp()),
            text,
            avg_logprob: Some(sum / f32::from(count)),
            words: words.into_iter().filter_map(RawWord::finish).collect(),
        });
    }
    Ok(Decoded { segments, logprob: all_sum / f32::from(all_count.max(1)) })
}

/// A word in bytes: a token may hold half of a letter, so letters are read when it is whole.
struct RawWord {
    start_ms: u64,
    end_ms: u64,
    bytes: Vec<u8>,
}

impl RawWord {
    fn finish(self) -> Option<Word> {
        let text = String::from_utf8_lossy(&self.bytes).trim().to_owned();
        (!text.is_empty()).then(|| Word {
            text,
            start_ms: self.start_ms,
            end_ms: self.end_ms.max(self.start_ms),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_grows_with_the_sound_and_ends_at_thirty_seconds() {
        assert_eq!(short_window(LEAST_SAMPLES), 128);
        assert_eq!(short_window(5 * 16_000), 320);
        assert_eq!(short_window(29 * 16_000), FULL_WINDOW);
    }

    #[test]
    fn letters_split_between_tokens_are_joined_before_they_are_read() {
        let [one, two] = [&"ж".as_bytes()[..1], &"ж".as_bytes()[1..]];
        let bytes = [b" ", one, two].concat();
        assert_eq!(RawWord { start_ms: 5, end_ms: 1, bytes }.finish().unwrap().text, "ж");
    }
}
