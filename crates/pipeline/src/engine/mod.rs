//! The engine: discovers calls, then keeps every stage as busy as it may be until the run is done.

mod board;
mod budget;
mod deliver;
mod discover;
mod dispatch;
mod doors;
mod gather;
mod lane;
mod perform;
mod preview;
mod serve;
mod window;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use analyze::Analyzer;
use audio::SurveyOptions;
use domain::{
    CallError, CallId, Clock, Cost, CostItem, Lang, Money, OperatorChannel, Rubric, RubricId, SourceName,
};
use store::{JobState, PausedStage, Stage, Store, StoreError, WorkerId};
use tokio_util::sync::CancellationToken;
use transcribe::{CachedTranscriber, Hints};

pub use budget::DayCap;
pub(crate) use budget::{CapReached, Reservation};
pub use gather::{stored_report, stored_report_of, stored_reports};
pub use preview::{Estimate, Preview, PreviewCall, PreviewPrice};
pub use window::WindowRequest;

use crate::recordings::RecordingFolder;
use crate::report::{RunTotals, add_items, total_of, totals};
use crate::{
    CallReport, CallSource, DeliveryReceipt, GeneralWords, Intake, Notifier, ProviderWords, ResultSink,
    RunObserver, SinkError, SourceError, Work,
};

/// What the pipeline is made of; `app` chooses the parts.
pub struct Parts {
    /// Memory and queue.
    pub store: Arc<dyn Store>,
    /// Speech to text, with its cache.
    pub transcriber: Arc<CachedTranscriber>,
    /// Judgement.
    pub analyzer: Arc<dyn Analyzer>,
    /// Sinks that keep a row per call; snapshots belong to a run.
    pub sinks: Vec<Arc<dyn ResultSink>>,
    /// Messages.
    pub notifier: Arc<dyn Notifier>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Fetched recordings.
    pub recordings: RecordingFolder,
    /// Under which name jobs are leased.
    pub worker: WorkerId,
}

/// How the pipeline works.
#[derive(Debug, Clone)]
pub struct PipelineSettings {
    /// Talk under this is «Слишком короткий», ms.
    pub min_talk_ms: u64,
    /// The operator's channel of stereo recordings.
    pub operator: OperatorChannel,
    /// Language and names for the recogniser.
    pub hints: Hints,
    /// Limits and thresholds of the measurement.
    pub survey: SurveyOptions,
    /// Language of errors stored with a call.
    pub lang: Lang,
    /// Jobs of a stage at once: fetch, transcribe, analyze, deliver (batches).
    pub parallel: [usize; 4],
    /// Recordings decoded at once in the fetch stage: that is work of the processor, while fetching is
    /// waiting for others.
    pub measuring: usize,
    /// Jobs of a stage are claimed in so many times its width: few where other workers could have begun them
    /// meanwhile, and where more are lost to wait with a worker that dies.
    pub batch: usize,
    /// How long a claim holds without a heartbeat.
    pub lease: Duration,
    /// How often an endless worker looks for jobs that others made, and for pauses that others ended.
    pub poll: Duration,
    /// How long a stopped worker lets its jobs end before it gives them back.
    pub grace: Duration,
    /// When an endless worker asks a paused provider for the first time; later probes come twice as late
    /// each, up to ten minutes.
    pub probe_after: Duration,
    /// A run waits for backoffs up to this, and leaves longer ones queued.
    pub wait_for_backoff: Duration,
    /// What an endless worker may spend in a day; a run has a cap of its own.
    pub day_cap: Option<DayCap>,
    /// Micro-roubles per dollar, for a cap in the other currency.
    pub rub_micros_per_usd: i64,
    /// Speech to be recognised for a unit of talk, all channels together: for the price of recordings that
    /// nobody has measured yet. Over 1 where two people talk without pauses: each utterance is sent with a
    /// margin on both sides, and the price before should rather be above the receipt.
    pub speech_share: f64,
}

impl Default for PipelineSettings {
    fn default() -> Self {
        Self {
            min_talk_ms: 5_000,
            operator: OperatorChannel::Left,
            hints: Hints::default(),
            survey: SurveyOptions::default(),
            lang: Lang::Ru,
            parallel: [2, 2, 2, 1],
            measuring: 2,
            batch: 4,
            lease: Duration::from_mins(1),
            poll: Duration::from_secs(1),
            grace: Duration::from_secs(10),
            probe_after: Duration::from_secs(30),
            wait_for_backoff: Duration::from_mins(1),
            day_cap: None,
            rub_micros_per_usd: 90_000_000,
            speech_share: 1.1,
        }
    }
}

/// What to run.
pub struct RunRequest {
    /// Where calls come from.
    pub source: Arc<dyn CallSource>,
    /// Which calls.
    pub window: WindowRequest,
    /// At most so many.
    pub limit: Option<usize>,
    /// Judged under this.
    pub rubric: Arc<Rubric>,
    /// Reports written at the end, whole.
    pub reports: Vec<Arc<dyn ResultSink>>,
    /// Stop paid work here; the rest stays queued.
    pub max_cost: Option<Money>,
    /// For people: `folder /calls`.
    pub what: String,
}

/// What an endless worker works with.
pub struct ServeRequest {
    /// Where recordings are fetched from, each for the calls of its name.
    pub sources: Vec<Arc<dyn CallSource>>,
    /// Calls whose jobs name no rubric are judged under this.
    pub rubric: Arc<Rubric>,
}

/// What a run did.
#[derive(Debug)]
pub struct RunReport {
    /// Every call of the window, newest first.
    pub calls: Vec<CallReport>,
    /// Calls that failed for good in this very run; those that failed before are only reported.
    pub failed_now: usize,
    /// A person stopped it.
    pub interrupted: bool,
    /// The cap was reached with work left.
    pub money_ended: bool,
    /// A provider refused key, address or role.
    pub refused: Option<CallError>,
    /// Stages that wait for a probe.
    pub paused: Vec<PausedStage>,
    /// Rows that no sink has taken and that wait for a later run.
    pub rows_left: u64,
    /// What the reports said.
    pub deliveries: Vec<Result<DeliveryReceipt, SinkError>>,
    /// What the source could not read, in words.
    pub warnings: Vec<String>,
    /// What this run paid, by item; `None` = nothing. Each call's own cost is of all time.
    pub paid_now: Option<Cost>,
}

impl RunReport {
    /// The figures of the run; the cost is what it paid itself.
    pub fn totals(&self) -> RunTotals {
        RunTotals { cost: self.paid_now.clone(), ..totals(&self.calls) }
    }
}

/// Why a run could not go on. Nothing is lost: the next run continues.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The source.
    #[error("{source_name}: {cause}")]
    Source {
        /// Which.
        source_name: SourceName,
        /// Why.
        cause: SourceError,
    },
}

/// The pipeline: cheap to clone, one set of parts.
#[derive(Clone)]
pub struct Pipeline {
    parts: Arc<Parts>,
    settings: Arc<PipelineSettings>,
    words: Arc<dyn ProviderWords>,
    work: Work,
}

impl Pipeline {
    /// Puts the parts together.
    pub fn new(parts: Parts, settings: PipelineSettings) -> Self {
        Self {
            parts: Arc::new(parts),
            settings: Arc::new(settings),
            words: Arc::new(GeneralWords),
            work: Work::new(),
        }
    }

    /// Tells of its work, and is woken, through a handle that others hold already.
    #[must_use]
    pub fn with_work(mut self, work: Work) -> Self {
        self.work = work;
        self
    }

    /// Says trouble of providers in the words of somebody who knows them.
    #[must_use]
    pub fn with_words(mut self, words: Arc<dyn ProviderWords>) -> Self {
        self.words = words;
        self
    }

    /// How far calls are, and how to say that there is more to do.
    pub fn work(&self) -> &Work {
        &self.work
    }

    /// Takes calls in for this pipeline's worker; recordings over its folder's limit are refused.
    pub fn intake(&self) -> Intake {
        let Parts { store, clock, recordings, worker, .. } = self.parts.as_ref();
        let (store, clock) = (Arc::clone(store), Arc::clone(clock));
        Intake::new(store, clock, recordings.clone(), worker.clone(), self.work.clone())
    }

    /// The store it works on.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.parts.store
    }

    /// Takes every call of the window as far as it goes, and reports all of them.
    ///
    /// Resumable: jobs left by a killed process are freed and taken up; calls that are final are
    /// reported as they are. `stop` ends it cleanly: work in hand goes back to the queue.
    ///
    /// # Errors
    /// When the store or the source's listing fails; failures of single calls are in the report.
    pub async fn run(
        &self,
        request: RunRequest,
        observer: Arc<dyn RunObserver>,
        stop: CancellationToken,
    ) -> Result<RunReport, RunError> {
        let ctx = self.begin(&request, observer, stop).await?;
        let warnings = ctx.discover(&request).await?;
        self.finish(ctx, &request.reports, warnings).await
    }

    /// Only finds the calls of the window and makes their first jobs: an endless worker, here or elsewhere,
    /// does the rest, under its own rubric. Returns what a person should know.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn discover(
        &self,
        request: &RunRequest,
        observer: Arc<dyn RunObserver>,
        stop: CancellationToken,
    ) -> Result<Vec<String>, RunError> {
        self.discover_with(request, false, observer, stop).await
    }

    /// [`Self::discover`] whose new calls are judged under the rubric of the request, whatever that of the
    /// worker is.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn discover_under(
        &self,
        request: &RunRequest,
        observer: Arc<dyn RunObserver>,
        stop: CancellationToken,
    ) -> Result<Vec<String>, RunError> {
        self.discover_with(request, true, observer, stop).await
    }

    async fn discover_with(
        &self,
        request: &RunRequest,
        pins: bool,
        observer: Arc<dyn RunObserver>,
        stop: CancellationToken,
    ) -> Result<Vec<String>, RunError> {
        self.parts.store.save_rubric(&request.rubric, self.parts.clock.now()).await?;
        let ctx = RunContext { pins, ..RunContext::new(self, None, request, observer, stop) };
        let warnings = ctx.discover(request).await?;
        self.work.wake();
        Ok(warnings)
    }

    /// Judges calls anew under a rubric, without paying for their speech again.
    ///
    /// Calls without words (missed, silent, unreadable) stay as they are and are only reported.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn rescore(
        &self,
        calls: &[CallId],
        request: RunRequest,
        observer: Arc<dyn RunObserver>,
        stop: CancellationToken,
    ) -> Result<RunReport, RunError> {
        let ctx = self.begin(&request, observer, stop).await?;
        ctx.requeue_analysis(calls).await?;
        self.finish(ctx, &request.reports, Vec::new()).await
    }

    /// Frees what a dead process held, opens the run.
    async fn begin(
        &self,
        request: &RunRequest,
        observer: Arc<dyn RunObserver>,
        stop: CancellationToken,
    ) -> Result<Arc<RunContext>, RunError> {
        let (store, clock) = (&self.parts.store, &self.parts.clock);
        store.save_rubric(&request.rubric, clock.now()).await?;
        store.recover(clock.now()).await?;
        let run = store.start_run(&request.what, clock.now()).await?;
        Ok(Arc::new(RunContext::new(self, Some(run), request, observer, stop)))
    }

    /// Works until the run is done, and tells what became of its calls.
    async fn finish(
        &self,
        ctx: Arc<RunContext>,
        reports: &[Arc<dyn ResultSink>],
        warnings: Vec<String>,
    ) -> Result<RunReport, RunError> {
        let paused = self.parts.store.paused().await?;
        let done = dispatch::Dispatcher::new(Arc::clone(&ctx), &paused).until_done().await?;
        let calls = ctx.gather().await?;
        let mut deliveries = Vec::new();
        // half a report must not take the place of a whole one
        for sink in reports.iter().filter(|_| !ctx.stop.is_cancelled()) {
            deliveries.push(sink.deliver(&calls).await);
        }
        let rows_left = ctx.rows_left().await?;
        if let Some(run) = ctx.run {
            self.parts.store.finish_run(run, self.parts.clock.now()).await?;
        }
        Ok(RunReport {
            calls,
            failed_now: ctx.board.failures(),
            interrupted: ctx.stop.is_cancelled(),
            money_ended: done.money_ended,
            refused: ctx.refusal(),
            paid_now: ctx.paid_now(),
            paused: self.parts.store.paused().await?,
            rows_left,
            deliveries,
            warnings,
        })
    }
}

/// What the jobs of one run share.
pub(crate) struct RunContext {
    pub(crate) parts: Arc<Parts>,
    pub(crate) settings: Arc<PipelineSettings>,
    pub(crate) sources: HashMap<SourceName, Arc<dyn CallSource>>,
    pub(crate) rubric: Arc<Rubric>,
    pub(crate) observer: Arc<dyn RunObserver>,
    pub(crate) stop: CancellationToken,
    /// `None` = every call of the store.
    pub(crate) run: Option<store::RunId>,
    /// Jobs of new calls name the rubric.
    pub(crate) pins: bool,
    /// Reports are as judged under this; `None` = most lately.
    pub(crate) judged_under: Option<RubricId>,
    pub(crate) work: Work,
    pub(crate) board: board::Board,
    pub(crate) budget: budget::Budget,
    pub(crate) words: Arc<dyn ProviderWords>,
    doors: doors::Doors,
    pub(crate) surveys: crate::stages::SurveyOnce,
    paid: std::sync::Mutex<Vec<CostItem>>,
    refusal: std::sync::Mutex<Option<CallError>>,
}

impl RunContext {
    fn new(
        pipeline: &Pipeline,
        run: Option<store::RunId>,
        request: &RunRequest,
        observer: Arc<dyn RunObserver>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            parts: Arc::clone(&pipeline.parts),
            settings: Arc::clone(&pipeline.settings),
            sources: HashMap::from([(request.source.name().clone(), Arc::clone(&request.source))]),
            rubric: Arc::clone(&request.rubric),
            observer: Arc::clone(&observer),
            stop,
            run,
            pins: false,
            judged_under: Some(request.rubric.id.clone()),
            work: pipeline.work.clone(),
            board: board::Board::new(observer),
            budget: budget::Budget::new(request.max_cost, pipeline.settings.rub_micros_per_usd),
            words: Arc::clone(&pipeline.words),
            doors: doors::Doors::new(pipeline.settings.probe_after),
            surveys: crate::stages::SurveyOnce::new(pipeline.settings.measuring),
            paid: std::sync::Mutex::default(),
            refusal: std::sync::Mutex::new(None),
        }
    }

    /// For every call of the store, until it is stopped.
    fn endless(pipeline: &Pipeline, request: ServeRequest, observer: Arc<dyn RunObserver>) -> Self {
        let named = request.sources.into_iter().map(|source| (source.name().clone(), source));
        Self {
            parts: Arc::clone(&pipeline.parts),
            settings: Arc::clone(&pipeline.settings),
            sources: named.collect(),
            rubric: request.rubric,
            observer: Arc::clone(&observer),
            stop: CancellationToken::new(),
            run: None,
            pins: false,
            judged_under: None,
            work: pipeline.work.clone(),
            board: board::Board::endless(observer),
            budget: budget::Budget::daily(pipeline.settings.day_cap, pipeline.settings.rub_micros_per_usd),
            words: Arc::clone(&pipeline.words),
            doors: doors::Doors::new(pipeline.settings.probe_after),
            surveys: crate::stages::SurveyOnce::new(pipeline.settings.measuring),
            paid: std::sync::Mutex::default(),
            refusal: std::sync::Mutex::new(None),
        }
    }

    /// What the fetch stage of this context is paused under: a run's one source. A worker has many, and doors.
    fn only_source(&self) -> Option<&SourceName> {
        self.run.and_then(|_| self.sources.keys().next())
    }

    /// Rows of the run's calls that are due or put off. Those of a paused sink are told of by its pause.
    async fn rows_left(&self) -> Result<u64, StoreError> {
        if self.parts.sinks.is_empty() {
            return Ok(0);
        }
        let counts = self.parts.store.queue_counts(self.run).await?;
        let left =
            counts.iter().filter(|count| count.stage == Stage::Deliver && count.state == JobState::Ready);
        Ok(left.map(|count| count.count).sum())
    }

    /// Sets money aside under the run's cap, or under the day's with what others spent today.
    pub(crate) async fn reserve(
        &self,
        stage: Stage,
        estimate: Option<Money>,
    ) -> Result<Result<Reservation<'_>, CapReached>, StoreError> {
        if let Some(midnight) = self.budget.wants_to_know(self.parts.clock.now()) {
            let spent = self.parts.store.spent_since(midnight).await?;
            self.budget.learn(midnight, &spent);
        }
        Ok(self.budget.reserve(stage, estimate).await)
    }

    /// Notes what a job cost and tells what was spent so far, if anything was paid just now.
    pub(crate) fn paid(&self, cost: Option<&Cost>, sum: Option<Money>) {
        if let (Some(cost), Ok(mut paid)) = (cost, self.paid.lock()) {
            add_items(&mut paid, cost.items.iter().cloned());
        }
        if let Some(sum) = sum {
            self.observer.event(crate::RunEvent::Spent(sum));
        }
    }

    fn paid_now(&self) -> Option<Cost> {
        let items = self.paid.lock().ok()?.clone();
        total_of(items)
    }

    /// Remembers the first refusal of a provider.
    pub(crate) fn refuse(&self, reason: &CallError) {
        if let Ok(mut refusal) = self.refusal.lock() {
            refusal.get_or_insert_with(|| reason.clone());
        }
    }

    fn refusal(&self) -> Option<CallError> {
        self.refusal.lock().ok().and_then(|refusal| refusal.clone())
    }

    /// The target of this run's analysis jobs.
    pub(crate) fn rubric_target(&self) -> String {
        format!("{}@{}", self.rubric.id, self.rubric.revision)
    }

    /// The jobs that hand a finished call to every sink with rows.
    pub(crate) fn deliveries_of(&self, call: domain::CallId) -> Vec<store::NewJob> {
        self.parts
            .sinks
            .iter()
            .map(|sink| store::NewJob { call, stage: Stage::Deliver, target: sink.name().to_owned() })
            .collect()
    }
}
