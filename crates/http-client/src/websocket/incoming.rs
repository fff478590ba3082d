//! What was read: frames are found in it, messages in pieces are put together.

use super::frame::{self, Head, Kind};
use super::{SocketEnd, SocketFault};

/// What a packet of sound needs several times over.
const READ_AHEAD: usize = 4 << 10;
/// A buffer that has grown for one long message is given back above this.
const MOST_KEPT: usize = 64 << 10;

/// What came, whole.
pub(super) enum Came {
    Text,
    /// To be answered with the same.
    Ping(Vec<u8>),
    Pong,
    Goodbye {
        code: u16,
        reason: String,
    },
}

/// Where the last message lies.
#[derive(Debug, Clone, Copy)]
enum Message {
    None,
    Input {
        from: usize,
        to: usize,
    },
    Pieces,
    /// Its pieces are still coming; `true`: it is text.
    Coming(bool),
}

/// What was read and not yet looked at, and the last message.
#[derive(Debug)]
pub(super) struct Incoming {
    end: SocketEnd,
    most_message: usize,
    /// What was not yet looked at begins at `at`.
    input: Vec<u8>,
    at: usize,
    /// The last message: a place in `input`, or all of `pieces`.
    message: Message,
    pieces: Vec<u8>,
}

impl Incoming {
    pub(super) fn new(end: SocketEnd, most_message: usize) -> Self {
        let input = Vec::with_capacity(READ_AHEAD);
        Self { end, most_message, input, at: 0, message: Message::None, pieces: Vec::new() }
    }

    /// The last text message.
    pub(super) fn text(&self) -> &[u8] {
        match self.message {
            Message::Input { from, to } => self.input.get(from..to).unwrap_or_default(),
            Message::Pieces => &self.pieces,
            Message::None | Message::Coming(_) => &[],
        }
    }

    /// What is read goes here: there is room for what is missing at least.
    pub(super) const fn room(&mut self) -> &mut Vec<u8> {
        &mut self.input
    }

    /// The next that stands whole in what was read; `None`: more is to be read.
    pub(super) fn next(&mut self) -> Result<Option<Came>, SocketFault> {
        loop {
            let rest = self.input.get(self.at..).unwrap_or_default();
            let Some(head) = frame::head(rest).map_err(|frame::NoFrame| SocketFault::NoFrame)? else {
                self.make_room(frame::LONGEST_HEAD);
                return Ok(None);
            };
            let Some(body) = self.body(&head)? else { return Ok(None) };
            if let Some(came) = self.take(&head, body)? {
                return Ok(Some(came));
            }
        }
    }

    /// Where a frame's body lies, once it is there whole; the mask is taken off.
    fn body(&mut self, head: &Head) -> Result<Option<(usize, usize)>, SocketFault> {
        if head.mask.is_some() != (self.end == SocketEnd::Server) {
            return Err(SocketFault::NoFrame);
        }
        let too_long = SocketFault::TooLong { most: self.most_message };
        let length = usize::try_from(head.body).ok().filter(|length| *length <= self.most_message);
        let length = length.ok_or(too_long)?;
        let (from, to) = (self.at + head.length, self.at + head.length + length);
        let Some(body) = self.input.get_mut(from..to) else {
            self.make_room(head.length + length);
            return Ok(None);
        };
        if let Some(mask) = head.mask {
            frame::turn(body, mask);
        }
        self.at = to;
        Ok(Some((from, to)))
    }

    fn take(&mut self, head: &Head, (from, to): (usize, usize)) -> Result<Option<Came>, SocketFault> {
        let body = self.input.get(from..to).unwrap_or_default();
        match head.kind {
            Kind::Text | Kind::Binary if matches!(self.message, Message::Coming(_)) => {
                return Err(SocketFault::NoFrame);
            }
            Kind::Text if head.is_last => {
                self.message = Message::Input { from, to };
                return Ok(Some(Came::Text));
            }
            Kind::Binary if head.is_last => {}
            Kind::Text | Kind::Binary => {
                self.pieces.clear();
                self.pieces.extend_from_slice(body);
                self.message = Message::Coming(head.kind == Kind::Text);
            }
            Kind::Continuation => return self.continued(head.is_last, (from, to)),
            Kind::Ping => return Ok(Some(Came::Ping(body.to_vec()))),
            Kind::Pong => return Ok(Some(Came::Pong)),
            Kind::Close => {
                let code = body.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code));
                let reason = String::from_utf8_lossy(body.get(2..).unwrap_or_default()).into_owned();
                return Ok(Some(Came::Goodbye { code, reason }));
            }
        }
        Ok(None)
    }

    fn continued(&mut self, is_last: bool, (from, to): (usize, usize)) -> Result<Option<Came>, SocketFault> {
        let Message::Coming(is_text) = self.message else { return Err(SocketFault::NoFrame) };
        let piece = self.input.get(from..to).unwrap_or_default();
        if self.pieces.len() + piece.len() > self.most_message {
            return Err(SocketFault::TooLong { most: self.most_message });
        }
        self.pieces.extend_from_slice(piece);
        if !is_last {
            return Ok(None);
        }
        self.message = if is_text { Message::Pieces } else { Message::None };
        Ok(is_text.then_some(Came::Text))
    }

    /// So many bytes from `at` on fit in; what was looked at makes way.
    fn make_room(&mut self, wanted: usize) {
        if self.at == self.input.len() {
            self.input.clear();
            self.at = 0;
            if self.input.capacity() > MOST_KEPT && wanted <= READ_AHEAD {
                self.input = Vec::with_capacity(READ_AHEAD);
            }
        }
        if self.input.capacity() < self.at + wanted {
            self.input.drain(..self.at);
            self.at = 0;
            self.input.reserve(wanted.saturating_sub(self.input.len()));
        }
        if let Message::Input { .. } = self.message {
            self.message = Message::None;
        }
    }
}
