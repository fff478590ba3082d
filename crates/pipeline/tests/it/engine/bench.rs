//! A work bench: a source, a sink and a speech engine under the test's thumb.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use analyze::RulesAnalyzer;
use async_trait::async_trait;
use domain::{Call, CallStatus, SourceName, TimeWindow};
use pipeline::{
    CallReport, CallSource, DeliveryReceipt, Event, Notifier, Parts, Pipeline, PipelineSettings,
    RecordingFolder, RecordingSource, ResultSink, RunReport, RunRequest, SinkError, SinkKind, SourceCursor,
    SourceError, SourcePage, Unobserved,
};
use store::{SqliteStore, Store, StoreOptions};
use test_support::{FakeClock, call, golden};
use tokio_util::sync::CancellationToken;
use transcribe::{CachedTranscriber, FakeTranscriber};

type Scripted = Result<PathBuf, fn() -> SourceError>;

/// Calls in memory; recordings are golden files, or not ready, or gone.
pub(crate) struct FakeSource {
    name: SourceName,
    pub(crate) calls: Mutex<Vec<Call>>,
    recordings: Mutex<HashMap<String, Scripted>>,
    pub(crate) fetches: Mutex<usize>,
}

impl FakeSource {
    fn new() -> Self {
        Self {
            name: SourceName::from("fake"),
            calls: Mutex::default(),
            recordings: Mutex::default(),
            fetches: Mutex::default(),
        }
    }

    pub(crate) fn add(&self, id: &str, file: &str) -> Call {
        self.recordings.lock().unwrap().insert(id.to_owned(), Ok(golden(file)));
        let added = call("fake", id);
        self.calls.lock().unwrap().push(added.clone());
        added
    }

    pub(crate) fn add_failing(&self, id: &str, failure: fn() -> SourceError) {
        self.recordings.lock().unwrap().insert(id.to_owned(), Err(failure));
        self.calls.lock().unwrap().push(call("fake", id));
    }

    pub(crate) fn change(&self, id: &str, change: impl Fn(&mut Call)) {
        self.calls.lock().unwrap().iter_mut().filter(|call| call.external_id == id).for_each(change);
    }
}

#[async_trait]
impl CallSource for FakeSource {
    fn name(&self) -> &SourceName {
        &self.name
    }

    async fn calls(&self, _: TimeWindow, after: Option<SourceCursor>) -> Result<SourcePage, SourceError> {
        let calls = self.calls.lock().unwrap();
        let from = after.map_or(0, |cursor| cursor.0.parse().unwrap());
        let page: Vec<Call> = calls.iter().skip(from).take(3).cloned().collect();
        let next = (from + page.len() < calls.len()).then(|| SourceCursor((from + page.len()).to_string()));
        Ok(SourcePage { calls: page, next, warnings: Vec::new() })
    }

    fn covers(&self, _: &Call) -> bool {
        true
    }

    async fn recording(&self, call: &Call) -> Result<RecordingSource, SourceError> {
        *self.fetches.lock().unwrap() += 1;
        match self.recordings.lock().unwrap().get(&call.external_id) {
            Some(Ok(path)) => Ok(RecordingSource::File(path.clone())),
            Some(Err(failure)) => Err(failure()),
            None => Err(SourceError::Gone("never was".to_owned())),
        }
    }
}

/// Keeps a row per call, as a sheet would; refuses when told.
#[derive(Default)]
pub(crate) struct FakeSink {
    pub(crate) rows: Mutex<BTreeMap<String, (CallStatus, usize)>>,
    pub(crate) refusals: Mutex<Vec<SinkError>>,
}

#[async_trait]
impl ResultSink for FakeSink {
    fn name(&self) -> &'static str {
        "sheet"
    }

    fn kind(&self) -> SinkKind {
        SinkKind::Rows
    }

    async fn deliver(&self, rows: &[CallReport]) -> Result<DeliveryReceipt, SinkError> {
        if let Some(refusal) = self.refusals.lock().unwrap().pop() {
            return Err(refusal);
        }
        let mut kept = self.rows.lock().unwrap();
        for row in rows {
            let writes = kept.get(&row.call.external_id).map_or(0, |(_, writes)| *writes);
            kept.insert(row.call.external_id.clone(), (row.status, writes + 1));
        }
        Ok(DeliveryReceipt { added: rows.len(), ..DeliveryReceipt::default() })
    }
}

/// Remembers what people were told.
#[derive(Default)]
pub(crate) struct FakeNotifier(pub(crate) Mutex<Vec<Event>>);

#[async_trait]
impl Notifier for FakeNotifier {
    async fn notify(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

pub(crate) struct Bench {
    pub(crate) place: tempfile::TempDir,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) source: Arc<FakeSource>,
    pub(crate) speech: Arc<FakeTranscriber>,
    pub(crate) sink: Arc<FakeSink>,
    pub(crate) notifier: Arc<FakeNotifier>,
    pub(crate) max_cost: Option<domain::Money>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self {
            place: tempfile::tempdir().unwrap(),
            clock: Arc::new(FakeClock::new()),
            source: Arc::new(FakeSource::new()),
            speech: Arc::new(FakeTranscriber::new()),
            sink: Arc::default(),
            notifier: Arc::default(),
            max_cost: None,
        }
    }

    /// Opens the database as a new process would.
    pub(crate) async fn pipeline(&self) -> Pipeline {
        let store =
            SqliteStore::open(&self.place.path().join("zvonar.db"), StoreOptions::default()).await.unwrap();
        let (worker, store): (_, Arc<dyn Store>) = (store.worker_id(), Arc::new(store));
        let parts = Parts {
            transcriber: Arc::new(CachedTranscriber::new(
                self.speech.clone(),
                Arc::new(transcribe::MemoryCache::default()),
            )),
            analyzer: Arc::new(RulesAnalyzer::new()),
            sinks: vec![self.sink.clone()],
            notifier: self.notifier.clone(),
            clock: self.clock.clone(),
            recordings: RecordingFolder::new(self.place.path().join("recordings"), 10_000_000),
            worker,
            store,
        };
        // a run leaves every backoff queued: the fake clock moves between runs, never within one
        let settings = PipelineSettings { wait_for_backoff: Duration::ZERO, ..PipelineSettings::default() };
        Pipeline::new(parts, settings)
    }

    pub(crate) fn request(&self, rubric: &str) -> RunRequest {
        let rubrics = analyze::RubricLibrary::builtin();
        RunRequest {
            source: self.source.clone(),
            window: TimeWindow::ALL.into(),
            limit: None,
            rubric: Arc::new(rubrics.find(rubric).unwrap().clone()),
            reports: Vec::new(),
            max_cost: self.max_cost,
            what: "test".to_owned(),
        }
    }

    pub(crate) async fn run(&self) -> RunReport {
        self.run_with("manager-plus").await
    }

    pub(crate) async fn run_with(&self, rubric: &str) -> RunReport {
        let pipeline = self.pipeline().await;
        pipeline.run(self.request(rubric), Arc::new(Unobserved), CancellationToken::new()).await.unwrap()
    }
}

/// The status of one call in a report.
pub(crate) fn status(report: &RunReport, id: &str) -> CallStatus {
    report.calls.iter().find(|call| call.call.external_id == id).unwrap().status
}
