//! What hears and what judges, as configured.

use std::sync::Arc;

use analyze::{Analyzer, LlmAnalyzer, LlmOptions, ProposedRubric, RulesAnalyzer};
use domain::{EngineName, Lang};
use transcribe::models::ModelError;
use transcribe::whisper::{WhisperLocal, WhisperOptions};
use transcribe::{
    CachedTranscriber, Hints, OpenAiOptions, OpenAiTranscriber, Transcriber, TranscriberChain, UisTranscriber,
};

use crate::adapters::StoredTranscripts;
use crate::system::cores;
use crate::words::model_error;
use crate::{AnalyzerChoice, App, AppError, Masking, SpeechEngine, TranscriberChoice};

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
        let lang = self.lang();
        let model = &self.config().model;
        let chain = self.speech_engines();
        let local = chain.contains(&SpeechEngine::Local);
        let inexact = local && chain.len() == 1 && (model.starts_with("base") || model.starts_with("tiny"));
        let names: Vec<String> = chain.iter().map(|engine| self.speech_name(*engine)).collect();
        Engines {
            speech: names.join(" → "),
            analysis: if self.judged_by_model() {
                let llm = &self.config().openai.llm;
                format!("{}, {}", llm.model, host(&llm.base_url))
            } else {
                lang.pick("правила, этот компьютер", "rules, this machine").to_owned()
            },
            inexact: inexact.then(|| match lang {
                Lang::Ru => format!("Слова Whisper {model} неточны. Точнее: zvonar model pull small"),
                Lang::En => {
                    format!("The words of Whisper {model} are inexact. Better: zvonar model pull small")
                }
            }),
        }
    }

    fn speech_name(&self, engine: SpeechEngine) -> String {
        let lang = self.lang();
        match engine {
            SpeechEngine::Local => {
                format!("Whisper {}, {}", self.config().model, lang.pick("этот компьютер", "this machine"))
            }
            SpeechEngine::OpenAi => {
                let stt = &self.config().openai.stt;
                format!("{}, {}", stt.model, host(&stt.base_url))
            }
            SpeechEngine::Uis => lang.pick("текст UIS", "the text of UIS").to_owned(),
        }
    }

    /// The speech engines in the order that they are asked. `auto` = the provider whose key is set,
    /// else this machine.
    pub(crate) fn speech_engines(&self) -> Vec<SpeechEngine> {
        match &self.config().transcriber {
            TranscriberChoice::Engines(chain) => chain.clone(),
            TranscriberChoice::Auto if self.config().openai.stt.configured => vec![SpeechEngine::OpenAi],
            TranscriberChoice::Auto => vec![SpeechEngine::Local],
        }
    }

    /// Whether a language model judges.
    pub(crate) fn judged_by_model(&self) -> bool {
        match self.config().analyzer {
            AnalyzerChoice::Llm => true,
            AnalyzerChoice::Rules => false,
            AnalyzerChoice::Auto => self.config().openai.llm.configured,
        }
    }

    /// The name that transcripts of the first configured engine carry; needs no model to be there.
    pub fn speech_engine(&self) -> EngineName {
        let (engine, model) = match self.speech_engines().first() {
            Some(SpeechEngine::OpenAi) => ("openai", self.config().openai.stt.model.clone()),
            Some(SpeechEngine::Uis) => ("uis", String::new()),
            Some(SpeechEngine::Local) | None => ("whisper-local", self.config().model.clone()),
        };
        EngineName { engine: engine.to_owned(), model }
    }

    pub(crate) fn hints(&self) -> Hints {
        Hints { language: "ru".to_owned(), phrases: self.config().phrases.clone() }
    }

    /// What judges, as configured.
    ///
    /// # Errors
    /// A language model is wanted, and its settings cannot be used.
    pub fn analyzer(&self) -> Result<Arc<dyn Analyzer>, AppError> {
        if !self.judged_by_model() {
            return Ok(Arc::new(RulesAnalyzer::new()));
        }
        let rules: Arc<dyn Analyzer> = Arc::new(RulesAnalyzer::new());
        let options = LlmOptions {
            masking: match self.config().masking {
                Masking::Contacts => analyze::Masking::Numbers,
                Masking::Names => analyze::Masking::NumbersAndNames,
                Masking::None => analyze::Masking::Off,
            },
            fallback: self.config().openai.fallback_to_rules.then_some(rules),
            ..LlmOptions::default()
        };
        Ok(Arc::new(LlmAnalyzer::new(Arc::new(self.openai_chat()?), options)))
    }

    /// Criteria as a proposal, from a customer's own words: by the configured model, else by their form.
    ///
    /// # Errors
    /// The model refuses or is silent; the text holds no criteria.
    pub async fn propose_rubric(&self, wishes: &str) -> Result<ProposedRubric, AppError> {
        let failed = |error: analyze::AnalyzeError| {
            let mut told = AppError::failed(error.code(), error.to_string(), "");
            told.refused = matches!(error, analyze::AnalyzeError::Unauthorized { .. });
            told
        };
        if self.judged_by_model() {
            let chat = self.openai_chat()?;
            analyze::propose_rubric(&chat, wishes).await.map_err(failed)
        } else {
            analyze::propose_rubric_offline(wishes).map_err(failed)
        }
    }

    /// The configured engines behind the store's cache.
    pub(crate) fn transcriber(&self) -> Result<CachedTranscriber, AppError> {
        let mut engines = Vec::new();
        for engine in self.speech_engines() {
            engines.push(self.speech_part(engine)?);
        }
        let engine: Arc<dyn Transcriber> = match (engines.pop(), engines.is_empty()) {
            (Some(only), true) => only,
            (last, _) => {
                engines.extend(last);
                Arc::new(TranscriberChain::new(engines))
            }
        };
        Ok(self.cached(engine))
    }

    /// What hears single turns of a talk: the first engine that is no archive of texts.
    pub(crate) fn turn_engine(&self) -> Result<Arc<dyn Transcriber>, AppError> {
        let engine = self.speech_engines().into_iter().find(|engine| *engine != SpeechEngine::Uis);
        self.speech_part(engine.unwrap_or(SpeechEngine::Local))
    }

    fn speech_part(&self, engine: SpeechEngine) -> Result<Arc<dyn Transcriber>, AppError> {
        Ok(match engine {
            SpeechEngine::Local => Arc::new(self.whisper()?),
            SpeechEngine::OpenAi => {
                let options = OpenAiOptions {
                    endpoint: host(&self.config().openai.stt.base_url),
                    sound_threads: cores(),
                    ..OpenAiOptions::default()
                };
                let engine = OpenAiTranscriber::new(Arc::new(self.openai_speech()?), options);
                Arc::new(engine.with_pieces(Arc::new(self.leavings().pieces)))
            }
            SpeechEngine::Uis => Arc::new(UisTranscriber::new(self.uis_api()?)),
        })
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

/// Host and port of an address, for people.
pub(crate) fn host(address: &str) -> String {
    let url = url::Url::parse(address).ok();
    let host = url.as_ref().and_then(url::Url::host_str).unwrap_or(address).to_owned();
    match url.and_then(|url| url.port()) {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}
