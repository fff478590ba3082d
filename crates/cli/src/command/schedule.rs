//! `zvonar schedule …`: what the service does by the clock, and when.

use app::{CallsPlan, Plan, PlannedSource, PlannedWindow, ScheduleLine};
use serde_json::{Value, json};
use store::TurnEnding;

use crate::args::{ScheduleAddArgs, ScheduleCommand};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use crate::table::{Cell, Column, render};
use crate::terminal::Tone;
use crate::texts::{Texts, t};
use crate::{when, wording};

/// Who asks for a turn, in the log of turns.
const ASKER: &str = "zvonar schedule run-now";

pub(super) async fn schedule(args: ScheduleCommand, session: Session) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    let texts = terminal.texts;
    match args {
        ScheduleCommand::List { json } => list(&session, json).await?,
        ScheduleCommand::Add(args) => {
            let plan = plan(&args, texts)?;
            let line = session.app.put_schedule(&args.name, &args.cron, args.zone.as_deref(), &plan).await?;
            let next = next(&session, &line);
            terminal.say(&t!(texts, "schedule-added", name = args.name, does = line.does, next = next));
        }
        ScheduleCommand::RunNow { name } => {
            let led = session.app.ask_for_turn(&name, ASKER).await?;
            terminal.say(&if led {
                t!(texts, "schedule-asked", name = name)
            } else {
                t!(texts, "schedule-asked-nobody", name = name)
            });
        }
        ScheduleCommand::Pause { name } => {
            session.app.pause_schedule(&name, true).await?;
            terminal.say(&t!(texts, "schedule-paused", name = name));
        }
        ScheduleCommand::Resume { name } => {
            session.app.pause_schedule(&name, false).await?;
            terminal.say(&t!(texts, "schedule-resumed", name = name));
        }
        ScheduleCommand::Remove { name } => {
            session.app.remove_schedule(&name).await?;
            terminal.say(&t!(texts, "schedule-removed", name = name));
        }
    }
    Ok(Exit::Good)
}

fn plan(args: &ScheduleAddArgs, texts: Texts) -> Result<Plan, Failure> {
    if args.weekly {
        return Ok(Plan::WeeklyReports { manager: None, week: None });
    }
    let source = if args.paths.is_empty() {
        PlannedSource::Uis
    } else {
        // the service may be started from another folder
        let whole = args.paths.iter().map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone()));
        PlannedSource::Folder(whole.collect())
    };
    let window = match &args.last {
        None => PlannedWindow::Continue,
        Some(text) => {
            let hours = when::length(text).and_then(|span| u32::try_from(span.num_hours()).ok());
            let hours = hours.filter(|hours| *hours > 0).ok_or_else(|| {
                Failure::usage(t!(texts, "when-no-last", text = text.clone()), t!(texts, "when-no-last-hint"))
            })?;
            PlannedWindow::Hours(hours)
        }
    };
    let rubric = args.rubric.named().map(str::to_owned);
    Ok(Plan::Calls(CallsPlan { source, window, rubric }))
}

async fn list(session: &Session, as_json: bool) -> Result<(), Failure> {
    let terminal = &session.terminal;
    let texts = terminal.texts;
    let lines = session.app.schedules(texts.lang).await?;
    if as_json {
        return terminal.print_json(&json!({ "schedules": lines.iter().map(line_json).collect::<Vec<_>>() }));
    }
    if lines.is_empty() {
        return terminal.print(&format!("{}\n", t!(texts, "schedule-none")));
    }
    let rows: Vec<Vec<Cell>> = lines.iter().map(|line| row(session, line)).collect();
    terminal.print(&render(terminal, &columns(texts), &rows))
}

/// On a narrow screen the past goes first, then what is done; when it is due next stays.
fn columns(texts: Texts) -> [Column; 5] {
    [
        Column::new(t!(texts, "schedule-column-name")).elastic(6, 30),
        Column::new(t!(texts, "schedule-column-hours")),
        Column::new(t!(texts, "schedule-column-does")).elastic(10, 40).expendable(1),
        Column::new(t!(texts, "schedule-column-next")),
        Column::new(t!(texts, "schedule-column-last")).elastic(12, usize::MAX).expendable(2),
    ]
}

fn row(session: &Session, line: &ScheduleLine) -> Vec<Cell> {
    let texts = session.terminal.texts;
    let next = if line.schedule.paused_at.is_some() {
        Cell::toned(t!(texts, "schedule-stopped"), Some(Tone::Warn))
    } else {
        next(session, line).into()
    };
    let last = match &line.last {
        None => t!(texts, "schedule-never").into(),
        Some((due, ending, how)) => {
            let at = wording::moment(texts, due.fixed_offset(), session.wall_now());
            let tone = (*how == Some(TurnEnding::Failed)).then_some(Tone::Bad);
            Cell::toned(format!("{at}: {ending}"), tone)
        }
    };
    let what = &line.schedule.what;
    // hours of another zone than the rest of the table say so
    let own = line.zone.is_none_or(|zone| zone == session.zone());
    let hours = if own { what.cron.clone() } else { format!("{} {}", what.cron, what.zone) };
    vec![what.name.clone().into(), hours.into(), line.does.clone().into(), next, last]
}

fn next(session: &Session, line: &ScheduleLine) -> String {
    let texts = session.terminal.texts;
    line.next.map_or_else(
        || t!(texts, "schedule-no-next"),
        |at| wording::moment(texts, at.fixed_offset(), session.wall_now()),
    )
}

fn line_json(line: &ScheduleLine) -> Value {
    let what = &line.schedule.what;
    json!({
        "name": what.name, "cron": what.cron, "zone": what.zone,
        "plan": Plan::parse(&what.plan),
        "paused": line.schedule.paused_at.is_some(),
        "next": line.next.map(|at| at.to_rfc3339()),
        "last": line.last.as_ref().map(|(due, said, ending)| json!({
            "due": due.to_rfc3339(), "ending": ending.map(TurnEnding::as_str), "said": said,
        })),
    })
}

#[cfg(test)]
mod tests {
    use domain::Lang;

    use super::*;
    use crate::terminal::tests::plain;

    #[test]
    fn a_narrow_screen_still_says_when_the_next_turn_is() {
        let row =
            ["утро", "30 8 * * 1-5 Asia/Yekaterinburg", "UIS, с прошлого раза", "сегодня, 18:00", "никогда"];
        let row: Vec<Cell> = row.into_iter().map(Cell::from).collect();
        for width in [60, 80, 120] {
            let terminal = plain(Lang::Ru, width);
            let table = render(&terminal, &columns(terminal.texts), std::slice::from_ref(&row));
            assert!(table.contains("Следующий раз") && table.contains("сегодня, 18:00"), "{width}:\n{table}");
            assert_eq!(table.contains("Прошлый раз"), width >= 80, "{width}:\n{table}");
        }
    }
}
