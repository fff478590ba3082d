//! A realtime provider without a network: hears by loudness, takes turns, speaks, bills, fails on demand.
//!
//! [`FakeRealtimeSession`] speaks the wire's JSON and is told the time, so the same session stands behind
//! [`FakeRealtime`] in memory and behind the sandbox's socket.

mod checks;
pub mod contract;
mod link;
mod provider;
mod session;
mod sound;
mod speaking;
mod vad;

pub use provider::{FakeRealtime, RealtimeAsked, RealtimeFaultKind, RealtimeMind, RealtimeReply};
pub use session::FakeRealtimeSession;
pub use sound::{decode_g711, encode_g711, hum};
