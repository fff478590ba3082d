//! UIS → speech → judgement → Google Sheet, over real HTTP against the sandbox: every call once, every
//! cell right, nothing paid twice, the price told before.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{CallStatus, Lang, PhoneNumber, Speaker};
use sandbox::JournalReport;
use sandbox::world::{Situation, WorldCall};
use serde_json::Value;
use tests::{Cell, EndState, Outside, Production, SheetView};

/// A call whose talk is shorter is no conversation to judge.
const LEAST_TALK_S: u32 = 5;

#[test]
fn five_hundred_calls_reach_the_sheet_once() {
    let outside = Outside::with_calls(500);
    let zvonar = outside.install("Звонки");
    let made = zvonar.run(["sheet", "init"]);
    assert_eq!(made.code, Some(0), "{made:?}");

    let estimate = priced(&zvonar);
    assert_eq!(outside.take_journal().billed, 0, "a dry run pays nothing");

    let (begun, world_begun) = (Instant::now(), outside.now());
    let run = zvonar.month();
    let took = begun.elapsed();
    println!("500 calls: {:.1} s", took.as_secs_f64());
    // some recordings are gone and some are not there yet: both are told
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let (document, journal) = (run.json(), outside.take_journal());
    println!("{}", told(&journal));
    // one write for 500 rows; a busy machine works longer than the minute for which rows gather
    let minutes = took.as_secs() / 60;
    assert!(journal.sheet_writes <= 1 + minutes, "2 writes per 1 000 rows: {:?}", journal.operations);
    statuses_are_right(&outside, [world_begun, outside.now()], &document);
    rows_are_right(&document, &outside.sheet(&zvonar.tab));
    words_are_those_that_were_spoken(&outside, &document);
    estimate_was_near(estimate, &document);

    let again = zvonar.month();
    let journal = outside.take_journal();
    println!("again: {}", told(&journal));
    assert_eq!((journal.billed, journal.sheet_writes), (0, 0), "{:?}", journal.operations);
    let sheet = outside.sheet(&zvonar.tab);
    let (first, second) = (EndState::of(&document, &sheet), EndState::of(&again.json(), &sheet));
    assert_eq!(second.unlike(&first), Vec::<String>::new());

    late_recordings_come_to_their_rows(&outside, &zvonar, &first);
}

/// Recordings that were not there yet appear within the hour.
fn late_recordings_come_to_their_rows(outside: &Outside, zvonar: &Production, before: &EndState) {
    outside.advance(Duration::from_hours(2));
    let run = zvonar.month();
    let (document, journal) = (run.json(), outside.take_journal());
    let late: Vec<&WorldCall> = outside
        .world()
        .calls()
        .iter()
        .filter(|call| before.calls[&call.id.to_string()]["status"] == "waiting_recording")
        .collect();
    assert!(late.len() >= 5, "{}", late.len());
    let calls = by_number(&document);
    for call in late.iter().filter(|call| !call.records.is_empty()) {
        assert_eq!(calls[&call.id.to_string()]["status"], expected(call, outside.now()), "{}", call.id);
    }
    println!("two hours later: {}", told(&journal));
    assert!(journal.sheet_writes <= 2, "{:?}", journal.operations);
    let after = EndState::of(&document, &outside.sheet(&zvonar.tab));
    assert_eq!(after.doubled, Vec::<String>::new());
    assert_eq!(after.rows.len(), before.rows.len(), "rows are changed in place");
    rows_are_right(&document, &outside.sheet(&zvonar.tab));
}

fn by_number(document: &Value) -> HashMap<String, &Value> {
    let calls = document["calls"].as_array().unwrap();
    calls.iter().map(|call| (call["external_id"].as_str().unwrap().to_owned(), call)).collect()
}

/// What must become of a call that is looked at in this moment of the world.
fn expected(call: &WorldCall, now: DateTime<Utc>) -> &'static str {
    let missing = call.talk_s >= LEAST_TALK_S && call.records_at(now).is_empty();
    let fresh = now - call.finished_at() < chrono::Duration::hours(24);
    match call.situation {
        Situation::Missed => "missed",
        Situation::Unanswered | Situation::Short => "too_short",
        _ if missing && fresh => "waiting_recording",
        _ if missing => "recording_unavailable",
        Situation::Conversation | Situation::Transfer => "done",
        Situation::AnsweringMachine => "answering_machine",
        Situation::Silence => "no_speech",
        Situation::RecordingGone | Situation::NeverRecorded => "recording_unavailable",
    }
}

/// The world goes on while a run works: a recording that appears meanwhile may have been met or missed, so
/// what is right at the run's beginning and what is right at its end are both right.
fn statuses_are_right(outside: &Outside, run: [DateTime<Utc>; 2], document: &Value) {
    let calls = by_number(document);
    assert_eq!(calls.len(), outside.world().calls().len(), "every call, once");
    assert_eq!(document["calls"].as_array().unwrap().len(), calls.len());
    let mut wrong = Vec::new();
    for call in outside.world().calls() {
        let got = calls.get(&call.id.to_string()).map_or("", |got| got["status"].as_str().unwrap());
        let wanted = run.map(|moment| expected(call, moment));
        if !wanted.contains(&got) {
            wrong.push(format!(
                "{} {:?}, talk {} s: {got} instead of {wanted:?}",
                call.id, call.situation, call.talk_s
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), calls.len(), wrong.join("\n"));
}

fn rows_are_right(document: &Value, sheet: &SheetView) {
    let calls = document["calls"].as_array().unwrap();
    let wanted: Vec<String> = {
        let mut ids: Vec<_> = calls.iter().map(|call| call["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    let mut ids = sheet.ids();
    ids.sort();
    assert_eq!(ids, wanted, "a row each");
    let zone: Tz = sheet.time_zone.parse().unwrap();
    let rows: HashMap<String, BTreeMap<&str, &Cell>> = sheet
        .tagged_rows()
        .filter_map(|row| Some((row.get("call_id")?.value.as_str()?.to_owned(), row)))
        .collect();
    for call in calls {
        row_is_right(call, &rows[call["id"].as_str().unwrap()], zone);
    }
    assert!(
        sheet.rows.iter().flatten().all(|cell| cell.value.get("formula").is_none()),
        "no word of a call becomes a formula"
    );
}

fn row_is_right(call: &Value, row: &BTreeMap<&str, &Cell>, zone: Tz) {
    let empty = Cell::default();
    let cell = |tag: &str| row.get(tag).copied().unwrap_or(&empty);
    let phone = |value: &Value| {
        value.as_str().map_or(Value::Null, |number| PhoneNumber::parse(number).unwrap().pretty().into())
    };
    let id = &call["id"];
    assert_eq!(cell("caller").value, phone(&call["caller"]), "{id}");
    assert_eq!(cell("callee").value, phone(&call["callee"]), "{id}");
    let started = DateTime::parse_from_rfc3339(call["started_at"].as_str().unwrap()).unwrap();
    let wall = started.with_timezone(&zone).naive_local();
    let serial = cell("started_at").value.as_f64().unwrap();
    let days = f64::from(i32::try_from((wall - epoch()).num_seconds() / 60).unwrap()) / 1440.0;
    assert!((serial - days).abs() < 1.0 / 1440.0 + 1e-9, "{id}: {serial} is not {wall}");
    assert_eq!(cell("started_at").format, "DATE_TIME", "{id}");
    let length = cell("duration").value.as_f64().unwrap() * 86_400.0;
    assert!((length - call["duration_s"].as_f64().unwrap()).abs() < 0.6, "{id}: {length} s");
    let status = CallStatus::parse(call["status"].as_str().unwrap()).unwrap();
    let criteria = call["analysis"]["criteria"].as_array();
    let review = criteria.is_some_and(|all| all.iter().any(|one| one["needs_review"] == true));
    let label = if review && status == CallStatus::Done {
        CallStatus::needs_review_label(Lang::Ru)
    } else {
        status.label(Lang::Ru)
    };
    assert_eq!(cell("status").value, label, "{id}");
    let score = &call["analysis"]["total_score"];
    assert_eq!(cell("total_score").value.as_f64(), score.as_f64(), "{id}");
    assert_eq!(cell("manager").value, call["manager"]["name"], "{id}");
    if let Some(first) = call["transcript"]["segments"].as_array().and_then(|all| all.first()) {
        let said = first["text"].as_str().unwrap();
        let shown = cell("transcript").value.as_str().unwrap_or_default();
        assert!(shown.contains(said.trim()), "{id}: {said:?} is not in {shown:?}");
    }
}

fn epoch() -> chrono::NaiveDateTime {
    chrono::NaiveDate::from_ymd_opt(1899, 12, 30).unwrap().into()
}

fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase().replace('ё', "е");
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// How many of the first are among the second, each counted once.
fn among(spoken: &[String], heard: &[String]) -> usize {
    let mut left: HashMap<&str, usize> = HashMap::new();
    for word in heard {
        *left.entry(word).or_default() += 1;
    }
    spoken
        .iter()
        .filter(|word| {
            left.get_mut(word.as_str()).is_some_and(|n| n.checked_sub(1).map(|less| *n = less).is_some())
        })
        .count()
}

fn words_are_those_that_were_spoken(outside: &Outside, document: &Value) {
    let (mut all, mut heard, mut by_right_voice, mut voices) = (0, 0, 0, 0);
    for call in document["calls"].as_array().unwrap().iter().filter(|call| call["status"] == "done") {
        let spoken = outside.world().spoken(call["external_id"].as_str().unwrap().parse().unwrap());
        let said = |speaker: Option<Speaker>| -> Vec<String> {
            let of = spoken.iter().filter(|one| speaker.is_none_or(|wanted| wanted == one.speaker));
            of.flat_map(|one| words(&one.text)).collect()
        };
        let segments = call["transcript"]["segments"].as_array().unwrap();
        let got = |speaker: Option<&str>| -> Vec<String> {
            let of = segments.iter().filter(|one| speaker.is_none_or(|wanted| one["speaker"] == wanted));
            of.flat_map(|one| words(one["text"].as_str().unwrap())).collect()
        };
        let whole = said(None);
        all += whole.len();
        heard += among(&whole, &got(None));
        if call["recording"]["layout"] == "stereo" {
            for (speaker, name) in [(Speaker::Operator, "operator"), (Speaker::Client, "client")] {
                let said = said(Some(speaker));
                voices += said.len();
                by_right_voice += among(&said, &got(Some(name)));
            }
        }
    }
    println!("heard {heard} of {all} words; by the right voice {by_right_voice} of {voices}");
    assert!(all > 10_000 && heard * 10 >= all * 9, "word recall {heard}/{all}");
    assert!(voices > 0 && by_right_voice * 10 >= voices * 9, "by the right voice {by_right_voice}/{voices}");
}

fn micros(amount: &Value) -> f64 {
    amount["amount"].as_str().map_or(0.0, |text| text.parse().unwrap())
}

/// What the dry run says the month will cost: speech and judgement.
fn priced(zvonar: &Production) -> [f64; 2] {
    let dry = zvonar.month_with(&["--dry-run"]);
    assert_eq!(dry.code, Some(0), "{dry:?}");
    let price = &dry.json()["totals"]["estimate"];
    ["speech", "analysis"].map(|item| micros(&price[item][0]))
}

fn estimate_was_near(estimate: [f64; 2], document: &Value) {
    let items = document["totals"]["cost"]["items"].as_array().unwrap();
    let paid = ["speech", "analysis"].map(|name| {
        items.iter().filter(|item| item["item"] == name).map(|item| micros(&item["amount"])).sum::<f64>()
    });
    let ratio = (estimate[0] + estimate[1]) / (paid[0] + paid[1]);
    println!("estimated {estimate:?}, paid {paid:?}: {:.1} %", ratio * 100.0);
    assert!((0.9..=1.1).contains(&ratio), "estimated {estimate:?}, paid {paid:?}");
}

fn dearest_call(document: &Value) -> f64 {
    let calls = document["calls"].as_array().unwrap();
    calls.iter().map(|call| micros(&call["cost"]["total"])).fold(0.0, f64::max)
}

#[test]
fn the_cap_is_not_overrun_by_more_than_one_call() {
    let outside = Outside::with_calls(40);
    let whole = outside.install("без предела").month().json();
    let paid = micros(&whole["totals"]["cost"]["total"]);
    let cap = paid / 3.0;
    let zvonar = outside.install("с пределом");
    let capped = zvonar.month_with(&["--max-cost", &format!("{cap:.4}USD")]);
    assert_eq!(capped.code, Some(1), "{}", capped.stderr);
    let document = capped.json();
    let spent = micros(&document["totals"]["cost"]["total"]);
    println!("cap {cap:.4}, spent {spent:.4}, the dearest call {:.4}", dearest_call(&whole));
    assert!(spent <= cap + dearest_call(&whole), "{spent} of {cap}");
    assert!(spent >= cap * 0.5, "it stops at the cap, not long before: {spent} of {cap}");
    let queued =
        document["calls"].as_array().unwrap().iter().filter(|call| call["status"] == "queued").count();
    assert!(queued > 0, "the rest waits");
    let rest = zvonar.month().json();
    let (sheet, wanted) = (outside.sheet(&zvonar.tab), outside.sheet("без предела"));
    assert_eq!(EndState::of(&rest, &sheet).unlike(&EndState::of(&whole, &wanted)), Vec::<String>::new());
    // a run's receipt is of that run
    let all = spent + micros(&rest["totals"]["cost"]["total"]);
    // what a model keeps of a prompt between two requests is cheaper: no two runs cost the very same
    assert!((all - paid).abs() < paid * 0.01, "nothing is paid twice: {all} and {paid}");
}

/// The figures of a run, for the log.
pub(crate) fn told(journal: &JournalReport) -> String {
    let figures = [
        ("billed", journal.billed),
        ("requests", journal.requests),
        ("sheet writes", journal.sheet_writes),
        ("spoilt", journal.faults),
    ];
    figures.map(|(name, figure)| format!("{name} {figure}")).join(", ")
}

/// One figure as a share of another.
pub(crate) fn percent(of: u64, whole: u64) -> String {
    format!("{}.{} %", of * 100 / whole.max(1), of * 1000 / whole.max(1) % 10)
}
