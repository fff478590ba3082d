//! `cargo xtask bench NAME`: figures and ratios, each measured in one run on one machine.
//!
//! What is compared runs one after another in the same minutes, because a machine that others share
//! is not the same machine an hour later.

mod audio;
mod bridge;
mod line;
mod pipeline;
mod queue;
mod store;
mod stt;
mod turns;
mod web;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Result, bail};

use crate::process;
use crate::project::Project;
use crate::tools::Tools;

/// Runs one bench.
///
/// # Errors
/// Unknown name, a build that fails, a tool out of reach.
pub(crate) fn bench(project: &Project, name: &str, flags: &[&str]) -> Result<ExitCode> {
    match name {
        "audio" => audio::bench(project)?,
        "stt" => stt::bench(project)?,
        "pipeline" => match flags {
            ["line", flags @ ..] => line::bench(project, flags)?,
            ["work", flags @ ..] => pipeline::bench(project, flags)?,
            flags => {
                pipeline::bench(project, flags)?;
                line::bench(project, &[])?;
            }
        },
        "bridge" => bridge::bench(project, flags)?,
        "queue" => queue::bench(project, flags)?,
        "store" => store::bench(project, flags)?,
        "turns" => turns::bench(project)?,
        "web" => web::bench(project, flags)?,
        other => bail!("{other}: audio, bridge, stt, pipeline, queue, store, turns, web"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds an example, and says where it is.
fn example(project: &Project, name: &str) -> Result<PathBuf> {
    built(project, name, &["--example", name])?;
    Ok(project.target(&format!("release/examples/{name}{}", std::env::consts::EXE_SUFFIX)))
}

/// One of the programs that people start.
fn program(project: &Project, name: &str) -> Result<PathBuf> {
    // beside an example, or Cargo leaves out what tests need and builds half of the dependencies once more
    built(project, name, &["--bin", name, "--example", "queue_bench"])?;
    Ok(project.target(&format!("release/{name}{}", std::env::consts::EXE_SUFFIX)))
}

/// As what people install is built; with the features of the whole workspace, so that no dependency is built twice.
fn built(project: &Project, name: &str, wanted: &[&str]) -> Result<()> {
    println!("{}: {name}", project.say("сборка", "building"));
    let tools = Tools::ensure(project)?;
    process::run(tools.cargo(project).args(["build", "--release", "--locked", "--workspace"]).args(wanted))
}

/// What a bench prints; lines that are no figures go to the person.
fn figures(command: &mut Command) -> Result<Vec<(String, f64)>> {
    let text = process::output(command, &[0])?;
    Ok(text.lines().filter_map(figure_of).collect())
}

/// `name value [unit]`, as the benches print their figures; another line goes to the person.
fn figure_of(line: &str) -> Option<(String, f64)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    if let [name, value] | [name, value, _] = words.as_slice()
        && let Ok(value) = value.parse()
    {
        return Some(((*name).to_owned(), value));
    }
    println!("{line}");
    None
}

/// One figure of a run.
fn figure(figures: &[(String, f64)], name: &str) -> f64 {
    figures.iter().find(|(own, _)| own == name).map_or(f64::NAN, |(_, value)| *value)
}

/// Prints rows under a head, columns aligned.
fn table(head: &[&str], rows: &[Vec<String>]) {
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    let width = |column: usize| {
        let cells = rows.iter().chain([&head]).filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    println!();
    for row in [&head].into_iter().chain(rows) {
        let cells = row.iter().enumerate().map(|(at, cell)| {
            let width = width(at);
            if at == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}
