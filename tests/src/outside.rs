//! UIS, a model provider and Google Sheets for one journey, in this very process, and installations of
//! `zvonar` that point at them.
//!
//! One world serves many installations: each writes into a tab of its own, so a case of a table of
//! faults costs no new world.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::Clock as _;
use sandbox::world::World;
use sandbox::{Fault, JournalReport, Sandbox, SandboxOptions};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::sheet::Reader;
use crate::{Ended, Installation, SheetView};

/// The outside world, until it is dropped.
pub struct Outside {
    sandbox: Sandbox,
    /// Serves it; dropped after it.
    runtime: Runtime,
    environment: Vec<(String, String)>,
    reader: Reader,
}

impl Outside {
    /// A company with so many calls in the last 30 days.
    pub fn with_calls(calls: usize) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let options = SandboxOptions { calls, ..SandboxOptions::new(domain::SystemClock.now()) };
        let sandbox = runtime.block_on(Sandbox::start(options)).expect("the sandbox starts");
        let environment = sandbox.environment();
        let setting = |wanted: &str| {
            environment.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone()).expect(wanted)
        };
        let key = std::fs::read(setting("GOOGLE_APPLICATION_CREDENTIALS")).expect("the key file");
        let reader = Reader {
            base: setting("GOOGLE_SHEETS_URL"),
            spreadsheet: setting("GOOGLE_SHEET_ID"),
            key: serde_json::from_slice(&key).expect("a key file"),
        };
        Self { sandbox, runtime, environment, reader }
    }

    /// The company and its calls.
    pub fn world(&self) -> &World {
        self.sandbox.world()
    }

    /// What was asked of whom so far.
    pub fn journal(&self) -> JournalReport {
        self.sandbox.journal().report(0)
    }

    /// What was asked since the last look.
    pub fn take_journal(&self) -> JournalReport {
        let report = self.journal();
        self.sandbox.journal().clear();
        report
    }

    /// Telegram and mail of the company, as `zvonar` is told of them.
    pub fn notice_environment(&self) -> Vec<(String, String)> {
        self.sandbox.notice_environment()
    }

    /// How many messages came into the company's chat.
    pub fn telegrams(&self) -> usize {
        let environment = self.notice_environment();
        let chat = environment.iter().find(|(name, _)| name == "TELEGRAM_CHAT_ID");
        chat.map_or(0, |(_, chat)| self.sandbox.telegram().posted(chat).len())
    }

    /// How many mails the company's server took.
    pub fn mails(&self) -> usize {
        self.sandbox.mail().taken().len()
    }

    /// Faults that were laid and have met no request so far: whoever waits for them proves nothing.
    pub fn idle_faults(&self) -> Vec<String> {
        let rules = self.sandbox.faults().report();
        rules.iter().filter(|rule| rule.hit == 0).map(|rule| json!(rule).to_string()).collect()
    }

    /// Starts it and kills it (`SIGKILL`) when the providers have answered so many requests more;
    /// `false` if it was done before.
    pub fn killed_after(&self, requests: u64, command: Command) -> bool {
        let mut command = tokio::process::Command::from(command);
        command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let moment = self.journal().requests + requests;
        self.runtime.block_on(async {
            let mut child = command.spawn().expect("zvonar starts");
            tokio::select! {
                _ = child.wait() => false,
                () = self.sandbox.journal().reached(moment) => {
                    child.kill().await.expect("a kill");
                    true
                }
            }
        })
    }

    /// Waits until the providers have answered so many requests in all, or until `most` is over; whether they have.
    pub fn reached(&self, requests: u64, most: Duration) -> bool {
        self.runtime.block_on(async {
            tokio::time::timeout(most, self.sandbox.journal().reached(requests)).await.is_ok()
        })
    }

    /// Looks again and again until there is an answer; fails when there is none after so long.
    pub fn until<T>(&self, what: &str, most: Duration, mut look: impl FnMut() -> Option<T>) -> T {
        let begun = std::time::Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(begun.elapsed() < most, "{what}: not in {most:?}");
            self.runtime.block_on(async { tokio::time::sleep(Duration::from_millis(20)).await });
        }
    }

    /// Runs it to the end; when the providers have answered so many requests more, a fault is laid.
    pub fn struck_after(&self, requests: u64, fault: &Value, command: Command) -> Ended {
        let moment = self.journal().requests + requests;
        self.runtime.block_on(async {
            let mut run = Box::pin(tokio::process::Command::from(command).output());
            let output = tokio::select! {
                output = &mut run => output,
                () = self.sandbox.journal().reached(moment) => {
                    self.play(fault);
                    run.await
                }
            };
            Ended::from(output.expect("zvonar starts"))
        })
    }

    /// Makes something go wrong, as `POST /_sandbox/faults` with this body does.
    pub fn play(&self, fault: &Value) {
        let order: Fault = serde_json::from_value(fault.clone()).expect("an order");
        self.sandbox.play(order).unwrap_or_else(|error| panic!("{fault}: {error}"));
    }

    /// Everything works again.
    pub fn mend(&self) {
        self.sandbox.mend();
    }

    /// Pushes the world's time ahead.
    pub fn advance(&self, by: Duration) {
        self.sandbox.clock().advance(by);
    }

    /// The world's time.
    pub fn now(&self) -> DateTime<Utc> {
        self.sandbox.clock().now()
    }

    /// A tab as it is; an empty one if it is not there. Faults spoil this reading too: mend first.
    pub fn sheet(&self, tab: &str) -> SheetView {
        self.runtime.block_on(self.reader.read(tab, domain::SystemClock.now()))
    }

    /// What a person does to a tab: `tab_renamed`, `column_moved`, `row_edited`, …
    pub fn person(&self, tab: &str, deed: &str, more: &Value) {
        let mut order = json!({"kind": deed, "provider": "google", "tab": tab});
        for (name, value) in more.as_object().into_iter().flatten() {
            order[name] = value.clone();
        }
        self.play(&order);
    }

    /// A fresh installation that hears and judges through the provider and writes into its own tab.
    pub fn install(&self, tab: &str) -> Production {
        let mut environment = self.environment.clone();
        let settings = [
            ("ZVONAR_TRANSCRIBER", "openai"),
            ("ZVONAR_ANALYZER", "llm"),
            ("ZVONAR_LANG", "ru"),
            ("GOOGLE_SHEET_TAB", tab),
            // the provider here is as quick as the machine
            ("OPENAI_REQUESTS_PER_MINUTE", "1000000"),
            ("OPENAI_CONCURRENT", "32"),
        ];
        environment.extend(settings.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Production { installation: Installation::deaf(), environment, tab: tab.to_owned() }
    }
}

/// An installation that works for the company.
pub struct Production {
    installation: Installation,
    environment: Vec<(String, String)>,
    /// Where its rows go.
    pub tab: String,
}

/// Every call of the month, a row each.
const WHOLE_MONTH: [&str; 9] =
    ["run", "--source", "uis", "--last", "31d", "--sheet", "--json", "--jobs", "16"];

impl Production {
    /// `zvonar` with the company's settings.
    pub fn zvonar<I: IntoIterator<Item = S>, S: AsRef<std::ffi::OsStr>>(&self, arguments: I) -> Command {
        let mut command = self.installation.zvonar(arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Its data folder.
    pub fn data(&self) -> std::path::PathBuf {
        self.installation.data()
    }

    /// Runs to the end.
    pub fn run<I: IntoIterator<Item = S>, S: AsRef<std::ffi::OsStr>>(&self, arguments: I) -> Ended {
        Ended::from(self.zvonar(arguments).output().expect("zvonar starts"))
    }

    /// The month's calls to the sheet.
    pub fn month(&self) -> Ended {
        self.month_with(&[])
    }

    /// The same with further flags.
    pub fn month_with(&self, flags: &[&str]) -> Ended {
        self.run(WHOLE_MONTH.iter().chain(flags))
    }

    /// The same, not yet started.
    pub fn month_command(&self) -> Command {
        self.zvonar(WHOLE_MONTH)
    }
}

/// What must not depend on what went wrong on the way: the document without times of work and money,
/// and the rows of the sheet without the moment of processing.
#[derive(Debug, Clone, PartialEq)]
pub struct EndState {
    /// By the call's number at UIS.
    pub calls: BTreeMap<String, Value>,
    /// By the call's id, then by the column's tag.
    pub rows: BTreeMap<String, BTreeMap<String, Value>>,
    /// Ids that stand in more than one row.
    pub doubled: Vec<String>,
}

impl EndState {
    /// Of a run's document and the tab it wrote to.
    pub fn of(document: &Value, sheet: &SheetView) -> Self {
        let calls = document["calls"].as_array().into_iter().flatten().map(lasting).collect();
        let (mut rows, mut doubled) = (BTreeMap::new(), Vec::new());
        for row in sheet.tagged_rows() {
            let Some(id) = row.get("call_id").and_then(|cell| cell.value.as_str()) else { continue };
            let cells = row.iter().filter(|(tag, cell)| **tag != "processed_at" && !cell.value.is_null());
            let cells = cells.map(|(tag, cell)| ((*tag).to_owned(), cell.value.clone())).collect();
            if rows.insert(id.to_owned(), cells).is_some() {
                doubled.push(id.to_owned());
            }
        }
        Self { calls, rows, doubled }
    }

    /// What is not as in the other one, a line each; empty = the same.
    pub fn unlike(&self, other: &Self) -> Vec<String> {
        let mut lines: Vec<String> = self.doubled.iter().map(|id| format!("row {id} is doubled")).collect();
        for (id, wanted) in &other.calls {
            match self.calls.get(id) {
                None => lines.push(format!("call {id} is lost")),
                Some(got) => members("call", id, got, wanted, &mut lines),
            }
        }
        for (id, wanted) in &other.rows {
            match self.rows.get(id) {
                None => lines.push(format!("row {id} is lost")),
                Some(got) if got != wanted => {
                    let cell = wanted.iter().find(|(tag, value)| got.get(*tag) != Some(value));
                    if let Some((tag, value)) = cell {
                        let got = got.get(tag).cloned().unwrap_or_default();
                        lines.push(format!("row {id}, {tag}: {} instead of {}", short(&got), short(value)));
                    }
                }
                Some(_) => {}
            }
        }
        lines.extend(
            self.calls
                .keys()
                .filter(|id| !other.calls.contains_key(*id))
                .map(|id| format!("call {id} is new")),
        );
        lines.extend(
            self.rows.keys().filter(|id| !other.rows.contains_key(*id)).map(|id| format!("row {id} is new")),
        );
        lines
    }
}

fn lasting(call: &Value) -> (String, Value) {
    let mut call = call.clone();
    for volatile in ["cached", "cost"] {
        call[volatile] = Value::Null;
    }
    (call["external_id"].as_str().unwrap_or_default().to_owned(), call)
}

/// The members that differ, with the status first.
fn members(what: &str, id: &str, got: &Value, wanted: &Value, lines: &mut Vec<String>) {
    if got == wanted {
        return;
    }
    let differing = wanted.as_object().into_iter().flatten().filter(|(name, value)| got[*name] != **value);
    let told: Vec<String> = differing
        .map(|(name, value)| match (name.as_str(), &got[name]) {
            ("status" | "error", got) => format!("{name}: {} instead of {}", short(got), short(value)),
            (_, got) => format!("{name}: …{}… instead of …{}…", odd_part(got, value), odd_part(value, got)),
        })
        .collect();
    lines.push(format!("{what} {id}: {}", told.join("; ")));
}

/// From a little before the first letter that is not the same.
fn odd_part(text: &Value, other: &Value) -> String {
    let (text, other) = (text.to_string(), other.to_string());
    let same = text.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    text.chars().skip(same.saturating_sub(60)).take(160).collect()
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(200).collect()
}
