//! AI calls with something broken in the middle, against the sandbox: nobody is left on a dead line, nothing is said
//! twice, and the call is in the history all the same.

use serde_json::{Value, json};

use crate::voice_rig::{Held, Story};

const REALTIME: [(&str, &str); 1] = [("VOXIMPLANT_DIALOG_MODE", "realtime")];

fn in_real_time() -> Value {
    json!({ "phone": "+79161234567", "dialog": "realtime" })
}

/// Every turn once, in order, and no phrase of the client twice.
fn nothing_is_doubled(held: &Held) {
    let turns = held.turns["turns"].as_array().unwrap();
    let numbers: Vec<u64> = turns.iter().map(|turn| turn["turn"].as_u64().unwrap()).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
    let mut heard = held.said_by("client");
    let all = heard.len();
    heard.sort_unstable();
    heard.dedup();
    assert_eq!(heard.len(), all, "{:?}", held.said_by("client"));
    assert_eq!(held.sessions, 1, "nobody is rung again");
}

#[test]
fn a_service_killed_in_mid_call_goes_on_with_the_next_turn() {
    let held = Story { killed_after: Some(("openai transcription", 3)), ..Story::default() }.held();
    held.is_whole();
    nothing_is_doubled(&held);
    assert!(held.said_by("client").len() >= 9, "{:?}", held.said_by("client"));
}

#[test]
fn a_service_killed_in_mid_stream_goes_on_by_turns() {
    let story = Story { settings: &REALTIME, asked: in_real_time(), ..Story::default() };
    let held = Story { killed_after: Some(("openai realtime", 1)), ..story }.held();
    assert_eq!(held.call["status"], "done", "{}", held.call);
    nothing_is_doubled(&held);
    assert!(held.said_by("client").len() >= 5, "{:?}", held.said_by("client"));
}

#[test]
fn a_realtime_model_without_money_sends_the_call_on_by_turns() {
    let faults = [json!({ "kind": "realtime_quota", "provider": "openai", "times": 1 })];
    let story = Story { settings: &REALTIME, asked: in_real_time(), ..Story::default() };
    let held = Story { faults: &faults, ..story }.held();
    assert_eq!(held.call["status"], "done", "{}", held.call);
    nothing_is_doubled(&held);
    assert!(held.said_by("client").len() >= 9, "{:?}", held.said_by("client"));
}

#[test]
fn speech_and_model_that_fail_stall_and_break_off_cost_a_turn_each_and_not_the_call() {
    // one request of its kind each, some turns apart: two in a row would bring a person or goodbye
    let fault = |kind: &str, path: &str, skip: u64| json!({ "kind": kind, "provider": "openai", "path": path, "skip": skip, "times": 1 });
    let faults = [
        fault("500", "transcription", 1),
        fault("truncated_body", "transcription", 4),
        fault("cut_stream", "chat", 2),
        fault("500", "chat", 5),
    ];
    let held = Story { faults: &faults, ..Story::default() }.held();
    assert_eq!(held.call["status"], "done", "{}", held.call);
    nothing_is_doubled(&held);
    assert!(held.said_by("client").len() >= 5, "{:?}", held.said_by("client"));
    assert!(held.said_by("operator").len() >= 9, "{:?}", held.said_by("operator"));
}
