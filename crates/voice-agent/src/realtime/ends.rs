//! How a call ends: last words that are heard to their end, then the order to the telephone.

use std::time::Duration;

use super::{
    BridgeEnd,
    answers::Wanted,
    brief,
    conversation::{Conversation, Phase},
    errands::Edit,
    frames,
};
use crate::Ending;

/// The robot's last words must be over by then.
const LONGEST_GOODBYE: Duration = Duration::from_secs(20);
/// What the network may add to what we reckon as heard.
pub(super) const AFTER_LAST_WORD: Duration = Duration::from_millis(200);
/// After `stop` the telephone says soon what comes next.
pub(super) const AFTER_STOP: Duration = Duration::from_secs(3);

/// How the robot leaves once it has said its last words.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Leave {
    HangUp(Ending),
    Transfer(domain::PhoneNumber),
}

impl Conversation {
    /// Nothing more happens.
    pub(super) fn end(&mut self, end: BridgeEnd) {
        self.stirred = true;
        if !self.is_over() {
            self.outcome.end = end;
            self.phase = Phase::Over;
            self.connecting = None;
        }
    }

    /// A person of ours hangs up.
    pub(super) fn stop(&mut self) {
        if !self.is_over() {
            self.to_media.push(&frames::order("hangup"));
            self.end(BridgeEnd::Stopped);
        }
    }

    /// On by turns.
    pub(super) fn fall_back(&mut self, reason: impl Into<String>) {
        if self.is_over() {
            return;
        }
        if let Phase::Leaving { how, .. } = &self.phase {
            // there is nothing left to talk about: the last words are lost, not the end
            let how = how.clone();
            self.leave(how);
            return;
        }
        let reason = reason.into();
        tracing::warn!(call = %self.call.call, reason, "a call goes on by turns: the model is out of reach");
        self.to_media.push(&frames::order("fallback"));
        self.end(BridgeEnd::FellBack { reason });
    }

    pub(super) fn watch_ends(&mut self) {
        let now = self.now;
        match &self.phase {
            Phase::Opening { until } if now >= *until => match (&self.line, &self.telephone) {
                (_, None) => self.media_lost(),
                _ => self.fall_back("the model did not open a session in time"),
            },
            Phase::Leaving { how, until } => {
                let (how, until) = (how.clone(), *until);
                let spoken = !self.answers.is_any() && self.is_played_out(AFTER_LAST_WORD);
                if spoken || now >= until {
                    self.leave(how);
                }
            }
            _ => {}
        }
        if now >= self.last_frame + self.settings.media_silence {
            self.media_lost();
        }
        if self.stopped.is_some_and(|at| now >= at + AFTER_STOP) {
            self.end(BridgeEnd::ClientHungUp);
        }
    }

    fn leave(&mut self, how: Leave) {
        self.settle(true);
        if let Some(telephone) = &mut self.telephone {
            self.to_media.push(&telephone.playout.end());
        }
        match how {
            Leave::HangUp(why) => {
                self.to_media.push(&frames::order("hangup"));
                self.end(BridgeEnd::HungUp(why));
            }
            Leave::Transfer(to) => {
                self.to_media.push(&frames::transfer(to.as_str()));
                self.end(BridgeEnd::Transferred { to });
            }
        }
    }

    /// The robot says its last words, `words` if it has not said them, and leaves.
    pub(super) fn wind_up(&mut self, how: Leave, words: Option<String>) {
        if !self.is_talking() {
            return;
        }
        self.exchanges.intends(&how);
        let intends = match &how {
            Leave::HangUp(why) => *why,
            Leave::Transfer(_) => Ending::Transferred,
        };
        self.keep(Edit::Intends(intends));
        self.phase = Phase::Leaving { how, until: self.now + LONGEST_GOODBYE };
        if let Some(words) = words {
            self.want(Wanted::By(brief::word_for_word(&words)));
        }
    }

    /// Whether all that the robot said was heard, and so long ago.
    pub(super) fn is_played_out(&self, since: Duration) -> bool {
        self.telephone.as_ref().is_none_or(|telephone| telephone.playout.ends_at() + since <= self.now)
    }
}
