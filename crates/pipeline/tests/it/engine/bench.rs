//! A work bench: a source, a sink and a speech engine under the test's thumb.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use analyze::{Analyzer, RulesAnalyzer};
use async_trait::async_trait;
use domain::{Call, CallStatus, SourceName, TimeWindow};
use pipeline::{
    CallReport, CallSource, DeliveryReceipt, Event, Notifier, Parts, Pipeline, PipelineSettings,
    RecordingFolder, RecordingSource, ResultSink, RunReport, RunRequest, ServeRequest, SinkError, SinkKind,
    SourceCursor, SourceError, SourcePage, Unobserved, WindowRequest,
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
    /// The windows that were asked for, one entry per page.
    pub(crate) windows: Mutex<Vec<TimeWindow>>,
    /// The listing fails so often.
    pub(crate) silent: Mutex<usize>,
}

impl FakeSource {
    fn new() -> Self {
        Self::named("fake")
    }

    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: SourceName::from(name),
            calls: Mutex::default(),
            recordings: Mutex::default(),
            fetches: Mutex::default(),
            windows: Mutex::default(),
            silent: Mutex::default(),
        }
    }

    pub(crate) fn add(&self, id: &str, file: &str) -> Call {
        self.recordings.lock().unwrap().insert(id.to_owned(), Ok(golden(file)));
        let added = call(self.name.as_str(), id);
        self.calls.lock().unwrap().push(added.clone());
        added
    }

    pub(crate) fn add_failing(&self, id: &str, failure: fn() -> SourceError) {
        self.recordings.lock().unwrap().insert(id.to_owned(), Err(failure));
        self.calls.lock().unwrap().push(call(self.name.as_str(), id));
    }

    /// From now on the recording can be fetched.
    pub(crate) fn mend(&self, id: &str, file: &str) {
        self.recordings.lock().unwrap().insert(id.to_owned(), Ok(golden(file)));
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

    async fn calls(
        &self,
        window: TimeWindow,
        after: Option<SourceCursor>,
    ) -> Result<SourcePage, SourceError> {
        self.windows.lock().unwrap().push(window);
        {
            let mut silent = self.silent.lock().unwrap();
            if *silent > 0 {
                *silent -= 1;
                return Err(SourceError::Unavailable { message: "503".to_owned(), retry_after: None });
            }
        }
        let mut calls = self.calls.lock().unwrap().clone();
        calls.retain(|call| {
            window == TimeWindow::ALL || call.started_at.is_some_and(|at| window.contains(at.to_utc()))
        });
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
    name: Option<&'static str>,
    pub(crate) rows: Mutex<BTreeMap<String, (CallStatus, usize)>>,
    pub(crate) refusals: Mutex<Vec<SinkError>>,
    /// How many rows each delivery had.
    pub(crate) batches: Mutex<Vec<usize>>,
    /// Calls whose newest row says that somebody should ring back.
    pub(crate) call_backs: Mutex<BTreeSet<String>>,
}

impl FakeSink {
    pub(crate) fn named(name: &'static str) -> Self {
        Self { name: Some(name), ..Self::default() }
    }
}

#[async_trait]
impl ResultSink for FakeSink {
    fn name(&self) -> &'static str {
        self.name.unwrap_or("sheet")
    }

    fn kind(&self) -> SinkKind {
        SinkKind::Rows
    }

    async fn deliver(&self, rows: &[CallReport]) -> Result<DeliveryReceipt, SinkError> {
        if let Some(refusal) = self.refusals.lock().unwrap().pop() {
            return Err(refusal);
        }
        self.batches.lock().unwrap().push(rows.len());
        let mut kept = self.rows.lock().unwrap();
        let mut call_backs = self.call_backs.lock().unwrap();
        for row in rows {
            if row.call_back {
                call_backs.insert(row.call.external_id.clone());
            } else {
                call_backs.remove(&row.call.external_id);
            }
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
    pub(crate) analyzer: Arc<dyn Analyzer>,
    pub(crate) sink: Arc<FakeSink>,
    pub(crate) notifier: Arc<FakeNotifier>,
    pub(crate) max_cost: Option<domain::Money>,
    /// Of an endless worker.
    pub(crate) day_cap: Option<pipeline::DayCap>,
    /// Other sinks beside [`Self::sink`].
    pub(crate) more_sinks: Vec<Arc<FakeSink>>,
    /// What recognition costs per call; free without.
    pub(crate) price: Option<domain::Money>,
    pub(crate) window: WindowRequest,
    pub(crate) parallel: usize,
    /// Of an endless worker.
    pub(crate) poll: Duration,
    pub(crate) grace: Duration,
    /// A run leaves longer backoffs queued: the fake clock moves between runs, never within one.
    pub(crate) patience: Duration,
    words: Arc<transcribe::MemoryCache>,
}

impl Bench {
    /// Transcripts in the cache.
    pub(crate) fn words_kept(&self) -> usize {
        self.words.len()
    }

    pub(crate) fn new() -> Self {
        Self {
            place: tempfile::tempdir().unwrap(),
            clock: Arc::new(FakeClock::new()),
            source: Arc::new(FakeSource::new()),
            speech: Arc::new(FakeTranscriber::new()),
            analyzer: Arc::new(RulesAnalyzer::new()),
            sink: Arc::default(),
            notifier: Arc::default(),
            max_cost: None,
            day_cap: None,
            more_sinks: Vec::new(),
            price: None,
            window: TimeWindow::ALL.into(),
            parallel: 2,
            poll: Duration::from_millis(5),
            grace: Duration::from_secs(5),
            patience: Duration::ZERO,
            words: Arc::default(),
        }
    }

    /// Opens the database as a new process would.
    pub(crate) async fn pipeline(&self) -> Pipeline {
        let store =
            SqliteStore::open(&self.place.path().join("zvonar.db"), StoreOptions::default()).await.unwrap();
        let (worker, store): (_, Arc<dyn Store>) = (store.worker_id(), Arc::new(store));
        self.speech.bill(self.price);
        let mut sinks: Vec<Arc<dyn ResultSink>> = vec![self.sink.clone()];
        sinks.extend(self.more_sinks.iter().map(|sink| Arc::clone(sink) as Arc<dyn ResultSink>));
        let parts = Parts {
            transcriber: Arc::new(CachedTranscriber::new(self.speech.clone(), self.words.clone())),
            analyzer: Arc::clone(&self.analyzer),
            sinks,
            notifier: self.notifier.clone(),
            clock: self.clock.clone(),
            recordings: RecordingFolder::new(self.place.path().join("recordings"), 10_000_000),
            worker,
            store,
        };
        let settings = PipelineSettings {
            wait_for_backoff: self.patience,
            parallel: [self.parallel, self.parallel, self.parallel, 1],
            poll: self.poll,
            grace: self.grace,
            probe_after: Duration::ZERO,
            day_cap: self.day_cap,
            ..PipelineSettings::default()
        };
        Pipeline::new(parts, settings)
    }

    pub(crate) fn request(&self, rubric: &str) -> RunRequest {
        let rubrics = analyze::RubricLibrary::builtin();
        RunRequest {
            source: self.source.clone(),
            window: self.window,
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

/// An endless worker in the background.
pub(crate) struct Worker {
    pub(crate) pipeline: Pipeline,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<Result<(), store::StoreError>>,
}

impl Bench {
    /// Starts a worker with the bench's source and more of them.
    pub(crate) async fn serve(&self, more: Vec<Arc<dyn CallSource>>) -> Worker {
        let (pipeline, stop) = (self.pipeline().await, CancellationToken::new());
        let mut sources: Vec<Arc<dyn CallSource>> = vec![self.source.clone()];
        let folder = RecordingFolder::new(self.place.path().join("recordings"), 10_000_000);
        sources.push(Arc::new(pipeline::UploadSource::new(folder)));
        sources.extend(more);
        let request = ServeRequest { sources, rubric: rubric("manager-plus") };
        let (serving, stopped) = (pipeline.clone(), stop.clone());
        let task = tokio::spawn(async move { serving.serve(request, Arc::new(Unobserved), stopped).await });
        Worker { pipeline, stop, task }
    }
}

impl Worker {
    /// How the call stands when nothing more happens to it.
    pub(crate) async fn settled(&self, call: domain::CallId) -> CallReport {
        let patience = Duration::from_secs(20);
        let waited = self.pipeline.work().wait_for(self.pipeline.store().as_ref(), call, patience).await;
        waited.unwrap().unwrap()
    }

    /// Looks until it is so.
    pub(crate) async fn until(&self, what: &str, so: impl AsyncFn(&dyn Store) -> bool) {
        let looking = async {
            while !so(self.pipeline.store().as_ref()).await {
                tokio::task::yield_now().await;
            }
        };
        let seen = tokio::time::timeout(Duration::from_secs(20), looking).await;
        assert!(seen.is_ok(), "never: {what}");
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }

    /// Tells it to stop and goes on.
    pub(crate) fn begin_to_stop(&self) {
        self.stop.cancel();
    }
}

pub(crate) fn rubric(id: &str) -> Arc<domain::Rubric> {
    Arc::new(analyze::RubricLibrary::builtin().find(id).unwrap().clone())
}

/// The status of one call in a report.
pub(crate) fn status(report: &RunReport, id: &str) -> CallStatus {
    report.calls.iter().find(|call| call.call.external_id == id).unwrap().status
}
