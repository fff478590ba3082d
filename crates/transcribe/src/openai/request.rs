//! One piece: asked for once, and again where the answer cannot be believed. Whatever is answered is kept at once,
//! so nothing is paid twice however the call ends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use domain::{Cause, Money, Sha256};
use openai_client::{OpenAiError, SpeechReply, SpeechRequest, TranscriptionApi};

use super::plan::Piece;
use super::words::{Trust, passage, passages, trust};
use crate::{Hints, Passage, PieceCache, PieceKey, PieceSegment, PieceWords, TranscribeError};

pub(super) const ENGINE: &str = "openai";
/// Whisper reads the last 224 tokens of a prompt: about so many letters of Russian.
const PROMPT_CHARS: usize = 500;
/// More words than this are no hint.
const KEYWORDS: usize = 100;

/// All that a piece needs besides its sound.
pub(super) struct Asker {
    pub(super) api: Arc<dyn TranscriptionApi>,
    pub(super) pieces: Option<Arc<dyn PieceCache>>,
    /// What was answered before, by the digest of the piece.
    pub(super) known: Mutex<HashMap<String, PieceWords>>,
    pub(super) recording: Sha256,
    pub(super) hints: Hints,
    pub(super) endpoint: String,
}

/// What came of a piece.
pub(super) struct Answered {
    pub(super) passages: Vec<Passage>,
    /// What it cost, now and in attempts that came to nothing.
    pub(super) costs: Vec<Money>,
    /// Why nothing could be heard: the provider does not take this sound.
    pub(super) refused: Option<String>,
}

impl Asker {
    /// The words of a piece.
    pub(super) async fn ask(&self, piece: &Piece, flac: Bytes) -> Result<Answered, TranscribeError> {
        let first = match self.once(piece, &flac, &self.hints.phrases, 1).await {
            Err(OpenAiError::Invalid { message, code, .. }) => {
                tracing::warn!(piece = piece.name(), code, message, "the provider does not take this sound");
                return Ok(lost(piece, format!("{message} ({code})")));
            }
            other => other.map_err(trouble)?,
        };
        let heard = passages(piece, &first, &self.hints.phrases);
        let mut costs: Vec<Money> = first.cost.into_iter().collect();
        let believed = trust(&heard);
        if believed == Trust::Good {
            return Ok(Answered { passages: heard, costs, refused: None });
        }
        // hints are what engines echo over a sound that they do not understand: the second time without
        tracing::debug!(piece = piece.name(), ?believed, "an answer that cannot be believed: asking again");
        let second = match self.once(piece, &flac, &[], 2).await {
            Err(OpenAiError::Invalid { .. }) => {
                return Ok(Answered { passages: heard, costs, refused: None });
            }
            other => other.map_err(trouble)?,
        };
        costs.extend(second.cost);
        let again = passages(piece, &second, &self.hints.phrases);
        let passages = if trust(&again) > believed { again } else { heard };
        Ok(Answered { passages, costs, refused: None })
    }

    /// One request, or its answer from an attempt that did not come to its end.
    async fn once(
        &self,
        piece: &Piece,
        flac: &Bytes,
        phrases: &[String],
        attempt: u8,
    ) -> Result<PieceWords, OpenAiError> {
        let request = self.request(piece, flac, phrases);
        let key = self.key(&request, attempt);
        if let Some(words) = self.known().get(&key.digest) {
            return Ok(words.clone());
        }
        let words = words(self.api.transcribe(request).await?);
        if let Some(pieces) = &self.pieces {
            if let Err(error) = pieces.put(&key, &words).await {
                tracing::warn!(piece = piece.name(), %error, "a paid piece is not kept: a retry would pay it again");
            }
            self.known().insert(key.digest, words.clone());
        }
        Ok(words)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, PieceWords>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn request(&self, piece: &Piece, flac: &Bytes, phrases: &[String]) -> SpeechRequest {
        let model = self.api.model();
        let keywords =
            if model.keywords { phrases.iter().take(KEYWORDS).cloned().collect() } else { Vec::new() };
        let prompt = (model.prompt && keywords.is_empty()).then(|| prompt(phrases)).flatten();
        SpeechRequest {
            audio: flac.clone(),
            file_name: format!("{}.flac", piece.name()),
            mime: "audio/flac",
            duration_ms: piece.length_ms(),
            language: (!self.hints.language.is_empty()).then(|| self.hints.language.clone()),
            prompt,
            keywords,
        }
    }

    /// Everything that changes the words.
    fn key(&self, request: &SpeechRequest, attempt: u8) -> PieceKey {
        let model = &self.api.model().name;
        let (attempt, keywords) = (attempt.to_string(), request.keywords.join("\n"));
        let language = request.language.as_deref().unwrap_or_default();
        let prompt = request.prompt.as_deref().unwrap_or_default();
        let asked = [self.endpoint.as_str(), model, language, prompt, &keywords, &attempt];
        PieceKey::of(&self.recording, &request.audio, &asked)
    }
}

/// A piece that nobody will hear: a gap for each of its turns.
pub(super) fn lost(piece: &Piece, reason: String) -> Answered {
    let passages = piece.turns.iter().map(|turn| passage(turn, None)).collect();
    Answered { passages, costs: Vec::new(), refused: Some(reason) }
}

/// As many phrases as fit, the first ones first.
fn prompt(phrases: &[String]) -> Option<String> {
    let mut prompt = String::new();
    for phrase in phrases {
        let comma = if prompt.is_empty() { "" } else { ", " };
        if prompt.chars().count() + comma.len() + phrase.chars().count() >= PROMPT_CHARS {
            break;
        }
        prompt.push_str(comma);
        prompt.push_str(phrase);
    }
    (!prompt.is_empty()).then(|| prompt + ".")
}

fn words(reply: SpeechReply) -> PieceWords {
    let segment = |segment: openai_client::SpeechSegment| PieceSegment {
        start_ms: segment.start_ms,
        end_ms: segment.end_ms,
        text: segment.text,
        avg_logprob: segment.avg_logprob,
        no_speech_prob: segment.no_speech_prob,
        compression_ratio: segment.compression_ratio,
    };
    PieceWords {
        text: reply.text,
        segments: reply.segments.into_iter().map(segment).collect(),
        cost: reply.cost,
    }
}

/// Trouble of the provider is everybody's: the call fails, and may be tried again.
fn trouble(error: OpenAiError) -> TranscribeError {
    let engine = ENGINE.to_owned();
    let retry_after = error.retry_after();
    match &error {
        OpenAiError::Unauthorized { message, code, .. } => {
            TranscribeError::Unauthorized { engine, reason: Cause::of(format!("{message} ({code})"), error) }
        }
        // a person must act, and the next call would fail alike
        OpenAiError::Config(reason) => {
            TranscribeError::Unauthorized { engine, reason: Cause::of(reason.clone(), error) }
        }
        OpenAiError::QuotaSpent { message, .. } => {
            TranscribeError::QuotaSpent { engine, reason: Cause::of(message.clone(), error) }
        }
        OpenAiError::RateLimited { .. } => TranscribeError::RateLimited { engine, retry_after },
        OpenAiError::Unavailable { message, .. } | OpenAiError::BadAnswer { message, .. } => {
            TranscribeError::Unavailable { engine, reason: Cause::of(message.clone(), error), retry_after }
        }
        other if other.is_retryable() => {
            let reason = Cause::of(other.to_string(), error);
            TranscribeError::Unavailable { engine, reason, retry_after }
        }
        other => TranscribeError::Engine { engine, reason: Cause::of(other.to_string(), error) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_takes_whole_phrases_up_to_what_the_model_reads() {
        let phrases: Vec<String> = (0..100).map(|n| format!("Север Пласт {n}")).collect();
        let prompt = prompt(&phrases).unwrap();
        assert!(prompt.starts_with("Север Пласт 0, Север Пласт 1") && prompt.ends_with('.'), "{prompt}");
        assert!(prompt.chars().count() <= PROMPT_CHARS);
        assert_eq!(super::prompt(&[]), None);
    }
}
