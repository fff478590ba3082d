//! `zvonar report weekly`: a manager's week as a workbook and a mail.

use std::path::{Path, PathBuf};

use app::{Seen, WeeklyReport};
use serde_json::json;

use crate::args::{ReportCommand, WeeklyArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use crate::texts::t;
use crate::wording;

pub(super) async fn report(args: ReportCommand, session: Session) -> Result<Exit, Failure> {
    let ReportCommand::Weekly(args) = args;
    weekly(args, &session).await
}

async fn weekly(args: WeeklyArgs, session: &Session) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    let texts = terminal.texts;
    session.app.note_seen(&Seen::Week(args.week)).await;
    let reports = session.app.weekly_reports(args.week, args.manager.as_deref()).await?;
    let mailed = if args.mail { Some(session.app.mail_weekly(&reports).await?) } else { None };
    let folder = match (&args.out, args.mail) {
        (Some(folder), _) => Some(folder.clone()),
        // somebody who mails need not have files too
        (None, true) => None,
        (None, false) => Some(".".into()),
    };
    if let Some(folder) = &folder {
        let files: Vec<PathBuf> = reports.iter().flat_map(|report| files_of(folder, report)).collect();
        session.app.expect_exports(&files).await?;
        for report in &reports {
            write(session, folder, report)?;
        }
        session.app.note_exports(&files).await?;
    }
    if args.json {
        let list = reports.iter().map(|report| {
            json!({
                "manager": { "id": report.manager_id, "name": report.name },
                "week": report.week.to_string(),
                "file": folder.as_ref().map(|folder| folder.join(&report.file_name).display().to_string()),
            })
        });
        let list = list.collect::<Vec<_>>();
        terminal.print_json(&json!({ "reports": list, "mailed": mailed }))?;
    } else if reports.is_empty() {
        terminal.say(&t!(texts, "report-none"));
    } else {
        for report in &reports {
            let file = folder.as_ref().map(|folder| folder.join(&report.file_name).display().to_string());
            let line = format!(
                "{} ({}){}",
                report.name,
                report.manager_id,
                file.map(|f| format!(" → {f}")).unwrap_or_default()
            );
            terminal.print(&format!("{line}\n"))?;
        }
    }
    if let Some(count) = mailed {
        terminal.say(&t!(texts, "report-mailed", count = count));
    }
    Ok(Exit::Good)
}

/// The workbook, and the letter beside it.
fn files_of(folder: &Path, report: &WeeklyReport) -> [PathBuf; 2] {
    let page = Path::new(&report.file_name).with_extension("html");
    [folder.join(&report.file_name), folder.join(page)]
}

fn write(session: &Session, folder: &Path, report: &WeeklyReport) -> Result<(), Failure> {
    let texts = session.terminal.texts;
    let [workbook, page] = files_of(folder, report);
    let files = [(workbook, report.workbook.as_slice()), (page, report.html.as_bytes())];
    let failed = |path: &Path, error: &std::io::Error| {
        let why = wording::io_error(texts, error);
        Failure::trouble(t!(texts, "report-not-written", path = path.display().to_string(), why = why))
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    for (path, bytes) in files {
        std::fs::write(&path, bytes).map_err(|error| failed(&path, &error))?;
    }
    Ok(())
}
