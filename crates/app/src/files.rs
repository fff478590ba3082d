//! Single files and typed dialogues: judged without making a call of them.

use std::path::Path;
use std::sync::Arc;

use analyze::{DialogueError, parse_dialogue};
use domain::{Analysis, Call, Lang, Rubric, Sha256, Survey, Transcript};
use transcribe::{CallAudio, NoProgress, Progress, TranscribeError, Transcriber as _};

use crate::{App, AppError};

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

impl App {
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
            operator: self.config().operator,
            reference: None,
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
            operator: self.config().operator,
            reference: None,
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
                dialogue_words(self.lang(), &error),
                self.lang().pick(
                    "пример: Клиент: Привет! Менеджер: Добрый день!",
                    "example: Client: Hi! Manager: Good afternoon!",
                ),
            )
        })?;
        self.analyzer()?.analyze(&typed_call(text), &transcript, rubric).await.map_err(|error| {
            AppError::failed(
                "analysis",
                error.to_string(),
                self.lang().pick("проверьте: zvonar doctor", "check: zvonar doctor"),
            )
        })
    }

    pub(crate) fn unreadable(&self, path: &Path, error: &audio::AudioError) -> AppError {
        let said = pipeline::audio_error(self.lang(), error);
        AppError::failed(error.code(), format!("{}: {}", path.display(), said.message), said.hint)
    }

    pub(crate) fn not_transcribed(&self, path: &Path, error: &TranscribeError) -> AppError {
        match error {
            TranscribeError::Audio(error) => self.unreadable(path, error),
            TranscribeError::ModelMissing { .. } => self.model_missing(),
            TranscribeError::ModelBroken { name, .. } if self.lang() == Lang::Ru => AppError::failed(
                error.code(),
                format!("модель речи «{name}» повреждена"),
                format!("скачайте заново: zvonar model pull {name}"),
            ),
            error if self.lang() == Lang::Ru => AppError::failed(
                error.code(),
                format!("{}: распознать не вышло ({error})", path.display()),
                "проверьте: zvonar doctor",
            ),
            error => AppError::failed(
                error.code(),
                format!("{}: {error}", path.display()),
                self.lang().pick("проверьте: zvonar doctor", "check: zvonar doctor"),
            ),
        }
    }
}

pub(crate) fn dialogue_words(lang: Lang, error: &DialogueError) -> String {
    match (lang, error) {
        (Lang::Ru, DialogueError::Empty) => "текста диалога нет".to_owned(),
        (Lang::Ru, DialogueError::TooLong { limit, .. }) => {
            format!("диалог длиннее {} КБ: разделите его", limit / 1000)
        }
        (_, error) => error.to_string(),
    }
}

/// A typed dialogue as a call: it has no time, no numbers and no sound.
fn typed_call(text: &str) -> Call {
    let digest = pipeline::sha256_of(text.as_bytes());
    Call { revision: digest.as_str().to_owned(), ..Call::new("text", digest.as_str()) }
}
