//! The service from outside: requests through the whole router, over a temporary installation.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails ends its test"
)]

mod access;
mod api;
mod conformance;
mod exports;
mod hostile;
mod house;
mod isolation;
mod login;
mod outgoing;
mod outside;
mod pages_a;
mod pages_b;
mod plain_words;
mod program;
mod readme;
mod revisit;
mod security_page;
mod seed;
mod voice;
