//! The contract on the rules and on the double.

use analyze::{
    AnalyzeError, Analyzer as _, FakeAnalyzer, RubricLibrary, RulesAnalyzer, contract, parse_dialogue,
};
use domain::Direction;

#[tokio::test]
async fn rules_keep_the_contract() {
    contract::all(&RulesAnalyzer::new()).await;
}

#[tokio::test]
async fn the_double_keeps_the_contract() {
    contract::all(&FakeAnalyzer::new()).await;
}

#[tokio::test]
async fn scripted_faults_come_once_and_in_order() {
    let fake = FakeAnalyzer::named("gpt-test");
    fake.fail_next(|| AnalyzeError::RateLimited { engine: "gpt-test".into(), retry_after: None, cost: None });
    fake.fail_next(|| AnalyzeError::QuotaSpent {
        engine: "gpt-test".into(),
        reason: "0 RUB left".into(),
        cost: None,
    });
    let library = RubricLibrary::builtin();
    let (call, transcript) = (crate::sample::call(Direction::In), parse_dialogue("Менеджер: Алло.").unwrap());
    let rubric = library.find("dialog").unwrap();
    assert!(fake.analyze(&call, &transcript, rubric).await.unwrap_err().is_retryable());
    assert!(!fake.analyze(&call, &transcript, rubric).await.unwrap_err().is_retryable());
    assert_eq!(fake.analyze(&call, &transcript, rubric).await.unwrap().engine, "gpt-test");
    assert_eq!((fake.requests(), fake.judged().len()), (3, 1));
}
