//! The realtime bridge on one core, beside what bounds it (a bare TCP relay of the same packets) and two
//! Python bridges: one that only repacks JSON, and one that records, measures loudness and puts packets in
//! order as ours does. Both directions of every call are busy all the time: fifty packets a second each way.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::{example, figure, figure_of, table};
use crate::process;
use crate::project::Project;
use crate::python;

/// Calls at once.
const CALLS: [u32; 3] = [50, 200, 400];
/// Python's: more than it holds on one core would only measure how it drowns.
const FOR_PYTHON: u32 = 25;
/// What Python does: the least that is a bridge, or the same as ours.
const WAYS: [(&str, &str); 2] =
    [("least", "Python that only repacks"), ("same", "Python that does the same")];
const SECONDS: &str = "10";

/// What was measured of one server.
struct Run {
    name: String,
    calls: u32,
    figures: Vec<(String, f64)>,
}

impl Run {
    fn of(&self, name: &str) -> f64 {
        figure(&self.figures, name)
    }

    /// The worse direction.
    fn delay_ms(&self, share: &str) -> f64 {
        self.of(&format!("up_{share}_us")).max(self.of(&format!("down_{share}_us"))) / 1000.0
    }

    fn calls_per_core(&self) -> f64 {
        f64::from(self.calls) / self.of("core_share")
    }
}

/// Prints it. The flag `first` lets the programs go before all others of a machine that is shared.
pub(super) fn bench(project: &Project, flags: &[&str]) -> Result<()> {
    if process::answer("taskset", &["--version"]).is_none() {
        bail!("taskset (util-linux) keeps each program on its core: this bench needs Linux");
    }
    let program = example(project, "bridge_load")?;
    let python = python::environment(project, &["websockets", "numpy"])?;
    let script = project.root().join("xtask/bench/bridge.py");
    let place = project.target("bench/bridge");
    fs::create_dir_all(&place)?;
    let first = flags.contains(&"first");
    let measure = |name: &str, calls: u32| -> Result<Run> {
        println!("{name}: {calls} {}", project.say("звонков", "calls"));
        let way = WAYS.iter().find(|(_, told)| *told == name).map(|(way, _)| *way);
        let mut server = on_core(0, if way.is_some() { &python } else { &program }, first);
        server.arg(if way.is_some() { script.as_os_str() } else { name.as_ref() });
        let figures = run(server, way, on_core(1, &program, first), name, calls, &place)?;
        Ok(Run { name: name.to_owned(), calls, figures })
    };
    let mut runs = Vec::new();
    for calls in CALLS {
        runs.push(measure("relay", calls)?);
        runs.push(measure("bridge", calls)?);
    }
    for (_, name) in WAYS {
        runs.push(measure(name, FOR_PYTHON)?);
    }
    fs::remove_dir_all(&place)?;
    show(&runs);
    Ok(())
}

/// A program on one core; before all others, if that is wanted.
fn on_core(core: u32, program: &Path, first: bool) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string()]);
    if first {
        command.args(["chrt", "--fifo", "50"]);
    }
    command.arg(program);
    command
}

/// A server, ended with its handle.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn run(
    mut server: Command,
    way: Option<&str>,
    mut load: Command,
    name: &str,
    calls: u32,
    place: &Path,
) -> Result<Vec<(String, f64)>> {
    let kind = if name == "relay" { "relay" } else { "bridge" };
    load.args(["load", &calls.to_string(), SECONDS, kind]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut load = Server(load.spawn().context("the load")?);
    let mut told = BufReader::new(load.0.stdout.take().context("its words")?);
    let model = line(&mut told)?;
    server.arg(&model).arg(place).args(way).stdout(Stdio::piped());
    let mut server = Server(server.spawn().with_context(|| name.to_owned())?);
    let address = line(&mut BufReader::new(server.0.stdout.take().context("its words")?))?;
    // taskset and chrt become the program: the id is its own
    let mut input = load.0.stdin.take().context("its ear")?;
    writeln!(input, "{address} {}", server.0.id())?;
    let mut figures = Vec::new();
    for line in told.lines() {
        figures.extend(figure_of(&line?));
    }
    if figures.is_empty() {
        bail!("{name} was not measured: it ended too early");
    }
    Ok(figures)
}

fn line(from: &mut impl std::io::BufRead) -> Result<String> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    if line.trim().is_empty() {
        bail!("a program ended before it said where it listens");
    }
    Ok(line.trim().to_owned())
}

fn show(runs: &[Run]) {
    let arrived = |run: &Run| {
        100.0 * (run.of("up_packets") + run.of("down_packets"))
            / (run.of("up_expected") + run.of("down_expected"))
    };
    let rows: Vec<Vec<String>> = runs
        .iter()
        .map(|run| {
            vec![
                format!("{}, {} calls", run.name, run.calls),
                format!("{:.2}", run.delay_ms("p50")),
                format!("{:.2}", run.delay_ms("p99")),
                format!("{:.1}", arrived(run)),
                format!("{:.3}", run.of("user_ms_per_call_s")),
                format!("{:.3}", run.of("cpu_ms_per_call_s")),
                format!("{:.0}", run.calls_per_core()),
            ]
        })
        .collect();
    let head = ["one core", "p50, ms", "p99, ms", "% came", "user, ms/s", "CPU, ms/s", "calls a core"];
    table(&head, &rows);
    println!();
    for calls in CALLS {
        let find = |name: &str| runs.iter().find(|run| run.name == name && run.calls == calls);
        if let (Some(ours), Some(relay)) = (find("bridge"), find("relay")) {
            println!(
                "{calls}: {:.0} % of the relay's calls a core, p99 {:+.2} ms beside it",
                100.0 * ours.calls_per_core() / relay.calls_per_core(),
                ours.delay_ms("p99") - relay.delay_ms("p99"),
            );
        }
    }
    for (_, name) in WAYS {
        let Some(python) = runs.iter().find(|run| run.name == name) else { continue };
        for ours in runs.iter().filter(|run| run.name == "bridge") {
            let ratio = python.of("user_ms_per_call_s") / ours.of("user_ms_per_call_s");
            println!("user CPU a call: {name} {ratio:.1} × ours at {} calls", ours.calls);
        }
    }
}
