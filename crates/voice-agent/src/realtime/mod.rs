//! Calls in real time: the telephone's sound goes to the model as it comes, the model's comes back.
//!
//! One future holds a call, both sockets and everything between them; it spawns nothing, so a call that
//! is over leaves nothing behind. Turn-taking is ours: the server says when somebody speaks, and only
//! what is more than «угу» interrupts the robot (see `floor`).

mod answered;
mod answers;
mod arrivals;
mod bells;
mod bridge;
mod brief;
mod conversation;
mod ends;
mod errands;
mod exchanges;
mod floor;
mod frames;
mod functions;
mod manners;
mod media;
mod meter;
mod outcome;
mod pieces;
mod playout;
mod recorder;
mod renewal;
mod settings;
mod telephone;
mod words;

pub use bridge::{Bridge, BridgeCall, BridgeParts};
pub use media::{MediaLost, MediaSocket};
pub use outcome::{BridgeEnd, BridgeOutcome};
pub use recorder::BridgeRecording;
pub use settings::BridgeSettings;
