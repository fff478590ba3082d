//! The model's answers: asked for one at a time, played as they come, dropped when nobody wants them.
//!
//! The server answers a client's speech by itself; everything else is asked for. While one answer is
//! being made another is refused, so a wish waits for its end.

use std::{collections::VecDeque, time::Duration};

use openai_client::{RealtimeCommand, ResponseId};
use tokio::time::Instant;

use super::{brief, conversation::Conversation, pieces::Held};
use crate::Occasion;

/// Answers whose late events are passed by.
const MOST_DROPPED: usize = 16;
/// The server begins an answer of its own within this time, or we ask for it.
const SERVER_BEGINS: Duration = Duration::from_millis(1500);
/// A tool that takes longer is spoken of.
const FILLER_AFTER: Duration = Duration::from_millis(1500);

/// An answer that is to be asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wanted {
    /// Whatever the model has to say.
    Any,
    /// By instructions for it alone.
    By(String),
}

/// What is under way.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// To be asked for.
    pub(super) wanted: Option<Wanted>,
    /// Asked for, not begun.
    pub(super) asked: Option<Wanted>,
    /// The server is to begin by itself until then.
    expected: Option<Instant>,
    /// Being made.
    pub(super) active: Option<ResponseId>,
    /// Its first sound must come until then.
    pub(super) silent_until: Option<Instant>,
    pub(super) has_sound: bool,
    /// When it was last heard of it, or asked of it.
    pub(super) sign: Option<Instant>,
    pub(super) held: Option<Held>,
    dropped: VecDeque<ResponseId>,
    pub(super) tools: u32,
    /// Tools are waited for since then, and nothing was said of it.
    pub(super) tools_since: Option<Instant>,
    pub(super) rounds: u32,
    pub(super) failures: u32,
}

impl Answers {
    /// Whether the robot has something to say, or is about to.
    pub(super) fn is_any(&self) -> bool {
        self.is_unfinished() || self.held.is_some() || self.tools > 0
    }

    /// Whether an answer is under way that is lost with its session.
    pub(super) fn is_unfinished(&self) -> bool {
        self.wanted.is_some() || self.asked.is_some() || self.expected.is_some() || self.active.is_some()
    }

    /// Whether the server makes one now.
    pub(super) fn is_active(&self) -> bool {
        self.active.is_some()
    }

    /// The session is another one.
    pub(super) fn forget_session(&mut self) {
        let kept = self.wanted.take();
        *self = Self { wanted: kept, tools: self.tools, rounds: self.rounds, ..Self::default() };
    }

    /// The client spoke.
    pub(super) fn is_new_turn(&mut self) {
        self.rounds = 0;
        self.failures = 0;
    }

    pub(super) fn expect(&mut self, now: Instant, patience: Duration) {
        if self.asked.is_none() && self.active.is_none() {
            self.expected = Some(now + SERVER_BEGINS);
            self.await_sound(now, patience);
        }
    }

    fn await_sound(&mut self, now: Instant, patience: Duration) {
        self.silent_until = Some(now + patience);
        self.has_sound = false;
    }

    pub(super) fn is_dropped(&self, response: &ResponseId) -> bool {
        self.dropped.contains(response)
    }

    pub(super) fn drop_late(&mut self, response: ResponseId) {
        if self.dropped.len() >= MOST_DROPPED {
            self.dropped.pop_front();
        }
        self.dropped.push_back(response);
    }

    pub(super) fn due(&self) -> Option<Instant> {
        [self.expected, self.silent_until].into_iter().flatten().min()
    }
}

impl Conversation {
    /// An answer is wanted as soon as none is under way.
    pub(super) fn want(&mut self, wanted: Wanted) {
        self.answers.wanted = Some(wanted);
    }

    /// Asks for what is wanted, if it may.
    pub(super) fn ask(&mut self) {
        let (now, patience) = (self.now, self.settings.answer_within);
        if self.answers.expected.is_some_and(|until| now >= until) {
            self.answers.expected = None;
            self.answers.wanted.get_or_insert(Wanted::Any);
        }
        let free =
            self.answers.active.is_none() && self.answers.asked.is_none() && self.answers.held.is_none();
        if self.line.is_none() || !free || self.is_over() {
            return;
        }
        let Some(wanted) = self.answers.wanted.take() else { return };
        self.answers.asked = Some(wanted.clone());
        self.answers.expected = None;
        self.answers.await_sound(now, patience);
        let instructions = match wanted {
            Wanted::Any => None,
            Wanted::By(instructions) => Some(instructions),
        };
        self.tell(&RealtimeCommand::CreateResponse { instructions });
    }

    /// The model is silent for too long: whoever waits on the line hears of it from the telephone.
    pub(super) fn watch_answer(&mut self) {
        if self.answers.silent_until.is_some_and(|until| self.now >= until) {
            self.fall_back("the model did not answer in time");
        }
        if self.dry_due().is_some_and(|at| self.now >= at) {
            self.fall_back("the model fell silent in the middle of an answer");
        }
        if self.filler_due().is_some_and(|at| self.now >= at) {
            self.answers.tools_since = None;
            self.want(Wanted::By(brief::word_for_word(&self.call.persona.phrase(Occasion::Filler))));
            self.ask();
        }
    }

    /// When an answer counts as broken off whose sound has run dry and whose end does not come.
    fn dry_due(&self) -> Option<Instant> {
        let is_open = self.answers.active.is_some() && self.answers.held.is_none();
        let sign = self.answers.sign.filter(|_| is_open && self.answers.silent_until.is_none())?;
        let ends = self.telephone.as_ref().map_or(sign, |telephone| telephone.playout.ends_at());
        Some(sign.max(ends) + self.settings.answer_within)
    }

    /// When the client is told that a tool takes its time.
    fn filler_due(&self) -> Option<Instant> {
        let since =
            self.answers.tools_since.filter(|_| !self.answers.is_unfinished() && self.is_talking())?;
        let ends = self.telephone.as_ref().map_or(since, |telephone| telephone.playout.ends_at());
        Some(since.max(ends) + FILLER_AFTER)
    }

    /// When an answer is to be looked at.
    pub(super) fn answer_due(&self) -> Option<Instant> {
        [self.answers.due(), self.dry_due(), self.filler_due()].into_iter().flatten().min()
    }

    pub(super) fn answer_begins(&mut self, response: ResponseId) {
        let is_ours = self.answers.asked.take().is_some();
        self.answers.expected = None;
        self.answers.active = Some(response.clone());
        self.answers.has_sound = false;
        self.answers.sign = Some(self.now);
        if is_ours {
            return;
        }
        // it answers whatever was still to be answered
        self.answers.wanted = self.answers.wanted.take().filter(|wanted| *wanted != Wanted::Any);
        if !self.is_talking() {
            // the last words are being said: nothing is answered any more
            self.cancel_active();
        } else if self.floor.is_judging() {
            self.answers.held = Some(Held::of(response));
        }
    }

    /// The answer that is being made is not wanted; whatever still comes of it is passed by.
    pub(super) fn cancel_active(&mut self) {
        if let Some(response) = self.answers.active.clone() {
            if !self.answers.is_dropped(&response) {
                self.answers.drop_late(response.clone());
                self.tell(&RealtimeCommand::CancelResponse { response });
            }
            self.answers.silent_until = None;
            self.answers.sign = Some(self.now);
        }
    }

    /// Nothing that was to be said is said any more.
    pub(super) fn drop_answers(&mut self) {
        self.answers.wanted = None;
        self.drop_held();
        self.cancel_active();
    }
}
