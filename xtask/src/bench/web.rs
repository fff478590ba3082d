//! A data folder with a long history, for what looks at it through the web.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::example;
use crate::process;
use crate::project::Project;

/// Fills `folder/zvonar.db` with so many calls; a folder that was filled before is left as it is.
pub(super) fn fill(project: &Project, folder: &Path, calls: &str) -> Result<()> {
    let program = example(project, "store", "store_bench")?;
    process::run(Command::new(program).arg(calls).arg(folder).arg("--fill-only"))
}
