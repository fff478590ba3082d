//! The rules analyzer on whole dialogues.
#![expect(clippy::unwrap_used, reason = "a broken fixture must stop the test")]

mod contract;
mod corpus;
mod fixtures;
mod machines;
mod promises;
mod sample;
