//! What every engine owes, as behaviours to run on it: the fake and the real ones pass the same.
//!
//! Each function panics, in the manner of a test, when the behaviour is missing.
#![expect(clippy::panic, clippy::missing_panics_doc, reason = "assertions of tests")]

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domain::{ChannelLayout, Speaker, Survey, Transcript, UtteranceGate};

use crate::{CallAudio, Hints, NoProgress, Progress, Transcriber};

/// Runs every behaviour. `audio` has speech on two channels; `silent` has none that passes the gates.
pub async fn all(engine: &dyn Transcriber, audio: &CallAudio, silent: &CallAudio) {
    segments_are_in_order_and_inside_the_recording(engine, audio).await;
    speakers_follow_the_channels(engine, audio).await;
    the_transcript_names_its_engine_and_language(engine, audio).await;
    the_same_sound_gives_the_same_words(engine, audio).await;
    completeness_and_talk_are_measured(engine, audio).await;
    progress_grows_to_the_end(engine, audio).await;
    silence_gives_no_words(engine, silent).await;
    a_dropped_call_does_not_harm_the_next(engine, audio).await;
}

async fn words(engine: &dyn Transcriber, audio: &CallAudio) -> Transcript {
    match engine.transcribe(audio, &Hints::default(), &NoProgress).await {
        Ok(transcript) => transcript,
        Err(error) => panic!("{}: {error}", engine.engine()),
    }
}

/// Order by start, then channel; times inside the recording; no empty text.
pub async fn segments_are_in_order_and_inside_the_recording(engine: &dyn Transcriber, audio: &CallAudio) {
    let transcript = words(engine, audio).await;
    assert!(!transcript.segments.is_empty(), "speech has words");
    assert!(
        transcript.segments.is_sorted_by_key(|segment| (segment.start_ms, segment.channel)),
        "segments in order of start"
    );
    for segment in &transcript.segments {
        assert!(!segment.text.trim().is_empty(), "no empty segment");
        assert!(segment.start_ms.is_some() && segment.start_ms <= segment.end_ms, "{segment:?}");
        assert!(segment.end_ms.is_some_and(|end| end <= audio.survey.duration_ms + 100), "{segment:?}");
        assert!(segment.words.iter().all(|word| word.start_ms <= word.end_ms), "{segment:?}");
    }
}

/// In stereo the channel says who speaks.
pub async fn speakers_follow_the_channels(engine: &dyn Transcriber, audio: &CallAudio) {
    assert_eq!(audio.survey.layout, ChannelLayout::Stereo, "this behaviour wants a stereo recording");
    for segment in words(engine, audio).await.segments {
        assert_eq!(segment.speaker, audio.survey.speaker(segment.channel, audio.operator), "{segment:?}");
        assert_ne!(segment.speaker, Speaker::Unknown);
    }
}

/// `Transcript::engine` is `Transcriber::engine`, the language is the hinted one.
pub async fn the_transcript_names_its_engine_and_language(engine: &dyn Transcriber, audio: &CallAudio) {
    let transcript = words(engine, audio).await;
    assert_eq!(transcript.engine, engine.engine());
    assert_eq!(transcript.language, Hints::default().language);
    assert!(!engine.options_key().is_empty());
}

/// Else a cache would change what people read.
pub async fn the_same_sound_gives_the_same_words(engine: &dyn Transcriber, audio: &CallAudio) {
    let first = words(engine, audio).await;
    assert_eq!(first, words(engine, audio).await);
}

/// Coverage counts the speech of the survey; talk metrics are there.
pub async fn completeness_and_talk_are_measured(engine: &dyn Transcriber, audio: &CallAudio) {
    let transcript = words(engine, audio).await;
    let coverage = transcript.coverage.unwrap_or_default();
    assert!(coverage.speech_ms > 0 && coverage.speech_ms <= audio.survey.speech_ms(), "{coverage:?}");
    assert!(coverage.covered_ms <= coverage.speech_ms, "{coverage:?}");
    assert!(transcript.metrics.is_some_and(|metrics| metrics.speech_ms > 0));
}

/// Never falls, ends at all of the speech.
pub async fn progress_grows_to_the_end(engine: &dyn Transcriber, audio: &CallAudio) {
    #[derive(Default)]
    struct Seen(Mutex<Vec<(u64, u64)>>);
    impl Progress for Seen {
        fn decoded(&self, done_ms: u64, of_ms: u64) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push((done_ms, of_ms));
        }
    }
    let seen = Seen::default();
    assert!(engine.transcribe(audio, &Hints::default(), &seen).await.is_ok());
    let seen = seen.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert!(seen.is_sorted(), "{seen:?}");
    let speech = audio.survey.speech_ms();
    assert_eq!(seen.last(), Some(&(speech, speech)));
}

/// No utterance passed the gates: nothing is decoded, nothing is missing.
pub async fn silence_gives_no_words(engine: &dyn Transcriber, silent: &CallAudio) {
    let transcript = words(engine, silent).await;
    assert!(transcript.segments.is_empty(), "{:?}", transcript.segments);
    assert!(transcript.coverage.is_some_and(|coverage| coverage.speech_ms == 0 && !coverage.incomplete));
}

/// Dropping the future is how callers cancel.
pub async fn a_dropped_call_does_not_harm_the_next(engine: &dyn Transcriber, audio: &CallAudio) {
    let whole = words(engine, audio).await;
    let hints = Hints::default();
    let call = engine.transcribe(audio, &hints, &NoProgress);
    // begun, then dropped in the middle (a fast engine may have finished: just as well)
    let _ = tokio::time::timeout(Duration::from_millis(30), call).await;
    assert_eq!(whole, words(engine, audio).await);
}

/// The survey of the same recording as if nothing in it were speech.
pub fn silenced(audio: &CallAudio) -> CallAudio {
    let mut survey: Survey = audio.survey.as_ref().clone();
    for utterance in &mut survey.utterances {
        utterance.gate = UtteranceGate::TooQuiet;
    }
    CallAudio { survey: survey.into(), ..audio.clone() }
}
