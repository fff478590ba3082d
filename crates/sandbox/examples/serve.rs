//! Starts the outside world by hand: `cargo run -p sandbox --example serve -- [PORT] [NOW]`, where NOW
//! is the world's present moment as RFC 3339. Prints the environment to use, stops with Ctrl-C.
#![expect(clippy::print_stdout, reason = "a program for people")]

use chrono::{DateTime, Utc};
use domain::{Clock as _, SystemClock};
use sandbox::{Sandbox, SandboxOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().map_or(Ok(8787), |port| port.parse())?;
    let now: Option<DateTime<Utc>> = arguments.next().map(|now| now.parse()).transpose()?;
    let mut options = SandboxOptions::new(now.unwrap_or_else(|| SystemClock.now()));
    options.bind.set_port(port);
    let sandbox = Sandbox::start(options).await?;
    for (name, value) in sandbox.environment() {
        println!("export {name}='{value}'");
    }
    println!("# faults, journal, clock, the sheet's page: {}_sandbox", sandbox.base_url());
    tokio::signal::ctrl_c().await?;
    sandbox.shutdown().await;
    Ok(())
}
