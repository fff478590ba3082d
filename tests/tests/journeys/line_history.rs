//! The history of a Voximplant account as a source: what was spoken over it is heard, judged and reported once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tests::Outside;

const RUN: [&str; 8] = ["run", "--source", "voximplant", "--last", "31d", "--json", "--jobs", "8"];

fn by_status(document: &Value) -> BTreeMap<&str, u64> {
    let counts = document["totals"]["by_status"].as_object().unwrap();
    counts.iter().map(|(status, count)| (status.as_str(), count.as_u64().unwrap())).collect()
}

#[test]
fn calls_of_a_voximplant_account_are_heard_judged_and_reported_once() {
    let outside = Outside::with_calls(400);
    let zvonar = outside.install("Voximplant");
    let run = zvonar.run(RUN);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let document = run.json();
    let calls = document["calls"].as_array().unwrap();
    assert_eq!(calls.len(), 20, "all sessions of the account");
    let ids: BTreeSet<&str> = calls.iter().map(|call| call["external_id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), calls.len(), "each once");
    assert!(by_status(&document)["done"] >= 10, "{:?}", by_status(&document));
    for call in calls {
        assert_eq!((&call["source"], &call["direction"]), (&"voximplant".into(), &"out".into()));
        assert!(call["callee"].as_str().is_some_and(|number| number.starts_with("+7")), "{call}");
        if call["status"] == "done" {
            assert!(call["transcript"]["coverage"].as_f64().unwrap() > 0.7, "{}", call["transcript"]);
        }
    }
    // a talk of less than half a minute is heard, and none of these rubrics judges it
    let judged = calls.iter().filter(|call| call["analysis"]["total_score"].is_number()).count();
    assert!(judged >= 5, "{judged} have a score");
    let journal = outside.take_journal();
    assert_eq!(journal.operations["voximplant media"], 20, "each recording once: {:?}", journal.operations);

    // nothing is fetched, heard or paid a second time
    let again = zvonar.run(RUN);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    let journal = outside.take_journal();
    assert_eq!(journal.billed, 0, "{:?}", journal.operations);
    assert!(!journal.operations.contains_key("voximplant media"), "{:?}", journal.operations);
    assert_eq!(again.json()["totals"]["by_status"], document["totals"]["by_status"]);
}

#[test]
fn a_refused_key_is_told_and_nothing_is_lost_by_it() {
    let outside = Outside::with_calls(60);
    let zvonar = outside.install("Voximplant");
    let mut command = zvonar.zvonar(RUN);
    command.env_remove("VOXIMPLANT_CREDENTIALS");
    command.envs([("VOXIMPLANT_ACCOUNT_ID", "1"), ("VOXIMPLANT_API_KEY", "no-such-key")]);
    let refused = tests::Ended::from(command.output().unwrap());
    assert_eq!(refused.code, Some(3), "{}", refused.stderr);
    assert!(refused.stderr.contains("Voximplant"), "{}", refused.stderr);
    let run = zvonar.run(RUN);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.json()["totals"]["calls"].as_u64().unwrap() > 0);
}
