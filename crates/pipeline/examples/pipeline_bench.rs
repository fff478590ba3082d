//! `cargo run --profile demo -p pipeline --example pipeline_bench -- CALLS LATENCY_MS AT_ONCE`
//!
//! What orchestration costs: recordings of one second, fakes for speech and judgement that answer
//! after the given latency, a real SQLite. Prints `name value` lines; the time that measuring the
//! sound itself takes is measured apart and printed too, so that it can be taken off.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]
#![expect(clippy::cast_precision_loss, reason = "counts and times of a bench, far below 2^52")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use analyze::{AnalyzeError, Analyzer};
use async_trait::async_trait;
use domain::{
    Analysis, Call, CallId, CallStatus, Direction, EngineName, Rubric, Segment, SourceName, Speaker,
    SystemClock, TimeWindow, Transcript,
};
use pipeline::{
    CallSource, Parts, Pipeline, PipelineSettings, RecordingFolder, RecordingSource, RunRequest,
    SilentNotifier, SourceCursor, SourceError, SourcePage, Unobserved,
};
use store::{SqliteStore, Store, StoreOptions};
use tokio_util::sync::CancellationToken;
use transcribe::{
    CacheError, CacheKey, CachedTranscriber, CallAudio, Hints, Progress, TranscribeError, Transcriber,
    TranscriptCache,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

const PAGE: usize = 500;
/// What both sides hear: the Python pipeline stores the same words.
const WORDS: [(&str, Speaker); 4] = [
    ("Добрый день, компания Север Пласт, меня зовут Анна, чем могу помочь?", Speaker::Operator),
    ("Здравствуйте, сколько стоят пластиковые окна на дачу?", Speaker::Client),
    ("Три окна с установкой выйдут сорок восемь тысяч рублей, записать вас на замер?", Speaker::Operator),
    ("Да, завтра в одиннадцать подойдёт, спасибо.", Speaker::Client),
];

#[tokio::main]
async fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: u64| arguments.next().map_or(Ok(default), |text| text.parse());
    let (calls, latency, at_once) = (number(10_000)?, Duration::from_millis(number(0)?), number(32)?);
    let (count, lanes) = (usize::try_from(calls)?, usize::try_from(at_once)?);
    let place = tempfile::tempdir()?;
    let recordings = recordings(place.path(), count)?;

    let store = SqliteStore::open(&place.path().join("bench.db"), StoreOptions::default()).await?;
    let worker = store.worker_id();
    let store: Arc<dyn Store> = Arc::new(store);
    let transcriber =
        CachedTranscriber::new(Arc::new(Speech { latency }), Arc::new(StoredTranscripts(Arc::clone(&store))));
    let parts = Parts {
        worker,
        store,
        transcriber: Arc::new(transcriber),
        analyzer: Arc::new(Judge { latency }),
        sinks: Vec::new(),
        notifier: Arc::new(SilentNotifier),
        clock: Arc::new(SystemClock),
        recordings: RecordingFolder::new(place.path().join("fetched"), u64::MAX),
    };
    let settings =
        PipelineSettings { min_talk_ms: 0, parallel: [2, lanes, lanes, 1], ..PipelineSettings::default() };
    let request = RunRequest {
        source: Arc::new(Listed { name: SourceName::new("bench"), recordings: recordings.clone() }),
        window: TimeWindow::ALL.into(),
        limit: None,
        rubric: Arc::new(analyze::parse(RUBRIC)?),
        reports: Vec::new(),
        max_cost: None,
        what: "bench".to_owned(),
    };
    let (cpu, begun) = (cpu()?, Instant::now());
    let report =
        Pipeline::new(parts, settings).run(request, Arc::new(Unobserved), CancellationToken::new()).await?;
    let (wall, cpu) = (begun.elapsed(), self::cpu()?.saturating_sub(cpu));
    let done = report.calls.iter().filter(|call| call.status == CallStatus::Done).count();
    if done != count {
        return Err(format!("{done} of {count} calls are done").into());
    }

    let sample = recordings.iter().take(500);
    let (sampled, began) = (sample.len() as f64, self::cpu()?);
    for path in sample {
        audio::survey(path, &audio::SurveyOptions::default())?;
    }
    let sound = self::cpu()?.saturating_sub(began).as_secs_f64() / sampled;
    let per_call = |time: Duration| time.as_secs_f64() / count as f64;
    println!("cpu_us_per_call {:.1}", (per_call(cpu) - sound) * 1e6);
    println!("sound_us_per_call {:.1}", sound * 1e6);
    println!("wall_us_per_call {:.1}", per_call(wall) * 1e6);
    println!("calls_per_s {:.0}", 1.0 / per_call(wall));
    if !latency.is_zero() {
        let bound = latency.as_secs_f64() / at_once as f64;
        println!("share_of_bound {:.1}", 100.0 * bound / per_call(wall));
    }
    Ok(())
}

/// CPU time of this process, user and system: fields 14 and 15 of `/proc/self/stat`, in ticks of 10 ms.
fn cpu() -> Outcome<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, after_name) = stat.rsplit_once(')').ok_or("/proc/self/stat")?;
    let ticks = after_name.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    Ok(Duration::from_millis(10 * ticks.sum::<Result<u64, _>>()?))
}

/// One spoken second each, unequal in their last bytes, so that nothing is known from another call.
fn recordings(place: &Path, count: usize) -> Outcome<Vec<PathBuf>> {
    let spoken = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/calls/a_sale_objection.wav");
    let whole = std::fs::read(spoken)?;
    // 44 bytes of header, then 8 kHz, 16 bits, 2 channels: 32 bytes a millisecond
    let head = whole.get(..40).ok_or("short")?;
    let second = whole.get(44 + 32 * 1_000..44 + 32 * 2_000).ok_or("short")?;
    let folder = place.join("calls");
    std::fs::create_dir(&folder)?;
    let mut paths = Vec::with_capacity(count);
    for n in 0..count {
        let mut bytes = head.to_vec();
        bytes.extend_from_slice(&u32::try_from(second.len())?.to_le_bytes());
        bytes.extend_from_slice(second);
        bytes.extend_from_slice(b"note\x08\0\0\0");
        bytes.extend_from_slice(&n.to_le_bytes());
        let riff = u32::try_from(bytes.len() - 8)?.to_le_bytes();
        bytes.splice(4..8, riff);
        let path = folder.join(format!("{n}.wav"));
        std::fs::write(&path, bytes)?;
        paths.push(path);
    }
    Ok(paths)
}

struct Listed {
    name: SourceName,
    recordings: Vec<PathBuf>,
}

#[async_trait]
impl CallSource for Listed {
    fn name(&self) -> &SourceName {
        &self.name
    }

    async fn calls(
        &self,
        _window: TimeWindow,
        after: Option<SourceCursor>,
    ) -> Result<SourcePage, SourceError> {
        let from = after.and_then(|cursor| cursor.0.parse().ok()).unwrap_or(0);
        let page: Vec<Call> = (from..self.recordings.len()).take(PAGE).map(|n| self.call(n)).collect();
        let next = from + page.len();
        let next = (next < self.recordings.len()).then(|| SourceCursor(next.to_string()));
        Ok(SourcePage { calls: page, next, warnings: Vec::new() })
    }

    async fn recording(&self, call: &Call) -> Result<RecordingSource, SourceError> {
        let path = call.external_id.parse().ok().and_then(|n: usize| self.recordings.get(n));
        path.map(|path| RecordingSource::File(path.clone()))
            .ok_or_else(|| SourceError::Gone("no file".into()))
    }
}

impl Listed {
    fn call(&self, n: usize) -> Call {
        let external_id = n.to_string();
        Call {
            id: CallId::derive(self.name.as_str(), &external_id),
            source: self.name.clone(),
            external_id,
            started_at: None,
            caller: None,
            callee: None,
            direction: Direction::In,
            duration_ms: Some(1_000),
            talk_ms: Some(1_000),
            manager: None,
            missed: false,
            tags: Vec::new(),
            recording_name: None,
            recording_url: None,
            revision: "1".to_owned(),
        }
    }
}

/// Speech of a provider that takes `latency`.
struct Speech {
    latency: Duration,
}

#[async_trait]
impl Transcriber for Speech {
    fn engine(&self) -> EngineName {
        EngineName { engine: "fake".to_owned(), model: "bench".to_owned() }
    }

    fn options_key(&self) -> String {
        String::new()
    }

    async fn transcribe(
        &self,
        _audio: &CallAudio,
        hints: &Hints,
        _progress: &dyn Progress,
    ) -> Result<Transcript, TranscribeError> {
        tokio::time::sleep(self.latency).await;
        let segments = (0_u64..).zip(WORDS).map(|(at, (text, speaker))| Segment {
            speaker,
            channel: u8::from(speaker == Speaker::Client),
            start_ms: Some(at * 250),
            end_ms: Some(at * 250 + 240),
            text: text.to_owned(),
            avg_logprob: None,
            words: Vec::new(),
        });
        Ok(Transcript {
            engine: self.engine(),
            language: hints.language.clone(),
            segments: segments.collect(),
            dropped: Vec::new(),
            coverage: None,
            metrics: None,
            cost: None,
        })
    }
}

/// Judgement of a provider that takes `latency`.
struct Judge {
    latency: Duration,
}

#[async_trait]
impl Analyzer for Judge {
    fn engine(&self) -> &'static str {
        "fake"
    }

    async fn analyze(
        &self,
        _call: &Call,
        _transcript: &Transcript,
        rubric: &Rubric,
    ) -> Result<Analysis, AnalyzeError> {
        tokio::time::sleep(self.latency).await;
        Ok(Analysis {
            engine: "fake".to_owned(),
            rubric: rubric.id.clone(),
            revision: rubric.revision.clone(),
            rubric_title: rubric.title.clone(),
            total_score: Some(80.0),
            criteria: Vec::new(),
            summary: "Хороший звонок.".to_owned(),
            recommendations: "Так держать.".to_owned(),
            promises: Vec::new(),
            cap: None,
            raw_model_output: Vec::new(),
            cost: None,
        })
    }
}

/// The cache as the program has it: in the store.
struct StoredTranscripts(Arc<dyn Store>);

#[async_trait]
impl TranscriptCache for StoredTranscripts {
    async fn get(&self, key: &CacheKey) -> Result<Option<Transcript>, CacheError> {
        self.0.cached_transcript(key.as_str()).await.map_err(|error| CacheError(Box::new(error)))
    }

    async fn put(&self, key: &CacheKey, transcript: &Transcript) -> Result<(), CacheError> {
        self.0.cache_transcript(key.as_str(), transcript).await.map_err(|error| CacheError(Box::new(error)))
    }
}

const RUBRIC: &str = r#"
id = "bench"
title = "Bench"
language = "ru"
prompt = "-"

[[criteria]]
key = "greeting"
title = "Приветствие"
kind = "score"
weight = 10
scale = [0, 2]
question = "Поздоровался ли менеджер?"
evidence = "required"
"#;
