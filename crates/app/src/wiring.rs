//! Puts the parts together: which concrete thing stands behind which port.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use domain::{CallId, Clock, Lang, Rubric, RubricId, SystemClock};
use http_client::{HttpClient, HttpClientConfig};
use pipeline::{
    CallReport, CallSource, CsvReport, DayCap, FolderOptions, FolderSource, Parts, Pipeline,
    PipelineSettings, RecordingFolder, ReportOptions, ResultSink, SinkError, Work, XlsxReport,
};
use store::{CallRecord, SqliteStore, Store, WorkerId};
use tokio::sync::OnceCell;
use transcribe::CachedTranscriber;
use transcribe::models::ModelStore;
use voximplant_client::VoximplantClient;

use crate::adapters::{BucketShelf, NoSpeech, UisSource};
use crate::database::{self, DatabasePlace, database_place};
use crate::provider_words::KnownProviders;
use crate::providers::proxied;
use crate::rounds::Bell;
use crate::system::cores;
use crate::words::store_error;
use crate::{AppError, Config, Figures, RecordingsPlace, SpeechEngine, VoiceRoom};

/// A recording that comes over the wire is refused past this size.
const MAX_RECORDING_BYTES: u64 = 2 << 30;
/// Recordings fetched at once: fetching is waiting, and a slow server far away must not keep a file that is
/// here from being looked at. Those that are decoded at once are fewer.
const FETCHES: usize = 16;

/// One installation with its parts.
pub struct App {
    config: Config,
    clock: Arc<dyn Clock>,
    store: Arc<dyn Store>,
    worker: WorkerId,
    models: ModelStore,
    recordings: RecordingFolder,
    pub(crate) work: Work,
    figures: Figures,
    pub(crate) bell: Bell,
    pub(crate) uis: OnceLock<Arc<UisSource>>,
    pub(crate) voximplant: OnceLock<Arc<VoximplantClient>>,
    pub(crate) voice: OnceCell<Arc<VoiceRoom>>,
}

impl App {
    /// Opens the database; models and recordings wait until they are needed.
    ///
    /// # Errors
    /// When the data folder or the database cannot be used.
    pub async fn open(config: Config) -> Result<Self, AppError> {
        let (store, worker) = Box::pin(database::open(&config)).await?;
        Box::pin(Self::opened(config, store, worker)).await
    }

    /// For a program that stays, a worker or the service: a database server that is away is waited for, up to
    /// two minutes, with a line in the log.
    ///
    /// # Errors
    /// As [`Self::open`]; what a person must mend ends it at once.
    pub async fn open_to_stay(config: Config) -> Result<Self, AppError> {
        let (store, worker) = Box::pin(database::open_when_it_answers(&config)).await?;
        Box::pin(Self::opened(config, store, worker)).await
    }

    async fn opened(config: Config, store: Arc<dyn Store>, worker: WorkerId) -> Result<Self, AppError> {
        let app = Self::with_store(config, store, worker)?;
        app.leavings().sweep().await;
        Ok(app)
    }

    /// For a look: where there is no database yet none is made, and nothing is written anywhere.
    ///
    /// # Errors
    /// When a database that is there cannot be used.
    pub async fn look(config: Config) -> Result<Self, AppError> {
        match database_place(&config)? {
            DatabasePlace::File(path) if !path.exists() => Self::without_database(config).await,
            _ => Self::open(config).await,
        }
    }

    /// With a memory that is forgotten: for looking at the other parts.
    pub(crate) async fn without_database(config: Config) -> Result<Self, AppError> {
        let store = SqliteStore::in_memory().await.map_err(|error| store_error(config.lang, &error))?;
        let worker = store.worker_id();
        Self::with_store(config, Arc::new(store), worker)
    }

    fn with_store(config: Config, store: Arc<dyn Store>, worker: WorkerId) -> Result<Self, AppError> {
        let models = ModelStore::new(config.data_dir.join("models")).with_home(&config.models_url);
        Ok(Self {
            recordings: recordings_of(&config)?,
            clock: Arc::new(SystemClock),
            store,
            worker,
            models,
            work: Work::new(),
            figures: Figures::new(),
            bell: Bell::default(),
            uis: OnceLock::new(),
            voximplant: OnceLock::new(),
            voice: OnceCell::new(),
            config,
        })
    }

    /// The same installation, counted where its spans are.
    #[must_use]
    pub fn watched_by(self, figures: Figures) -> Self {
        Self { figures, ..self }
    }

    /// Counts and times of this process.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The database.
    pub fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    /// The time.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// Whisper models on this machine.
    pub fn models(&self) -> &ModelStore {
        &self.models
    }

    /// Fetches models: no limit on the whole, for a model is large and lines are slow; only on silence.
    ///
    /// # Errors
    /// When the configured proxy is no address.
    pub fn http(&self) -> Result<HttpClient, AppError> {
        HttpClient::new(HttpClientConfig {
            total_timeout: None,
            read_timeout: Duration::from_mins(1),
            ..self.policy(None)
        })
        .map_err(|error| AppError::usage("http_client", error.to_string(), "HTTPS_PROXY"))
    }

    /// The pipeline with the configured parts.
    ///
    /// # Errors
    /// When an engine's settings cannot be used, or its model is not installed.
    pub fn pipeline(&self, sinks: Vec<Arc<dyn ResultSink>>) -> Result<Pipeline, AppError> {
        self.pipeline_with(self.transcriber()?, sinks)
    }

    /// The pipeline for judging words that are there already: needs no speech model.
    ///
    /// # Errors
    /// When the language model's settings cannot be used.
    pub fn judging_pipeline(&self, sinks: Vec<Arc<dyn ResultSink>>) -> Result<Pipeline, AppError> {
        self.pipeline_with(self.no_speech(), sinks)
    }

    /// An engine that has no model: speech waits for one, and nothing else does.
    pub(crate) fn no_speech(&self) -> CachedTranscriber {
        self.cached(Arc::new(NoSpeech { model: self.config.model.clone() }))
    }

    /// The pipeline for a dry run: it knows prices, and a speech model that is not here yet is no reason
    /// to say nothing.
    ///
    /// # Errors
    /// When a provider's settings cannot be used.
    pub fn looking_pipeline(&self) -> Result<Pipeline, AppError> {
        match self.transcriber() {
            Ok(transcriber) => self.pipeline_with(transcriber, Vec::new()),
            Err(error) if error.code == "model_missing" => self.judging_pipeline(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn pipeline_with(
        &self,
        transcriber: CachedTranscriber,
        sinks: Vec<Arc<dyn ResultSink>>,
    ) -> Result<Pipeline, AppError> {
        let settings = self.pipeline_settings();
        self.pipeline_of(transcriber, sinks, settings)
    }

    pub(crate) fn pipeline_of(
        &self,
        transcriber: CachedTranscriber,
        sinks: Vec<Arc<dyn ResultSink>>,
        settings: PipelineSettings,
    ) -> Result<Pipeline, AppError> {
        let parts = Parts {
            store: Arc::clone(&self.store),
            transcriber: Arc::new(transcriber),
            analyzer: self.analyzer()?,
            sinks,
            notifier: Arc::new(self.bell.clone()),
            clock: Arc::clone(&self.clock),
            recordings: self.recordings(),
            worker: self.worker.clone(),
        };
        Ok(Pipeline::new(parts, settings).with_words(Arc::new(KnownProviders)).with_work(self.work.clone()))
    }

    pub(crate) fn pipeline_settings(&self) -> PipelineSettings {
        // what others work on is bounded by how much they take at once, not by this machine
        let outside = self.config.openai.concurrent.max(cores());
        let local = self.speech_engines().contains(&SpeechEngine::Local);
        let speech = self.config.jobs.unwrap_or(if local { cores() } else { outside.div_ceil(2) });
        let judgement = if self.judged_by_model() { outside } else { cores() };
        PipelineSettings {
            min_talk_ms: self.config.min_talk_ms,
            operator: self.config.operator,
            hints: self.hints(),
            lang: self.config.lang,
            parallel: [cores().max(FETCHES), speech, judgement, 1],
            measuring: cores(),
            batch: if matches!(database_place(&self.config), Ok(DatabasePlace::Server(_))) { 1 } else { 4 },
            day_cap: self.config.daily_budget.map(|most| DayCap { most, zone: self.config.timezone }),
            rub_micros_per_usd: self.config.rub_micros_per_usd,
            ..PipelineSettings::default()
        }
    }

    /// Where fetched and sent recordings lie; also finds the file of a `Recording::location`.
    pub fn recordings(&self) -> RecordingFolder {
        self.recordings.clone()
    }

    /// Our page of a call, as links from outside lead to it; `None` without `BACKEND_URL`.
    pub fn page_url(&self, call: CallId) -> Option<String> {
        self.config.backend_url.as_ref().map(|address| format!("{address}/history/{call}"))
    }

    pub(crate) fn worker(&self) -> WorkerId {
        self.worker.clone()
    }

    /// A folder, or single files, as a source.
    pub fn folder_source(&self, paths: Vec<PathBuf>) -> Arc<dyn CallSource> {
        Arc::new(FolderSource::new(FolderOptions {
            paths,
            zone: self.config.timezone,
            lang: self.config.lang,
        }))
    }

    /// The report that a path's ending asks for.
    ///
    /// # Errors
    /// An ending that is neither `.xlsx` nor `.csv`.
    pub fn report_sink(&self, path: &Path, rubric: &Rubric) -> Result<Arc<dyn ResultSink>, AppError> {
        let options = ReportOptions {
            lang: self.config.lang,
            zone: self.config.timezone,
            rubric: rubric.clone(),
            page_url: self.config.backend_url.clone(),
        };
        match path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).as_deref() {
            Some("xlsx") => Ok(Arc::new(XlsxReport::new(path, options))),
            Some("csv") => Ok(Arc::new(CsvReport::new(path, options))),
            _ => Err(AppError::usage(
                "report_format",
                format!(
                    "{}: {}",
                    self.lang().pick("отчёт бывает .xlsx или .csv", "a report is .xlsx or .csv"),
                    path.display()
                ),
                self.lang().pick("например: --report report.xlsx", "for example: --report report.xlsx"),
            )),
        }
    }

    /// Whether a report could be written there: told before the work, not after it.
    ///
    /// # Errors
    /// No such folder, no right to write.
    pub fn check_report(&self, path: &Path) -> Result<(), AppError> {
        pipeline::check_report_place(path, self.lang()).map_err(|error| match error {
            SinkError::NotWritable { place, why, hint } => {
                let said = match self.lang() {
                    Lang::Ru => format!("отчёт {place} не записать: {why}"),
                    Lang::En => format!("the report {place} cannot be written: {why}"),
                };
                AppError::usage("report_place", said, hint)
            }
            error => AppError::usage("report_place", error.to_string(), ""),
        })
    }

    /// Everything known about a call.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn report(
        &self,
        id: CallId,
        rubric: Option<&RubricId>,
    ) -> Result<Option<CallReport>, AppError> {
        pipeline::stored_report(self.store.as_ref(), id, rubric)
            .await
            .map_err(|error| store_error(self.lang(), &error))
    }

    /// The same of a call that was read already.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn report_of(
        &self,
        record: CallRecord,
        rubric: Option<&RubricId>,
    ) -> Result<CallReport, AppError> {
        pipeline::stored_report_of(self.store.as_ref(), record, rubric)
            .await
            .map_err(|error| store_error(self.lang(), &error))
    }

    pub(crate) fn lang(&self) -> Lang {
        self.config.lang
    }
}

fn recordings_of(config: &Config) -> Result<RecordingFolder, AppError> {
    let own = config.data_dir.join("recordings");
    let settings = match &config.recordings {
        None => return Ok(RecordingFolder::new(own, MAX_RECORDING_BYTES)),
        Some(RecordingsPlace::Folder(folder)) => {
            return Ok(RecordingFolder::new(folder.clone(), MAX_RECORDING_BYTES));
        }
        Some(RecordingsPlace::Bucket(settings)) => settings,
    };
    let wrong = |why: String| AppError::usage("recordings_url", why, "RECORDINGS_URL, AWS_ENDPOINT_URL");
    // a recording may be large and a line slow: only silence is too long
    let http = HttpClient::new(HttpClientConfig { total_timeout: None, ..proxied(config, None) })
        .map_err(|error| wrong(error.to_string()))?;
    let shelf = BucketShelf::new(settings, http).map_err(|error| wrong(error.to_string()))?;
    let scratch = RecordingFolder::new(config.data_dir.join("scratch"), MAX_RECORDING_BYTES);
    Ok(scratch.before(Arc::new(shelf), settings.scratch_bytes).besides(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_look_at_a_fresh_installation_leaves_no_trace() {
        let place = tempfile::tempdir().unwrap();
        let app = App::look(crate::testing::config_in(place.path(), &[])).await.unwrap();
        assert_eq!(app.store().count_calls(&store::CallFilter::default()).await.unwrap(), 0);
        assert!(!place.path().join("data").exists());
    }
}
