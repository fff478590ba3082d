//! `cargo run --profile demo -p store --example store_bench -- 100000`
//!
//! Fills a temporary database with so many calls (one transcript of about 120 words each, a
//! year of work) and prints what a person waits for, a line `name value unit` each.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::error::Error;
use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset, Utc};
use domain::{
    Analysis, Call, CallId, CallStatus, Direction, EngineName, Manager, PhoneNumber, Segment, Speaker,
    TimeWindow, Transcript,
};
use store::{
    Analyses as _, CallFilter, Calls as _, ClaimRequest, Cursor, DiscoveredCall, Jobs as _, NewJob, Outcome,
    PageRequest, Search as _, SearchQuery, SqliteStore, Stage, StageResult, StoreOptions,
};

type Outcomes<T> = Result<T, Box<dyn Error>>;

const SLICE: usize = 10_000;
/// 1 January 2026; calls follow each other evenly through a year.
const BEGIN_S: i64 = 1_767_225_600;
const YEAR_S: u64 = 31_536_000;

/// A small generator of even numbers, the same in each run (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)) % sides
    }
}

/// Syllables that make 13 824 different words; low numbers are drawn far more often, as in speech.
const SYLLABLES: [&str; 24] = [
    "до", "го", "ра", "на", "сто", "ли", "ка", "по", "ве", "ри", "мо", "та", "ну", "се", "ло", "ди", "бо",
    "ва", "кры", "пе", "зо", "тру", "ше", "ня",
];
const ENDINGS: [&str; 6] = ["", "м", "ми", "х", "й", "ть"];

fn word(dice: &mut Dice) -> String {
    let n = dice.roll(13_824).min(dice.roll(13_824)).min(dice.roll(13_824));
    let syllable =
        |n: u64| usize::try_from(n % 24).ok().and_then(|n| SYLLABLES.get(n)).copied().unwrap_or("");
    let ending = usize::try_from(dice.roll(6)).ok().and_then(|n| ENDINGS.get(n)).copied().unwrap_or("");
    format!("{}{}{}{ending}", syllable(n), syllable(n / 24), syllable(n / 576))
}

fn transcript(n: u64, dice: &mut Dice) -> Transcript {
    let segments = (0..12_u64).map(|at| {
        let mut words: Vec<String> = (0..10).map(|_| word(dice)).collect();
        // a third of the calls name the common word, one in a thousand the rare one
        match at {
            3 if n.is_multiple_of(3) => words.push("договором".to_owned()),
            4 if n.is_multiple_of(5) => words.push("очень дорого".to_owned()),
            5 if n.is_multiple_of(1_000) => words.push("рекламация".to_owned()),
            _ => {}
        }
        Segment {
            speaker: if at % 2 == 0 { Speaker::Operator } else { Speaker::Client },
            channel: u8::from(at % 2 == 1),
            start_ms: Some(at * 5_000),
            end_ms: Some(at * 5_000 + 4_800),
            text: words.join(" "),
            avg_logprob: Some(-0.25),
            words: Vec::new(),
        }
    });
    Transcript {
        engine: EngineName { engine: "whisper-local".to_owned(), model: "base".to_owned() },
        language: "ru".to_owned(),
        segments: segments.collect(),
        dropped: Vec::new(),
        coverage: None,
        metrics: None,
        cost: None,
    }
}

fn call(n: u64, of: u64) -> Outcomes<DiscoveredCall> {
    let external_id = format!("/calls/2026/{n:08}.wav");
    let id = CallId::derive("folder", &external_id);
    let second = BEGIN_S + i64::try_from(YEAR_S * n / of)?;
    let offset = FixedOffset::east_opt(3 * 3600).ok_or("an offset")?;
    let started = DateTime::from_timestamp(second, 0).ok_or("an instant")?.with_timezone(&offset);
    Ok(DiscoveredCall {
        call: Call {
            id,
            source: "folder".into(),
            external_id,
            started_at: Some(started),
            caller: PhoneNumber::parse(&format!("+7916{:07}", n % 200_000)),
            callee: PhoneNumber::parse("+74951234567"),
            direction: Direction::In,
            duration_ms: Some(65_000),
            talk_ms: Some(60_000),
            manager: Some(Manager {
                id: format!("m{}", n % 40), name: Some("Анна Иванова".to_owned())
            }),
            missed: false,
            tags: Vec::new(),
            recording_name: Some(format!("{n:08}.wav")),
            recording_url: None,
            revision: "65000-1".to_owned(),
        },
        status: CallStatus::Queued,
        error: None,
        jobs: vec![NewJob { call: id, stage: Stage::Transcribe, target: String::new() }],
    })
}

fn analyze(call: CallId) -> NewJob {
    NewJob { call, stage: Stage::Analyze, target: "sales-full".to_owned() }
}

fn analysis(n: u64) -> Analysis {
    Analysis {
        engine: "rules".to_owned(),
        rubric: "sales-full".into(),
        revision: "0123456789ab".into(),
        rubric_title: "Продажи".to_owned(),
        total_score: Some(f64::from(u32::try_from(n % 101).unwrap_or(0))),
        criteria: Vec::new(),
        summary: "Разговор о договоре.".to_owned(),
        recommendations: String::new(),
        promises: Vec::new(),
        cap: None,
        raw_model_output: Vec::new(),
        cost: None,
    }
}

fn request(store: &SqliteStore, stage: Stage, limit: u32, now: DateTime<Utc>) -> ClaimRequest {
    let lease = Duration::from_hours(1);
    ClaimRequest {
        stage,
        target: None,
        run: None,
        worker: store.worker_id(),
        lease,
        limit,
        probe: false,
        now,
    }
}

fn figure(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn rate(name: &str, count: u64, began: Instant) {
    println!("{name} {:.0} /s", figure(count) / began.elapsed().as_secs_f64());
}

fn percentiles(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    for (label, share) in [("p50", 50), ("p99", 99)] {
        let at = times.get((times.len() * share / 100).min(times.len().saturating_sub(1)));
        println!("{name}_{label} {:.2} ms", at.copied().unwrap_or_default().as_secs_f64() * 1_000.0);
    }
}

async fn discover(store: &SqliteStore, count: u64, now: DateTime<Utc>) -> Outcomes<()> {
    let slices = (0..count).step_by(SLICE);
    let (mut new, mut known) = (Duration::ZERO, Duration::ZERO);
    for first in slices {
        let slice = (first..count.min(first + SLICE as u64)).map(|n| call(n, count));
        let slice = slice.collect::<Outcomes<Vec<_>>>()?;
        let began = Instant::now();
        store.discover(&slice, None, now).await?;
        new += began.elapsed();
        let began = Instant::now();
        store.discover(&slice, None, now).await?;
        known += began.elapsed();
    }
    let per_slice = |time: Duration| time.as_secs_f64() * 1_000.0 * 10_000.0 / figure(count);
    println!("discover_10000_new {:.0} ms", per_slice(new));
    println!("discover_10000_known {:.0} ms", per_slice(known));
    Ok(())
}

/// Every call goes through claim and complete twice, as in a real run.
async fn work(store: &SqliteStore, count: u64, now: DateTime<Utc>) -> Outcomes<()> {
    let mut dice = Dice(7);
    let (mut claiming, mut done) = (Duration::ZERO, 0_u64);
    let began = Instant::now();
    loop {
        let asked = Instant::now();
        let claims = store.claim(&request(store, Stage::Transcribe, 16, now)).await?;
        claiming += asked.elapsed();
        if claims.is_empty() {
            break;
        }
        for claim in claims {
            let result = StageResult {
                outcome: Outcome::Transcribed {
                    transcript: Box::new(transcript(done, &mut dice)),
                    cache_key: claim.job.call.to_string(),
                },
                status: None,
                error: None,
                // a tenth goes on, evenly through the year: enough for the rate
                next: if done.is_multiple_of(10) { vec![analyze(claim.job.call)] } else { Vec::new() },
                spend: Vec::new(),
            };
            store.complete(&claim, result, now).await?;
            done += 1;
            if done.is_multiple_of(100_000) {
                rate(&format!("transcribed_{done}"), done, began);
            }
        }
    }
    println!("claim_16 {:.3} ms", claiming.as_secs_f64() * 16_000.0 / figure(count));
    rate("complete_transcript", done, began);
    let (began, mut done) = (Instant::now(), 0);
    loop {
        let claims = store.claim(&request(store, Stage::Analyze, 16, now)).await?;
        if claims.is_empty() {
            break;
        }
        for claim in claims {
            let result = StageResult {
                outcome: Outcome::Analyzed(Box::new(analysis(done))),
                status: Some(CallStatus::Done),
                error: None,
                next: Vec::new(),
                spend: Vec::new(),
            };
            store.complete(&claim, result, now).await?;
            done += 1;
        }
    }
    rate("complete_analysis", done, began);
    Ok(())
}

async fn list(store: &SqliteStore, count: u64) -> Outcomes<()> {
    let mut dice = Dice(11);
    let cases = [
        ("list", CallFilter::default()),
        ("list_manager", CallFilter { manager_id: Some("m5".to_owned()), ..CallFilter::default() }),
        (
            "list_statuses",
            CallFilter { statuses: vec![CallStatus::Done, CallStatus::Failed], ..CallFilter::default() },
        ),
        ("list_low_scores", CallFilter { max_score: Some(5.0), ..CallFilter::default() }),
    ];
    for (name, filter) in cases {
        let mut times = Vec::new();
        for _ in 0..300 {
            // a place anywhere in the year, as after much paging
            let second = BEGIN_S + i64::try_from(dice.roll(YEAR_S))?;
            let after = Some(Cursor(format!("{}.0", second * 1_000)));
            let began = Instant::now();
            store.calls(&filter, PageRequest { after, limit: 50 }).await?;
            times.push(began.elapsed());
        }
        percentiles(name, times);
    }
    let mut times = Vec::new();
    for _ in 0..300 {
        let id = call(dice.roll(count), count)?.call.id;
        let began = Instant::now();
        store.call(id).await?;
        store.analysis(id, None).await?;
        times.push(began.elapsed());
    }
    percentiles("call", times);
    let mut times = Vec::new();
    for _ in 0..300 {
        let began = Instant::now();
        store.count_calls(&CallFilter::default()).await?;
        store.queue_counts(None).await?;
        store.next_due(Stage::Analyze, None, None, None).await?;
        times.push(began.elapsed());
    }
    percentiles("counts", times);
    Ok(())
}

async fn search(store: &SqliteStore) -> Outcomes<()> {
    let mut dice = Dice(13);
    let june = TimeWindow {
        from: DateTime::from_timestamp(BEGIN_S + 13_046_400, 0),
        to: DateTime::from_timestamp(BEGIN_S + 15_638_400, 0),
    };
    let manager = CallFilter { manager_id: Some("m5".to_owned()), ..CallFilter::default() };
    let window = CallFilter { window: june, ..CallFilter::default() };
    let low = CallFilter { max_score: Some(5.0), ..CallFilter::default() };
    let cases = [
        ("search_common", "договор", CallFilter::default()),
        ("search_common_exact", "договором", CallFilter::default()),
        ("search_two_words", "договор дорого", CallFilter::default()),
        ("search_rare", "рекламации", CallFilter::default()),
        ("search_phrase", "\"очень дорого\"", CallFilter::default()),
        ("search_none", "паровоз", CallFilter::default()),
        ("search_common_manager", "договор", manager),
        ("search_common_window", "договор", window),
        ("search_common_low_scores", "договор", low),
    ];
    for (name, text, filter) in cases {
        let query = |offset| SearchQuery { text: text.to_owned(), filter: filter.clone(), limit: 20, offset };
        let mut times = Vec::new();
        for _ in 0..200 {
            let offset = u32::try_from(dice.roll(5) * 20)?;
            let began = Instant::now();
            store.search(&query(offset)).await?;
            times.push(began.elapsed());
        }
        percentiles(name, times);
        let mut times = Vec::new();
        for _ in 0..100 {
            let began = Instant::now();
            store.count_hits(&query(0)).await?;
            times.push(began.elapsed());
        }
        percentiles(&format!("count_{name}"), times);
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Outcomes<()> {
    let count: u64 = std::env::args().nth(1).map_or(Ok(100_000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("bench.db");
    let store = SqliteStore::open(&path, StoreOptions::default()).await?;
    let now = DateTime::from_timestamp(BEGIN_S, 0).ok_or("an instant")?;
    println!("calls {count} rows");
    discover(&store, count, now).await?;
    work(&store, count, now).await?;
    println!("database {} MB", std::fs::metadata(&path)?.len() / 1_000_000);
    list(&store, count).await?;
    search(&store).await?;
    store.close().await;
    Ok(())
}
