//! The policy under virtual time over a scripted transport, and the wire over real sockets.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod body;
mod circuit;
mod download;
mod guard;
mod pace;
mod proxy;
mod repeats;
mod scripted;
mod shared_pace;
mod tls;
mod traces;
mod wire;
