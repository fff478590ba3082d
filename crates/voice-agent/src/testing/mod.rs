//! Doubles of the ports, a memory without a database, and the contract that every memory must hold.
//!
//! Doubles are stateful: they are told what to do next, they fail and hang on demand, and they tell what
//! they were asked. Their times are tokio's, so a paused clock makes them instant.

pub mod contract;
mod line;
mod memory;
mod senses;
mod thought;

pub use line::{FakeArchive, FakeTelephone, Ring};
pub use memory::InMemoryCalls;
pub use senses::{FakeEars, FakeRecordings, Sense};
pub use thought::{FakeMind, Script};
