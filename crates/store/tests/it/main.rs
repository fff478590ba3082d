//! The SQLite store, from outside.

#![expect(clippy::unwrap_used, reason = "makers of stores are no test functions themselves")]

mod contract;
mod file;
mod moving;
mod upgrade;
