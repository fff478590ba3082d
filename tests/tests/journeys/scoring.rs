//! The demonstration calls, from sound to score.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use tests::{Installation, call, examples};

/// Words of a text, made comparable; numerals are left out, for a recogniser writes them as digits.
fn words(text: &str) -> Vec<String> {
    const NUMERALS: &[&str] = &[
        "один",
        "одна",
        "одну",
        "два",
        "две",
        "три",
        "четыр",
        "пят",
        "шест",
        "сем",
        "восем",
        "девят",
        "десят",
        "одиннадцат",
        "двенадцат",
        "тринадцат",
        "пятнадцат",
        "двадцат",
        "тридцат",
        "сорок",
        "полтора",
        "сто",
        "двест",
        "тысяч",
        "процент",
    ];
    text.to_lowercase()
        .replace('ё', "е")
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty() && !NUMERALS.iter().any(|numeral| word.starts_with(numeral)))
        .map(str::to_owned)
        .collect()
}

/// How many of the spoken words were heard, in order (longest common subsequence).
fn heard_of(spoken: &[String], heard: &[String]) -> usize {
    let mut row = vec![0_usize; heard.len() + 1];
    for word in spoken {
        let mut diagonal = 0;
        for (at, other) in heard.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if word == other { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    row[heard.len()]
}

fn spoken(name: &str) -> Value {
    let stem = Path::new(name).file_stem().unwrap().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(examples().join("spoken").join(format!("{stem}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn by_speaker(segments: &Value, split: bool) -> BTreeMap<String, Vec<String>> {
    let mut said: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for segment in segments.as_array().unwrap() {
        let speaker = if split { segment["speaker"].as_str().unwrap() } else { "all" };
        said.entry(speaker.to_owned()).or_default().extend(words(segment["text"].as_str().unwrap()));
    }
    said
}

#[test]
fn the_demonstration_calls_are_heard_judged_and_ranked() {
    let zvonar = Installation::hearing();
    let report = zvonar.folder("out").join("report.xlsx");
    let arguments = ["run", examples().to_str().unwrap(), "--json", "--report", report.to_str().unwrap()]
        .map(str::to_owned);
    let run = zvonar.run(&arguments);
    assert_eq!(run.code, Some(1), "one recording is broken on purpose: {}", run.stderr);
    let document = run.json();
    let calls = document["calls"].as_array().unwrap();
    assert!(calls.len() >= 10, "{}", calls.len());
    assert!(calls.iter().all(|call| call["cached"] == false || call["recording"]["sha256"].is_null()));
    statuses_are_right(calls);
    words_are_heard(calls);
    scores_rank(calls);
    quotes_are_in_the_transcript(calls);
    assert!(std::fs::read(&report).unwrap().starts_with(b"PK"), "an XLSX is a zip archive");

    let second = zvonar.run(&arguments);
    assert_eq!(second.code, Some(0), "nothing failed in this run: {}", second.stderr);
    let (mut before, mut after) = (document, second.json());
    assert!(after["calls"].as_array().unwrap().iter().all(|call| call["cached"] == true));
    for document in [&mut before, &mut after] {
        document["calls"].as_array_mut().unwrap().iter_mut().for_each(|call| call["cached"] = Value::Null);
    }
    assert_eq!(before, after, "a second run changes nothing");
}

fn statuses_are_right(calls: &[Value]) {
    for call in calls {
        let name = call["recording"]["name"].as_str().unwrap();
        let wanted = &spoken(name)["expect"]["status"];
        assert_eq!(&call["status"], wanted, "{name}: {call}");
    }
}

fn words_are_heard(calls: &[Value]) {
    let (mut all, mut heard) = (0, 0);
    for call in
        calls.iter().filter(|call| ["done", "answering_machine"].contains(&call["status"].as_str().unwrap()))
    {
        let name = call["recording"]["name"].as_str().unwrap();
        let split = call["recording"]["layout"] == "stereo";
        let (said, got) = (
            by_speaker(&spoken(name)["segments"], split),
            by_speaker(&call["transcript"]["segments"], split),
        );
        let (mut call_all, mut call_heard) = (0, 0);
        for (speaker, spoken) in &said {
            call_all += spoken.len();
            call_heard += heard_of(spoken, got.get(speaker).map_or(&[][..], Vec::as_slice));
        }
        println!("{name}: {call_heard} of {call_all} words");
        assert!(
            call_heard * 100 >= call_all * 70,
            "{name}: {call_heard} of {call_all}: {}",
            call["transcript"]
        );
        all += call_all;
        heard += call_heard;
    }
    println!("heard {heard} of {all} words");
    assert!(heard * 100 >= all * 85, "word recall {heard}/{all}");
    let silent = calls.iter().filter(|call| call["status"] == "no_speech");
    assert!(
        silent
            .map(|call| call["transcript"]["segments"].as_array().map_or(0, Vec::len))
            .all(|heard| heard == 0)
    );
}

/// Every good call stands above every bad one.
fn scores_rank(calls: &[Value]) {
    let scores = |quality: &str| -> Vec<f64> {
        let of = |call: &&Value| {
            spoken(call["recording"]["name"].as_str().unwrap())["expect"]["quality"] == quality
        };
        calls.iter().filter(of).filter_map(|call| call["analysis"]["total_score"].as_f64()).collect()
    };
    let (good, bad) = (scores("good"), scores("bad"));
    assert!(good.len() >= 3 && bad.len() >= 2, "{good:?} {bad:?}");
    let lowest = good.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = bad.iter().copied().fold(0.0, f64::max);
    assert!(lowest > highest + 20.0, "good {good:?}, bad {bad:?}");
}

fn quotes_are_in_the_transcript(calls: &[Value]) {
    let mut quotes = 0;
    for call in calls.iter().filter(|call| call["status"] == "done") {
        let segments = call["transcript"]["segments"].as_array().unwrap();
        for criterion in call["analysis"]["criteria"].as_array().unwrap() {
            for evidence in criterion["evidence"].as_array().unwrap() {
                let quote = evidence["quote"].as_str().unwrap();
                let start = evidence["start_s"].as_f64().unwrap();
                assert_eq!(evidence["verified"], true, "{evidence}");
                let at = segments
                    .iter()
                    .find(|segment| segment["text"].as_str().unwrap().contains(quote.trim_end_matches('…')));
                let at =
                    at.unwrap_or_else(|| panic!("{quote:?} was not said in {}", call["recording"]["name"]));
                assert!(start + 0.5 >= at["start_s"].as_f64().unwrap() || segments.len() > 1, "{evidence}");
                quotes += 1;
            }
        }
    }
    assert!(quotes >= 20, "{quotes}");
}

#[test]
fn the_three_modes_look_at_different_things_in_one_call() {
    let zvonar = Installation::hearing();
    let file = examples().join("a_sale_objection.wav");
    let keys = |mode: &str| -> Vec<String> {
        let run = zvonar.run(["run", file.to_str().unwrap(), "--mode", mode, "--json"]);
        assert_eq!(run.code, Some(0), "{run:?}");
        let document = run.json();
        let criteria =
            call(&document, "a_sale_objection.wav")["analysis"]["criteria"].as_array().unwrap().clone();
        criteria.iter().map(|criterion| format!("{} {}", criterion["key"], criterion["verdict"])).collect()
    };
    let (manager, client, dialog) = (keys("Manager+"), keys("Client+"), keys("Диалог"));
    let unlike = |a: &[String], b: &[String]| a.iter().filter(|verdict| !b.contains(verdict)).count();
    assert!(
        unlike(&manager, &client) >= 6 && unlike(&manager, &dialog) >= 4 && unlike(&client, &dialog) >= 6
    );
}
