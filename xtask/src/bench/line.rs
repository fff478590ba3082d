//! The whole line, UIS → speech → judgement → sheet, beside a Python program that does the same over
//! asyncio and httpx: the same sandbox, the same latency of every provider, the same requests at once.
//!
//! Time of the processor is told apart: work on sound, which is numbers in C or in Rust, and the rest, which is
//! what a pipeline itself costs. The Python program runs twice: doing the same, and doing the least that makes rows.
//!
//! The bound is what the providers' latency alone allows: uploads of speech, so many at once (judgements
//! go beside them), and the requests before the first and after the last that nobody can do side by side.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::{figure, figure_of, figures, program, table};
use crate::process;
use crate::production::World;
use crate::project::Project;
use crate::python;

/// What a model takes, and less than real ones do, so the bound is harder to reach; UIS and Google take a
/// tenth of it.
const LATENCY_MS: u32 = 1_000;
const AT_ONCE: &str = "32";
const JOBS: &str = "16";
/// In latencies of a model: the account, the calls, a recording, the rows; and the last judgement.
const IN_A_ROW: f64 = 1.4;

/// What a Python program of this kind is made of today.
const PACKAGES: [&str; 10] = [
    "httpx",
    "numpy",
    "pyjwt[crypto]",
    "pyloudnorm",
    "PyStemmer",
    "rapidfuzz",
    "scipy",
    "soundfile",
    "soxr",
    "webrtcvad-wheels",
];

/// One program's run.
struct Run {
    wall_s: f64,
    cpu_s: f64,
    sound_s: f64,
    peak_mb: f64,
    billed: f64,
    uploads: f64,
    sheet_writes: f64,
}

/// Prints it; the first flag may be a number of calls, the second a latency in ms.
pub(super) fn bench(project: &Project, flags: &[&str]) -> Result<()> {
    let calls: u32 = flags.first().map_or(Ok(500), |calls| calls.parse())?;
    let latency: u32 = flags.get(1).map_or(Ok(LATENCY_MS), |latency| latency.parse())?;
    let zvonar = program(project, "zvonar")?;
    let python = python::environment(project, &PACKAGES)?;
    let script = project.root().join("xtask/bench/line.py");
    let place = project.target("bench/line");
    let (counted, slow) = (calls.to_string(), latency.to_string());
    let world = World::start(&zvonar, &place, &["--calls", &counted, "--latency", &slow])?;

    let run_python = |how: &str| -> Result<Run> {
        println!("Python: asyncio, httpx; {how}");
        let before = world.journal()?;
        let mut program = Command::new(&python);
        program.envs(world.environment()).arg(&script).args(["run", &counted, AT_ONCE, JOBS, how]);
        Run::of(&figures(&mut program)?, &world, before)
    };
    let same = run_python("same")?;
    let least = run_python("least")?;

    println!("zvonar");
    let before = world.journal()?;
    let out = place.join("figures.txt");
    let month = ["run", "--source", "uis", "--last", "31d", "--sheet", "--json", "--jobs", JOBS];
    let command = world.zvonar(&month);
    let mut ours = Command::new(&python);
    ours.arg(&script).arg("measure").arg(&out).arg(command.get_program()).args(command.get_args());
    ours.current_dir(&place).envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    ours.env("ZVONAR_TRANSCRIBER", "openai").env("ZVONAR_ANALYZER", "llm");
    // some calls have no recording: 1
    process::output(&mut ours, &[0, 1])?;
    let ours = Run::of(&read(&out)?, &world, before)?;

    show(calls, latency, &ours, [&same, &least]);
    Ok(())
}

/// `name value` per line.
fn read(path: &Path) -> Result<Vec<(String, f64)>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(text.lines().filter_map(figure_of).collect())
}

impl Run {
    fn of(told: &[(String, f64)], world: &World, before: crate::production::Figures) -> Result<Self> {
        let asked = world.journal()?.since(before);
        let count = |n: u64| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
        Ok(Self {
            wall_s: figure(told, "wall_s"),
            cpu_s: figure(told, "cpu_s"),
            sound_s: figure(told, "sound_cpu_s"),
            peak_mb: figure(told, "peak_mb"),
            billed: count(asked.billed),
            uploads: count(asked.uploads),
            sheet_writes: count(asked.sheet_writes),
        })
    }

    /// What the providers' latency alone takes for these requests.
    fn bound_s(&self, latency: u32) -> f64 {
        let at_once: f64 = AT_ONCE.parse().unwrap_or(1.0);
        f64::from(latency) / 1000.0 * (self.uploads / at_once + IN_A_ROW)
    }
}

fn show(calls: u32, latency: u32, ours: &Run, python: [&Run; 2]) {
    let row = |name: &str, of: &dyn Fn(&Run) -> f64, digits: usize| {
        let shown = |value: f64| format!("{value:.digits$}");
        let mut row = vec![name.to_owned(), shown(of(ours))];
        for reference in python {
            row.extend([shown(of(reference)), format!("{:.2}", of(ours) / of(reference))]);
        }
        row
    };
    let calls = f64::from(calls);
    println!(
        "\n{calls} calls, each answer of a model {latency} ms, {AT_ONCE} of a kind at once, {JOBS} calls at once"
    );
    let per_call = |seconds: f64| seconds * 1000.0 / calls;
    table(
        &["", "zvonar", "Python, the same", "ratio", "Python, the least", "ratio"],
        &[
            row("wall, s", &|run| run.wall_s, 1),
            row("bound by latency, s", &|run| run.bound_s(latency), 1),
            row("% of the bound", &|run| 100.0 * run.bound_s(latency) / run.wall_s, 1),
            row("CPU per call, ms", &|run| per_call(run.cpu_s), 1),
            row("  of it sound, ms", &|run| per_call(run.sound_s), 1),
            row("  the rest, ms", &|run| per_call(run.cpu_s - run.sound_s), 1),
            row("  the rest per paid request, ms", &|run| (run.cpu_s - run.sound_s) * 1000.0 / run.billed, 2),
            row("peak memory, MB", &|run| run.peak_mb, 0),
            row("paid requests", &|run| run.billed, 0),
            row("writes to the sheet", &|run| run.sheet_writes, 0),
        ],
    );
}
