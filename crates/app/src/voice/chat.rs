//! Talking to a persona by text: the engine of calls without a line, remembered nowhere.

use std::sync::Arc;

use async_trait::async_trait;
use store::SqliteStore;
use tokio::time::Instant;
use uuid::Uuid;
use voice_agent::{
    Action, Archive, CallEvent, EventAnswer, FinishedCall, LineStart, LiveFeed, PartFailed, Persona,
    StoredMemory, TurnEngine, TurnInput, TurnParts, TurnRequest, TurnSettings,
};

use super::WhereSpoken;
use super::ears::Deaf;
use crate::words::store_error;
use crate::{App, AppError};

/// Parts of one answer.
const MOST_PARTS: usize = 30;

/// A talk by text.
pub struct TextTalk {
    engine: TurnEngine,
    persona: Arc<Persona>,
    id: String,
    mind: String,
    greeting: String,
    turn: u32,
}

/// How a talk ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TalkEnd {
    /// The robot hangs up.
    HungUp,
    /// A person takes over, at this number.
    Transferred(String),
}

/// What came after a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TalkReply {
    /// To the first words, ms.
    pub took_ms: u64,
    /// Where the answer came from: `model`, `faq`, `fixed`, `cache`, `apology`.
    pub source: String,
    /// Nothing while the talk goes on.
    pub end: Option<TalkEnd>,
}

/// A talk that is tried leaves nothing.
struct Nowhere;

#[async_trait]
impl Archive for Nowhere {
    async fn put(&self, _: FinishedCall) -> Result<(), PartFailed> {
        Ok(())
    }
}

impl App {
    /// Begins a talk by text with a persona, the configured one unless another is named.
    ///
    /// # Errors
    /// There is no such persona; the language model's settings cannot be used.
    pub async fn text_talk(&self, persona: Option<&str>) -> Result<TextTalk, AppError> {
        let (personas, _) = self.personas();
        let name = match persona {
            Some(name) => name.to_owned(),
            None => self.default_persona()?,
        };
        let persona = personas.get(&name).ok_or_else(|| self.no_persona(&name, &personas))?;
        let store = SqliteStore::in_memory().await.map_err(|error| store_error(self.lang(), &error))?;
        let mind = self.mind()?;
        let engine_name = mind.engine().to_string();
        let parts = TurnParts {
            memory: Arc::new(StoredMemory::new(Arc::new(store))),
            personas: Arc::new(personas),
            recordings: Arc::new(self.call_sound(WhereSpoken::Simulated)?),
            ears: Arc::new(Deaf { why: "a talk by text".to_owned() }),
            mind,
            archive: Arc::new(Nowhere),
            clock: self.clock(),
            live: LiveFeed::default(),
        };
        let settings = TurnSettings {
            persona: name,
            source: WhereSpoken::Simulated.as_str().to_owned(),
            rub_micros_per_usd: self.config().rub_micros_per_usd,
            ..TurnSettings::default()
        };
        let (engine, id) = (TurnEngine::new(parts, settings), Uuid::new_v4().to_string());
        let failed = |error: PartFailed| AppError::failed("talk", error.to_string(), "");
        let welcome =
            engine.event(Some(&id), CallEvent::Started(LineStart::default())).await.map_err(failed)?;
        let EventAnswer::Welcome { call, greeting, .. } = welcome else {
            return Err(AppError::failed("talk", "the talk cannot begin", ""));
        };
        let id = call.to_string();
        engine.event(Some(&id), CallEvent::Answered).await.map_err(failed)?;
        Ok(TextTalk { engine, persona, id, mind: engine_name, greeting, turn: 0 })
    }
}

impl TextTalk {
    /// The persona's title.
    pub fn title(&self) -> &str {
        &self.persona.title
    }

    /// What thinks: a model's name, or `script`.
    pub fn mind(&self) -> &str {
        &self.mind
    }

    /// What the robot says first.
    pub fn greeting(&self) -> &str {
        &self.greeting
    }

    /// Says a line; `words` gets each part of the answer as it comes.
    pub async fn say(&mut self, line: &str, mut words: impl FnMut(&str)) -> TalkReply {
        self.turn += 1;
        let began = Instant::now();
        let request = TurnRequest {
            call_id: self.id.clone(),
            turn: self.turn,
            input: TurnInput::Text(line.to_owned()),
            duration_ms: None,
        };
        let mut part = self.engine.turn(request).await;
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        for _ in 0..MOST_PARTS {
            if !part.text.is_empty() {
                words(&part.text);
            }
            match part.next {
                Some(next) => part = self.engine.next(&self.id, next).await,
                None => break,
            }
        }
        let source = self.source().await;
        let end = match part.action {
            Action::Say => None,
            Action::HangUp { .. } => Some(TalkEnd::HungUp),
            Action::Transfer { to } => Some(TalkEnd::Transferred(to.pretty())),
        };
        TalkReply { took_ms, source, end }
    }

    async fn source(&self) -> String {
        let known = self.engine.dialogue(&self.id).await.ok().flatten();
        let turn = known.as_ref().and_then(|dialogue| dialogue.turn(self.turn));
        let source = turn.and_then(|turn| serde_json::to_value(turn.source).ok());
        source.and_then(|source| source.as_str().map(str::to_owned)).unwrap_or_default()
    }
}
