//! A WebSocket of text messages for talk in real time: fifty small packets a second each way, for hours.
//!
//! Nothing is allocated for a packet: what comes is read where it lies, what goes is written and masked in the
//! buffer that the network takes it from. Sending never waits; what the network does not take is bounded.
//! Pings are answered, messages in pieces are put together, binary ones are passed by.

mod frame;
mod opening;

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::io::poll_read_buf;

use frame::{Head, Kind};

pub use opening::{Opening, open_socket, socket_accept};

/// What a packet of sound needs several times over.
const READ_AHEAD: usize = 4 << 10;
/// A buffer that has grown for one long message is given back above this.
const MOST_KEPT: usize = 64 << 10;

/// A socket that is lost, or that somebody speaks nonsense over.
#[derive(Debug, thiserror::Error)]
pub enum SocketFault {
    /// The connection broke.
    #[error("the connection broke off: {}", .0.kind())]
    Broken(#[from] std::io::Error),
    /// The other side does not speak this protocol.
    #[error("what came is no WebSocket frame")]
    NoFrame,
    /// A message is longer than any can be.
    #[error("a message is longer than {most} bytes")]
    TooLong {
        /// What may come, bytes.
        most: usize,
    },
    /// The network takes nothing any more.
    #[error("the network takes nothing any more")]
    Full,
    /// It was closed.
    #[error("the socket is closed")]
    Closed,
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SocketEvent {
    /// A text message: [`TextSocket::text`].
    Text,
    /// The other side is alive.
    Pong,
    /// The other side says goodbye; nothing comes after it.
    Goodbye {
        /// Of RFC 6455, 1005 where none was given.
        code: u16,
        /// In its words.
        reason: String,
    },
}

/// Which end of the connection we are: the one that asked for it masks what it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketEnd {
    /// We asked.
    Client,
    /// We were asked.
    Server,
}

/// A WebSocket over a connection that has been upgraded.
#[derive(Debug)]
pub struct TextSocket<S> {
    io: S,
    end: SocketEnd,
    most_message: usize,
    most_unsent: usize,
    /// What was read and not yet looked at begins at `at`.
    input: Vec<u8>,
    at: usize,
    /// The last message: a place in `input`, or all of `pieces`.
    message: Message,
    pieces: Vec<u8>,
    out: Vec<u8>,
    sent: usize,
    is_over: bool,
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

impl<S: AsyncRead + AsyncWrite + Unpin> TextSocket<S> {
    /// Over a connection that stands. Messages are at most `most_message` bytes, what waits for the network
    /// at most `most_unsent`.
    pub fn new(io: S, end: SocketEnd, most_message: usize, most_unsent: usize) -> Self {
        Self {
            io,
            end,
            most_message,
            most_unsent,
            input: Vec::with_capacity(READ_AHEAD),
            at: 0,
            message: Message::None,
            pieces: Vec::new(),
            out: Vec::with_capacity(1024),
            sent: 0,
            is_over: false,
        }
    }

    /// The last text message.
    pub fn text(&self) -> &[u8] {
        match self.message {
            Message::Input { from, to } => self.input.get(from..to).unwrap_or_default(),
            Message::Pieces => &self.pieces,
            Message::None | Message::Coming(_) => &[],
        }
    }

    /// What comes next; `None` after the end.
    ///
    /// # Errors
    /// [`SocketFault`]; nothing comes after it.
    pub fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<SocketEvent, SocketFault>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let event = ready!(self.poll_frames(cx));
        if !matches!(event, Ok(SocketEvent::Text | SocketEvent::Pong)) {
            self.is_over = true;
        }
        Poll::Ready(match event {
            Err(SocketFault::Closed) => None,
            event => Some(event),
        })
    }

    fn poll_frames(&mut self, cx: &mut Context<'_>) -> Poll<Result<SocketEvent, SocketFault>> {
        loop {
            match frame::head(self.input.get(self.at..).unwrap_or_default()) {
                Err(frame::NoFrame) => return Poll::Ready(Err(SocketFault::NoFrame)),
                Ok(Some(head)) => {
                    if let Some(body) = self.body(&head)? {
                        if let Some(event) = self.take(&head, body)? {
                            return Poll::Ready(Ok(event));
                        }
                        continue;
                    }
                }
                Ok(None) => self.make_room(frame::LONGEST_HEAD),
            }
            if ready!(poll_read_buf(Pin::new(&mut self.io), cx, &mut self.input))? == 0 {
                return Poll::Ready(Err(SocketFault::Closed));
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

    fn take(&mut self, head: &Head, (from, to): (usize, usize)) -> Result<Option<SocketEvent>, SocketFault> {
        let body = self.input.get(from..to).unwrap_or_default();
        match head.kind {
            Kind::Text | Kind::Binary if matches!(self.message, Message::Coming(_)) => {
                return Err(SocketFault::NoFrame);
            }
            Kind::Text if head.is_last => {
                self.message = Message::Input { from, to };
                return Ok(Some(SocketEvent::Text));
            }
            Kind::Binary if head.is_last => {}
            Kind::Text | Kind::Binary => {
                self.pieces.clear();
                self.pieces.extend_from_slice(body);
                self.message = Message::Coming(head.kind == Kind::Text);
            }
            Kind::Continuation => return self.continued(head.is_last, (from, to)),
            Kind::Ping => {
                let body = body.to_vec();
                self.queue(Kind::Pong, &[&body])?;
            }
            Kind::Pong => return Ok(Some(SocketEvent::Pong)),
            Kind::Close => {
                let code = body.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code));
                let reason = String::from_utf8_lossy(body.get(2..).unwrap_or_default()).into_owned();
                // it may take no goodbye any more
                let _ = self.close();
                return Ok(Some(SocketEvent::Goodbye { code, reason }));
            }
        }
        Ok(None)
    }

    fn continued(
        &mut self,
        is_last: bool,
        (from, to): (usize, usize),
    ) -> Result<Option<SocketEvent>, SocketFault> {
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
        Ok(is_text.then_some(SocketEvent::Text))
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

    /// Takes a text message of these parts.
    ///
    /// # Errors
    /// [`SocketFault::Full`], [`SocketFault::Closed`].
    pub fn send(&mut self, parts: &[&[u8]]) -> Result<(), SocketFault> {
        self.queue(Kind::Text, parts)
    }

    /// Asks whether the other side is alive: it answers with [`SocketEvent::Pong`].
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn ping(&mut self) -> Result<(), SocketFault> {
        self.queue(Kind::Ping, &[])
    }

    fn close(&mut self) -> Result<(), SocketFault> {
        self.queue(Kind::Close, &[&1000_u16.to_be_bytes()])
    }

    fn queue(&mut self, kind: Kind, parts: &[&[u8]]) -> Result<(), SocketFault> {
        if self.is_over {
            return Err(SocketFault::Closed);
        }
        let length: usize = parts.iter().map(|part| part.len()).sum();
        if self.out.len() - self.sent + length > self.most_unsent {
            return Err(SocketFault::Full);
        }
        let mask = (self.end == SocketEnd::Client).then(rand::random);
        frame::write(&mut self.out, kind, parts, mask);
        Ok(())
    }

    /// Hands what was taken to the network; ready when nothing waits.
    ///
    /// # Errors
    /// [`SocketFault::Broken`].
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SocketFault>> {
        if self.out.is_empty() {
            return Poll::Ready(Ok(()));
        }
        while let Some(unsent @ [_, ..]) = self.out.get(self.sent..) {
            let taken = ready!(Pin::new(&mut self.io).poll_write(cx, unsent))?;
            if taken == 0 {
                return Poll::Ready(Err(std::io::Error::from(std::io::ErrorKind::WriteZero).into()));
            }
            self.sent += taken;
        }
        ready!(Pin::new(&mut self.io).poll_flush(cx))?;
        self.out.clear();
        self.sent = 0;
        Poll::Ready(Ok(()))
    }

    /// Says goodbye and closes the connection; its answer is not waited for.
    pub fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.is_over {
            // one that takes nothing any more is simply left
            let _ = self.close();
            self.is_over = true;
        }
        if ready!(self.poll_flush(cx)).is_ok() {
            // it may be gone already
            let _ = ready!(Pin::new(&mut self.io).poll_shutdown(cx));
        }
        Poll::Ready(())
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;

    const MOST: usize = 1 << 20;

    fn pair(room: usize) -> (TextSocket<DuplexStream>, TextSocket<DuplexStream>) {
        let (one, other) = duplex(room);
        (
            TextSocket::new(one, SocketEnd::Client, MOST, MOST),
            TextSocket::new(other, SocketEnd::Server, MOST, MOST),
        )
    }

    async fn next(socket: &mut TextSocket<DuplexStream>) -> Option<Result<SocketEvent, SocketFault>> {
        poll_fn(|cx| socket.poll_event(cx)).await
    }

    async fn flush(socket: &mut TextSocket<DuplexStream>) {
        poll_fn(|cx| socket.poll_flush(cx)).await.unwrap();
    }

    #[tokio::test]
    async fn messages_of_any_length_pass_both_ways_through_a_narrow_pipe() {
        let (mut client, mut server) = pair(37);
        for length in [0, 1, 200, 4000, 5000, 70_000, 300, 300, 300] {
            let words = "ы".repeat(length);
            let (front, back) = words.as_bytes().split_at(length / 2);
            client.send(&[front, back]).unwrap();
            let (event, ()) = tokio::join!(next(&mut server), flush(&mut client));
            assert_eq!(event.unwrap().unwrap(), SocketEvent::Text);
            assert_eq!(server.text(), words.as_bytes());
            server.send(&[words.as_bytes()]).unwrap();
            let (event, ()) = tokio::join!(next(&mut client), flush(&mut server));
            assert_eq!((event.unwrap().unwrap(), client.text().len()), (SocketEvent::Text, words.len()));
        }
    }

    #[tokio::test]
    async fn many_messages_in_one_piece_come_one_after_another() {
        let (mut client, mut server) = pair(MOST);
        for number in 0..500 {
            client.send(&[format!("{number}").as_bytes()]).unwrap();
        }
        flush(&mut client).await;
        for number in 0..500 {
            assert_eq!(next(&mut server).await.unwrap().unwrap(), SocketEvent::Text);
            assert_eq!(server.text(), format!("{number}").as_bytes());
        }
    }

    #[tokio::test]
    async fn pieces_are_put_together_pings_between_them_are_answered_binary_is_passed_by() {
        let (mut wire, io) = duplex(4096);
        let mut client = TextSocket::new(io, SocketEnd::Client, MOST, MOST);
        wire.write_all(&[0x82, 1, 7, 0x01, 2, b'a', b'b', 0x89, 1, b'!', 0x80, 1, b'c', 0x81, 1, b'd'])
            .await
            .unwrap();
        assert_eq!(next(&mut client).await.unwrap().unwrap(), SocketEvent::Text);
        assert_eq!(client.text(), b"abc");
        assert_eq!(next(&mut client).await.unwrap().unwrap(), SocketEvent::Text);
        assert_eq!(client.text(), b"d");
        flush(&mut client).await;
        let mut pong = [0; 7];
        wire.read_exact(&mut pong).await.unwrap();
        assert_eq!((pong[0], pong[1], pong[6] ^ pong[2]), (0x8a, 0x81, b'!'));
    }

    #[tokio::test]
    async fn a_goodbye_is_told_and_answered_and_nothing_comes_after_it() {
        let (mut client, mut server) = pair(4096);
        poll_fn(|cx| client.poll_close(cx)).await;
        let goodbye = SocketEvent::Goodbye { code: 1000, reason: String::new() };
        assert_eq!(next(&mut server).await.unwrap().unwrap(), goodbye);
        assert!(next(&mut server).await.is_none());
        assert!(matches!(server.send(&[b"late"]), Err(SocketFault::Closed)));
    }

    #[tokio::test]
    async fn what_is_hostile_ends_the_socket() {
        let endless = [0x81, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        for wrong in
            [&[0x81, 0x80, 0, 0, 0, 0][..], &[0xf1, 0], &[0x80, 1, b'x'], &endless, &[1, 1, b'a', 0x81, 0]]
        {
            let (mut wire, io) = duplex(4096);
            let mut client = TextSocket::new(io, SocketEnd::Client, MOST, MOST);
            wire.write_all(wrong).await.unwrap();
            assert!(next(&mut client).await.unwrap().is_err(), "{wrong:?}");
            assert!(next(&mut client).await.is_none());
        }
        let (_wire, io) = duplex(16);
        let mut client = TextSocket::new(io, SocketEnd::Client, MOST, 100);
        let sent = (0..100).take_while(|_| client.send(&[&[b'x'; 30]]).is_ok()).count();
        assert!((2..=4).contains(&sent), "what is not taken is bounded: {sent}");
    }
}
