//! The socket: messages in, messages out, pings answered, goodbyes said.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::io::poll_read_buf;

use super::frame::Kind;
use super::incoming::{Came, Incoming};
use super::outgoing::Outgoing;
use super::{SocketEnd, SocketEvent, SocketFault};

/// A WebSocket over a connection that has been upgraded.
#[derive(Debug)]
pub struct TextSocket<S> {
    io: S,
    incoming: Incoming,
    outgoing: Outgoing,
    is_over: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> TextSocket<S> {
    /// Over a connection that stands. Messages are at most `most_message` bytes, what waits for the network
    /// at most `most_unsent`.
    pub fn new(io: S, end: SocketEnd, most_message: usize, most_unsent: usize) -> Self {
        let (incoming, outgoing) = (Incoming::new(end, most_message), Outgoing::new(end, most_unsent));
        Self { io, incoming, outgoing, is_over: false }
    }

    /// The last text message.
    pub fn text(&self) -> &[u8] {
        self.incoming.text()
    }

    /// What comes next; `None` after the end.
    ///
    /// # Errors
    /// [`SocketFault`]; nothing comes after it.
    pub fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<SocketEvent, SocketFault>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let event = ready!(self.poll_came(cx));
        if !matches!(event, Ok(SocketEvent::Text | SocketEvent::Pong)) {
            self.is_over = true;
        }
        Poll::Ready(match event {
            Err(SocketFault::Closed) => None,
            event => Some(event),
        })
    }

    fn poll_came(&mut self, cx: &mut Context<'_>) -> Poll<Result<SocketEvent, SocketFault>> {
        loop {
            match self.incoming.next()? {
                Some(Came::Text) => return Poll::Ready(Ok(SocketEvent::Text)),
                Some(Came::Pong) => return Poll::Ready(Ok(SocketEvent::Pong)),
                Some(Came::Ping(body)) => self.outgoing.take(Kind::Pong, &[&body])?,
                Some(Came::Goodbye { code, reason }) => {
                    // it may take no goodbye any more
                    let _ = self.say_goodbye();
                    return Poll::Ready(Ok(SocketEvent::Goodbye { code, reason }));
                }
                None => {
                    let (io, room) = (Pin::new(&mut self.io), self.incoming.room());
                    if ready!(poll_read_buf(io, cx, room))? == 0 {
                        return Poll::Ready(Err(SocketFault::Closed));
                    }
                }
            }
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

    fn say_goodbye(&mut self) -> Result<(), SocketFault> {
        self.queue(Kind::Close, &[&1000_u16.to_be_bytes()])
    }

    fn queue(&mut self, kind: Kind, parts: &[&[u8]]) -> Result<(), SocketFault> {
        if self.is_over { Err(SocketFault::Closed) } else { self.outgoing.take(kind, parts) }
    }

    /// Hands what was taken to the network; ready when nothing waits.
    ///
    /// # Errors
    /// [`SocketFault::Broken`].
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SocketFault>> {
        self.outgoing.poll_flush(Pin::new(&mut self.io), cx)
    }

    /// Says goodbye and closes the connection; its answer is not waited for.
    pub fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.is_over {
            // one that takes nothing any more is simply left
            let _ = self.say_goodbye();
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
