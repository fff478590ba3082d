//! A person is forgotten, and what has had its time.

use std::path::Path;

use tests::{Installation, examples};

/// Whether any file of the folder, however deep, holds the text.
fn holds(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return path.file_name().is_some_and(|name| name != "models") && holds(&path, text);
        }
        let bytes = std::fs::read(&path).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[test]
fn a_forgotten_person_stays_forgotten_and_the_receipt_says_what_is_left_to_do() {
    let zvonar = Installation::hearing();
    let folder = zvonar.folder("calls");
    let file = folder.join("2026-11-20_10-15-00_+79161234567_+74950001200_in.wav");
    std::fs::copy(examples().join("f_short_2s.wav"), &file).unwrap();
    let folder = folder.to_str().unwrap();
    let run = zvonar.run(["run", folder, "--json"]);
    assert_eq!(run.json()["calls"][0]["caller"], "+79161234567");
    assert!(holds(&zvonar.data(), "79161234567"), "the scan sees what is there");

    let erased = zvonar.run(["calls", "erase", "--phone", "8 916 123-45-67", "--yes", "--json"]);
    assert_eq!(erased.code, Some(0), "{erased:?}");
    let erased = erased.json();
    assert_eq!(erased["calls"], 1);
    assert_eq!(erased["files_left"].as_array().unwrap().len(), 1, "your own file is named and left");
    assert!(file.exists());
    let receipt = &erased["receipt"];
    assert_eq!((&receipt["ending"], &receipt["who"]), (&"67".into(), &"cli".into()));
    assert!(receipt["ended_at"].is_string() && receipt["trouble"].is_null(), "{receipt}");
    assert!(!holds(&zvonar.data(), "79161234567"), "no byte of the number is left");

    let listed = zvonar.run(["calls", "receipts", "--json"]).json();
    assert_eq!(listed["receipts"][0], *receipt);
    let told = zvonar.run(["calls", "receipts"]);
    assert!(told.stdout.contains("…67") && !told.stdout.contains("916"), "{told:?}");
    let again = zvonar.run(["run", folder, "--json"]);
    assert_eq!(
        again.json()["calls"].as_array().unwrap().len(),
        0,
        "its file does not bring it back: {again:?}"
    );
    assert!(!holds(&zvonar.data(), "79161234567"));
    let twice = zvonar.run(["calls", "erase", "--phone", "+79161234567", "--yes", "--json"]).json();
    assert_eq!((&twice["calls"], &twice["receipt"]["subject"]), (&0.into(), &receipt["subject"]));
}

#[test]
fn nothing_goes_by_its_age_before_somebody_says_so() {
    let zvonar = Installation::deaf();
    let unset = zvonar.run(["retention", "run"]);
    assert_eq!(unset.code, Some(0), "{unset:?}");
    assert!(unset.stderr.contains("ZVONAR_KEEP_RECORDINGS_DAYS"), "{unset:?}");
    let mut counted = zvonar.zvonar(["retention", "run", "--dry-run", "--json"]);
    let counted = tests::Ended::from(counted.env("ZVONAR_KEEP_RECORDINGS_DAYS", "90").output().unwrap());
    assert_eq!(counted.json(), serde_json::json!({ "dry_run": true, "recordings": 0, "words": 0 }));
    let mut wrong = zvonar.zvonar(["retention", "run"]);
    let wrong = tests::Ended::from(wrong.env("ZVONAR_KEEP_WORDS_DAYS", "soon").output().unwrap());
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
}
