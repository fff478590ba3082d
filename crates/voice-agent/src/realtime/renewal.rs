//! Sessions with the model: opened, renewed before the provider ends them, opened anew when they are lost.
//! The client notices nothing but, at worst, a pause: what was said is told to the new session in words.

use std::{sync::Arc, time::Duration};

use futures::FutureExt as _;
use openai_client::{OpenAiError, RealtimeCommand, RealtimeConnection};
use tokio::time::{Instant, sleep, timeout};

use super::{
    answers::Wanted,
    brief,
    conversation::{Conversation, Phase},
};

/// Lost so often in one call, a session will be lost again.
const MOST_LOSSES: u32 = 3;
/// Somebody waits on the line: after this he is told so by turns.
const REOPEN_WITHIN: Duration = Duration::from_millis(2500);
/// A renewal that fails is tried again; the old session still serves.
const RENEW_AGAIN: Duration = Duration::from_secs(30);
/// Before the second try to open one.
const BETWEEN_TRIES: Duration = Duration::from_millis(300);

impl Conversation {
    /// Opens a session.
    pub(super) fn connect(&mut self) {
        let (api, session) = (Arc::clone(&self.parts.realtime), self.session.clone());
        let is_second = self.losses > 0;
        let within = if self.is_talking() { REOPEN_WITHIN } else { self.settings.open_within };
        let opening = async move {
            if is_second {
                sleep(BETWEEN_TRIES).await;
            }
            match timeout(within, api.connect(&session)).await {
                Ok(opened) => opened,
                Err(_) => Err(OpenAiError::Unavailable {
                    provider: "the model's server".to_owned(),
                    message: "it did not open a session in time".to_owned(),
                    retry_after: None,
                }),
            }
        };
        self.connecting = Some(opening.boxed());
        self.stirred = true;
    }

    /// A session stands; another that served so far is left.
    pub(super) fn line_stands(&mut self, line: RealtimeConnection) {
        let is_busy = self.answers.is_unfinished();
        let is_first = self.outcome.sessions == 0;
        self.line = Some(line);
        (self.line_is_new, self.stirred) = (true, true);
        self.outcome.sessions += 1;
        self.renew_at = Some(self.now + self.settings.renew_after);
        self.answers.forget_session();
        self.floor.forget_session();
        let before = brief::history(&self.call.before);
        let since = brief::history(&self.outcome.turns);
        for (who, text) in before.into_iter().chain(since) {
            self.tell(&RealtimeCommand::AddText { who, text });
        }
        self.open();
        if is_busy && !is_first && !self.is_over() && !self.answers.is_unfinished() {
            self.want(Wanted::Any);
        }
    }

    /// No session could be opened.
    pub(super) fn no_line(&mut self, error: &OpenAiError) {
        if self.line.is_some() {
            tracing::warn!(call = %self.call.call, %error, "a session is not renewed yet");
            self.renew_at = Some(self.now + RENEW_AGAIN);
            return;
        }
        self.losses += 1;
        let is_opening = matches!(self.phase, Phase::Opening { .. });
        if is_opening && error.is_retryable() && self.losses <= 1 {
            self.connect();
        } else {
            self.fall_back(error.to_string());
        }
    }

    /// The session broke off.
    pub(super) fn line_lost(&mut self, error: &OpenAiError) {
        self.line_ended(&error.to_string());
    }

    /// The session was closed.
    pub(super) fn line_closed(&mut self) {
        self.line_ended("the session was closed");
    }

    pub(super) fn line_ended(&mut self, reason: &str) {
        if self.line.take().is_none() || self.is_over() {
            return;
        }
        self.losses += 1;
        self.stirred = true;
        tracing::warn!(call = %self.call.call, reason, "the session with the model is lost");
        if self.losses > MOST_LOSSES {
            self.fall_back(reason);
        } else if self.connecting.is_none() {
            self.connect();
        }
    }

    /// Opens the next session when it is time and nobody speaks.
    pub(super) fn renew(&mut self) {
        let is_due = self.renew_at.is_some_and(|at| self.now >= at);
        if !is_due || self.connecting.is_some() || self.line.is_none() || !self.is_talking() {
            return;
        }
        if self.is_quiet() {
            self.renew_at = None;
            self.connect();
        }
    }

    /// Between two answers.
    fn is_quiet(&self) -> bool {
        !self.answers.is_any()
            && !self.floor.client_speaks()
            && !self.floor.is_judging()
            && self.is_played_out(Duration::ZERO)
    }

    pub(super) fn renewal_due(&self) -> Option<Instant> {
        // past its time it waits for a pause, which an event brings
        self.renew_at.filter(|at| *at > self.now)
    }
}
