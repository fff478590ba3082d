//! What a person waits for when the history is long.

use std::process::Command;

use anyhow::Result;

use super::example;
use crate::process;
use crate::project::Project;

/// Prints it; the first flag may be a number of calls.
pub(super) fn bench(project: &Project, flags: &[&str]) -> Result<()> {
    let calls = flags.first().copied().unwrap_or("1000000");
    let program = example(project, "store_bench")?;
    process::run(Command::new(program).arg(calls))
}
