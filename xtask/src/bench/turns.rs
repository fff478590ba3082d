//! A call by turns: what the service adds to the time of its providers, and how early the first sentence
//! goes out. The service is the production binary with its database and its log; the providers are as slow
//! as they say, so what is above their time is the service's own.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::{example, figure, figure_of, program, table};
use crate::project::Project;

const ADDRESS: &str = "127.0.0.1:18439";
const SECRET: &str = "bench-turns-secret";
/// Calls at once.
const CROWDS: [&str; 3] = ["1", "10", "50"];
const PATIENCE: Duration = Duration::from_mins(1);

/// Prints it.
pub(super) fn bench(project: &Project) -> Result<()> {
    let load = example(project, "turns_load")?;
    let program = program(project, "zvonar-server")?;
    let data = project.target("bench/turns");
    if data.exists() {
        // calls of the last run are known and would not be answered
        fs::remove_dir_all(&data)?;
    }
    fs::create_dir_all(&data)?;
    let mut load = Ended(
        Command::new(load)
            .args(CROWDS)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the load")?,
    );
    let mut told = BufReader::new(load.0.stdout.take().context("its words")?);
    let mut providers = String::new();
    told.read_line(&mut providers)?;
    let server = start(&program, &data, providers.trim())?;
    let mut input = load.0.stdin.take().context("its ear")?;
    writeln!(input, "http://{ADDRESS} {SECRET} {}", server.0.id())?;
    let mut figures = Vec::new();
    for line in told.lines() {
        figures.extend(figure_of(&line?));
    }
    if !load.0.wait()?.success() {
        bail!("the turns were not measured: see {}", data.join("logs").display());
    }
    show(&figures);
    fs::remove_dir_all(&data)?;
    Ok(())
}

fn show(figures: &[(String, f64)]) {
    let rows: Vec<Vec<String>> = CROWDS
        .iter()
        .map(|crowd| {
            let of = |name: &str| figure(figures, &format!("{crowd}_{name}"));
            vec![
                (*crowd).to_owned(),
                format!("{:.0}", of("turns")),
                format!("{:.1}", of("ours_p50_ms")),
                format!("{:.1}", of("ours_p99_ms")),
                format!("{:.1}", of("next_p50_ms")),
                format!("{:.0}", of("ahead_least_ms")),
                format!("{:.2}", of("cpu_ms_a_turn")),
            ]
        })
        .collect();
    let head = [
        "calls at once",
        "turns",
        "our p50, ms",
        "our p99, ms",
        "next part, ms",
        "ahead by, ms",
        "CPU a turn, ms",
    ];
    table(&head, &rows);
}

/// Ended with its handle.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(program: &Path, data: &Path, providers: &str) -> Result<Ended> {
    let mut command = Command::new(program);
    command.env_clear().current_dir(data).env("HOME", data).envs([
        ("ZVONAR_DATA_DIR", data.display().to_string()),
        ("ZVONAR_BIND", ADDRESS.to_owned()),
        ("BACKEND_URL", format!("http://{ADDRESS}")),
        ("ZVONAR_ANALYZER", "rules".to_owned()),
        ("ZVONAR_TRANSCRIBER", "openai".to_owned()),
        ("OPENAI_API_KEY", "bench".to_owned()),
        ("OPENAI_BASE_URL", format!("http://{providers}/v1")),
        // an account that bears fifty calls at once: the usual one is asked no more than 500 times a minute
        ("OPENAI_REQUESTS_PER_MINUTE", "1000000".to_owned()),
        ("OPENAI_CONCURRENT", "128".to_owned()),
        ("VOXIMPLANT_BACKEND_SECRET", SECRET.to_owned()),
        ("VOXIMPLANT_MEDIA_HOSTS", "127.0.0.1".to_owned()),
        ("ZVONAR_ALLOW_PRIVATE_URLS", "true".to_owned()),
        ("ZVONAR_LOG_FILE", data.join("app.log").display().to_string()),
    ]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut server = Ended(command.spawn().with_context(|| program.display().to_string())?);
    let begun = Instant::now();
    while TcpStream::connect(ADDRESS).is_err() {
        if let Some(status) = server.0.try_wait()? {
            bail!("{} → {status}", program.display());
        }
        if begun.elapsed() > PATIENCE {
            bail!("{ADDRESS} does not answer");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(server)
}
