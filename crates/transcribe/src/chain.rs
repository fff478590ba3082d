//! [`TranscriberChain`]: engines in order of preference.
//!
//! The rule. The next engine is asked when this one
//! - has no words for the call ([`TranscribeError::NotAvailable`]) or is not switched on at all
//!   ([`TranscribeError::SwitchedOff`]),
//! - failed on it ([`TranscribeError::Engine`]),
//! - left too much speech without words ([`ChainOptions::least_coverage`]): the more complete transcript wins;
//! - with [`ChainOptions::fall_on_refusal`], also when it refuses the key, has no quota left or its model is missing.
//!
//! It is not asked when this one only wants us to wait (rate, outage): the call is tried again later, and the same
//! call does not cost or sound differently by the minute. Nor when the recording itself cannot be read.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use domain::{Cost, EngineName, Money, Sha256, Survey, Transcript};

use crate::{CallAudio, Hints, Progress, TranscribeError, Transcriber};

/// When the next engine is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChainOptions {
    /// Go on when an engine refuses the key, has no quota left or misses its model. Off by default: else a forgotten
    /// bill would quietly change the quality of every transcript.
    pub fall_on_refusal: bool,
    /// The share of speech that must have words, 0–1; 0: whatever comes is taken.
    pub least_coverage: f64,
}

impl Default for ChainOptions {
    fn default() -> Self {
        Self { fall_on_refusal: false, least_coverage: 0.5 }
    }
}

/// Several engines as one. [`Transcript::engine`] says which of them has heard.
pub struct TranscriberChain {
    members: Vec<Arc<dyn Transcriber>>,
    options: ChainOptions,
}

impl TranscriberChain {
    /// Engines, the preferred one first.
    pub fn new(members: Vec<Arc<dyn Transcriber>>) -> Self {
        Self { members, options: ChainOptions::default() }
    }

    /// The same under other rules.
    #[must_use]
    pub fn with_options(mut self, options: ChainOptions) -> Self {
        self.options = options;
        self
    }

    fn falls_on(&self, error: &TranscribeError) -> bool {
        match error {
            TranscribeError::NotAvailable { .. }
            | TranscribeError::SwitchedOff { .. }
            | TranscribeError::Engine { .. } => true,
            TranscribeError::Unauthorized { .. }
            | TranscribeError::QuotaSpent { .. }
            | TranscribeError::ModelMissing { .. }
            | TranscribeError::ModelBroken { .. } => self.options.fall_on_refusal,
            _ => false,
        }
    }

    fn is_enough(&self, transcript: &Transcript) -> bool {
        share(transcript) >= self.options.least_coverage
    }
}

#[async_trait]
impl Transcriber for TranscriberChain {
    /// The preferred engine: which one has heard a call, its transcript tells.
    fn engine(&self) -> EngineName {
        let nobody = || EngineName { engine: "chain".to_owned(), model: String::new() };
        self.members.first().map_or_else(nobody, |member| member.engine())
    }

    /// Covers every member: another engine anywhere in the chain may give other words.
    fn options_key(&self) -> String {
        let member = |member: &Arc<dyn Transcriber>| format!("{}[{}]", member.engine(), member.options_key());
        let members: Vec<String> = self.members.iter().map(member).collect();
        let ChainOptions { fall_on_refusal, least_coverage } = self.options;
        format!("chain={};refusal={fall_on_refusal};least={least_coverage}", members.join(">"))
    }

    async fn transcribe(
        &self,
        audio: &CallAudio,
        hints: &Hints,
        progress: &dyn Progress,
    ) -> Result<Transcript, TranscribeError> {
        let rising = Rising { progress, most: AtomicU64::new(0) };
        let mut best: Option<Transcript> = None;
        let mut paid = Vec::new();
        let mut failed = None;
        for member in &self.members {
            match member.transcribe(audio, hints, &rising).await {
                Ok(mut transcript) => {
                    paid.extend(transcript.cost.take());
                    let enough = self.is_enough(&transcript);
                    // among equals the preferred one stays
                    if best.as_ref().is_none_or(|best| share(&transcript) > share(best)) {
                        best = Some(transcript);
                    }
                    if enough {
                        break;
                    }
                    tracing::info!(engine = %member.engine(), "too much speech without words: another engine");
                }
                Err(error) if self.falls_on(&error) => {
                    tracing::info!(engine = %member.engine(), %error, "another engine");
                    // what a refusal says is worth more to a person than that others had no words
                    if failed.as_ref().is_none_or(is_shrug) {
                        failed = Some(error);
                    }
                }
                // words in hand are paid: better incomplete than asked for again
                Err(error) if best.is_some() => {
                    tracing::warn!(engine = %member.engine(), %error, "an incomplete transcript is taken");
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        let Some(mut transcript) = best else {
            return Err(failed.unwrap_or_else(|| TranscribeError::NotAvailable {
                engine: "chain".to_owned(),
                reason: "it has no engine".into(),
            }));
        };
        transcript.cost = paid.into_iter().reduce(together);
        let speech_ms = audio.survey.speech_ms();
        rising.decoded(speech_ms, speech_ms);
        Ok(transcript)
    }

    /// The dearest member's: an estimate must not be too low.
    fn price(&self, speech_ms: u64) -> Option<Money> {
        dearest(self.members.iter().map(|member| member.price(speech_ms)))
    }

    fn price_of(&self, survey: &Survey) -> Option<Money> {
        dearest(self.members.iter().map(|member| member.price_of(survey)))
    }

    async fn kept(&self, recording: &Sha256) {
        for member in &self.members {
            member.kept(recording).await;
        }
    }
}

/// Says nothing but that there are no words here.
fn is_shrug(error: &TranscribeError) -> bool {
    matches!(error, TranscribeError::NotAvailable { .. })
}

fn share(transcript: &Transcript) -> f64 {
    transcript.coverage.as_ref().map_or(1.0, domain::Coverage::share)
}

/// Unknown where one of them is unknown.
fn dearest(mut prices: impl Iterator<Item = Option<Money>>) -> Option<Money> {
    let first = prices.next()??;
    prices.try_fold(first, |most, price| Some(if price?.micros > most.micros { price? } else { most }))
}

fn together(mut one: Cost, two: Cost) -> Cost {
    for item in two.items {
        let same = |kept: &&mut domain::CostItem| {
            kept.item == item.item && kept.amount.currency == item.amount.currency
        };
        match one.items.iter_mut().find(same) {
            Some(kept) => kept.amount.micros += item.amount.micros,
            None => one.items.push(item),
        }
    }
    let mine = one.items.iter().filter(|item| item.amount.currency == one.total.currency);
    one.total.micros = mine.map(|item| item.amount.micros).sum();
    one
}

/// Progress that does not fall when another engine begins from the start.
struct Rising<'a> {
    progress: &'a dyn Progress,
    most: AtomicU64,
}

impl Progress for Rising<'_> {
    fn decoded(&self, done_ms: u64, of_ms: u64) {
        let before = self.most.fetch_max(done_ms, Ordering::Relaxed);
        self.progress.decoded(before.max(done_ms), of_ms);
    }
}
