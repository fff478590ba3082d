//! What goes out: written, and masked, in the buffer that the network takes it from.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;

use super::frame::{self, Kind};
use super::{SocketEnd, SocketFault};

/// What waits for the network.
#[derive(Debug)]
pub(super) struct Outgoing {
    end: SocketEnd,
    most_unsent: usize,
    out: Vec<u8>,
    sent: usize,
}

impl Outgoing {
    pub(super) fn new(end: SocketEnd, most_unsent: usize) -> Self {
        Self { end, most_unsent, out: Vec::with_capacity(1024), sent: 0 }
    }

    /// Takes a frame of these parts.
    pub(super) fn take(&mut self, kind: Kind, parts: &[&[u8]]) -> Result<(), SocketFault> {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        if self.out.len() - self.sent + length > self.most_unsent {
            return Err(SocketFault::Full);
        }
        let mask = (self.end == SocketEnd::Client).then(rand::random);
        frame::write(&mut self.out, kind, parts, mask);
        Ok(())
    }

    /// Hands it to the network; ready when nothing waits.
    pub(super) fn poll_flush(
        &mut self,
        mut io: Pin<&mut impl AsyncWrite>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), SocketFault>> {
        if self.out.is_empty() {
            return Poll::Ready(Ok(()));
        }
        while let Some(unsent @ [_, ..]) = self.out.get(self.sent..) {
            let taken = ready!(io.as_mut().poll_write(cx, unsent))?;
            if taken == 0 {
                return Poll::Ready(Err(std::io::Error::from(std::io::ErrorKind::WriteZero).into()));
            }
            self.sent += taken;
        }
        ready!(io.poll_flush(cx))?;
        self.out.clear();
        self.sent = 0;
        Poll::Ready(Ok(()))
    }
}
