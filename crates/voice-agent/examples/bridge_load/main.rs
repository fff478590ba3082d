//! `cargo xtask bench bridge` runs this: the bridge and a bare TCP relay as servers, and the load that
//! drives them. `bridge_load bridge|relay MODEL_ADDRESS FOLDER` prints its address and serves on one core;
//! `bridge_load load …` says what it measured.

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

mod frame;
mod load;
mod serve;

use anyhow_like::Result;

/// Errors of a small program.
mod anyhow_like {
    pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match words.as_slice() {
        ["bridge", model, folder] => runtime.block_on(serve::bridge(model, folder)),
        ["relay", model, _] => runtime.block_on(serve::relay(model)),
        ["load", rest @ ..] => runtime.block_on(load::run(rest)),
        _ => Err("bridge_load bridge|relay MODEL FOLDER, or load MODEL_PORT CALLS SECONDS KIND, the server's address and pid on stdin".into()),
    }
}
