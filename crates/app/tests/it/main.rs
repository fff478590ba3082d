//! An installation from the outside: calls come in, the worker takes them as far as they go.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod bucket;
mod erasing;
mod house;
mod serving;
