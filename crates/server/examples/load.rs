//! Loads a running service and says how quick it was, and what it cost.
//!
//! ```text
//! cargo run --profile demo -p server --example load -- http://127.0.0.1:8000 32 20 /history '/history?q={word}'
//! cargo run --profile demo -p server --example load -- http://127.0.0.1:8000 upload 32 200
//! ```
//! First: clients at once, seconds, paths; each path is asked on its own. Second: uploads at once,
//! megabytes each. Percentiles are of whole answers, bodies read. With `--pid N` before everything else the
//! processor time of that process is told per answer (Linux).
//!
//! `{day}` in a path is a day of the last two years, `{word}` a word, `{seller}` one of forty, `{call}` one of the
//! newest judged calls, another one in each request: what was answered before does not help then.
#![expect(clippy::print_stdout, reason = "an example")]

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::Days;
use domain::{Clock as _, SystemClock};
use futures::stream;

/// What an upload is sent in.
const PIECE: usize = 64 << 10;
/// Linux counts processor time in hundredths of a second on every machine that we build for.
const TICK_MS: f64 = 10.0;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut parts: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut pid = None;
    if let ["--pid", number, rest @ ..] = parts.as_slice() {
        pid = Some(number.parse()?);
        parts = rest.to_vec();
    }
    match parts.as_slice() {
        [base, "upload", clients, megabytes] => upload(base, clients.parse()?, megabytes.parse()?).await,
        [base, clients, seconds, paths @ ..] if !paths.is_empty() => {
            let (clients, time) = (clients.parse()?, Duration::from_secs(seconds.parse()?));
            println!(
                "{:>8} {:>8} {:>8} {:>7} {:>7} {:>7}  path",
                "p50 ms", "p99 ms", "max ms", "per s", "CPU ms", "errors"
            );
            let calls = if paths.iter().any(|path| path.contains("{call}")) {
                calls(base).await?
            } else {
                Vec::new()
            };
            let calls = Arc::new(calls);
            for path in paths {
                ask(base, path, clients, time, pid, &calls).await?;
            }
            Ok(())
        }
        _ => Err("arguments: [--pid N] BASE CLIENTS SECONDS PATH… | BASE upload CLIENTS MEGABYTES".into()),
    }
}

/// Ids of the newest judged calls.
async fn calls(base: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let url = format!("{base}/api/v1/calls?scored=true&limit=100");
    let body = client()?.get(url).send().await?.bytes().await?;
    let page: serde_json::Value = serde_json::from_slice(&body)?;
    let calls = page.get("calls").and_then(serde_json::Value::as_array).ok_or("no list of calls")?;
    Ok(calls.iter().filter_map(|call| Some(call.get("id")?.as_str()?.to_owned())).collect())
}

/// An address of the template: each number makes another one.
fn filled(template: &str, number: u64, calls: &[String]) -> String {
    const SYLLABLES: [&str; 6] = ["до", "го", "ра", "на", "сто", "ли"];
    // splitmix64: neighbours fall far apart
    let mut mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^= mixed >> 31;
    let syllable = |n: u64| SYLLABLES.get(usize::try_from(n % 6).unwrap_or(0)).copied().unwrap_or_default();
    let word = format!("{}{}{}", syllable(mixed), syllable(mixed / 6), syllable(mixed / 36));
    let day = SystemClock.now().date_naive().checked_sub_days(Days::new(mixed % 700)).unwrap_or_default();
    template
        .replace("{word}", &word)
        .replace("{day}", &day.to_string())
        .replace("{seller}", &(mixed % 40).to_string())
        .replace(
            "{call}",
            calls.get(usize::try_from(number).unwrap_or(0) % calls.len().max(1)).map_or("", String::as_str),
        )
}

/// Processor time of a process so far, ms.
fn cpu_ms(pid: Option<u32>) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid?)).ok()?;
    // the name may hold spaces: what is counted follows its bracket
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) * TICK_MS)
}

async fn ask(
    base: &str,
    path: &str,
    clients: usize,
    time: Duration,
    pid: Option<u32>,
    calls: &Arc<Vec<String>>,
) -> Result<(), Box<dyn Error>> {
    let (ended, number) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let client = client()?;
    let (begun, cpu) = (Instant::now(), cpu_ms(pid));
    let tasks: Vec<_> = (0..clients)
        .map(|_| {
            let (client, template) = (client.clone(), format!("{base}{path}"));
            let (ended, number, calls) = (Arc::clone(&ended), Arc::clone(&number), Arc::clone(calls));
            tokio::spawn(async move {
                let (mut took, mut errors) = (Vec::new(), 0_u32);
                while !ended.load(Ordering::Relaxed) {
                    let url = filled(&template, number.fetch_add(1, Ordering::Relaxed), &calls);
                    let begun = Instant::now();
                    let answer = client.get(&url).header("accept", "text/html").send().await;
                    let good = match answer {
                        Ok(answer) => answer.status().is_success() && answer.bytes().await.is_ok(),
                        Err(_) => false,
                    };
                    took.push(begun.elapsed());
                    errors += u32::from(!good);
                }
                (took, errors)
            })
        })
        .collect();
    tokio::time::sleep(time).await;
    ended.store(true, Ordering::Relaxed);
    let (mut took, mut errors) = (Vec::new(), 0);
    for task in tasks {
        let (of_client, of_errors) = task.await?;
        took.extend(of_client);
        errors += of_errors;
    }
    let all = begun.elapsed();
    took.sort_unstable();
    let at = |part: usize| took.get(took.len() * part / 100).or(took.last()).copied().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "a few million answers at most")]
    let count = took.len().max(1) as f64;
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let cost = cpu.zip(cpu_ms(pid)).map_or(f64::NAN, |(before, after)| (after - before) / count);
    println!(
        "{:>8.1} {:>8.1} {:>8.1} {:>7.0} {cost:>7.2} {errors:>7}  {path}",
        ms(at(50)),
        ms(at(99)),
        ms(took.last().copied().unwrap_or_default()),
        count / all.as_secs_f64()
    );
    Ok(())
}

async fn upload(base: &str, clients: usize, megabytes: usize) -> Result<(), Box<dyn Error>> {
    let (client, begun) = (client()?, Instant::now());
    let tasks: Vec<_> = (0..clients)
        .map(|number| {
            let (client, url) = (client.clone(), format!("{base}/analyze_audio_call"));
            tokio::spawn(async move {
                let pieces = (megabytes << 20) / PIECE;
                let piece = Bytes::from(vec![u8::try_from(number % 251).unwrap_or(0); PIECE]);
                let body = stream::iter((0..pieces).map(move |_| Ok::<_, std::io::Error>(piece.clone())));
                let part = reqwest::multipart::Part::stream(reqwest::Body::wrap_stream(body));
                let form = reqwest::multipart::Form::new()
                    .text("content_mode", "Manager+")
                    .part("audio", part.file_name("noise.wav"));
                client.post(url).multipart(form).send().await.map(|answer| answer.status())
            })
        })
        .collect();
    for task in tasks {
        match task.await? {
            Ok(status) => print!("{} ", status.as_u16()),
            Err(error) => print!("{error} "),
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "megabytes")]
    let rate = (clients * megabytes) as f64 / seconds;
    println!("\n{clients} × {megabytes} MB in {seconds:.1} s, {rate:.0} MB/s");
    Ok(())
}

fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder().timeout(Duration::from_mins(10)).build()
}
