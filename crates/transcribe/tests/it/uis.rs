//! UIS's own words on the recording's clock.

use std::{sync::Arc, time::Duration};

use domain::{ChannelLayout, OperatorChannel, SourceName, Speaker, Survey};
use transcribe::{
    CallAudio, CallReference, FakeTranscriber, Hints, NoProgress, TranscribeError, Transcriber,
    TranscriberChain, UisTranscriber, contract,
};
use uis_client::{
    SessionId,
    testing::{Component, FakeCall, FakeUis, Fault},
};

use crate::sound::call;

const SESSION: i64 = 4_123_456_789;

/// What is said in the call of `sound`: seconds from the start of the call, 12 s before the recording.
const SPOKEN: [(u32, bool, &str); 5] = [
    (12, true, "Добрый день, компания Север"),
    (16, false, "Здравствуйте, я по поводу заказа"),
    (19, true, "Слушаю вас"),
    (22, false, "Да"),
    (23, true, "Сейчас я посмотрю ваш заказ, минуту"),
];

fn fake(phrases: &[(u32, bool, &str)]) -> FakeUis {
    let fake = FakeUis::new();
    let start = chrono::NaiveDate::from_ymd_opt(2026, 3, 2).unwrap().and_hms_opt(10, 14, 7).unwrap();
    fake.add_call(FakeCall::incoming(SESSION, start));
    if !phrases.is_empty() {
        fake.set_recognition(SessionId(SESSION), phrases);
    }
    fake
}

fn audio() -> CallAudio {
    let reference = CallReference { source: SourceName::from("uis"), external_id: SESSION.to_string() };
    CallAudio { reference: Some(reference), ..call('a') }
}

fn engine(fake: &FakeUis) -> UisTranscriber {
    UisTranscriber::new(Arc::new(fake.clone()))
}

async fn hear(fake: &FakeUis, audio: &CallAudio) -> Result<domain::Transcript, TranscribeError> {
    engine(fake).transcribe(audio, &Hints::default(), &NoProgress).await
}

async fn refused(fake: &FakeUis, audio: &CallAudio) -> &'static str {
    hear(fake, audio).await.unwrap_err().code()
}

#[tokio::test]
async fn uis_keeps_the_contract() {
    contract::all(&engine(&fake(&SPOKEN)), &audio(), &contract::silenced(&audio())).await;
}

#[tokio::test]
async fn phrases_stand_where_their_speaker_is_heard() {
    let transcript = hear(&fake(&SPOKEN), &audio()).await.unwrap();
    let seen: Vec<_> = transcript
        .segments
        .iter()
        .map(|s| (s.speaker, s.channel, s.start_ms.unwrap(), s.end_ms.unwrap(), s.text.as_str()))
        .collect();
    let expected = [
        (Speaker::Operator, 0, 500, 3500, SPOKEN[0].2),
        (Speaker::Client, 1, 4000, 8000, SPOKEN[1].2),
        (Speaker::Operator, 0, 7500, 9000, SPOKEN[2].2),
        (Speaker::Client, 1, 10_000, 10_600, SPOKEN[3].2),
        (Speaker::Operator, 0, 11_000, 15_000, SPOKEN[4].2),
    ];
    assert_eq!(seen, expected);
    let coverage = transcript.coverage.unwrap();
    assert!(!coverage.incomplete && coverage.gaps.is_empty(), "{coverage:?}");
    assert_eq!(transcript.engine.to_string(), "uis");
    assert_eq!(transcript.cost, None);
}

#[tokio::test]
async fn the_operator_may_be_on_the_right() {
    let swapped: Vec<_> = SPOKEN.iter().map(|(at, operator, text)| (*at, !operator, *text)).collect();
    let audio = CallAudio { operator: OperatorChannel::Right, ..audio() };
    let transcript = hear(&fake(&swapped), &audio).await.unwrap();
    assert_eq!((transcript.segments[0].speaker, transcript.segments[0].channel), (Speaker::Client, 0));
    assert_eq!(transcript.segments[0].start_ms, Some(500));
}

#[tokio::test]
async fn in_mono_uis_knows_the_speakers_that_we_do_not() {
    let mut audio = audio();
    let mut survey: Survey = audio.survey.as_ref().clone();
    survey.layout = ChannelLayout::Mono;
    survey.utterances.iter_mut().for_each(|utterance| utterance.channel = 0);
    audio.survey = Arc::new(survey);
    let transcript = hear(&fake(&SPOKEN), &audio).await.unwrap();
    let speakers: Vec<_> = transcript.segments.iter().map(|s| s.speaker == Speaker::Operator).collect();
    assert_eq!(speakers, SPOKEN.map(|(_, operator, _)| operator));
}

#[tokio::test]
async fn speech_that_no_phrase_tells_of_is_a_gap() {
    let transcript = hear(&fake(&SPOKEN[..4]), &audio()).await.unwrap();
    let coverage = transcript.coverage.unwrap();
    assert_eq!(coverage.gaps, [(0, 11_000, 15_000)]);
    assert!(coverage.incomplete);
}

#[tokio::test]
async fn two_phrases_of_one_breath_share_its_time() {
    let mut spoken = SPOKEN.to_vec();
    spoken.insert(2, (18, false, "Вчера заказывали"));
    let transcript = hear(&fake(&spoken), &audio()).await.unwrap();
    let client: Vec<_> = transcript.segments.iter().filter(|s| s.channel == 1).collect();
    // joined again by the common rule: neighbouring sentences of one speaker
    assert!(client[0].text.contains("заказа Вчера"), "{client:?}");
    assert_eq!((client[0].start_ms, client[0].end_ms), (Some(4000), Some(8000)));
    assert!(!transcript.coverage.unwrap().incomplete);
}

#[tokio::test]
async fn words_without_any_speech_beside_them_are_kept() {
    let mut spoken = SPOKEN.to_vec();
    spoken.push((600, false, "До свидания"));
    let transcript = hear(&fake(&spoken), &audio()).await.unwrap();
    let last = transcript.segments.iter().find(|s| s.text == "До свидания").unwrap();
    assert!(last.end_ms.unwrap() <= 16_000, "inside of the recording");
    let odd = [(12, true, "Добрый день"), (16, false, &*"очень длинная речь ".repeat(60))];
    let transcript = hear(&fake(&odd), &audio()).await.unwrap();
    assert_eq!(transcript.segments.len() + transcript.dropped.len(), 2, "{transcript:?}");
}

#[tokio::test]
async fn without_a_recognition_the_chain_goes_on() {
    assert_eq!(refused(&fake(&[]), &audio()).await, "stt_not_available");
    assert_eq!(refused(&fake(&[(12, true, "  ")]), &audio()).await, "stt_not_available");
    assert_eq!(refused(&fake(&SPOKEN), &call('a')).await, "stt_not_available", "no id of the source");
    let folder = CallReference { source: SourceName::from("folder"), external_id: SESSION.to_string() };
    let foreign = CallAudio { reference: Some(folder), ..call('a') };
    assert_eq!(refused(&fake(&SPOKEN), &foreign).await, "stt_not_available", "another source's id");
    let path = CallReference { source: SourceName::from("uis"), external_id: "/calls/1.wav".into() };
    assert_eq!(
        refused(&fake(&SPOKEN), &CallAudio { reference: Some(path), ..call('a') }).await,
        "stt_not_available"
    );
    let chain = TranscriberChain::new(vec![Arc::new(engine(&fake(&[]))), Arc::new(FakeTranscriber::new())]);
    let heard = chain.transcribe(&audio(), &Hints::default(), &NoProgress).await.unwrap();
    assert_eq!(heard.engine.engine, "fake");
}

#[tokio::test]
async fn a_tariff_without_recognition_leaves_the_call_to_the_next_engine_and_stops_alone() {
    let off = fake(&SPOKEN);
    off.disable(Component::Settings);
    let uis: Arc<dyn Transcriber> = Arc::new(UisTranscriber::new(Arc::new(off)));
    let next: Arc<dyn Transcriber> = Arc::new(FakeTranscriber::new());
    let heard = TranscriberChain::new(vec![Arc::clone(&uis), next])
        .transcribe(&audio(), &Hints::default(), &NoProgress)
        .await
        .unwrap();
    assert_eq!(heard.engine.engine, "fake");
    let alone = TranscriberChain::new(vec![uis]);
    let error = alone.transcribe(&audio(), &Hints::default(), &NoProgress).await.unwrap_err();
    assert_eq!(error.code(), "stt_switched_off");
    let cause = error.cause().and_then(domain::Cause::error).unwrap();
    assert!(cause.downcast_ref::<uis_client::UisError>().is_some(), "with its own error, for the remedy");
}

#[tokio::test]
async fn refusals_of_uis_are_told_by_what_can_be_done() {
    let fake_of = |prepare: &dyn Fn(&FakeUis)| {
        let fake = fake(&SPOKEN);
        prepare(&fake);
        fake
    };
    assert_eq!(refused(&fake_of(&|f| f.revoke_key()), &audio()).await, "stt_unauthorized");
    assert_eq!(refused(&fake_of(&|f| f.refuse_address("203.0.113.9")), &audio()).await, "stt_unauthorized");
    assert_eq!(refused(&fake_of(&|f| f.deactivate()), &audio()).await, "stt_unauthorized");
    assert_eq!(
        refused(&fake_of(&|f| f.disable(Component::Settings)), &audio()).await,
        "stt_switched_off",
        "whoever has no other engine must be told what to connect"
    );
    let error = hear(&fake_of(&|f| f.fail_next(Fault::LimitMinute(23), 9)), &audio()).await.unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), ("stt_rate_limited", true));
    assert!(error.retry_after().is_some_and(|after| after > Duration::ZERO));
    let down = fake_of(&|f| f.fail_next(Fault::BadGateway, 9));
    assert_eq!(refused(&down, &audio()).await, "stt_unavailable");
}
