//! What the model claims and what can be proven of it.

use analyze::Analyzer as _;
use domain::{Coverage, Speaker, Verdict};
use serde_json::json;

use super::{analyzer, call, good, judged, model, small, talk};

#[tokio::test]
async fn a_quote_that_nobody_said_is_lost_and_asks_for_a_look() {
    let model = model();
    let mut answer = good();
    answer["criteria"]["greeting"]["evidence"][0]["quote"] = json!("Здравствуйте, рады вас слышать");
    model.answer_next(answer);
    let analysis = judged(&model).await.unwrap();
    let greeting = &analysis.criteria[0];
    assert_eq!((greeting.verdict, greeting.needs_review), (Verdict::Met, true));
    assert!(greeting.evidence.is_empty());
}

#[tokio::test]
async fn a_quote_of_the_wrong_person_proves_nothing() {
    let model = model();
    let mut answer = good();
    answer["criteria"]["objections"]["evidence"][0]["speaker"] = json!("operator");
    model.answer_next(answer);
    let analysis = judged(&model).await.unwrap();
    assert!(analysis.criteria[4].evidence.is_empty() && analysis.criteria[4].needs_review);
}

#[tokio::test]
async fn a_quote_with_a_wrong_number_is_found_where_it_stands() {
    let model = model();
    let mut answer = good();
    answer["criteria"]["objections"]["evidence"][0]["segment"] = json!(99);
    answer["criteria"]["greeting"]["evidence"][0]["quote"] = json!("Добрый день… Анна");
    model.answer_next(answer);
    let analysis = judged(&model).await.unwrap();
    assert_eq!(analysis.criteria[4].evidence[0].segment, Some(3));
    assert_eq!(analysis.criteria[0].evidence.len(), 2, "a quote with a gap is two quotes");
}

#[tokio::test]
async fn a_quote_may_run_over_a_breath() {
    let model = model();
    let mut transcript = talk();
    let second = transcript.segments[0].clone();
    transcript.segments[0].text = "Добрый день,".into();
    transcript.segments.insert(1, domain::Segment { text: "компания «Север», Анна.".into(), ..second });
    let mut answer = good();
    answer["criteria"]["greeting"]["evidence"][0]["quote"] = json!("Добрый день, компания Север, Анна");
    model.answer_next(answer);
    let analysis = analyzer(&model).analyze(&call(), &transcript, &small()).await.unwrap();
    assert_eq!(analysis.criteria[0].evidence[0].segment, Some(0));
}

#[tokio::test]
async fn nobody_is_accused_without_a_quote_and_no_cap_falls_on_them() {
    let model = model();
    let mut answer = good();
    answer["criteria"]["rude"]["verdict"] = json!("met");
    answer["criteria"]["rude"]["value"] = json!(true);
    model.answer_next(answer.clone());
    let analysis = judged(&model).await.unwrap();
    assert_eq!(
        (analysis.criteria[1].verdict, analysis.criteria[1].needs_review),
        (Verdict::CannotTell, true)
    );
    assert_eq!(analysis.cap, None);
    // with the words the accusation stands and caps
    answer["criteria"]["rude"]["evidence"] =
        json!([{"quote": "До свидания", "segment": 5, "speaker": "operator"}]);
    model.answer_next(answer.clone());
    let analysis = judged(&model).await.unwrap();
    assert_eq!((analysis.criteria[1].verdict, analysis.total_score), (Verdict::Met, Some(20.0)));
    // but not where nobody knows who spoke
    let mut mono = talk();
    for segment in &mut mono.segments {
        segment.speaker = Speaker::Unknown;
    }
    model.answer_next(answer);
    let analysis = analyzer(&model).analyze(&call(), &mono, &small()).await.unwrap();
    assert_eq!(analysis.criteria[1].verdict, Verdict::CannotTell);
    assert!(analysis.criteria[0].needs_review);
}

#[tokio::test]
async fn never_heard_is_not_never_said() {
    let model = model();
    let mut answer = good();
    answer["criteria"]["greeting"] = json!({"comment": "", "verdict": "not_met", "score": 0, "evidence": []});
    let mut transcript = talk();
    let heard = |covered_ms, gaps| {
        Some(Coverage { speech_ms: 10_000, covered_ms, gaps, incomplete: covered_ms < 9_500 })
    };
    for (coverage, verdict, review) in [
        (heard(10_000, vec![]), Verdict::NotMet, false),
        (heard(9_000, vec![(0, 0, 2_000)]), Verdict::NotMet, true),
        (heard(5_000, vec![(0, 0, 5_000)]), Verdict::CannotTell, true),
    ] {
        transcript.coverage = coverage;
        model.answer_next(answer.clone());
        let analysis = analyzer(&model).analyze(&call(), &transcript, &small()).await.unwrap();
        assert_eq!((analysis.criteria[0].verdict, analysis.criteria[0].needs_review), (verdict, review));
    }
}

#[tokio::test]
async fn points_that_contradict_the_verdict_ask_for_a_look() {
    let model = model();
    let mut answer = good();
    answer["criteria"]["greeting"]["score"] = json!(0);
    model.answer_next(answer);
    let analysis = judged(&model).await.unwrap();
    assert_eq!((analysis.criteria[0].verdict, analysis.criteria[0].needs_review), (Verdict::NotMet, true));
}

#[tokio::test]
async fn words_heard_unsurely_prove_little() {
    let model = model();
    let mut transcript = talk();
    transcript.segments[0].avg_logprob = Some(-1.4);
    model.answer_next(good());
    let analysis = analyzer(&model).analyze(&call(), &transcript, &small()).await.unwrap();
    assert!(analysis.criteria[0].needs_review);
    assert!(model.chat_requests()[0].messages[1].content.contains("[1] Менеджер (неуверенно): Добрый день"));
}
