//! What stages make and what people say of it.

use domain::{CallId, CallStatus, Currency, Money, Value, Verdict};

use super::sample::{
    analysis, at, call, claimed, done, finish, job, recording, request, rubric, transcript, trouble,
};
use crate::{
    JobFilter, JobState, Outcome, OverrideVerdict, SpendEntry, Stage, StageResult, Store, StoreError,
};

fn paid(name: &str, item: &str, amount: &str) -> SpendEntry {
    let amount: Money = amount.parse().expect("an amount");
    SpendEntry { call: CallId::derive("folder", name), item: item.to_owned(), amount, key: None }
}

fn verdict(name: &str, key: &str, score: f64, seconds: i64) -> OverrideVerdict {
    OverrideVerdict {
        call: CallId::derive("folder", name),
        rubric: "r".into(),
        key: key.to_owned(),
        verdict: Verdict::Partly,
        score: Some(score),
        value: Some(Value::List(vec!["цена".to_owned()])),
        reason: "Клиент согласился".to_owned(),
        author: "РОП".to_owned(),
        at: at(seconds),
    }
}

pub async fn completing_is_all_or_nothing(store: &dyn Store) {
    let claim = claimed(store, "a").await;
    let result = StageResult {
        outcome: Outcome::Fetched(Box::new(recording("file:///a"))),
        status: Some(CallStatus::Done),
        error: None,
        next: vec![job("a", Stage::Transcribe, ""), job("nobody", Stage::Transcribe, "")],
        spend: vec![paid("a", "speech", "1RUB")],
    };
    let refused = store.complete(&claim, result, at(1)).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    let record = store.call(claim.job.call).await.unwrap().unwrap();
    assert_eq!((record.status, record.recording), (CallStatus::Queued, None));
    assert_eq!(store.spent_on(claim.job.call).await.unwrap(), []);
    let jobs = store.jobs(&JobFilter::default(), 10).await.unwrap();
    assert_eq!((jobs.len(), jobs[0].state), (1, JobState::Leased));
    store.complete(&claim, done(Outcome::Nothing), at(2)).await.expect("the lease still holds");
}

pub async fn completing_keeps_everything_together(store: &dyn Store) {
    let claim = claimed(store, "a").await;
    let result = StageResult {
        outcome: Outcome::Fetched(Box::new(recording("file:///a"))),
        status: Some(CallStatus::AnalysisFailed),
        error: Some(trouble("schema")),
        next: vec![job("a", Stage::Transcribe, "")],
        spend: vec![paid("a", "telephony", "1.25RUB")],
    };
    store.complete(&claim, result, at(1)).await.unwrap();
    let record = store.call(claim.job.call).await.unwrap().unwrap();
    assert_eq!((record.status, record.error), (CallStatus::AnalysisFailed, Some(trouble("schema"))));
    assert_eq!((record.recording, record.updated_at), (Some(recording("file:///a")), at(1)));
    assert_eq!(store.spent_on(claim.job.call).await.unwrap(), [paid("a", "telephony", "1.25RUB")]);

    let claim = store.claim(&request(Stage::Transcribe, 1, 1)).await.unwrap().remove(0);
    let words = transcript(&["Алло", "Здравствуйте"]);
    let outcome = Outcome::Transcribed { transcript: Box::new(words.clone()), cache_key: "k".to_owned() };
    store.complete(&claim, done(outcome), at(2)).await.unwrap();
    assert_eq!(store.transcript(claim.job.call).await.unwrap(), Some(words));
    let record = store.call(claim.job.call).await.unwrap().unwrap();
    assert_eq!(record.error, Some(trouble("schema")), "no status given: the call is as it was");
    finish(store, "a", Stage::Analyze, Outcome::Nothing, 3).await;
    let jobs =
        store.jobs(&JobFilter { state: Some(JobState::Done), ..JobFilter::default() }, 10).await.unwrap();
    assert_eq!(jobs.len(), 3);
}

pub async fn the_newest_analysis_stands(store: &dyn Store) {
    let id = CallId::derive("folder", "a");
    store.discover(&[call("a", 0)], None, at(0)).await.unwrap();
    assert_eq!(store.analysis(id, None).await.unwrap(), None);
    let judged = [
        analysis("r", "1", Some(66.7)),
        analysis("q", "1", Some(10.1)),
        analysis("r", "2", None),
        analysis("r", "1", Some(33.3)),
    ];
    for (analysis, n) in judged.iter().zip(1..) {
        finish(store, "a", Stage::Analyze, Outcome::Analyzed(Box::new(analysis.clone())), n).await;
    }
    let newest = store.analysis(id, None).await.unwrap().unwrap();
    assert_eq!((&newest.analysis, newest.analyzed_at), (&judged[3], at(4)));
    let q = store.analysis(id, Some(&"q".into())).await.unwrap().unwrap();
    assert_eq!((&q.analysis, q.analyzed_at), (&judged[1], at(2)));
    let all: Vec<_> = store.analyses(id).await.unwrap().into_iter().map(|kept| kept.analysis).collect();
    let expected = [judged[3].clone(), judged[2].clone(), judged[1].clone()];
    assert_eq!(all, expected, "judging again under one revision replaces");
}

pub async fn what_a_model_said_in_vain_is_kept_until_it_succeeds(store: &dyn Store) {
    let id = CallId::derive("folder", "a");
    let raw = [serde_json::json!("Звонок прошёл хорошо."), serde_json::json!({"score": "много"})];
    let unknown = store.keep_failed_analysis(id, &"r".into(), &raw, at(1)).await;
    assert!(matches!(unknown, Err(StoreError::Invalid(_))), "{unknown:?}");
    store.discover(&[call("a", 0)], None, at(0)).await.unwrap();
    assert_eq!(store.failed_analysis(id, &"r".into()).await.unwrap(), None);
    store.keep_failed_analysis(id, &"r".into(), &raw[..1], at(1)).await.unwrap();
    store.keep_failed_analysis(id, &"r".into(), &raw, at(2)).await.unwrap();
    let kept = store.failed_analysis(id, &"r".into()).await.unwrap().unwrap();
    assert_eq!((kept.raw.as_slice(), kept.at), (raw.as_slice(), at(2)));
    finish(store, "a", Stage::Analyze, Outcome::Analyzed(Box::new(analysis("q", "1", None))), 3).await;
    assert!(store.failed_analysis(id, &"r".into()).await.unwrap().is_some(), "another rubric");
    finish(store, "a", Stage::Analyze, Outcome::Analyzed(Box::new(analysis("r", "1", None))), 3).await;
    assert_eq!(store.failed_analysis(id, &"r".into()).await.unwrap(), None);
}

pub async fn rubric_revisions_are_numbered_and_immutable(store: &dyn Store) {
    let (first, second) = (rubric("r", "aaa"), rubric("r", "bbb"));
    store.save_rubric(&first, at(0)).await.unwrap();
    store.save_rubric(&second, at(1)).await.unwrap();
    store.save_rubric(&rubric("q", "ccc"), at(1)).await.unwrap();
    let mut forged = first.clone();
    forged.title = "Другое".to_owned();
    store.save_rubric(&forged, at(2)).await.unwrap();
    assert_eq!(store.rubric(&first.id, &first.revision).await.unwrap(), Some(first.clone()));
    assert_eq!(store.rubric_number(&first.id, &first.revision).await.unwrap(), Some(1));
    assert_eq!(store.rubric_number(&first.id, &second.revision).await.unwrap(), Some(2));
    assert_eq!(store.rubric_number(&"q".into(), &"ccc".into()).await.unwrap(), Some(1));
    assert_eq!(store.rubric(&first.id, &"zzz".into()).await.unwrap(), None);
}

pub async fn overrides_survive_new_results(store: &dyn Store) {
    store.discover(&[call("a", 0)], None, at(0)).await.unwrap();
    finish(store, "a", Stage::Analyze, Outcome::Analyzed(Box::new(analysis("r", "1", Some(1.0)))), 1).await;
    for verdict in
        [verdict("a", "greeting", 1.0, 1), verdict("a", "price", 2.0, 2), verdict("a", "greeting", 0.1, 3)]
    {
        store.override_verdict(&verdict).await.unwrap();
    }
    finish(store, "a", Stage::Analyze, Outcome::Analyzed(Box::new(analysis("r", "2", Some(2.0)))), 2).await;
    let mut changed = call("a", 0);
    changed.call.revision = "2".to_owned();
    store.discover(&[changed.clone()], None, at(5)).await.unwrap();
    let standing = store.overrides(changed.call.id, &"r".into()).await.unwrap();
    assert_eq!(standing, [verdict("a", "greeting", 0.1, 3), verdict("a", "price", 2.0, 2)]);
    assert_eq!(store.overrides(changed.call.id, &"q".into()).await.unwrap(), []);
    let history = store.override_history(changed.call.id, &"r".into()).await.unwrap();
    assert_eq!((history.len(), history[2].score), (3, Some(1.0)), "older ones stay in the history");
}

pub async fn an_override_needs_a_reason_and_a_call(store: &dyn Store) {
    let unknown = store.override_verdict(&verdict("nobody", "greeting", 1.0, 1)).await;
    assert!(matches!(unknown, Err(StoreError::Invalid(_))), "{unknown:?}");
    store.discover(&[call("a", 0)], None, at(0)).await.unwrap();
    let silent = OverrideVerdict { reason: " \n".to_owned(), ..verdict("a", "greeting", 1.0, 1) };
    let refused = store.override_verdict(&silent).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
}

pub async fn a_shared_transcript_is_kept_once(store: &dyn Store) {
    store.discover(&[call("a", 0), call("b", 0)], None, at(0)).await.unwrap();
    let first = transcript(&["Первые слова"]);
    assert_eq!(store.cached_transcript("k").await.unwrap(), None);
    store.cache_transcript("k", &first).await.unwrap();
    store.cache_transcript("k", &transcript(&["Другие слова"])).await.unwrap();
    assert_eq!(store.cached_transcript("k").await.unwrap(), Some(first.clone()), "the first wins");
    for name in ["a", "b"] {
        let transcript = Box::new(transcript(&["Третьи слова"]));
        let outcome = Outcome::Transcribed { transcript, cache_key: "k".to_owned() };
        finish(store, name, Stage::Transcribe, outcome, 1).await;
        let id = CallId::derive("folder", name);
        assert_eq!(store.transcript(id).await.unwrap(), Some(first.clone()));
    }
}

pub async fn money_is_summed_by_currency(store: &dyn Store) {
    let spends = [(1, "a", "0.10RUB"), (2, "a", "0.20RUB"), (3, "b", "0.000001USD")];
    store.discover(&[call("a", 0), call("b", 0)], None, at(0)).await.unwrap();
    for (second, name, amount) in spends {
        store.enqueue(&[job(name, Stage::Analyze, "")], false, at(second)).await.unwrap();
        let claim = store.claim(&request(Stage::Analyze, 1, second)).await.unwrap().remove(0);
        let mut result = done(Outcome::Nothing);
        result.spend = vec![paid(name, "analysis", amount)];
        store.complete(&claim, result, at(second)).await.unwrap();
    }
    let sums = store.spent_since(at(0)).await.unwrap();
    let expected = [Money::from_micros(Currency::RUB, 300_000), Money::from_micros(Currency::USD, 1)];
    assert_eq!(sums, expected);
    assert_eq!(store.spent_since(at(2)).await.unwrap()[0].micros, 200_000);
    assert_eq!(store.spent_since(at(4)).await.unwrap(), []);
    assert_eq!(store.spent_on(CallId::derive("folder", "a")).await.unwrap().len(), 2);
}

pub async fn figures_that_are_no_numbers_are_refused(store: &dyn Store) {
    let claim = claimed(store, "a").await;
    let mut broken = recording("file:///a");
    broken.survey.utterances[0].level_dbfs = f32::NEG_INFINITY;
    let refused = store.complete(&claim, done(Outcome::Fetched(Box::new(broken))), at(1)).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    assert_eq!(store.call(claim.job.call).await.unwrap().unwrap().recording, None);
}
