//! UIS as the command line shows it: whether it works, and what calls it has.

use std::sync::Arc;

use chrono::Duration;
use domain::{Call, TimeWindow};
use pipeline::{CallSource, RunError, RunRequest, SourceError, Unobserved, WindowRequest};
use tokio_util::sync::CancellationToken;
use uis_client::{CallsFilter, CallsReader, Points, RecordingsState, UisApi, UisError};

use crate::adapters::UisSource;
use crate::provider_words::uis_error;
use crate::words::store_error;
use crate::{App, AppError};

/// What a look at UIS found.
#[derive(Debug, Clone)]
pub struct UisReport {
    /// The company, as UIS calls it.
    pub account: String,
    /// The zone of its times.
    pub zone: chrono_tz::Tz,
    /// Calls of the last day.
    pub calls: usize,
    /// Of them, missed.
    pub missed: usize,
    /// Of them, with a recording.
    pub recorded: usize,
    /// The newest recording came: its format and length in bytes, or why not.
    pub sound: Option<Result<String, String>>,
    /// Requests left.
    pub points: Points,
}

/// What UIS has recognised itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recognises {
    /// Words of the last talk.
    Calls,
    /// It may be asked, and has no words of the last talk.
    NothingYet,
    /// Nobody talked.
    NoCalls,
}

impl App {
    /// UIS as a source of calls.
    ///
    /// # Errors
    /// No key.
    pub fn uis_source(&self) -> Result<Arc<dyn CallSource>, AppError> {
        Ok(self.uis()?)
    }

    /// One for the whole installation: what it has listed once it need not ask for again.
    fn uis(&self) -> Result<Arc<UisSource>, AppError> {
        if let Some(made) = self.uis.get() {
            return Ok(Arc::clone(made));
        }
        let made = UisSource::new(
            self.uis_api()?,
            self.clock(),
            self.lang(),
            self.config().uis.media_url.clone(),
            self.recordings(),
        );
        Ok(Arc::clone(self.uis.get_or_init(|| Arc::new(made))))
    }

    /// Finds the calls of a window and leaves the work on them to the worker of the service. Needs no
    /// speech model. Returns what a person should know.
    ///
    /// # Errors
    /// No key; UIS refuses or is silent; the database fails.
    pub async fn uis_discover(&self, window: WindowRequest) -> Result<Vec<String>, AppError> {
        let rubric = self.rubric(&self.config().rubric)?;
        let pipeline = self.judging_pipeline(self.row_sinks(&rubric)?)?;
        let request = RunRequest {
            source: self.uis_source()?,
            window,
            limit: None,
            rubric: Arc::new(rubric),
            reports: Vec::new(),
            max_cost: None,
            what: "uis".to_owned(),
        };
        let found = pipeline.discover(&request, Arc::new(Unobserved), CancellationToken::new()).await;
        found.map_err(|error| match error {
            RunError::Store(error) => store_error(self.lang(), &error),
            RunError::Source { cause, .. } => source_failed(&cause),
        })
    }

    /// The zone of the account's times.
    ///
    /// # Errors
    /// UIS refuses or is silent.
    pub async fn uis_zone(&self) -> Result<chrono_tz::Tz, AppError> {
        self.uis()?.account().await.map(|account| account.zone).map_err(|error| self.uis_failed(&error))
    }

    /// Asks UIS for everything that a run needs: the account, the calls of a day, a recording.
    ///
    /// # Errors
    /// UIS refuses or is silent.
    pub async fn uis_check(&self) -> Result<UisReport, AppError> {
        let api = self.uis_api()?;
        self.look_at(api.as_ref()).await.map_err(|error| self.uis_failed(&error))
    }

    /// Asks for the recognised words of the last talk of a day.
    ///
    /// # Errors
    /// UIS refuses (the component of recognition has a switch of its own) or is silent.
    pub(crate) async fn uis_recognition_check(&self) -> Result<Recognises, AppError> {
        let api = self.uis_api()?;
        self.recognises(api.as_ref()).await.map_err(|error| self.uis_failed(&error))
    }

    async fn recognises(&self, api: &dyn UisApi) -> Result<Recognises, UisError> {
        let account = api.account().await?;
        let now = self.clock().now();
        let window = account.window(now - Duration::days(1), now + Duration::minutes(1));
        let batch = CallsReader::new(api, window, CallsFilter::default()).collect().await?;
        let Some(talk) = batch.calls.iter().rev().find(|call| call.talk_duration > 0) else {
            return Ok(Recognises::NoCalls);
        };
        let phrases = match api.recognition(talk.id).await {
            Ok(recognition) => recognition.map(|recognition| recognition.phrases).unwrap_or_default(),
            Err(UisError::NotFound { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(if phrases.is_empty() { Recognises::NothingYet } else { Recognises::Calls })
    }

    async fn look_at(&self, api: &dyn UisApi) -> Result<UisReport, UisError> {
        let account = api.account().await?;
        let now = self.clock().now();
        let window = account.window(now - Duration::days(1), now + Duration::minutes(1));
        let batch = CallsReader::new(api, window, CallsFilter::default()).collect().await?;
        let with_sound = batch.calls.iter().rev().find_map(|call| match call.recordings() {
            RecordingsState::Ready(refs) => refs.into_iter().next(),
            _ => None,
        });
        let sound = match with_sound {
            None => None,
            Some(recording) => Some(match api.recording(&recording).await {
                Ok(opened) => Ok(opened.format.extension().to_uppercase()),
                Err(error) => {
                    let told = uis_error(self.lang(), &error);
                    Err(format!("{} → {}", told.message, told.hint))
                }
            }),
        };
        Ok(UisReport {
            account: account.name.clone(),
            zone: account.zone,
            calls: batch.calls.len(),
            missed: batch.calls.iter().filter(|call| call.is_lost).count(),
            recorded: batch
                .calls
                .iter()
                .filter(|call| matches!(call.recordings(), RecordingsState::Ready(_)))
                .count(),
            sound,
            points: api.points(),
        })
    }

    /// The calls of a window as UIS lists them, oldest first, at most `limit`, and what could not be read.
    ///
    /// # Errors
    /// UIS refuses or is silent.
    pub async fn uis_calls(
        &self,
        window: TimeWindow,
        limit: usize,
    ) -> Result<(Vec<Call>, Vec<String>), AppError> {
        let source = self.uis()?;
        let (mut calls, mut warnings, mut after) = (Vec::new(), Vec::new(), None);
        loop {
            let page = source.calls(window, after).await.map_err(|error| source_failed(&error))?;
            calls.extend(page.calls);
            warnings.extend(page.warnings);
            after = page.next;
            if after.is_none() || calls.len() >= limit {
                calls.truncate(limit);
                return Ok((calls, warnings));
            }
        }
    }

    pub(crate) fn uis_failed(&self, error: &UisError) -> AppError {
        let told = uis_error(self.lang(), error);
        let mut failed = AppError::failed("uis", told.message, told.hint);
        failed.refused = error.is_refusal();
        failed
    }
}

fn source_failed(error: &SourceError) -> AppError {
    let (message, hint, refused) = match error {
        SourceError::Refused { message, hint } => (message.clone(), hint.clone(), true),
        SourceError::Invalid { message, hint } => (message.clone(), hint.clone(), false),
        SourceError::Unavailable { message, .. } => (message.clone(), String::new(), false),
        other => (other.to_string(), String::new(), false),
    };
    let mut failed = AppError::failed("uis", message, hint);
    failed.refused = refused;
    failed
}
