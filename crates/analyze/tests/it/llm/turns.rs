//! Asked and asked again: repairs, cuts, refusals, the fallback, and what all of it costs.

use std::sync::Arc;
use std::time::Duration;

use analyze::{AnalyzeError, Analyzer as _, LlmAnalyzer, LlmOptions, RulesAnalyzer};
use domain::{Value as Found, Verdict};
use openai_client::testing::{ChatFault, Failure};
use serde_json::{Value, json};

use super::{call, good, judged, model, small, talk};

#[tokio::test]
async fn a_good_answer_becomes_a_judged_call() {
    let model = model();
    model.answer_next(good());
    let analysis = judged(&model).await.unwrap();
    assert_eq!(analysis.engine, "gpt-6-luna");
    assert_eq!(analysis.total_score, Some(75.0));
    let values: Vec<Option<Found>> = analysis.criteria.iter().map(|result| result.value.clone()).collect();
    assert_eq!(
        values,
        [
            Some(Found::Number(2.0)),
            Some(Found::Flag(false)),
            Some(Found::Text("Нейтральный".into())),
            Some(Found::Text("Клиент спросил цену шкафа.".into())),
            Some(Found::List(vec!["Цена".into()])),
            Some(Found::Number(20_000.0)),
        ]
    );
    assert!(!analysis.needs_review());
    assert_eq!(analysis.promises[0].due.words, "завтра до обеда");
    assert_eq!(analysis.raw_model_output, [good()]);
    let cost = analysis.cost.unwrap();
    assert_eq!(cost.items[0].item, "analysis");
    assert_eq!(cost.total, model.billed().money);
}

#[tokio::test]
async fn a_promise_falls_due_by_our_calendar() {
    let model = model();
    model.answer_next(good());
    let mut call = call();
    call.started_at = Some("2026-11-20T10:15:00+03:00".parse().unwrap());
    let analysis = super::analyzer(&model).analyze(&call, &talk(), &small()).await.unwrap();
    let due = analysis.promises[0].due.at.unwrap();
    assert_eq!(due.to_rfc3339(), "2026-11-21T12:00:00+03:00");
}

#[tokio::test]
async fn one_repair_turn_names_every_mistake_and_both_answers_are_paid() {
    let model = model();
    let mut broken = good();
    broken["criteria"]["greeting"]["score"] = json!(7);
    broken["criteria"]["tone"]["value"] = json!("кислый");
    broken["criteria"]["invented"] = json!({});
    broken["criteria"].as_object_mut().unwrap().remove("price");
    model.answer_next(broken);
    model.answer_next(good());
    let analysis = judged(&model).await.unwrap();
    let requests = model.chat_requests();
    assert_eq!(requests.len(), 2);
    let asked = &requests[1].messages[3].content;
    for mistake in [
        "greeting: score — число от 0 до 2",
        "tone: value — один ключ из: negative, neutral, positive",
        "invented: такого критерия нет",
        "price: нет ответа",
    ] {
        assert!(asked.contains(mistake), "{mistake} is not in {asked}");
    }
    assert_eq!(analysis.raw_model_output.len(), 2);
    assert_eq!(analysis.cost.unwrap().total, model.billed().money);
}

#[tokio::test]
async fn an_answer_that_stays_broken_is_kept_and_paid() {
    let model = model();
    model.spoil_next_chat(ChatFault::SchemaViolation);
    model.spoil_next_chat(ChatFault::NotJson);
    let error = judged(&model).await.unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), ("llm_broken_answer", false));
    assert_eq!(error.cost().unwrap().total, model.billed().money);
    assert!(model.billed().money.micros > 0);
    assert!(matches!(error, AnalyzeError::BrokenAnswer { raw, .. } if raw == "Звонок прошёл хорошо."));
    assert_eq!(model.requests(), 2, "one repair turn, no more");
}

#[tokio::test]
async fn every_wrong_type_is_a_mistake_and_none_a_panic() {
    let odd = [Value::Null, json!(true), json!("x"), json!(-1), json!([[]]), json!({"a": {}})];
    let members = [
        "/criteria",
        "/summary",
        "/promises",
        "/recommendations",
        "/criteria/greeting",
        "/criteria/greeting/score",
        "/criteria/greeting/verdict",
        "/criteria/greeting/evidence",
        "/criteria/rude/value",
        "/criteria/tone/value",
        "/criteria/objections/value",
        "/criteria/gist/value",
        "/criteria/price/value",
        "/criteria/price/comment",
        "/criteria/greeting/evidence/0",
        "/criteria/greeting/evidence/0/segment",
        "/promises/0",
        "/promises/0/due",
    ];
    for member in members {
        for value in &odd {
            let model = model();
            let mut answer = good();
            *answer.pointer_mut(member).unwrap() = value.clone();
            model.answer_next(answer);
            model.answer_next(good());
            let analysis = judged(&model).await.unwrap();
            assert_eq!(analysis.criteria.len(), 6, "{member} = {value}");
        }
    }
}

#[tokio::test]
async fn a_cut_answer_gets_twice_the_room_once() {
    let model = model();
    model.answer_next(good());
    model.answer_next(good());
    model.spoil_next_chat(ChatFault::Length);
    assert_eq!(judged(&model).await.unwrap().total_score, Some(75.0));
    let room: Vec<u32> =
        model.chat_requests().iter().map(|request| request.max_output_tokens.unwrap()).collect();
    assert_eq!(room[1], 2 * room[0]);

    model.spoil_next_chat(ChatFault::Length);
    model.spoil_next_chat(ChatFault::LengthEmpty);
    let error = judged(&model).await.unwrap_err();
    assert_eq!(error.code(), "llm_broken_answer");
    assert!(error.cost().is_some());
}

#[tokio::test]
async fn a_second_refusal_is_final_and_both_are_paid() {
    let model = model();
    for fault in [ChatFault::Refusal("Не могу помочь.".into()), ChatFault::ContentFilter] {
        let before = model.requests();
        model.answer_next(good());
        model.answer_next(good());
        model.spoil_next_chat(fault.clone());
        assert!(judged(&model).await.is_ok(), "one refusal is chance");
        assert_eq!(model.requests(), before + 2);

        model.spoil_next_chat(fault.clone());
        model.spoil_next_chat(fault);
        let billed = model.billed().money.micros;
        let error = judged(&model).await.unwrap_err();
        assert_eq!((error.code(), error.is_retryable()), ("llm_refused", false));
        assert_eq!(error.cost().unwrap().total.micros, model.billed().money.micros - billed);
        assert_eq!(model.requests(), before + 4);
    }
}

#[tokio::test]
async fn the_fallback_judges_what_the_model_would_not_and_says_so() {
    let options = LlmOptions { fallback: Some(Arc::new(RulesAnalyzer::new())), ..LlmOptions::default() };
    let model = model();
    let analyzer = LlmAnalyzer::new(Arc::new(model.clone()), options);
    let library = analyze::RubricLibrary::builtin();
    let rubric = library.find("manager-plus").unwrap();
    for _ in 0..2 {
        model.spoil_next_chat(ChatFault::Refusal("Нет.".into()));
    }
    let analysis = analyzer.analyze(&call(), &talk(), rubric).await.unwrap();
    assert_eq!(analysis.engine, "rules");
    assert!(
        analysis
            .summary
            .ends_with("Модель gpt-6-luna отказалась разбирать этот звонок: оценено по местным правилам."),
        "{}",
        analysis.summary
    );
    assert_eq!(analysis.cost.unwrap().total, model.billed().money);
    assert_eq!(analysis.raw_model_output, [json!("Нет."), json!("Нет.")]);
    // trouble that passes is no reason to judge by rules
    model.fail_next(Failure::Internal);
    assert!(analyzer.analyze(&call(), &talk(), rubric).await.unwrap_err().is_retryable());
}

#[tokio::test]
async fn faults_of_the_provider_keep_their_meaning() {
    let cases = [
        (Failure::KeyRevoked, "llm_unauthorized", "check the key"),
        (Failure::Country, "llm_unauthorized", "proxy"),
        (Failure::ModelNotFound("gpt-6-luna".into()), "llm_unauthorized", "OPENAI_CHAT_MODEL"),
        (Failure::QuotaSpent, "llm_quota_spent", "top it up"),
        (Failure::SpendLimit, "llm_quota_spent", "top it up"),
        (Failure::RateLimited(Some(Duration::from_mins(15))), "llm_rate_limited", "slow down"),
        (Failure::Internal, "llm_unavailable", "unavailable"),
        (Failure::HtmlAnswer, "llm_unavailable", "unavailable"),
        (Failure::Refused { code: None, param: None, message: "bad".into() }, "llm_invalid_request", "bad"),
    ];
    for (failure, code, words) in cases {
        let model = model();
        model.fail_next(failure);
        let error = judged(&model).await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(words), "{error}");
        let wait = (code == "llm_rate_limited").then_some(Duration::from_mins(15));
        assert_eq!(error.retry_after(), wait);
    }
}

#[tokio::test]
async fn money_paid_before_an_outage_is_still_told() {
    let model = model();
    model.answer_next(json!({}));
    // the first request is answered, the repair turn meets the outage
    let outage = Outage { model: model.clone() };
    let analyzer = LlmAnalyzer::new(Arc::new(outage), LlmOptions::default());
    let error = analyzer.analyze(&call(), &talk(), &small()).await.unwrap_err();
    assert_eq!(error.code(), "llm_unavailable");
    assert_eq!(error.cost().unwrap().total, model.billed().money);
}

/// Answers once, then is silent.
struct Outage {
    model: openai_client::testing::FakeOpenAi,
}

#[async_trait::async_trait]
impl openai_client::ChatApi for Outage {
    fn model(&self) -> &'static str {
        "gpt-6-luna"
    }

    async fn complete(
        &self,
        request: &openai_client::ChatRequest,
    ) -> Result<openai_client::ChatReply, openai_client::OpenAiError> {
        let reply = openai_client::ChatApi::complete(&self.model, request).await;
        self.model.set_outage(Some(Failure::Internal));
        reply
    }

    async fn stream(
        &self,
        request: &openai_client::ChatRequest,
    ) -> Result<
        futures::stream::BoxStream<'static, Result<openai_client::ChatEvent, openai_client::OpenAiError>>,
        openai_client::OpenAiError,
    > {
        openai_client::ChatApi::stream(&self.model, request).await
    }

    fn price(&self, usage: openai_client::TokenUsage) -> Option<domain::Money> {
        openai_client::ChatApi::price(&self.model, usage)
    }
}

#[tokio::test]
async fn a_call_without_words_or_without_a_criterion_costs_nothing() {
    let model = model();
    let mut empty = talk();
    empty.segments.clear();
    let analysis = super::analyzer(&model).analyze(&call(), &empty, &small()).await.unwrap();
    assert_eq!((analysis.total_score, analysis.cost), (None, None));
    assert!(analysis.criteria.iter().all(|result| result.verdict == Verdict::CannotTell));
    let mut brief = crate::sample::call(domain::Direction::In);
    brief.talk_ms = Some(12_000);
    let mut heard = talk();
    heard.engine.engine = "whisper-local".into();
    let mut rubric = small();
    for criterion in &mut rubric.criteria {
        criterion.applies_to.min_talk_s = Some(30.0);
    }
    let analysis = super::analyzer(&model).analyze(&brief, &heard, &rubric).await.unwrap();
    assert!(analysis.criteria.iter().all(|result| result.verdict == Verdict::NotApplicable));
    assert!(analysis.summary.contains("Разговор короче 30"));
    assert_eq!(model.requests(), 0);
    // one criterion that has its place is asked about, the others stay out of it
    rubric.criteria[0].applies_to.min_talk_s = None;
    model.answer_next(good());
    let analysis = super::analyzer(&model).analyze(&brief, &heard, &rubric).await.unwrap();
    assert_eq!(analysis.total_score, Some(100.0));
    assert_eq!(analysis.criteria[2].verdict, Verdict::NotApplicable);
}
