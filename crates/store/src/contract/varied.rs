//! A month of a company: enough of everything that every figure has something to count.

use chrono::{DateTime, Duration, Utc};
use domain::{
    Analysis, CallId, CallStatus, Coverage, CriterionKind, CriterionResult, Direction, Evidence, Manager,
    Money, Promise, PromiseDue, Speaker, TalkMetrics, Value, Verdict,
};

use super::sample::{analysis, at, call, done, erase, finish, job, phone, request, rubric, transcript};
use crate::{DiscoveredCall, Outcome, OverrideVerdict, SpendEntry, Stage, Store};

pub(super) const CALLS: i64 = 90;

pub(super) fn name(n: i64) -> String {
    format!("v{n}")
}

pub(super) fn id(n: i64) -> CallId {
    CallId::derive("folder", &name(n))
}

/// Ten calls a day or so, at all hours.
pub(super) fn begun(n: i64) -> DateTime<Utc> {
    at(0) + Duration::milliseconds(n * 8_777_777)
}

fn found(n: i64) -> DiscoveredCall {
    let seconds = (begun(n) - at(0)).num_seconds();
    let mut found = call(&name(n), seconds);
    let call = &mut found.call;
    call.caller = Some(phone(&format!("+7916000{:04}", n % 17)));
    call.manager = match n % 5 {
        0 => None,
        m => Some(Manager { id: format!("m{m}"), name: Some(format!("Менеджер {m} {n}")) }),
    };
    call.tags = match n % 3 {
        0 => vec!["сайт".to_owned(), "повторный".to_owned(), "сайт".to_owned()],
        1 => vec!["сайт".to_owned()],
        _ => Vec::new(),
    };
    call.talk_ms = (n % 4 != 0).then_some(1_000 * n.unsigned_abs());
    if n % 6 == 1 {
        call.direction = Direction::Out;
        std::mem::swap(&mut call.caller, &mut call.callee);
    }
    found.status = match n % 9 {
        0..=5 => CallStatus::Done,
        6 => CallStatus::Missed,
        7 => CallStatus::AnalysisFailed,
        _ => CallStatus::Queued,
    };
    if found.status == CallStatus::Missed {
        call.missed = true;
        call.direction = if n % 2 == 0 { Direction::In } else { Direction::Unknown };
    }
    if n == CALLS - 1 {
        call.started_at = None;
    }
    found
}

pub(super) fn criterion(key: &str, kind: CriterionKind, verdict: Verdict) -> CriterionResult {
    let scored = matches!(kind, CriterionKind::Score);
    let score = match verdict {
        Verdict::Met => Some(2.0),
        Verdict::Partly => Some(1.0),
        Verdict::NotMet => Some(0.0),
        _ => None,
    };
    CriterionResult {
        key: key.to_owned(),
        title: format!("Критерий {key}"),
        kind,
        verdict,
        value: None,
        score: score.filter(|_| scored),
        max_score: scored.then_some(2.0),
        weight: if scored { 10.0 } else { 0.0 },
        comment: String::new(),
        needs_review: false,
        critical: false,
        evidence: Vec::new(),
    }
}

pub(super) const VERDICTS: [Verdict; 5] =
    [Verdict::Met, Verdict::Partly, Verdict::NotMet, Verdict::NotApplicable, Verdict::CannotTell];

fn verdict(n: i64) -> Verdict {
    VERDICTS[usize::try_from(n.rem_euclid(5)).expect("less than five")]
}

pub(super) fn judged(n: i64, of: &str, revision: &str) -> Analysis {
    let mut found = analysis(of, revision, Some(f64::from(i32::try_from(n * 37 % 101).expect("small"))));
    if n % 11 == 3 {
        found.total_score = None;
    }
    let mut price = criterion("price", CriterionKind::Score, verdict(n));
    price.needs_review = n % 7 == 2;
    let mut stage = criterion("stage", CriterionKind::Choice, Verdict::Met);
    stage.value =
        Some(Value::Text(["new", "won", "lost"][usize::try_from(n % 3).expect("small")].to_owned()));
    let mut doubts = criterion("doubts", CriterionKind::List, Verdict::Met);
    let entries = ["Дорого", "Надо подумать", "Дорого", " "];
    doubts.value = Some(Value::List(
        entries
            .iter()
            .take(usize::try_from(n % 5).expect("small"))
            .map(|entry| (*entry).to_owned())
            .collect(),
    ));
    let rude = criterion("rude", CriterionKind::Flag, verdict(n * 2));
    found.criteria = vec![price, stage, doubts, rude];
    if n % 2 == 0 {
        found.criteria.push(criterion("needs", CriterionKind::Score, verdict(n / 2)));
    }
    if n % 8 < 2 {
        found.promises = vec![promise(n, 1), promise(n, 200), promise(n, 0)];
        found.promises[2].due.vague = true;
    }
    found
}

fn promise(n: i64, hours: i64) -> Promise {
    Promise {
        what: format!("отправить расчёт {n}"),
        due: PromiseDue {
            at: Some((begun(n) + Duration::hours(hours)).fixed_offset()),
            words: "завтра".to_owned(),
            vague: false,
        },
        evidence: Evidence {
            quote: String::new(),
            speaker: Speaker::Operator,
            segment: None,
            start_ms: None,
            end_ms: None,
            verified: true,
        },
    }
}

async fn heard(store: &dyn Store, n: i64) {
    let mut words = transcript(&["Сколько стоит окно"]);
    words.coverage = Some(Coverage { incomplete: n % 4 == 1, ..Coverage::default() });
    words.metrics = Some(TalkMetrics {
        operator_share: Some(0.25 * f64::from(i32::try_from(n % 4).expect("small"))),
        ..TalkMetrics::default()
    });
    let outcome = Outcome::Transcribed { transcript: Box::new(words), cache_key: format!("key {n}") };
    finish(store, &name(n), Stage::Transcribe, outcome, 0).await;
}

async fn paid(store: &dyn Store, n: i64) {
    let when = (begun(n) - at(0)).num_seconds() + 600;
    store.enqueue(&[job(&name(n), Stage::Deliver, "x")], false, at(0)).await.unwrap();
    for claim in store.claim(&request(Stage::Deliver, 10, when)).await.unwrap() {
        let mut result = done(Outcome::Nothing);
        for (item, amount) in [("speech", "1.10RUB"), ("analysis", "0.02USD")] {
            let amount: Money = amount.parse().expect("an amount");
            result.spend.push(SpendEntry { call: claim.job.call, item: item.to_owned(), amount, key: None });
        }
        store.complete(&claim, result, at(when)).await.unwrap();
    }
}

pub(super) fn person(n: i64, key: &str, verdict: Verdict) -> OverrideVerdict {
    OverrideVerdict {
        call: id(n),
        rubric: "r".into(),
        key: key.to_owned(),
        verdict,
        score: None,
        value: None,
        reason: "Слышно на записи".to_owned(),
        author: "РОП".to_owned(),
        at: at(n),
    }
}

/// Fills the store: calls of all kinds, two rubrics, overrides, changed and erased calls.
pub(super) async fn fill(store: &dyn Store) {
    let calls: Vec<DiscoveredCall> = (0..CALLS).map(found).collect();
    store.discover(&calls, None, at(0)).await.unwrap();
    store.save_rubric(&rubric("r", "1"), at(0)).await.unwrap();
    for n in 0..CALLS {
        if n % 9 < 6 {
            heard(store, n).await;
            if n % 13 == 0 {
                let other = Outcome::Analyzed(Box::new(judged(n + 3, "q", "1")));
                finish(store, &name(n), Stage::Analyze, other, 1).await;
            }
            let outcome = Outcome::Analyzed(Box::new(judged(n, "r", "1")));
            finish(store, &name(n), Stage::Analyze, outcome, 2).await;
            if n % 10 == 4 {
                paid(store, n).await;
            }
        }
        if n % 12 == 2 {
            store.override_verdict(&person(n, "price", verdict(n + 1))).await.unwrap();
            store.override_verdict(&person(n, "price", verdict(n))).await.unwrap();
            store.override_verdict(&person(n, "rude", Verdict::Met)).await.unwrap();
        }
    }
    // judged anew under another revision, and under another rubric afterwards
    finish(store, &name(1), Stage::Analyze, Outcome::Analyzed(Box::new(judged(9, "r", "2"))), 3).await;
    finish(store, &name(2), Stage::Analyze, Outcome::Analyzed(Box::new(judged(5, "q", "1"))), 3).await;
    store.override_verdict(&person(2, "price", Verdict::Met)).await.unwrap();
    // changed at the source: another time, another employee, another client, no longer missed
    for n in [3, 14, 15, 24] {
        let mut changed = found(n);
        changed.call.revision = "2".to_owned();
        changed.call.started_at = Some((begun(n) + Duration::hours(30)).fixed_offset());
        changed.call.manager = Some(Manager { id: "m2".to_owned(), name: None });
        changed.call.caller = Some(phone("+79160000003"));
        changed.call.missed = n == 14;
        changed.status = if n == 14 { CallStatus::Missed } else { CallStatus::Queued };
        changed.call.tags = vec!["перезвон".to_owned()];
        store.discover(&[changed], None, at(9)).await.unwrap();
    }
    heard(store, 3).await;
    finish(store, &name(3), Stage::Analyze, Outcome::Analyzed(Box::new(judged(7, "r", "2"))), 3).await;
    erase(store, "+79160000011", 10).await;
}
