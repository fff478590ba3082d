//! Exchanges: what the client said and what the robot answered, as the history keeps them. An exchange
//! is closed when it was heard to its end and its words have come, or when the next begins.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::Clock;
use openai_client::{ItemId, SpokenItem};
use tokio::time::Instant;

use super::{conversation::Conversation, ends::Leave, errands::Edit};
use crate::{Action, AnswerSource, Span, Timings, Turn};

/// So long the words of a speech are waited for.
const WORDS_WITHIN: Duration = Duration::from_secs(3);

/// What is being said now.
#[derive(Debug)]
struct Exchange {
    heard: Vec<(ItemId, Option<String>)>,
    heard_span: Option<Span>,
    heard_at: Option<Instant>,
    said: Vec<SpokenItem>,
    latency_ms: Option<u64>,
    source: AnswerSource,
    action: Action,
    at: DateTime<Utc>,
}

/// The exchanges of a call.
#[derive(Debug)]
pub(super) struct Exchanges {
    /// Of the next turn.
    next: u32,
    current: Option<Exchange>,
    /// The client's last word, until the robot's first.
    listens_from: Option<Instant>,
    greets: bool,
    /// How many turns were answered.
    pub(super) answered: u32,
    silences: u32,
}

impl Exchanges {
    pub(super) fn new(before: &[Turn]) -> Self {
        let next = before.iter().map(|turn| turn.number + 1).max().unwrap_or(0);
        Self { next, current: None, listens_from: None, greets: false, answered: 0, silences: 0 }
    }

    /// The first words are fixed.
    pub(super) fn greets(&mut self) {
        self.greets = true;
    }

    /// Of the turn that goes on.
    pub(super) fn number(&self) -> u32 {
        self.next
    }

    pub(super) fn latency_ms(&self) -> Option<u64> {
        self.current.as_ref().and_then(|current| current.latency_ms)
    }

    /// The client is silent since then and waits for an answer.
    pub(super) fn listens_from(&mut self, at: Instant) {
        self.listens_from = Some(at);
    }

    /// Whether the first sound of an answer is looked for.
    pub(super) fn is_listening(&self) -> bool {
        self.listens_from.is_some()
    }

    /// The robot's first sound.
    pub(super) fn sounds(&mut self, at: Instant) -> Option<u64> {
        let from = self.listens_from.take()?;
        let ms = u64::try_from(at.saturating_duration_since(from).as_millis()).ok()?;
        if let Some(current) = &mut self.current {
            current.latency_ms.get_or_insert(ms);
        }
        Some(ms)
    }

    fn current(&mut self, at: DateTime<Utc>) -> &mut Exchange {
        let source = if std::mem::take(&mut self.greets) { AnswerSource::Fixed } else { AnswerSource::Model };
        self.current.get_or_insert_with(|| Exchange {
            heard: Vec::new(),
            heard_span: None,
            heard_at: None,
            said: Vec::new(),
            latency_ms: None,
            source,
            action: Action::Say,
            at,
        })
    }

    /// Nobody spoke; how often before.
    pub(super) fn silence(&mut self) -> u32 {
        self.silences += 1;
        self.silences - 1
    }

    /// The client said something.
    pub(super) fn heard(&mut self, item: ItemId, span: Span, now: Instant, at: DateTime<Utc>) {
        self.silences = 0;
        if self.next == 0 && self.current.is_none() {
            // he spoke before the greeting: 0 is the greeting's
            self.next = 1;
        }
        let current = self.current(at);
        let start_ms = current.heard_span.map_or(span.start_ms, |before| before.start_ms);
        current.heard_span = Some(Span { start_ms, end_ms: span.end_ms });
        current.heard_at = Some(now);
        current.heard.push((item, None));
    }

    /// The words of it.
    pub(super) fn words(&mut self, item: &ItemId, text: &str) {
        let current = self.current.iter_mut().flat_map(|current| &mut current.heard);
        for (_, words) in current.filter(|(known, _)| known == item) {
            *words = Some(text.to_owned());
        }
    }

    /// The robot says something.
    pub(super) fn says(&mut self, spoken: &SpokenItem, clock: &dyn Clock) {
        let is_same =
            |known: &SpokenItem| known.item == spoken.item && known.content_index == spoken.content_index;
        let is_known = |current: &Exchange| current.said.iter().rev().any(is_same);
        if !self.current.as_ref().is_some_and(is_known) {
            self.current(clock.now()).said.push(spoken.clone());
        }
    }

    /// What comes after the words.
    pub(super) fn intends(&mut self, how: &Leave) {
        if let Some(current) = &mut self.current {
            current.action = match how {
                Leave::HangUp(why) => Action::HangUp { why: *why },
                Leave::Transfer(to) => Action::Transfer { to: to.clone() },
            };
        }
    }

    /// When the exchange may be closed.
    pub(super) fn due(&self, now: Instant, ends: Option<Instant>) -> Option<Instant> {
        let current = self.current.as_ref().filter(|current| !current.said.is_empty())?;
        let words = current.heard_at.map(|at| at + WORDS_WITHIN);
        [ends, words].into_iter().flatten().filter(|at| *at > now).min()
    }

    fn is_worded(&self, now: Instant) -> bool {
        self.current.as_ref().is_some_and(|current| {
            current.heard.iter().all(|(_, words)| words.is_some())
                || current.heard_at.is_none_or(|at| now >= at + WORDS_WITHIN)
        })
    }
}

impl Conversation {
    /// When the exchange may be closed; while somebody has more to say an event comes before that.
    pub(super) fn settle_due(&self, ends: Option<Instant>) -> Option<Instant> {
        let is_free = !self.answers.is_any() && !self.floor.client_speaks();
        self.exchanges.due(self.now, ends).filter(|_| is_free)
    }

    /// Closes the exchange if it is over; `now_or_never` closes it as it is.
    pub(super) fn settle(&mut self, now_or_never: bool) {
        let Some(current) = &self.exchanges.current else { return };
        if current.said.is_empty() && !now_or_never {
            return;
        }
        if !now_or_never {
            let is_over = self.is_played_out(Duration::ZERO)
                && !self.answers.is_any()
                && !self.floor.client_speaks()
                && self.exchanges.is_worded(self.now);
            if !is_over {
                return;
            }
        } else if current.said.is_empty()
            && current.heard.iter().any(|(_, words)| words.is_none())
            && !self.is_over()
        {
            // not answered, its words not known: it goes on with the next
            return;
        }
        let Some(exchange) = self.exchanges.current.take() else { return };
        let turn = self.turn(exchange);
        if turn.heard.is_none() && turn.said.is_empty() {
            return;
        }
        self.exchanges.next = turn.number + 1;
        self.exchanges.answered += u32::from(!turn.said.is_empty() && turn.number > 0);
        self.outcome.turns.push(turn.clone());
        self.keep(Edit::Turn(Box::new(turn)));
    }

    fn turn(&self, exchange: Exchange) -> Turn {
        let heard: Vec<&str> = exchange
            .heard
            .iter()
            .filter_map(|(_, words)| words.as_deref())
            .filter(|text| !text.is_empty())
            .collect();
        let said = self.telephone.iter().flat_map(|telephone| &telephone.playout.said);
        let said: Vec<_> = said
            .filter(|said| {
                exchange.said.iter().any(|spoken| {
                    spoken.item == said.spoken.item && spoken.content_index == said.spoken.content_index
                })
            })
            .collect();
        let starts = said.iter().filter_map(|said| said.played).map(|(from, _)| from).min();
        let ends = said.iter().filter_map(|said| said.played).map(|(_, until)| until).max();
        Turn {
            number: self.exchanges.next,
            heard: (!heard.is_empty()).then(|| heard.join(" ")),
            said: said.iter().map(|said| said.heard_words()).filter(|text| !text.is_empty()).collect(),
            action: exchange.action,
            unfinished: false,
            source: exchange.source,
            offers_person: false,
            heard_span: exchange.heard_span,
            said_span: starts
                .zip(ends)
                .map(|(from, until)| Span { start_ms: self.ms(from), end_ms: self.ms(until) }),
            timings: Timings {
                sound_ms: exchange.latency_ms,
                total_ms: exchange.latency_ms.unwrap_or(0),
                ..Timings::default()
            },
            at: exchange.at,
        }
    }
}
