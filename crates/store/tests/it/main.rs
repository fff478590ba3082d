//! The stores, from outside.

#![expect(clippy::unwrap_used, reason = "makers of stores are no test functions themselves")]

mod contract;
mod file;
mod moving;
mod server;
mod upgrade;
