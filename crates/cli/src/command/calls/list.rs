//! `zvonar calls list`

use app::Seen;
use pipeline::call_json;
use serde_json::{Value, json};
use store::Cursor;

use crate::args::{ListArgs, rubric_id};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::CallsTable;
use crate::session::Session;
use crate::terminal::Tone;
use crate::texts::t;

pub(super) async fn list(args: &ListArgs, session: &Session) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    let texts = terminal.texts;
    let rubric = rubric_id(args.rubric.as_deref());
    let mut filter = session.filter(&args.filter).await?;
    filter.rubric.clone_from(&rubric);
    let (records, next) = session.page(&filter, args.after.clone().map(Cursor), args.limit).await.map_err(
        |failure| match &args.after {
            Some(text) if failure.exit == Exit::Usage => {
                Failure::usage(t!(texts, "no-cursor", text = text.clone()), t!(texts, "no-cursor-hint"))
            }
            _ => failure,
        },
    )?;
    session.app.note_seen(&Seen::List).await;
    let ids: Vec<_> = records.iter().map(|record| record.call.id).collect();
    let reports = session.reports(&ids, rubric.as_ref()).await?;
    if args.json {
        let calls: Vec<Value> = reports.iter().map(call_json).collect();
        terminal.print_json(&json!({ "calls": calls, "next_cursor": next.map(|cursor| cursor.0) }))?;
        return Ok(Exit::Good);
    }
    if reports.is_empty() {
        terminal.say(&t!(texts, "calls-none"));
        return Ok(Exit::Good);
    }
    let table = CallsTable { terminal, now: session.wall_now(), ids: true };
    terminal.print(&table.whole(&reports))?;
    if let Some(Cursor(next)) = next {
        let all = session.app.store().count_calls(&filter).await?;
        let line = t!(texts, "calls-more", shown = reports.len(), all = all, cursor = next);
        terminal.print(&terminal.paint(Tone::Quiet, &line))?;
    }
    Ok(Exit::Good)
}
