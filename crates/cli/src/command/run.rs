//! `zvonar run PATH…`: from recordings to a table and a report.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use app::SourceChoice;
use console::measure_text_width;
use domain::{Currency, Money, Rubric};
use pipeline::{Estimate, Preview, RunReport, RunRequest, WindowRequest};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::args::RunArgs;
use crate::exit::{Exit, RunFacts};
use crate::failure::Failure;
use crate::output::{Conclusion, conclude, last_lines, other_engines};
use crate::progress::RunProgress;
use crate::session::Session;
use crate::table::{Cell, Column, hanging, render};
use crate::terminal::{Sign, Terminal, Tone};
use crate::texts::{Texts, t};
use crate::wording;

pub(super) async fn run(args: RunArgs, session: Session, logging: bool) -> Result<Exit, Failure> {
    let terminal = session.terminal;
    let max_cost = args.max_cost.as_deref().map(|text| money(text, terminal.texts)).transpose()?;
    let rubric = session.rubric(&args.rubric)?;
    for path in &args.report {
        session.app.check_report(path)?;
    }
    if let Err(error) = session.app.end_erasures().await {
        // calls can be worked on all the same
        terminal.warn(&error.to_string());
    }
    let sinks = if args.sheet { vec![session.app.sheet_sink(&rubric)?] } else { Vec::new() };
    let request = request(&args, &session, &rubric, max_cost).await?;
    let pipeline = session.app.pipeline(sinks)?;
    session.app.expect_exports(&args.report).await?;
    head(&session, &rubric).await?;
    let begun = Instant::now();
    let progress = RunProgress::new(terminal, max_cost, logging);
    let stop = CancellationToken::new();
    let observer = Arc::<RunProgress>::clone(&progress);
    let running = async { Ok(pipeline.run(request, observer, stop.clone()).await?) };
    let report = session.stop.cleanly(terminal.texts, &progress, &stop, running).await;
    progress.finish();
    let report = report?;
    session.app.note_exports(&args.report).await?;
    progress.say_once(&report.warnings);
    if args.sheet && !report.interrupted {
        read_back(&session, &rubric).await;
    }
    finish(&session, &report, &args.report, max_cost, begun, args.json)
}

/// Scores that a supervisor typed into the sheet are kept beside the machine's. The run is done: that the
/// sheet cannot be read now is told and changes nothing.
async fn read_back(session: &Session, rubric: &Rubric) {
    let terminal = &session.terminal;
    match session.app.sheet_read_back(rubric).await {
        Ok(read) if read.new > 0 => terminal.say(&t!(terminal.texts, "run-scores-read", count = read.new)),
        Ok(_) => {}
        Err(error) => terminal.warn(&error.message),
    }
}

/// The last words of a run or a rescore; says how to end.
pub(super) fn finish(
    session: &Session,
    report: &RunReport,
    reports: &[PathBuf],
    max_cost: Option<Money>,
    begun: Instant,
    json: bool,
) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    if terminal.err.tty {
        terminal.say("");
    }
    let conclusion =
        Conclusion { terminal, now: session.wall_now(), took: begun.elapsed(), reports, max_cost };
    if json {
        terminal.say(last_lines(&conclusion, report).trim_end());
        terminal.print_json(&pipeline::run_json(report))?;
    } else {
        terminal.print(&conclude(&conclusion, report))?;
    }
    if let Some(line) = other_engines(terminal.texts, &report.calls, &session.app.speech_engine()) {
        terminal.say(&line);
    }
    Ok(RunFacts::of(report).exit())
}

fn check_paths(paths: &[PathBuf], texts: Texts) -> Result<(), Failure> {
    if paths.is_empty() {
        return Err(Failure::usage(t!(texts, "run-no-path"), t!(texts, "run-no-path-hint")));
    }
    match paths.iter().find(|path| !path.exists()) {
        Some(path) => Err(Failure::usage(
            t!(texts, "run-path-missing", path = path.display().to_string()),
            t!(texts, "run-path-missing-hint"),
        )),
        None => Ok(()),
    }
}

pub(super) fn money(text: &str, texts: Texts) -> Result<Money, Failure> {
    if text.trim_start().starts_with(['-', '\u{2212}']) {
        return Err(Failure::usage(t!(texts, "money-negative"), t!(texts, "no-money-hint")));
    }
    text.parse().map_err(|_| {
        Failure::usage(t!(texts, "no-money", text = text.to_owned()), t!(texts, "no-money-hint"))
    })
}

/// The source that is meant: the named one, else a folder where paths are given, else the configured one.
fn source(args: &RunArgs, session: &Session) -> Result<SourceChoice, Failure> {
    let texts = session.terminal.texts;
    let chosen = match args.source.as_deref() {
        Some("uis") => SourceChoice::Uis,
        Some("voximplant") => SourceChoice::Voximplant,
        Some(_) => SourceChoice::Folder,
        None if !args.paths.is_empty() => SourceChoice::Folder,
        None => session.app.config().source,
    };
    match chosen {
        SourceChoice::Folder => check_paths(&args.paths, texts)?,
        SourceChoice::Uis | SourceChoice::Voximplant if !args.paths.is_empty() => {
            let source = if chosen == SourceChoice::Uis { "uis" } else { "voximplant" };
            return Err(Failure::usage(
                t!(texts, "run-uis-path", source = source),
                t!(texts, "run-uis-path-hint", source = source),
            ));
        }
        SourceChoice::Uis | SourceChoice::Voximplant => {}
    }
    Ok(chosen)
}

async fn request(
    args: &RunArgs,
    session: &Session,
    rubric: &Rubric,
    max_cost: Option<Money>,
) -> Result<RunRequest, Failure> {
    let texts = session.terminal.texts;
    let chosen = source(args, session)?;
    // dates that a person types are of the account's zone, and only then is it worth asking for
    let zone = if chosen == SourceChoice::Uis && args.window.is_given() {
        session.app.uis_zone().await?
    } else {
        session.zone()
    };
    let window = args.window.window(texts, zone, session.now())?;
    let mut reports = Vec::with_capacity(args.report.len());
    for path in &args.report {
        reports.push(session.app.report_sink(path, rubric)?);
    }
    let (source, what) = match chosen {
        SourceChoice::Folder => {
            let paths: Vec<String> = args.paths.iter().map(|path| path.display().to_string()).collect();
            (session.app.folder_source(args.paths.clone()), format!("folder {}", paths.join(" ")))
        }
        SourceChoice::Uis => (session.app.uis_source()?, "uis".to_owned()),
        SourceChoice::Voximplant => (session.app.voximplant_source()?, "voximplant".to_owned()),
    };
    let since_cursor = chosen != SourceChoice::Folder && !args.window.is_given();
    Ok(RunRequest {
        source,
        window: if since_cursor { WindowRequest::CONTINUE } else { window.into() },
        limit: args.limit,
        rubric: Arc::new(rubric.clone()),
        reports,
        max_cost,
        what,
    })
}

/// «Речь: Whisper base, этот компьютер     Разбор: Manager+, ред. 7», and the warning below it.
pub(super) async fn head(session: &Session, rubric: &Rubric) -> Result<(), Failure> {
    let terminal = &session.terminal;
    let texts = terminal.texts;
    let store = session.app.store();
    // kept before it is used: so the first run can say its number too
    store.save_rubric(rubric, session.now()).await?;
    let number = store.rubric_number(&rubric.id, &rubric.revision).await?;
    let engines = session.app.engines();
    let mut judged = rubric.title.clone();
    if let Some(number) = number {
        judged = t!(texts, "head-revision", rubric = judged, number = number);
    }
    let speech = t!(texts, "head-speech", engine = engines.speech);
    // where it runs has been said of the speech; it is the first to go on a narrow screen
    let short = engines.analysis.split(',').next().unwrap_or_default().to_owned();
    let line = [engines.analysis, short]
        .map(|engine| t!(texts, "head-analysis", rubric = judged.clone(), engine = engine))
        .map(|analysis| format!("{speech}     {analysis}"));
    match line.iter().find(|line| measure_text_width(line) <= terminal.err.width) {
        Some(line) => terminal.say(line),
        None => {
            for part in line[1].splitn(2, "     ") {
                terminal.say(&hanging("", part, terminal.err.width));
            }
        }
    }
    if let Some(warning) = engines.inexact {
        terminal.warn(&warning);
    }
    if terminal.err.tty {
        terminal.say("");
    }
    Ok(())
}

/// What a run would take up. Needs no model and writes nothing.
pub(super) async fn preview(args: RunArgs, session: Session) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    let max_cost = args.max_cost.as_deref().map(|text| money(text, terminal.texts)).transpose()?;
    let rubric = session.rubric(&args.rubric)?;
    let request = request(&args, &session, &rubric, max_cost).await?;
    let pipeline = session.app.looking_pipeline()?;
    let preview = pipeline.preview(&request).await?;
    for warning in &preview.warnings {
        terminal.warn(warning);
    }
    let open = preview.calls.iter().filter(|call| call.open).count();
    if args.json {
        let calls: Vec<_> = preview
            .calls
            .iter()
            .map(|call| {
                json!({
                    "id": call.call.id.to_string(),
                    "external_id": call.call.external_id,
                    "started_at": call.call.started_at.map(|at| at.to_rfc3339()),
                    "status": call.status,
                    "open": call.open,
                    "estimate": { "speech": estimate_json(call.speech), "analysis": estimate_json(call.analysis) },
                })
            })
            .collect();
        let price = preview.price();
        terminal.print_json(&json!({
            "calls": calls,
            "totals": {
                "calls": preview.calls.len(), "open": open,
                "estimate": { "speech": price.speech, "analysis": price.analysis, "unknown": price.unknown },
            },
        }))?;
    } else {
        terminal.print(&preview_text(terminal, session.wall_now(), &preview, open))?;
    }
    Ok(Exit::Good)
}

/// `null` = unknown; nothing to pay is an amount of zero.
fn estimate_json(estimate: Estimate) -> Value {
    match estimate {
        Estimate::Free => json!(Money::zero(Currency::RUB)),
        Estimate::About(amount) => json!(amount),
        Estimate::Unknown => Value::Null,
    }
}

/// «Примерно 0,42 $: речь 0,31 $, оценка 0,11 $», and how many calls have no known price.
fn price_text(texts: Texts, preview: &Preview) -> String {
    let price = preview.price();
    let sum = |sums: &[Money]| {
        let paid: Vec<String> =
            sums.iter().filter(|sum| sum.micros > 0).map(|sum| wording::money(texts, *sum)).collect();
        if paid.is_empty() { t!(texts, "plan-free") } else { paid.join(" + ") }
    };
    let mut text = t!(texts, "plan-price", speech = sum(&price.speech), analysis = sum(&price.analysis));
    if price.unknown > 0 {
        text = format!("{text} {}", t!(texts, "plan-price-unknown", calls = price.unknown));
    }
    text
}

fn preview_text(
    terminal: &Terminal,
    now: chrono::DateTime<chrono_tz::Tz>,
    preview: &Preview,
    open: usize,
) -> String {
    let texts = terminal.texts;
    let dash = || terminal.sign(Sign::Dash).to_owned();
    let columns = [
        Column::new(t!(texts, "column-start")),
        Column::new(t!(texts, "column-client")).elastic(12, 30),
        Column::new(t!(texts, "column-length")).right(),
        Column::new(t!(texts, "column-plan")).elastic(10, usize::MAX),
    ];
    let rows: Vec<Vec<Cell>> = preview
        .calls
        .iter()
        .map(|planned| {
            let call = &planned.call;
            let client =
                call.client_phone().map(domain::PhoneNumber::pretty).or_else(|| call.recording_name.clone());
            let plan = match (planned.open, planned.status) {
                (true, None) => Cell::toned(t!(texts, "plan-new"), Some(Tone::Accent)),
                (true, Some(_)) => Cell::toned(t!(texts, "plan-again"), Some(Tone::Accent)),
                (false, Some(status)) => t!(texts, "plan-known", status = status.label(texts.lang)).into(),
                (false, None) => t!(texts, "plan-none").into(),
            };
            vec![
                call.started_at.map_or_else(dash, |at| wording::moment(texts, at, now)).into(),
                client.unwrap_or_else(dash).into(),
                call.duration_ms.map_or_else(dash, wording::clock).into(),
                plan,
            ]
        })
        .collect();
    let table =
        if rows.is_empty() { String::new() } else { format!("{}\n", render(terminal, &columns, &rows)) };
    format!(
        "{table}{}\n{}\n",
        t!(texts, "plan-totals", calls = rows.len(), open = open),
        price_text(texts, preview)
    )
}
