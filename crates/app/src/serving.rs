//! The installation as a service: an endless worker, and calls that come in by hand.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, FixedOffset};
use domain::{CallId, Direction, Lang, Manager, PhoneNumber, Rubric};
use futures::Stream;
use pipeline::{
    CallReport, CallSource, Intake, IntakeError, IntakeSource, NewCall, Pipeline, ResultSink, RunObserver,
    ServeRequest, Submitted, UploadSource, Work,
};
use store::Stage;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::adapters::UrlSource;
use crate::erase::Places;
use crate::files::dialogue_words;
use crate::leavings::Leavings;
use crate::rounds::Kept;
use crate::words::store_error;
use crate::{App, AppError, Figures, KeepingSettings};

/// How often what nobody came back to is swept.
const BETWEEN_SWEEPS: Duration = Duration::from_hours(24);
/// How often erasures that did not come to their end are tried again.
const BETWEEN_ERASURES: Duration = Duration::from_mins(1);

/// What the sender of a call may say of it; all of it optional.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CallFacts {
    /// The sender's name of the call: a repeat under it is the same call. Without one it is a new call.
    pub call_id: Option<String>,
    /// Who spoke.
    pub manager: Option<Manager>,
    /// Tags.
    pub tags: Vec<String>,
    /// When it began; without it, now.
    pub started_at: Option<DateTime<FixedOffset>>,
    /// Who rang.
    pub caller: Option<PhoneNumber>,
    /// Who was rung.
    pub callee: Option<PhoneNumber>,
    /// From the company's side.
    pub direction: Direction,
    /// File name of the recording, for people.
    pub recording_name: Option<String>,
}

/// An endless worker, ready to start.
pub struct ServingParts {
    pipeline: Pipeline,
    request: ServeRequest,
    leavings: Leavings,
    places: Places,
    keeping: KeepingSettings,
    figures: Figures,
    rounds: Kept,
    stages: Vec<Stage>,
    lang: Lang,
}

impl ServingParts {
    /// Of these stages alone: the others are for other workers of the same database.
    #[must_use]
    pub fn only(mut self, stages: Vec<Stage>) -> Self {
        self.stages = stages;
        self
    }

    /// Works until `stop`; see [`Pipeline::serve`].
    ///
    /// # Errors
    /// When the database cannot be used at the start.
    pub async fn serve(
        self,
        observer: Arc<dyn RunObserver>,
        stop: CancellationToken,
    ) -> Result<(), AppError> {
        let Self { pipeline, request, leavings, places, keeping, figures, rounds, stages, lang } = self;
        let sweeping = async {
            loop {
                match places.forget_old(keeping).await {
                    Ok(forgotten) => tracing::debug!(?forgotten, "what had its time is forgotten"),
                    Err(error) => tracing::warn!(%error, "what had its time could not be forgotten"),
                }
                tokio::time::sleep(BETWEEN_SWEEPS).await;
                leavings.sweep().await;
            }
        };
        let erasing = async {
            loop {
                if let Err(error) = places.end(None).await {
                    tracing::warn!(%error, "erasures could not be ended; tried again in a minute");
                }
                figures.fold();
                tokio::time::sleep(BETWEEN_ERASURES).await;
            }
        };
        // the rounds end after the work and are waited for: they give the lead back
        let over = stop.child_token();
        let working = async {
            let served = pipeline.serve_stages(request, &stages, observer, stop.clone()).await;
            over.cancel();
            served
        };
        let working = async { tokio::join!(working, rounds.keep(&over)).0 };
        tokio::select! {
            served = working => served.map_err(|error| store_error(lang, &error)),
            never = sweeping => never,
            never = erasing => never,
        }
    }
}

impl App {
    /// How far calls are, and how to say that jobs were made.
    pub fn work(&self) -> &Work {
        &self.work
    }

    /// The worker of a service: every source that is configured, the sheet where there is one, the
    /// configured rubric for calls that name none. A speech model that is not here yet pauses speech and
    /// nothing else.
    ///
    /// # Errors
    /// When an engine's or a provider's settings cannot be used.
    pub fn serving_parts(&self) -> Result<ServingParts, AppError> {
        let rubric = self.rubric(&self.config().rubric)?;
        let sinks = self.row_sinks(&rubric)?;
        let transcriber = match self.transcriber() {
            Ok(transcriber) => transcriber,
            Err(error) if error.code == "model_missing" => self.no_speech(),
            Err(error) => return Err(error),
        };
        let pipeline = self.pipeline_of(transcriber, sinks, self.pipeline_settings())?;
        let request = ServeRequest { sources: self.serving_sources()?, rubric: Arc::new(rubric) };
        let rounds = self.rounds(&pipeline)?;
        Ok(ServingParts {
            pipeline,
            request,
            leavings: self.leavings(),
            places: self.places(),
            keeping: self.config().keeping,
            figures: self.figures().clone(),
            rounds,
            stages: Stage::ALL.to_vec(),
            lang: self.lang(),
        })
    }

    /// Where rows of finished calls go.
    pub(crate) fn row_sinks(&self, rubric: &Rubric) -> Result<Vec<Arc<dyn ResultSink>>, AppError> {
        if self.has_sheet() { Ok(vec![self.sheet_sink(rubric)?]) } else { Ok(Vec::new()) }
    }

    fn serving_sources(&self) -> Result<Vec<Arc<dyn CallSource>>, AppError> {
        let mut sources: Vec<Arc<dyn CallSource>> =
            vec![Arc::new(UploadSource::new(self.recordings())), self.folder_source(Vec::<PathBuf>::new())];
        sources.push(Arc::new(UploadSource::of(IntakeSource::Simulated, self.recordings())));
        sources.push(if self.config().voximplant.has_key() {
            self.voximplant_source()?
        } else {
            Arc::new(UploadSource::of(IntakeSource::Voximplant, self.recordings()))
        });
        let (http, guard) = (self.strangers()?, self.address_guard());
        for intake in [IntakeSource::Url, IntakeSource::Webhook] {
            let limit = self.config().server.max_upload_bytes;
            sources.push(Arc::new(UrlSource::new(intake, http.clone(), guard.clone(), limit, self.lang())));
        }
        if self.config().uis.key.is_some() {
            sources.push(self.uis_source()?);
        }
        Ok(sources)
    }

    /// A typed dialogue: stored and found at once, then judged under the rubric by the worker. The same
    /// `call_id` again is the same call, whatever the text.
    ///
    /// # Errors
    /// No dialogue, facts that cannot be (code `dialogue`, `call_facts`), the database.
    pub async fn submit_dialogue(
        &self,
        facts: CallFacts,
        text: &str,
        rubric: &Rubric,
    ) -> Result<Submitted, AppError> {
        let submitted = self.intake().dialogue(self.named(facts), text, rubric).await;
        submitted.map_err(|error| self.not_taken_in(&error))
    }

    /// A recording, streamed to its place; never whole in memory. Over the limit it is refused.
    ///
    /// # Errors
    /// Code `upload_too_large`, `upload_interrupted`, `call_facts`, `recordings_not_writable`, the
    /// database's.
    pub async fn submit_recording(
        &self,
        facts: CallFacts,
        stream: impl Stream<Item = Result<bytes::Bytes, std::io::Error>> + Send + Unpin,
        rubric: &Rubric,
    ) -> Result<Submitted, AppError> {
        let submitted = self.intake().recording(self.named(facts), stream, rubric).await;
        submitted.map_err(|error| self.not_taken_in(&error))
    }

    /// An address that the worker fetches the recording from.
    ///
    /// # Errors
    /// No address, facts that cannot be (code `call_facts`), the database.
    pub async fn submit_url(
        &self,
        facts: CallFacts,
        url: &str,
        rubric: &Rubric,
    ) -> Result<Submitted, AppError> {
        let submitted = self.intake().url(self.named(facts), url, rubric).await;
        submitted.map_err(|error| self.not_taken_in(&error))
    }

    /// The same from a telephony's webhook. A repeat with a newer address replaces it until the recording
    /// has come.
    ///
    /// # Errors
    /// As [`Self::submit_url`].
    pub async fn submit_webhook(
        &self,
        facts: CallFacts,
        url: &str,
        rubric: &Rubric,
    ) -> Result<Submitted, AppError> {
        let submitted = self.intake().webhook(self.named(facts), url, rubric).await;
        submitted.map_err(|error| self.not_taken_in(&error))
    }

    /// Waits until the call is settled, at most `patience`, and tells how it stands then; see
    /// [`Work::wait_for`]. `None` = there is no such call.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn wait_for(&self, call: CallId, patience: Duration) -> Result<Option<CallReport>, AppError> {
        let waited = self.work.wait_for(self.store().as_ref(), call, patience).await;
        waited.map_err(|error| store_error(self.lang(), &error))
    }

    pub(crate) fn intake(&self) -> Intake {
        let recordings = self.recordings().with_limit(self.config().server.max_upload_bytes);
        Intake::new(self.store(), self.clock(), recordings, self.worker(), self.work.clone())
    }

    fn named(&self, facts: CallFacts) -> NewCall {
        let now = || self.clock().now().with_timezone(&self.config().timezone).fixed_offset();
        NewCall {
            call_id: facts.call_id.unwrap_or_else(|| Uuid::new_v4().to_string()),
            manager: facts.manager,
            tags: facts.tags,
            started_at: Some(facts.started_at.unwrap_or_else(now)),
            caller: facts.caller,
            callee: facts.callee,
            direction: facts.direction,
            recording_name: facts.recording_name,
        }
    }

    fn not_taken_in(&self, error: &IntakeError) -> AppError {
        let lang = self.lang();
        match error {
            IntakeError::Dialogue(error) => AppError::usage(
                "dialogue",
                dialogue_words(lang, error),
                lang.pick(
                    "пример: Клиент: Привет! Менеджер: Добрый день!",
                    "example: Client: Hi! Manager: Good afternoon!",
                ),
            ),
            IntakeError::Invalid { field, reason } => AppError::usage(
                "call_facts",
                match lang {
                    Lang::Ru => format!("{field}: недопустимое значение ({reason})"),
                    Lang::En => error.to_string(),
                },
                "",
            ),
            IntakeError::TooLarge { limit_bytes } => AppError::usage(
                "upload_too_large",
                match lang {
                    Lang::Ru => format!("файл больше предела: {} МБ", limit_bytes / 1_000_000),
                    Lang::En => format!("the file is over the limit of {} MB", limit_bytes / 1_000_000),
                },
                lang.pick("сожмите или разделите запись", "compress or split the recording"),
            ),
            IntakeError::Interrupted(_) => AppError::usage(
                "upload_interrupted",
                lang.pick("запись пришла не до конца", "the recording broke off on its way"),
                lang.pick("отправьте её ещё раз", "send it again"),
            ),
            IntakeError::Disk(error) => AppError::failed(
                "recordings_not_writable",
                format!(
                    "{}: {}",
                    lang.pick("папка записей недоступна", "the folder of recordings cannot be written"),
                    pipeline::io_words(lang, error)
                ),
                lang.pick("проверьте место на диске и права", "check free space and rights"),
            ),
            IntakeError::Shelf(error) => {
                let told = pipeline::shelf_error(lang, error);
                AppError::failed("recordings_not_writable", told.message, told.hint)
            }
            IntakeError::Store(error) => store_error(lang, error),
        }
    }
}
