//! Python: pip as a second source of tools and weights, and the programs that benches compare with.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::process;
use crate::project::Project;

/// `python3`, or what this platform calls it.
pub(crate) const PYTHON: &str = if cfg!(windows) { "python" } else { "python3" };

/// `pip …`, without questions and without news about itself.
pub(crate) fn pip(arguments: &[&str]) -> Command {
    let mut command = Command::new(PYTHON);
    command.args(["-m", "pip", "--disable-pip-version-check", "--no-input"]).args(arguments);
    command
}

/// The Python of an environment of our own, under `target/bench/venv`, with these packages.
///
/// # Errors
/// When Python or a package is out of reach.
pub(crate) fn environment(project: &Project, packages: &[&str]) -> Result<PathBuf> {
    let place = project.target("bench/venv");
    let python = place.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if !python.exists() {
        process::run(Command::new(PYTHON).args(["-m", "venv"]).arg(&place))?;
    }
    if !packages.is_empty() {
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages);
        process::run(&mut install)?;
    }
    Ok(python)
}

/// Unpacks a wheel, which is a zip file.
///
/// # Errors
/// When the archive is damaged or the disk refuses.
pub(crate) fn unzip(archive: &Path, into: &Path) -> Result<()> {
    process::run(Command::new(PYTHON).args(["-m", "zipfile", "-e"]).arg(archive).arg(into))
}
