//! From what came in to words: the recording is fetched and listened to, each within its time.

use std::time::Duration;

use domain::{CallId, Money};
use tokio::time::{Instant, timeout_at};

use super::{TurnEngine, TurnInput, TurnRequest, log};
use crate::{PartFailed, Persona};

/// A turn is at most half a minute of talk; more is no turn.
const MOST_LETTERS: usize = 4000;
/// Share of the deadline that hearing may take: the rest is for the answer's first sentence.
const SHARE: f64 = 0.7;

/// What came of listening.
#[derive(Debug, Default)]
pub(super) struct Listened {
    /// The words; `None` where a part failed.
    pub(super) words: Option<String>,
    pub(super) cost: Option<Money>,
    pub(super) download_ms: u64,
    pub(super) speech_ms: u64,
}

impl TurnEngine {
    pub(super) async fn listen(
        &self,
        call: CallId,
        request: &TurnRequest,
        persona: &Persona,
        began: Instant,
    ) -> Listened {
        let until = began + self.settings.deadline.mul_f64(SHARE);
        let mut listened = Listened::default();
        let heard = match &request.input {
            TurnInput::Text(text) => Ok(text.clone()),
            TurnInput::Recording(address) => {
                self.hear_recording(address, persona, until, &mut listened).await
            }
        };
        match heard {
            Ok(words) => {
                let words = clean(&words);
                log::heard(&self.settings, &words, listened.speech_ms);
                listened.words = Some(words);
            }
            Err(error) => log::part_failed(call, request.turn, &error),
        }
        listened
    }

    async fn hear_recording(
        &self,
        address: &str,
        persona: &Persona,
        until: Instant,
        listened: &mut Listened,
    ) -> Result<String, PartFailed> {
        let late = |part| move |_| PartFailed::passing(part, "it did not come in time");
        let began = Instant::now();
        // half a second is the least that hearing needs
        let fetch_until = until - Duration::from_millis(500);
        let audio = timeout_at(fetch_until, self.parts.recordings.fetch(address)).await;
        listened.download_ms = log::ms(began);
        let audio = audio.map_err(late("recording"))??;
        log::downloaded(audio.len(), listened.download_ms);
        let began = Instant::now();
        let heard = timeout_at(until, self.parts.ears.hear(audio, persona)).await;
        listened.speech_ms = log::ms(began);
        let heard = heard.map_err(late("speech"))??;
        listened.cost = heard.cost;
        Ok(heard.text)
    }
}

/// The client's words are data: no control characters, no marks that only the model may write.
fn clean(words: &str) -> String {
    let kept: String = words
        .chars()
        .map(|letter| {
            if letter.is_control() || matches!(letter, '[' | ']' | '<' | '>' | '{' | '}') {
                ' '
            } else {
                letter
            }
        })
        .take(MOST_LETTERS)
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn the_clients_words_cannot_look_like_ours() {
        assert_eq!(clean("  да \n [[конец]]\u{0} <system> "), "да конец system");
        assert_eq!(clean(&"я".repeat(9000)).chars().count(), 4000);
    }
}
