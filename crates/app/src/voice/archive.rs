//! A call that is over goes into the history: its sound is kept, its words are laid on the sound, and the
//! worker judges it like any other.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use audio::SurveyOptions;
use domain::{
    CallError, CallStatus, ChannelLayout, Cost, CostItem, Direction, EngineName, Lang, Money,
    OperatorChannel, Rubric, Transcript,
};
use futures::{StreamExt as _, stream};
use pipeline::{Intake, IntakeError, KeptSound, SpokenEnd};
use voice_agent::{Archive, Ending, FinishedCall, PartFailed};

use super::laid_on::laid_on;
use super::simulated::Recorder;
use super::turn_sound::{Sound, VoximplantSound};

/// Hands calls over to the pipeline.
pub(crate) struct IntakeArchive {
    pub(crate) intake: Intake,
    pub(crate) rubric: Rubric,
    pub(crate) sound: Arc<VoximplantSound>,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) lang: Lang,
    /// Sinks that get a row of a call in which nobody talked.
    pub(crate) rows_without_talk: Vec<String>,
}

#[async_trait]
impl Archive for IntakeArchive {
    async fn put(&self, mut finished: FinishedCall) -> Result<(), PartFailed> {
        let made = self.recorder.take(finished.id());
        let layout = made.as_ref().map(|made| made.segments.clone());
        let kept = match (made, finished.recording.as_ref()) {
            (Some(made), _) => Some(self.keep(stream::iter([Ok(made.wav)]).boxed()).await?),
            (None, Some(recording)) => match self.sound.open(&recording.url).await {
                Ok(stream) => Some(self.keep(stream).await?),
                Err(error) if error.retryable => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, call = %finished.id(), "a call goes into the history without its sound");
                    None
                }
            },
            (None, None) => None,
        };
        let end = match finished.transcript.take() {
            Some(mut transcript) if !transcript.segments.is_empty() => {
                if let Some(segments) = layout {
                    transcript.segments = segments;
                    // nobody heard it: the words are the script's
                    transcript.engine = EngineName { engine: "script".to_owned(), model: String::new() };
                    // and timed by the sound itself
                    finished.clock_ms = None;
                }
                if let Some(kept) = &kept {
                    transcript = laid_on_sound(transcript, kept, &finished).await?;
                }
                transcript.cost = cost(finished.cost.clone());
                SpokenEnd::Talk(Box::new(transcript))
            }
            _ => nothing(&finished, self.lang),
        };
        let mut call = finished.call;
        if let Some(kept) = &kept {
            kept.sha256.as_str().clone_into(&mut call.revision);
            call.recording_name = Some(format!("{}.{}", call.id, ending_of(&kept.path)));
        }
        let rows = &self.rows_without_talk;
        let taken = self.intake.spoken(call, kept.is_some(), end, &self.rubric, rows).await;
        taken.map(drop).map_err(|error| failed(&error))
    }
}

impl IntakeArchive {
    async fn keep(&self, stream: Sound) -> Result<KeptSound, PartFailed> {
        self.intake.keep_sound(stream).await.map_err(|error| failed(&error))
    }
}

fn failed(error: &IntakeError) -> PartFailed {
    let retryable = !matches!(error, IntakeError::TooLarge { .. } | IntakeError::Invalid { .. });
    PartFailed { part: "archive", reason: error.to_string(), retryable }
}

/// The file's name has no ending; people like one.
fn ending_of(path: &Path) -> &'static str {
    use std::io::Read as _;
    let mut head = [0; 4];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head));
    match (read, &head) {
        (Ok(()), b"RIFF") => "wav",
        (Ok(()), b"fLaC") => "flac",
        (Ok(()), b"OggS") => "ogg",
        _ => "mp3",
    }
}

fn cost(items: Vec<CostItem>) -> Option<Cost> {
    let first = items.first()?.amount;
    let same = items.iter().filter(|item| item.amount.currency == first.currency);
    let micros = same.fold(0_i64, |sum, item| sum.saturating_add(item.amount.micros));
    Some(Cost { total: Money { currency: first.currency, micros }, items })
}

/// A call without a talk: the status tells that there is nothing to judge, the error why.
fn nothing(finished: &FinishedCall, lang: Lang) -> SpokenEnd {
    let answered = finished.call.talk_ms.is_some_and(|talk| talk > 0);
    let (status, why) = match finished.ending {
        Ending::Machine => (CallStatus::AnsweringMachine, None),
        Ending::Failed => (
            CallStatus::Failed,
            Some(("call_failed", "звонок не состоялся: сбой на линии", "the call failed on the line")),
        ),
        _ if answered => (CallStatus::NoSpeech, None),
        _ if finished.call.direction == Direction::In => (CallStatus::Missed, None),
        Ending::Stopped => (
            CallStatus::TooShort,
            Some((
                "not_reached",
                "звонок отменили до ответа",
                "the call was stopped before anybody answered",
            )),
        ),
        _ => (CallStatus::TooShort, Some(not_reached(finished.line_end.as_ref().and_then(|end| end.code)))),
    };
    let error = why.map(|(code, ru, en)| CallError {
        code: code.to_owned(),
        message: lang.pick(ru, en).to_owned(),
        hint: lang.pick("позвоните ещё раз: /live", "call again: /live").to_owned(),
    });
    SpokenEnd::Nothing(status, error)
}

/// Why a client was not reached, by the SIP code.
const fn not_reached(code: Option<i64>) -> (&'static str, &'static str, &'static str) {
    match code {
        Some(486 | 600) => ("not_reached", "не дозвонились: занято", "not reached: busy"),
        Some(603) => ("not_reached", "не дозвонились: звонок отклонён", "not reached: the call was declined"),
        Some(404 | 484 | 604) => {
            ("not_reached", "не дозвонились: такого номера нет", "not reached: there is no such number")
        }
        _ => ("not_reached", "не дозвонились: не отвечает", "not reached: no answer"),
    }
}

/// The words on their sound, where the sound tells the two apart.
async fn laid_on_sound(
    transcript: Transcript,
    kept: &KeptSound,
    finished: &FinishedCall,
) -> Result<Transcript, PartFailed> {
    let path = kept.path.clone();
    let surveyed = tokio::task::spawn_blocking(move || audio::survey(&path, &SurveyOptions::default())).await;
    let survey = match surveyed {
        Ok(Ok(survey)) => survey,
        // the worker will say what is wrong with the sound; the words stay
        Ok(Err(_)) => return Ok(transcript),
        Err(lost) => return Err(PartFailed::passing("archive", lost.to_string())),
    };
    if survey.layout != ChannelLayout::Stereo {
        return Ok(transcript);
    }
    let recording = finished.recording.as_ref();
    let robot = recording.and_then(|recording| recording.robot).unwrap_or(OperatorChannel::Left);
    Ok(laid_on(transcript, &survey, robot, finished.clock_ms))
}
