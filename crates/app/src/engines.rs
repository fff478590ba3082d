//! What hears and what judges, as configured.

use std::sync::Arc;

use analyze::{Analyzer, RulesAnalyzer};
use domain::{EngineName, Lang};
use transcribe::models::ModelError;
use transcribe::whisper::{WhisperLocal, WhisperOptions};
use transcribe::{CachedTranscriber, Hints, Transcriber};

use crate::adapters::StoredTranscripts;
use crate::system::cores;
use crate::words::model_error;
use crate::{AnalyzerChoice, App, AppError, TranscriberChoice};

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

impl App {
    /// Which engines work.
    pub fn engines(&self) -> Engines {
        let (lang, model) = (self.lang(), &self.config().model);
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

    /// The name that transcripts of the configured engine carry; needs no model to be there.
    pub fn speech_engine(&self) -> EngineName {
        match self.config().transcriber {
            TranscriberChoice::Auto | TranscriberChoice::Local => {
                EngineName { engine: "whisper-local".to_owned(), model: self.config().model.clone() }
            }
        }
    }

    pub(crate) fn hints(&self) -> Hints {
        Hints { language: "ru".to_owned(), phrases: self.config().phrases.clone() }
    }

    /// What judges, as configured.
    pub fn analyzer(&self) -> Arc<dyn Analyzer> {
        match self.config().analyzer {
            AnalyzerChoice::Auto | AnalyzerChoice::Rules => Arc::new(RulesAnalyzer::new()),
        }
    }

    /// Local Whisper behind the store's cache.
    pub(crate) fn transcriber(&self) -> Result<CachedTranscriber, AppError> {
        let engine = match self.config().transcriber {
            TranscriberChoice::Auto | TranscriberChoice::Local => Arc::new(self.whisper()?),
        };
        Ok(self.cached(engine))
    }

    pub(crate) fn cached(&self, engine: Arc<dyn Transcriber>) -> CachedTranscriber {
        CachedTranscriber::new(engine, Arc::new(StoredTranscripts(self.store())))
    }

    pub(crate) fn whisper(&self) -> Result<WhisperLocal, AppError> {
        let jobs = self.config().jobs.unwrap_or_else(cores).min(cores());
        let options = WhisperOptions {
            model_name: Some(self.config().model.clone()),
            ..WhisperOptions::for_cores(u16::try_from(jobs).unwrap_or(u16::MAX))
        };
        let model = &self.config().model;
        let path = self.models().path(model).map_err(|error| match error {
            ModelError::Missing { .. } => self.model_missing(),
            error => model_error(self.lang(), &error),
        })?;
        WhisperLocal::open(&path, options).map_err(|_| self.model_missing())
    }

    pub(crate) fn model_missing(&self) -> AppError {
        let model = &self.config().model;
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
}
