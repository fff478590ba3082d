//! What the line tells: it stands, it was answered, a machine speaks, it is down, it was recorded.
//!
//! Events come more than once and out of order; each changes the call only where that is news.

use domain::CallId;
use sha2::{Digest as _, Sha256};

use super::begin::bounded;
use super::turn::{since, spoken};
use super::{CallEvent, EventAnswer, LineStart, TurnEngine};
use crate::{
    Action, AnswerSource, Begun, DialogMode, Dialogue, DialogueState, Ending, LineEnd, LiveLine,
    MachineManner, PartFailed, Persona, Timings, Turn, change,
};

/// SIP codes of a client who was not reached; other refusals are faults of the line.
const NOT_REACHED: [i64; 8] = [404, 408, 480, 484, 486, 487, 603, 604];

impl TurnEngine {
    /// Takes an event of the line. `call_id` is missing only where a call that comes in is not named yet.
    ///
    /// # Errors
    /// Those of the memory: the event was not noted, send it again.
    pub async fn event(&self, call_id: Option<&str>, event: CallEvent) -> Result<EventAnswer, PartFailed> {
        let call_id = call_id.map(bounded).filter(|id| !id.is_empty());
        if let CallEvent::Started(start) = event {
            return self.started(call_id, start).await;
        }
        let dialogue = match &call_id {
            Some(call_id) => self.dialogue(call_id).await?,
            None => None,
        };
        let Some(dialogue) = dialogue else { return Ok(EventAnswer::UnknownCall) };
        let call = dialogue.call;
        match event {
            CallEvent::Started(_) => {}
            CallEvent::Answered => self.answered(&dialogue).await?,
            CallEvent::Machine => return self.machine(&dialogue).await,
            CallEvent::Failed { code, reason } => {
                let why = match code {
                    Some(code) if NOT_REACHED.contains(&code) => Ending::NotAnswered,
                    _ => Ending::Failed,
                };
                self.down(call, LineEnd { code, reason, ..LineEnd::default() }, Some(why)).await?;
            }
            CallEvent::Ended(end) => self.down(call, end, None).await?,
            CallEvent::Recorded { recording, cost } => {
                change(&*self.parts.memory, call, |dialogue| {
                    if dialogue.recording.is_some() {
                        return false;
                    }
                    dialogue.recording = Some(recording.clone());
                    if let Some(cost) = cost {
                        dialogue.pay("telephony", cost);
                    }
                    true
                })
                .await?;
                self.archive(call).await;
            }
        }
        Ok(EventAnswer::Noted)
    }

    async fn started(&self, call_id: Option<String>, start: LineStart) -> Result<EventAnswer, PartFailed> {
        let name = call_id.unwrap_or_else(|| name_of(&start, self.parts.clock.now().timestamp_millis()));
        let dialogue = match self.dialogue(&name).await? {
            Some(dialogue) => dialogue,
            None => match self.open(&name, &start).await? {
                Some(dialogue) => dialogue,
                None => return Ok(EventAnswer::Refused),
            },
        };
        let stopped = match &dialogue.phone {
            // a client who rings us wants to talk
            Some(phone) if !dialogue.incoming => self.parts.memory.is_stopped(phone).await?,
            _ => false,
        };
        let Some(persona) = self.persona(&dialogue) else { return Ok(EventAnswer::Refused) };
        if stopped || dialogue.is_ended() || dialogue.intends.is_some() {
            return Ok(EventAnswer::Refused);
        }
        let now = self.parts.clock.now();
        let dialogue = change(&*self.parts.memory, dialogue.call, |dialogue| {
            dialogue.touched_at = now;
            dialogue.line = start.line.clone().or(dialogue.line.take());
            if !dialogue.is_ended() {
                dialogue.state = DialogueState::Talking;
            }
            true
        })
        .await?;
        let Some(dialogue) = dialogue else { return Ok(EventAnswer::Refused) };
        Ok(EventAnswer::Welcome {
            call: dialogue.call,
            greeting: persona.opening(dialogue.incoming),
            voice: persona.voice.turns.clone(),
            mode: dialogue.mode,
        })
    }

    /// A call that nobody placed here; `None` if it was erased.
    async fn open(&self, name: &str, start: &LineStart) -> Result<Option<Dialogue>, PartFailed> {
        let now = self.parts.clock.now();
        let mut dialogue =
            Dialogue::new(&self.settings.source, name, &self.settings.persona, start.mode, now);
        dialogue.incoming = start.incoming;
        dialogue.phone.clone_from(&start.phone);
        dialogue.own_number.clone_from(&start.own_number);
        let begun = self.parts.memory.begin(&dialogue, None, None).await?;
        if begun == Begun::New {
            self.parts.live.tell(dialogue.call, now, LiveLine::Began);
        }
        self.parts.memory.dialogue(dialogue.call).await
    }

    async fn answered(&self, dialogue: &Dialogue) -> Result<(), PartFailed> {
        let now = self.parts.clock.now();
        let persona = self.persona(dialogue);
        let mut is_news = false;
        let changed = change(&*self.parts.memory, dialogue.call, |dialogue| {
            is_news = dialogue.answered_at.is_none() && !dialogue.is_ended();
            if is_news {
                dialogue.answered_at = Some(now);
                dialogue.touched_at = now;
                dialogue.state = DialogueState::Talking;
                // in real time the model says the greeting, and the bridge writes it down
                let greets = dialogue.mode == DialogMode::Turns && dialogue.turn(0).is_none();
                if let Some(persona) = persona.as_ref().filter(|_| greets) {
                    let greeting = fixed(0, persona.opening(dialogue.incoming), dialogue, now);
                    dialogue.turns.insert(0, greeting);
                }
            }
            is_news
        })
        .await?;
        if let Some(dialogue) = changed.filter(|_| is_news) {
            self.parts.live.tell(dialogue.call, now, LiveLine::Answered);
            if let Some(greeting) = dialogue.turn(0) {
                self.tell_said(dialogue.call, greeting, 0);
            }
        }
        Ok(())
    }

    async fn machine(&self, dialogue: &Dialogue) -> Result<EventAnswer, PartFailed> {
        let now = self.parts.clock.now();
        let words = self.persona(dialogue).and_then(|persona| words_for_machine(&persona));
        change(&*self.parts.memory, dialogue.call, |dialogue| {
            if dialogue.intends == Some(Ending::Machine) || dialogue.is_ended() {
                return false;
            }
            dialogue.intends = Some(Ending::Machine);
            dialogue.touched_at = now;
            if let Some(words) = &words {
                let number = dialogue.turns.last().map_or(1, |last| last.number + 1);
                let message = fixed(number, words.clone(), dialogue, now);
                dialogue.turns.push(message);
            }
            true
        })
        .await?;
        Ok(EventAnswer::Message(words))
    }

    /// The line is down, once.
    pub(crate) async fn down(
        &self,
        call: CallId,
        end: LineEnd,
        why: Option<Ending>,
    ) -> Result<(), PartFailed> {
        let now = self.parts.clock.now();
        let mut is_news = false;
        let changed = change(&*self.parts.memory, call, |dialogue| {
            is_news = !dialogue.is_ended();
            if is_news {
                let ending = why.unwrap_or_else(|| ending(dialogue, &end));
                if end.transferred {
                    dialogue.intends = None;
                }
                dialogue.end(ending, now);
                dialogue.touched_at = now;
                if let Some(cost) = end.cost {
                    dialogue.pay("telephony", cost);
                }
                dialogue.line_end = Some(end.clone());
                // it commands nothing any more
                dialogue.line = None;
            }
            is_news
        })
        .await?;
        let Some(dialogue) = changed else { return Ok(()) };
        self.slots.close(&call.to_string());
        self.slots.close(&dialogue.external_id);
        if let DialogueState::Ended { why } = dialogue.state
            && is_news
        {
            self.parts.live.tell(call, now, LiveLine::Ended { why });
        }
        self.archive(call).await;
        Ok(())
    }
}

/// Why a line went down of which nothing else is known.
fn ending(dialogue: &Dialogue, end: &LineEnd) -> Ending {
    if end.transferred {
        Ending::Transferred
    } else if dialogue.answered_at.is_none() {
        Ending::NotAnswered
    } else if matches!(dialogue.turns.last().map(|turn| &turn.action), Some(Action::Transfer { .. })) {
        // nobody took it over, the scenario said so and hung up
        Ending::Goodbye
    } else {
        Ending::ClientHungUp
    }
}

/// A name for a call that comes in: the same when its first event is repeated, where the line has a name.
fn name_of(start: &LineStart, now_ms: i64) -> String {
    let line = start.line.as_ref().map_or_else(|| now_ms.to_string(), |line| line.expose().to_owned());
    let phone = start.phone.as_ref().map(domain::PhoneNumber::as_str).unwrap_or_default();
    let digest = Sha256::new().chain_update(line).chain_update([0]).chain_update(phone).finalize();
    format!("in-{}", hex::encode(digest).chars().take(32).collect::<String>())
}

fn words_for_machine(persona: &Persona) -> Option<String> {
    match &persona.machine {
        MachineManner::HangUp => None,
        MachineManner::Message { text } => Some(persona.fill(text)),
    }
}

/// Fixed words that were said without being asked for.
fn fixed(number: u32, text: String, dialogue: &Dialogue, now: chrono::DateTime<chrono::Utc>) -> Turn {
    let start = dialogue.answered_at.map_or(0, |answered| since(answered, now));
    let said = vec![text];
    Turn {
        number,
        heard: None,
        said_span: Some(spoken(start, &said)),
        said,
        action: Action::Say,
        unfinished: false,
        source: AnswerSource::Fixed,
        offers_person: false,
        heard_span: None,
        timings: Timings::default(),
        at: now,
    }
}
