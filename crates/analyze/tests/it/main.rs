//! Analyzers on whole dialogues: the rules, and a language model.
#![expect(clippy::unwrap_used, reason = "a broken fixture must stop the test")]

mod contract;
mod corpus;
mod dialogues;
mod fixtures;
mod hearing;
mod llm;
mod machines;
mod manner;
mod promises;
mod rubrics;
mod sample;
mod trades;
