//! `zvonar run PATH…`: from recordings to a table and a report.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use console::measure_text_width;
use domain::{Money, Rubric, TimeWindow};
use pipeline::{Preview, RunReport, RunRequest};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::args::RunArgs;
use crate::exit::{Exit, RunFacts};
use crate::failure::Failure;
use crate::output::{Conclusion, conclude, last_lines, other_engines};
use crate::progress::RunProgress;
use crate::session::Session;
use crate::stop;
use crate::table::{Cell, Column, hanging, render};
use crate::terminal::{Sign, Terminal, Tone};
use crate::texts::{Texts, t};
use crate::wording;

pub(super) async fn run(args: RunArgs, session: Session, logging: bool) -> Result<Exit, Failure> {
    let terminal = session.terminal;
    check_paths(&args.paths, terminal.texts)?;
    let max_cost = args.max_cost.as_deref().map(|text| money(text, terminal.texts)).transpose()?;
    let window = args.window.window(terminal.texts, session.zone(), session.now())?;
    let rubric = session.rubric(&args.rubric)?;
    for path in &args.report {
        session.app.check_report(path)?;
    }
    let request = request(&args, &session, window, &rubric, max_cost)?;
    let pipeline = session.app.pipeline()?;
    head(&session, &rubric).await?;
    let begun = Instant::now();
    let progress = RunProgress::new(terminal, max_cost, logging);
    let stop = CancellationToken::new();
    let observer = Arc::<RunProgress>::clone(&progress);
    let running = async { Ok(pipeline.run(request, observer, stop.clone()).await?) };
    let report = stop::cleanly(terminal.texts, &progress, &stop, running).await;
    progress.finish();
    let report = report?;
    progress.say_once(&report.warnings);
    finish(&session, &report, &args.report, max_cost, begun, args.json)
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
        terminal.print_json(&pipeline::document_json(&report.calls))?;
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

fn money(text: &str, texts: Texts) -> Result<Money, Failure> {
    if text.trim_start().starts_with(['-', '\u{2212}']) {
        return Err(Failure::usage(t!(texts, "money-negative"), t!(texts, "no-money-hint")));
    }
    text.parse().map_err(|_| {
        Failure::usage(t!(texts, "no-money", text = text.to_owned()), t!(texts, "no-money-hint"))
    })
}

fn request(
    args: &RunArgs,
    session: &Session,
    window: TimeWindow,
    rubric: &Rubric,
    max_cost: Option<Money>,
) -> Result<RunRequest, Failure> {
    let mut reports = Vec::with_capacity(args.report.len());
    for path in &args.report {
        reports.push(session.app.report_sink(path, rubric)?);
    }
    let paths: Vec<String> = args.paths.iter().map(|path| path.display().to_string()).collect();
    Ok(RunRequest {
        source: session.app.folder_source(args.paths.clone()),
        window,
        limit: args.limit,
        rubric: Arc::new(rubric.clone()),
        reports,
        max_cost,
        what: format!("folder {}", paths.join(" ")),
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
    check_paths(&args.paths, terminal.texts)?;
    let window = args.window.window(terminal.texts, session.zone(), session.now())?;
    let max_cost = args.max_cost.as_deref().map(|text| money(text, terminal.texts)).transpose()?;
    let rubric = session.rubric(&args.rubric)?;
    let request = request(&args, &session, window, &rubric, max_cost)?;
    let pipeline = session.app.judging_pipeline();
    let preview = stop::or_interrupted(async { Ok(pipeline.preview(&request).await?) }).await?;
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
                })
            })
            .collect();
        terminal.print_json(
            &json!({ "calls": calls, "totals": { "calls": preview.calls.len(), "open": open } }),
        )?;
    } else {
        terminal.print(&preview_text(terminal, session.wall_now(), &preview, open))?;
    }
    Ok(Exit::Good)
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
    format!("{table}{}\n", t!(texts, "plan-totals", calls = rows.len(), open = open))
}
