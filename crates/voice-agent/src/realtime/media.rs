//! The telephone's end of a call: a socket of text frames.
//!
//! Sending never waits: frames stand in a short line until the network takes them, and a line that
//! grows means that nobody is there any more.

use std::task::{Context, Poll, ready};

use http_client::{SocketEvent, TextSocket};
use tokio::io::{AsyncRead, AsyncWrite};

/// The telephone's socket is gone or takes nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the telephone's media socket is lost")]
pub struct MediaLost;

/// A socket of text frames in the shape of the telephone platform.
pub trait MediaSocket: Send {
    /// The next text frame; `None` when the socket is closed or broken.
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<&[u8]>>;

    /// Takes a text frame.
    ///
    /// # Errors
    /// [`MediaLost`].
    fn send(&mut self, text: &str) -> Result<(), MediaLost>;

    /// Hands what was taken to the network.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), MediaLost>>;

    /// Closes it.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()>;
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> MediaSocket for TextSocket<S> {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<&[u8]>> {
        loop {
            match ready!(self.poll_event(cx)) {
                Some(Ok(SocketEvent::Text)) => break,
                Some(Ok(SocketEvent::Pong)) => {}
                Some(Ok(SocketEvent::Goodbye { .. }) | Err(_)) | None => return Poll::Ready(None),
            }
        }
        Poll::Ready(Some(self.text()))
    }

    fn send(&mut self, text: &str) -> Result<(), MediaLost> {
        TextSocket::send(self, &[text.as_bytes()]).map_err(|_| MediaLost)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), MediaLost>> {
        TextSocket::poll_flush(self, cx).map_err(|_| MediaLost)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        TextSocket::poll_close(self, cx)
    }
}
