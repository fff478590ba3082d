//! An answer as it comes: server-sent events to words, and a cut stream told from a whole one.
//!
//! Whole = a finish reason was seen, and `[DONE]` or the usage after it.

use bytes::Bytes;
use domain::Money;
use eventsource_stream::{Event, EventStreamError, Eventsource as _};
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use http_client::HttpError;

use crate::{
    ChatEvent, Finish, OpenAiError, TokenUsage, client::Endpoint, content::Thinking, wire::chat as wire,
};

/// More than any answer: a server that never ends must not fill the memory.
const MOST_BYTES: u64 = 32 << 20;

type Price = Box<dyn Fn(TokenUsage) -> Option<Money> + Send>;

/// The events of one answer; nothing follows an error or the end.
pub(crate) fn events(
    bytes: BoxStream<'static, Result<Bytes, HttpError>>,
    endpoint: Endpoint,
    price: Price,
) -> BoxStream<'static, Result<ChatEvent, OpenAiError>> {
    let mut read = 0_u64;
    let bounded = bytes.map(move |piece| {
        let piece = piece?;
        read = read.saturating_add(piece.len() as u64);
        if read > MOST_BYTES {
            return Err(HttpError::TooLarge { what: "openai.chat_stream".to_owned(), limit: MOST_BYTES });
        }
        Ok(piece)
    });
    let reading = Reading {
        events: bounded.eventsource().boxed(),
        endpoint,
        price,
        thinking: Thinking::default(),
        finish: None,
        usage: None,
        whole: false,
        told: false,
    };
    stream::try_unfold(reading, Reading::next).boxed()
}

struct Reading {
    events: BoxStream<'static, Result<Event, EventStreamError<HttpError>>>,
    endpoint: Endpoint,
    price: Price,
    thinking: Thinking,
    finish: Option<Finish>,
    usage: Option<TokenUsage>,
    /// The provider has said that nothing follows.
    whole: bool,
    /// The end was handed on.
    told: bool,
}

impl Reading {
    async fn next(mut self) -> Result<Option<(ChatEvent, Self)>, OpenAiError> {
        while !self.whole {
            let Some(event) = self.events.next().await else {
                self.whole = true;
                if self.usage.is_none() {
                    return Err(self.cut());
                }
                break;
            };
            let event = event.map_err(|error| self.broken(error))?;
            if event.data.trim() == "[DONE]" {
                self.whole = true;
                break;
            }
            if event.event == "keepalive" || event.data.trim().is_empty() {
                continue;
            }
            let chunk = wire::chunk(&event.data).ok_or_else(|| self.unreadable("an event is no JSON"))?;
            if let Some(said) = chunk.error {
                let status = said.code.parse().ok().filter(|code| (400..600).contains(code)).unwrap_or(500);
                return Err(self.endpoint.refused(status, &said).error);
            }
            self.finish = chunk.finish.or(self.finish);
            self.usage = chunk.usage.or(self.usage);
            let words = self.thinking.spoken(&chunk.words);
            if !words.is_empty() {
                return Ok(Some((ChatEvent::Words(words), self)));
            }
        }
        self.end()
    }

    /// What was held back, then the end, then nothing.
    fn end(mut self) -> Result<Option<(ChatEvent, Self)>, OpenAiError> {
        if self.told {
            return Ok(None);
        }
        let Some(finish) = self.finish else { return Err(self.cut()) };
        let held = self.thinking.rest();
        if !held.is_empty() {
            return Ok(Some((ChatEvent::Words(held), self)));
        }
        self.told = true;
        let cost = self.usage.and_then(|usage| (self.price)(usage));
        Ok(Some((ChatEvent::End { finish, usage: self.usage, cost }, self)))
    }

    fn cut(&self) -> OpenAiError {
        OpenAiError::Unavailable {
            provider: self.endpoint.provider().to_owned(),
            message: "the stream broke off before its end".to_owned(),
            retry_after: None,
        }
    }

    fn unreadable(&self, what: &str) -> OpenAiError {
        OpenAiError::BadAnswer { provider: self.endpoint.provider().to_owned(), message: what.to_owned() }
    }

    fn broken(&self, error: EventStreamError<HttpError>) -> OpenAiError {
        match error {
            EventStreamError::Transport(error) => self.endpoint.trouble(error).error,
            EventStreamError::Utf8(_) => self.unreadable("the stream is no UTF-8"),
            EventStreamError::Parser(_) => self.unreadable("the stream holds no events"),
        }
    }
}
