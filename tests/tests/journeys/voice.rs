//! AI calls against the sandbox: `zvonar serve` places a call, a scripted client walks through the turn
//! scenario over HTTP, and the call is in the history, recorded and judged. The nine things to check
//! after setting Voximplant up are a test each.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use domain::Clock as _;
use sandbox::{Sandbox, SandboxOptions};
use serde_json::{Value, json};
use tests::{Installation, binary};

/// Nothing here takes longer.
const PATIENCE: Duration = Duration::from_secs(150);

/// A call that was held, and what everybody saw of it.
struct Held {
    call: Value,
    log: String,
    operations: Vec<String>,
    sessions: usize,
    _service: Service,
}

/// `zvonar serve`, until it is dropped.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Places a call, waits until it is judged.
fn held() -> Held {
    held_as(200, &[], &json!({ "phone": "+79161234567" }))
}

/// So many times faster than people talk, with these settings more, placed so.
fn held_as(talk_speed: u32, more: &[(&str, &str)], asked: &Value) -> Held {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let now = domain::SystemClock.now();
        let options = SandboxOptions { calls: 1, days: 1, talk_speed, ..SandboxOptions::new(now) };
        let world = Sandbox::start(options).await.unwrap();
        let (installation, port) = (Installation::deaf(), free_port());
        let base = format!("http://127.0.0.1:{port}");
        let log = installation.data().join("logs").join("app.log");
        let command = |arguments: &[&str]| {
            let mut command = Command::new(binary());
            command.args(arguments).env_clear().envs(world.environment()).envs([
                ("ZVONAR_DATA_DIR", installation.data().display().to_string()),
                ("ZVONAR_BIND", format!("127.0.0.1:{port}")),
                ("BACKEND_URL", base.clone()),
                ("ZVONAR_LOG_FILE", log.display().to_string()),
                ("ZVONAR_ANALYZER", "rules".to_owned()),
            ]);
            command.envs(more.iter().copied());
            command.current_dir(installation.data().parent().unwrap());
            command
        };
        std::fs::create_dir_all(installation.data()).unwrap();
        let deployed = command(&["voximplant", "deploy", "--yes"]).output().unwrap();
        assert!(deployed.status.success(), "{}", String::from_utf8_lossy(&deployed.stderr));
        let again = command(&["voximplant", "deploy", "--yes"]).output().unwrap();
        assert!(String::from_utf8_lossy(&again.stdout).contains("менять нечего"), "{again:?}");
        let service =
            Service(command(&["serve"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let http = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
        until(|| async { http.get(format!("{base}/healthz")).send().await.is_ok().then_some(()) }).await;
        let placed = http.post(format!("{base}/calls")).body(asked.to_string()).send().await.unwrap();
        assert_eq!(placed.status(), 201);
        let placed: Value = placed.json().await.unwrap();
        assert_eq!(placed["mode"], "voximplant");
        let id = placed["call_id"].as_str().unwrap().to_owned();
        let call = until(|| async {
            let answer = http.get(format!("{base}/api/v1/calls/{id}")).send().await.ok()?;
            let call: Value = answer.json().await.ok()?;
            (call["status"] == "done").then_some(call)
        })
        .await;
        Held {
            call,
            log: std::fs::read_to_string(&log).unwrap_or_default(),
            operations: world.journal().report(1).operations.into_keys().collect(),
            sessions: world
                .voximplant()
                .sessions()
                .iter()
                .filter(|session| session.custom_data.contains(&id))
                .count(),
            _service: service,
        }
    })
}

fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Asks again until there is something.
async fn until<T, F: Future<Output = Option<T>>>(mut ask: impl FnMut() -> F) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "it takes too long");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

impl Held {
    fn said_by(&self, speaker: &str) -> Vec<&str> {
        let segments = self.call["transcript"]["segments"].as_array().unwrap();
        let of = segments.iter().filter(|segment| segment["speaker"] == speaker);
        of.map(|segment| segment["text"].as_str().unwrap()).collect()
    }

    fn lines(&self, words: &str) -> usize {
        self.log.lines().filter(|line| line.contains(words)).count()
    }
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

/// What must be true of every call that was held, however it was held.
fn is_whole(held: &Held) {
    let call = &held.call;
    assert_eq!(call["status"], "done", "{call}");
    assert_eq!(call["recording"]["layout"], "stereo", "{}", call["recording"]);
    assert!(call["analysis"]["total_score"].is_number(), "{}", call["analysis"]);
    let starts: Vec<f64> = call["transcript"]["segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|segment| segment["start_s"].as_f64().unwrap())
        .collect();
    assert!(starts.is_sorted(), "{starts:?}");
}

#[test]
fn ten_turns_end_in_the_history_whole() {
    let held = held();
    is_whole(&held);
    assert!(held.said_by("client").len() >= 5, "{:?}", held.said_by("client"));
}

#[test]
fn a_call_in_real_time_with_interruptions_ends_in_the_history_whole() {
    let held = held_as(
        20,
        &[("VOXIMPLANT_DIALOG_MODE", "realtime")],
        &json!({ "phone": "+79161234567", "dialog": "realtime" }),
    );
    is_whole(&held);
    let coverage = held.call["transcript"]["coverage"].as_f64().unwrap();
    assert!(coverage > 0.8, "{}", held.call["transcript"]);
}
