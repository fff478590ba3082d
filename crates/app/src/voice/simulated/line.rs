//! The line: it rings, the client answers, the two talk at a human pace, one of them hangs up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use domain::{CallId, OperatorChannel, Speaker};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use voice_agent::{
    Action, CallEvent, CallRecording, Dialogue, EventAnswer, LineEnd, LineHandle, LineStart, Outcome,
    OutgoingCall, PartFailed, Telephone, TelephoneError, TurnAnswer, TurnEngine, TurnInput, TurnRequest,
};

use super::script::Script;
use super::tape::Recorder;
use super::voices;

/// Calls that wait for their line.
const WAITING: usize = 1_000;
/// A telephone rings so long.
const RING_MS: u64 = 1_500;
/// Somebody thinks before speaking.
const THINK_MS: u64 = 700;
/// A robot's voice begins so much after its words are there.
const VOICE_MS: u64 = 300;
/// A robot that never ends is left.
const MOST_TURNS: u32 = 30;
/// Parts of one answer.
const MOST_PARTS: usize = 30;

type Lines = Arc<Mutex<HashMap<CallId, CancellationToken>>>;

/// Places calls on the exchange.
pub(crate) struct SimulatedTelephone {
    lines: Lines,
    calls: mpsc::Sender<OutgoingCall>,
}

/// Holds the calls that the telephone places.
pub(crate) struct Exchange {
    lines: Lines,
    calls: mpsc::Receiver<OutgoingCall>,
}

impl SimulatedTelephone {
    /// A telephone and its exchange.
    pub(crate) fn new() -> (Self, Exchange) {
        let (sender, calls) = mpsc::channel(WAITING);
        let lines = Lines::default();
        (Self { lines: Arc::clone(&lines), calls: sender }, Exchange { lines, calls })
    }
}

fn with<T>(lines: &Lines, work: impl FnOnce(&mut HashMap<CallId, CancellationToken>) -> T) -> T {
    work(&mut lines.lock().unwrap_or_else(PoisonError::into_inner))
}

#[async_trait]
impl Telephone for SimulatedTelephone {
    fn name(&self) -> &'static str {
        "simulated"
    }

    async fn place(&self, call: &OutgoingCall) -> Result<Option<LineHandle>, TelephoneError> {
        with(&self.lines, |lines| lines.insert(call.call, CancellationToken::new()));
        self.calls.try_send(call.clone()).map_err(|error| {
            with(&self.lines, |lines| lines.remove(&call.call));
            TelephoneError::Refused { reason: error.to_string(), final_for_all: false }
        })?;
        Ok(None)
    }

    async fn hang_up(&self, dialogue: &Dialogue) -> Result<(), TelephoneError> {
        if let Some(line) = with(&self.lines, |lines| lines.get(&dialogue.call).cloned()) {
            line.cancel();
        }
        Ok(())
    }

    async fn outcome(&self, dialogue: &Dialogue) -> Result<Outcome, TelephoneError> {
        if with(&self.lines, |lines| lines.contains_key(&dialogue.call)) {
            return Ok(Outcome::Open);
        }
        // the process that held it is gone
        Ok(Outcome::Over {
            answered: dialogue.answered_at.is_some(),
            end: LineEnd::default(),
            recording: None,
        })
    }
}

impl Exchange {
    /// Connects calls until `stop`. `speed` = how many times faster than people the two talk.
    pub(crate) async fn connect(
        mut self,
        engine: TurnEngine,
        recorder: Arc<Recorder>,
        speed: u32,
        stop: CancellationToken,
    ) {
        loop {
            let call = tokio::select! {
                call = self.calls.recv() => call,
                () = stop.cancelled() => None,
            };
            let Some(call) = call else { return };
            let line = with(&self.lines, |lines| lines.get(&call.call).cloned()).unwrap_or_default();
            let talk = Talk {
                id: call.call.to_string(),
                call,
                engine: engine.clone(),
                recorder: Arc::clone(&recorder),
                speed: speed.max(1),
                length_ms: 0,
                line,
            };
            let (lines, stop) = (Arc::clone(&self.lines), stop.clone());
            tokio::spawn(async move {
                let id = talk.call.call;
                tokio::select! {
                    held = talk.hold() => if let Err(error) = held {
                        tracing::warn!(%error, call = %id, "a simulated call broke off");
                    },
                    () = stop.cancelled() => {}
                }
                with(&lines, |lines| lines.remove(&id));
            });
        }
    }
}

/// One call.
struct Talk {
    id: String,
    call: OutgoingCall,
    engine: TurnEngine,
    recorder: Arc<Recorder>,
    speed: u32,
    length_ms: u64,
    line: CancellationToken,
}

/// How a talk ended.
#[derive(PartialEq, Eq)]
enum End {
    HungUp,
    Transferred,
}

impl Talk {
    async fn hold(mut self) -> Result<(), PartFailed> {
        let start =
            LineStart { phone: Some(self.call.phone.clone()), mode: self.call.mode, ..LineStart::default() };
        let welcome = self.engine.event(Some(&self.id), CallEvent::Started(start)).await?;
        let greeting = match welcome {
            EventAnswer::Welcome { greeting, .. } if self.passes(RING_MS).await => greeting,
            _ => {
                self.engine.event(Some(&self.id), CallEvent::Ended(LineEnd::default())).await?;
                return Ok(());
            }
        };
        self.engine.event(Some(&self.id), CallEvent::Answered).await?;
        let end = self.talk(greeting).await;
        let ended = LineEnd {
            duration_ms: Some(self.length_ms),
            transferred: end == End::Transferred,
            ..LineEnd::default()
        };
        self.engine.event(Some(&self.id), CallEvent::Ended(ended)).await?;
        let recording = CallRecording {
            url: format!("simulated:{}", self.id),
            duration_ms: Some(self.length_ms),
            robot: Some(OperatorChannel::Left),
        };
        self.engine.event(Some(&self.id), CallEvent::Recorded { recording, cost: None }).await?;
        Ok(())
    }

    async fn talk(&mut self, greeting: String) -> End {
        let mut script = Script::default();
        let mut heard = greeting;
        if !self.robot(&heard).await {
            return End::HungUp;
        }
        for turn in 1..=MOST_TURNS {
            let Some(line) = script.reply(&heard) else { return End::HungUp };
            let Some(length) = self.client(line).await else { return End::HungUp };
            let request = TurnRequest {
                call_id: self.id.clone(),
                turn,
                input: TurnInput::Text(line.to_owned()),
                duration_ms: Some(length),
            };
            let first = self.engine.turn(request).await;
            let Some((said, action)) = self.answered(first).await else { return End::HungUp };
            match action {
                Action::HangUp { .. } => return End::HungUp,
                Action::Transfer { .. } => return End::Transferred,
                Action::Say if Script::is_goodbye(line) => return End::HungUp,
                Action::Say => heard = said,
            }
        }
        End::HungUp
    }

    /// The robot says an answer, part by part; `None` once the line is down.
    async fn answered(&mut self, first: TurnAnswer) -> Option<(String, Action)> {
        let (mut said, mut part) = (String::new(), first);
        for _ in 0..MOST_PARTS {
            if !part.text.is_empty() {
                said.push_str(&part.text);
                said.push(' ');
                if !self.robot(&part.text).await {
                    return None;
                }
            }
            match part.next {
                Some(next) => part = self.engine.next(&self.id, next).await,
                None => return Some((said, part.action)),
            }
        }
        Some((said, Action::Say))
    }

    async fn robot(&mut self, text: &str) -> bool {
        self.recorder.pause(self.call.call, VOICE_MS);
        let sound = voices::robot(text);
        let length = self.recorder.speak(self.call.call, Speaker::Operator, text, sound.as_deref());
        self.length_ms += length + VOICE_MS;
        self.passes(VOICE_MS + length).await
    }

    /// How long the client speaks, ms.
    async fn client(&mut self, line: &str) -> Option<u64> {
        self.recorder.pause(self.call.call, THINK_MS);
        let sound = voices::client(line);
        let length = self.recorder.speak(self.call.call, Speaker::Client, line, sound.as_deref());
        self.length_ms += length + THINK_MS;
        self.passes(THINK_MS + length).await.then_some(length)
    }

    /// Time goes by; `false` once a person of ours hung up.
    async fn passes(&self, length_ms: u64) -> bool {
        let length = Duration::from_millis(length_ms) / self.speed;
        tokio::select! {
            () = tokio::time::sleep(length) => true,
            () = self.line.cancelled() => false,
        }
    }
}
