//! What every back end of the realtime port must hold, one behaviour a function.
//!
//! `fake` is the provider behind `api`, fresh for each behaviour and quick: see [`realtime_contract!`](crate::realtime_contract).

#![expect(clippy::expect_used, clippy::panic, reason = "a contract fails by panicking")]
#![expect(missing_docs, reason = "the names say what is held")]

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use tokio::time::timeout;

use super::{FakeRealtime, RealtimeFaultKind, RealtimeReply, encode_g711, hum};
use crate::{
    G711, OpenAiError, RealtimeApi, RealtimeCommand, RealtimeConnection, RealtimeEvent, RealtimeSession,
    RealtimeTool, RealtimeTranscription, ResponseEnd, ResponseStatus, SpeechModel, WhoSays, testing::Failure,
};

/// Runs the contract of realtime, a test per behaviour. `$make` is the path of an
/// `async fn() -> (Guard, Arc<dyn RealtimeApi>, FakeRealtime)`.
#[macro_export]
macro_rules! realtime_contract {
    ($make:path) => {
        $crate::realtime_contract! { @each $make;
            a_session_takes_its_settings, an_answer_comes_as_sound_words_and_a_bill,
            speech_is_heard_counted_and_answered, a_cancelled_answer_ends_as_cancelled,
            truncation_beyond_the_sound_is_a_fault_and_within_it_is_done,
            functions_are_called_and_their_outputs_answered, history_is_taken_in_words,
            a_second_answer_at_once_is_a_fault, refusals_of_a_session_are_told_apart,
            a_session_that_expires_says_so_and_ends, a_session_that_breaks_off_is_an_error,
            an_answer_that_fails_tells_why,
        }
    };
    (@each $make:path; $($behaviour:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $behaviour() {
                let (_guard, api, fake) = $make().await;
                fake.set_pace(1, 100, 200, 1);
                $crate::testing::realtime::contract::$behaviour(api.as_ref(), &fake).await;
            }
        )*
    };
}

fn session() -> RealtimeSession {
    RealtimeSession {
        instructions: "Вы — голосовой робот.".to_owned(),
        voice: Some("marin".to_owned()),
        format: G711::Mulaw,
        transcription: Some(RealtimeTranscription {
            model: SpeechModel {
                name: "gpt-transcribe".to_owned(),
                timestamps: false,
                prompt: true,
                keywords: true,
                languages_list: true,
                max_seconds: 1390,
                max_bytes: 26_214_400,
            },
            language: "ru".to_owned(),
            keywords: vec!["Ромашка".to_owned()],
        }),
        tools: vec![RealtimeTool {
            name: "find_slot".to_owned(),
            description: "Свободное время".to_owned(),
            parameters: json!({"type": "object", "properties": {"day": {"type": "string"}}}),
        }],
        max_output_tokens: Some(512),
        ..RealtimeSession::default()
    }
}

async fn open(api: &dyn RealtimeApi) -> RealtimeConnection {
    api.connect(&session()).await.expect("the provider is healthy")
}

async fn next(line: &mut RealtimeConnection) -> RealtimeEvent {
    let event = timeout(Duration::from_secs(10), line.next()).await.expect("in time");
    event.expect("the session goes on").expect("no trouble")
}

/// Events up to the one that is looked for, and that one.
async fn until(
    line: &mut RealtimeConnection,
    wanted: impl Fn(&RealtimeEvent) -> bool,
) -> (Vec<RealtimeEvent>, RealtimeEvent) {
    let mut before = Vec::new();
    loop {
        let event = next(line).await;
        if wanted(&event) {
            return (before, event);
        }
        before.push(event);
    }
}

async fn done(line: &mut RealtimeConnection) -> (Vec<RealtimeEvent>, ResponseEnd) {
    match until(line, |event| matches!(event, RealtimeEvent::ResponseDone(_))).await {
        (before, RealtimeEvent::ResponseDone(end)) => (before, *end),
        _ => panic!("looked for"),
    }
}

fn ask(line: &mut RealtimeConnection, command: &RealtimeCommand) {
    line.send(command).expect("the session lives");
}

const ANSWER: RealtimeCommand = RealtimeCommand::CreateResponse { instructions: None };

/// Speech of so many ms, and silence after it.
fn speak(line: &mut RealtimeConnection, ms: u64) {
    let mut sound = encode_g711(G711::Mulaw, &hum(ms));
    sound.resize(sound.len() + 8 * 700, G711::Mulaw.silence());
    for packet in sound.chunks(160) {
        line.append(&STANDARD.encode(packet)).expect("the session lives");
    }
}

pub async fn a_session_takes_its_settings(api: &dyn RealtimeApi, fake: &FakeRealtime) {
    let _line = open(api).await;
    let settings = fake.settings();
    let settings = settings.last().expect("they came");
    assert_eq!(settings["audio"]["input"]["format"], json!({"type": "audio/pcmu"}));
    assert_eq!(settings["audio"]["input"]["turn_detection"]["interrupt_response"], false);
    assert_eq!(settings["audio"]["output"]["voice"], "marin");
    assert_eq!(settings["audio"]["input"]["transcription"]["languages"], json!(["ru"]));
    assert_eq!(settings["tools"][0]["name"], "find_slot");
    assert_eq!(settings["max_output_tokens"], 512);
    assert!(fake.refused().is_empty());
}

pub async fn an_answer_comes_as_sound_words_and_a_bill(api: &dyn RealtimeApi, fake: &FakeRealtime) {
    let mut line = open(api).await;
    fake.reply_next(RealtimeReply::say("Добрый день, чем могу помочь?"));
    ask(&mut line, &ANSWER);
    let (before, end) = done(&mut line).await;
    let sound: usize = before
        .iter()
        .map(|event| match event {
            RealtimeEvent::Audio { audio, spoken } => {
                assert_eq!(spoken.response, end.response);
                audio.len()
            }
            _ => 0,
        })
        .sum();
    assert_eq!(sound, 29 * 60 * 8, "sixty milliseconds a letter");
    let words = before.iter().find_map(|event| match event {
        RealtimeEvent::WordsDone { text, .. } => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(words, Some("Добрый день, чем могу помочь?"));
    assert_eq!((end.status, end.usage), (ResponseStatus::Completed, fake.billed()));
    assert!(api.price(&end.usage).expect("a price").micros > 0);
    assert!(before.iter().any(|event| matches!(event, RealtimeEvent::ResponseCreated { .. })));
}

pub async fn speech_is_heard_counted_and_answered(api: &dyn RealtimeApi, fake: &FakeRealtime) {
    let mut line = open(api).await;
    fake.hear_next("Сколько стоит доставка?");
    fake.reply_next(RealtimeReply::say("Триста рублей."));
    speak(&mut line, 1000);
    let (before, _) = done(&mut line).await;
    let place = |wanted: &dyn Fn(&RealtimeEvent) -> bool| before.iter().position(wanted).expect("it came");
    let started = place(
        &|event| matches!(event, RealtimeEvent::SpeechStarted { audio_start_ms, .. } if *audio_start_ms == 0),
    );
    let stopped = place(
        &|event| matches!(event, RealtimeEvent::SpeechStopped { audio_end_ms, .. } if *audio_end_ms == 1500),
    );
    let committed = place(&|event| matches!(event, RealtimeEvent::Committed { .. }));
    let created = place(&|event| matches!(event, RealtimeEvent::ResponseCreated { .. }));
    assert!(started < stopped && stopped < committed && committed < created, "{before:?}");
    let heard = before.iter().find_map(|event| match event {
        RealtimeEvent::Heard { text, billed_ms, .. } => Some((text.clone(), *billed_ms)),
        _ => None,
    });
    let heard = match heard {
        Some(heard) => heard,
        None => match until(&mut line, |event| matches!(event, RealtimeEvent::Heard { .. })).await.1 {
            RealtimeEvent::Heard { text, billed_ms, .. } => (text, billed_ms),
            _ => panic!("looked for"),
        },
    };
    assert_eq!(heard, ("Сколько стоит доставка?".to_owned(), Some(2000)));
    assert_eq!(fake.asked().last().expect("asked").heard.as_deref(), Some("Сколько стоит доставка?"));
}

pub async fn a_cancelled_answer_ends_as_cancelled(api: &dyn RealtimeApi, fake: &FakeRealtime) {
    fake.set_pace(1, 1, 200, 1);
    let mut line = open(api).await;
    fake.reply_next(RealtimeReply::say("Очень долгий рассказ ".repeat(20)));
    ask(&mut line, &ANSWER);
    let (_, first) = until(&mut line, |event| matches!(event, RealtimeEvent::Audio { .. })).await;
    let RealtimeEvent::Audio { spoken, .. } = first else { panic!("looked for") };
    ask(&mut line, &RealtimeCommand::CancelResponse { response: spoken.response.clone() });
    let (_, end) = done(&mut line).await;
    assert_eq!((end.status, &end.response), (ResponseStatus::Cancelled, &spoken.response));
    ask(&mut line, &RealtimeCommand::CancelResponse { response: spoken.response });
    let (_, fault) = until(&mut line, |event| matches!(event, RealtimeEvent::Fault(_))).await;
    let RealtimeEvent::Fault(fault) = fault else { panic!("looked for") };
    assert_eq!(fault.code, "response_cancel_not_active");
}

pub async fn truncation_beyond_the_sound_is_a_fault_and_within_it_is_done(
    api: &dyn RealtimeApi,
    fake: &FakeRealtime,
) {
    let mut line = open(api).await;
    fake.reply_next(RealtimeReply::say("Добрый день."));
    ask(&mut line, &ANSWER);
    let (before, _) = done(&mut line).await;
    let item = before.iter().find_map(|event| match event {
        RealtimeEvent::Audio { spoken, .. } => Some(spoken.item.clone()),
        _ => None,
    });
    let item = item.expect("it spoke");
    let truncate =
        |audio_end_ms| RealtimeCommand::Truncate { item: item.clone(), content_index: 0, audio_end_ms };
    ask(&mut line, &truncate(60_000));
    let (_, fault) = until(&mut line, |event| matches!(event, RealtimeEvent::Fault(_))).await;
    assert!(matches!(fault, RealtimeEvent::Fault(fault) if fault.code == "invalid_value"));
    ask(&mut line, &truncate(240));
    until(&mut line, |event| matches!(event, RealtimeEvent::Truncated { .. })).await;
    assert_eq!(fake.truncated(), [(item.as_str().to_owned(), 240)]);
    ask(&mut line, &RealtimeCommand::DeleteItem { item: item.clone() });
    ask(&mut line, &ANSWER);
    done(&mut line).await;
    assert_eq!(fake.deleted(), [item.as_str()]);
}

pub async fn functions_are_called_and_their_outputs_answered(api: &dyn RealtimeApi, fake: &FakeRealtime) {
    let mut line = open(api).await;
    fake.reply_next(RealtimeReply::call("find_slot", json!({"day": "завтра"})));
    ask(&mut line, &ANSWER);
    let (_, end) = done(&mut line).await;
    let [tool] = end.tools.as_slice() else { panic!("one call, not {:?}", end.tools) };
    assert_eq!((tool.name.as_str(), tool.arguments.as_str()), ("find_slot", r#"{"day":"завтра"}"#));
    ask(
        &mut line,
        &RealtimeCommand::FunctionOutput { call: tool.call.clone(), output: "{\"slots\":[]}".into() },
    );
    ask(&mut line, &ANSWER);
    done(&mut line).await;
    assert_eq!(fake.asked().last().expect("asked").outputs, ["{\"slots\":[]}"]);
    assert!(fake.refused().is_empty());
}

pub async fn history_is_taken_in_words(api: &dyn RealtimeApi, fake: &FakeRealtime) {
    let mut line = open(api).await;
    for (who, text) in
        [(WhoSays::System, "Клиент — Ирина."), (WhoSays::User, "Алло"), (WhoSays::Assistant, "Да")]
    {
        ask(&mut line, &RealtimeCommand::AddText { who, text: text.to_owned() });
    }
    ask(&mut line, &RealtimeCommand::ClearInput);
    ask(&mut line, &ANSWER);
    done(&mut line).await;
    assert!(fake.refused().is_empty(), "{:?}", fake.refused());
}

pub async fn a_second_answer_at_once_is_a_fault(api: &dyn RealtimeApi, fake: &FakeRealtime) {
    let mut line = open(api).await;
    ask(&mut line, &ANSWER);
    ask(&mut line, &ANSWER);
    let (before, end) = done(&mut line).await;
    assert_eq!(end.status, ResponseStatus::Completed);
    let code = before.iter().find_map(|event| match event {
        RealtimeEvent::Fault(fault) => Some(fault.code.as_str()),
        _ => None,
    });
    assert_eq!(code, Some("conversation_already_has_active_response"));
    assert_eq!(fake.asked().len(), 1);
}

pub async fn refusals_of_a_session_are_told_apart(api: &dyn RealtimeApi, fake: &FakeRealtime) {
    for failure in [Failure::KeyRevoked, Failure::Country, Failure::QuotaSpent, Failure::Overloaded(None)] {
        fake.refuse_next(failure.clone());
        let error = api.connect(&session()).await.expect_err("it is refused");
        let expected = match failure {
            Failure::QuotaSpent => matches!(error, OpenAiError::QuotaSpent { .. }),
            Failure::Overloaded(_) => matches!(error, OpenAiError::Unavailable { .. }),
            _ => matches!(error, OpenAiError::Unauthorized { .. }),
        };
        assert!(expected, "{failure:?} became {error:?}");
    }
    open(api).await;
}

pub async fn a_session_that_expires_says_so_and_ends(api: &dyn RealtimeApi, fake: &FakeRealtime) {
    let mut line = open(api).await;
    fake.spoil(RealtimeFaultKind::Expires);
    ask(&mut line, &ANSWER);
    let (_, fault) = until(&mut line, |event| matches!(event, RealtimeEvent::Fault(_))).await;
    assert!(matches!(fault, RealtimeEvent::Fault(fault) if fault.code == "session_expired"));
    let ended = timeout(Duration::from_secs(10), async { while let Some(Ok(_)) = line.next().await {} });
    ended.await.expect("nothing follows for ever");
    open(api).await;
}

pub async fn a_session_that_breaks_off_is_an_error(api: &dyn RealtimeApi, fake: &FakeRealtime) {
    let mut line = open(api).await;
    fake.reply_next(RealtimeReply::say("Долгий рассказ ".repeat(30)));
    fake.spoil(RealtimeFaultKind::CutAfter(400));
    ask(&mut line, &ANSWER);
    let error = timeout(Duration::from_secs(10), async {
        loop {
            match line.next().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => return Some(error),
                None => return None,
            }
        }
    });
    let error = error.await.expect("it is noticed").expect("an error, not an end");
    assert!(error.is_retryable(), "{error:?}");
    assert!(line.append("AAAA").is_err() || line.flush().await.is_err(), "nothing is taken any more");
}

pub async fn an_answer_that_fails_tells_why(api: &dyn RealtimeApi, fake: &FakeRealtime) {
    let mut line = open(api).await;
    fake.spoil(RealtimeFaultKind::AnswerFails("insufficient_quota"));
    ask(&mut line, &ANSWER);
    let (_, end) = done(&mut line).await;
    assert_eq!(end.status, ResponseStatus::Failed);
    assert_eq!(end.fault.expect("a reason").code, "insufficient_quota");
}
