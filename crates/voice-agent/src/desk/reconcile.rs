//! Calls of which nothing is heard: looked up at the telephone company and closed, never dialled again.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::timeout;

use super::CallDesk;
use crate::{
    CallEvent, Dialogue, DialogueState, Ending, LineEnd, Outcome, PartFailed, TelephoneError, change,
};

/// Calls looked at in one round.
const MOST: u32 = 500;

/// What a round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reconciled {
    /// Calls that are over, as it turned out.
    pub closed: u32,
    /// Calls that were handed to the history.
    pub archived: u32,
    /// Calls of which nothing is known yet.
    pub open: u32,
}

impl CallDesk {
    /// One round over the calls that are open: to be run every minute or so.
    ///
    /// # Errors
    /// Those of the memory; a call that cannot be looked up is left for the next round.
    pub async fn reconcile(&self) -> Result<Reconciled, PartFailed> {
        let mut done = Reconciled::default();
        for dialogue in self.parts.memory.open_calls(MOST).await? {
            if dialogue.is_ended() {
                self.parts.engine.archive(dialogue.call).await;
                done.archived += 1;
            } else if self.is_quiet(&dialogue) {
                match self.look_up(&dialogue).await {
                    Ok(true) => done.closed += 1,
                    Ok(false) => done.open += 1,
                    Err(error) => {
                        tracing::warn!("call {} cannot be looked up: {error}", dialogue.call);
                        done.open += 1;
                    }
                }
            } else {
                done.open += 1;
            }
        }
        Ok(done)
    }

    fn is_quiet(&self, dialogue: &Dialogue) -> bool {
        let wait = match dialogue.state {
            // its start is in doubt: the sooner the better
            DialogueState::Unknown => TimeDelta::zero(),
            _ => length(self.settings.quiet),
        };
        self.parts.clock.now() - dialogue.touched_at >= wait
    }

    /// Whether it turned out to be over.
    async fn look_up(&self, dialogue: &Dialogue) -> Result<bool, PartFailed> {
        let asked = timeout(self.settings.place_timeout, self.parts.telephone.outcome(dialogue)).await;
        let outcome = asked.unwrap_or_else(|_| Err(TelephoneError::Unknown("it takes too long".into())));
        let now = self.parts.clock.now();
        let engine = &self.parts.engine;
        match outcome {
            Ok(Outcome::Never) => {
                engine.down(dialogue.call, LineEnd::default(), Some(Ending::Failed)).await?;
                Ok(true)
            }
            Ok(Outcome::Over { answered, end, recording }) => {
                if answered {
                    self.note_answer(dialogue, &end, now).await?;
                }
                if let Some(recording) = recording {
                    let event = CallEvent::Recorded { recording, cost: None };
                    engine.event(Some(&dialogue.call.to_string()), event).await?;
                }
                let why = (!answered).then_some(Ending::NotAnswered);
                engine.down(dialogue.call, end, why).await?;
                Ok(true)
            }
            Ok(Outcome::Open) | Err(_) => {
                let lost = now - dialogue.touched_at >= length(self.settings.lost);
                if lost {
                    engine.down(dialogue.call, LineEnd::default(), Some(Ending::Failed)).await?;
                }
                Ok(lost)
            }
        }
    }

    /// Somebody answered, and nobody told us: the talk began its length before the end.
    async fn note_answer(
        &self,
        dialogue: &Dialogue,
        end: &LineEnd,
        now: DateTime<Utc>,
    ) -> Result<(), PartFailed> {
        let talk =
            TimeDelta::milliseconds(end.duration_ms.and_then(|ms| i64::try_from(ms).ok()).unwrap_or(0));
        change(&*self.parts.memory, dialogue.call, |dialogue| {
            let is_news = dialogue.answered_at.is_none();
            if is_news {
                dialogue.answered_at = Some((now - talk).max(dialogue.started_at));
            }
            is_news
        })
        .await?;
        Ok(())
    }
}

fn length(of: std::time::Duration) -> TimeDelta {
    TimeDelta::from_std(of).unwrap_or(TimeDelta::MAX)
}
