//! Small calls, recordings, transcripts and judgements to fill a store with.

use chrono::{DateTime, Duration, FixedOffset, Utc};
use domain::{
    Analysis, Call, CallError, CallId, CallStatus, ChannelLayout, Direction, EngineName, Manager, Peaks,
    PhoneNumber, Recording, Rubric, Segment, Sha256, Speaker, Survey, Transcript, Utterance, UtteranceGate,
};

use crate::{
    ClaimRequest, ClaimedJob, DiscoveredCall, Erasure, ErasureDemand, NewJob, Outcome, Stage, StageResult,
    Store, WorkerId,
};

/// So many seconds after ten o'clock.
pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_763_632_800, 0).expect("a fixed instant") + Duration::seconds(seconds)
}

pub(super) fn moscow(seconds: i64) -> DateTime<FixedOffset> {
    at(seconds).with_timezone(&FixedOffset::east_opt(3 * 3600).expect("a fixed offset"))
}

pub(super) fn phone(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).expect("a number")
}

/// Erases a number on behalf of the administrator.
pub async fn erase(store: &dyn Store, number: &str, seconds: i64) -> Erasure {
    let sent_by = vec!["upload".to_owned()];
    let kept_by = vec!["folder".to_owned()];
    let demand = ErasureDemand { phone: phone(number), who: "admin".to_owned(), sent_by, kept_by };
    store.begin_erasure(&demand, at(seconds)).await.expect("an erasure")
}

/// Call `name` of the folder, begun at [`at`]`(seconds)`, with a job to fetch it.
pub fn call(name: &str, seconds: i64) -> DiscoveredCall {
    let id = CallId::derive("folder", name);
    DiscoveredCall {
        call: Call {
            id,
            source: "folder".into(),
            external_id: name.to_owned(),
            started_at: Some(moscow(seconds)),
            caller: Some(phone("+79161234567")),
            callee: Some(phone("+74951234567")),
            direction: Direction::In,
            duration_ms: Some(65_000),
            talk_ms: Some(60_500),
            manager: Some(Manager { id: "7".to_owned(), name: Some("Анна".to_owned()) }),
            missed: false,
            tags: vec!["новый".to_owned()],
            recording_name: Some(format!("{name}.wav")),
            recording_url: None,
            revision: "1".to_owned(),
        },
        status: CallStatus::Queued,
        error: None,
        jobs: vec![NewJob { call: id, stage: Stage::Fetch, target: String::new() }],
    }
}

pub(super) fn trouble(code: &str) -> CallError {
    CallError {
        code: code.to_owned(), message: "Не вышло".to_owned(), hint: "Повторите".to_owned()
    }
}

/// A recording at `location`, with a picture and an utterance.
pub fn recording(location: &str) -> Recording {
    Recording {
        sha256: Sha256::new("ab".repeat(32)),
        bytes: 1_234,
        location: location.to_owned(),
        survey: Survey {
            format: "wav/pcm_s16le".to_owned(),
            sample_rate_hz: 8_000,
            duration_ms: 61_234,
            layout: ChannelLayout::Stereo,
            loudness_lufs: vec![Some(-23.4), None],
            utterances: vec![Utterance {
                channel: 0,
                start_ms: 100,
                end_ms: 1_900,
                level_dbfs: -20.1,
                gate: UtteranceGate::Passed,
                pitch_hz: Some(180.7),
            }],
            tone_share: vec![0.1, 0.0],
            peaks: Peaks { bucket_ms: 50, channels: vec![vec![(-3, 4); 100]; 2] },
        },
    }
}

/// A transcript with a segment for each text, operator and client in turn, ten seconds each.
pub fn transcript(texts: &[&str]) -> Transcript {
    let segments = texts.iter().zip(0_u64..).map(|(text, n)| Segment {
        speaker: if n % 2 == 0 { Speaker::Operator } else { Speaker::Client },
        channel: u8::from(n % 2 == 1),
        start_ms: Some(n * 10_000),
        end_ms: Some(n * 10_000 + 9_000),
        text: (*text).to_owned(),
        avg_logprob: Some(-0.3),
        words: Vec::new(),
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

/// A judgement by rules.
pub fn analysis(rubric: &str, revision: &str, total: Option<f64>) -> Analysis {
    Analysis {
        engine: "rules".to_owned(),
        rubric: rubric.into(),
        revision: revision.into(),
        rubric_title: "Manager+".to_owned(),
        total_score: total,
        criteria: Vec::new(),
        summary: "Разговор состоялся.".to_owned(),
        recommendations: String::new(),
        promises: Vec::new(),
        cap: None,
        raw_model_output: Vec::new(),
        cost: None,
    }
}

/// A rubric without criteria.
pub fn rubric(id: &str, revision: &str) -> Rubric {
    Rubric {
        id: id.into(),
        revision: revision.into(),
        title: "Manager+".to_owned(),
        language: "ru".to_owned(),
        description: String::new(),
        prompt: String::new(),
        criteria: Vec::new(),
        source: format!("id = \"{id}\" # {revision}"),
    }
}

pub(super) fn request(stage: Stage, limit: u32, seconds: i64) -> ClaimRequest {
    ClaimRequest {
        stage,
        target: None,
        run: None,
        worker: WorkerId("tester".to_owned()),
        lease: std::time::Duration::from_mins(1),
        limit,
        probe: false,
        now: at(seconds),
    }
}

pub(super) fn done(outcome: Outcome) -> StageResult {
    StageResult { outcome, status: None, error: None, next: Vec::new(), spend: Vec::new() }
}

pub(super) fn job(name: &str, stage: Stage, target: &str) -> NewJob {
    NewJob { call: CallId::derive("folder", name), stage, target: target.to_owned() }
}

/// Discovers `call`, and claims its fetch job at once.
pub(super) async fn claimed(store: &dyn Store, name: &str) -> ClaimedJob {
    store.discover(&[call(name, 0)], None, at(0)).await.unwrap();
    let mut claims = store.claim(&request(Stage::Fetch, 100, 0)).await.unwrap();
    let id = CallId::derive("folder", name);
    claims.retain(|claim| claim.job.call == id);
    claims.pop().expect("the job of the call that was just discovered")
}

/// Puts a job of the stage on the call, claims it and completes it with the outcome.
pub async fn finish(store: &dyn Store, name: &str, stage: Stage, outcome: Outcome, seconds: i64) {
    store.enqueue(&[job(name, stage, "")], false, at(seconds)).await.unwrap();
    let id = CallId::derive("folder", name);
    let claims = store.claim(&request(stage, 1_000, seconds)).await.unwrap();
    let (ours, others): (Vec<_>, Vec<_>) = claims.into_iter().partition(|claim| claim.job.call == id);
    store.release(&others, at(seconds)).await.unwrap();
    for claim in ours {
        store.complete(&claim, done(outcome.clone()), at(seconds)).await.unwrap();
    }
}

/// Gives the known call `name` the words, under a key of its own.
pub async fn said(store: &dyn Store, name: &str, texts: &[&str]) {
    let outcome = Outcome::Transcribed {
        transcript: Box::new(transcript(texts)),
        cache_key: format!("{name}/{}", texts.join("/")),
    };
    finish(store, name, Stage::Transcribe, outcome, 0).await;
}
