//! The checks that run under Node: the telephone scenarios on their stand-in, the pages in Chromium.
//!
//! Packages come from npm by their lock files; Chromium is installed by apt where that can be done
//! without asking.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::model;
use crate::process;
use crate::project::Project;
use crate::tools::apt;

/// What the tests' programs are written for.
const OLDEST_NODE: u32 = 20;
const CHROMIUM: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Behaviours of both scenarios, then their types.
///
/// # Errors
/// No Node, a behaviour or a type that is off.
pub(crate) fn scenarios(project: &Project) -> Result<()> {
    let folder = project.root().join("tests/voxengine");
    needs_node(project)?;
    process::run(Command::new("node").arg("--test").current_dir(&folder))?;
    packages(&folder)?;
    process::run(Command::new("node").arg("types.mjs").current_dir(&folder))
}

/// Journeys through the pages with the built programs; pictures of all pages stay in `target/browser`.
///
/// # Errors
/// No Node, no Chromium, a page that is off.
pub(crate) fn browser(project: &Project) -> Result<()> {
    let folder = project.root().join("tests/browser");
    needs_node(project)?;
    if !has_chromium() {
        apt(project, "chromium");
    }
    if !has_chromium() {
        bail!("{}\n  apt-get install chromium", project.say("нужен Chromium", "Chromium is needed"));
    }
    packages(&folder)?;
    let built = |name: &str| project.target(&format!("debug/{name}{}", std::env::consts::EXE_SUFFIX));
    model::ensure(project, &built("zvonar"))?;
    let mut journeys = Command::new("node");
    journeys.current_dir(project.root()).arg("tests/browser/journeys.mjs");
    journeys.arg("--server").arg(built("zvonar-server")).arg("--cli").arg(built("zvonar"));
    journeys.arg("--calls").arg(project.root().join("examples/calls"));
    journeys.arg("--data").arg(model::data_dir(project)).arg("--shots").arg(project.target("browser"));
    process::run(&mut journeys)
}

fn needs_node(project: &Project) -> Result<()> {
    let said = process::answer("node", &["--version"]).unwrap_or_default();
    let major = said.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST_NODE) {
        bail!(
            "{} {OLDEST_NODE}+, {} {said:?}\n  https://nodejs.org",
            project.say("нужен Node", "Node is needed:"),
            project.say("найдено", "found"),
        );
    }
    Ok(())
}

fn has_chromium() -> bool {
    CHROMIUM.iter().any(|name| process::answer(name, &["--version"]).is_some())
}

/// By the lock file, and only when it has changed since.
fn packages(folder: &Path) -> Result<()> {
    let (lock, there) = (folder.join("package-lock.json"), folder.join("node_modules/.package-lock.json"));
    let time = |path: &Path| path.metadata().and_then(|found| found.modified()).ok();
    if time(&there).is_some_and(|there| time(&lock).is_some_and(|lock| lock <= there)) {
        return Ok(());
    }
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    process::run(npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(folder))
}
