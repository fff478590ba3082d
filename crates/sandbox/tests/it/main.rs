//! The sandbox over real sockets, its world and its ear.
#![expect(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a test")]

mod ear;
mod faults;
mod world;
