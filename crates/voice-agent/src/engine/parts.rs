//! The rest of an answer, part by part. A part that was handed out is the same when asked for again,
//! after a restart too; what was not yet handed out when the service died is not said any more.

use std::sync::atomic::Ordering;

use tokio::time::{Instant, timeout_at};

use super::begin::bounded;
use super::turn::{hang_up, intend, spoken, stored_part};
use super::writing::Writing;
use super::{NextId, TurnAnswer, TurnEngine, log};
use crate::{Action, Dialogue, Ending, PartFailed, Turn, change};

impl TurnEngine {
    /// A part of an answer after its first; everything that is written by then. Always within the
    /// deadline: what does not come is not said.
    pub async fn next(&self, call_id: &str, next: NextId) -> TurnAnswer {
        let until = Instant::now() + self.settings.deadline;
        let call_id = bounded(call_id);
        let silence = TurnAnswer { text: String::new(), action: Action::Say, next: None };
        match timeout_at(until, self.part(&call_id, next, until)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => {
                tracing::warn!(part = error.part, "call {call_id}, part {next}: {error}");
                silence
            }
            Err(_) => {
                log::late(&call_id, next.turn);
                silence
            }
        }
    }

    async fn part(&self, call_id: &str, next: NextId, until: Instant) -> Result<TurnAnswer, PartFailed> {
        let slot = self.slots.known(call_id);
        let _one_at_a_time = match &slot {
            Some(slot) => Some(slot.parts.lock().await),
            None => None,
        };
        let Some(dialogue) = self.dialogue(call_id).await? else {
            return Ok(hang_up(Ending::Failed));
        };
        let Some(turn) = dialogue.turn(next.turn) else {
            return Ok(TurnAnswer { text: String::new(), action: Action::Say, next: None });
        };
        let part = usize::try_from(next.part).unwrap_or(usize::MAX);
        if part < turn.said.len() || !turn.unfinished || dialogue.is_ended() {
            return Ok(stored_part(turn, part));
        }
        let writing = slot.as_ref().and_then(|slot| slot.writing(next.turn));
        let more = match &writing {
            Some(writing) if part == turn.said.len() => more_of(writing, until).await,
            // the service was restarted, or parts are asked for that do not follow: it ends here
            _ => More::nothing(),
        };
        let kept = self.keep_part(&dialogue, next.turn, part, &more).await;
        if let Some(writing) = &writing {
            writing.handed_out.fetch_add(more.count, Ordering::AcqRel);
        }
        if more.is_last
            && let Some(slot) = &slot
        {
            slot.set_writing(None);
        }
        let turn = match kept {
            Ok(Some(turn)) => turn,
            Ok(None) => return Ok(hang_up(Ending::Failed)),
            Err(error) => {
                // the client waits: better said and not kept than not said
                log::part_failed(dialogue.call, next.turn, &error);
                let next = (!more.is_last).then_some(NextId { part: next.part + 1, ..next });
                return Ok(TurnAnswer { text: more.text, action: more.action, next });
            }
        };
        log::said(&self.settings, &more.text);
        self.tell_said(dialogue.call, &turn, part);
        Ok(stored_part(&turn, part))
    }

    async fn keep_part(
        &self,
        dialogue: &Dialogue,
        number: u32,
        part: usize,
        more: &More,
    ) -> Result<Option<Turn>, PartFailed> {
        let now = self.parts.clock.now();
        let edit = |dialogue: &mut Dialogue| {
            dialogue.touched_at = now;
            let Some(turn) = dialogue.turns.iter_mut().find(|turn| turn.number == number) else {
                return false;
            };
            if turn.said.len() != part || !turn.unfinished {
                return false;
            }
            if !more.text.is_empty() {
                turn.said.push(more.text.clone());
            }
            turn.unfinished = !more.is_last;
            turn.said_span = turn.said_span.map(|span| spoken(span.start_ms, &turn.said));
            turn.timings.answer_ms = more.after_ms.unwrap_or(turn.timings.answer_ms);
            if more.is_last {
                turn.action = more.action.clone();
                intend(dialogue, &more.action);
            }
            true
        };
        let kept = change(&*self.parts.memory, dialogue.call, edit).await?;
        Ok(kept.and_then(|dialogue| dialogue.turn(number).cloned()))
    }
}

/// What is written by now.
struct More {
    text: String,
    action: Action,
    is_last: bool,
    after_ms: Option<u64>,
    /// Sentences in it.
    count: usize,
}

impl More {
    /// Nothing more comes.
    const fn nothing() -> Self {
        Self { text: String::new(), action: Action::Say, is_last: true, after_ms: None, count: 0 }
    }
}

/// Waits for at least one more sentence or the end.
async fn more_of(writing: &Writing, until: Instant) -> More {
    let said = writing.handed_out.load(Ordering::Acquire);
    let mut written = writing.written.clone();
    let ready = written.wait_for(|written| written.sentences.len() > said || written.end.is_some());
    // a little before the caller's own limit, so that there is time to keep it
    let limit = until.checked_sub(std::time::Duration::from_millis(300)).unwrap_or(until);
    let Ok(Ok(written)) = timeout_at(limit, ready).await else {
        return More::nothing();
    };
    let fresh = written.sentences.get(said..).unwrap_or_default();
    let action = written.end.as_ref().map_or(Action::Say, |end| end.action.clone());
    More {
        text: fresh.join(" "),
        action,
        is_last: written.end.is_some(),
        after_ms: written.end.as_ref().map(|end| end.after_ms),
        count: fresh.len(),
    }
}
