//! Whatever goes wrong on the way, the end is the same; what cannot be helped is said, and the next run
//! goes on after the fix.
//!
//! Each case has an installation and a tab of its own in one world, so a case costs one run. A fault
//! that met no request fails its case: it would prove nothing.

use std::time::Instant;

use sandbox::JournalReport;
use serde_json::{Value, json};
use tests::{EndState, Outside, Production, full};

use crate::production::{percent, told};

/// What goes wrong between a client and its provider, whoever that is.
const ON_THE_WIRE: [&str; 8] = [
    "429",
    "429_retry_after",
    "500",
    "502_html",
    "reset_before",
    "reset_after",
    "slow_body",
    "truncated_body",
];

/// The size of the world for a table of cases.
fn table_size() -> usize {
    if full() { 100 } else { 24 }
}

/// What a month without trouble comes to.
pub(crate) struct Calm {
    pub(crate) outside: Outside,
    pub(crate) state: EndState,
    pub(crate) billed: u64,
}

impl Calm {
    pub(crate) fn with_calls(calls: usize) -> Self {
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
        for order in orders {
            self.outside.play(order);
        }
        let begun = Instant::now();
        let run = zvonar.month();
        let took = begun.elapsed().as_secs_f64();
        let mut wrong: Vec<String> =
            self.outside.idle_faults().into_iter().map(|rule| format!("met nothing: {rule}")).collect();
        self.outside.mend();
        let journal = self.outside.take_journal();
        let paid = percent(journal.billed, self.billed);
        println!("{name}: {took:.1} s, exit {:?}, {}, paid {paid}", run.code, told(&journal));
        wrong.extend(self.unlike(&run.json(), &zvonar, &journal));
        if !wrong.is_empty() {
            let last: Vec<&str> = run.stderr.lines().rev().take(4).collect();
            wrong.push(format!("exit {:?}: {}", run.code, last.join(" | ")));
        }
        wrong.into_iter().map(|line| format!("{name}: {line}")).collect()
    }

    pub(crate) fn unlike(
        &self,
        document: &Value,
        zvonar: &Production,
        journal: &JournalReport,
    ) -> Vec<String> {
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
    json!({"kind": kind, "provider": provider, "share": share, "retry_after_s": 1, "slow_ms": 300})
}

/// Once, on a request of this kind.
fn once(kind: &str, path: &str) -> Value {
    json!({"kind": kind, "path": path, "times": 1, "retry_after_s": 1, "slow_ms": 300, "reset_s": 1})
}

/// A share of one kind of request.
fn of_path(kind: &str, path: &str, share: f64) -> Value {
    json!({"kind": kind, "path": path, "share": share})
}

/// One answer in so many to a kind of request. Not a share: the second answer may be spoilt by chance
/// then, and whoever is told nonsense twice has a gap.
fn each(kind: &str, path: &str, every: u64, times: u64) -> Vec<Value> {
    let rule = |n| json!({"kind": kind, "path": path, "skip": every / 2 + every * n, "times": 1});
    (0..times).map(rule).collect()
}

#[test]
fn trouble_on_the_wire_changes_nothing() {
    let calm = Calm::with_calls(table_size());
    let mut wrong = Vec::new();
    for kind in ON_THE_WIRE {
        // work that was done and lost is paid twice: a share of it below a tenth; and whoever is told to
        // slow down does, all at once
        let slower = ["reset_after", "truncated_body", "429", "429_retry_after"];
        let paid = if slower.contains(&kind) { 0.05 } else { 0.1 };
        let orders = [
            share(kind, "openai", paid),
            share(kind, "uis", 0.1),
            once(kind, "google/token"),
            once(kind, "batchUpdate"),
        ];
        wrong.extend(calm.under(kind, &orders));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn trouble_of_the_providers_themselves_changes_nothing() {
    let calm = Calm::with_calls(table_size());
    // the model's, the recordings' or UIS's, Google's
    let cases = [
        ("schema_broken", "chat", of_path("media_html", "media", 0.1), "write_lost_after"),
        ("hallucination", "transcriptions", of_path("media_json", "media", 0.1), "write_unavailable_after"),
        ("refusal", "chat", of_path("media_truncated", "media", 0.1), "write_cut"),
        ("prompt_echo", "transcriptions", of_path("media_busy", "media", 0.1), "write_late"),
        ("empty_text", "transcriptions", of_path("media_html", "media", 0.1), "google_quota"),
        ("loop", "transcriptions", of_path("media_moved", "media", 0.1), "token_refused"),
        ("not_json", "chat", once("limit_minute", "get.calls_report"), "expired_token"),
        ("length", "chat", once("cut_json", "get.calls_report"), "write_lost_before"),
        ("overloaded", "transcriptions", once("internal_error", "get.call_legs_report"), "write_unavailable"),
    ];
    let mut wrong = Vec::new();
    for (model, path, uis, google) in cases {
        let models = if path == "chat" { each(model, path, 8, 2) } else { each(model, path, 30, 4) };
        wrong.extend(calm.under(
            &format!("{model}, {}, {google}", uis["kind"].as_str().unwrap()),
            &[models, vec![uis, once(google, "batchUpdate")]].concat(),
        ));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What people do to a tab, in this order: before a run, and just before the write of the next one.
fn deeds() -> [(&'static str, Value); 9] {
    [
        ("tab_renamed", json!({"name": "Переименовано"})),
        ("column_moved", json!({"from": 0, "to": 4})),
        ("column_inserted", json!({"column": 2, "header": "Моя колонка"})),
        ("rows_sorted", json!({"column": 1})),
        ("row_edited", json!({"row": 3, "column": 2, "value": "заметка в своей колонке"})),
        ("tab_renamed", json!({"name": "Во время записи", "meanwhile": true})),
        ("column_moved", json!({"from": 6, "to": 1, "meanwhile": true})),
        ("rows_sorted", json!({"column": 0, "meanwhile": true})),
        ("column_inserted", json!({"column": 0, "header": "Ещё одна", "meanwhile": true})),
    ]
}

#[test]
fn people_change_the_sheet_and_rows_find_their_places() {
    let calls = table_size();
    let calm = Calm::with_calls(calls);
    let zvonar = calm.outside.install("люди");
    let mut wrong = Vec::new();
    let mut tab = zvonar.tab.clone();
    for (number, (deed, more)) in deeds().iter().enumerate() {
        let limit = (calls * (number + 1) / 10).to_string();
        let run = zvonar.month_with(&["--limit", &limit]);
        if ![Some(0), Some(1)].contains(&run.code) {
            wrong.push(format!("before {deed}: {run:?}"));
        }
        calm.outside.person(&tab, deed, more);
        if *deed == "tab_renamed" {
            more["name"].as_str().unwrap().clone_into(&mut tab);
        }
    }
    let run = zvonar.month();
    let journal = calm.outside.take_journal();
    println!("people: {}, paid {}", told(&journal), percent(journal.billed, calm.billed));
    let sheet = calm.outside.sheet(&tab);
    let state = EndState::of(&run.json(), &sheet);
    wrong.extend(state.unlike(&calm.state));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    for name in [zvonar.tab.as_str(), "Переименовано"] {
        assert_eq!(calm.outside.sheet(name).rows.len(), 0, "a renamed tab is not made anew: {name}");
    }
    assert!(journal.billed <= calm.billed, "{} {}", journal.billed, calm.billed);
    for own in ["Моя колонка", "Ещё одна"] {
        assert_eq!(sheet.header.iter().filter(|words| *words == own).count(), 1, "{own}");
    }
    what_a_person_did_to_a_row_stays(&calm, &zvonar, &tab);
}

/// A row that a person deleted stays away, words that a person typed stay.
fn what_a_person_did_to_a_row_stays(calm: &Calm, zvonar: &Production, tab: &str) {
    let sheet = calm.outside.sheet(tab);
    let summary = sheet.column("summary").unwrap();
    let (gone, typed) = (sheet.ids()[0].clone(), sheet.ids()[1].clone());
    calm.outside.person(tab, "row_edited", &json!({"row": 2, "column": summary, "value": "исправлено"}));
    calm.outside.person(tab, "row_deleted", &json!({"row": 1}));
    let again = zvonar.month();
    let state = EndState::of(&again.json(), &calm.outside.sheet(tab));
    assert!(!state.rows.contains_key(&gone), "a deleted row came back");
    assert_eq!(state.rows[&typed]["summary"], "исправлено");
    assert_eq!((state.rows.len(), state.doubled.len()), (calm.state.rows.len() - 1, 0));
}

#[test]
fn a_tenth_of_all_requests_spoilt_changes_nothing() {
    let calm = Calm::with_calls(if full() { 500 } else { 100 });
    let calls = calm.state.rows.len() as u64;
    let own = [
        vec![once("expired_token", "batchUpdate")],
        each("schema_broken", "chat", 50, calls / 80),
        each("refusal", "chat", 60, calls / 100),
        each("hallucination", "transcriptions", 110, calls / 20),
        each("empty_text", "transcriptions", 130, calls / 25),
    ]
    .concat();
    let wire =
        ON_THE_WIRE.map(|kind| json!({"kind": kind, "share": 0.0115, "retry_after_s": 1, "slow_ms": 300}));
    let orders: Vec<Value> = own.into_iter().chain(wire).collect();
    let wrong = calm.under("каждый десятый", &orders);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
