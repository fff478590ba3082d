//! The rules analyzer on whole dialogues.
#![expect(clippy::unwrap_used, reason = "a broken fixture must stop the test")]

mod contract;
mod corpus;
mod dialogues;
mod fixtures;
mod hearing;
mod machines;
mod manner;
mod promises;
mod rubrics;
mod sample;
mod trades;
