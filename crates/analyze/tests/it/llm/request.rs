//! What goes out, word for word, and the limits of the strict subset.

use std::fmt::Write as _;

use analyze::{Analyzer as _, RubricLibrary};
use domain::{Coverage, TalkMetrics};
use serde_json::Value;

use super::{analyzer, call, good, model, small, talk};

#[tokio::test]
async fn a_whole_request() {
    let model = model();
    model.answer_next(good());
    let mut transcript = talk();
    for (segment, start) in transcript.segments.iter_mut().zip([1_000, 4_000, 9_000, 20_000, 24_000]) {
        (segment.start_ms, segment.end_ms) = (Some(start), Some(start + 2_000));
    }
    transcript.engine.engine = "whisper-local".into();
    transcript.segments[3].text = "Дорого, я подумаю. Мой номер 8 916 123-45-67.".into();
    transcript.coverage = Some(Coverage {
        speech_ms: 20_000,
        covered_ms: 17_000,
        gaps: vec![(1, 14_000, 17_000)],
        incomplete: true,
    });
    transcript.metrics = Some(TalkMetrics {
        operator_share: Some(0.61),
        operator_interruptions: Some(1),
        client_interruptions: Some(0),
        longest_monologue_ms: Some(6_000),
        dead_air_ms: 4_000,
        ..TalkMetrics::default()
    });
    let mut call = call();
    call.talk_ms = Some(26_000);
    analyzer(&model).analyze(&call, &transcript, &small()).await.unwrap();
    let request = model.chat_requests().remove(0);
    let schema = request.schema.unwrap();
    let text = format!(
        "cache key: {}\nmost tokens: {:?}, temperature: {:?}\n\n--- system\n{}\n\n--- user\n{}\n\n--- schema {}\n{}",
        request.cache_key.unwrap(),
        request.max_output_tokens,
        request.temperature,
        request.messages[0].content,
        request.messages[1].content,
        schema.name,
        serde_json::to_string_pretty(&schema.schema).unwrap(),
    );
    insta::assert_snapshot!("whole_request", text);
}

#[tokio::test]
async fn the_prefix_is_the_same_for_every_call() {
    let model = model();
    for text in ["Менеджер: Алло.", "Клиент: Здравствуйте, это вы?"] {
        let transcript = analyze::parse_dialogue(text).unwrap();
        model.answer_next(good());
        analyzer(&model).analyze(&call(), &transcript, &small()).await.unwrap();
    }
    let requests = model.chat_requests();
    assert_eq!(requests[0].messages[0], requests[1].messages[0]);
    assert_eq!((&requests[0].schema, &requests[0].cache_key), (&requests[1].schema, &requests[1].cache_key));
}

/// Everything that the strict subset refuses.
fn refused(schema: &Value, depth: usize, properties: &mut usize, options: &mut usize) -> Option<String> {
    if depth > 10 {
        return Some("deeper than ten".to_owned());
    }
    for word in
        ["allOf", "not", "if", "dependentRequired", "patternProperties", "minimum", "maxItems", "pattern"]
    {
        if schema.get(word).is_some() {
            return Some(format!("{word} is not taken"));
        }
    }
    *options += schema["enum"].as_array().map_or(0, Vec::len);
    if schema["type"] == "object" {
        let members = schema["properties"].as_object()?;
        *properties += members.len();
        let required: Vec<&str> =
            schema["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        if schema["additionalProperties"] != false || required != members.keys().collect::<Vec<_>>() {
            return Some("an object is not closed".to_owned());
        }
        return members.values().find_map(|member| refused(member, depth + 1, properties, options));
    }
    schema.get("items").and_then(|items| refused(items, depth + 1, properties, options))
}

#[tokio::test]
async fn schemas_keep_to_the_strict_subset_and_true_answers_fit_them() {
    for rubric in RubricLibrary::builtin().all() {
        let model = model();
        analyzer(&model).analyze(&call(), &talk(), rubric).await.unwrap();
        let schema = model.chat_requests().remove(0).schema.unwrap();
        let (mut properties, mut options) = (0, 0);
        assert_eq!(refused(&schema.schema, 1, &mut properties, &mut options), None, "{}", rubric.id);
        assert!(properties <= 5000 && options <= 1000);
        assert!(schema.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
        assert_eq!(model.requests(), 1, "the stand-in's answers fit at once");
    }
}

#[tokio::test]
async fn a_rubric_that_no_schema_holds_is_refused_before_paying() {
    let mut text = "id = \"huge\"\ntitle = \"Т\"\n".to_owned();
    for n in 0..101 {
        let _ =
            writeln!(text, "[[criteria]]\nkey = \"k{n}\"\ntitle = \"К\"\nkind = \"flag\"\nquestion = \"?\"");
    }
    let model = model();
    let rubric = analyze::parse(&text).unwrap();
    let error = analyzer(&model).analyze(&call(), &talk(), &rubric).await.unwrap_err();
    assert_eq!((error.code(), model.requests()), ("rubric", 0));
}
