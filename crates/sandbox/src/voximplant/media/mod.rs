//! The media socket as the platform serves it: 20 ms of the client's sound on the clock, a buffer that
//! plays what comes, orders from the backend. Both topologies: the platform dials the backend, or the
//! backend dials the session's address.

mod caller;
mod dial;
mod door;
mod leg;

pub use caller::ScriptedCaller;
pub use dial::dial_media;
pub use door::{MediaDoors, MediaSocketIn};
pub use leg::{CallerNote, MediaReport};
