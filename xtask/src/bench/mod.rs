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

/// Builds an example as the demo is built, and says where it is.
fn example(project: &Project, package: &str, name: &str) -> Result<PathBuf> {
    let tools = Tools::ensure(project)?;
    println!("{}: {package}/{name}", project.say("сборка", "building"));
    let wanted = ["build", "--profile", "demo", "--locked", "--package", package, "--example", name];
    process::run(tools.cargo(project).args(wanted))?;
    Ok(project.target(&format!("demo/examples/{name}{}", std::env::consts::EXE_SUFFIX)))
}

/// The service itself, as it is started in production.
fn service(project: &Project) -> Result<PathBuf> {
    let tools = Tools::ensure(project)?;
    let wanted = ["build", "--profile", "demo", "--locked", "--package", "server", "--bin", "zvonar-server"];
    process::run(tools.cargo(project).args(wanted))?;
    Ok(project.target(&format!("demo/zvonar-server{}", std::env::consts::EXE_SUFFIX)))
}

/// `name value unit` per line, as the benches print their figures; other lines go to the person.
fn figures(command: &mut Command) -> Result<Vec<(String, f64)>> {
    let text = process::output(command, &[0])?;
    let mut figures = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        match (words.next(), words.next().and_then(|value| value.parse().ok())) {
            (Some(name), Some(value)) if line.split_whitespace().count() <= 3 => {
                figures.push((name.to_owned(), value));
            }
            _ => println!("{line}"),
        }
    }
    Ok(figures)
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
