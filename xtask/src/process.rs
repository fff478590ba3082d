//! Starting other programs; an error names the whole command line, so that it can be repeated by hand.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// Runs it with our own input and output; fails unless it ends with 0.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| line(command))?;
    if !status.success() {
        bail!("{} → {status}", line(command));
    }
    Ok(())
}

/// What it prints on stdout; stderr goes through. Fails unless it ends with one of `accepted`.
pub(crate) fn output(command: &mut Command, accepted: &[i32]) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().with_context(|| line(command))?;
    if !output.status.code().is_some_and(|code| accepted.contains(&code)) {
        bail!("{} → {}", line(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The first line that a program prints about itself; `None` if it cannot be started or fails.
pub(crate) fn answer(program: impl AsRef<OsStr>, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then(|| text.lines().next().unwrap_or_default().trim().to_owned())
}

/// The command as it would be typed.
pub(crate) fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
