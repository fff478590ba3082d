//! The sink over the double of Google, without a socket: time is virtual.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod access;
mod contract;
mod delivery;
mod faults;
mod layout;
mod people;
mod refusals;
mod stage;
mod wire;
