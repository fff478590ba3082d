//! The built program on real recordings, as a stranger uses it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a helper that fails ends its test, and figures are shown"
)]

mod campaign;
mod commands;
mod folders;
mod forgetting;
mod line_history;
mod machines;
mod many_workers;
mod production;
mod production_faults;
mod production_kills;
mod production_refusals;
mod schedules;
mod scoring;
mod service;
mod surviving;
mod told_once;
mod voice;
mod voice_faults;
mod voice_rig;
mod watching;
