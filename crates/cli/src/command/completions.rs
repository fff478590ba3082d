//! `zvonar completions SHELL`

use crate::args::CompletionsArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::help;
use crate::terminal::Terminal;

pub(super) fn completions(args: &CompletionsArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut help::command(terminal), "zvonar", &mut script);
    terminal.print(&String::from_utf8_lossy(&script)).map(|()| Exit::Good)
}
