//! Loads a running service and says how quick it was.
//!
//! ```text
//! cargo run --profile demo -p server --example load -- http://127.0.0.1:8000 32 20 /history '/history?q=цена'
//! cargo run --profile demo -p server --example load -- http://127.0.0.1:8000 upload 32 200
//! ```
//! First: clients at once, seconds, paths; each path is asked on its own. Second: uploads at once,
//! megabytes each. Percentiles are of whole answers, bodies read.
#![expect(clippy::print_stdout, reason = "an example")]

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::stream;

/// What an upload is sent in.
const PIECE: usize = 64 << 10;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let parts: Vec<&str> = args.iter().map(String::as_str).collect();
    match parts.as_slice() {
        [base, "upload", clients, megabytes] => upload(base, clients.parse()?, megabytes.parse()?).await,
        [base, clients, seconds, paths @ ..] if !paths.is_empty() => {
            let (clients, time) = (clients.parse()?, Duration::from_secs(seconds.parse()?));
            println!("{:>9} {:>9} {:>9} {:>9} {:>7}  path", "p50 ms", "p99 ms", "max ms", "per s", "errors");
            for path in paths {
                ask(&format!("{base}{path}"), path, clients, time).await?;
            }
            Ok(())
        }
        _ => Err("arguments: BASE CLIENTS SECONDS PATH… | BASE upload CLIENTS MEGABYTES".into()),
    }
}

async fn ask(url: &str, path: &str, clients: usize, time: Duration) -> Result<(), Box<dyn Error>> {
    let ended = Arc::new(AtomicBool::new(false));
    let client = client()?;
    let begun = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|_| {
            let (client, url, ended) = (client.clone(), url.to_owned(), Arc::clone(&ended));
            tokio::spawn(async move {
                let (mut took, mut errors) = (Vec::new(), 0_u32);
                while !ended.load(Ordering::Relaxed) {
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
    let rate = took.len() as f64 / all.as_secs_f64();
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let max = took.last().copied().unwrap_or_default();
    println!("{:>9.1} {:>9.1} {:>9.1} {rate:>9.0} {errors:>7}  {path}", ms(at(50)), ms(at(99)), ms(max));
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
