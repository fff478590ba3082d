//! Loads a running service and says how quick it was, and what it cost.
//!
//! ```text
//! cargo run --profile demo -p server --example load -- http://127.0.0.1:8000 32 20 /history '/history?q={word}'
//! cargo run --profile demo -p server --example load -- http://127.0.0.1:8000 upload 32 200
//! ```
//! First: clients at once, seconds, paths; each path is asked on its own. Second: uploads at once,
//! megabytes each. Percentiles are of whole answers, bodies read. With `--pid N` before everything else the
//! processor time of that process is told per answer (Linux). With `--every MS` a client asks, and then
//! waits until so long after its question before it asks again, as a person does who reads; without it the
//! next question follows the answer at once. What braces stand for: see `addresses.rs`.
#![expect(clippy::print_stdout, reason = "an example")]

mod addresses;
mod asking;
mod upload;
mod wire;

use std::error::Error;
use std::time::Duration;

use asking::Asking;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut parts: Vec<&str> = args.iter().map(String::as_str).collect();
    let (mut pid, mut every) = (None, None);
    loop {
        match parts.as_slice() {
            ["--pid", number, rest @ ..] => {
                pid = Some(number.parse()?);
                parts = rest.to_vec();
            }
            ["--every", ms, rest @ ..] => {
                every = Some(Duration::from_millis(ms.parse()?));
                parts = rest.to_vec();
            }
            _ => break,
        }
    }
    match parts.as_slice() {
        [base, "upload", clients, megabytes] => {
            upload::upload(base, clients.parse()?, megabytes.parse()?).await
        }
        [base, clients, seconds, paths @ ..] if !paths.is_empty() => {
            let time = Duration::from_secs(seconds.parse()?);
            let mut asking = Asking::of(base, clients.parse()?, time, every, pid)?;
            asking.table(paths).await
        }
        _ => Err(
            "arguments: [--pid N] [--every MS] BASE CLIENTS SECONDS PATH… | BASE upload CLIENTS MEGABYTES"
                .into(),
        ),
    }
}
