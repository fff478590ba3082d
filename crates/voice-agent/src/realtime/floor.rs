//! Who has the floor: when the client interrupts the robot, and when he only listens.
//!
//! The server tells when speech begins and ends, but would stop for every «угу»: so it may not interrupt
//! by itself (`interrupt_response: false`). The robot is interrupted
//! - at once by so much speech, measured on the waveform (600 ms);
//! - by something shorter when its words are more than a listener's: they come with the transcription,
//!   for which 1.5 s are given. Meanwhile the robot goes on, and an answer that the server has begun by
//!   itself is held back. «Угу» drops that answer; without words it is said after the one before it.

use std::{collections::VecDeque, time::Duration};

use openai_client::{ItemId, RealtimeCommand};
use tokio::time::Instant;

use super::{answers::Wanted, conversation::Conversation, frames, words};
use crate::LiveLine;

/// Speeches whose words may still come.
const MOST_AWAITED: usize = 32;
/// What the server's ear may be behind ours.
const SLACK: Duration = Duration::from_millis(300);

/// Speech that goes on.
#[derive(Debug)]
struct Utterance {
    item: ItemId,
    started: Instant,
    over_robot: bool,
    interrupted: bool,
}

/// Speech that is over.
#[derive(Debug)]
struct Speech {
    item: ItemId,
    started: Instant,
    ended: Instant,
}

/// Something short over the robot's words: more than «угу»?
#[derive(Debug)]
struct Judging {
    item: ItemId,
    until: Instant,
}

/// Who has the floor.
#[derive(Debug, Default)]
pub(super) struct Floor {
    utterance: Option<Utterance>,
    judging: Option<Judging>,
    speeches: VecDeque<Speech>,
    /// When the client was last heard to speak.
    pub(super) heard_until: Option<Instant>,
    interrupts_at: Option<Instant>,
}

impl Floor {
    pub(super) fn is_judging(&self) -> bool {
        self.judging.is_some()
    }

    pub(super) fn client_speaks(&self) -> bool {
        self.utterance.is_some()
    }

    pub(super) fn due(&self) -> Option<Instant> {
        let judged = self.judging.as_ref().map(|judging| judging.until);
        [judged, self.interrupts_at].into_iter().flatten().min()
    }

    /// The session is another one: what it was hearing it will not tell.
    pub(super) fn forget_session(&mut self) {
        self.utterance = None;
        self.judging = None;
        self.interrupts_at = None;
    }
}

impl Conversation {
    pub(super) fn speech_starts(&mut self, item: ItemId) {
        let now = self.now;
        let Some(telephone) = &self.telephone else { return };
        let voiced = Duration::from_millis(telephone.meter.voiced_ms.into());
        let over_robot = telephone.playout.is_audible(now) || self.answers.is_active();
        // loud music at the client's must not keep the floor open for ever: the server decides
        let longest = self.settings.interrupts_after_ms + self.settings.vad.silence_duration_ms;
        self.floor.interrupts_at = over_robot.then(|| now + Duration::from_millis(longest.into()) + SLACK);
        self.floor.utterance = Some(Utterance {
            item,
            started: now.checked_sub(voiced).unwrap_or(now),
            over_robot,
            interrupted: false,
        });
        self.listen();
    }

    /// Looks whether the client has said enough to interrupt.
    pub(super) fn listen(&mut self) {
        let Some(utterance) = &self.floor.utterance else { return };
        if !utterance.over_robot || utterance.interrupted || !self.is_talking() {
            return;
        }
        let voiced = self.telephone.as_ref().map_or(0, |telephone| telephone.meter.voiced_ms);
        let is_late = self.floor.interrupts_at.is_some_and(|at| self.now >= at);
        if voiced >= self.settings.interrupts_after_ms || is_late {
            self.interrupt();
        }
    }

    /// The robot falls silent; what was not heard is taken back.
    fn interrupt(&mut self) {
        self.stirred = true;
        self.floor.interrupts_at = None;
        if let Some(utterance) = &mut self.floor.utterance {
            utterance.interrupted = true;
        }
        let is_audible =
            self.telephone.as_ref().is_some_and(|telephone| telephone.playout.is_audible(self.now));
        if !is_audible && !self.answers.is_active() {
            return;
        }
        self.drop_answers();
        let Some(telephone) = &mut self.telephone else { return };
        let cuts = telephone.playout.clear(self.now);
        if let Some(recorder) = &mut telephone.recorder {
            recorder.cut_robot(self.now);
        }
        self.outcome.interruptions += 1;
        self.to_media.push(&frames::order("clear"));
        for cut in cuts {
            let item = cut.spoken.item;
            self.tell(&match cut.heard_ms {
                0 => RealtimeCommand::DeleteItem { item },
                audio_end_ms => {
                    RealtimeCommand::Truncate { item, content_index: cut.spoken.content_index, audio_end_ms }
                }
            });
        }
    }

    pub(super) fn speech_stops(&mut self, item: &ItemId) {
        let Some(utterance) = self.floor.utterance.take() else { return };
        self.floor.interrupts_at = None;
        let now = self.now;
        let ended = self.telephone.as_ref().and_then(|telephone| telephone.spoke_until).unwrap_or(now);
        let ended = ended.max(utterance.started).min(now);
        self.floor.heard_until = Some(now);
        if self.floor.speeches.len() >= MOST_AWAITED {
            self.floor.speeches.pop_front();
        }
        self.floor.speeches.push_back(Speech { item: item.clone(), started: utterance.started, ended });
        let is_audible = self.telephone.as_ref().is_some_and(|telephone| telephone.playout.is_audible(now));
        let is_short = utterance.over_robot && !utterance.interrupted && utterance.item == *item;
        if is_short && (is_audible || self.answers.is_active()) && self.is_talking() {
            let patience = match self.settings.hearing {
                Some(_) => self.settings.words_within,
                None => Duration::ZERO,
            };
            self.floor.judging = Some(Judging { item: item.clone(), until: now + patience });
        } else {
            self.exchanges.listens_from(ended);
        }
    }

    /// The speech is part of the conversation: the server answers it.
    pub(super) fn speech_counts(&mut self, item: &ItemId) {
        let is_judged = self.floor.judging.as_ref().is_some_and(|judging| judging.item == *item);
        if is_judged || !self.is_talking() {
            return;
        }
        self.client_spoke(item);
        if self.settings.vad.create_response {
            let patience = self.settings.answer_within;
            if self.answers.is_active() {
                // it cannot begin a second one
                self.want(Wanted::Any);
            } else {
                self.answers.expect(self.now, patience);
            }
        } else {
            self.want(Wanted::Any);
        }
    }

    fn client_spoke(&mut self, item: &ItemId) {
        self.settle(true);
        self.answers.is_new_turn();
        let speech = self.floor.speeches.iter().find(|speech| speech.item == *item);
        let (started, ended) = speech.map_or((self.now, self.now), |speech| (speech.started, speech.ended));
        let span = crate::Span { start_ms: self.ms(started), end_ms: self.ms(ended) };
        self.exchanges.heard(item.clone(), span, self.now, self.parts.clock.now());
    }

    /// The words of a speech.
    pub(super) fn heard(&mut self, item: &ItemId, text: &str, billed_ms: Option<u64>) {
        let Some(at) = self.floor.speeches.iter().position(|speech| speech.item == *item) else { return };
        let Some(speech) = self.floor.speeches.remove(at) else { return };
        let lasted = u64::try_from((speech.ended - speech.started).as_millis()).unwrap_or(0);
        let price =
            self.settings.hearing.as_ref().and_then(|model| {
                self.parts.realtime.hearing_price(&model.name, billed_ms.unwrap_or(lasted))
            });
        if let Some(price) = price.filter(|price| price.micros > 0) {
            self.pay("speech", price);
        }
        let text = text.trim();
        let judged = self.floor.judging.as_ref().is_some_and(|judging| judging.item == *item);
        if judged {
            self.floor.judging = None;
            if words::only_listens(text) {
                self.drop_held();
                return;
            }
            self.speaks_up(item, &speech);
        }
        if text.is_empty() {
            return;
        }
        self.exchanges.words(item, text);
        let line = LiveLine::Heard { turn: self.exchanges.number(), text: text.to_owned() };
        self.parts.live.tell(self.call.call, self.parts.clock.now(), line);
    }

    pub(super) fn heard_nothing(&mut self, item: &ItemId) {
        self.floor.speeches.retain(|speech| speech.item != *item);
        self.exchanges.words(item, "");
    }

    /// It was more than «угу»: the robot gives way.
    fn speaks_up(&mut self, item: &ItemId, speech: &Speech) {
        let begun = self.take_held();
        self.interrupt();
        self.exchanges.listens_from(speech.ended);
        let span = crate::Span { start_ms: self.ms(speech.started), end_ms: self.ms(speech.ended) };
        self.settle(true);
        self.answers.is_new_turn();
        self.exchanges.heard(item.clone(), span, self.now, self.parts.clock.now());
        match begun {
            Some(begun) => self.put_back(begun),
            None => self.want(Wanted::Any),
        }
    }

    /// The words did not come in time: the robot goes on, and answers after that.
    pub(super) fn judge_without_words(&mut self) {
        self.listen();
        // looked at, whatever came of it
        self.floor.interrupts_at = self.floor.interrupts_at.filter(|at| *at > self.now);
        if self.floor.judging.as_ref().is_none_or(|judging| self.now < judging.until) {
            return;
        }
        self.floor.judging = None;
        self.release_held();
    }
}
