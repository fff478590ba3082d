//! The room where AI calls are held: one engine, one desk, and whoever looks on.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{Call, CallId, Money};
use secrecy::SecretString;
use store::Store;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use voice_agent::{
    Bridge, CallDesk, CallEvent, CallMemory, DialogMode, Dialogue, EventAnswer, FinishedCall, HangUpError,
    LiveEvent, LiveFeed, NextId, PartFailed, Persona, Personas, PlaceCall, Placed, Refused, TurnAnswer,
    TurnEngine, TurnRequest,
};
use voximplant_client::{Amount, CallbackDoor, VoximplantApi};

use super::dialled::Dials;
use super::simulated::{Exchange, Recorder};
use super::telephone::VoximplantTelephone;

/// How often calls of which nothing is heard are looked up.
const BETWEEN_ROUNDS: Duration = Duration::from_secs(30);
/// How often an account with little money is looked at.
const BETWEEN_LOOKS_AT_MONEY: Duration = Duration::from_hours(1);

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
    pub(super) app: AppHandles,
    pub(super) engine: TurnEngine,
    pub(super) desk: CallDesk,
    pub(super) memory: Arc<dyn CallMemory>,
    pub(super) personas: Arc<Personas>,
    /// The same, with the hours in which they may ring.
    pub(super) callers: Arc<Personas>,
    pub(super) live: LiveFeed,
    /// What the account's callbacks come in through, where the account's own key is known.
    pub(super) account: Option<CallbackDoor>,
    /// Where the account is asked, if there is a key.
    pub(super) api: Option<Arc<dyn VoximplantApi>>,
    pub(super) secret: SecretString,
    pub(super) place: WhereSpoken,
    pub(super) persona: String,
    pub(super) mode: DialogMode,
    pub(super) recorder: Arc<Recorder>,
    pub(super) speed: u32,
    /// Until somebody keeps the room.
    pub(super) exchange: Mutex<Option<Exchange>>,
    pub(super) line: Option<Arc<VoximplantTelephone>>,
    pub(super) bridge: Option<Bridge>,
    /// Where we open media sockets ourselves.
    pub(super) dials: Option<Dials>,
    /// The room is being left.
    pub(super) closing: CancellationToken,
}

/// What of the installation the room needs for good.
pub(super) struct AppHandles {
    pub(super) intake: pipeline::Intake,
    pub(super) store: Arc<dyn Store>,
}

impl std::fmt::Debug for VoiceRoom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VoiceRoom")
            .field("place", &self.place)
            .field("persona", &self.persona)
            .finish_non_exhaustive()
    }
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

    /// A persona with the hours in which it may ring: any, where nobody's telephone rings.
    pub fn caller(&self, id: &str) -> Option<Arc<Persona>> {
        self.callers.get(id)
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
            // ringing is no talk
            talk_ms: Some(0),
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
        let mut looked: Option<tokio::time::Instant> = None;
        loop {
            if let Err(error) = self.desk.reconcile().await {
                tracing::warn!(%error, "open calls cannot be looked up");
            }
            if looked.is_none_or(|at| at.elapsed() >= BETWEEN_LOOKS_AT_MONEY) {
                looked = Some(tokio::time::Instant::now());
                self.look_at_balance().await;
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
