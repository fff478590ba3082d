//! A service with its sandbox, and a call that is held over it to the end: killed or spoilt on the way, if that is
//! the story.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use domain::Clock as _;
use sandbox::{Fault, Sandbox, SandboxOptions};
use serde_json::{Value, json};
use tests::{Installation, binary};

/// Nothing here takes longer.
const PATIENCE: Duration = Duration::from_secs(150);

/// What happens.
pub(crate) struct Story<'a> {
    /// So many times faster than people talk, by turns.
    pub(crate) talk_speed: u32,
    /// Settings beside the usual.
    pub(crate) settings: &'a [(&'a str, &'a str)],
    /// How the call is placed.
    pub(crate) asked: Value,
    /// What goes wrong, as `POST /_sandbox/faults` takes it.
    pub(crate) faults: &'a [Value],
    /// The service is killed when the provider has answered so many requests of this kind, and started again.
    pub(crate) killed_after: Option<(&'a str, u64)>,
}

impl Default for Story<'_> {
    fn default() -> Self {
        let asked = json!({ "phone": "+79161234567" });
        Self { talk_speed: 200, settings: &[], asked, faults: &[], killed_after: None }
    }
}

/// A call that was held, and what everybody saw of it.
pub(crate) struct Held {
    pub(crate) call: Value,
    /// `…/turns` of the call.
    pub(crate) turns: Value,
    /// Its page.
    pub(crate) page: String,
    pub(crate) log: String,
    pub(crate) operations: Vec<String>,
    pub(crate) sessions: usize,
}

/// `zvonar serve`, until it is dropped.
struct Service(Child);

impl Service {
    fn start(mut command: Command) -> Self {
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Story<'_> {
    /// Places a call, waits until it is judged.
    pub(crate) fn held(&self) -> Held {
        tokio::runtime::Runtime::new().unwrap().block_on(self.happens())
    }

    async fn happens(&self) -> Held {
        let now = domain::SystemClock.now();
        let options =
            SandboxOptions { calls: 1, days: 1, talk_speed: self.talk_speed, ..SandboxOptions::new(now) };
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
            command.envs(self.settings.iter().copied());
            command.current_dir(installation.data().parent().unwrap());
            command
        };
        std::fs::create_dir_all(installation.data()).unwrap();
        let deployed = command(&["voximplant", "deploy", "--yes"]).output().unwrap();
        assert!(deployed.status.success(), "{}", String::from_utf8_lossy(&deployed.stderr));
        let again = command(&["voximplant", "deploy", "--yes"]).output().unwrap();
        assert!(String::from_utf8_lossy(&again.stdout).contains("менять нечего"), "{again:?}");
        let mut service = Service::start(command(&["serve"]));
        let http = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
        until(|| async { http.get(format!("{base}/healthz")).send().await.is_ok().then_some(()) }).await;
        for fault in self.faults {
            world.play(serde_json::from_value::<Fault>(fault.clone()).unwrap()).unwrap();
        }
        let placed = http.post(format!("{base}/calls")).body(self.asked.to_string()).send().await.unwrap();
        assert_eq!(placed.status(), 201);
        let placed: Value = placed.json().await.unwrap();
        assert_eq!(placed["mode"], "voximplant");
        let id = placed["call_id"].as_str().unwrap().to_owned();
        if let Some((operation, times)) = self.killed_after {
            let count = || world.journal().report(0).operations.get(operation).copied().unwrap_or(0);
            until(|| async { (count() >= times).then_some(()) }).await;
            drop(service);
            service = Service::start(command(&["serve"]));
        }
        let call = until(|| async {
            let answer = http.get(format!("{base}/api/v1/calls/{id}")).send().await.ok()?;
            let call: Value = answer.json().await.ok()?;
            (call["status"] == "done").then_some(call)
        })
        .await;
        let text = async |path: String| http.get(format!("{base}{path}")).send().await.unwrap().text().await;
        let turns = text(format!("/api/v1/calls/{id}/turns")).await.unwrap();
        let page = text(format!("/history/{id}")).await.unwrap();
        drop(service);
        Held {
            call,
            turns: serde_json::from_str(&turns).unwrap(),
            page,
            log: std::fs::read_to_string(&log).unwrap_or_default(),
            operations: world.journal().report(1).operations.into_keys().collect(),
            sessions: world
                .voximplant()
                .sessions()
                .iter()
                .filter(|session| session.custom_data.contains(&id))
                .count(),
        }
    }
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
    pub(crate) fn said_by(&self, speaker: &str) -> Vec<&str> {
        let segments = self.call["transcript"]["segments"].as_array().unwrap();
        let of = segments.iter().filter(|segment| segment["speaker"] == speaker);
        of.map(|segment| segment["text"].as_str().unwrap()).collect()
    }

    /// Lines of the log with these words.
    pub(crate) fn lines(&self, words: &str) -> usize {
        self.log.lines().filter(|line| line.contains(words)).count()
    }

    /// What must be true of every call that was held, however it was held.
    pub(crate) fn is_whole(&self) {
        let call = &self.call;
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
        let coverage = call["transcript"]["coverage"].as_f64().unwrap();
        assert!(coverage > 0.8, "{}", call["transcript"]);
        // each answer to something that was heard has its delay, in the interface for programs and on the page
        let turns = self.turns["turns"].as_array().unwrap();
        let delays: Vec<u64> = turns.iter().filter_map(|turn| turn["latency_ms"].as_u64()).collect();
        assert!(delays.len() >= 5 && delays.iter().all(|delay| *delay < 3_000), "{}", self.turns);
        let shown = self.page.matches("data-delay").count();
        assert!(shown >= 5, "{shown} of {} delays are on the page", delays.len());
    }
}
