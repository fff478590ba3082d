//! `cargo xtask demo --production [--keep]`: a month of calls from UIS to a Google Sheet, with no key and
//! no bill: UIS, the models and Google are the sandbox on this machine.
//!
//! Every step is a command that a customer types; only the addresses differ. Each time the work is
//! begun anew, because what is shown is what a first run pays and a second does not.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::demo;
use crate::process;
use crate::project::Project;

const STEPS: usize = 7;
/// Some calls have no recording, or none yet: the month has such ones on purpose.
const SOME_FAILED: i32 = 1;
/// A world of 500 calls is built in a second; a busy machine gets more.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs it.
///
/// # Errors
/// When a step fails, or the second run pays for anything.
pub(crate) fn demo(project: &Project, keep: bool) -> Result<ExitCode> {
    let begun = Instant::now();
    println!(
        "{}",
        project.say(
            "zvonar: от UIS до Google Таблицы. Ключи не нужны: UIS, модели и Google ненастоящие, на этом компьютере.",
            "zvonar: from UIS to a Google Sheet. No key: UIS, the models and Google are stand-ins on this machine.",
        )
    );
    let mut steps = Steps { project, number: 0, begun: Instant::now() };

    steps.begin("Сборка zvonar", "Building zvonar");
    let zvonar = demo::build(project)?;
    steps.done(&project.short(&zvonar));

    steps.begin("Компания с 500 звонками за месяц", "A company with 500 calls in a month");
    let place = project.target("demo/production");
    let mut world = World::start(&zvonar, &place, &[])?;
    steps.done(&world.address()?);

    steps.begin("Лист таблицы: zvonar sheet init", "The tab: zvonar sheet init");
    world.show(project, &["sheet", "init"], &[0])?;
    steps.done("");

    steps.begin("Проверка: zvonar doctor", "The check: zvonar doctor");
    world.show(project, &["doctor"], &[0, SOME_FAILED])?;
    steps.done("");

    let month = ["run", "--source", "uis", "--last", "31d", "--sheet"];
    steps.begin("Цена до работы: zvonar run … --dry-run", "The price beforehand: zvonar run … --dry-run");
    let dry = world.zvonar(&[&month[..], &["--dry-run", "--json"]].concat());
    world.price(project, dry)?;
    steps.done("");

    let command = format!("zvonar {}", month.join(" "));
    steps.begin(&format!("Месяц звонков: {command}"), &format!("The month: {command}"));
    let before = world.journal()?;
    world.show(project, &month, &[0, SOME_FAILED])?;
    let first = world.journal()?.since(before);
    first.tell(project);
    steps.done("");

    steps.begin("Ещё раз то же самое", "The same once more");
    let before = world.journal()?;
    let again = world.zvonar(&month).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    let second = world.journal()?.since(before);
    second.tell(project);
    if second.billed > 0 || second.sheet_writes > 0 || !matches!(again.code(), Some(0 | SOME_FAILED)) {
        bail!("{again}: {second:?}");
    }
    steps.done(project.say("ничего не оплачено и не записано дважды", "nothing is paid or written twice"));

    println!("\n{} {}", project.say("Всего:", "All in all:"), project.time(begun.elapsed()));
    world.leave(project, &zvonar, keep)
}

/// Titles with numbers, and how long each step took.
struct Steps<'a> {
    project: &'a Project,
    number: usize,
    begun: Instant,
}

impl Steps<'_> {
    fn begin(&mut self, russian: &str, english: &str) {
        self.number += 1;
        self.begun = Instant::now();
        println!("\n[{}/{STEPS}] {}", self.number, self.project.say(russian, english));
    }

    fn done(&self, note: &str) {
        let gap = if note.is_empty() { "" } else { "  " };
        println!("      {note}{gap}{}", self.project.time(self.begun.elapsed()));
    }
}

/// The running sandbox; it ends with this value.
pub(crate) struct World {
    child: Child,
    zvonar: PathBuf,
    place: PathBuf,
    environment: Vec<(String, String)>,
}

/// What the providers count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    requests: u64,
    pub(crate) billed: u64,
    /// Of them, speech to text.
    pub(crate) uploads: u64,
    pub(crate) sheet_writes: u64,
}

impl World {
    /// On a free port, with a data folder of its own. `flags` are further ones of `zvonar sandbox`.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) fn start(zvonar: &Path, place: &Path, flags: &[&str]) -> Result<Self> {
        let env_file = place.join(".env");
        if place.exists() {
            fs::remove_dir_all(place).with_context(|| place.display().to_string())?;
        }
        fs::create_dir_all(place)?;
        let mut command = Command::new(zvonar);
        command.args(["sandbox", "--bind", "127.0.0.1:0", "--env-file"]).arg(&env_file).args(flags);
        // its words would stand between the steps; what they say is said at the end
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(place.join("sandbox.log"))?);
        let mut child = command.spawn().with_context(|| process::line(&command))?;
        let begun = Instant::now();
        let environment = loop {
            let written = fs::read_to_string(&env_file).unwrap_or_default();
            // the last variable is there when all are
            if written.ends_with('\n') && written.contains("GOOGLE_APPLICATION_CREDENTIALS") {
                break variables(&written);
            }
            if let Some(status) = child.try_wait()? {
                bail!("{} → {status}: {}", process::line(&command), place.join("sandbox.log").display());
            }
            if begun.elapsed() > PATIENCE {
                child.kill()?;
                bail!("{}: {PATIENCE:?}", process::line(&command));
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        Ok(Self { child, zvonar: zvonar.to_owned(), place: place.to_owned(), environment })
    }

    fn variable(&self, wanted: &str) -> Result<&str> {
        let found = self.environment.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str()).with_context(|| wanted.to_owned())
    }

    /// `127.0.0.1:PORT`.
    fn address(&self) -> Result<String> {
        let url = self.variable("GOOGLE_SHEETS_URL")?;
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        Ok(rest.split('/').next().unwrap_or_default().to_owned())
    }

    /// The variables that point a program at this world.
    pub(crate) fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// `zvonar` as the customer has it, save for the addresses.
    pub(crate) fn zvonar(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.zvonar);
        command.current_dir(&self.place).args(arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.env("ZVONAR_DATA_DIR", self.place.join("data"));
        // the stand-ins are as quick as the machine: the pace that OpenAI asks for would take minutes
        command.env("OPENAI_REQUESTS_PER_MINUTE", "100000").env("OPENAI_CONCURRENT", "32");
        for proxy in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"] {
            command.env_remove(proxy);
        }
        command
    }

    fn show(&self, project: &Project, arguments: &[&str], accepted: &[i32]) -> Result<()> {
        println!();
        let mut command = self.zvonar(arguments);
        let status = command.status().with_context(|| process::line(&command))?;
        if !status.code().is_some_and(|code| accepted.contains(&code)) {
            bail!("{} → {status}; {}", process::line(&command), project.short(&self.place));
        }
        Ok(())
    }

    /// What the dry run says the month costs.
    #[expect(clippy::unused_self, reason = "a step of this world")]
    fn price(&self, project: &Project, mut dry: Command) -> Result<()> {
        let document: Value = serde_json::from_str(&process::output(&mut dry, &[0])?)?;
        let totals = &document["totals"];
        let sum = |item: &str| {
            let all = totals["estimate"][item].as_array().cloned().unwrap_or_default();
            let money = all.iter().map(|sum| format!("{} {}", text(&sum["amount"]), text(&sum["currency"])));
            money.collect::<Vec<_>>().join(" + ")
        };
        println!(
            "      {} {} · {} {} · {} {}",
            project.say("звонков к разбору", "calls to work on"),
            totals["open"],
            project.say("речь", "speech"),
            sum("speech"),
            project.say("оценка", "judgement"),
            sum("analysis"),
        );
        Ok(())
    }

    /// What was asked of the providers so far.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub(crate) fn journal(&self) -> Result<Figures> {
        let journal = get(&self.address()?, "/_sandbox/journal?last=0")?;
        let figure = |name: &str| journal[name].as_u64().with_context(|| name.to_owned());
        Ok(Figures {
            requests: figure("requests")?,
            billed: figure("billed")?,
            uploads: journal["billed_operations"]["openai transcription"].as_u64().unwrap_or(0),
            sheet_writes: figure("sheet_writes")?,
        })
    }

    /// Where to look; with `keep` until Ctrl-C.
    fn leave(&mut self, project: &Project, zvonar: &Path, keep: bool) -> Result<ExitCode> {
        let sheet = format!("http://{}/google/sheet/{}", self.address()?, self.variable("GOOGLE_SHEET_ID")?);
        let place = project.short(&self.place);
        if !keep {
            println!(
                "{}: cargo xtask demo --production --keep",
                project.say("Посмотреть на таблицу", "To look at the sheet")
            );
            return Ok(ExitCode::SUCCESS);
        }
        println!(
            "{}: {sheet}\n{}:\n  cd {place}\n  export ZVONAR_DATA_DIR=\"$PWD/data\"\n  {} calls list\n  curl -X POST {}/_sandbox/faults -d '{{\"provider\":\"google\",\"kind\":\"sheet_unshared\"}}'\n  {} run --source uis --last 31d --sheet\n{}",
            project.say("Таблица", "The sheet"),
            project.say(
                "Дальше, в другом окне (ключи и адреса лежат в .env)",
                "Next, in another window (keys and addresses are in .env)"
            ),
            zvonar.display(),
            self.address()?,
            zvonar.display(),
            project.say("Остановить: Ctrl-C", "To stop: Ctrl-C"),
        );
        self.child.wait()?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Figures {
    /// What came after an earlier look.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            requests: self.requests - before.requests,
            billed: self.billed - before.billed,
            uploads: self.uploads - before.uploads,
            sheet_writes: self.sheet_writes - before.sheet_writes,
        }
    }

    fn tell(self, project: &Project) {
        println!(
            "      {}: {} {}, {} {}, {} {}",
            project.say("Посчитали провайдеры", "What the providers counted"),
            project.say("запросов", "requests"),
            self.requests,
            project.say("платных", "billed"),
            self.billed,
            project.say("записей в таблицу", "writes to the sheet"),
            self.sheet_writes,
        );
    }
}

/// `NAME="value"` per line.
pub(crate) fn variables(text: &str) -> Vec<(String, String)> {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned())).collect()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// JSON from the sandbox: it is ours and on this machine, so no HTTP library is compiled for it.
pub(crate) fn get(address: &str, path: &str) -> Result<Value> {
    let mut stream = TcpStream::connect(address).with_context(|| address.to_owned())?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").with_context(|| format!("{path}: {answer}"))?;
    if !head.contains(" 200 ") {
        bail!("{path}: {head}");
    }
    Ok(serde_json::from_str(body)?)
}
