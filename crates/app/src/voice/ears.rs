//! Hears one turn: the same engines and guards as for whole calls, on some seconds of one voice.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use audio::SurveyOptions;
use bytes::Bytes;
use domain::{EngineName, OperatorChannel, Survey, UtteranceGate};
use pipeline::sha256_of;
use tempfile::TempPath;
use transcribe::{CallAudio, Hints, NoProgress, Transcriber};
use voice_agent::{Ears, Heard, PartFailed, Persona};

/// Hears by the configured engine.
pub(crate) struct TurnEars {
    engine: Arc<dyn Transcriber>,
    phrases: Vec<String>,
}

impl TurnEars {
    pub(crate) fn new(engine: Arc<dyn Transcriber>, phrases: Vec<String>) -> Self {
        Self { engine, phrases }
    }
}

#[async_trait]
impl Ears for TurnEars {
    fn engine(&self) -> EngineName {
        self.engine.engine()
    }

    async fn hear(&self, audio: Bytes, persona: &Persona) -> Result<Heard, PartFailed> {
        let sha256 = sha256_of(&audio);
        let surveyed = tokio::task::spawn_blocking(move || surveyed(&audio)).await;
        let (file, survey) =
            surveyed.unwrap_or_else(|lost| Err(PartFailed::passing("speech", lost.to_string())))?;
        if survey.speech_ms() == 0 {
            return Ok(Heard::default());
        }
        let sound = CallAudio {
            path: file.to_path_buf(),
            sha256,
            survey: Arc::new(survey),
            operator: OperatorChannel::Left,
            reference: None,
        };
        let hints = Hints { language: persona.language_code().to_owned(), phrases: self.phrases.clone() };
        let made = self.engine.transcribe(&sound, &hints, &NoProgress).await.map_err(|error| PartFailed {
            part: "speech",
            reason: error.to_string(),
            retryable: error.is_retryable(),
        })?;
        let words: Vec<&str> = made.segments.iter().map(|segment| segment.text.trim()).collect();
        Ok(Heard { text: words.join(" "), cost: made.cost.map(|cost| cost.total) })
    }
}

/// The sound in a file, measured: engines read files.
fn surveyed(audio: &[u8]) -> Result<(TempPath, Survey), PartFailed> {
    let disk = |error: std::io::Error| PartFailed::passing("speech", error.to_string());
    let mut file = tempfile::Builder::new().prefix("zvonar-turn-").tempfile().map_err(disk)?;
    file.write_all(audio).map_err(disk)?;
    let path = file.into_temp_path();
    let survey = measured(&path)?;
    Ok((path, survey))
}

fn measured(path: &Path) -> Result<Survey, PartFailed> {
    let mut survey = audio::survey(path, &SurveyOptions::default())
        .map_err(|error| PartFailed::lasting("speech", error.to_string()))?;
    // one voice is here, and nobody to be heard through from: what is quiet was meant for us
    for utterance in &mut survey.utterances {
        if utterance.gate == UtteranceGate::Crosstalk {
            utterance.gate = UtteranceGate::Passed;
        }
    }
    Ok(survey)
}

/// No engine is set up: calls are held all the same, and say what is missing.
pub(crate) struct Deaf {
    /// What to do about it.
    pub(crate) why: String,
}

#[async_trait]
impl Ears for Deaf {
    fn engine(&self) -> EngineName {
        EngineName { engine: "none".to_owned(), model: String::new() }
    }

    async fn hear(&self, _: Bytes, _: &Persona) -> Result<Heard, PartFailed> {
        Err(PartFailed::lasting("speech", self.why.clone()))
    }
}
