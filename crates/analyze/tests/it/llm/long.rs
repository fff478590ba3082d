//! Calls longer than a request: every line is judged, none is cut off.

use std::fmt::Write as _;
use std::sync::Arc;

use analyze::{Analyzer as _, LlmAnalyzer, LlmOptions, parse_dialogue};
use domain::{Transcript, Verdict};
use openai_client::testing::{Failure, FakeOpenAi};
use serde_json::{Value, json};

use super::{call, good, small};

/// A talk of so many pairs of turns; the price is told in the middle.
fn long(turns: usize) -> Transcript {
    let mut text = String::from("Менеджер: Добрый день, компания «Север», Анна.\n");
    for turn in 0..turns {
        let _ = writeln!(text, "Клиент: Вопрос номер {turn}, а как это устроено и зачем оно нужно?");
        let _ = writeln!(text, "Менеджер: Ответ номер {turn}, устроено просто и служит долго, вот так.");
    }
    text.push_str("Клиент: Дорого, я подумаю.");
    parse_dialogue(&text).unwrap()
}

fn analyzer(model: &FakeOpenAi, max_input_tokens: u32) -> LlmAnalyzer {
    let options = LlmOptions { max_input_tokens, ..LlmOptions::default() };
    LlmAnalyzer::new(Arc::new(model.clone()), options)
}

/// Nothing is found in a part of the middle.
fn nothing() -> Value {
    let mut answer = good();
    answer["criteria"]["greeting"] = json!({"comment": "", "verdict": "not_met", "score": 0, "evidence": []});
    for key in ["tone", "gist", "objections", "price"] {
        answer["criteria"][key] =
            json!({"comment": "", "verdict": "cannot_tell", "value": null, "evidence": []});
    }
    answer["promises"] = json!([]);
    answer["summary"] = json!("Клиент расспрашивал.");
    answer
}

fn numbers(message: &str) -> Vec<usize> {
    let number = |line: &str| line.strip_prefix('[')?.split_once(']')?.0.parse().ok();
    message.lines().filter_map(number).collect()
}

#[tokio::test]
async fn a_long_call_is_judged_in_parts_that_overlap_and_miss_no_line() {
    let model = FakeOpenAi::new();
    let transcript = long(300);
    model.answer_next(good());
    for _ in 0..20 {
        model.answer_next(nothing());
    }
    let analysis = analyzer(&model, 6_000).analyze(&call(), &transcript, &small()).await.unwrap();
    let requests = model.chat_requests();
    assert!(requests.len() > 3, "{} parts", requests.len());
    let mut next = 1;
    for request in &requests {
        let numbers = numbers(&request.messages[1].content);
        assert!(numbers[0] <= next, "lines {next}–{} are lost", numbers[0]);
        assert!(next == 1 || numbers[0] < next, "no overlap at {next}");
        next = numbers.last().unwrap() + 1;
        let letters: usize = request.messages.iter().map(|message| message.content.chars().count()).sum();
        assert!(letters <= 6_000 * 5 / 2, "{letters} letters in a request");
        assert_eq!(request.messages[0], requests[0].messages[0], "the prefix is the same");
    }
    assert_eq!(next, transcript.segments.len() + 1);
    assert_eq!(analysis.criteria[0].verdict, Verdict::Met, "a greeting is not undone by a part without one");
    assert_eq!(analysis.summary.matches("Клиент расспрашивал.").count(), 1);
    assert_eq!(analysis.cost.unwrap().total, model.billed().money);
}

#[tokio::test]
async fn a_smaller_window_than_told_is_met_by_smaller_parts() {
    let model = FakeOpenAi::new();
    model.fail_next(Failure::ContextTooLong);
    for _ in 0..20 {
        model.answer_next(good());
    }
    let analysis = analyzer(&model, 60_000).analyze(&call(), &long(100), &small()).await.unwrap();
    assert!(model.requests() >= 3);
    assert_eq!(analysis.criteria.len(), 6);
    // a window too small for any talk is told, not tried for ever
    model.set_outage(Some(Failure::ContextTooLong));
    let before = model.requests();
    let error = analyzer(&model, 60_000).analyze(&call(), &long(100), &small()).await.unwrap_err();
    assert_eq!(error.code(), "llm_invalid_request");
    assert!(model.requests() - before < 10);
}

#[tokio::test]
async fn one_endless_line_is_no_reason_to_cut() {
    let model = FakeOpenAi::new();
    let mut transcript = long(1);
    transcript.segments[1].text = "слово за словом ".repeat(2_000) + &"а".repeat(9_000);
    for _ in 0..40 {
        model.answer_next(good());
    }
    analyzer(&model, 6_000).analyze(&call(), &transcript, &small()).await.unwrap();
    let sent: String =
        model.chat_requests().iter().map(|request| request.messages[1].content.clone()).collect();
    assert!(sent.matches("слово за словом").count() >= 1_990);
    assert!(sent.matches('а').count() >= 9_000);
}
