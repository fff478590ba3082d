//! One turn: found or begun, heard, answered, kept. Once for its number, whoever asks and how often.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt as _;
use tokio::time::{Instant, timeout_at};

use super::begin::{Found, bounded};
use super::hear::Listened;
use super::reply::{self, Moment, Reply};
use super::slots::Slot;
use super::writing::{Question, Writing};
use super::{NextId, TurnAnswer, TurnEngine, TurnRequest, log};
use crate::{
    Action, AnswerSource, Dialogue, DialogueState, Ending, LiveLine, Occasion, PartFailed, Persona, Span,
    Timings, Turn, change,
};

/// After the deadline of a turn's parts: for keeping the apology.
const GRACE: Duration = Duration::from_millis(300);
/// The pause that ends a turn: the scenario waits for two seconds of silence.
const PAUSE_MS: u64 = 2000;
/// A voice of the platform says about fifteen letters a second.
const MS_PER_LETTER: u64 = 65;
/// Said where not even the persona is known.
const LAST_RESORT: &str = "Извините, связь подвела. Повторите, пожалуйста, ещё раз.";

impl TurnEngine {
    /// Answers a turn, always within the deadline: a part that fails or is late becomes an apology.
    pub async fn turn(&self, request: TurnRequest) -> TurnAnswer {
        let began = Instant::now();
        let request = TurnRequest { call_id: bounded(&request.call_id), ..request };
        let (call_id, number) = (request.call_id.clone(), request.turn);
        let slot = self.slots.of(&call_id);
        let answering = slot.answering(number, || {
            let work = tokio::spawn(self.clone().work(Arc::clone(&slot), request, began));
            let engine = self.clone();
            async move { work.await.unwrap_or_else(|_| engine.sorry()) }.boxed().shared()
        });
        timeout_at(began + self.settings.deadline + GRACE, answering).await.unwrap_or_else(|_| {
            log::late(&call_id, number);
            self.sorry()
        })
    }

    /// An apology that is not kept: asked again, the turn may still be answered.
    fn sorry(&self) -> TurnAnswer {
        let persona = self.parts.personas.get(&self.settings.persona);
        let text =
            persona.map_or_else(|| LAST_RESORT.to_owned(), |persona| persona.phrase(Occasion::Apology));
        TurnAnswer { text, action: Action::Say, next: None }
    }

    async fn work(self, slot: Arc<Slot>, request: TurnRequest, began: Instant) -> TurnAnswer {
        let _gate = slot.gate.lock().await;
        match self.exchange(&slot, &request, began).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!(part = error.part, "call {}, turn {}: {error}", request.call_id, request.turn);
                slot.forget(request.turn);
                self.sorry()
            }
        }
    }

    async fn exchange(
        &self,
        slot: &Slot,
        request: &TurnRequest,
        began: Instant,
    ) -> Result<TurnAnswer, PartFailed> {
        let dialogue = match self.find_or_begin(&request.call_id).await? {
            Found::Known(dialogue) => *dialogue,
            Found::Erased => return Ok(hang_up(Ending::Failed)),
        };
        if let Some(turn) = dialogue.turn(request.turn) {
            return Ok(stored_part(turn, 0));
        }
        if let Some(why) = ending_of(&dialogue) {
            self.slots.close(&request.call_id);
            return Ok(hang_up(why));
        }
        if dialogue.turns.last().is_some_and(|last| last.number > request.turn) {
            // overtaken on the way: its answer would be out of place by now
            return Ok(TurnAnswer { text: String::new(), action: Action::Say, next: None });
        }
        let Some(persona) = self.persona(&dialogue) else {
            return Err(PartFailed::lasting(
                "persona",
                format!("there is no persona {:?}", dialogue.persona),
            ));
        };
        slot.set_writing(None);
        log::asked(&self.settings, request);
        let at = self.parts.clock.now();
        let listened = self.listen(dialogue.call, request, &persona, began).await;
        if let Some(words) = listened.words.clone().filter(|words| !words.is_empty()) {
            self.parts.live.tell(dialogue.call, at, LiveLine::Heard { turn: request.turn, text: words });
        }
        let (reply, writing) = self.think_of_reply(&dialogue, &persona, &listened, request.turn, began).await;
        let said = Said { reply, writing, at, began };
        self.keep(slot, &dialogue, request, listened, said).await
    }

    /// A rule's answer, or the first sentence of the mind's; an apology if neither comes in time.
    async fn think_of_reply(
        &self,
        dialogue: &Dialogue,
        persona: &Arc<Persona>,
        listened: &Listened,
        turn: u32,
        began: Instant,
    ) -> (Reply, Option<Arc<Writing>>) {
        let sorry = || (reply::apology(persona, dialogue.apologies), None);
        let Some(heard) = &listened.words else { return sorry() };
        let rub_micros_per_usd = self.settings.rub_micros_per_usd;
        let learned = self.learned(persona);
        let now = self.parts.clock.now();
        let moment = Moment { persona, learned: &learned, dialogue, now, rub_micros_per_usd };
        if let Some(reply) = moment.reply(heard, &self.answers) {
            return (reply, None);
        }
        let (dialogue, heard) = (dialogue.clone(), heard.clone());
        let question = Question { dialogue, persona: Arc::clone(persona), learned, heard, turn };
        let writing = self.write(question);
        let mut written = writing.written.clone();
        let first = written.wait_for(|written| !written.sentences.is_empty() || written.end.is_some());
        let Ok(Ok(written)) = timeout_at(began + self.settings.deadline, first).await else { return sorry() };
        let Some(text) = written.sentences.first().cloned() else { return sorry() };
        let last = written.end.as_ref().filter(|_| written.sentences.len() == 1);
        let action = last.map_or(Action::Say, |end| end.action.clone());
        drop(written);
        writing.handed_out.store(1, Ordering::Release);
        let reply = Reply { text, action, source: AnswerSource::Model, offers_person: false, silence: false };
        (reply, Some(writing))
    }

    /// Keeps the turn; whoever was faster for the same number is right.
    async fn keep(
        &self,
        slot: &Slot,
        dialogue: &Dialogue,
        request: &TurnRequest,
        listened: Listened,
        said: Said,
    ) -> Result<TurnAnswer, PartFailed> {
        let turn = said.turn(request, &listened);
        let stops = matches!(said.reply.action, Action::HangUp { why: Ending::NeverAgain });
        let edit = |dialogue: &mut Dialogue| said.apply(dialogue, &turn, request.duration_ms, listened.cost);
        let kept = change(&*self.parts.memory, dialogue.call, edit).await;
        let turn = match kept {
            Ok(None) => return Ok(hang_up(Ending::Failed)),
            Ok(Some(kept)) => {
                let Some(turn) = kept.turn(request.turn) else {
                    // the line went down meanwhile
                    self.slots.close(&request.call_id);
                    return Ok(hang_up(ending_of(&kept).unwrap_or(Ending::ClientHungUp)));
                };
                turn.clone()
            }
            Err(error) => {
                // the client waits: better said and not kept than not said
                log::part_failed(dialogue.call, request.turn, &error);
                turn
            }
        };
        if stops {
            self.put_on_stop_list(dialogue).await;
        }
        slot.set_writing(said.writing.filter(|_| turn.unfinished));
        log::said(&self.settings, &turn.words());
        log::answered(dialogue.call, &turn);
        self.tell_said(dialogue.call, &turn, 0);
        Ok(stored_part(&turn, 0))
    }

    /// Lookers-on hear a part.
    pub(super) fn tell_said(&self, call: domain::CallId, turn: &Turn, part: usize) {
        let Some(text) = turn.said.get(part).cloned() else { return };
        let what = LiveLine::Said {
            turn: turn.number,
            text,
            source: turn.source,
            action: turn.action.clone(),
            latency_ms: (part == 0).then_some(turn.timings.total_ms),
        };
        self.parts.live.tell(call, self.parts.clock.now(), what);
    }

    /// Puts the client on the stop list now; what fails is made up for before the call is archived.
    pub(super) async fn put_on_stop_list(&self, dialogue: &Dialogue) {
        let Some(phone) = &dialogue.phone else { return };
        let now = self.parts.clock.now();
        if let Err(error) = self.parts.memory.stop(phone, "asked in a call", now).await {
            tracing::warn!(part = error.part, "call {}: the stop list: {error}", dialogue.call);
        }
    }
}

/// An answer that is about to be kept.
struct Said {
    reply: Reply,
    writing: Option<Arc<Writing>>,
    at: DateTime<Utc>,
    began: Instant,
}

impl Said {
    fn turn(&self, request: &TurnRequest, listened: &Listened) -> Turn {
        let total_ms = log::ms(self.began);
        let end = self.writing.as_ref().map(|writing| writing.written.borrow().clone());
        let whole = end.as_ref().is_none_or(|written| written.end.is_some() && written.sentences.len() == 1);
        let first_sentence_ms = total_ms.saturating_sub(listened.download_ms + listened.speech_ms);
        Turn {
            number: request.turn,
            heard: listened.words.clone(),
            said: vec![self.reply.text.clone()],
            action: if whole { self.reply.action.clone() } else { Action::Say },
            unfinished: !whole,
            source: self.reply.source,
            offers_person: self.reply.offers_person,
            heard_span: None,
            said_span: None,
            timings: Timings {
                download_ms: listened.download_ms,
                speech_ms: listened.speech_ms,
                first_sentence_ms,
                answer_ms: if whole { first_sentence_ms } else { 0 },
                total_ms,
                sound_ms: None,
            },
            at: self.at,
        }
    }

    /// `false` if the turn must not be kept: another was faster, or the line is down.
    fn apply(
        &self,
        dialogue: &mut Dialogue,
        turn: &Turn,
        duration_ms: Option<u64>,
        cost: Option<domain::Money>,
    ) -> bool {
        if dialogue.turn(turn.number).is_some() || dialogue.is_ended() {
            return false;
        }
        let mut turn = turn.clone();
        let answered = answered_at(dialogue, turn.at, duration_ms);
        dialogue.answered_at = Some(answered);
        dialogue.state = DialogueState::Talking;
        dialogue.touched_at = turn.at;
        let asked_ms = since(answered, turn.at);
        // a client is listened to when the robot has spoken, whatever pace the line's clock has
        let after = dialogue.turns.last().and_then(|last| last.said_span).map_or(0, |said| said.start_ms);
        turn.heard_span = duration_ms.map(|length| {
            let pause = PAUSE_MS.min(length / 2);
            let start_ms = asked_ms.saturating_sub(length).max(after);
            Span { start_ms, end_ms: asked_ms.saturating_sub(pause).max(start_ms) }
        });
        turn.said_span = Some(spoken(asked_ms + turn.timings.total_ms, &turn.said[..]));
        dialogue.silences = if self.reply.silence { dialogue.silences.saturating_add(1) } else { 0 };
        let sorry = self.reply.source == AnswerSource::Apology;
        dialogue.apologies = if sorry { dialogue.apologies.saturating_add(1) } else { 0 };
        intend(dialogue, &turn.action);
        if let Some(cost) = cost {
            dialogue.pay("speech", cost);
        }
        dialogue.turns.push(turn);
        true
    }
}

/// How the call is going to end after this.
pub(super) fn intend(dialogue: &mut Dialogue, action: &Action) {
    if let Action::HangUp { why } = action {
        dialogue.intends = dialogue.intends.or(Some(*why));
        dialogue.stop_asked |= *why == Ending::NeverAgain;
    }
}

/// When the client answered; reckoned back from the first words if nobody told.
fn answered_at(dialogue: &Dialogue, at: DateTime<Utc>, duration_ms: Option<u64>) -> DateTime<Utc> {
    let heard = TimeDelta::milliseconds(i64::try_from(duration_ms.unwrap_or(0)).unwrap_or(0));
    dialogue.answered_at.unwrap_or_else(|| (at - heard).max(dialogue.started_at))
}

pub(super) fn since(from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
    u64::try_from((to - from).num_milliseconds()).unwrap_or(0)
}

/// How long a voice needs for these words.
pub(super) fn spoken(start_ms: u64, said: &[String]) -> Span {
    let letters: usize = said.iter().map(|part| part.chars().count()).sum();
    let length = MS_PER_LETTER.saturating_mul(u64::try_from(letters).unwrap_or(u64::MAX));
    Span { start_ms, end_ms: start_ms.saturating_add(length) }
}

/// A part of an answer as it was handed out, with where the rest is.
pub(super) fn stored_part(turn: &Turn, part: usize) -> TurnAnswer {
    let is_last = part + 1 >= turn.said.len() && !turn.unfinished;
    let next = u32::try_from(part + 1).unwrap_or(u32::MAX);
    TurnAnswer {
        text: turn.said.get(part).cloned().unwrap_or_default(),
        action: if is_last { turn.action.clone() } else { Action::Say },
        next: (!is_last).then_some(NextId { turn: turn.number, part: next }),
    }
}

/// The call is over or is going to be.
pub(super) fn ending_of(dialogue: &Dialogue) -> Option<Ending> {
    match dialogue.state {
        DialogueState::Ended { why } => Some(why),
        _ => dialogue.intends,
    }
}

pub(super) fn hang_up(why: Ending) -> TurnAnswer {
    TurnAnswer { text: String::new(), action: Action::HangUp { why }, next: None }
}
