//! In the place of a speech engine where none is needed: whoever asks it learns what is missing.

use async_trait::async_trait;
use domain::{Currency, EngineName, Money, Transcript};
use transcribe::{CallAudio, Hints, Progress, TranscribeError, Transcriber};

/// Hears nothing.
pub(crate) struct NoSpeech {
    pub(crate) model: String,
}

#[async_trait]
impl Transcriber for NoSpeech {
    fn engine(&self) -> EngineName {
        EngineName { engine: "none".to_owned(), model: String::new() }
    }

    fn options_key(&self) -> String {
        String::new()
    }

    async fn transcribe(
        &self,
        _: &CallAudio,
        _: &Hints,
        _: &dyn Progress,
    ) -> Result<Transcript, TranscribeError> {
        let hint = format!("`zvonar model pull {}` brings it", self.model);
        Err(TranscribeError::ModelMissing { name: self.model.clone(), hint })
    }

    fn price(&self, _: u64) -> Option<Money> {
        // the model that is missing is one of this machine
        Some(Money::zero(Currency::RUB))
    }
}
