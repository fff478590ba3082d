//! The arrows of the house: which crate may use which. An edge that is not in the table fails.
//!
//! Providers, `audio` and `store` know `domain`; the pipeline knows traits; `app` alone names concrete
//! parts; programs stand on `app`. Arrows never point back, so any room can be read by itself.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Who may use whom in what is released. Tests of a crate may also use the crate itself and `test-support`.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("http-client", &["domain"]),
    ("audio", &["domain"]),
    ("store", &["domain"]),
    ("uis-client", &["domain", "http-client"]),
    ("openai-client", &["domain", "http-client"]),
    ("sheets-sink", &["domain", "http-client"]),
    ("voximplant-client", &["domain", "http-client"]),
    ("telegram-client", &["http-client"]),
    ("mail-client", &[]),
    ("schedule", &[]),
    ("notices", &["domain"]),
    ("transcribe", &["domain", "http-client", "audio", "openai-client", "uis-client"]),
    ("analyze", &["domain", "openai-client"]),
    ("pipeline", &["domain", "audio", "store", "transcribe", "analyze"]),
    (
        "app",
        &[
            "domain",
            "http-client",
            "audio",
            "store",
            "uis-client",
            "openai-client",
            "sheets-sink",
            "transcribe",
            "analyze",
            "pipeline",
            "voice-agent",
            "voximplant-client",
            "schedule",
            "notices",
            "telegram-client",
            "mail-client",
        ],
    ),
    (
        "sandbox",
        &[
            "domain",
            "http-client",
            "audio",
            "analyze",
            "uis-client",
            "openai-client",
            "sheets-sink",
            "voximplant-client",
            "telegram-client",
            "mail-client",
        ],
    ),
    (
        "server",
        &[
            "domain",
            "http-client",
            "audio",
            "store",
            "transcribe",
            "analyze",
            "pipeline",
            "voice-agent",
            "app",
        ],
    ),
    ("voice-agent", &["domain", "http-client", "audio", "store", "openai-client", "transcribe"]),
    (
        "cli",
        &["domain", "store", "transcribe", "analyze", "pipeline", "voice-agent", "app", "server", "sandbox"],
    ),
    ("test-support", &["domain"]),
    ("xtask", &[]),
    ("tests", &[]),
    ("examples", &[]),
];

/// Packages that are tests or examples of the whole: they may use every crate, but nothing uses them.
const OUTSIDE: &[&str] = &["tests", "examples"];

const READ: &str = "Read «Arrows» in docs/ARCHITECTURE.md: turn the dependency round (a trait below, its \
                    maker in `app`), or, if the house really grows a new arrow, draw it there and in ARROWS.";

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--locked", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn name(value: &Value) -> &str {
    value["name"].as_str().unwrap()
}

/// Every dependency of every member: (member, dependency).
fn dependencies(packages: &[Value]) -> impl Iterator<Item = (&str, &Value)> {
    packages.iter().flat_map(|package| {
        package["dependencies"].as_array().unwrap().iter().map(move |to| (name(package), to))
    })
}

#[test]
fn every_arrow_is_in_the_table() {
    let packages = packages();
    let table: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let members: BTreeSet<&str> = packages.iter().map(name).collect();
    let strangers: Vec<_> = members.iter().filter(|member| !table.contains_key(*member)).collect();
    assert!(strangers.is_empty(), "not in the table of arrows: {strangers:?}. {READ}");
    let gone: Vec<_> = table.keys().filter(|member| !members.contains(*member)).collect();
    assert!(gone.is_empty(), "in the table of arrows, but not in the workspace: {gone:?}");

    let wrong: Vec<String> = dependencies(&packages)
        .filter(|(_, to)| members.contains(name(to)))
        .filter(|(from, to)| {
            let to_name = name(to);
            let in_tests = to["kind"] == "dev";
            let allowed = table[from].contains(&to_name)
                || OUTSIDE.contains(from)
                || in_tests && (*from == to_name || to_name == "test-support");
            !allowed || OUTSIDE.contains(&to_name)
        })
        .map(|(from, to)| format!("{from} → {}", name(to)))
        .collect();
    assert!(wrong.is_empty(), "arrows that are not in the table: {wrong:?}. {READ}");
}

#[test]
fn the_table_has_no_circle() {
    let table: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut below: BTreeSet<&str> = BTreeSet::new();
    while below.len() < table.len() {
        let next: Vec<&str> = table
            .iter()
            .filter(|(from, to)| !below.contains(*from) && to.iter().all(|to| below.contains(to)))
            .map(|(from, _)| *from)
            .collect();
        assert!(!next.is_empty(), "a circle among those not in {below:?}");
        below.extend(next);
    }
}

#[test]
fn doubles_and_test_support_stay_out_of_releases() {
    let packages = packages();
    let wrong: Vec<String> = dependencies(&packages)
        .filter(|(_, to)| to["kind"] != "dev")
        // the sandbox is made of doubles: that is what it is for
        .filter(|(from, _)| *from != "sandbox")
        .filter(|(_, to)| {
            let features = to["features"].as_array().unwrap();
            name(to) == "test-support" || features.iter().any(|feature| feature == "testing")
        })
        .map(|(from, to)| format!("{from} → {}", name(to)))
        .collect();
    assert!(
        wrong.is_empty(),
        "only [dev-dependencies] may name test-support or a feature `testing`: {wrong:?}"
    );
    let of_sandbox: BTreeSet<&str> =
        dependencies(&packages).filter(|(_, to)| name(to) == "sandbox").map(|(from, _)| from).collect();
    let only: BTreeSet<&str> = ["cli", "tests"].into();
    assert!(
        of_sandbox.is_subset(&only),
        "only the program and the journeys may hold a sandbox: {of_sandbox:?}"
    );
    for package in &packages {
        let default = package["features"]["default"].as_array().cloned().unwrap_or_default();
        assert!(
            !default.iter().any(|feature| feature == "testing"),
            "{}: `testing` by default",
            name(package)
        );
    }
}

#[test]
fn app_alone_switches_whisper_on() {
    let packages = packages();
    let by: BTreeSet<&str> = dependencies(&packages)
        .filter(|(_, to)| name(to) == "transcribe")
        .filter(|(_, to)| to["features"].as_array().unwrap().iter().any(|feature| feature == "whisper"))
        .map(|(from, _)| from)
        .collect();
    assert_eq!(by, BTreeSet::from(["app"]), "whisper.cpp is a part that `app` chooses. {READ}");
    let transcribe = packages.iter().find(|package| name(package) == "transcribe").unwrap();
    for (feature, implied) in transcribe["features"].as_object().unwrap() {
        let implies =
            implied.as_array().unwrap().iter().any(|one| one == "whisper" || one == "dep:whisper-rs");
        assert!(!implies || feature == "whisper", "feature {feature} of transcribe brings whisper.cpp along");
    }
}

/// Outside crates with one door each.
const DOORS: &[(&str, &[&str])] = &[
    // async-openai is built on reqwest and takes its requests
    ("reqwest", &["http-client", "openai-client"]),
    ("async-openai", &["openai-client"]),
    ("jsonwebtoken", &["sheets-sink", "voximplant-client"]),
    ("whisper-rs", &["transcribe"]),
    ("sqlx", &["store"]),
    // the sandbox's ear hears bytes that are on no disk
    ("symphonia", &["audio", "sandbox"]),
    ("rust_xlsxwriter", &["pipeline"]),
    ("dotenvy", &["app"]),
    ("clap", &["cli"]),
];

#[test]
fn outside_crates_come_in_through_their_door() {
    let packages = packages();
    let doors: BTreeMap<&str, &[&str]> = DOORS.iter().copied().collect();
    let wrong: Vec<String> = dependencies(&packages)
        .filter(|(from, to)| to["kind"] != "dev" && !OUTSIDE.contains(from))
        .filter(|(from, to)| doors.get(name(to)).is_some_and(|may| !may.contains(from)))
        .map(|(from, to)| format!("{from} → {} (its door: {:?})", name(to), doors[name(to)]))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}. {READ}");
}
