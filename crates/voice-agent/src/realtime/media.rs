//! The telephone's end of a call: a socket of text frames.
//!
//! Sending never waits: frames stand in a short line until the network takes them, and a line that
//! grows means that nobody is there any more.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures::{Sink, Stream};

/// Frames that may stand in line: some seconds of sound.
const MOST_WAITING: usize = 256;

/// The telephone's socket is gone or takes nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the telephone's media socket is lost")]
pub struct MediaLost;

/// A socket of text frames in the shape of the telephone platform.
pub trait MediaSocket: Send {
    /// The next text frame; `None` when the socket is closed or broken.
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>>;

    /// Takes a text frame.
    ///
    /// # Errors
    /// [`MediaLost`].
    fn send(&mut self, text: String) -> Result<(), MediaLost>;

    /// Hands what was taken to the network.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), MediaLost>>;

    /// Closes it.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()>;
}

/// Any WebSocket as a [`MediaSocket`]; made by [`media_socket`].
#[derive(Debug)]
pub struct SocketMedia<S, M> {
    socket: S,
    read: fn(M) -> Option<Bytes>,
    write: fn(String) -> M,
    waiting: VecDeque<String>,
    /// Something is to be handed to the network.
    is_full: bool,
}

/// A WebSocket of any library: `read` gives the text of a text message, `write` makes one.
pub fn media_socket<S, M, E>(
    socket: S,
    read: fn(M) -> Option<Bytes>,
    write: fn(String) -> M,
) -> SocketMedia<S, M>
where
    S: Stream<Item = Result<M, E>> + Sink<M> + Unpin + Send,
    M: Send,
{
    SocketMedia { socket, read, write, waiting: VecDeque::new(), is_full: false }
}

impl<S, M, E> MediaSocket for SocketMedia<S, M>
where
    S: Stream<Item = Result<M, E>> + Sink<M> + Unpin + Send,
    M: Send,
{
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            match ready!(Pin::new(&mut self.socket).poll_next(cx)) {
                Some(Ok(message)) => {
                    if let Some(text) = (self.read)(message) {
                        return Poll::Ready(Some(text));
                    }
                }
                Some(Err(_)) | None => return Poll::Ready(None),
            }
        }
    }

    fn send(&mut self, text: String) -> Result<(), MediaLost> {
        if self.waiting.len() >= MOST_WAITING {
            return Err(MediaLost);
        }
        self.waiting.push_back(text);
        self.is_full = true;
        Ok(())
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), MediaLost>> {
        if !self.is_full {
            return Poll::Ready(Ok(()));
        }
        let mut socket = Pin::new(&mut self.socket);
        while !self.waiting.is_empty() {
            if ready!(socket.as_mut().poll_ready(cx)).is_err() {
                return Poll::Ready(Err(MediaLost));
            }
            let Some(text) = self.waiting.pop_front() else { break };
            if socket.as_mut().start_send((self.write)(text)).is_err() {
                return Poll::Ready(Err(MediaLost));
            }
        }
        let flushed = ready!(socket.poll_flush(cx));
        self.is_full = false;
        Poll::Ready(flushed.map_err(|_| MediaLost))
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.socket).poll_close(cx).map(|_| ())
    }
}
