//! Puts the parts together: which concrete thing stands behind which port.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use analyze::{Analyzer, RubricLibrary, RulesAnalyzer, parse_dialogue};
use domain::{
    Analysis, Call, CallId, Clock, Direction, Lang, Rubric, RubricId, Sha256, SourceName, Survey,
    SystemClock, Transcript,
};
use http_client::{HttpClient, HttpClientConfig, ProxyConfig};
use pipeline::{
    CallReport, CallSource, CsvReport, FolderOptions, FolderSource, Parts, Pipeline, PipelineSettings,
    RecordingFolder, ReportOptions, ResultSink, SilentNotifier, XlsxReport,
};
use secrecy::ExposeSecret as _;
use store::{SqliteStore, Store, StoreOptions, WorkerId};
use transcribe::models::{ModelError, ModelStore};
use transcribe::whisper::{WhisperLocal, WhisperOptions};
use transcribe::{CachedTranscriber, CallAudio, Hints, NoProgress, Progress, TranscribeError, Transcriber};

use crate::adapters::{NoSpeech, StoredTranscripts};
use crate::system::cores;
use crate::{AnalyzerChoice, AppError, Config, TranscriberChoice};

/// A recording that comes over the wire is refused past this size.
const MAX_RECORDING_BYTES: u64 = 2 << 30;

/// Which engines work, in words for the head of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engines {
    /// «Whisper base, этот компьютер».
    pub speech: String,
    /// «правила».
    pub analysis: String,
    /// A warning, where the words are not to be relied on.
    pub inexact: Option<String>,
}

/// A file turned into text.
#[derive(Debug, Clone, PartialEq)]
pub struct FileTranscript {
    /// What was measured.
    pub survey: Survey,
    /// The words.
    pub transcript: Transcript,
    /// Nothing was decoded now.
    pub cached: bool,
}

/// One installation with its parts.
pub struct App {
    config: Config,
    clock: Arc<dyn Clock>,
    store: Arc<dyn Store>,
    worker: WorkerId,
    models: ModelStore,
}

impl App {
    /// Opens the database; models and recordings wait until they are needed.
    ///
    /// # Errors
    /// When the data folder or the database cannot be used.
    pub async fn open(config: Config) -> Result<Self, AppError> {
        let path = database_path(&config)?;
        let store = SqliteStore::open(&path, StoreOptions::default())
            .await
            .map_err(|error| AppError::store(config.lang, &error))?;
        let worker = store.worker_id();
        let models = ModelStore::new(config.data_dir.join("models")).with_home(&config.models_url);
        Ok(Self { clock: Arc::new(SystemClock), store: Arc::new(store), worker, models, config })
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
            proxy: self.config.proxy.clone().map(|url| ProxyConfig { url, bypass: None }),
            total_timeout: None,
            read_timeout: Duration::from_mins(1),
            ..HttpClientConfig::default()
        })
        .map_err(|error| AppError::usage("http_client", error.to_string(), "HTTPS_PROXY"))
    }

    /// Built-in rubrics and those in the `rubrics` folder of the data folder.
    ///
    /// # Errors
    /// When one of the customer's files has a mistake.
    pub fn rubrics(&self) -> Result<Vec<Rubric>, AppError> {
        library(&self.config).map(|library| library.all().to_vec())
    }

    /// A rubric by id, or from a file.
    ///
    /// # Errors
    /// Unknown id (with the nearest known), unreadable or wrong file.
    pub fn rubric(&self, id_or_file: &str) -> Result<Rubric, AppError> {
        find_rubric(&self.config, id_or_file)
    }

    /// The pipeline with the configured parts.
    ///
    /// # Errors
    /// When the speech model is not installed.
    pub fn pipeline(&self) -> Result<Pipeline, AppError> {
        Ok(self.pipeline_with(self.transcriber()?))
    }

    /// The pipeline for judging words that are there already: needs no speech model.
    pub fn judging_pipeline(&self) -> Pipeline {
        let missing = NoSpeech { model: self.config.model.clone() };
        self.pipeline_with(self.cached(Arc::new(missing)))
    }

    fn pipeline_with(&self, transcriber: CachedTranscriber) -> Pipeline {
        let jobs = self.config.jobs.unwrap_or_else(cores);
        let parts = Parts {
            store: Arc::clone(&self.store),
            transcriber: Arc::new(transcriber),
            analyzer: self.analyzer(),
            sinks: Vec::new(),
            notifier: Arc::new(SilentNotifier),
            clock: Arc::clone(&self.clock),
            recordings: RecordingFolder::new(self.config.data_dir.join("recordings"), MAX_RECORDING_BYTES),
            worker: self.worker.clone(),
        };
        let settings = PipelineSettings {
            min_talk_ms: self.config.min_talk_ms,
            operator: self.config.operator,
            hints: self.hints(),
            lang: self.config.lang,
            parallel: [cores(), jobs, cores(), 1],
            rub_micros_per_usd: self.config.rub_micros_per_usd,
            ..PipelineSettings::default()
        };
        Pipeline::new(parts, settings)
    }

    /// A folder, or single files, as a source.
    pub fn folder_source(&self, paths: Vec<PathBuf>) -> Arc<dyn CallSource> {
        Arc::new(FolderSource::new(FolderOptions { paths, zone: self.config.timezone }))
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
            page_url: None,
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

    /// Turns one file into text, without making a call of it.
    ///
    /// # Errors
    /// Unreadable recording, missing model.
    pub async fn transcribe_file(
        &self,
        path: &Path,
        progress: &dyn Progress,
    ) -> Result<FileTranscript, AppError> {
        let transcriber = self.transcriber()?;
        let (survey, sha256) = self.measure(path).await?;
        let survey = Arc::new(survey);
        let audio = CallAudio {
            path: path.to_owned(),
            sha256,
            survey: Arc::clone(&survey),
            operator: self.config.operator,
        };
        let (transcript, cached) = transcriber
            .transcribe_cached(&audio, &self.hints(), progress)
            .await
            .map_err(|error| self.not_transcribed(path, &error))?;
        Ok(FileTranscript { survey: Survey::clone(&survey), transcript, cached })
    }

    /// The same without looking at what was decoded before: for a probe of the model itself.
    pub(crate) async fn transcribe_uncached(&self, path: &Path) -> Result<Transcript, AppError> {
        let (survey, sha256) = self.measure(path).await?;
        let audio = CallAudio {
            path: path.to_owned(),
            sha256,
            survey: Arc::new(survey),
            operator: self.config.operator,
        };
        let heard = self.whisper()?.transcribe(&audio, &self.hints(), &NoProgress).await;
        heard.map_err(|error| self.not_transcribed(path, &error))
    }

    /// Decodes a file to its end and hashes it.
    async fn measure(&self, path: &Path) -> Result<(Survey, Sha256), AppError> {
        let measured = path.to_owned();
        tokio::task::spawn_blocking(move || {
            let survey = audio::survey(&measured, &audio::SurveyOptions::default())?;
            Ok((survey, pipeline::sha256_of_file(&measured)?))
        })
        .await
        .unwrap_or_else(|lost| Err(audio::AudioError::Io(std::io::Error::other(lost))))
        .map_err(|error| self.unreadable(path, &error))
    }

    /// Judges a typed dialogue.
    ///
    /// # Errors
    /// Empty or too long text; whatever the engine refuses.
    pub async fn analyze_dialogue(&self, text: &str, rubric: &Rubric) -> Result<Analysis, AppError> {
        let transcript = parse_dialogue(text).map_err(|error| {
            AppError::usage(
                "dialogue",
                error.to_string(),
                self.lang().pick(
                    "пример: Клиент: Привет! Менеджер: Добрый день!",
                    "example: Client: Hi! Manager: Good afternoon!",
                ),
            )
        })?;
        self.analyzer().analyze(&typed_call(text), &transcript, rubric).await.map_err(|error| {
            AppError::failed(
                "analysis",
                error.to_string(),
                self.lang().pick("проверьте: zvonar doctor", "check: zvonar doctor"),
            )
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
            .map_err(|error| AppError::store(self.lang(), &error))
    }

    /// Which engines work.
    pub fn engines(&self) -> Engines {
        let (lang, model) = (self.lang(), &self.config.model);
        let inexact = model.starts_with("base") || model.starts_with("tiny");
        Engines {
            speech: format!("Whisper {model}, {}", lang.pick("этот компьютер", "this machine")),
            analysis: lang.pick("правила, этот компьютер", "rules, this machine").to_owned(),
            inexact: inexact.then(|| match lang {
                Lang::Ru => format!("Слова Whisper {model} неточны. Точнее: zvonar model pull small"),
                Lang::En => {
                    format!("The words of Whisper {model} are inexact. Better: zvonar model pull small")
                }
            }),
        }
    }

    pub(crate) fn lang(&self) -> Lang {
        self.config.lang
    }

    fn hints(&self) -> Hints {
        Hints { language: "ru".to_owned(), phrases: self.config.phrases.clone() }
    }

    /// What judges, as configured.
    pub fn analyzer(&self) -> Arc<dyn Analyzer> {
        match self.config.analyzer {
            AnalyzerChoice::Auto | AnalyzerChoice::Rules => Arc::new(RulesAnalyzer::new()),
        }
    }

    /// Local Whisper behind the store's cache.
    fn transcriber(&self) -> Result<CachedTranscriber, AppError> {
        let engine = match self.config.transcriber {
            TranscriberChoice::Auto | TranscriberChoice::Local => Arc::new(self.whisper()?),
        };
        Ok(self.cached(engine))
    }

    fn cached(&self, engine: Arc<dyn Transcriber>) -> CachedTranscriber {
        CachedTranscriber::new(engine, Arc::new(StoredTranscripts(self.store())))
    }

    fn whisper(&self) -> Result<WhisperLocal, AppError> {
        let jobs = self.config.jobs.unwrap_or_else(cores).min(cores());
        let options = WhisperOptions {
            model_name: Some(self.config.model.clone()),
            ..WhisperOptions::for_cores(u16::try_from(jobs).unwrap_or(u16::MAX))
        };
        let model = &self.config.model;
        let path = self.models.path(model).map_err(|error| match error {
            ModelError::Missing { .. } => self.model_missing(),
            error => AppError::usage("model", error.to_string(), "zvonar model list"),
        })?;
        WhisperLocal::open(&path, options).map_err(|_| self.model_missing())
    }

    fn model_missing(&self) -> AppError {
        let model = &self.config.model;
        let (message, hint) = match self.lang() {
            Lang::Ru => (
                format!("модель речи «{model}» не установлена"),
                format!(
                    "скачайте: zvonar model pull {model}, или возьмите из папки: zvonar model import ПАПКА"
                ),
            ),
            Lang::En => (
                format!("the speech model {model:?} is not installed"),
                format!("download it: zvonar model pull {model}, or take a folder: zvonar model import DIR"),
            ),
        };
        AppError::usage("model_missing", message, hint)
    }

    fn unreadable(&self, path: &Path, error: &audio::AudioError) -> AppError {
        let said = pipeline::audio_error(self.lang(), error);
        AppError::failed(error.code(), format!("{}: {}", path.display(), said.message), said.hint)
    }

    fn not_transcribed(&self, path: &Path, error: &TranscribeError) -> AppError {
        match error {
            TranscribeError::Audio(error) => self.unreadable(path, error),
            TranscribeError::ModelMissing { .. } => self.model_missing(),
            error => AppError::failed(
                error.code(),
                format!("{}: {error}", path.display()),
                self.lang().pick("проверьте: zvonar doctor", "check: zvonar doctor"),
            ),
        }
    }
}

/// Built-in rubrics under those of the data folder.
pub(crate) fn library(config: &Config) -> Result<RubricLibrary, AppError> {
    let mut library = RubricLibrary::builtin();
    let folder = config.data_dir.join("rubrics");
    if folder.is_dir() {
        library.load_dir(&folder).map_err(|error| bad_rubric(config.lang, &error))?;
    }
    Ok(library)
}

fn bad_rubric(lang: Lang, error: &analyze::RubricError) -> AppError {
    AppError::usage(
        "rubric",
        error.to_string(),
        lang.pick("проверьте: zvonar rubric check ФАЙЛ", "check: zvonar rubric check FILE"),
    )
}

pub(crate) fn find_rubric(config: &Config, id_or_file: &str) -> Result<Rubric, AppError> {
    let path = Path::new(id_or_file);
    if path.extension().is_some_and(|ending| ending == "toml") || path.is_file() {
        return RubricLibrary::load_file(path).map_err(|error| bad_rubric(config.lang, &error));
    }
    let library = library(config)?;
    if let Some(rubric) = library.find(id_or_file) {
        return Ok(rubric.clone());
    }
    let known: Vec<&str> = library.all().iter().map(|rubric| rubric.id.as_str()).collect();
    let message = match config.lang {
        Lang::Ru => format!("критериев «{id_or_file}» нет"),
        Lang::En => format!("there is no rubric {id_or_file:?}"),
    };
    let hint = match config.lang {
        Lang::Ru => format!("есть: {}; свои — файл .toml", known.join(", ")),
        Lang::En => format!("there are: {}; your own is a .toml file", known.join(", ")),
    };
    Err(AppError::usage("rubric_unknown", message, hint))
}

/// `sqlite:PATH`, `sqlite://PATH`, or the data folder's own.
pub(crate) fn database_path(config: &Config) -> Result<PathBuf, AppError> {
    let Some(url) = &config.database_url else { return Ok(config.data_dir.join("zvonar.db")) };
    let url = url.expose_secret();
    let path =
        url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).filter(|path| !path.is_empty());
    path.map(PathBuf::from).ok_or_else(|| {
        AppError::usage(
            "database_url",
            config.lang.pick(
                "DATABASE_URL: эта версия понимает только sqlite:",
                "DATABASE_URL: this version understands sqlite: only",
            ),
            config.lang.pick(
                "например: sqlite:///var/lib/zvonar/zvonar.db",
                "for example: sqlite:///var/lib/zvonar/zvonar.db",
            ),
        )
    })
}

/// A typed dialogue as a call: it has no time, no numbers and no sound.
fn typed_call(text: &str) -> Call {
    let digest = pipeline::sha256_of(text.as_bytes());
    let source = SourceName::from("text");
    Call {
        id: CallId::derive(source.as_str(), digest.as_str()),
        revision: Sha256::as_str(&digest).to_owned(),
        external_id: digest.as_str().to_owned(),
        source,
        started_at: None,
        caller: None,
        callee: None,
        direction: Direction::Unknown,
        duration_ms: None,
        talk_ms: None,
        manager: None,
        missed: false,
        tags: Vec::new(),
        recording_name: None,
        recording_url: None,
    }
}
