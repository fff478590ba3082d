//! Puts the room together: who hears, who thinks, who rings, where calls go when they are over.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use voice_agent::{
    AllowedHours, CallDesk, CallMemory, DeskParts, DeskSettings, DialogMode, Ears, LiveFeed, Mind, ModelMind,
    Persona, Personas, ScriptedMind, StoredMemory, Telephone, ToolCaller, TurnEngine, TurnParts,
    TurnSettings,
};
use voximplant_client::{DialogMode as WireMode, RuleId, VoximplantApi};

use super::account::account_door;
use super::archive::IntakeArchive;
use super::dialled::Dials;
use super::ears::{Deaf, TurnEars};
use super::room::{AppHandles, VoiceRoom, WhereSpoken};
use super::simulated::{Exchange, Recorder, SimulatedTelephone};
use super::telephone::{Rules, VoximplantTelephone};
use super::tools::HttpTools;
use super::turn_sound::VoximplantSound;
use crate::adapters::SINK;
use crate::{App, AppError};

/// Longest time for the recording of one turn.
const LONGEST_FETCH: Duration = Duration::from_mins(5);

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
            rows_without_talk: if config.google.unanswered_ai_calls && self.has_sheet() {
                vec![SINK.to_owned()]
            } else {
                Vec::new()
            },
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
        let callers = if exchange.is_some() || is_here(&config.voximplant.api_url) {
            Arc::new(at_any_hour(&personas))
        } else {
            Arc::clone(&personas)
        };
        let desk = DeskParts {
            engine: engine.clone(),
            memory: Arc::clone(&memory),
            personas: Arc::clone(&callers),
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
            app: AppHandles { intake: self.intake(), store: self.store() },
            desk: CallDesk::new(desk, desk_settings),
            engine,
            memory,
            personas,
            callers,
            live,
            account: account_door(config, &self.backend_secret()?),
            api: if config.voximplant.has_key() { Some(self.voximplant()?) } else { None },
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
        if !self.model_may_hear_calls() {
            return Ok(Arc::new(ScriptedMind));
        }
        let chat = Arc::new(self.openai_chat()?);
        Ok(Arc::new(ModelMind::new(chat, Some(self.tools()?), self.clock(), self.config().timezone)))
    }

    /// Whether there is a language model, and it may have what a caller says as it is.
    pub(super) fn model_may_hear_calls(&self) -> bool {
        let llm = &self.config().openai.llm;
        llm.configured && self.config().may_have_all(&llm.base_url)
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
