//! Killed, stopped, started again.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tests::{Ended, Installation, examples};

/// Kills in a row on one database.
const KILLS: u32 = 50;

fn few_calls(zvonar: &Installation) -> String {
    let folder = zvonar.folder("calls");
    for name in [
        "f_short_2s.wav",
        "d_missed_ringing.wav",
        "e_answering_machine.wav",
        "e_answering_machine.json",
        "n_broken_off.wav",
    ] {
        std::fs::copy(examples().join(name), folder.join(name)).unwrap();
    }
    for copy in ["one", "two", "три"] {
        std::fs::copy(examples().join("g_cold_call_refused.wav"), folder.join(format!("{copy}.wav")))
            .unwrap();
    }
    folder.to_str().unwrap().to_owned()
}

/// What must not depend on how often the program was killed.
fn lasting(document: &Value, folder: &str) -> String {
    let mut document = document.clone();
    for call in document["calls"].as_array_mut().unwrap() {
        call["cached"] = Value::Null;
        call["id"] = Value::Null;
    }
    document.to_string().replace(folder, "")
}

fn start(zvonar: &Installation, folder: &str) -> Child {
    zvonar.zvonar(["run", folder, "--json"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits for the end at most so long.
fn ends_within(child: &mut Child, limit: Duration) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < limit {
        if child.try_wait().unwrap().is_some() {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

#[test]
fn fifty_kills_at_odd_moments_lose_nothing_and_double_nothing() {
    let calm = Installation::hearing();
    let calm_folder = few_calls(&calm);
    let undisturbed = calm.run(["run", &calm_folder, "--json"]);
    assert_eq!(undisturbed.code, Some(1), "{undisturbed:?}");

    let zvonar = Installation::hearing();
    let folder = few_calls(&zvonar);
    for kill in 0..KILLS {
        let mut child = start(&zvonar, &folder);
        // spread over the whole length of a run, never twice the same
        let moment = Duration::from_millis(u64::from(kill * 7919 % 1499) + 1);
        ends_within(&mut child, moment);
        let _ = child.kill();
        child.wait().unwrap();
    }
    let after = zvonar.run(["run", &folder, "--json"]);
    // the broken recording failed in this run or in one that was killed
    assert!([Some(0), Some(1)].contains(&after.code), "{after:?}");
    assert_eq!(lasting(&after.json(), &folder), lasting(&undisturbed.json(), &calm_folder));
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_cleanly_and_the_next_run_goes_on() {
    let zvonar = Installation::hearing();
    let folder = few_calls(&zvonar);
    let mut child = zvonar
        .zvonar(["run", &folder, "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // its lock file is there: it works, and hears signals
    let workers = zvonar.data().join("workers");
    let begun = Instant::now();
    while std::fs::read_dir(&workers).map_or(0, Iterator::count) == 0
        && begun.elapsed() < Duration::from_secs(20)
    {
        std::thread::yield_now();
    }
    ends_within(&mut child, Duration::from_millis(300));
    let interrupt =
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    let stopped = Ended::from(child.wait_with_output().unwrap());
    assert_eq!(stopped.code, Some(130), "{stopped:?}");
    let next = zvonar.run(["run", &folder, "--json"]);
    assert!([Some(0), Some(1)].contains(&next.code), "{next:?}");
    assert!(next.json()["calls"].as_array().unwrap().iter().all(|call| call["status"] != "queued"));
}
