//! The lines of a turn in the log, as people know them, with the time of each step.
//!
//! Words and addresses stand there only where the settings allow it: lengths say enough to find a fault.

use domain::CallId;
use tokio::time::Instant;

use super::{TurnInput, TurnRequest, TurnSettings};
use crate::{PartFailed, Timings, Turn};

/// Since then, ms.
pub(super) fn ms(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// `0.523s`.
#[expect(clippy::cast_precision_loss, reason = "a step of a call takes seconds")]
fn seconds(ms: u64) -> String {
    format!("{:.3}s", ms as f64 / 1000.0)
}

#[expect(clippy::cast_precision_loss, reason = "a turn takes seconds")]
pub(super) fn asked(settings: &TurnSettings, request: &TurnRequest) {
    let url = match &request.input {
        TurnInput::Recording(url) if settings.log_words => url.as_str(),
        TurnInput::Recording(_) => "(hidden)",
        TurnInput::Text(_) => "(text)",
    };
    let duration = request.duration_ms.unwrap_or(0) as f64 / 1000.0;
    tracing::info!(
        "[Voximplant Audio] Processing audio | call_id={} | turn={} | url={url} | duration={duration:.1}s",
        request.call_id,
        request.turn
    );
}

pub(super) fn downloaded(bytes: usize, ms: u64) {
    tracing::info!("[Voximplant Audio] Downloaded {bytes} bytes in {}", seconds(ms));
}

pub(super) fn heard(settings: &TurnSettings, text: &str, ms: u64) {
    let letters = text.chars().count();
    tracing::info!("STT completed in {} | text_length={letters}", seconds(ms));
    if settings.log_words {
        tracing::info!("[Voximplant Audio] User said: {}", line(text));
    } else {
        tracing::info!("[Voximplant Audio] User said: ({letters} letters)");
    }
}

pub(super) fn thought(call: CallId, turn: u32, ms: u64, tokens: Option<u64>, letters: usize) {
    let tokens = tokens.map_or_else(|| "unknown".to_owned(), |tokens| tokens.to_string());
    tracing::info!(
        "GPT completed in {} | tokens={tokens} | response_length={letters} | call_id={call} | turn={turn}",
        seconds(ms)
    );
}

/// A part of an answer goes out.
pub(super) fn said(settings: &TurnSettings, text: &str) {
    if settings.log_words {
        tracing::info!("[Voximplant Audio] AI response: {}", line(text));
    } else {
        tracing::info!("[Voximplant Audio] AI response: ({} letters)", text.chars().count());
    }
}

pub(super) fn answered(call: CallId, turn: &Turn) {
    let Timings { download_ms, speech_ms, first_sentence_ms, total_ms, .. } = turn.timings;
    tracing::info!(
        "Turn completed in {} | call_id={call} | turn={} | source={:?} | action={} | download={} | stt={} | gpt={}",
        seconds(total_ms),
        turn.number,
        turn.source,
        turn.action.as_str(),
        seconds(download_ms),
        seconds(speech_ms),
        seconds(first_sentence_ms)
    );
}

pub(super) fn part_failed(call: CallId, turn: u32, error: &PartFailed) {
    tracing::warn!(part = error.part, retryable = error.retryable, "call {call}, turn {turn}: {error}");
}

pub(super) fn late(call_id: &str, turn: u32) {
    tracing::warn!("call {call_id}, turn {turn}: no answer in time; the client hears an apology");
}

pub(super) fn slots(count: usize) {
    tracing::debug!("{count} calls are kept in memory");
}

/// On one line: what is said must not forge a line of the log.
fn line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
