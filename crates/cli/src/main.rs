//! `zvonar`: the command line.
//!
//! Parse, run, exit. Help and errors are spoken in the person's language; results go to stdout,
//! everything else to stderr.

mod args;
mod command;
mod exit;
mod failure;
mod help;
mod output;
mod progress;
mod session;
mod stop;
mod table;
mod terminal;
mod text_file;
mod texts;
mod usage;
mod when;
mod wording;

use std::process::ExitCode;

fn main() -> ExitCode {
    let input = app::ConfigInput::from_process();
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let terminal = terminal::Terminal::detect(&input.env, &arguments);
    let exit = match usage::parse(&arguments, &terminal) {
        Ok(cli) => command::perform(cli, input, terminal),
        Err(exit) => exit,
    };
    exit.into()
}
