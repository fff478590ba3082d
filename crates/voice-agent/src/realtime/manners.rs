//! Manners of a telephone: playing at the pace of speech, asking into silence, ending in good time.

use std::time::Duration;

use tokio::time::Instant;

use super::{answers::Wanted, brief, conversation::Conversation, ends::Leave};
use crate::{Ending, Occasion};

/// Past its time a call goes on so long for an answer to be finished.
const OVERTIME: Duration = Duration::from_secs(20);

impl Conversation {
    /// Sends the sound whose time has come.
    pub(super) fn play(&mut self) {
        let now = self.now;
        loop {
            let listens = self.exchanges.is_listening();
            let Some(telephone) = &mut self.telephone else { return };
            let Some(frame) = telephone.playout.next(now, listens, &mut self.to_media) else { return };
            if let Some(recorder) = &mut telephone.recorder {
                recorder.robot(frame.starts, frame.sound);
            }
            let loud = frame.first_loud.map(|after| frame.starts + after);
            if let Some(ms) = loud.and_then(|at| self.exchanges.sounds(at)) {
                self.outcome.latencies_ms.push(ms);
            }
        }
    }

    /// Nobody speaks since then.
    fn quiet_since(&self) -> Option<Instant> {
        let is_waiting = self.is_talking()
            && self.line.is_some()
            && !self.answers.is_any()
            && !self.floor.client_speaks()
            && !self.floor.is_judging();
        let telephone = self.telephone.as_ref().filter(|_| is_waiting)?;
        Some(
            self.floor
                .heard_until
                .map_or(telephone.playout.ends_at(), |at| at.max(telephone.playout.ends_at())),
        )
    }

    pub(super) fn silence_due(&self) -> Option<Instant> {
        self.quiet_since().map(|since| since + self.settings.silence)
    }

    /// Asks into silence, twice; then goodbye.
    pub(super) fn watch_silence(&mut self) {
        if self.silence_due().is_none_or(|due| self.now < due) {
            return;
        }
        let times = self.exchanges.silence();
        if times < 2 {
            let words = self.call.persona.phrase(Occasion::Reask(times));
            self.settle(true);
            self.want(Wanted::By(brief::word_for_word(&words)));
            self.ask();
        } else {
            let words = self.call.persona.phrase(Occasion::Silence);
            self.wind_up(Leave::HangUp(Ending::Silence), Some(words));
            self.ask();
        }
    }

    fn time_is_up_at(&self) -> Option<Instant> {
        let minutes = self.call.persona.limits.minutes;
        let began = self.telephone.as_ref().map(|telephone| telephone.began)?;
        (minutes > 0).then(|| began + Duration::from_mins(minutes.into()))
    }

    pub(super) fn limit_due(&self) -> Option<Instant> {
        let at = self.time_is_up_at().filter(|_| self.is_talking())?;
        Some(if at > self.now { at } else { at + OVERTIME }).filter(|at| *at > self.now)
    }

    /// Whether the money of a call is spent; what cannot be compared is not held against it.
    fn is_money_spent(&self) -> bool {
        let Some(limit) = self.call.persona.limits.money else { return false };
        let rate = self.settings.rub_micros_per_usd;
        let spent: i64 =
            self.outcome.cost.iter().map(|item| item.amount.convert(limit.currency, rate).micros).sum();
        spent >= limit.micros
    }

    /// Ends the call when turns, minutes or money are used up, after the answer that is being said.
    pub(super) fn watch_limits(&mut self) {
        if !self.is_talking() {
            return;
        }
        let up_at = self.time_is_up_at();
        let turns = self.call.persona.limits.turns;
        let is_used_up = up_at.is_some_and(|at| self.now >= at)
            || (turns > 0 && self.exchanges.answered >= turns)
            || self.is_money_spent();
        let is_long_over = up_at.is_some_and(|at| self.now >= at + OVERTIME);
        let is_free = !self.answers.is_any() && self.is_played_out(Duration::ZERO);
        if is_long_over {
            self.drop_answers();
        }
        if is_used_up && (is_free || is_long_over) {
            let words = self.call.persona.phrase(Occasion::Limit);
            self.wind_up(Leave::HangUp(Ending::Limit), Some(words));
            self.ask();
        }
    }
}
