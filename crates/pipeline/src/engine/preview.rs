//! A dry run: what a run would do and what it would cost, without writing a byte.

use domain::{Call, CallStatus, Currency, Money};
use store::CallRecord;
use transcribe::{CacheKey, Transcriber as _};

use super::window::span;
use super::{Pipeline, RunError, RunRequest};
use crate::stages::call_audio;

/// What a step of a call would cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Estimate {
    /// Nothing: there is nothing to do, it was paid before, or it is done here.
    #[default]
    Free,
    /// About so much.
    About(Money),
    /// Nobody knows: the engine has no price, or the source does not say how long the call is.
    Unknown,
}

impl From<Option<Money>> for Estimate {
    fn from(price: Option<Money>) -> Self {
        match price {
            None => Self::Unknown,
            Some(price) if price.micros == 0 => Self::Free,
            Some(price) => Self::About(price),
        }
    }
}

/// A call of the window and what a run would do with it.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewCall {
    /// The call.
    pub call: Call,
    /// Its status now; `None` if never seen or changed since.
    pub status: Option<CallStatus>,
    /// Whether a run would work on it.
    pub open: bool,
    /// For its words.
    pub speech: Estimate,
    /// For its judgement.
    pub analysis: Estimate,
}

/// What a run would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// Every call of the window.
    pub calls: Vec<PreviewCall>,
    /// What the source could not read.
    pub warnings: Vec<String>,
}

/// What a run would cost.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PreviewPrice {
    /// For words, a sum per currency.
    pub speech: Vec<Money>,
    /// For judgements, a sum per currency.
    pub analysis: Vec<Money>,
    /// Calls with a step whose price is not known: the run costs more than the sums.
    pub unknown: usize,
}

impl Preview {
    /// The sums.
    pub fn price(&self) -> PreviewPrice {
        let mut price = PreviewPrice::default();
        for call in &self.calls {
            add(&mut price.speech, call.speech);
            add(&mut price.analysis, call.analysis);
            price.unknown += usize::from([call.speech, call.analysis].contains(&Estimate::Unknown));
        }
        price
    }
}

fn add(sums: &mut Vec<Money>, estimate: Estimate) {
    let Estimate::About(amount) = estimate else { return };
    match sums.iter_mut().find(|sum| sum.currency == amount.currency) {
        Some(sum) => sum.micros = sum.micros.saturating_add(amount.micros),
        None => sums.push(amount),
    }
}

impl Pipeline {
    /// Lists what [`Pipeline::run`] would take up, and what it would cost.
    ///
    /// # Errors
    /// As [`Pipeline::run`].
    pub async fn preview(&self, request: &RunRequest) -> Result<Preview, RunError> {
        let (mut after, mut preview) = (None, Preview { calls: Vec::new(), warnings: Vec::new() });
        let source = request.source.name();
        let now = self.parts.clock.now();
        let window = span(self.parts.store.as_ref(), source, request.window, now).await?.window;
        loop {
            let page = request
                .source
                .calls(window, after)
                .await
                .map_err(|cause| RunError::Source { source_name: source.clone(), cause })?;
            preview.warnings.extend(page.warnings);
            for call in page.calls {
                if request.limit.is_some_and(|limit| preview.calls.len() >= limit) {
                    return Ok(preview);
                }
                preview.calls.push(self.preview_call(call, request).await?);
            }
            after = page.next;
            if after.is_none() {
                return Ok(preview);
            }
        }
    }

    async fn preview_call(&self, call: Call, request: &RunRequest) -> Result<PreviewCall, RunError> {
        let known =
            self.parts.store.call(call.id).await?.filter(|record| record.call.revision == call.revision);
        let status = known.as_ref().map(|record| record.status);
        let open = match status {
            None => !call.missed && call.talk_ms.is_none_or(|talk| talk >= self.settings.min_talk_ms),
            Some(CallStatus::Done) => {
                self.parts.store.analysis(call.id, Some(&request.rubric.id)).await?.is_none()
            }
            Some(status) => status.is_open(),
        };
        let (mut speech, mut analysis) = (Estimate::Free, Estimate::Free);
        if open {
            speech = self.speech_price(&call, known.as_ref()).await?;
            analysis = self.analysis_price(&call, known.as_ref(), request);
        }
        Ok(PreviewCall { call, status, open, speech, analysis })
    }

    /// Words that were recognised before cost nothing; a measured recording costs what its speech
    /// does; of any other its length must do.
    async fn speech_price(&self, call: &Call, known: Option<&CallRecord>) -> Result<Estimate, RunError> {
        let transcriber = &self.parts.transcriber;
        let Some(recording) = known.and_then(|record| record.recording.as_ref()) else {
            let Some(talk_ms) = call.talk_ms.or(call.duration_ms) else {
                // no length is needed for what costs nothing
                return Ok(transcriber.price(60_000).filter(|price| price.micros == 0).into());
            };
            let speech_ms = std::time::Duration::from_millis(talk_ms).mul_f64(self.settings.speech_share);
            return Ok(transcriber.price(u64::try_from(speech_ms.as_millis()).unwrap_or(u64::MAX)).into());
        };
        if known.is_some_and(|record| record.status == CallStatus::Done) {
            return Ok(Estimate::Free);
        }
        let audio = call_audio(&self.parts.recordings, self.settings.operator, call, recording);
        let key = CacheKey::of(transcriber.as_ref(), &audio, &self.settings.hints);
        let cached = self.parts.store.cached_transcript(key.as_str()).await?.is_some();
        let price =
            if cached { Some(Money::zero(Currency::RUB)) } else { transcriber.price_of(&recording.survey) };
        Ok(price.into())
    }

    fn analysis_price(&self, call: &Call, known: Option<&CallRecord>, request: &RunRequest) -> Estimate {
        let measured = known.and_then(|record| record.recording.as_ref());
        let length = call.talk_ms.or(call.duration_ms).or(measured.map(|found| found.survey.duration_ms));
        let analyzer = &self.parts.analyzer;
        let price = analyzer.estimate(&request.rubric, length.unwrap_or(0));
        // free for a call without words is free for every call
        price.filter(|price| length.is_some() || price.micros == 0).into()
    }
}
