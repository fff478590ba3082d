//! [`FakeTranscriber`]: an engine that says what it was told to, fails when it was told to,
//! and counts how often it was asked.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use domain::{Cost, CostItem, EngineName, Money, Sha256, Transcript, Utterance};

use crate::{
    CacheError, CacheKey, CallAudio, Heard, HeardSegment, Hints, Progress, TranscribeError, Transcriber,
    TranscriptCache, assemble,
};

/// A scripted failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// [`TranscribeError::Unauthorized`].
    Unauthorized,
    /// [`TranscribeError::QuotaSpent`].
    QuotaSpent,
    /// [`TranscribeError::RateLimited`].
    RateLimited(Option<Duration>),
    /// [`TranscribeError::Unavailable`].
    Unavailable,
    /// [`TranscribeError::NotAvailable`].
    NotAvailable,
    /// [`TranscribeError::ModelMissing`].
    ModelMissing,
    /// [`TranscribeError::Engine`].
    Engine,
    /// The first utterance is lost; the rest is heard.
    FirstUtterance,
    /// Hears every utterance and makes no word of it, as damaged weights do.
    Deaf,
    /// Never answers: for time limits and cancellation.
    Hangs,
}

impl Fault {
    fn error(&self) -> Option<TranscribeError> {
        let engine = "fake".to_owned();
        let reason = "scripted fault".into();
        match self {
            Self::Unauthorized => Some(TranscribeError::Unauthorized { engine, reason }),
            Self::QuotaSpent => Some(TranscribeError::QuotaSpent { engine, reason }),
            Self::RateLimited(retry_after) => {
                Some(TranscribeError::RateLimited { engine, retry_after: *retry_after })
            }
            Self::Unavailable => Some(TranscribeError::Unavailable { engine, reason, retry_after: None }),
            Self::NotAvailable => Some(TranscribeError::NotAvailable { engine, reason }),
            Self::ModelMissing => {
                Some(TranscribeError::ModelMissing { name: "fake".into(), hint: "it is scripted so".into() })
            }
            Self::Engine => Some(TranscribeError::Engine { engine, reason }),
            Self::FirstUtterance | Self::Deaf | Self::Hangs => None,
        }
    }
}

#[derive(Default)]
struct State {
    texts: HashMap<Sha256, Vec<String>>,
    faults: HashMap<Sha256, VecDeque<Fault>>,
    common_faults: VecDeque<Fault>,
    calls: HashMap<Sha256, usize>,
    price: Option<Money>,
    refusal: Option<fn() -> TranscribeError>,
}

/// An engine under the test's thumb. It reads no file: utterances come from the survey, the
/// words of each from the script, in order; past the script's end it says «реплика N».
pub struct FakeTranscriber {
    engine: EngineName,
    options_key: String,
    state: Mutex<State>,
}

impl Default for FakeTranscriber {
    fn default() -> Self {
        Self {
            engine: EngineName { engine: "fake".into(), model: "scripted".into() },
            options_key: "v1".into(),
            state: Mutex::default(),
        }
    }
}

impl FakeTranscriber {
    /// An engine without a script.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same under another name, as another engine or model would be.
    #[must_use]
    pub fn named(mut self, engine: &str, model: &str) -> Self {
        self.engine = EngineName { engine: engine.into(), model: model.into() };
        self
    }

    /// The same with other options.
    #[must_use]
    pub fn with_options_key(mut self, key: &str) -> Self {
        key.clone_into(&mut self.options_key);
        self
    }

    /// What the utterances of this recording say, in order of time.
    pub fn script(&self, sha256: &Sha256, texts: &[&str]) {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        self.state().texts.insert(sha256.clone(), texts);
    }

    /// The next call for this recording fails so; several queue up.
    pub fn fail_next(&self, sha256: &Sha256, fault: Fault) {
        self.state().faults.entry(sha256.clone()).or_default().push_back(fault);
    }

    /// The next call for any recording fails so.
    pub fn fail_any(&self, fault: Fault) {
        self.state().common_faults.push_back(fault);
    }

    /// From now on a recording costs so much; `None` = nothing, and nobody knows beforehand.
    pub fn bill(&self, price: Option<Money>) {
        self.state().price = price;
    }

    /// From now on every recording is refused so, until that is taken back.
    pub fn refuse(&self, refusal: Option<fn() -> TranscribeError>) {
        self.state().refusal = refusal;
    }

    /// How often this recording was decoded, failures included.
    pub fn calls(&self, sha256: &Sha256) -> usize {
        self.state().calls.get(sha256).copied().unwrap_or(0)
    }

    /// How often anything was decoded.
    pub fn all_calls(&self) -> usize {
        self.state().calls.values().sum()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, sha256: &Sha256) -> (Option<Fault>, Vec<String>) {
        let mut state = self.state();
        *state.calls.entry(sha256.clone()).or_default() += 1;
        let own = state.faults.get_mut(sha256).and_then(VecDeque::pop_front);
        let fault = own.or_else(|| state.common_faults.pop_front());
        (fault, state.texts.get(sha256).cloned().unwrap_or_default())
    }
}

#[async_trait]
impl Transcriber for FakeTranscriber {
    fn engine(&self) -> EngineName {
        self.engine.clone()
    }

    fn options_key(&self) -> String {
        self.options_key.clone()
    }

    async fn transcribe(
        &self,
        audio: &CallAudio,
        hints: &Hints,
        progress: &dyn Progress,
    ) -> Result<Transcript, TranscribeError> {
        let refusal = self.state().refusal;
        if let Some(refusal) = refusal {
            return Err(refusal());
        }
        let (fault, texts) = self.begin(&audio.sha256);
        if fault == Some(Fault::Hangs) {
            std::future::pending::<()>().await;
        }
        if let Some(error) = fault.as_ref().and_then(Fault::error) {
            return Err(error);
        }
        // let others run, as a real engine does: races show
        tokio::task::yield_now().await;
        let (mut heard, mut done_ms, of_ms) = (Vec::new(), 0, audio.survey.speech_ms());
        for (at, utterance) in audio.survey.speech().enumerate() {
            let text = texts.get(at).cloned().unwrap_or_else(|| format!("реплика {}", at + 1));
            let deaf = fault == Some(Fault::Deaf);
            let lost = at == 0 && fault == Some(Fault::FirstUtterance);
            heard.push(Heard {
                utterance: utterance.clone(),
                segments: (!lost).then(|| if deaf { Vec::new() } else { vec![said(utterance, text)] }),
            });
            done_ms += utterance.end_ms.saturating_sub(utterance.start_ms);
            progress.decoded(done_ms, of_ms);
        }
        let mut transcript = assemble(self.engine(), &hints.language, &audio.survey, audio.operator, heard);
        transcript.cost = self.price(of_ms).map(|amount| Cost {
            total: amount,
            items: vec![CostItem { item: "speech".to_owned(), amount }],
        });
        Ok(transcript)
    }

    fn price(&self, _speech_ms: u64) -> Option<Money> {
        self.state().price
    }
}

fn said(utterance: &Utterance, text: String) -> HeardSegment {
    let (start_ms, end_ms) = (utterance.start_ms, utterance.end_ms);
    HeardSegment { start_ms, end_ms, text, avg_logprob: Some(-0.2), words: Vec::new() }
}

/// A cache in memory.
#[derive(Default)]
pub struct MemoryCache {
    kept: Mutex<HashMap<CacheKey, Transcript>>,
}

impl MemoryCache {
    /// How many transcripts it holds.
    pub fn len(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[async_trait]
impl TranscriptCache for MemoryCache {
    async fn get(&self, key: &CacheKey) -> Result<Option<Transcript>, CacheError> {
        Ok(self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned())
    }

    async fn put(&self, key: &CacheKey, transcript: &Transcript) -> Result<(), CacheError> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), transcript.clone());
        Ok(())
    }
}
