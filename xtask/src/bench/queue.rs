//! What a job of the shared queue costs: claimed and ended, beside a history and in front of others, next to arq,
//! a queue of Python on Redis, doing as little.

use std::process::Command;

use anyhow::Result;

use super::{example, figure, figures, table};
use crate::project::Project;
use crate::{process, python, tools};

/// What arq is measured at.
const PACKAGES: &[&str] = &["arq==0.28.0"];

/// Prints it; the first flag may be the size of the large history and queue.
pub(super) fn bench(project: &Project, flags: &[&str]) -> Result<()> {
    let large = flags.first().copied().unwrap_or("1000000");
    let jobs = flags.get(1).copied().unwrap_or("5000");
    let program = example(project, "queue_bench")?;
    if process::answer("redis-server", &["--version"]).is_none() {
        tools::apt(project, "redis-server");
    }
    let python = python::environment(project, PACKAGES)?;
    let script = project.root().join("xtask/bench/arq_jobs.py");
    let ours = |history: &str, waiting: &str| figures(Command::new(&program).args([history, waiting, jobs]));
    let arq = |waiting: &str| figures(Command::new(&python).arg(&script).args([waiting, jobs]));
    let (few, many, long) = (ours("10000", "0")?, ours(large, "0")?, ours("10000", large)?);
    let (arq_few, arq_long) = (arq("0")?, arq(large)?);
    let mut rows = Vec::new();
    for (title, figures) in [
        ("zvonar, 10 000 done before".to_owned(), &few),
        (format!("zvonar, {large} done before"), &many),
        (format!("zvonar, {large} waiting"), &long),
        ("arq on Redis".to_owned(), &arq_few),
        (format!("arq on Redis, {large} waiting"), &arq_long),
    ] {
        for workers in ["1", "2", "4"] {
            let of = |name: &str| figure(figures, &format!("{name}_{workers}"));
            rows.push(vec![
                format!("{title}; workers: {workers}"),
                format!("{:.0}", of("per_second")),
                format!("{:.0}", of("cpu_us")),
                format!("{:.0}", of("server_us")),
                format!("{:.0}", of("cpu_us") + of("server_us")),
            ]);
        }
    }
    table(&["", "jobs a second", "CPU µs a job: worker", "server", "together"], &rows);
    println!("\nPostgreSQL: every commit reaches the disk. Redis: appendonly, fsync once a second.");
    Ok(())
}
