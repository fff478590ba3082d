//! `zvonar voximplant …`: what stands at Voximplant, bringing it up to date, a call to watch.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use app::{App, ConfigInput, VoiceRoom, VoximplantStatus, WhereSpoken};
use domain::{Clock as _, SystemClock, wording};
use pipeline::Unobserved;
use sandbox::{Sandbox, SandboxOptions};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use voice_agent::{AnswerSource, DialogMode, Dialogue, PlaceCall, Turn};

use crate::args::{CallArgs, VoximplantCommand};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{facts, talk_line};
use crate::session::{Session, Settings};
use crate::stop::Stop;
use crate::terminal::{Terminal, Tone};
use crate::texts::{Texts, t};

/// How often a call is looked at.
const LOOK: Duration = Duration::from_millis(300);
/// How long the history is waited for after the end.
const HISTORY: Duration = Duration::from_mins(2);

pub(super) async fn voximplant(args: VoximplantCommand, session: Session) -> Result<Exit, Failure> {
    match args {
        VoximplantCommand::Deploy { dry_run, inbound, callbacks, yes } => {
            let deployed = deploy(&session, dry_run, inbound, yes).await?;
            if callbacks && !dry_run {
                let url = session.app.voximplant_callbacks().await?;
                let (terminal, texts) = (&session.terminal, session.terminal.texts);
                terminal.say(&t!(texts, "voximplant-callbacks", url = url));
            }
            Ok(deployed)
        }
        VoximplantCommand::Campaign(args) => Box::pin(super::campaign::campaign(args, session)).await,
        VoximplantCommand::Status { json } => status(&session, json).await,
        VoximplantCommand::Call(args) => {
            let (app, terminal, _stop, _log) = session.into_parts();
            debug_assert!(!args.sandbox, "it has settings of its own");
            let app = Arc::new(app);
            call(&app, &terminal, args).await
        }
    }
}

/// The difference first; then, with a person's word, the deed.
async fn deploy(session: &Session, dry_run: bool, inbound: bool, yes: bool) -> Result<Exit, Failure> {
    let (terminal, texts) = (&session.terminal, session.terminal.texts);
    let plan = session.app.voximplant_plan(inbound).await?;
    if plan.is_empty() {
        // the rules are remembered all the same: this may be another machine
        if !dry_run {
            session.app.voximplant_deploy(inbound, &plan).await?;
        }
        terminal.print(&t!(texts, "voximplant-up-to-date"))?;
        return Ok(Exit::Good);
    }
    terminal.print(&plan.to_string())?;
    if dry_run {
        terminal.say(&t!(texts, "voximplant-dry-run"));
        return Ok(Exit::Good);
    }
    if !yes && !agreed(terminal, &t!(texts, "voximplant-deploy-ask")).await? {
        terminal.say(&t!(texts, "voximplant-deploy-left"));
        return Ok(Exit::Good);
    }
    let deployed = session.app.voximplant_deploy(inbound, &plan).await?;
    terminal.say(&t!(texts, "voximplant-deployed", changes = deployed.changes));
    Ok(Exit::Good)
}

/// Nobody is asked where nobody looks: a script says `--yes`.
async fn agreed(terminal: &Terminal, question: &str) -> Result<bool, Failure> {
    if !terminal.err.tty {
        return Ok(false);
    }
    let question = format!("{question} ");
    let asked = tokio::task::spawn_blocking(move || {
        let mut err = std::io::stderr().lock();
        let _ = write!(err, "{question}").and_then(|()| err.flush());
        drop(err);
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line.trim().to_lowercase())
    });
    let answer = asked.await.map_err(|lost| Failure::trouble(lost.to_string()))?;
    let answer = answer.map_err(|error| Failure::trouble(format!("stdin: {error}")))?;
    Ok(["y", "yes", "д", "да"].contains(&answer.as_str()))
}

async fn status(session: &Session, json: bool) -> Result<Exit, Failure> {
    let (terminal, texts) = (&session.terminal, session.terminal.texts);
    let status = session.app.voximplant_status().await?;
    if json {
        terminal.print_json(&status_json(&status))?;
        return Ok(Exit::Good);
    }
    let rule = |rule: Option<i64>| rule.map_or_else(|| t!(texts, "voximplant-no-rule"), |id| id.to_string());
    let pending = match status.pending.as_deref() {
        None => t!(texts, "voximplant-pending-unknown"),
        Some("") => t!(texts, "voximplant-up-to-date-short"),
        Some(plan) => t!(
            texts,
            "voximplant-pending",
            changes = plan.lines().filter(|line| !line.starts_with(' ')).count()
        ),
    };
    let caller = session.app.caller_id().map_or_else(|| "—".to_owned(), domain::PhoneNumber::pretty);
    terminal.print(&facts(
        terminal,
        &[
            (t!(texts, "voximplant-account"), format!("{} ({})", status.account.name, status.account.id)),
            (t!(texts, "voximplant-balance"), balance(&status)),
            (t!(texts, "voximplant-caller"), caller),
            (
                t!(texts, "voximplant-application"),
                status.application.clone().unwrap_or_else(|| "—".to_owned()),
            ),
            (t!(texts, "voximplant-rule-turns"), rule(status.turns)),
            (t!(texts, "voximplant-rule-realtime"), rule(status.realtime)),
            (t!(texts, "voximplant-scenarios"), pending),
        ],
    ))?;
    Ok(Exit::Good)
}

fn balance(status: &VoximplantStatus) -> String {
    let Some(amount) = status.account.balance else { return "—".to_owned() };
    let (whole, cents) = (amount.micros / 1_000_000, (amount.micros % 1_000_000).abs() / 10_000);
    format!("{whole}.{cents:02} {}", status.account.currency.as_deref().unwrap_or_default())
}

fn status_json(status: &VoximplantStatus) -> serde_json::Value {
    json!({
        "account": { "id": status.account.id.0, "name": status.account.name },
        "balance_micros": status.account.balance.map(|amount| amount.micros),
        "currency": status.account.currency,
        "application": status.application,
        "rules": { "turns": status.turns, "realtime": status.realtime },
        "pending": status.pending.as_ref().map(|plan| plan.lines().collect::<Vec<_>>()),
    })
}

/// The same in a world that is not real: telephony, models and a service of its own, for as long as the call.
pub(super) async fn call_in_sandbox(
    args: CallArgs,
    input: &ConfigInput,
    terminal: Terminal,
    stop: Stop,
) -> Result<Exit, Failure> {
    let texts = terminal.texts;
    let trouble = |error: &dyn std::fmt::Display| Failure::trouble(error.to_string());
    let options =
        SandboxOptions { calls: 1, days: 1, talk_speed: 1, ..SandboxOptions::new(SystemClock.now()) };
    let world = Sandbox::start(options).await.map_err(|error| trouble(&error))?;
    let data = tempfile::tempdir().map_err(|error| trouble(&error))?;
    let port = free_port().map_err(|error| trouble(&error))?;
    let mut input = input.clone();
    input.env.extend(world.environment());
    let own = [
        ("ZVONAR_DATA_DIR", data.path().display().to_string()),
        ("ZVONAR_BIND", format!("127.0.0.1:{port}")),
        ("BACKEND_URL", format!("http://127.0.0.1:{port}")),
        ("ZVONAR_LOG", "error".to_owned()),
    ];
    input.env.extend(own.map(|(name, value)| (name.to_owned(), value)));
    // the person's own file names real parts
    input.file = None;
    input.cwd = data.path().to_owned();
    let (app, terminal, _stop, _log) = Settings::load(&input, terminal, stop)?.open().await?.into_parts();
    let app = Arc::new(app);
    let plan = app.voximplant_plan(false).await?;
    app.voximplant_deploy(false, &plan).await?;
    terminal.say(&t!(texts, "call-sandbox"));
    let stop = CancellationToken::new();
    let serving =
        tokio::spawn(server::serve(Arc::clone(&app), server::ServeOptions::of(app.config()), stop.clone()));
    let called = call(&app, &terminal, args).await;
    stop.cancel();
    let _ = serving.await;
    world.shutdown().await;
    called
}

/// A port of this machine that nobody listens on.
fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// A call, watched to its end and into the history.
async fn call(app: &Arc<App>, terminal: &Terminal, args: CallArgs) -> Result<Exit, Failure> {
    let texts = terminal.texts;
    let room = app.voice().await?;
    let stop = CancellationToken::new();
    let _stopped_at_the_end = stop.clone().drop_guard();
    if room.place_of_calls() == WhereSpoken::Simulated {
        // nobody else holds a line of this machine
        tokio::spawn(Arc::clone(&room).keep(stop.clone()));
        tokio::spawn(app.serving_parts()?.serve(Arc::new(Unobserved), stop.clone()));
        terminal.say(&t!(texts, "call-simulated"));
    }
    let placed = room.place(request(&room, args)).await.map_err(|error| {
        let failure = if error.status() == 422 {
            Failure::usage(error.to_string(), String::new())
        } else {
            Failure::trouble(error.to_string())
        };
        failure.hint(t!(texts, "call-refused-hint"))
    })?;
    let id = placed.call.to_string();
    terminal.say(&t!(texts, "call-placed", id = id.clone()));
    let ended = watched(&room, terminal, &id).await?;
    terminal.say(&t!(texts, "call-over", why = ended));
    let waited = app.wait_for(placed.call, HISTORY).await?;
    match waited.and_then(|report| report.analysis.and_then(|analysis| analysis.total_score)) {
        Some(score) => terminal.say(&t!(texts, "call-scored", score = wording::score(score), id = id)),
        None => terminal.say(&t!(texts, "call-unscored", id = id)),
    }
    Ok(Exit::Good)
}

fn request(room: &VoiceRoom, args: CallArgs) -> PlaceCall {
    PlaceCall {
        phone: args.phone,
        persona: args.persona.unwrap_or_else(|| room.default_persona().to_owned()),
        mode: match args.dialog.as_deref() {
            Some("realtime") => DialogMode::Realtime,
            Some(_) => DialogMode::Turns,
            None => room.default_mode(),
        },
        ..PlaceCall::default()
    }
}

/// Prints each line as it is said; the service that holds the call may be another process.
async fn watched(room: &VoiceRoom, terminal: &Terminal, id: &str) -> Result<String, Failure> {
    let (mut shown, mut rang) = (Shown::default(), false);
    loop {
        let known = room.dialogue(id).await.map_err(|error| Failure::trouble(error.to_string()))?;
        let Some(dialogue) = known else { return Err(Failure::trouble(t!(terminal.texts, "call-lost"))) };
        if dialogue.answered_at.is_some() && !rang {
            rang = true;
            terminal.say(&t!(terminal.texts, "call-answered"));
        }
        shown.print(terminal, &dialogue)?;
        if let voice_agent::DialogueState::Ended { why } = dialogue.state {
            return Ok(why.as_str().to_owned());
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// What was printed.
#[derive(Default)]
struct Shown {
    heard: Option<u32>,
    parts: std::collections::BTreeMap<u32, usize>,
}

impl Shown {
    fn print(&mut self, terminal: &Terminal, dialogue: &Dialogue) -> Result<(), Failure> {
        let texts = terminal.texts;
        for turn in &dialogue.turns {
            if self.heard.is_none_or(|last| turn.number > last)
                && let Some(words) = turn.heard.as_ref().filter(|words| !words.is_empty())
            {
                let client = t!(texts, "speaker-client-prompt");
                terminal.print(&talk_line(terminal, Some(&client), words, "", Tone::Strong))?;
            }
            self.heard = self.heard.max(Some(turn.number));
            let parts = self.parts.entry(turn.number).or_default();
            for (number, words) in turn.said.iter().enumerate().skip(*parts) {
                let robot = t!(texts, "speaker-robot");
                let (who, note) = match number {
                    0 => (Some(robot.as_str()), note(texts, turn)),
                    _ => (None, String::new()),
                };
                terminal.print(&talk_line(terminal, who, words, &note, Tone::Accent))?;
            }
            *parts = turn.said.len();
        }
        Ok(())
    }
}

fn note(texts: Texts, turn: &Turn) -> String {
    let Some(ms) = turn.delay_ms() else { return String::new() };
    #[expect(clippy::cast_precision_loss, reason = "a turn takes seconds")]
    let took = wording::seconds(texts.lang, ms as f64 / 1000.0);
    match turn.source {
        AnswerSource::Faq => format!("{took}, {}", t!(texts, "call-from-faq")),
        AnswerSource::Apology => format!("{took}, {}", t!(texts, "call-from-apology")),
        _ => took,
    }
}
