//! The port's contract, on the fake and, where a model is at hand, on Whisper.

use transcribe::{FakeTranscriber, Fault, Hints, NoProgress, TranscribeError, Transcriber, contract};

use crate::sound::call;

#[tokio::test]
async fn the_fake_keeps_the_contract() {
    let audio = call('a');
    contract::all(&FakeTranscriber::new(), &audio, &contract::silenced(&audio)).await;
}

#[tokio::test]
async fn the_fake_says_its_script_and_fails_on_command() {
    let (engine, audio) = (FakeTranscriber::new(), call('a'));
    engine.script(&audio.sha256, &["Добрый день", "Здравствуйте"]);
    engine.fail_next(&audio.sha256, Fault::QuotaSpent);
    let failed = engine.transcribe(&audio, &Hints::default(), &NoProgress).await;
    assert!(matches!(failed, Err(TranscribeError::QuotaSpent { .. })));
    let transcript = engine.transcribe(&audio, &Hints::default(), &NoProgress).await.unwrap();
    let texts: Vec<_> = transcript.segments.iter().map(|segment| segment.text.as_str()).collect();
    assert_eq!(texts, ["Добрый день", "Здравствуйте", "реплика 3", "реплика 4", "реплика 5"]);
    assert_eq!(engine.calls(&audio.sha256), 2);
}

#[tokio::test]
async fn a_lost_utterance_is_a_flagged_gap() {
    let (engine, audio) = (FakeTranscriber::new(), call('a'));
    engine.fail_any(Fault::FirstUtterance);
    let transcript = engine.transcribe(&audio, &Hints::default(), &NoProgress).await.unwrap();
    let coverage = transcript.coverage.unwrap();
    assert_eq!((coverage.gaps, coverage.incomplete), (vec![(0, 500, 3500)], true));
    assert_eq!(transcript.segments.len(), 4);
}

#[cfg(feature = "whisper")]
mod whisper {
    use std::{
        path::{Path, PathBuf},
        sync::Arc,
        time::{Duration, Instant},
    };

    use audio::{SurveyOptions, survey};
    use domain::{OperatorChannel, Sha256, Speaker};
    use transcribe::{
        CallAudio, Hints, NoProgress, TranscribeError, Transcriber, contract,
        whisper::{WhisperLocal, WhisperOptions},
    };

    use crate::{models::synthetic, sound::call};

    fn recording(name: &str) -> CallAudio {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/calls").join(name);
        let survey = survey(&path, &SurveyOptions::default()).unwrap();
        let (sha256, operator) = (Sha256::new("f".repeat(64)), OperatorChannel::Left);
        CallAudio { path, sha256, survey: Arc::new(survey), operator, reference: None }
    }

    #[expect(
        clippy::disallowed_methods,
        clippy::expect_used,
        reason = "only a person knows where a model is"
    )]
    fn model() -> PathBuf {
        std::env::var("ZVONAR_TEST_MODEL").expect("ZVONAR_TEST_MODEL names a ggml file").into()
    }

    #[tokio::test]
    #[ignore = "needs a Whisper model: ZVONAR_TEST_MODEL=PATH"]
    async fn whisper_keeps_the_contract() {
        let whisper = WhisperLocal::open(&model(), WhisperOptions::default()).unwrap();
        let audio = recording("b_rude_manager.wav");
        contract::all(&whisper, &audio, &contract::silenced(&audio)).await;
    }

    #[tokio::test]
    #[ignore = "needs a Whisper model: ZVONAR_TEST_MODEL=PATH"]
    async fn whisper_hears_what_was_said_and_nothing_in_ringing() {
        let whisper = WhisperLocal::open(&model(), WhisperOptions::default()).unwrap();
        let hints = Hints::default();
        let call =
            whisper.transcribe(&recording("h_contract_promise.ogg"), &hints, &NoProgress).await.unwrap();
        let text = call.labelled_text();
        assert!(text.contains("Оператор: Договор подготовлю и отправлю вам завтра"), "{text}");
        assert!(
            call.segments
                .iter()
                .all(|segment| segment.speaker != Speaker::Unknown && !segment.words.is_empty())
        );
        let ringing =
            whisper.transcribe(&recording("d_missed_ringing.wav"), &hints, &NoProgress).await.unwrap();
        assert!(ringing.segments.is_empty() && ringing.dropped.is_empty(), "{ringing:?}");
    }

    #[tokio::test]
    #[ignore = "needs a Whisper model: ZVONAR_TEST_MODEL=PATH"]
    async fn a_dropped_future_frees_the_cores_at_once() {
        let whisper =
            WhisperLocal::open(&model(), WhisperOptions { parallel_decodes: 1, ..WhisperOptions::default() })
                .unwrap();
        let (long, short, hints) =
            (recording("a_sale_objection.wav"), recording("f_short_2s.wav"), Hints::default());
        let alone = Instant::now();
        whisper.transcribe(&short, &hints, &NoProgress).await.unwrap();
        let alone = alone.elapsed();
        let _ =
            tokio::time::timeout(Duration::from_millis(50), whisper.transcribe(&long, &hints, &NoProgress))
                .await;
        let after = Instant::now();
        whisper.transcribe(&short, &hints, &NoProgress).await.unwrap();
        assert!(
            after.elapsed() < 3 * alone + Duration::from_secs(1),
            "{:?} after {alone:?}",
            after.elapsed()
        );
    }

    #[tokio::test]
    async fn a_missing_model_is_said_at_once_with_the_command() {
        let opened = WhisperLocal::open(Path::new("/nowhere/small.bin"), WhisperOptions::default());
        let Err(error) = opened else { panic!("opened") };
        assert_eq!(error.code(), "model_missing");
        assert!(error.to_string().contains("zvonar model pull small"), "{error}");
    }

    #[tokio::test]
    async fn a_broken_model_is_refused_before_whisper_cpp_sees_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("base.bin");
        std::fs::write(&path, [&0x6767_6d6c_u32.to_le_bytes()[..], &[0xff; 64]].concat()).unwrap();
        let whisper = WhisperLocal::open(&path, WhisperOptions::default()).unwrap();
        let audio = recording("f_short_2s.wav");
        let error = whisper.transcribe(&audio, &Hints::default(), &NoProgress).await.unwrap_err();
        assert!(matches!(error, TranscribeError::ModelBroken { .. }), "{error:?}");
        assert!(!error.is_retryable());
    }

    /// Weights of nothing but small noise: whisper.cpp loads and runs them, the words mean nothing.
    #[tokio::test]
    async fn a_converted_model_is_loaded_and_run_by_whisper_cpp() {
        let folder = tempfile::tempdir().unwrap();
        synthetic::write(folder.path());
        let store = transcribe::models::ModelStore::new(folder.path().join("models"));
        let info = store.import(folder.path(), Some("noise")).await.unwrap();
        let whisper = WhisperLocal::open(&info.path.unwrap(), WhisperOptions::for_cores(1)).unwrap();
        assert_eq!(whisper.engine().to_string(), "whisper-local/noise");
        assert!(whisper.options_key().contains(info.sha256.unwrap().as_str()));
        let audio = recording("f_short_2s.wav");
        let transcript = whisper.transcribe(&audio, &Hints::default(), &NoProgress).await.unwrap();
        assert_eq!(transcript.engine.model, "noise");
    }

    #[tokio::test]
    async fn an_unknown_language_and_a_lost_file_are_typed_errors() {
        let folder = tempfile::tempdir().unwrap();
        synthetic::write(folder.path());
        let store = transcribe::models::ModelStore::new(folder.path().join("models"));
        let model = store.import(folder.path(), Some("noise")).await.unwrap().path.unwrap();
        let whisper = WhisperLocal::open(&model, WhisperOptions::for_cores(1)).unwrap();
        let hints = Hints { language: "q\0".into(), phrases: vec!["a\0b".into()] };
        let error = whisper.transcribe(&recording("f_short_2s.wav"), &hints, &NoProgress).await.unwrap_err();
        assert_eq!(error.code(), "stt_failed");
        let error = whisper.transcribe(&call('a'), &Hints::default(), &NoProgress).await.unwrap_err();
        assert!(matches!(error, TranscribeError::Audio(_)), "{error:?}");
    }
}
