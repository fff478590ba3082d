//! `zvonar queue …`: does it run; if not, what to do.

use std::fmt::Write as _;

use domain::{CallError, CallId, CallStatus};
use serde_json::{Value, json};
use store::{CallFilter, CallRecord, Job, JobFilter, JobState, NewJob, PausedStage, QueueCount, Stage};

use crate::args::{QueueCommand, RetryArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::stage_name;
use crate::session::{PAGE, Session};
use crate::table::{Cell, Column, hanging, render};
use crate::terminal::{Sign, Terminal, Tone};
use crate::texts::{Texts, t};

/// More dead letters than this are counted, not listed.
const LISTED: u32 = 50;

pub(super) async fn queue(args: QueueCommand, session: Session) -> Result<Exit, Failure> {
    match args {
        QueueCommand::List { json } => list(json, &session).await,
        QueueCommand::Retry(args) => retry(&args, &session).await,
        QueueCommand::Pause { stage } => pause(&stage, &session).await,
        QueueCommand::Resume { stage } => resume(&stage, &session).await,
    }
}

/// A dead letter and the name that a person knows its call by.
struct DeadLetter {
    job: Job,
    name: String,
}

async fn list(json: bool, session: &Session) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    let store = session.app.store();
    let counts = store.queue_counts(None).await?;
    let paused = store.paused().await?;
    let filter = JobFilter { state: Some(JobState::Dead), ..JobFilter::default() };
    let mut dead = Vec::new();
    for job in store.jobs(&filter, LISTED).await? {
        let name = match store.call(job.call).await? {
            Some(record) => record.call.recording_name.unwrap_or(record.call.external_id),
            None => job.call.to_string(),
        };
        dead.push(DeadLetter { job, name });
    }
    if json {
        terminal.print_json(&list_json(&counts, &paused, &dead))?;
    } else {
        terminal.print(&list_text(terminal, &counts, &paused, &dead))?;
    }
    Ok(Exit::Good)
}

fn count(counts: &[QueueCount], stage: Stage, state: JobState) -> u64 {
    counts.iter().filter(|each| each.stage == stage && each.state == state).map(|each| each.count).sum()
}

fn list_json(counts: &[QueueCount], paused: &[PausedStage], dead: &[DeadLetter]) -> Value {
    let stages: Vec<Value> = Stage::ALL
        .iter()
        .map(|stage| {
            json!({
                "stage": stage.as_str(),
                "ready": count(counts, *stage, JobState::Ready),
                "leased": count(counts, *stage, JobState::Leased),
                "done": count(counts, *stage, JobState::Done),
                "dead": count(counts, *stage, JobState::Dead),
                "paused": paused.iter().find(|paused| paused.stage == *stage).map(|paused| json!({
                    "reason": paused.reason, "since": paused.since.to_rfc3339(),
                })),
            })
        })
        .collect();
    let dead: Vec<Value> = dead
        .iter()
        .map(|letter| {
            json!({
                "call": letter.job.call.to_string(), "name": letter.name, "stage": letter.job.stage.as_str(),
                "target": letter.job.target, "attempt": letter.job.attempt, "error": letter.job.error,
            })
        })
        .collect();
    json!({ "stages": stages, "dead": dead })
}

fn list_text(
    terminal: &Terminal,
    counts: &[QueueCount],
    paused: &[PausedStage],
    dead: &[DeadLetter],
) -> String {
    let texts = terminal.texts;
    let width = terminal.out.width;
    let columns = [
        Column::new(t!(texts, "column-stage")),
        Column::new(t!(texts, "state-ready")).right(),
        Column::new(t!(texts, "state-leased")).right(),
        Column::new(t!(texts, "state-done")).right(),
        Column::new(t!(texts, "state-dead")).right(),
    ];
    let rows: Vec<Vec<Cell>> = Stage::ALL
        .iter()
        .map(|stage| {
            let figure = |state| Cell::from(count(counts, *stage, state).to_string());
            let dead = count(counts, *stage, JobState::Dead);
            vec![
                stage_name(texts, *stage).into(),
                figure(JobState::Ready),
                figure(JobState::Leased),
                figure(JobState::Done),
                Cell::toned(dead.to_string(), (dead > 0).then_some(Tone::Bad)),
            ]
        })
        .collect();
    let mut out = render(terminal, &columns, &rows);
    for pause in paused {
        let line = t!(
            texts,
            "run-paused",
            stage = pipeline::paused_title(texts.lang, pause.stage, pause.target.as_deref()),
            reason = pause.reason.message.clone()
        );
        let sign = terminal.paint(Tone::Warn, terminal.sign(Sign::Warn));
        let _ = writeln!(out, "\n{}", hanging(&format!("{sign} "), &line, width));
        let _ = writeln!(out, "  zvonar queue resume {}", pause.stage.as_str());
    }
    if !dead.is_empty() {
        out.push('\n');
    }
    for letter in dead {
        let sign = terminal.paint(Tone::Bad, terminal.sign(Sign::Bad));
        let before = format!("{sign} {}  ", terminal.cut(&letter.name, width / 2));
        let (message, hint) =
            letter.job.error.as_ref().map_or(("", ""), |error| (error.message.as_str(), error.hint.as_str()));
        let text = format!("{}: {message}", stage_name(texts, letter.job.stage));
        out.push_str(&hanging(&before, &text, width));
        out.push('\n');
        if !hint.is_empty() {
            out.push_str(&hanging("  ", hint, width));
            out.push('\n');
        }
    }
    let all: u64 = Stage::ALL.iter().map(|stage| count(counts, *stage, JobState::Dead)).sum();
    let hidden = all.saturating_sub(u64::try_from(dead.len()).unwrap_or(u64::MAX));
    if hidden > 0 {
        out.push_str(&t!(texts, "troubles-more", count = hidden));
        out.push('\n');
    }
    out
}

async fn retry(args: &RetryArgs, session: &Session) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    if args.speech {
        let calls = heard_otherwise(session).await?;
        return hear_anew(&calls, session).await;
    }
    let call: Option<CallId> = match &args.call {
        Some(text) => Some(session.call(text).await?),
        None => None,
    };
    let filter = JobFilter {
        call,
        stage: args.stage.as_deref().and_then(Stage::parse),
        // without --all only dead letters: what waits comes by itself
        state: (!args.all).then_some(JobState::Dead),
        ..JobFilter::default()
    };
    let store = session.app.store();
    let mut count = store.retry(&filter, session.now()).await?;
    if let (0, Some(id), None) = (count, call, &args.stage)
        && let Some(record) = store.call(id).await?
    {
        if !record.status.is_open() {
            // a named call is final, and its dead letters are none: a person wants it heard anew
            return hear_anew(&[record], session).await;
        }
        count = store.retry(&JobFilter { state: None, ..filter }, session.now()).await?;
    }
    let texts = terminal.texts;
    let line = if count == 0 { t!(texts, "retry-none") } else { t!(texts, "retry-done", count = count) };
    terminal.print(&line)?;
    Ok(Exit::Good)
}

/// Calls whose words another engine or model has written, and those where nobody was heard.
async fn heard_otherwise(session: &Session) -> Result<Vec<CallRecord>, Failure> {
    let configured = session.app.speech_engine();
    let store = session.app.store();
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let (records, next) = session.page(&CallFilter::default(), after, PAGE).await?;
        for record in records.into_iter().filter(|record| !record.status.is_open()) {
            let otherwise = match store.transcript(record.call.id).await? {
                Some(transcript) => transcript.engine != configured,
                None => {
                    matches!(record.status, CallStatus::NoSpeech | CallStatus::AnsweringMachine)
                }
            };
            if otherwise {
                found.push(record);
            }
        }
        after = next;
        if after.is_none() {
            return Ok(found);
        }
    }
}

/// Takes calls back to the beginning of what this machine can do anew: their speech.
async fn hear_anew(calls: &[CallRecord], session: &Session) -> Result<Exit, Failure> {
    let texts = session.terminal.texts;
    let jobs: Vec<NewJob> = calls
        .iter()
        // nobody spoke in a missed call: there is nothing to hear
        .filter(|record| record.status != CallStatus::Missed)
        .map(|record| {
            let stage = if record.recording.is_some() { Stage::Transcribe } else { Stage::Fetch };
            NewJob { call: record.call.id, stage, target: String::new() }
        })
        .collect();
    session.app.store().enqueue(&jobs, true, session.now()).await?;
    let line = if jobs.is_empty() {
        t!(texts, "retry-none")
    } else {
        t!(texts, "retry-heard-anew", count = jobs.len(), engine = session.app.speech_engine().to_string())
    };
    session.terminal.print(&line)?;
    Ok(Exit::Good)
}

fn stage(name: &str, texts: Texts) -> Result<Stage, Failure> {
    // the parser takes only names of stages
    Stage::parse(name).ok_or_else(|| Failure::usage(t!(texts, "usage-invalid-utf8"), ""))
}

async fn pause(name: &str, session: &Session) -> Result<Exit, Failure> {
    let texts = session.terminal.texts;
    let stage = stage(name, texts)?;
    let reason = CallError {
        code: "by_hand".to_owned(),
        message: t!(texts, "paused-by-hand"),
        hint: format!("zvonar queue resume {name}"),
    };
    let was_running = session.app.store().pause(stage, None, &reason, session.now()).await?;
    let name = stage_name(texts, stage);
    let line = if was_running {
        t!(texts, "stage-paused", stage = name)
    } else {
        t!(texts, "stage-was-paused", stage = name)
    };
    session.terminal.print(&line)?;
    Ok(Exit::Good)
}

async fn resume(name: &str, session: &Session) -> Result<Exit, Failure> {
    let texts = session.terminal.texts;
    let stage = stage(name, texts)?;
    let was_paused = session.app.store().resume(stage, None, session.now()).await?;
    let name = stage_name(texts, stage);
    let line = if was_paused {
        t!(texts, "stage-resumed", stage = name)
    } else {
        t!(texts, "stage-was-running", stage = name)
    };
    session.terminal.print(&line)?;
    Ok(Exit::Good)
}
