//! AI calls against the sandbox: `zvonar serve` places a call, a scripted client walks through the turn
//! scenario over HTTP, and the call is in the history, recorded and judged. The nine things to check
//! after setting Voximplant up are a test each.

use serde_json::json;

use crate::voice_rig::{Held, Story};

/// By turns, and nothing goes wrong.
fn held() -> Held {
    Story::default().held()
}

#[test]
fn check_1_the_call_goes_through_once() {
    let held = held();
    assert_eq!(held.sessions, 1);
    assert_eq!((&held.call["source"], &held.call["direction"]), (&json!("voximplant"), &json!("out")));
}

#[test]
fn check_2_the_greeting_is_said_first() {
    let held = held();
    let first = held.said_by("operator")[0].to_owned();
    assert!(first.contains("голосовой робот") && first.contains("записывается"), "{first}");
}

#[test]
fn check_3_the_client_can_speak() {
    let held = held();
    assert!(held.said_by("client").len() >= 5, "{:?}", held.said_by("client"));
}

#[test]
fn check_4_the_platform_records_the_call_in_stereo() {
    let held = held();
    assert_eq!(held.call["recording"]["layout"], "stereo", "{}", held.call["recording"]);
    assert!(held.call["recording"]["seconds"].as_f64().unwrap() > 20.0);
}

#[test]
fn check_5_the_backend_is_given_the_address_of_each_turn() {
    let held = held();
    assert!(held.lines("[Voximplant Audio] Processing audio") >= 5, "{}", held.log);
    assert!(held.lines("[Voximplant Audio] Downloaded") >= 5, "{}", held.log);
}

#[test]
fn check_6_speech_becomes_words() {
    let held = held();
    assert!(held.lines("STT completed in") >= 5, "{}", held.log);
    assert!(
        held.operations.iter().any(|operation| operation.contains("transcription")),
        "{:?}",
        held.operations
    );
}

#[test]
fn check_7_the_model_answers() {
    let held = held();
    assert!(held.lines("GPT completed in") >= 1, "{}", held.log);
    assert!(held.operations.iter().any(|operation| operation.contains("chat")), "{:?}", held.operations);
}

#[test]
fn check_8_the_answers_are_spoken() {
    let held = held();
    assert!(held.lines("[Voximplant Audio] AI response:") >= 5, "{}", held.log);
    assert!(held.said_by("operator").len() >= 5);
}

#[test]
fn check_9_turn_after_turn_to_the_end_and_then_it_is_judged() {
    let held = held();
    assert!(held.call["analysis"]["total_score"].is_number(), "{}", held.call);
    assert!(
        held.call["cost"]["items"].as_array().is_some_and(|items| !items.is_empty()),
        "{}",
        held.call["cost"]
    );
}

#[test]
fn ten_turns_end_in_the_history_whole() {
    let held = held();
    held.is_whole();
    assert!(held.said_by("client").len() >= 5, "{:?}", held.said_by("client"));
}

/// In real time from the first word to the last, the media socket opened by the platform (`out`) or by us (`in`).
fn held_in_real_time(topology: &str) -> Held {
    let settings = [("VOXIMPLANT_DIALOG_MODE", "realtime"), ("VOXIMPLANT_MEDIA_TOPOLOGY", topology)];
    let asked = json!({ "phone": "+79161234567", "dialog": "realtime" });
    let held = Story { settings: &settings, asked, ..Story::default() }.held();
    held.is_whole();
    assert_eq!(held.turns["dialog"], "realtime");
    // the bridge held all of it: by turns each answer would have a recording to fetch
    let turns = held.turns["turns"].as_array().unwrap();
    assert!(turns.iter().all(|turn| turn["download_ms"] == 0), "{}", held.turns);
    held
}

#[test]
fn a_call_in_real_time_with_interruptions_ends_in_the_history_whole() {
    held_in_real_time("out");
}

#[test]
fn behind_nat_we_open_the_media_socket_and_the_call_is_no_less_whole() {
    let held = held_in_real_time("in");
    assert!(
        held.operations.iter().any(|operation| operation == "voximplant command"),
        "{:?}",
        held.operations
    );
}
