//! The end of a call: into the history once it is whole, and exactly once as far as anybody can see.
//!
//! Who hands it over first says so in the memory; if that process dies, another takes it up again
//! later, and the history knows the call by its id.

use chrono::{DateTime, TimeDelta, Utc};
use domain::CallId;

use super::TurnEngine;
use crate::{Archiving, Dialogue, FinishedCall, PartFailed, change};

/// A handing over that lasts longer was cut off.
const HANDING_OVER: TimeDelta = TimeDelta::minutes(2);

impl TurnEngine {
    /// Puts the call into the history if it is over and whole. What fails is tried again by
    /// [`crate::CallDesk::reconcile`].
    pub async fn archive(&self, call: CallId) {
        if let Err(error) = self.try_archive(call).await {
            tracing::warn!(part = error.part, "call {call} is not in the history yet: {error}");
        }
    }

    async fn try_archive(&self, call: CallId) -> Result<(), PartFailed> {
        let now = self.parts.clock.now();
        let mut is_ours = false;
        let taken = change(&*self.parts.memory, call, |dialogue| {
            is_ours = self.is_due(dialogue, now);
            if is_ours {
                dialogue.archiving = Archiving::HandingOver { since: now };
            }
            is_ours
        })
        .await?;
        let Some(dialogue) = taken.filter(|_| is_ours) else { return Ok(()) };
        let put = self.hand_over(&dialogue).await;
        let archiving = if put.is_ok() { Archiving::Done } else { Archiving::Waiting };
        change(&*self.parts.memory, call, |dialogue| {
            dialogue.archiving = archiving;
            true
        })
        .await?;
        put
    }

    async fn hand_over(&self, dialogue: &Dialogue) -> Result<(), PartFailed> {
        if let Some(phone) = dialogue.phone.as_ref().filter(|_| dialogue.stop_asked) {
            self.parts.memory.stop(phone, "asked in a call", self.parts.clock.now()).await?;
        }
        let persona = self.persona(dialogue);
        let finished = FinishedCall::of(dialogue, persona.as_deref(), self.parts.ears.engine());
        self.parts.archive.put(finished).await
    }

    /// Over, and nothing more is waited for.
    fn is_due(&self, dialogue: &Dialogue, now: DateTime<Utc>) -> bool {
        let free = match dialogue.archiving {
            Archiving::Waiting => true,
            Archiving::HandingOver { since } => now - since > HANDING_OVER,
            Archiving::Done => false,
        };
        let wait = TimeDelta::from_std(self.settings.recording_wait).unwrap_or(TimeDelta::MAX);
        let whole = dialogue.recording.is_some()
            || dialogue.answered_at.is_none()
            || dialogue.ended_at.is_some_and(|ended| now - ended >= wait);
        free && dialogue.is_ended() && whole
    }
}
