//! What happens on a socket, and what goes wrong with it.

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
    /// A text message: [`TextSocket::text`](super::TextSocket::text).
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
