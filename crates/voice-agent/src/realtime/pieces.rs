//! Sound and words of an answer, as they come: played at once, or held back as long as it is not known
//! whether the client said more than «угу».

use bytes::Bytes;
use openai_client::{ResponseId, SpokenItem};

use super::conversation::Conversation;
use crate::{AnswerSource, LiveLine};

/// Of an answer that is held back.
const MOST_HELD: usize = 120 * 8000;

/// An answer to something that may turn out to be only «угу».
#[derive(Debug)]
pub(super) struct Held {
    pub(super) response: ResponseId,
    pieces: Vec<(SpokenItem, Bytes)>,
    complete: Vec<SpokenItem>,
    size: usize,
    /// Its end has come.
    pub(super) is_over: bool,
}

impl Held {
    pub(super) const fn of(response: ResponseId) -> Self {
        Self { response, pieces: Vec::new(), complete: Vec::new(), size: 0, is_over: false }
    }
}

impl Conversation {
    pub(super) fn drop_held(&mut self) {
        let Some(held) = self.answers.held.take() else { return };
        if self.answers.active.as_ref() == Some(&held.response) {
            self.cancel_active();
        } else {
            self.answers.drop_late(held.response);
        }
    }

    /// Takes the answer that is held back out of the way of an interruption.
    pub(super) fn take_held(&mut self) -> Option<Held> {
        let held = self.answers.held.take()?;
        if self.answers.active.as_ref() == Some(&held.response) {
            self.answers.active = None;
        }
        Some(held)
    }

    /// It is said after all.
    pub(super) fn put_back(&mut self, held: Held) {
        if !held.is_over {
            self.answers.active = Some(held.response.clone());
        }
        self.answers.held = Some(held);
        self.release_held();
    }

    /// The answer that was held back is said after what is being said.
    pub(super) fn release_held(&mut self) -> bool {
        let Some(held) = self.answers.held.take() else { return false };
        self.answers.sign = Some(self.now);
        for (spoken, sound) in held.pieces {
            self.sound_comes(&spoken, sound);
        }
        held.complete.iter().for_each(|spoken| self.sound_ends(spoken));
        true
    }

    pub(super) fn sound_comes(&mut self, spoken: &SpokenItem, sound: Bytes) {
        if self.answers.is_dropped(&spoken.response) {
            return;
        }
        self.answers.silent_until = None;
        self.answers.sign = Some(self.now);
        if let Some(held) = &mut self.answers.held
            && held.response == spoken.response
        {
            if held.size + sound.len() <= MOST_HELD {
                held.size += sound.len();
                held.pieces.push((spoken.clone(), sound));
            }
            return;
        }
        let Some(telephone) = &mut self.telephone else { return };
        self.answers.has_sound = true;
        if !telephone.playout.take(spoken, sound) {
            tracing::warn!(call = %self.call.call, "an answer of more than two minutes is cut");
            self.cancel_active();
            return;
        }
        self.exchanges.says(spoken, self.parts.clock.as_ref());
    }

    pub(super) fn sound_ends(&mut self, spoken: &SpokenItem) {
        if let Some(held) = &mut self.answers.held
            && held.response == spoken.response
        {
            held.complete.push(spoken.clone());
            return;
        }
        if let Some(telephone) = &mut self.telephone {
            telephone.playout.complete(spoken);
        }
    }

    pub(super) fn words_come(&mut self, spoken: &SpokenItem, words: &str, all: bool) {
        let Some(telephone) = &mut self.telephone else { return };
        let is_known = telephone.playout.said.iter().any(|said| said.spoken.item == spoken.item);
        if self.answers.is_dropped(&spoken.response) && !is_known {
            return;
        }
        telephone.playout.add_words(spoken, words, all);
        if all && !self.answers.is_dropped(&spoken.response) {
            let line = LiveLine::Said {
                turn: self.exchanges.number(),
                text: words.trim().to_owned(),
                source: AnswerSource::Model,
                action: crate::Action::Say,
                latency_ms: self.exchanges.latency_ms(),
            };
            self.parts.live.tell(self.call.call, self.parts.clock.now(), line);
        }
    }
}
