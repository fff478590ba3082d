//! Whatever goes wrong on the way, the end is the same; what cannot be helped is said, and the next run
//! goes on after the fix.
//!
//! Each case has an installation and a tab of its own in one world, so a case costs one run.

use std::time::Instant;

use sandbox::JournalReport;
use serde_json::{Value, json};
use tests::{EndState, Outside, Production};

use crate::production::told;

const CALLS: usize = 60;

/// What a month without trouble comes to.
struct Calm {
    outside: Outside,
    state: EndState,
    billed: u64,
}

impl Calm {
    fn with_calls(calls: usize) -> Self {
        let outside = Outside::with_calls(calls);
        let zvonar = outside.install("без помех");
        let begun = Instant::now();
        let run = zvonar.month();
        assert!([Some(0), Some(1)].contains(&run.code), "{run:?}");
        let journal = outside.take_journal();
        println!("{calls} calls undisturbed: {:.1} s, {}", begun.elapsed().as_secs_f64(), told(&journal));
        let state = EndState::of(&run.json(), &outside.sheet(&zvonar.tab));
        assert_eq!(state.doubled, Vec::<String>::new());
        assert_eq!(state.rows.len(), calls);
        outside.take_journal();
        Self { outside, state, billed: journal.billed }
    }

    /// Runs a month under these faults; what is not as it should be, a line each.
    fn under(&self, name: &str, orders: &[Value]) -> Vec<String> {
        let zvonar = self.outside.install(name);
        orders.iter().for_each(|order| self.outside.play(order));
        let begun = Instant::now();
        let run = zvonar.month();
        let took = begun.elapsed().as_secs_f64();
        let spoilt = self.outside.spoilt();
        self.outside.mend();
        let journal = self.outside.take_journal();
        println!("{name}: {took:.1} s, {}, by rules {spoilt}", told(&journal));
        let mut wrong = self.unlike(&run.json(), &zvonar, &journal);
        if !wrong.is_empty() {
            wrong.push(format!(
                "exit {:?}: {}",
                run.code,
                run.stderr.lines().rev().take(4).collect::<Vec<_>>().join(" | ")
            ));
        }
        wrong.into_iter().map(|line| format!("{name}: {line}")).collect()
    }

    fn unlike(&self, document: &Value, zvonar: &Production, journal: &JournalReport) -> Vec<String> {
        let state = EndState::of(document, &self.outside.sheet(&zvonar.tab));
        // what other cases leave behind is of no use to anyone
        self.outside.person(&zvonar.tab, "tab_deleted", &Value::Null);
        self.outside.take_journal();
        let mut lines = state.unlike(&self.state);
        let all = lines.len();
        lines.truncate(5);
        if all > lines.len() {
            lines.push(format!("… {all} differences"));
        }
        if journal.billed * 10 > self.billed * 11 {
            lines.push(format!("{} requests that cost money, {} at least", journal.billed, self.billed));
        }
        lines
    }
}

fn share(kind: &str, provider: &str, share: f64) -> Value {
    json!({"kind": kind, "provider": provider, "share": share, "retry_after_s": 0.2, "slow_ms": 300})
}

fn times(kind: &str, provider: &str, times: u32) -> Value {
    json!({"kind": kind, "provider": provider, "times": times, "retry_after_s": 0.2, "slow_ms": 300, "reset_s": 1})
}

/// A provider's own fault, on a share of one kind of request.
fn of_path(kind: &str, path: &str, share: f64) -> Value {
    json!({"kind": kind, "path": path, "share": share})
}

#[test]
fn trouble_on_the_wire_changes_nothing() {
    let calm = Calm::with_calls(CALLS);
    let mut wrong = Vec::new();
    for kind in [
        "429",
        "429_retry_after",
        "500",
        "502_html",
        "reset_before",
        "reset_after",
        "slow_body",
        "truncated_body",
    ] {
        // work that was done and lost is paid twice: a share of it below a tenth
        let paid = if ["reset_after", "truncated_body"].contains(&kind) { 0.05 } else { 0.1 };
        wrong.extend(
            calm.under(
                kind,
                &[share(kind, "openai", paid), share(kind, "uis", 0.1), times(kind, "google", 1)],
            ),
        );
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn trouble_of_the_providers_themselves_changes_nothing() {
    let calm = Calm::with_calls(CALLS);
    let cases: [(&str, [Value; 3]); 9] = [
        (
            "испорченная схема",
            [
                of_path("schema_broken", "chat", 0.05),
                of_path("media_html", "media", 0.1),
                times("write_lost_after", "google", 1),
            ],
        ),
        (
            "выдуманные слова",
            [
                of_path("hallucination", "transcriptions", 0.04),
                of_path("media_json", "media", 0.1),
                times("write_unavailable_after", "google", 1),
            ],
        ),
        (
            "отказ модели",
            [
                of_path("refusal", "chat", 0.05),
                of_path("media_truncated", "media", 0.1),
                times("write_cut", "google", 1),
            ],
        ),
        (
            "повтор подсказки",
            [
                of_path("prompt_echo", "transcriptions", 0.04),
                of_path("media_busy", "media", 0.1),
                times("write_late", "google", 1),
            ],
        ),
        (
            "пустой ответ",
            [
                of_path("empty_text", "transcriptions", 0.04),
                of_path("media_empty", "media", 0.1),
                times("google_quota", "google", 1),
            ],
        ),
        (
            "петля",
            [
                of_path("loop", "transcriptions", 0.04),
                of_path("media_moved", "media", 0.1),
                times("token_refused", "google", 1),
            ],
        ),
        (
            "не JSON",
            [
                of_path("not_json", "chat", 0.05),
                times("limit_minute", "uis", 1),
                times("expired_token", "google", 1),
            ],
        ),
        (
            "обрезанный ответ",
            [
                of_path("length", "chat", 0.05),
                times("cut_json", "uis", 1),
                times("write_lost_before", "google", 1),
            ],
        ),
        (
            "перегрузка",
            [
                times("openai_overloaded", "openai", 3),
                times("internal_error", "uis", 1),
                times("write_unavailable", "google", 1),
            ],
        ),
    ];
    let mut wrong = Vec::new();
    for (name, orders) in &cases {
        wrong.extend(calm.under(name, orders));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn people_change_the_sheet_and_rows_find_their_places() {
    let calm = Calm::with_calls(CALLS);
    let zvonar = calm.outside.install("люди");
    let mut wrong = Vec::new();
    let mut tab = zvonar.tab.clone();
    let deeds = [
        ("tab_renamed", json!({"name": "Переименовано"})),
        ("column_moved", json!({"from": 0, "to": 4})),
        ("column_inserted", json!({"column": 2, "header": "Моя колонка"})),
        ("rows_sorted", json!({"column": 1})),
        ("row_edited", json!({"row": 3, "column": 2, "value": "заметка в своей колонке"})),
    ];
    for (number, (deed, more)) in deeds.iter().enumerate() {
        let limit = (10 * (number + 1)).to_string();
        let run = zvonar.month_with(&["--limit", &limit]);
        if ![Some(0), Some(1)].contains(&run.code) {
            wrong.push(format!("before {deed}: {run:?}"));
        }
        calm.outside.person(&tab, deed, more);
        if *deed == "tab_renamed" {
            tab = "Переименовано".to_owned();
        }
    }
    let run = zvonar.month();
    let journal = calm.outside.take_journal();
    println!("people: {}", told(&journal));
    let sheet = calm.outside.sheet(&tab);
    let state = EndState::of(&run.json(), &sheet);
    wrong.extend(state.unlike(&calm.state));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!(calm.outside.sheet(&zvonar.tab).rows.len(), 0, "a renamed tab is not made anew");
    assert!(journal.billed <= calm.billed, "{} {}", journal.billed, calm.billed);
    assert_eq!(sheet.header.iter().filter(|words| *words == "Моя колонка").count(), 1);

    // a row that a person deleted stays away, words that a person typed stay
    let summary = sheet.column("summary").unwrap();
    let (gone, typed) = (sheet.ids()[0].clone(), sheet.ids()[1].clone());
    calm.outside.person(&tab, "row_edited", &json!({"row": 2, "column": summary, "value": "исправлено"}));
    calm.outside.person(&tab, "row_deleted", &json!({"row": 1}));
    let again = zvonar.month();
    let state = EndState::of(&again.json(), &calm.outside.sheet(&tab));
    assert!(!state.rows.contains_key(&gone), "a deleted row came back");
    assert_eq!(state.rows[&typed]["summary"], "исправлено");
    assert_eq!((state.rows.len(), state.doubled.len()), (CALLS - 1, 0));
}

/// What cannot be helped: who refuses, how, with which exit code, and what the message must name.
const FINAL: [(&str, &str, i32, &str); 14] = [
    ("uis", "revoked_key", 3, "UIS_ACCESS_TOKEN"),
    ("uis", "expired_key", 3, "UIS"),
    ("uis", "ip_not_whitelisted", 3, "203.0.113.7"),
    ("uis", "component_disabled", 3, "UIS"),
    ("uis", "account_inactive", 3, "UIS"),
    ("openai", "openai_key_revoked", 3, "API_KEY"),
    ("openai", "openai_country", 3, "PROXY"),
    ("openai", "openai_quota_gone", 1, ""),
    ("openai", "openai_no_balance", 1, ""),
    ("google", "sheet_unshared", 3, "zvonar@sandbox.iam.gserviceaccount.com"),
    ("google", "sheet_read_only", 3, "zvonar@sandbox.iam.gserviceaccount.com"),
    ("google", "api_disabled", 3, "API"),
    ("google", "google_key_revoked", 3, "GOOGLE_APPLICATION_CREDENTIALS"),
    ("google", "scope_missing", 3, ""),
];

#[test]
fn what_cannot_be_helped_is_said_and_the_next_run_goes_on() {
    let calm = Calm::with_calls(CALLS);
    let zvonar = calm.outside.install("отказы");
    let mut wrong = Vec::new();
    for (provider, kind, code, words) in FINAL {
        calm.outside.play(&json!({"kind": kind, "provider": provider}));
        let begun = Instant::now();
        let run = zvonar.month();
        println!("{kind}: {:.1} s, exit {:?}", begun.elapsed().as_secs_f64(), run.code);
        calm.outside.mend();
        if run.code != Some(code) {
            wrong.push(format!("{kind}: exit {:?} instead of {code}: {}", run.code, run.stderr));
        }
        if !run.stderr.contains(words) {
            wrong.push(format!("{kind}: {words:?} is not in: {}", run.stderr));
        }
    }
    let run = zvonar.month();
    let journal = calm.outside.take_journal();
    println!("after the fixes: {}", told(&journal));
    wrong.extend(calm.unlike(&run.json(), &zvonar, &journal));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_tenth_of_all_requests_spoilt_changes_nothing_in_five_hundred_calls() {
    let calm = Calm::with_calls(500);
    let on_the_wire = [
        "429",
        "429_retry_after",
        "500",
        "502_html",
        "reset_before",
        "reset_after",
        "slow_body",
        "truncated_body",
    ];
    let own = [
        of_path("schema_broken", "chat", 0.01),
        of_path("refusal", "chat", 0.01),
        of_path("hallucination", "transcriptions", 0.01),
        of_path("empty_text", "transcriptions", 0.01),
        of_path("expired_token", "batchUpdate", 0.2),
    ];
    let wire =
        on_the_wire.map(|kind| json!({"kind": kind, "share": 0.01, "retry_after_s": 0.2, "slow_ms": 300}));
    let orders: Vec<Value> = own.into_iter().chain(wire).collect();
    let wrong = calm.under("каждый десятый", &orders);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
