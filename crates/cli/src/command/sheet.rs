//! `zvonar sheet …`: the Google Sheet made ready and looked at.

use app::{ReadBack, SheetLook, SheetRole};
use serde_json::json;

use crate::args::SheetCommand;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::facts;
use crate::session::Session;
use crate::terminal::{Sign, Terminal, Tone};
use crate::texts::t;

pub(super) async fn sheet(args: SheetCommand, session: Session) -> Result<Exit, Failure> {
    match args {
        SheetCommand::Init { create, rubric } => {
            let rubric = session.rubric(&rubric)?;
            let look = session.app.sheet_init(&rubric, create.as_deref()).await?;
            let terminal = &session.terminal;
            terminal.print(&text(terminal, &look, None))?;
            if create.is_some() {
                terminal.say(&t!(terminal.texts, "sheet-remember", url = look.report.url.clone()));
            }
            Ok(Exit::Good)
        }
        SheetCommand::Check { rubric, json } => {
            let rubric = session.rubric(&rubric)?;
            let look = session.app.sheet_check(&rubric).await?;
            let read = match look.report.tab {
                Some(_) => Some(session.app.sheet_read_back(&rubric).await?),
                None => None,
            };
            let terminal = &session.terminal;
            if json {
                terminal.print_json(&document(&look, read.as_ref()))?;
            } else {
                terminal.print(&text(terminal, &look, read.as_ref()))?;
            }
            Ok(if look.report.role == SheetRole::Reader { Exit::Refused } else { Exit::Good })
        }
    }
}

fn text(terminal: &Terminal, look: &SheetLook, read: Option<&ReadBack>) -> String {
    let report = &look.report;
    let texts = terminal.texts;
    let there = report.columns.iter().filter(|column| column.letter.is_some()).count();
    let role = match report.role {
        SheetRole::Writer => t!(texts, "sheet-writer"),
        SheetRole::Reader => terminal.paint(Tone::Bad, &t!(texts, "sheet-reader")),
    };
    let mut lines = vec![
        (t!(texts, "sheet-title"), report.title.clone()),
        (t!(texts, "sheet-url"), report.url.clone()),
        (t!(texts, "sheet-tab"), report.tab.clone().unwrap_or_else(|| t!(texts, "sheet-no-tab"))),
        (
            t!(texts, "sheet-access"),
            match &report.account {
                Some(account) => format!("{role} ({account})"),
                None => role,
            },
        ),
        (t!(texts, "sheet-zone"), report.time_zone.clone()),
        (
            t!(texts, "sheet-columns"),
            t!(texts, "sheet-columns-of", there = there, all = report.columns.len()),
        ),
        (t!(texts, "sheet-rows"), report.rows.to_string()),
    ];
    if let Some(read) = read {
        let found = t!(texts, "sheet-scores-read", scores = read.scores, new = read.new);
        lines.push((t!(texts, "sheet-scores"), found));
    }
    let mut text = facts(terminal, &lines);
    for said in &look.warnings {
        text += &warning(terminal, said);
    }
    if let Some(read) = read.filter(|read| read.problems > 0) {
        text += &warning(terminal, &t!(texts, "sheet-scores-odd", count = read.problems));
    }
    text
}

fn warning(terminal: &Terminal, said: &str) -> String {
    format!("{} {said}\n", terminal.paint(Tone::Warn, terminal.sign(Sign::Warn)))
}

fn document(look: &SheetLook, read: Option<&ReadBack>) -> serde_json::Value {
    let report = &look.report;
    let columns: Vec<_> = report
        .columns
        .iter()
        .map(|column| json!({ "id": column.id, "header": column.header, "letter": column.letter }))
        .collect();
    json!({
        "title": report.title, "url": report.url, "tab": report.tab, "account": report.account,
        "writable": report.role == SheetRole::Writer, "timezone": report.time_zone, "columns": columns,
        "rows": report.rows, "cells": report.cells, "warnings": look.warnings,
        "supervisor_scores": read.map(|read| json!({
            "read": read.scores, "new": read.new, "problems": read.problems,
        })),
    })
}
