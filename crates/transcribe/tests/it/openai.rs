//! The engine over the network: what is sent, what is paid, what a fault does.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use domain::{Cost, DropReason, OperatorChannel, Transcript};
use openai_client::testing::{Failure, FakeOpenAi, HeardSegment, SpeechFault};
use transcribe::{
    CachedTranscriber, CallAudio, ChannelMode, FolderPieces, Hints, MemoryCache, MemoryPieces, NoProgress,
    OpenAiOptions, OpenAiTranscriber, TranscribeError, Transcriber, contract,
};

use crate::network::{Watched, flac_ms, provider, recording, surveyed};

fn engine(fake: &FakeOpenAi) -> OpenAiTranscriber {
    OpenAiTranscriber::new(Arc::new(fake.clone()), OpenAiOptions::default())
}

fn options(channels: ChannelMode, piece_seconds: u32) -> OpenAiOptions {
    OpenAiOptions { channels, piece_seconds, ..OpenAiOptions::default() }
}

async fn hear(engine: &dyn Transcriber, audio: &CallAudio) -> Result<Transcript, TranscribeError> {
    engine.transcribe(audio, &Hints::default(), &NoProgress).await
}

/// The receipt, in millionths.
fn paid(cost: Option<&Cost>) -> i64 {
    cost.map_or(0, |cost| cost.total.micros)
}

#[tokio::test]
async fn a_model_without_times_keeps_the_contract() {
    let audio = recording("b_rude_manager.wav");
    contract::all(&engine(&provider()), &audio, &contract::silenced(&audio)).await;
}

#[tokio::test]
async fn a_model_with_times_keeps_the_contract_per_channel_and_mixed() {
    let audio = recording("b_rude_manager.wav");
    for channels in [ChannelMode::PerChannel, ChannelMode::Mixed] {
        let api = Arc::new(provider().with_whisper());
        let engine = OpenAiTranscriber::new(api, options(channels, 20));
        contract::all(&engine, &audio, &contract::silenced(&audio)).await;
    }
}

#[tokio::test]
async fn every_second_of_speech_is_sent_once() {
    let audio = recording("a_sale_objection.wav");
    let speech = audio.survey.speech_ms();
    for (fake, mode, seconds) in [
        (provider(), ChannelMode::PerChannel, 120),
        (provider().with_whisper(), ChannelMode::PerChannel, 30),
        (provider().with_whisper(), ChannelMode::PerChannel, 1390),
        (provider().with_whisper(), ChannelMode::Mixed, 120),
    ] {
        let engine = OpenAiTranscriber::new(Arc::new(fake.clone()), options(mode, seconds));
        hear(&engine, &audio).await.unwrap();
        let sent = fake.speech_requests();
        for request in &sent {
            let real = flac_ms(&request.audio);
            assert!(real.abs_diff(request.duration_ms) <= 2, "{real} of {}", request.duration_ms);
            assert!(request.duration_ms <= u64::from(seconds.max(30)) * 1000);
        }
        let all: u64 = sent.iter().map(|request| request.duration_ms).sum();
        match mode {
            ChannelMode::PerChannel => assert_eq!(all, speech),
            ChannelMode::Mixed => assert!(all <= speech && all > speech / 2, "double talk is sent once"),
        }
        let names: BTreeSet<_> = sent.iter().map(|request| request.file_name.clone()).collect();
        assert_eq!(names.len(), sent.len());
    }
}

#[tokio::test]
async fn hints_travel_as_the_model_takes_them() {
    let audio = recording("f_short_2s.wav");
    let hints =
        Hints { language: "ru".into(), phrases: vec!["Север Пласт".into(), "Анна".into()] };
    let sent = async |fake: FakeOpenAi| {
        engine(&fake).transcribe(&audio, &hints, &NoProgress).await.unwrap();
        let request = fake.speech_requests().remove(0);
        assert_eq!((request.language.as_deref(), request.mime), (Some("ru"), "audio/flac"));
        assert_eq!(request.file_name, "left-00000352.flac");
        (request.prompt, request.keywords)
    };
    assert_eq!(sent(provider()).await, (None, hints.phrases.clone()), "keywords where they are taken");
    assert_eq!(sent(provider().with_whisper()).await, (Some("Север Пласт, Анна.".into()), vec![]));
    let deaf = openai_client::SpeechModel {
        prompt: false,
        keywords: false,
        ..openai_client::TranscriptionApi::model(&provider()).clone()
    };
    assert_eq!(sent(provider().with_speech_model(deaf)).await, (None, vec![]), "and else nowhere");
}

#[tokio::test]
async fn a_retry_after_a_500_pays_only_for_what_is_missing() {
    let audio = recording("a_sale_objection.wav");
    let whole = hear(&engine(&provider()), &audio).await.unwrap();
    let fake = provider();
    let requests = {
        let counted = provider();
        hear(&engine(&counted), &audio).await.unwrap();
        counted.requests()
    };
    let api = Watched::new(fake.clone(), 1);
    let pieces = Arc::new(MemoryPieces::default());
    let engine = OpenAiTranscriber::new(api.clone(), OpenAiOptions::default()).with_pieces(pieces.clone());
    let names = {
        let named = provider();
        hear(&OpenAiTranscriber::new(Arc::new(named.clone()), OpenAiOptions::default()), &audio)
            .await
            .unwrap();
        named.speech_requests().iter().map(|request| request.file_name.clone()).collect::<Vec<_>>()
    };
    api.broken.lock().unwrap().insert(names[requests / 2].clone());
    let error = hear(&engine, &audio).await.unwrap_err();
    assert!(matches!(error, TranscribeError::Unavailable { .. }) && error.is_retryable(), "{error:?}");
    let first = api.answered();
    assert!(first.len() < requests && first.len() >= requests / 2, "those under way were waited for");
    assert_eq!(pieces.len(), first.len());

    let cached = CachedTranscriber::new(Arc::new(engine), Arc::new(MemoryCache::default()));
    let transcript = hear(&cached, &audio).await.unwrap();
    assert_eq!(transcript, whole, "a disturbed call ends like an undisturbed one, its cost too");
    assert_eq!(api.answered().len(), requests, "nothing was answered twice");
    assert_eq!(paid(transcript.cost.as_ref()), fake.billed().money.micros, "the receipt is the bill");
    assert!(pieces.is_empty(), "the transcript is kept: the pieces may go");
}

#[tokio::test]
async fn pieces_in_a_folder_outlive_the_process_and_go_with_their_recording() {
    let folder = tempfile::tempdir().unwrap();
    let audio = recording("b_rude_manager.wav");
    let fake = provider();
    let engine = || engine(&fake).with_pieces(Arc::new(FolderPieces::new(folder.path().join("pieces"))));
    let first = hear(&engine(), &audio).await.unwrap();
    let requests = fake.requests();
    assert_eq!(hear(&engine(), &audio).await.unwrap(), first);
    assert_eq!(fake.requests(), requests, "all of it was paid");
    let mut other = audio.clone();
    other.sha256 = domain::Sha256::new("other");
    hear(&engine(), &other).await.unwrap();
    assert_eq!(fake.requests(), 2 * requests, "each recording pays for its own");
    engine().kept(&audio.sha256).await;
    hear(&engine(), &other).await.unwrap();
    assert_eq!(fake.requests(), 2 * requests);
    hear(&engine(), &audio).await.unwrap();
    assert_eq!(fake.requests(), 3 * requests);

    let pieces = FolderPieces::new(folder.path().join("pieces"));
    let now = chrono::DateTime::from_timestamp(4_000_000_000, 0).unwrap();
    assert_eq!(pieces.sweep(chrono::DateTime::UNIX_EPOCH).await.unwrap(), 0);
    assert_eq!(pieces.sweep(now).await.unwrap(), 2);
    assert_eq!(std::fs::read_dir(folder.path().join("pieces")).unwrap().count(), 0);
    assert_eq!(FolderPieces::new("/nowhere/at/all").sweep(now).await.unwrap(), 0);
}

#[tokio::test]
async fn words_that_nobody_said_are_asked_for_again_without_hints() {
    let audio = recording("b_rude_manager.wav");
    let hints = Hints {
        phrases: vec!["Север Пласт".into(), "Анна Петрова".into()], ..Hints::default()
    };
    let undisturbed = engine(&provider()).transcribe(&audio, &hints, &NoProgress).await.unwrap();
    let plain = provider();
    engine(&plain).transcribe(&audio, &hints, &NoProgress).await.unwrap();
    for fault in [SpeechFault::Hallucination, SpeechFault::Loop, SpeechFault::PromptEcho, SpeechFault::Empty]
    {
        for whisper in [false, true] {
            let fake = if whisper { provider().with_whisper() } else { provider() };
            fake.spoil_next_speech(fault.clone());
            let healed = engine(&fake).transcribe(&audio, &hints, &NoProgress).await.unwrap();
            assert_eq!(paid(healed.cost.as_ref()), fake.billed().money.micros, "both answers are paid");
            assert!(healed.dropped.is_empty(), "{fault:?}: {:?}", healed.dropped);
            if whisper {
                assert!(!healed.coverage.unwrap().incomplete);
                continue;
            }
            assert_eq!(healed.segments, undisturbed.segments, "{fault:?}");
            assert_eq!(fake.requests(), plain.requests() + 1, "{fault:?}: one more request");
            let asked = fake.speech_requests();
            assert_eq!(asked.iter().filter(|request| request.keywords.is_empty()).count(), 1);
        }
    }
}

#[tokio::test]
async fn what_stays_invented_is_dropped_and_good_answers_are_not_asked_again() {
    let audio = recording("f_short_2s.wav");
    let fake = FakeOpenAi::new();
    let line = |text: &str| vec![HeardSegment { start_ms: 0, end_ms: 1000, text: text.into() }];
    fake.hear_next(line("Продолжение следует..."));
    fake.hear_next(line("Субтитры сделал DimaTorzok"));
    let transcript = hear(&engine(&fake), &audio).await.unwrap();
    assert_eq!((fake.requests(), transcript.segments.len()), (2, 0));
    assert_eq!(transcript.dropped[0].reason, DropReason::KnownHallucination);
    fake.hear_next(line("Алло, добрый день"));
    let transcript = hear(&engine(&fake), &audio).await.unwrap();
    assert_eq!((fake.requests(), transcript.segments.len()), (3, 1));
}

#[tokio::test]
async fn a_piece_that_is_not_taken_is_a_gap_and_all_of_them_are_an_error() {
    let audio = recording("b_rude_manager.wav");
    let fake = provider();
    fake.fail_next(Failure::BodyTooLarge);
    let transcript = hear(&engine(&fake), &audio).await.unwrap();
    let coverage = transcript.coverage.unwrap();
    assert!(coverage.incomplete && !coverage.gaps.is_empty() && coverage.covered_ms > 0, "{coverage:?}");
    fake.set_outage(Some(Failure::BodyTooLarge));
    let error = hear(&engine(&fake), &audio).await.unwrap_err();
    assert!(matches!(error, TranscribeError::Engine { .. }) && !error.is_retryable(), "{error:?}");
    assert!(error.to_string().contains("26214400"), "{error}");
}

#[tokio::test]
async fn trouble_of_the_provider_is_told_by_what_can_be_done() {
    let audio = recording("f_short_2s.wav");
    let wait = Some(Duration::from_hours(1));
    for (failure, code, retryable, after) in [
        (Failure::KeyRevoked, "stt_unauthorized", false, None),
        (Failure::Country, "stt_unauthorized", false, None),
        (Failure::ModelNotFound("m".into()), "stt_unauthorized", false, None),
        (Failure::QuotaSpent, "stt_quota_spent", false, None),
        (Failure::NoBalance, "stt_quota_spent", false, None),
        (Failure::RateLimited(wait), "stt_rate_limited", true, wait),
        (Failure::Overloaded(wait), "stt_unavailable", true, wait),
        (Failure::Internal, "stt_unavailable", true, None),
        (Failure::HtmlAnswer, "stt_unavailable", true, None),
    ] {
        let fake = provider();
        fake.set_outage(Some(failure.clone()));
        let error = hear(&engine(&fake), &audio).await.unwrap_err();
        assert_eq!((error.code(), error.is_retryable(), error.retry_after()), (code, retryable, after));
        assert!(error.to_string().contains("openai"), "{error}");
        assert_eq!(fake.requests(), 1, "{failure:?}: the client under the port repeats, not the engine");
    }
    let fake = provider();
    fake.set_outage(Some(Failure::Country));
    let error = hear(&engine(&fake), &audio).await.unwrap_err();
    assert!(error.to_string().contains("unsupported_country_region_territory"), "{error}");
}

/// Minutes of two voices that answer each other.
fn long_call(folder: &tempfile::TempDir, seconds: usize) -> CallAudio {
    let path = folder.path().join("long.wav");
    let mut voice = hound::WavReader::open(test_support::golden("g_cold_call_refused.wav")).unwrap();
    let voice: Vec<i16> = voice.samples().map(Result::unwrap).collect();
    let spec = hound::WavSpec {
        channels: 2,
        ..hound::WavReader::open(test_support::golden("g_cold_call_refused.wav")).unwrap().spec()
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for n in 0..seconds * 8000 {
        writer.write_sample(voice[n % voice.len()]).unwrap();
        writer.write_sample(voice[(n + voice.len() / 2) % voice.len()]).unwrap();
    }
    writer.finalize().unwrap();
    surveyed(path)
}

#[tokio::test]
async fn requests_of_a_call_are_bounded_and_so_is_what_is_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let audio = long_call(&folder, 240);
    for (fake, concurrent) in
        [(provider().with_whisper(), 4), (provider().with_whisper(), 2), (provider(), 3)]
    {
        let api = Watched::new(fake, concurrent);
        let options = OpenAiOptions { concurrent, piece_seconds: 40, ..OpenAiOptions::default() };
        let engine = OpenAiTranscriber::new(api.clone(), options);
        let heard = tokio::time::timeout(Duration::from_mins(1), hear(&engine, &audio)).await;
        heard.expect("as many as allowed are under way at once").unwrap();
        assert_eq!(api.most_under_way.load(Ordering::SeqCst), concurrent);
        let bytes = api.most_bytes.load(Ordering::SeqCst);
        assert!(bytes < concurrent * 40_000 * 20, "{bytes} bytes under way: half of what WAV would be");
    }
}

#[tokio::test]
async fn the_estimate_is_the_receipt() {
    for name in
        ["a_sale_objection.wav", "h_contract_promise.ogg", "g_cold_call_refused.wav", "b_rude_manager.wav"]
    {
        let audio = recording(name);
        for (fake, margin) in [(provider(), 10), (provider().with_whisper(), 3)] {
            let engine = engine(&fake);
            let exact = engine.price_of(&audio.survey).unwrap();
            let rough = engine.price(audio.survey.speech_ms()).unwrap();
            let receipt = paid(hear(&engine, &audio).await.unwrap().cost.as_ref());
            assert_eq!(exact.micros, receipt, "{name}");
            assert_eq!(receipt, fake.billed().money.micros);
            let off = (rough.micros - receipt).abs() * 100;
            assert!(off <= receipt * margin, "{name}: {} of {receipt}", rough.micros);
        }
    }
}

#[tokio::test]
async fn whatever_changes_the_words_changes_the_key() {
    let fake = provider();
    let key = |options| OpenAiTranscriber::new(Arc::new(fake.clone()), options).options_key();
    let usual = OpenAiOptions::default();
    let keys: BTreeSet<String> = [
        key(usual.clone()),
        key(OpenAiOptions { channels: ChannelMode::Mixed, ..usual.clone() }),
        key(OpenAiOptions { piece_seconds: 60, ..usual.clone() }),
        key(OpenAiOptions { endpoint: "api.proxyapi.ru".into(), ..usual.clone() }),
        engine(&provider().with_whisper()).options_key(),
    ]
    .into();
    assert_eq!(keys.len(), 5, "{keys:?}");
    assert_eq!(key(OpenAiOptions { concurrent: 1, ..usual.clone() }), key(usual), "speed changes no word");
    assert_eq!(engine(&fake).engine().to_string(), "openai/gpt-transcribe");
}

#[tokio::test]
async fn mono_and_the_other_operator_channel_work_too() {
    let mut audio = recording("b_rude_manager.wav");
    audio.operator = OperatorChannel::Right;
    contract::speakers_follow_the_channels(&engine(&provider()), &audio).await;
    let mono = recording("g_cold_call_refused.wav");
    for fake in [provider(), provider().with_whisper()] {
        let transcript = hear(&engine(&fake), &mono).await.unwrap();
        let coverage = transcript.coverage.unwrap();
        assert!(
            !transcript.segments.is_empty() && !coverage.incomplete,
            "{coverage:?} {:?}",
            transcript.dropped
        );
    }
}

#[tokio::test]
async fn a_lost_file_is_told_as_such_and_nothing_is_paid() {
    let mut audio = recording("b_rude_manager.wav");
    audio.path = "/nowhere/call.wav".into();
    let fake = provider();
    let error = hear(&engine(&fake), &audio).await.unwrap_err();
    assert!(matches!(error, TranscribeError::Audio(_)), "{error:?}");
    assert_eq!(fake.requests(), 0);
}
