//! What every back end of the two ports must hold, one behaviour a function.
//!
//! `fake` is the provider behind `api`: the fake itself in memory, or the one that a server puts on
//! the wire. It is fresh for each behaviour. Run all of them with
//! [`chat_contract!`](crate::chat_contract) and [`speech_contract!`](crate::speech_contract).

#![expect(clippy::expect_used, clippy::panic, reason = "a contract fails by panicking")]
#![expect(missing_docs, reason = "the names say what is held")]

use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use serde_json::{Value, json};

use super::{ChatFault, Failure, FakeOpenAi, HeardSegment, SpeechFault};
use crate::{
    AnswerSchema, ChatApi, ChatEvent, ChatMessage, ChatRequest, Finish, OpenAiError, Role, SpeechRequest,
    TranscriptionApi,
};

/// Runs the contract of chat, a test per behaviour. `$make` is the path of an
/// `async fn() -> (Guard, Arc<dyn ChatApi>, FakeOpenAi)`.
#[macro_export]
macro_rules! chat_contract {
    ($make:path) => {
        $crate::chat_contract! { @each $make;
            an_answer_fits_the_schema_and_tells_its_bill, free_text_is_free_text,
            fences_and_thinking_are_stripped, what_was_paid_is_a_reply_that_says_what_is_wrong,
            a_request_keeps_what_was_asked, a_prefix_that_repeats_is_read_from_the_cache,
            a_stream_says_the_same_words_and_ends, a_cut_stream_is_an_error_without_an_end,
            final_failures_are_told_apart_and_not_repeated, a_long_wait_goes_to_the_caller,
        }
    };
    (@each $make:path; $($behaviour:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $behaviour() {
                let (_guard, api, fake) = $make().await;
                $crate::testing::contract::$behaviour(api.as_ref(), &fake).await;
            }
        )*
    };
}

/// Runs the contract of speech to text, a test per behaviour. `$make` is the path of an
/// `async fn() -> (Guard, Arc<dyn TranscriptionApi>, FakeOpenAi)`.
#[macro_export]
macro_rules! speech_contract {
    ($make:path) => {
        $crate::speech_contract! { @each $make;
            words_come_with_times_where_the_model_gives_them, silence_is_empty,
            a_blip_is_empty_and_free, what_is_too_much_is_refused_unsent, inventions_come_as_they_are,
            speech_failures_are_told_apart_and_not_repeated,
        }
    };
    (@each $make:path; $($behaviour:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $behaviour() {
                let (_guard, api, fake) = $make().await;
                $crate::testing::contract::$behaviour(api.as_ref(), &fake).await;
            }
        )*
    };
}

fn asked(words: &str) -> ChatRequest {
    ChatRequest {
        messages: vec![
            ChatMessage::new(Role::System, "Оцените звонок."),
            ChatMessage::new(Role::User, words),
        ],
        schema: Some(AnswerSchema {
            name: "call_score".to_owned(),
            schema: json!({
                "type": "object", "additionalProperties": false, "required": ["score", "next_step"],
                "properties": {"score": {"type": "integer"}, "next_step": {"type": ["string", "null"]}},
            }),
        }),
        max_output_tokens: Some(500),
        ..ChatRequest::default()
    }
}

async fn complete(api: &dyn ChatApi, words: &str) -> crate::ChatReply {
    api.complete(&asked(words)).await.expect("the provider is healthy")
}

pub async fn an_answer_fits_the_schema_and_tells_its_bill(api: &dyn ChatApi, fake: &FakeOpenAi) {
    let reply = complete(api, "Добрый день").await;
    let answer: Value = serde_json::from_str(&reply.content).expect("JSON");
    assert!(answer["score"].is_i64() && answer.get("next_step").is_some(), "{answer}");
    assert_eq!((reply.finish, &reply.refusal), (Finish::Stop, &None));
    assert_eq!(reply.model, api.model());
    assert!(reply.request_id.is_some());
    let usage = reply.usage.expect("a bill");
    assert!(usage.prompt > 10 && usage.completion > 3, "{usage:?}");
    assert_eq!(reply.cost, api.price(usage));
    assert_eq!(fake.billed().usage, usage);
}

pub async fn free_text_is_free_text(api: &dyn ChatApi, fake: &FakeOpenAi) {
    fake.answer_next(json!("Было так: {раз} и ```два```."));
    let request = ChatRequest { schema: None, ..asked("?") };
    let reply = api.complete(&request).await.expect("the provider is healthy");
    assert_eq!(reply.content, "Было так: {раз} и ```два```.");
}

pub async fn fences_and_thinking_are_stripped(api: &dyn ChatApi, fake: &FakeOpenAi) {
    for fault in [ChatFault::Fenced, ChatFault::Thinking] {
        fake.answer_next(json!({"score": 7, "next_step": "}"}));
        fake.spoil_next_chat(fault);
        let reply = complete(api, "?").await;
        let answer: Value = serde_json::from_str(&reply.content).expect("JSON");
        assert_eq!(answer, json!({"score": 7, "next_step": "}"}));
    }
}

pub async fn what_was_paid_is_a_reply_that_says_what_is_wrong(api: &dyn ChatApi, fake: &FakeOpenAi) {
    fake.spoil_next_chat(ChatFault::Refusal("Не могу помочь.".to_owned()));
    assert_eq!(complete(api, "?").await.refusal.as_deref(), Some("Не могу помочь."));
    for (fault, finish) in [
        (ChatFault::Length, Finish::Length),
        (ChatFault::LengthEmpty, Finish::Length),
        (ChatFault::ContentFilter, Finish::Filter),
        (ChatFault::SchemaViolation, Finish::Stop),
        (ChatFault::NotJson, Finish::Stop),
    ] {
        fake.spoil_next_chat(fault.clone());
        let reply = complete(api, "?").await;
        assert_eq!(reply.finish, finish, "{fault:?}");
        assert!(reply.usage.is_some(), "{fault:?} was paid");
    }
    assert_eq!(fake.billed().chats, 6);
}

pub async fn a_request_keeps_what_was_asked(api: &dyn ChatApi, fake: &FakeOpenAi) {
    complete(api, "Слова звонка").await;
    let seen = fake.chat_requests();
    let [seen] = seen.as_slice() else { panic!("one request, not {}", seen.len()) };
    assert_eq!(seen.messages, asked("Слова звонка").messages);
    assert_eq!(seen.schema, asked("?").schema);
    assert_eq!(seen.max_output_tokens, Some(500));
}

pub async fn a_prefix_that_repeats_is_read_from_the_cache(api: &dyn ChatApi, _fake: &FakeOpenAi) {
    let mut request = asked("первый");
    request.cache_key = Some("score-v1".to_owned());
    if let Some(first) = request.messages.first_mut() {
        first.content = "Правила оценки звонка. ".repeat(400);
    }
    let first = api.complete(&request).await.expect("the provider is healthy").usage.expect("a bill");
    let second = api.complete(&request).await.expect("the provider is healthy").usage.expect("a bill");
    assert_eq!(first.cached, 0);
    assert!(second.cached >= 1024 && second.cached <= second.prompt, "{second:?}");
    let (dear, cheap) = (api.price(first), api.price(second));
    assert!(dear.map(|money| money.micros) > cheap.map(|money| money.micros), "{dear:?} {cheap:?}");
}

pub async fn a_stream_says_the_same_words_and_ends(api: &dyn ChatApi, fake: &FakeOpenAi) {
    fake.answer_next(json!("Добрый день, чем могу помочь?"));
    let request = ChatRequest { schema: None, ..asked("?") };
    let events: Vec<_> = api.stream(&request).await.expect("the provider is healthy").collect().await;
    let (mut words, mut ends) = (String::new(), 0);
    for event in events {
        match event.expect("no fault") {
            ChatEvent::Words(more) => {
                assert_eq!(ends, 0, "nothing follows the end");
                words.push_str(&more);
            }
            ChatEvent::End { finish, usage, cost } => {
                ends += 1;
                assert_eq!(finish, Finish::Stop);
                assert_eq!(cost, api.price(usage.expect("a bill")));
            }
        }
    }
    assert_eq!((words.as_str(), ends), ("Добрый день, чем могу помочь?", 1));
}

pub async fn a_cut_stream_is_an_error_without_an_end(api: &dyn ChatApi, fake: &FakeOpenAi) {
    fake.answer_next(json!("Добрый день, чем могу помочь?"));
    fake.spoil_next_chat(ChatFault::CutStream);
    let request = ChatRequest { schema: None, ..asked("?") };
    let mut events: Vec<_> = api.stream(&request).await.expect("it begins well").collect().await;
    let last = events.pop().expect("an event");
    assert!(matches!(last, Err(OpenAiError::Unavailable { .. })), "{last:?}");
    assert!(events.iter().all(|event| matches!(event, Ok(ChatEvent::Words(_)))), "{events:?}");
}

fn is_expected(failure: &Failure, error: &OpenAiError) -> bool {
    match failure {
        Failure::QuotaSpent | Failure::SpendLimit | Failure::NoBalance => {
            matches!(error, OpenAiError::QuotaSpent { .. })
        }
        Failure::KeyRevoked => {
            matches!(error, OpenAiError::Unauthorized { code, .. } if code == "invalid_api_key")
        }
        Failure::Country => {
            matches!(error, OpenAiError::Unauthorized { code, .. }
                if code == "unsupported_country_region_territory")
        }
        Failure::ModelNotFound(_) => {
            matches!(error, OpenAiError::Unauthorized { code, .. } if code == "model_not_found")
        }
        Failure::ContextTooLong => {
            matches!(error, OpenAiError::Invalid { code, .. } if code == "context_length_exceeded")
        }
        Failure::HtmlAnswer => matches!(error, OpenAiError::BadAnswer { .. }),
        _ => false,
    }
}

fn final_failures() -> Vec<Failure> {
    vec![
        Failure::QuotaSpent,
        Failure::SpendLimit,
        Failure::NoBalance,
        Failure::KeyRevoked,
        Failure::Country,
        Failure::ModelNotFound("gpt-0".to_owned()),
        Failure::HtmlAnswer,
    ]
}

pub async fn final_failures_are_told_apart_and_not_repeated(api: &dyn ChatApi, fake: &FakeOpenAi) {
    for failure in [final_failures(), vec![Failure::ContextTooLong]].concat() {
        let before = fake.requests();
        fake.fail_next(failure.clone());
        let error = api.complete(&asked("Секретные слова")).await.expect_err("it fails");
        assert!(is_expected(&failure, &error), "{failure:?} became {error:?}");
        assert!(!error.to_string().contains("Секретные"), "{error}");
        assert_eq!(fake.requests() - before, 1, "{failure:?} is asked once");
    }
    assert_eq!(fake.billed().chats, 0);
    complete(api, "?").await;
}

pub async fn a_long_wait_goes_to_the_caller(api: &dyn ChatApi, fake: &FakeOpenAi) {
    let hour = Duration::from_hours(1);
    fake.fail_next(Failure::RateLimited(Some(hour)));
    let error = api.complete(&asked("?")).await.expect_err("it fails");
    assert!(matches!(error, OpenAiError::RateLimited { .. }), "{error:?}");
    assert_eq!((error.is_retryable(), error.retry_after()), (true, Some(hour)));
    assert_eq!(fake.requests(), 1);
}

/// A second of near silence as WAV (8 kHz, 16 bit, mono), or any other length.
pub fn sound(duration_ms: u64) -> SpeechRequest {
    let samples = u32::try_from(duration_ms * 8).unwrap_or(u32::MAX / 4);
    let mut wav = Vec::from(*b"RIFF");
    wav.extend((36 + samples * 2).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(8000_u32.to_le_bytes());
    wav.extend(16_000_u32.to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend((samples * 2).to_le_bytes());
    wav.extend((0..samples).flat_map(|at| [u8::from(at % 40 < 20), 0]));
    SpeechRequest {
        audio: Bytes::from(wav),
        file_name: "left-000001.wav".to_owned(),
        mime: "audio/wav",
        duration_ms,
        language: Some("ru".to_owned()),
        prompt: Some("Разговор с клиентом.".to_owned()),
        keywords: vec!["Ромашка".to_owned()],
    }
}

fn said(start_ms: u64, end_ms: u64, text: &str) -> HeardSegment {
    HeardSegment { start_ms, end_ms, text: text.to_owned() }
}

pub async fn words_come_with_times_where_the_model_gives_them(api: &dyn TranscriptionApi, fake: &FakeOpenAi) {
    fake.hear_next(vec![said(120, 900, "Добрый день."), said(1000, 2410, "Слушаю вас.")]);
    let reply = api.transcribe(sound(3210)).await.expect("the provider is healthy");
    assert_eq!(reply.text, "Добрый день. Слушаю вас.");
    assert_eq!(reply.cost, api.price(3210));
    assert!(reply.request_id.is_some());
    let times: Vec<_> = reply.segments.iter().map(|segment| (segment.start_ms, segment.end_ms)).collect();
    if api.model().timestamps {
        assert_eq!(times, [(120, 900), (1000, 2410)]);
    } else {
        assert!(times.is_empty(), "{times:?}");
    }
    let heard = fake.speech_requests();
    let [heard] = heard.as_slice() else { panic!("one request, not {}", heard.len()) };
    assert_eq!(heard.audio, sound(3210).audio);
    assert_eq!((heard.language.as_deref(), heard.duration_ms), (Some("ru"), 3210));
    assert_eq!(heard.prompt.is_some(), api.model().prompt);
}

pub async fn silence_is_empty(api: &dyn TranscriptionApi, fake: &FakeOpenAi) {
    fake.hear_next(Vec::new());
    let reply = api.transcribe(sound(1000)).await.expect("the provider is healthy");
    assert_eq!((reply.text.as_str(), reply.segments.len()), ("", 0));
}

pub async fn a_blip_is_empty_and_free(api: &dyn TranscriptionApi, fake: &FakeOpenAi) {
    let reply = api.transcribe(sound(90)).await.expect("no error");
    assert_eq!((reply.text.as_str(), reply.cost), ("", api.price(0)));
    fake.fail_next(Failure::AudioTooShort);
    let reply = api.transcribe(sound(150)).await.expect("the provider's own limit is no error either");
    assert_eq!(reply.text, "");
    assert_eq!(fake.billed().speeches, 0);
}

pub async fn what_is_too_much_is_refused_unsent(api: &dyn TranscriptionApi, fake: &FakeOpenAi) {
    let mut long = sound(1000);
    long.duration_ms = u64::from(api.model().max_seconds) * 1000 + 1;
    let error = api.transcribe(long).await.expect_err("too long");
    assert!(matches!(&error, OpenAiError::Invalid { code, .. } if code == "audio_too_long"), "{error:?}");
    let mut large = sound(1000);
    let size = usize::try_from(api.model().max_bytes).unwrap_or(usize::MAX - 1) + 1;
    large.audio = Bytes::from(vec![0; size]);
    let error = api.transcribe(large).await.expect_err("too large");
    assert!(matches!(&error, OpenAiError::Invalid { code, .. } if code == "audio_too_large"), "{error:?}");
    assert_eq!(fake.billed().speeches, 0);
}

pub async fn inventions_come_as_they_are(api: &dyn TranscriptionApi, fake: &FakeOpenAi) {
    fake.spoil_next_speech(SpeechFault::Hallucination);
    let reply = api.transcribe(sound(1000)).await.expect("the provider is healthy");
    assert!(reply.text.contains("Субтитры"), "{reply:?}");
    if api.model().timestamps {
        let marks = reply.segments.first().expect("a segment");
        assert!(marks.no_speech_prob > Some(0.6) && marks.avg_logprob < Some(-1.0), "{marks:?}");
    }
}

pub async fn speech_failures_are_told_apart_and_not_repeated(api: &dyn TranscriptionApi, fake: &FakeOpenAi) {
    for failure in final_failures() {
        let before = fake.requests();
        fake.fail_next(failure.clone());
        let error = api.transcribe(sound(1000)).await.expect_err("it fails");
        assert!(is_expected(&failure, &error), "{failure:?} became {error:?}");
        assert_eq!(fake.requests() - before, 1, "{failure:?} is asked once");
    }
    assert_eq!(fake.billed().speeches, 0);
}
