//! The pages of a company with a long history, asked by many at once, and uploads beside each other.
//!
//! Addresses without braces are asked again and again, as a house full of people does: what was answered is
//! kept until something changes. Those with braces are another address in each request: nothing kept helps.
//! First each client asks again as soon as it is answered, which keeps every core busy: the aim is judged by
//! this table. Then each is a person who wants something new every second.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::{example, program};
use crate::process;
use crate::project::Project;

const CALLS: &str = "1000000";
const CLIENTS: &str = "32";
const SECONDS: &str = "10";
const MEGABYTES: &str = "200";
const ADDRESS: &str = "127.0.0.1:18437";
/// A new schema step reads all of a long history once.
const PATIENCE: Duration = Duration::from_mins(10);

const PATHS: [&str; 14] = [
    "/healthz",
    "/dashboard",
    "/dashboard?period=90",
    "/managers",
    "/managers/m7",
    "/history",
    "/history?q=доранали",
    "/history/{call}",
    "/queue",
    "/api/v1/search?q=доранали",
    "/dashboard?period=own&from={day}&to={till}",
    "/history?manager=m{seller}&from={day}&to={till}",
    "/history?q={word}",
    "/api/v1/search?q={word}",
];

/// Prints it; flags: `--calls N`, `--no-uploads`.
pub(super) fn bench(project: &Project, flags: &[&str]) -> Result<()> {
    let calls = match flags.iter().position(|flag| *flag == "--calls") {
        Some(at) => flags.get(at + 1).copied().context("--calls N")?,
        None => CALLS,
    };
    let folder = project.target(&format!("bench/web-{calls}"));
    let fill = example(project, "store_bench")?;
    process::run(Command::new(fill).arg(calls).arg(&folder).arg("--fill-only"))?;
    let load = example(project, "load")?;
    let program = program(project, "zvonar-server")?;
    let server = Server::start(&program, &folder)?;

    let base = format!("http://{ADDRESS}");
    let pid = server.0.id().to_string();
    println!("\n{calls} calls, {CLIENTS} clients on the same machine, no pause between their questions");
    process::run(Command::new(&load).args(["--pid", &pid, &base, CLIENTS, SECONDS]).args(PATHS))?;
    println!("\n{CLIENTS} people, each asks for something every second");
    let people = ["--pid", &pid, "--every", "1000", &base, CLIENTS, SECONDS];
    process::run(Command::new(&load).args(people).args(PATHS))?;
    println!(
        "resident: {} MB of its own, {} MB of the file",
        server.memory("RssAnon")?,
        server.memory("RssFile")?
    );
    drop(server);
    if flags.contains(&"--no-uploads") {
        return Ok(());
    }

    println!("\n{CLIENTS} uploads of {MEGABYTES} MB at once, to a service that has just begun");
    let empty = project.target("bench/web-uploads");
    std::fs::create_dir_all(&empty)?;
    let server = Server::start(&program, &empty)?;
    let before = server.memory("VmHWM")?;
    let sent = process::run(Command::new(&load).args([&base, "upload", CLIENTS, MEGABYTES]));
    println!("resident at most: {} MB, {before} MB before", server.memory("VmHWM")?);
    drop(server);
    // noise is kept as a call that failed: gigabytes that nobody asks for
    std::fs::remove_dir_all(&empty)?;
    sent
}

/// Ended with the bench, however that ends.
struct Server(Child);

impl Server {
    fn start(program: &Path, data: &Path) -> Result<Self> {
        let mut command = Command::new(program);
        command.env_clear().env("ZVONAR_DATA_DIR", data).env("ZVONAR_BIND", ADDRESS);
        command.env("ZVONAR_ANALYZER", "rules").env("HOME", data).current_dir(data);
        command.stdout(Stdio::null()).stderr(Stdio::inherit());
        let mut server = Self(command.spawn().with_context(|| program.display().to_string())?);
        let begun = std::time::Instant::now();
        while TcpStream::connect(ADDRESS).is_err() {
            if let Some(status) = server.0.try_wait()? {
                bail!("{} → {status}", program.display());
            }
            if begun.elapsed() > PATIENCE {
                bail!("{ADDRESS} does not answer");
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(server)
    }

    /// Of `/proc/PID/status`, MB.
    fn memory(&self, name: &str) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find(|line| line.starts_with(name)).context("no such line")?;
        let kilobytes: u64 = line.split_whitespace().nth(1).context("no figure")?.parse()?;
        Ok(kilobytes / 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
