//! `zvonar uis …`: whether UIS works for us, and what calls it has.

use app::{UisPoints, UisReport};
use chrono::{DateTime, Utc};
use domain::{Call, PhoneNumber};
use serde_json::{Value, json};

use crate::args::UisCommand;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::facts;
use crate::session::Session;
use crate::table::{Cell, Column, render};
use crate::terminal::{Sign, Tone};
use crate::texts::{Texts, t};
use crate::wording;

pub(super) async fn uis(args: UisCommand, session: Session) -> Result<Exit, Failure> {
    match args {
        UisCommand::Check { json } => check(&session, json).await,
        UisCommand::Calls { window, limit, json } => {
            let terminal = &session.terminal;
            let zone = session.app.uis_zone().await?;
            let window = window.window(terminal.texts, zone, session.now())?;
            // one more than is shown: so it is known whether that is all
            let (mut calls, warnings) = session.app.uis_calls(window, limit.saturating_add(1)).await?;
            let more = calls.len() > limit;
            calls.truncate(limit);
            for warning in &warnings {
                terminal.warn(warning);
            }
            if json {
                terminal.print_json(&json!({ "calls": calls.iter().map(call_json).collect::<Vec<_>>() }))?;
            } else {
                terminal.print(&table(&session, &calls))?;
            }
            if more {
                terminal.say(&t!(terminal.texts, "uis-more", count = calls.len()));
            }
            Ok(Exit::Good)
        }
    }
}

async fn check(session: &Session, json: bool) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    let texts = terminal.texts;
    let report = session.app.uis_check().await?;
    let deaf = matches!(report.sound, Some(Err(_)));
    if json {
        terminal.print_json(&report_json(&report))?;
    } else {
        let sound = match &report.sound {
            None => t!(texts, "uis-no-recording"),
            Some(Ok(format)) => t!(texts, "uis-sound-good", format = format.clone()),
            Some(Err(why)) => {
                format!("{} {why}", terminal.paint(Tone::Bad, terminal.sign(Sign::Bad)))
            }
        };
        let calls =
            t!(texts, "uis-day", calls = report.calls, missed = report.missed, recorded = report.recorded);
        terminal.print(&facts(
            terminal,
            &[
                (t!(texts, "uis-account"), report.account.clone()),
                (t!(texts, "uis-zone"), report.zone.name().to_owned()),
                (t!(texts, "uis-last-day"), calls),
                (t!(texts, "uis-recording"), sound),
                (t!(texts, "uis-points"), budget(texts, &report.points)),
            ],
        ))?;
    }
    Ok(if deaf { Exit::Trouble } else { Exit::Good })
}

fn report_json(report: &UisReport) -> Value {
    let recording = match &report.sound {
        None => Value::Null,
        Some(Ok(format)) => json!({ "ok": true, "format": format }),
        Some(Err(why)) => json!({ "ok": false, "error": why }),
    };
    json!({
        "account": report.account, "timezone": report.zone.name(), "recording": recording,
        "last_day": { "calls": report.calls, "missed": report.missed, "recorded": report.recorded },
        "points": {
            "day_remaining": report.points.day.remaining, "day_limit": report.points.day.limit,
            "minute_remaining": report.points.minute.remaining, "minute_limit": report.points.minute.limit,
        },
    })
}

fn call_json(call: &Call) -> Value {
    json!({
        "id": call.id, "external_id": call.external_id, "started_at": call.started_at.map(|at| at.to_rfc3339()),
        "caller": call.caller, "callee": call.callee, "direction": call.direction,
        "duration_s": call.duration_ms.map(|ms| ms / 1000), "talk_s": call.talk_ms.map(|ms| ms / 1000),
        "manager": call.manager, "missed": call.missed, "recorded": call.recording_url.is_some(), "tags": call.tags,
    })
}

fn table(session: &Session, calls: &[Call]) -> String {
    let terminal = &session.terminal;
    let texts = terminal.texts;
    if calls.is_empty() {
        return format!("{}\n", t!(texts, "calls-none"));
    }
    let columns = [
        Column::new(t!(texts, "column-start")),
        Column::new(t!(texts, "column-client")).elastic(12, 24),
        Column::new(t!(texts, "column-manager")).elastic(8, 24),
        Column::new(t!(texts, "column-talk")).right(),
        Column::new(t!(texts, "column-recording")).elastic(6, usize::MAX),
    ];
    let now = session.wall_now();
    let rows: Vec<Vec<Cell>> = calls
        .iter()
        .map(|call| {
            let client = call.client_phone().map(PhoneNumber::pretty);
            let manager = call.manager.as_ref().map(|m| m.name.clone().unwrap_or_else(|| m.id.clone()));
            let dash = || "—".to_owned();
            vec![
                call.started_at.map_or_else(dash, |at| wording::moment(texts, at, now)).into(),
                client.unwrap_or_else(dash).into(),
                manager.unwrap_or_else(dash).into(),
                call.talk_ms.map_or_else(dash, wording::clock).into(),
                recording(texts, call, session.now()),
            ]
        })
        .collect();
    render(terminal, &columns, &rows)
}

/// Recordings come within a day; one that has not come by then will not.
const RECORDINGS_COME_WITHIN: chrono::Duration = chrono::Duration::hours(24);

fn recording(texts: Texts, call: &Call, now: DateTime<Utc>) -> Cell {
    if call.missed {
        Cell::toned(t!(texts, "uis-missed"), Some(Tone::Warn))
    } else if call.recording_url.is_some() {
        t!(texts, "uis-recorded").into()
    } else if call.talk_ms.unwrap_or(0) > 0
        && call.started_at.is_some_and(|at| now - at.to_utc() > RECORDINGS_COME_WITHIN)
    {
        Cell::toned(t!(texts, "uis-unrecorded"), Some(Tone::Quiet))
    } else if call.talk_ms.unwrap_or(0) > 0 {
        Cell::toned(t!(texts, "uis-pending"), Some(Tone::Quiet))
    } else {
        Cell::toned(t!(texts, "uis-no-talk"), Some(Tone::Quiet))
    }
}

/// What is left of the tariff's requests.
fn budget(texts: Texts, points: &UisPoints) -> String {
    match (points.day.remaining, points.minute.remaining) {
        (Some(day), Some(minute)) => t!(texts, "uis-points-left", day = day, minute = minute),
        (Some(day), None) => t!(texts, "uis-points-day", day = day),
        _ => t!(texts, "uis-points-unknown"),
    }
}
