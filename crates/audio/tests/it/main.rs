//! The audio crate from outside: formats, hostile bytes, layouts, gates, known calls.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "the functions that set tests up are no tests in clippy's eyes"
)]

mod calls;
mod encoded;
mod formats;
mod golden;
mod hostile;
mod joined;
mod properties;
mod sound;
mod streamed;
mod synth;
