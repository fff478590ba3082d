//! Which call is meant, and calls that begin here: those that come in, those with an id nobody knows.

use domain::CallId;

use super::TurnEngine;
use crate::{Begun, DialogMode, Dialogue, DialogueState, PartFailed};

/// Ids of calls are short; what is longer is cut before it is kept anywhere.
const LONGEST_ID: usize = 64;

/// The id as it is used.
pub(super) fn bounded(id: &str) -> String {
    id.trim().chars().take(LONGEST_ID).collect()
}

/// A call that was asked for.
pub(super) enum Found {
    /// It is there.
    Known(Box<Dialogue>),
    /// It was erased: nothing more is said in it.
    Erased,
}

impl TurnEngine {
    /// A call by the id that the scenario knows it by: ours, or one of its own.
    ///
    /// # Errors
    /// Those of the memory.
    pub async fn dialogue(&self, call_id: &str) -> Result<Option<Dialogue>, PartFailed> {
        let call_id = bounded(call_id);
        if let Ok(call) = CallId::parse(&call_id)
            && let Some(dialogue) = self.parts.memory.dialogue(call).await?
        {
            return Ok(Some(dialogue));
        }
        self.parts.memory.dialogue(CallId::derive(&self.settings.source, &call_id)).await
    }

    /// The call, begun if nobody knows it: a scenario that lost its first request still talks.
    pub(super) async fn find_or_begin(&self, call_id: &str) -> Result<Found, PartFailed> {
        if let Some(dialogue) = self.dialogue(call_id).await? {
            return Ok(Found::Known(Box::new(dialogue)));
        }
        let now = self.parts.clock.now();
        let settings = &self.settings;
        let mut dialogue =
            Dialogue::new(&settings.source, call_id, &settings.persona, DialogMode::Turns, now);
        dialogue.incoming = true;
        dialogue.state = DialogueState::Talking;
        match self.parts.memory.begin(&dialogue, None, None).await? {
            Begun::New => Ok(Found::Known(Box::new(dialogue))),
            _ => match self.parts.memory.dialogue(dialogue.call).await? {
                Some(dialogue) => Ok(Found::Known(Box::new(dialogue))),
                None => Ok(Found::Erased),
            },
        }
    }
}
