//! What the pipeline itself costs: fakes for speech and judgement, SQLite for real, beside a plain
//! Python asyncio pipeline that does the same.

use std::process::Command;

use anyhow::Result;

use super::{example, figure, figures, table};
use crate::project::Project;
use crate::python;

/// What a provider would take; with so many at once, this bounds what any pipeline can reach.
const LATENCY_MS: &str = "20";
const AT_ONCE: &str = "32";

/// Prints it; the first flag may be a number of calls.
pub(super) fn bench(project: &Project, flags: &[&str]) -> Result<()> {
    let calls = flags.first().copied().unwrap_or("10000");
    let program = example(project, "pipeline_bench")?;
    let script = project.root().join("xtask/bench/pipeline.py");
    let run = |latency: &str| -> Result<_> {
        let ours = figures(Command::new(&program).args([calls, latency, AT_ONCE]))?;
        let python = figures(Command::new(python::PYTHON).arg(&script).args([calls, latency, AT_ONCE]))?;
        Ok((ours, python))
    };
    let mut rows = Vec::new();
    for (title, latency) in [("no latency", "0"), ("20 ms, 32 at once", LATENCY_MS)] {
        let (ours, python) = run(latency)?;
        for (name, unit) in [
            ("cpu_us_per_call", "CPU µs per call"),
            ("wall_us_per_call", "wall µs per call"),
            ("share_of_bound", "% of the bound"),
        ] {
            let (ours, python) = (figure(&ours, name), figure(&python, name));
            if ours.is_finite() && python.is_finite() {
                rows.push(vec![
                    format!("{title}: {unit}"),
                    format!("{ours:.1}"),
                    format!("{python:.1}"),
                    format!("{:.2}", ours / python),
                ]);
            }
        }
    }
    println!("\n{calls} calls");
    table(&["", "zvonar", "Python asyncio", "ratio"], &rows);
    Ok(())
}
