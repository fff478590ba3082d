//! Seen from outside: figures, traces, a copy that is made while the work goes on.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;
use tests::{Ended, Installation, call, examples};

/// Recordings that are too short to need a model.
fn short_calls(zvonar: &Installation, count: usize) -> String {
    let folder = zvonar.folder("calls");
    let short = std::fs::read(examples().join("f_short_2s.wav")).unwrap();
    for number in 0..count {
        std::fs::write(folder.join(format!("{number}.wav")), &short).unwrap();
    }
    folder.to_str().unwrap().to_owned()
}

/// Takes what is sent and answers 200; the bodies, one a request.
fn receiver() -> (String, Arc<Mutex<Vec<Vec<u8>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&bodies);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let kept = Arc::clone(&kept);
            thread::spawn(move || take(&stream.unwrap(), &kept));
        }
    });
    (address, bodies)
}

fn take(stream: &TcpStream, kept: &Mutex<Vec<Vec<u8>>>) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut length, mut path, mut line) = (0, String::new(), String::new());
        loop {
            line.clear();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if path.is_empty() {
                line.split(' ').nth(1).unwrap_or_default().clone_into(&mut path);
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        assert_eq!(path, "/v1/traces");
        kept.lock().unwrap().push(body);
        (&*stream).write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
    }
}

fn holds(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

/// The id of a call as the id of its trace.
fn trace_of(call: &Value) -> Vec<u8> {
    let digits = call["id"].as_str().unwrap().replace('-', "");
    digits
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn what_two_processes_did_for_a_call_stands_in_one_trace() {
    let zvonar = Installation::hearing();
    let folder = short_calls(&zvonar, 1);
    let (address, bodies) = receiver();
    let traced = |arguments: &[&str]| {
        let mut command = zvonar.zvonar(arguments);
        Ended::from(command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &address).output().unwrap())
    };
    let first = traced(&["run", &folder, "--json"]);
    assert_eq!(first.code, Some(0), "{first:?}");
    let known = first.json();
    let trace = trace_of(call(&known, "0.wav"));
    assert_eq!(bodies.lock().unwrap().iter().filter(|body| holds(body, &trace)).count(), 1);
    let id = call(&known, "0.wav")["id"].as_str().unwrap().to_owned();
    // a finished call is taken up again by another process
    let retried = traced(&["queue", "retry", "--call", &id]);
    assert_eq!(retried.code, Some(0), "{retried:?}");
    let second = traced(&["run", &folder, "--json"]);
    assert_eq!(second.code, Some(0), "{second:?}");
    let bodies = bodies.lock().unwrap();
    let of_the_call: Vec<_> = bodies.iter().filter(|body| holds(body, &trace)).collect();
    assert_eq!(of_the_call.len(), 2, "one sending of each process");
    assert!(holds(of_the_call[0], b"job fetch"), "the first one fetched it");
    for body in of_the_call {
        assert!(holds(body, b"job ") && holds(body, b"zvonar"));
        assert!(holds(body, id.as_bytes()), "the id of the call is an attribute too");
    }
}

#[test]
fn lines_of_the_log_say_which_call_they_are_about() {
    let zvonar = Installation::hearing();
    let folder = zvonar.folder("calls");
    std::fs::write(folder.join("broken.wav"), b"RIFF and nothing behind it").unwrap();
    let mut command = zvonar.zvonar(["run", folder.to_str().unwrap(), "--json"]);
    command.env("ZVONAR_LOG_FORMAT", "json").env("ZVONAR_LOG", "debug").env("ZVONAR_LOG_FILE", "log");
    let run = Ended::from(command.output().unwrap());
    let id = run.json()["calls"][0]["id"].as_str().unwrap().to_owned();
    let log = std::fs::read_to_string(folder.parent().unwrap().join("log")).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let about = |line: &&Value| {
        let spans = line["spans"].as_array().into_iter().flatten();
        spans.filter(|span| span["name"] == "job").any(|span| span["call"] == id.as_str())
    };
    assert!(lines.iter().any(|line| about(&line)), "{log}");
}

#[cfg(unix)]
#[test]
fn a_worker_whose_log_is_json_says_nothing_else() {
    let zvonar = Installation::deaf();
    let mut worker = zvonar.zvonar(["worker", "--stages", "deliver"]);
    worker.env("ZVONAR_LOG_FORMAT", "json").env("ZVONAR_LOG", "info");
    let mut worker = worker.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(worker.stderr.take().unwrap());
    let is_json = |line: &str| serde_json::from_str::<Value>(line).is_ok_and(|line| line.is_object());
    let mut line = String::new();
    while !line.contains("\"working\"") {
        line.clear();
        assert_ne!(told.read_line(&mut line).unwrap(), 0, "the worker ended before it began");
        assert!(is_json(&line), "{line:?}");
    }
    std::process::Command::new("kill").args(["-TERM", &worker.id().to_string()]).status().unwrap();
    let mut rest = String::new();
    told.read_to_string(&mut rest).unwrap();
    assert_eq!(worker.wait().unwrap().code(), Some(0), "{rest}");
    assert!(rest.lines().all(is_json), "{rest}");
}

#[cfg(unix)]
#[test]
fn a_worker_gives_every_figure_of_the_dashboard() {
    let zvonar = Installation::hearing();
    let folder = short_calls(&zvonar, 3);
    let bind = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut worker = zvonar.zvonar(["worker", "--lang", "en"]);
    worker.env("ZVONAR_METRICS_BIND", &bind).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut worker = worker.spawn().unwrap();
    let mut told = BufReader::new(worker.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("Working:") {
        line.clear();
        assert_ne!(told.read_line(&mut line).unwrap(), 0, "the worker ended before it began");
    }
    let run = zvonar.run(["run", &folder, "--json"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let text = asked(&bind, "/metrics");
    let ready = asked(&bind, "/readyz");
    std::process::Command::new("kill").args(["-TERM", &worker.id().to_string()]).status().unwrap();
    assert_eq!(worker.wait().unwrap().code(), Some(0));

    assert!(ready.contains("\"ready\":true") && ready.contains("\"failing\":[]"), "{ready}");
    let dashboard = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shipping/grafana/zvonar.json"),
    )
    .unwrap();
    let dashboard: Value = serde_json::from_str(&dashboard).unwrap();
    let mut wanted = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            let expression = target["expr"].as_str().unwrap();
            let named = expression.split(|sign: char| !(sign.is_ascii_lowercase() || sign == '_'));
            wanted.extend(named.filter(|name| name.starts_with("zvonar_")).map(str::to_owned));
        }
    }
    assert!(wanted.len() >= 15, "{wanted:?}");
    let given = |name: &String| {
        text.lines().any(|line| {
            line.strip_prefix(name.as_str())
                .is_some_and(|rest| rest.starts_with('{') || rest.starts_with(' '))
        })
    };
    // a worker has no pages, so it counts no requests
    wanted.retain(|name| !name.starts_with("zvonar_http_"));
    let missing: Vec<_> = wanted.iter().filter(|name| !given(name)).collect();
    assert!(missing.is_empty(), "{missing:?} of {text}");
    assert!(text.contains("zvonar_calls{status=\"too_short\"} 3"), "{text}");
}

/// The answer to a GET, as soon as somebody answers there.
fn asked(bind: &str, path: &str) -> String {
    for _ in 0..100_000 {
        let Ok(mut stream) = TcpStream::connect(bind) else {
            thread::yield_now();
            continue;
        };
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        return answer;
    }
    panic!("nobody answers at {bind}");
}

#[test]
fn a_copy_made_in_the_middle_of_a_run_ends_in_the_same_report() {
    let zvonar = Installation::hearing();
    let folder = short_calls(&zvonar, 60);
    let copy = zvonar.folder("copies").join("one");
    let running = zvonar.zvonar(["run", &folder, "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let copied = zvonar.run(["backup", copy.to_str().unwrap(), "--json"]);
    assert_eq!(copied.code, Some(0), "{copied:?}");
    assert_eq!(copied.json()["database"], true);
    let there = Ended::from(running.wait_with_output().unwrap());
    assert_eq!(there.code, Some(0), "{there:?}");

    let again = zvonar.run(["backup", copy.to_str().unwrap()]);
    assert_eq!(again.code, Some(2), "a copy replaces nothing: {again:?}");
    // the model is not in the copy
    let models = copy.join("models");
    std::fs::create_dir_all(&models).unwrap();
    for file in ["base.bin", "base.toml"] {
        let from = zvonar.data().join("models").join(file);
        if from.is_file() {
            std::fs::hard_link(&from, models.join(file)).unwrap();
        }
    }
    let mut restored = zvonar.zvonar(["run", &folder, "--json"]);
    let restored = Ended::from(restored.env("ZVONAR_DATA_DIR", &copy).output().unwrap());
    assert_eq!(restored.code, Some(0), "{restored:?}");
    let told = |document: &Value| {
        let calls = document["calls"].as_array().unwrap().iter();
        let told = calls.map(|call| (call["id"].to_string(), call["status"].to_string()));
        told.collect::<BTreeSet<_>>()
    };
    assert_eq!(told(&restored.json()), told(&there.json()));
    assert_eq!(told(&there.json()).len(), 60);
}
