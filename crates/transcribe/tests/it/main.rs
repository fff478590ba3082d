//! Behaviours of the whole crate: the port's contract, the cache, the folder of models.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod cache;
mod chain;
mod engine;
mod models;
mod network;
mod openai;
mod sound;
mod uis;
