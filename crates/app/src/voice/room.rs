//! The room where AI calls are held: one engine, one desk, and whoever looks on.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{Call, CallId, Money};
use secrecy::SecretString;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use voice_agent::{
    AllowedHours, Bridge, CallDesk, CallEvent, CallMemory, DeskParts, DeskSettings, DialogMode, Dialogue,
    Ears, EventAnswer, FinishedCall, HangUpError, LiveEvent, LiveFeed, Mind, ModelMind, NextId, PartFailed,
    Persona, Personas, PlaceCall, Placed, Refused, ScriptedMind, StoredMemory, Telephone, ToolCaller,
    TurnAnswer, TurnEngine, TurnParts, TurnRequest, TurnSettings,
};
use voximplant_client::{Amount, DialogMode as WireMode, RuleId, VoximplantApi};

use super::archive::IntakeArchive;
use super::dialled::Dials;
use super::ears::{Deaf, TurnEars};
use super::simulated::{Exchange, Recorder, SimulatedTelephone};
use super::telephone::{Rules, VoximplantTelephone};
use super::tools::HttpTools;
use super::turn_sound::VoximplantSound;
use crate::{App, AppError};

/// How often calls of which nothing is heard are looked up.
const BETWEEN_ROUNDS: Duration = Duration::from_secs(30);
/// Longest time for the recording of one turn.
const LONGEST_FETCH: Duration = Duration::from_mins(5);

/// Where calls are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhereSpoken {
    /// On the telephone, through Voximplant.
    Voximplant,
    /// On this machine, with an invented client.
    Simulated,
}

impl WhereSpoken {
    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Voximplant => "voximplant",
            Self::Simulated => "simulated",
        }
    }
}

/// AI calls.
pub struct VoiceRoom {
    app: AppHandles,
    engine: TurnEngine,
    desk: CallDesk,
    memory: Arc<dyn CallMemory>,
    personas: Arc<Personas>,
    live: LiveFeed,
    secret: SecretString,
    place: WhereSpoken,
    persona: String,
    mode: DialogMode,
    recorder: Arc<Recorder>,
    speed: u32,
    /// Until somebody keeps the room.
    exchange: Mutex<Option<Exchange>>,
    line: Option<Arc<VoximplantTelephone>>,
    pub(super) bridge: Option<Bridge>,
    /// Where we open media sockets ourselves.
    pub(super) dials: Option<Dials>,
    /// The room is being left.
    pub(super) closing: CancellationToken,
}

/// What of the installation the room needs for good.
struct AppHandles {
    intake: pipeline::Intake,
}

impl std::fmt::Debug for VoiceRoom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VoiceRoom")
            .field("place", &self.place)
            .field("persona", &self.persona)
            .finish_non_exhaustive()
    }
}

impl App {
    /// The room of AI calls, opened once.
    ///
    /// # Errors
    /// Settings that cannot be used: a persona that is not there, a key file that cannot be read.
    pub async fn voice(&self) -> Result<Arc<VoiceRoom>, AppError> {
        self.voice.get_or_try_init(|| async { self.open_voice().map(Arc::new) }).await.cloned()
    }

    fn open_voice(&self) -> Result<VoiceRoom, AppError> {
        let config = self.config();
        let place = if config.voximplant.used { WhereSpoken::Voximplant } else { WhereSpoken::Simulated };
        let (personas, wrong) = self.personas();
        for error in wrong {
            tracing::warn!(%error, "a persona cannot be read");
        }
        let persona = self.default_persona()?;
        let personas = Arc::new(personas);
        let memory: Arc<dyn CallMemory> = Arc::new(StoredMemory::new(self.store()));
        let (live, recorder) = (LiveFeed::default(), Arc::new(Recorder::default()));
        let sound = Arc::new(self.call_sound(place)?);
        let archive = IntakeArchive {
            intake: self.intake(),
            rubric: self.rubric(&config.rubric)?,
            sound: Arc::clone(&sound),
            recorder: Arc::clone(&recorder),
            lang: self.lang(),
        };
        let parts = TurnParts {
            memory: Arc::clone(&memory),
            personas: Arc::clone(&personas),
            recordings: sound,
            ears: self.ears(),
            mind: self.mind()?,
            archive: Arc::new(archive),
            clock: self.clock(),
            live: live.clone(),
        };
        let settings = TurnSettings {
            log_words: config.voice.log_text,
            persona: persona.clone(),
            rub_micros_per_usd: config.rub_micros_per_usd,
            ..TurnSettings::default()
        };
        let engine = TurnEngine::new(parts, settings);
        let bridge = self.bridge(Arc::clone(&memory), self.tools()?, live.clone())?;
        let Line { telephone, exchange, voximplant: line } = self.telephone(place)?;
        let desk = DeskParts {
            engine: engine.clone(),
            memory: Arc::clone(&memory),
            personas: if exchange.is_some() || is_here(&config.voximplant.api_url) {
                Arc::new(at_any_hour(&personas))
            } else {
                Arc::clone(&personas)
            },
            telephone,
            clock: self.clock(),
            ids: Arc::new(Uuid::new_v4),
            live: live.clone(),
        };
        let desk_settings = DeskSettings {
            max_calls: u32::try_from(config.voximplant.max_calls).unwrap_or(u32::MAX),
            spend_cap: config.voice.daily_budget,
            rub_micros_per_usd: config.rub_micros_per_usd,
            zone: config.timezone,
            ..DeskSettings::default()
        };
        Ok(VoiceRoom {
            app: AppHandles { intake: self.intake() },
            desk: CallDesk::new(desk, desk_settings),
            engine,
            memory,
            personas,
            live,
            secret: self.backend_secret()?,
            place,
            persona,
            mode: if config.voximplant.realtime { DialogMode::Realtime } else { DialogMode::Turns },
            recorder,
            speed: config.voice.simulated_speed,
            exchange: Mutex::new(exchange),
            line,
            bridge,
            dials: self.dials(place)?,
            closing: CancellationToken::new(),
        })
    }

    fn dials(&self, place: WhereSpoken) -> Result<Option<Dials>, AppError> {
        if place == WhereSpoken::Simulated || !self.config().voximplant.we_dial {
            return Ok(None);
        }
        Ok(Some(Dials::new(self.media_dialler()?, self.backend_secret()?)))
    }

    /// Fetches recordings of turns and of calls.
    pub(super) fn call_sound(&self, place: WhereSpoken) -> Result<VoximplantSound, AppError> {
        let api: Option<Arc<dyn VoximplantApi>> =
            if place == WhereSpoken::Voximplant || self.config().voximplant.has_key() {
                Some(self.voximplant()?)
            } else {
                None
            };
        let http = self.guarded(LONGEST_FETCH)?;
        Ok(VoximplantSound::new(
            self.config().voximplant.media_hosts.clone(),
            self.address_guard(),
            http,
            api,
        ))
    }

    /// What hears turns: the first configured engine, for on the line there is no time for a second.
    fn ears(&self) -> Arc<dyn Ears> {
        match self.turn_engine() {
            Ok(engine) => Arc::new(TurnEars::new(engine, self.config().phrases.clone())),
            Err(error) => Arc::new(Deaf { why: error.to_string() }),
        }
    }

    /// What thinks: the language model where there is one, else a script.
    pub(super) fn mind(&self) -> Result<Arc<dyn Mind>, AppError> {
        let llm = &self.config().openai.llm;
        // what a caller says goes to the model as it is
        if !llm.configured || !self.config().may_have_all(&llm.base_url) {
            return Ok(Arc::new(ScriptedMind));
        }
        let chat = Arc::new(self.openai_chat()?);
        Ok(Arc::new(ModelMind::new(chat, Some(self.tools()?), self.clock(), self.config().timezone)))
    }

    /// What asks the personas' tools.
    fn tools(&self) -> Result<Arc<dyn ToolCaller>, AppError> {
        let http = self.guarded(Duration::from_secs(30))?;
        Ok(Arc::new(HttpTools::new(http, self.address_guard())))
    }

    fn telephone(&self, place: WhereSpoken) -> Result<Line, AppError> {
        if place == WhereSpoken::Simulated {
            let (telephone, exchange) = SimulatedTelephone::new();
            return Ok(Line { telephone: Arc::new(telephone), exchange: Some(exchange), voximplant: None });
        }
        let settings = &self.config().voximplant;
        let mode = if settings.realtime { WireMode::Realtime } else { WireMode::Turns };
        let rules = Rules { configured: settings.rule.map(|rule| (mode, RuleId(rule))), store: self.store() };
        let api: Arc<dyn VoximplantApi> = self.voximplant()?;
        let line = Arc::new(VoximplantTelephone::new(api, self.clock(), rules));
        let telephone = Arc::clone(&line) as Arc<dyn Telephone>;
        Ok(Line { telephone, exchange: None, voximplant: Some(line) })
    }
}

/// What rings, and who stands behind it: an invented client, or Voximplant.
struct Line {
    telephone: Arc<dyn Telephone>,
    exchange: Option<Exchange>,
    voximplant: Option<Arc<VoximplantTelephone>>,
}

/// A telephone company on this machine is a sandbox.
fn is_here(api_url: &str) -> bool {
    let url = url::Url::parse(api_url).ok();
    match url.as_ref().and_then(url::Url::host) {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Nobody's telephone rings in a simulated call, nor in a sandbox's, so the shipped personas may be tried
/// at any hour; those of the company keep theirs.
fn at_any_hour(personas: &Personas) -> Personas {
    let mut free = personas.clone();
    for persona in personas.all() {
        let shipped = Personas::built_in().get(&persona.id);
        if shipped.is_some_and(|shipped| shipped == *persona) {
            let always =
                AllowedHours { days: (1..=7).collect(), from: "00:00".to_owned(), to: "24:00".to_owned() };
            free.add(Persona { allowed_hours: vec![always], ..Persona::clone(persona) });
        }
    }
    free
}

impl VoiceRoom {
    /// Where calls are held.
    pub const fn place_of_calls(&self) -> WhereSpoken {
        self.place
    }

    /// What scenarios show.
    pub const fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// Who can speak.
    pub fn personas(&self) -> &Personas {
        &self.personas
    }

    /// Who speaks where nobody is named.
    pub fn default_persona(&self) -> &str {
        &self.persona
    }

    /// How calls go that say nothing of it.
    pub const fn default_mode(&self) -> DialogMode {
        self.mode
    }

    /// What a line cost, told as a number in the currency of Voximplant's account.
    pub async fn line_money(&self, amount: f64) -> Option<Money> {
        #[expect(clippy::cast_possible_truncation, reason = "float to int `as` saturates")]
        let micros = (amount * 1_000_000.0).round() as i64;
        match &self.line {
            Some(line) if micros > 0 => line.money(Amount { micros }).await,
            _ => None,
        }
    }

    /// Everything that happens in calls from now on.
    pub fn follow(&self) -> broadcast::Receiver<LiveEvent> {
        self.live.follow()
    }

    /// Places a call; it is in the history from now on.
    ///
    /// # Errors
    /// [`Refused`], by what the caller can do.
    pub async fn place(&self, request: PlaceCall) -> Result<Placed, Refused> {
        let placed = self.desk.place(request).await;
        let begun = match &placed {
            Ok(placed) => Some(placed.call),
            Err(Refused::Unknown { call } | Refused::Telephone { call, .. }) => Some(*call),
            Err(_) => None,
        };
        if let Some(call) = begun {
            self.announce(call).await;
        }
        placed
    }

    /// Ends a call.
    ///
    /// # Errors
    /// There is no such call, or the line does not obey.
    pub async fn hang_up(&self, call: CallId) -> Result<(), HangUpError> {
        self.desk.hang_up(call).await
    }

    /// Answers a turn, always within eight seconds.
    pub async fn turn(&self, request: TurnRequest) -> TurnAnswer {
        self.engine.turn(request).await
    }

    /// The rest of an answer.
    pub async fn next(&self, call_id: &str, next: NextId) -> TurnAnswer {
        self.engine.next(call_id, next).await
    }

    /// Takes an event of the line.
    ///
    /// # Errors
    /// Those of the memory: the event was not noted.
    pub async fn event(
        self: &Arc<Self>,
        call_id: Option<&str>,
        event: CallEvent,
    ) -> Result<EventAnswer, PartFailed> {
        let is_answered = event == CallEvent::Answered;
        let answer = self.engine.event(call_id, event).await?;
        if let (true, Some(call_id)) = (is_answered, call_id) {
            self.dial(call_id);
        }
        if let EventAnswer::Welcome { call, .. } = &answer {
            self.announce(*call).await;
        }
        Ok(answer)
    }

    /// The call as it stands, by our id or by the scenario's.
    ///
    /// # Errors
    /// Those of the memory.
    pub async fn dialogue(&self, call_id: &str) -> Result<Option<Dialogue>, PartFailed> {
        self.engine.dialogue(call_id).await
    }

    /// Calls under way and those that wait for the history, longest untouched first.
    ///
    /// # Errors
    /// Those of the memory.
    pub async fn open_calls(&self, limit: u32) -> Result<Vec<Dialogue>, PartFailed> {
        self.memory.open_calls(limit).await
    }

    /// How many calls are under way, and how many may be.
    ///
    /// # Errors
    /// Those of the memory.
    pub async fn load(&self) -> Result<(u32, u32), PartFailed> {
        self.desk.load().await
    }

    /// The call stands in the history from its first second. What fails is made up for at its end.
    async fn announce(&self, call: CallId) {
        let known = match self.desk.dialogue(call).await {
            Ok(Some(dialogue)) => dialogue,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, %call, "a call is not in the history before its end");
                return;
            }
        };
        let persona = self.personas.get(&known.persona);
        let finished = FinishedCall::of(
            &known,
            persona.as_deref(),
            domain::EngineName { engine: String::new(), model: String::new() },
        );
        let begun = Call {
            duration_ms: None,
            talk_ms: None,
            missed: false,
            revision: "begun".to_owned(),
            ..finished.call
        };
        if let Err(error) = self.app.intake.announce(begun).await {
            tracing::warn!(%error, %call, "a call is not in the history before its end");
        }
    }

    /// Keeps the room until `stop`: holds simulated calls, looks up calls of which nothing is heard, hands
    /// over what waits for the history.
    pub async fn keep(self: Arc<Self>, stop: CancellationToken) {
        let exchange = self.exchange.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(exchange) = exchange {
            let (engine, recorder) = (self.engine.clone(), Arc::clone(&self.recorder));
            tokio::spawn(exchange.connect(engine, recorder, self.speed, stop.clone()));
        }
        loop {
            if let Err(error) = self.desk.reconcile().await {
                tracing::warn!(%error, "open calls cannot be looked up");
            }
            tokio::select! {
                () = tokio::time::sleep(BETWEEN_ROUNDS) => {}
                () = stop.cancelled() => {
                    self.closing.cancel();
                    return;
                }
            }
        }
    }
}
