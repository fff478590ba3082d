//! A WebSocket of text messages for talk in real time: fifty small packets a second each way, for hours.
//!
//! Nothing is allocated for a packet: what comes is read where it lies, what goes is written and masked in the
//! buffer that the network takes it from. Sending never waits; what the network does not take is bounded.
//! Pings are answered, messages in pieces are put together, binary ones are passed by.

mod event;
mod frame;
mod incoming;
mod opening;
mod outgoing;
mod skim;
mod socket;

pub use event::{SocketEnd, SocketEvent, SocketFault};
pub use opening::{Opening, open_socket, socket_accept};
pub use skim::{Member, Skim};
pub use socket::TextSocket;
