//! A provider in memory: hears, judges, bills, fails on demand.
//!
//! Clones are handles to the same state. Without an [`Ear`] every sound says the same words;
//! without a [`Judge`] an answer is the smallest one that fits the schema.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::{StreamExt as _, stream::BoxStream};
use serde_json::{Value, json};

use super::{
    Billed, ChatFault, Ear, Failure, HeardSegment, Judge, SpeechFault, SpokenChat, SpokenSpeech, sample,
    state::State,
};
use crate::{
    ChatApi, ChatEvent, ChatReply, ChatRequest, Finish, OpenAiError, PriceTable, SpeechModel, SpeechReply,
    SpeechRequest, SpeechSegment, TokenUsage, TranscriptionApi, content,
};

/// Providers take no less.
const LEAST_SOUND_MS: u64 = 100;

/// An OpenAI-compatible provider in memory.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use openai_client::{ChatApi as _, ChatMessage, ChatRequest, Role, testing::FakeOpenAi};
///
/// let fake = FakeOpenAi::new();
/// fake.answer_next(serde_json::json!({"score": 7}));
/// let request = ChatRequest { messages: vec![ChatMessage::new(Role::User, "?")], ..Default::default() };
/// assert_eq!(fake.complete(&request).await?.content, r#"{"score":7}"#);
/// assert_eq!(fake.chat_requests().len(), 1);
/// # Ok::<(), openai_client::OpenAiError>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct FakeOpenAi {
    state: Arc<Mutex<State>>,
    chat_model: String,
    speech_model: SpeechModel,
}

impl std::fmt::Debug for FakeOpenAi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeOpenAi").field("chat_model", &self.chat_model).finish_non_exhaustive()
    }
}

impl Default for FakeOpenAi {
    fn default() -> Self {
        Self::new()
    }
}

/// Setting up.
impl FakeOpenAi {
    /// A healthy provider with `gpt-6-luna` and `gpt-transcribe`, which gives no times.
    pub fn new() -> Self {
        let state = State { prices: PriceTable::embedded().unwrap_or_default(), ..State::default() };
        Self {
            state: Arc::new(Mutex::new(state)),
            chat_model: "gpt-6-luna".to_owned(),
            speech_model: SpeechModel {
                name: "gpt-transcribe".to_owned(),
                timestamps: false,
                prompt: true,
                keywords: true,
                languages_list: true,
                max_seconds: 1390,
                max_bytes: 26_214_400,
            },
        }
    }

    /// The same provider asked for another model of speech.
    #[must_use]
    pub fn with_speech_model(mut self, model: SpeechModel) -> Self {
        self.speech_model = model;
        self
    }

    /// The same provider asked for `whisper-1`, which gives segments with times.
    #[must_use]
    pub fn with_whisper(self) -> Self {
        let model = SpeechModel {
            name: "whisper-1".to_owned(),
            timestamps: true,
            keywords: false,
            languages_list: false,
            ..self.speech_model.clone()
        };
        self.with_speech_model(model)
    }

    /// The same provider asked for another chat model.
    #[must_use]
    pub fn with_chat_model(mut self, name: impl Into<String>) -> Self {
        self.chat_model = name.into();
        self
    }

    /// Who hears.
    pub fn set_ear(&self, ear: Arc<dyn Ear>) {
        self.state().ear = Some(ear);
    }

    /// Who judges.
    pub fn set_judge(&self, judge: Arc<dyn Judge>) {
        self.state().judge = Some(judge);
    }

    /// Other prices.
    pub fn set_prices(&self, prices: PriceTable) {
        self.state().prices = prices;
    }

    /// The next answer that no judge makes: a string is said as it is, anything else as JSON.
    pub fn answer_next(&self, answer: Value) {
        self.state().chat.answers.push_back(answer);
    }

    /// What the next sound says, whoever hears.
    pub fn hear_next(&self, segments: Vec<HeardSegment>) {
        self.state().speech.answers.push_back(segments);
    }

    /// The next request of either kind fails.
    pub fn fail_next(&self, failure: Failure) {
        self.state().failures.push_back(failure);
    }

    /// Every request fails until `None` is set.
    pub fn set_outage(&self, failure: Option<Failure>) {
        self.state().outage = failure;
    }

    /// The next answer of the model suffers this.
    pub fn spoil_next_chat(&self, fault: ChatFault) {
        self.state().chat.faults.push_back(fault);
    }

    /// The next piece of sound suffers this.
    pub fn spoil_next_speech(&self, fault: SpeechFault) {
        self.state().speech.faults.push_back(fault);
    }

    /// Every `n`-th answer of the model suffers this, from now on.
    pub fn spoil_every_chat(&self, n: u64, fault: ChatFault) {
        self.state().chat.rules.push((n.max(1), fault));
    }

    /// Every `n`-th piece of sound suffers this, from now on.
    pub fn spoil_every_speech(&self, n: u64, fault: SpeechFault) {
        self.state().speech.rules.push((n.max(1), fault));
    }

    /// Healthy again: no outage, no failure, no fault waits. Answers, requests and bills stay.
    pub fn heal(&self) {
        let mut state = self.state();
        state.outage = None;
        state.failures.clear();
        state.chat.faults.clear();
        state.chat.rules.clear();
        state.speech.faults.clear();
        state.speech.rules.clear();
    }
}

/// Asking what happened.
impl FakeOpenAi {
    /// Requests of both kinds, failed ones included.
    pub fn requests(&self) -> usize {
        let state = self.state();
        state.chats.len() + state.speeches.len()
    }

    /// What the model was asked, in order.
    pub fn chat_requests(&self) -> Vec<ChatRequest> {
        self.state().chats.clone()
    }

    /// What sound came, in order.
    pub fn speech_requests(&self) -> Vec<SpeechRequest> {
        self.state().speeches.clone()
    }

    /// The bill.
    pub fn billed(&self) -> Billed {
        self.state().billed
    }
}

/// The provider's own side, for a server that puts it on the wire.
impl FakeOpenAi {
    /// Whether the door is open at all: what a free request, such as the list of models, meets.
    ///
    /// # Errors
    /// The outage, unless it is about money alone.
    pub fn admit(&self) -> Result<(), Failure> {
        match self.state().outage.clone() {
            Some(Failure::QuotaSpent | Failure::SpendLimit | Failure::NoBalance) | None => Ok(()),
            Some(failure) => Err(failure),
        }
    }

    /// Answers as the model would, fences and thinking included, and bills it to `model`.
    ///
    /// # Errors
    /// The scripted failure.
    pub fn speak(&self, model: &str, request: &ChatRequest) -> Result<SpokenChat, Failure> {
        let (scripted, judge, fault) = {
            let mut state = self.state();
            state.chats.push(request.clone());
            if let Some(failure) = state.failure() {
                return Err(failure);
            }
            (state.chat.answers.pop_front(), state.judge.clone(), state.chat.fault())
        };
        // the judge may be slow and may ask the fake: never under the lock
        let answer = scripted.unwrap_or_else(|| match (judge, &request.schema) {
            (Some(judge), _) => judge.answer(request),
            (None, Some(schema)) => sample::smallest(&schema.schema),
            (None, None) => json!("Готово."),
        });
        let mut spoken = spoiled(&answer, fault);
        let mut state = self.state();
        let prompt = request.messages.iter().map(|message| message.content.as_str()).collect::<String>();
        let shared = request.cache_key.as_ref().map_or(0, |key| {
            let before = state.prompts.insert(key.clone(), prompt.clone()).unwrap_or_default();
            sample::tokens(common_start(&before, &prompt))
        });
        let said = spoken.content.as_deref().or(spoken.refusal.as_deref()).unwrap_or_default();
        spoken.usage = sample::usage(request, said, shared);
        let limit = request.max_output_tokens.map_or(u64::MAX, u64::from);
        if spoken.finish == Finish::Length && said.is_empty() {
            spoken.usage.completion = limit.min(1000);
        } else if spoken.usage.completion > limit {
            let letters = said.chars().count() as u64 * limit / spoken.usage.completion;
            let kept = said.chars().take(usize::try_from(letters).unwrap_or(usize::MAX)).collect();
            (spoken.content, spoken.finish) = (Some(kept), Finish::Length);
            spoken.usage.completion = limit;
        }
        state.billed.chats += 1;
        state.billed.usage.prompt += spoken.usage.prompt;
        state.billed.usage.cached += spoken.usage.cached;
        state.billed.usage.completion += spoken.usage.completion;
        if let Some(cost) = state.prices.chat(model, spoken.usage) {
            state.billed.money.micros += cost.micros;
        }
        Ok(spoken)
    }

    /// Hears as the recogniser would and bills it to `model`.
    ///
    /// # Errors
    /// The scripted failure; too short and too long sound.
    pub fn listen(&self, model: &SpeechModel, request: &SpeechRequest) -> Result<SpokenSpeech, Failure> {
        let (scripted, ear, fault) = {
            let mut state = self.state();
            state.speeches.push(request.clone());
            if let Some(failure) = state.failure() {
                return Err(failure);
            }
            if request.audio.len() as u64 > model.max_bytes {
                return Err(Failure::BodyTooLarge);
            }
            if request.duration_ms > u64::from(model.max_seconds) * 1000 {
                let (duration_ms, most_s) = (request.duration_ms, model.max_seconds);
                return Err(Failure::AudioTooLong { duration_ms, most_s });
            }
            if request.duration_ms < LEAST_SOUND_MS {
                return Err(Failure::AudioTooShort);
            }
            (state.speech.answers.pop_front(), state.ear.clone(), state.speech.fault())
        };
        let heard = scripted.unwrap_or_else(|| match ear {
            Some(ear) => ear.hear(&request.audio),
            None => vec![whole(request, "Добрый день, слушаю вас.")],
        });
        let invented = fault.is_some();
        let segments = match fault {
            None => heard,
            Some(SpeechFault::Empty) => Vec::new(),
            Some(SpeechFault::Hallucination) => vec![whole(request, "Субтитры сделал DimaTorzok")],
            Some(SpeechFault::Loop) => vec![whole(request, &"Спасибо. ".repeat(30))],
            Some(SpeechFault::PromptEcho) => {
                let echo = request.prompt.clone().unwrap_or_else(|| request.keywords.join(", "));
                vec![whole(request, &echo)]
            }
        };
        let words: Vec<&str> = segments.iter().map(|segment| segment.text.trim()).collect();
        let seconds = request.duration_ms.div_ceil(1000);
        let spoken = SpokenSpeech { text: words.join(" "), segments, invented, seconds };
        let mut state = self.state();
        state.billed.speeches += 1;
        state.billed.seconds += seconds;
        if let Some(cost) = state.prices.speech(&model.name, seconds * 1000) {
            state.billed.money.micros += cost.micros;
        }
        Ok(spoken)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn whole(request: &SpeechRequest, text: &str) -> HeardSegment {
    HeardSegment { start_ms: 0, end_ms: request.duration_ms, text: text.to_owned() }
}

fn common_start<'t>(one: &str, other: &'t str) -> &'t str {
    let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    other.get(..same).unwrap_or_default()
}

/// The first half, ending between two letters.
fn first_half(text: &str) -> String {
    text.chars().take(text.chars().count() / 2).collect()
}

fn spoiled(answer: &Value, fault: Option<ChatFault>) -> SpokenChat {
    let content = answer.as_str().map_or_else(|| answer.to_string(), ToOwned::to_owned);
    let mut spoken = SpokenChat {
        content: None,
        refusal: None,
        finish: Finish::Stop,
        usage: TokenUsage::default(),
        cut: false,
    };
    spoken.content = match fault {
        None => Some(content),
        Some(ChatFault::Refusal(words)) => {
            spoken.refusal = Some(words);
            None
        }
        Some(ChatFault::Length) => {
            spoken.finish = Finish::Length;
            Some(first_half(&content))
        }
        Some(ChatFault::LengthEmpty) => {
            spoken.finish = Finish::Length;
            Some(String::new())
        }
        Some(ChatFault::ContentFilter) => {
            spoken.finish = Finish::Filter;
            Some(String::new())
        }
        Some(ChatFault::SchemaViolation) => Some(json!({"unexpected": true}).to_string()),
        Some(ChatFault::NotJson) => Some("Звонок прошёл хорошо.".to_owned()),
        Some(ChatFault::Fenced) => Some(format!("```json\n{content}\n```")),
        Some(ChatFault::Thinking) => Some(format!("<think>\nНужно оценить {{звонок}}.\n</think>\n{content}")),
        Some(ChatFault::CutStream) => {
            spoken.cut = true;
            Some(content)
        }
    };
    spoken
}

#[async_trait]
impl ChatApi for FakeOpenAi {
    fn model(&self) -> &str {
        &self.chat_model
    }

    async fn complete(&self, request: &ChatRequest) -> Result<ChatReply, OpenAiError> {
        let spoken = self.speak(&self.chat_model, request).map_err(|failure| failure.as_error())?;
        if spoken.cut {
            return Err(Failure::Internal.as_error());
        }
        let content = spoken.content.unwrap_or_default();
        Ok(ChatReply {
            content: content::stripped(&content, request.schema.is_some()),
            refusal: spoken.refusal,
            finish: spoken.finish,
            usage: Some(spoken.usage),
            cost: ChatApi::price(self, spoken.usage),
            model: self.chat_model.clone(),
            request_id: Some(format!("req_fake_{}", self.requests())),
        })
    }

    async fn stream(
        &self,
        request: &ChatRequest,
    ) -> Result<BoxStream<'static, Result<ChatEvent, OpenAiError>>, OpenAiError> {
        let spoken = self.speak(&self.chat_model, request).map_err(|failure| failure.as_error())?;
        let content = spoken.content.or(spoken.refusal).unwrap_or_default();
        let said = if spoken.cut { first_half(&content) } else { content };
        let mut events: Vec<_> =
            said.split_inclusive(' ').map(|words| Ok(ChatEvent::Words(words.to_owned()))).collect();
        events.push(if spoken.cut {
            Err(Failure::Internal.as_error())
        } else {
            let (finish, usage) = (spoken.finish, Some(spoken.usage));
            Ok(ChatEvent::End { finish, usage, cost: ChatApi::price(self, spoken.usage) })
        });
        Ok(futures::stream::iter(events).boxed())
    }

    fn price(&self, usage: TokenUsage) -> Option<domain::Money> {
        self.state().prices.chat(&self.chat_model, usage)
    }
}

#[async_trait]
impl TranscriptionApi for FakeOpenAi {
    fn model(&self) -> &SpeechModel {
        &self.speech_model
    }

    async fn transcribe(&self, request: SpeechRequest) -> Result<SpeechReply, OpenAiError> {
        let request_id = Some(format!("req_fake_{}", self.requests() + 1));
        let spoken = match self.listen(&self.speech_model, &request) {
            Ok(spoken) => spoken,
            Err(Failure::AudioTooShort) => {
                return Ok(SpeechReply {
                    text: String::new(),
                    segments: Vec::new(),
                    cost: TranscriptionApi::price(self, 0),
                    request_id,
                });
            }
            Err(failure) => return Err(failure.as_error()),
        };
        let segments = if self.speech_model.timestamps { spoken.segments } else { Vec::new() };
        Ok(SpeechReply {
            text: spoken.text,
            segments: segments.into_iter().map(|segment| timed(segment, spoken.invented)).collect(),
            cost: TranscriptionApi::price(self, spoken.seconds * 1000),
            request_id,
        })
    }

    fn price(&self, duration_ms: u64) -> Option<domain::Money> {
        self.state().prices.speech(&self.speech_model.name, duration_ms)
    }
}

/// With the marks that Whisper gives: sure of what was said, unsure of what was not.
fn timed(segment: HeardSegment, invented: bool) -> SpeechSegment {
    let (avg_logprob, no_speech_prob, compression_ratio) =
        if invented { (-1.4, 0.9, 2.9) } else { (-0.2, 0.02, 1.1) };
    SpeechSegment {
        start_ms: segment.start_ms,
        end_ms: segment.end_ms,
        text: segment.text,
        avg_logprob: Some(avg_logprob),
        no_speech_prob: Some(no_speech_prob),
        compression_ratio: Some(compression_ratio),
    }
}
