//! `cargo xtask bench turns` runs this: recordings, speech and a model whose slowness is known to the
//! millisecond, and telephones that take turns with a running service. It prints where the providers are,
//! reads the service's address, secret and process id, and says what the service added to each turn.

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

mod providers;

use std::{
    error::Error,
    io::BufRead as _,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use providers::{FIRST_SENTENCE, HEARING, RECORDING, WHOLE_ANSWER};

/// Turns of one call.
const TURNS: u32 = 10;
/// Parts of one answer.
const MOST_PARTS: usize = 10;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let crowds: Vec<u32> = arguments.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    let providers = providers::serve().await?;
    println!("{providers}");
    let mut told = String::new();
    std::io::stdin().lock().read_line(&mut told)?;
    let [base, secret, pid] = told.split_whitespace().collect::<Vec<_>>()[..] else {
        return Err("BASE SECRET PID".into());
    };
    let line = Arc::new(Line {
        http: reqwest::Client::builder().timeout(Duration::from_secs(20)).build()?,
        base: base.to_owned(),
        secret: secret.to_owned(),
        recordings: format!("http://{providers}/records"),
        seen: Mutex::default(),
    });
    // what is made once (connections, caches, a persona's words) is no part of a turn
    line.call(u32::MAX).await?;
    for crowd in crowds {
        line.seen().clear();
        let before = cpu_ms(pid)?;
        let calls = (0..crowd).map(|number| {
            let line = Arc::clone(&line);
            tokio::spawn(async move {
                // people do not speak in time
                tokio::time::sleep(Duration::from_millis(u64::from(number) * 37 % 1000)).await;
                line.call(crowd * 10_000 + number).await
            })
        });
        for call in futures::future::join_all(calls).await {
            call??;
        }
        let turns = std::mem::take(&mut *line.seen());
        report(crowd, &turns, cpu_ms(pid)? - before);
    }
    Ok(())
}

/// One turn as the scenario lives through it.
struct Seen {
    /// From the request to the first words, without what the providers took, ms.
    ours: f64,
    /// From the request for the next part to its words, where they were there already, ms.
    next: Vec<f64>,
    /// The first words came so long before the model had finished, ms.
    ahead: f64,
}

/// The way to the service.
struct Line {
    http: reqwest::Client,
    base: String,
    secret: String,
    recordings: String,
    seen: Mutex<Vec<Seen>>,
}

impl Line {
    fn seen(&self) -> std::sync::MutexGuard<'_, Vec<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn call(&self, number: u32) -> Result<(), Failure> {
        let id = format!("bench-{number}-{}", self.base.len());
        self.told(json!({"event": "started", "call_id": id, "direction": "in"})).await?;
        self.told(json!({"event": "answered", "call_id": id})).await?;
        for turn in 1..=TURNS {
            let seen = self.turn(&id, turn).await?;
            self.seen().push(seen);
        }
        self.told(json!({"event": "ended", "call_id": id, "duration": 60, "code": 200})).await?;
        Ok(())
    }

    async fn turn(&self, id: &str, turn: u32) -> Result<Seen, Failure> {
        let recording = format!("{}/{turn}-{id}.wav", self.recordings);
        let asked = json!({"call_id": id, "audio_url": recording, "duration": 4.0, "turn": turn});
        let begun = Instant::now();
        let mut part =
            self.ask(self.http.post(format!("{}/voximplant/process_audio", self.base)), Some(asked)).await?;
        let total = begun.elapsed();
        if part["text"].as_str() != Some(providers::SENTENCES[0]) {
            return Err(format!("turn {turn} was answered with {part}").into());
        }
        let mut next = Vec::new();
        for _ in 0..MOST_PARTS {
            let Some(url) = part["next_url"].as_str().map(str::to_owned) else { break };
            // the telephone asks when it has said what it has
            tokio::time::sleep(WHOLE_ANSWER).await;
            let is_there = begun.elapsed() > RECORDING + HEARING + WHOLE_ANSWER + Duration::from_millis(200);
            let begun = Instant::now();
            part = self.ask(self.http.get(url), None).await?;
            if is_there {
                next.push(ms(begun.elapsed()));
            }
        }
        let providers = RECORDING + HEARING + FIRST_SENTENCE;
        Ok(Seen {
            ours: ms(total.saturating_sub(providers)),
            next,
            ahead: ms(RECORDING + HEARING + WHOLE_ANSWER) - ms(total),
        })
    }

    async fn told(&self, event: Value) -> Result<Value, Failure> {
        self.ask(self.http.post(format!("{}/voximplant/events", self.base)), Some(event)).await
    }

    async fn ask(&self, request: reqwest::RequestBuilder, body: Option<Value>) -> Result<Value, Failure> {
        let request = request.bearer_auth(&self.secret).header("content-type", "application/json");
        let request = body.into_iter().fold(request, |request, body| request.body(body.to_string()));
        let answer = request.send().await?;
        let (status, body) = (answer.status(), answer.bytes().await?);
        if !status.is_success() {
            return Err(format!("{status}: {}", String::from_utf8_lossy(&body)).into());
        }
        Ok(serde_json::from_slice(&body)?)
    }
}

fn ms(length: Duration) -> f64 {
    length.as_secs_f64() * 1000.0
}

/// Processor time of a process so far, ms (Linux, 100 ticks a second).
fn cpu_ms(pid: &str) -> Result<f64, Failure> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| -> Result<f64, Failure> { Ok(fields.get(at).ok_or("stat")?.parse::<f64>()?) };
    Ok((ticks(11)? + ticks(12)?) * 10.0)
}

#[expect(clippy::cast_precision_loss, reason = "figures")]
fn report(crowd: u32, turns: &[Seen], cpu: f64) {
    let of = |pick: fn(&Seen) -> Vec<f64>| {
        let mut all: Vec<f64> = turns.iter().flat_map(pick).collect();
        all.sort_by(f64::total_cmp);
        all
    };
    let at = |all: &[f64], share: usize| {
        all.get(all.len().saturating_sub(1) * share / 100).copied().unwrap_or(f64::NAN)
    };
    let (ours, next, ahead) =
        (of(|seen| vec![seen.ours]), of(|seen| seen.next.clone()), of(|seen| vec![seen.ahead]));
    println!("{crowd}_turns {}", turns.len());
    println!("{crowd}_ours_p50_ms {:.1}", at(&ours, 50));
    println!("{crowd}_ours_p99_ms {:.1}", at(&ours, 99));
    println!("{crowd}_next_p50_ms {:.1}", at(&next, 50));
    println!("{crowd}_ahead_least_ms {:.0}", ahead.first().copied().unwrap_or(f64::NAN));
    println!("{crowd}_cpu_ms_a_turn {:.2}", cpu / (turns.len() as f64).max(1.0));
}
