//! `cargo xtask demo`: from a fresh clone to a table of scored calls, telling what it does.
//!
//! The second run finds everything in place and ends in seconds; it changes nothing.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::closing;
use crate::model;
use crate::process;
use crate::project::Project;
use crate::tools::Tools;

const STEPS: usize = 4;
/// Some calls failed, the rest is done: the folder holds a broken recording on purpose.
const SOME_FAILED: i32 = 1;

/// What a step is and how long it takes where it was measured: 2 cores, everything cold.
struct Step<'a> {
    project: &'a Project,
    begun: Instant,
}

impl<'a> Step<'a> {
    fn begin(project: &'a Project, number: usize, title: &str, expected: &str) -> Self {
        println!("\n[{number}/{STEPS}] {title}  ({expected})");
        Self { project, begun: Instant::now() }
    }

    fn done(self, note: &str) {
        println!("      {note}  {}", self.project.time(self.begun.elapsed()));
    }
}

/// Runs it.
///
/// # Errors
/// When a step fails; what was done stays, and the next run goes on from there.
pub(crate) fn demo(project: &Project) -> Result<ExitCode> {
    let begun = Instant::now();
    let zvonar = binary(project);
    println!(
        "{}",
        project.say(
            "zvonar: демонстрация. Ключи и сервер не нужны. В первый раз до 12 минут, потом секунды.",
            "zvonar: the demo. No key, no server. The first time up to 12 minutes, then seconds.",
        )
    );

    let step =
        Step::begin(project, 1, project.say("Инструменты", "Tools"), project.say("секунды", "seconds"));
    let tools = Tools::ensure(project)?;
    step.done(&tools.summary);

    let expected = if zvonar.exists() {
        project.say("секунды, если ничего не менялось", "seconds, if nothing has changed")
    } else {
        project.say("впервые: около 8 минут на двух ядрах", "first time: about 8 minutes on two cores")
    };
    let step = Step::begin(project, 2, project.say("Сборка zvonar", "Building zvonar"), expected);
    compile(project, &tools)?;
    step.done(&project.short(&zvonar));

    let step = Step::begin(
        project,
        3,
        project.say("Модель распознавания речи Whisper base", "Speech model: Whisper base"),
        project.say("впервые: до минуты, 82 МБ", "first time: up to a minute, 82 MB"),
    );
    let model = model::ensure(project, &zvonar)?;
    step.done(&project.short(&model));

    let step = Step::begin(
        project,
        4,
        project.say("Оценка звонков из examples/calls", "Scoring the calls of examples/calls"),
        project.say("впервые: около минуты", "first time: about a minute"),
    );
    println!();
    score(project, &zvonar)?;
    step.done(project.say("готово", "done"));

    closing::tell(project, &zvonar, begun.elapsed())?;
    Ok(ExitCode::SUCCESS)
}

fn binary(project: &Project) -> PathBuf {
    project.target(&format!("demo/zvonar{}", std::env::consts::EXE_SUFFIX))
}

fn compile(project: &Project, tools: &Tools) -> Result<()> {
    process::run(tools.cargo(project).args(["build", "--profile", "demo", "--package", "cli", "--locked"]))
}

/// The demo's `zvonar`, for the benches.
///
/// # Errors
/// When the build fails.
pub(crate) fn build(project: &Project) -> Result<PathBuf> {
    compile(project, &Tools::ensure(project)?)?;
    Ok(binary(project))
}

fn score(project: &Project, zvonar: &Path) -> Result<()> {
    let mut run = model::command(project, zvonar);
    run.args(["run", "examples/calls", "--report", "report.xlsx"]);
    let status = run.status()?;
    if !status.success() && status.code() != Some(SOME_FAILED) {
        bail!("{} → {status}", process::line(&run));
    }
    Ok(())
}
