//! Many machines: a database that several processes share, and the way into it.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use test_support::PostgresDatabase;
use tests::{Ended, Installation, call, examples};

/// A folder with short recordings: each is looked at and needs no model.
fn short_calls(zvonar: &Installation, count: usize) -> std::path::PathBuf {
    let folder = zvonar.folder("calls");
    let short = std::fs::read(examples().join("f_short_2s.wav")).unwrap();
    for number in 0..count {
        std::fs::write(folder.join(format!("{number}.wav")), &short).unwrap();
    }
    folder
}

fn on_server(zvonar: &Installation, url: &str, arguments: &[&str]) -> Ended {
    Ended::from(zvonar.zvonar(arguments).env("DATABASE_URL", url).output().unwrap())
}

#[test]
fn what_a_file_holds_moves_to_a_server_and_nothing_is_done_twice() {
    let (zvonar, database) = (Installation::hearing(), PostgresDatabase::new());
    let folder = short_calls(&zvonar, 6);
    let folder = folder.to_str().unwrap();
    let before = zvonar.run(["run", folder, "--json"]).json();
    let nowhere = zvonar.run(["migrate"]);
    assert_eq!(nowhere.code, Some(2), "{nowhere:?}");

    let moved = on_server(&zvonar, &database.url(), &["migrate"]);
    assert_eq!(moved.code, Some(0), "{moved:?}");
    assert!(moved.stderr.contains("calls") || moved.stdout.contains("calls"), "{moved:?}");
    let twice = on_server(&zvonar, &database.url(), &["migrate"]);
    assert_ne!(twice.code, Some(0), "into an empty database only: {twice:?}");

    let after = on_server(&zvonar, &database.url(), &["run", folder, "--json"]);
    assert_eq!(after.code, Some(0), "{after:?}");
    let after = after.json();
    for number in 0..6 {
        let name = format!("{number}.wav");
        assert_eq!(call(&after, &name)["id"], call(&before, &name)["id"]);
        assert_eq!(call(&after, &name)["status"], "too_short");
    }
    let told = on_server(&zvonar, &database.url(), &["doctor"]);
    assert!(told.stdout.contains("PostgreSQL") && !told.stdout.contains("postgres://"), "{told:?}");
}

#[cfg(unix)]
#[test]
fn a_worker_helps_a_run_and_leaves_when_it_is_asked_to() {
    let (zvonar, database) = (Installation::hearing(), PostgresDatabase::new());
    let folder = short_calls(&zvonar, 40);
    let mut worker = zvonar.zvonar(["worker", "--stages", "fetch,deliver", "--lang", "en"]);
    worker.env("DATABASE_URL", database.url()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut worker = worker.spawn().unwrap();
    let mut told = BufReader::new(worker.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("Working:") {
        line.clear();
        assert_ne!(told.read_line(&mut line).unwrap(), 0, "the worker ended before it began");
    }
    let run = on_server(&zvonar, &database.url(), &["run", folder.to_str().unwrap(), "--json"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let calls = run.json()["calls"].as_array().unwrap().clone();
    assert!(calls.len() == 40 && calls.iter().all(|call| call["status"] == "too_short"), "{run:?}");
    Command::new("kill").args(["-TERM", &worker.id().to_string()]).status().unwrap();
    assert_eq!(worker.wait().unwrap().code(), Some(0));
}
