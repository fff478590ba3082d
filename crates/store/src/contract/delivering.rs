//! Ends of many jobs at once, sinks that pause alone, changes that arrive during a delivery.

use domain::{CallId, CallStatus, CriterionKind, Direction, Money, Verdict};

use super::sample::{
    analysis, at, call, claimed, done, erase, finish, job, phone, recording, request, said, transcript,
    trouble,
};
use super::varied::criterion;
use crate::{
    Burial, ClaimRequest, Discovery, JobFilter, JobState, Outcome, OverrideVerdict, Postpone, SpendEntry,
    Stage, StageResult, Store, StoreError,
};

fn paid(name: &str, amount: &str, key: Option<&str>) -> SpendEntry {
    let amount: Money = amount.parse().expect("an amount");
    let call = CallId::derive("folder", name);
    SpendEntry { call, item: "speech".to_owned(), amount, key: key.map(str::to_owned) }
}

fn delivery(target: &str, seconds: i64) -> ClaimRequest {
    ClaimRequest { target: Some(target.to_owned()), ..request(Stage::Deliver, 10, seconds) }
}

pub async fn what_is_paid_under_a_key_is_recorded_once(store: &dyn Store) {
    store.discover(&[call("a", 0), call("b", 0)], None, at(0)).await.unwrap();
    for (name, key) in [("a", Some("k")), ("b", Some("k")), ("a", Some("k")), ("b", Some("l")), ("b", None)] {
        let mut result = done(Outcome::Nothing);
        result.spend = vec![paid(name, "1RUB", key)];
        store.enqueue(&[job(name, Stage::Transcribe, "")], false, at(1)).await.unwrap();
        let claim = store.claim(&request(Stage::Transcribe, 1, 1)).await.unwrap().remove(0);
        store.complete(&claim, result, at(1)).await.unwrap();
    }
    let a = CallId::derive("folder", "a");
    assert_eq!(store.spent_on(a).await.unwrap(), [paid("a", "1RUB", Some("k"))]);
    assert_eq!(store.spent_on(CallId::derive("folder", "b")).await.unwrap().len(), 2);
    assert_eq!(store.spent_since(at(0)).await.unwrap()[0].micros, 3_000_000);
}

pub async fn erased_words_are_paid_anew(store: &dyn Store) {
    for (name, second) in [("a", 1), ("b", 2)] {
        let claim = claimed(store, name).await;
        let words = Box::new(transcript(&["Слова"]));
        let mut result = done(Outcome::Transcribed { transcript: words, cache_key: "k".to_owned() });
        result.spend = vec![paid(name, "1RUB", Some("k"))];
        store.complete(&claim, result, at(second)).await.unwrap();
        erase(store, "+79161234567", second).await;
    }
    assert_eq!(store.spent_since(at(0)).await.unwrap()[0].micros, 2_000_000);
}

pub async fn a_burial_keeps_what_it_cost_and_what_comes_next(store: &dyn Store) {
    let claim = claimed(store, "a").await;
    let burial = |next| Burial {
        status: Some(CallStatus::AnalysisFailed),
        error: trouble("schema"),
        next: vec![next],
        spend: vec![paid("a", "2RUB", None)],
    };
    let refused = store.bury(&claim, burial(job("nobody", Stage::Deliver, "sheet")), at(1)).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    assert_eq!(store.spent_on(claim.job.call).await.unwrap(), [], "all or nothing");
    store.bury(&claim, burial(job("a", Stage::Deliver, "sheet")), at(2)).await.unwrap();
    assert_eq!(store.spent_on(claim.job.call).await.unwrap(), [paid("a", "2RUB", None)]);
    let claims = store.claim(&delivery("sheet", 2)).await.unwrap();
    assert_eq!((claims.len(), claims[0].record.status), (1, CallStatus::AnalysisFailed));
}

pub async fn a_postponed_job_may_tell_meanwhile(store: &dyn Store) {
    let claim = claimed(store, "a").await;
    let later = Postpone {
        run_at: at(600),
        error: trouble("not_ready"),
        status: Some(CallStatus::WaitingRecording),
        burn_attempt: true,
        next: vec![job("a", Stage::Deliver, "sheet")],
        spend: Vec::new(),
    };
    store.postpone(&claim, later, at(1)).await.unwrap();
    let claims = store.claim(&delivery("sheet", 1)).await.unwrap();
    assert_eq!((claims.len(), claims[0].record.status), (1, CallStatus::WaitingRecording));
}

pub async fn many_jobs_end_in_one_transaction(store: &dyn Store) {
    let slice = [call("a", 0), call("b", 0), call("c", 0)];
    store.discover(&slice, None, at(0)).await.unwrap();
    let claims = store.claim(&request(Stage::Fetch, 3, 0)).await.unwrap();
    store.complete(&claims[2], done(Outcome::Nothing), at(1)).await.unwrap();
    let result = |name: &str| StageResult {
        outcome: Outcome::Fetched(Box::new(recording(name))),
        status: Some(CallStatus::Done),
        ..StageResult::default()
    };
    let ended: Vec<_> =
        claims.iter().map(|claim| (claim.clone(), result(&claim.record.call.external_id))).collect();
    let broken = {
        let mut broken = ended.clone();
        broken[1].1.next = vec![job("nobody", Stage::Analyze, "")];
        broken
    };
    let refused = store.complete_all(broken, at(2)).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    assert_eq!(store.call(claims[0].job.call).await.unwrap().unwrap().status, CallStatus::Queued);
    let lost = store.complete_all(ended, at(3)).await.unwrap();
    assert_eq!(lost, [claims[2].token], "of a lost lease nothing is written");
    for claim in &claims[..2] {
        let record = store.call(claim.job.call).await.unwrap().unwrap();
        let place = record.call.external_id.clone();
        assert_eq!((record.status, record.recording.unwrap().location), (CallStatus::Done, place));
    }
    assert_eq!(store.call(claims[2].job.call).await.unwrap().unwrap().recording, None);
}

pub async fn ends_that_meet_spoil_nobody_elses(store: &dyn Store) {
    let slice: Vec<_> = (0..40).map(|n| call(&n.to_string(), n)).collect();
    store.discover(&slice, None, at(0)).await.unwrap();
    let claims = store.claim(&request(Stage::Fetch, 40, 0)).await.unwrap();
    let ends = claims.iter().enumerate().map(|(n, claim)| {
        let mut result = done(Outcome::Nothing);
        result.status = Some(CallStatus::Done);
        if n % 7 == 0 {
            result.next = vec![job("nobody", Stage::Analyze, "")];
        }
        store.complete(claim, result, at(1))
    });
    let ended = futures::future::join_all(ends).await;
    for (n, (claim, outcome)) in claims.iter().zip(&ended).enumerate() {
        let status = store.call(claim.job.call).await.unwrap().unwrap().status;
        if n % 7 == 0 {
            assert!(matches!(outcome, Err(StoreError::Invalid(_))), "{n}: {outcome:?}");
            assert_eq!(status, CallStatus::Queued, "{n}");
        } else {
            assert!(outcome.is_ok(), "{n}: {outcome:?}");
            assert_eq!(status, CallStatus::Done, "{n}");
        }
    }
    let again = store.complete(&claims[1], done(Outcome::Nothing), at(2)).await;
    assert!(matches!(again, Err(StoreError::LeaseLost)), "{again:?}");
}

pub async fn a_claim_brings_its_call_along(store: &dyn Store) {
    store.discover(&[call("a", 0)], None, at(0)).await.unwrap();
    let whole = recording("file:///a");
    finish(store, "a", Stage::Fetch, Outcome::Fetched(Box::new(whole.clone())), 1).await;
    store.enqueue(&[job("a", Stage::Transcribe, "")], false, at(2)).await.unwrap();
    let claim = store.claim(&request(Stage::Transcribe, 1, 2)).await.unwrap().remove(0);
    let mut expected = store.call(claim.job.call).await.unwrap().unwrap();
    expected.recording.as_mut().unwrap().survey.peaks.channels.clear();
    assert_eq!(*claim.record, expected);
    assert_eq!(claim.record.recording.as_ref().unwrap().survey.utterances, whole.survey.utterances);
}

pub async fn a_change_during_a_delivery_is_delivered_too(store: &dyn Store) {
    store.discover(&[call("a", 0)], None, at(0)).await.unwrap();
    store.enqueue(&[job("a", Stage::Deliver, "sheet")], false, at(1)).await.unwrap();
    let claim = store.claim(&delivery("sheet", 1)).await.unwrap().remove(0);
    store.enqueue(&[job("a", Stage::Deliver, "sheet")], false, at(2)).await.unwrap();
    assert_eq!(store.claim(&delivery("sheet", 2)).await.unwrap(), [], "it is still held");
    store.complete(&claim, done(Outcome::Delivered), at(3)).await.unwrap();
    let again = store.claim(&delivery("sheet", 3)).await.unwrap().remove(0);
    assert_eq!(again.job.attempt, 1, "a new delivery, no repetition");
    store.complete(&again, done(Outcome::Delivered), at(4)).await.unwrap();
    assert_eq!(store.claim(&delivery("sheet", 5)).await.unwrap(), [], "once");
}

pub async fn a_paused_sink_holds_no_other(store: &dyn Store) {
    store.discover(&[call("a", 0)], None, at(0)).await.unwrap();
    let jobs = [job("a", Stage::Deliver, "crm"), job("a", Stage::Deliver, "sheet")];
    store.enqueue(&jobs, false, at(1)).await.unwrap();
    assert!(store.pause(Stage::Deliver, Some("sheet"), &trouble("unshared"), at(1)).await.unwrap());
    assert!(!store.pause(Stage::Deliver, Some("sheet"), &trouble("unshared"), at(2)).await.unwrap());
    let paused = store.paused().await.unwrap();
    assert_eq!((paused.len(), paused[0].target.as_deref()), (1, Some("sheet")));
    assert_eq!(store.claim(&delivery("sheet", 2)).await.unwrap(), []);
    let open = store.claim(&request(Stage::Deliver, 10, 2)).await.unwrap();
    assert_eq!((open.len(), open[0].job.target.as_str()), (1, "crm"));
    assert_eq!(store.next_due(Stage::Deliver, None, None, None).await.unwrap(), None);
    assert!(!store.resume(Stage::Deliver, Some("crm"), at(3)).await.unwrap());
    assert!(store.resume(Stage::Deliver, Some("sheet"), at(3)).await.unwrap());
    assert_eq!(store.claim(&delivery("sheet", 3)).await.unwrap().len(), 1);
    store.pause(Stage::Deliver, Some("sheet"), &trouble("unshared"), at(4)).await.unwrap();
    assert!(store.resume(Stage::Deliver, None, at(5)).await.unwrap(), "a stage resumes with its sinks");
    assert_eq!(store.paused().await.unwrap(), []);
}

pub async fn a_probe_claims_from_a_paused_stage(store: &dyn Store) {
    store.discover(&[call("a", 0), call("b", 0)], None, at(0)).await.unwrap();
    store.pause(Stage::Fetch, None, &trouble("quota"), at(0)).await.unwrap();
    let probe = ClaimRequest { probe: true, ..request(Stage::Fetch, 1, 1) };
    assert_eq!(store.claim(&probe).await.unwrap().len(), 1);
    assert_eq!(
        store.claim(&request(Stage::Fetch, 9, 1)).await.unwrap(),
        [],
        "the stage is paused all the same"
    );
}

pub async fn missing_jobs_are_made_and_others_left_alone(store: &dyn Store) {
    store.discover(&[call("a", 0), call("b", 0)], None, at(0)).await.unwrap();
    finish(store, "a", Stage::Deliver, Outcome::Delivered, 1).await;
    let wanted =
        [job("a", Stage::Deliver, ""), job("b", Stage::Deliver, ""), job("nobody", Stage::Deliver, "")];
    assert_eq!(store.enqueue_missing(&wanted, at(2)).await.unwrap(), 1);
    assert_eq!(store.enqueue_missing(&wanted, at(3)).await.unwrap(), 0);
    let a = JobFilter { call: Some(CallId::derive("folder", "a")), ..JobFilter::default() };
    let delivered = store.jobs(&JobFilter { stage: Some(Stage::Deliver), ..a }, 9).await.unwrap();
    assert_eq!((delivered.len(), delivered[0].state), (1, JobState::Done));
}

pub async fn a_changed_call_keeps_its_place_in_the_queue(store: &dyn Store) {
    store.discover(&[call("a", 0)], None, at(1)).await.unwrap();
    store.discover(&[call("b", 0)], None, at(2)).await.unwrap();
    let mut changed = call("a", 0);
    changed.call.revision = "2".to_owned();
    assert_eq!(store.discover(&[changed], None, at(50)).await.unwrap(), [Discovery::Changed]);
    let claims = store.claim(&request(Stage::Fetch, 9, 50)).await.unwrap();
    let order: Vec<CallId> = claims.iter().map(|claim| claim.job.call).collect();
    assert_eq!(order, [CallId::derive("folder", "a"), CallId::derive("folder", "b")]);
}

pub async fn a_recording_that_turns_up_is_a_change(store: &dyn Store) {
    let mut bare = call("a", 0);
    bare.call.recording_name = None;
    store.discover(&[bare.clone()], None, at(0)).await.unwrap();
    let claim = store.claim(&request(Stage::Fetch, 1, 0)).await.unwrap().remove(0);
    let later = Postpone {
        run_at: at(9_000),
        error: trouble("not_ready"),
        status: Some(CallStatus::WaitingRecording),
        burn_attempt: true,
        next: Vec::new(),
        spend: Vec::new(),
    };
    store.postpone(&claim, later, at(1)).await.unwrap();
    assert_eq!(store.discover(&[bare], None, at(2)).await.unwrap(), [Discovery::Known]);
    assert_eq!(store.discover(&[call("a", 0)], None, at(3)).await.unwrap(), [Discovery::Changed]);
    let claims = store.claim(&request(Stage::Fetch, 1, 3)).await.unwrap();
    assert_eq!(claims.len(), 1, "taken up at once, not when the pause is over");
    assert_eq!(claims[0].record.call.recording_name.as_deref(), Some("a.wav"));
}

pub async fn results_of_many_calls_are_read_at_once(store: &dyn Store) {
    store.discover(&[call("a", 0), call("b", 0)], None, at(0)).await.unwrap();
    said(store, "a", &["Окно готово"]).await;
    for (rubric, n) in [("r", 1), ("q", 2)] {
        let judged = Outcome::Analyzed(Box::new(analysis(rubric, "1", Some(50.0))));
        finish(store, "a", Stage::Analyze, judged, n).await;
    }
    let ids = ["b", "nobody", "a"].map(|name| CallId::derive("folder", name));
    let results = store.results_of(&ids, Some(&"r".into())).await.unwrap();
    assert_eq!(results.len(), 3);
    assert!(results[..2].iter().all(|of| of.transcript.is_none() && of.analysis.is_none()));
    assert_eq!(results[2].transcript, store.transcript(ids[2]).await.unwrap());
    assert_eq!(results[2].analysis, store.analysis(ids[2], Some(&"r".into())).await.unwrap());
    let newest = store.results_of(&ids[2..], None).await.unwrap().remove(0);
    assert_eq!(newest.analysis.unwrap().analysis.rubric, "q".into());
    let mut scored = analysis("r", "2", Some(0.0));
    scored.criteria = vec![criterion("hello", CriterionKind::Score, Verdict::NotMet)];
    finish(store, "a", Stage::Analyze, Outcome::Analyzed(Box::new(scored)), 3).await;
    let person = OverrideVerdict {
        call: ids[2],
        rubric: "r".into(),
        key: "hello".to_owned(),
        verdict: Verdict::Met,
        score: None,
        value: None,
        reason: "Поздоровался".to_owned(),
        author: "РОП".to_owned(),
        at: at(4),
    };
    store.override_verdict(&person).await.unwrap();
    let shown = store.results_of(&ids, Some(&"r".into())).await.unwrap().remove(2).analysis.unwrap().analysis;
    assert_eq!(
        (shown.criteria[0].verdict, shown.total_score),
        (Verdict::Met, Some(100.0)),
        "as people see it"
    );
    let mut standing = store.standing(&ids, &"r".into()).await.unwrap();
    standing.sort_by_key(|one| one.judged);
    let judged: Vec<_> = standing.iter().map(|one| (one.call, one.judged)).collect();
    assert_eq!(judged, [(ids[0], false), (ids[2], true)]);
}

pub async fn a_missed_client_is_to_be_rung_back_until_somebody_spoke(store: &dyn Store) {
    let missed = |name: &str, seconds| {
        let mut missed = call(name, seconds);
        missed.call.missed = true;
        missed.call.talk_ms = Some(0);
        missed.status = CallStatus::Missed;
        missed.jobs = Vec::new();
        missed
    };
    let back = |name: &str, seconds, talk_ms| {
        let mut back = call(name, seconds);
        back.call.direction = Direction::Out;
        back.call.caller = Some(phone("+74951234567"));
        back.call.callee = Some(phone("+79161234567"));
        back.call.talk_ms = Some(talk_ms);
        back
    };
    let first = missed("first", 10);
    let ids = [first.call.id, CallId::derive("folder", "second")];
    store.discover(&[first, missed("second", 20), back("vain", 30, 0)], None, at(0)).await.unwrap();
    let flags = async || {
        let results = store.results_of(&ids, None).await.unwrap();
        results.iter().map(|of| of.call_back).collect::<Vec<_>>()
    };
    assert_eq!(flags().await, [true, true], "an unanswered call rings nobody back");
    let spoken = back("spoken", 15, 9_000);
    store.discover(std::slice::from_ref(&spoken), None, at(0)).await.unwrap();
    assert_eq!(flags().await, [false, true]);
    assert_eq!(store.answered_by(&[spoken.call.id]).await.unwrap(), [ids[0]]);
    assert_eq!(store.answered_by(&[CallId::derive("folder", "vain")]).await.unwrap(), []);
}
