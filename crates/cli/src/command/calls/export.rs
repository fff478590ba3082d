//! `zvonar calls export --report FILE`

use crate::args::{ExportArgs, RubricArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use crate::stop;
use crate::texts::t;

pub(super) async fn export(args: &ExportArgs, session: &Session) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    let texts = terminal.texts;
    let rubric = match &args.rubric {
        Some(name) => session.app.rubric(name)?,
        None => session.rubric(&RubricArgs::default())?,
    };
    let sink = session.app.report_sink(&args.report, &rubric)?;
    let mut filter = args.filter.filter(texts, session.zone(), session.now())?;
    filter.rubric = Some(rubric.id.clone());
    let count = stop::or_interrupted(async {
        let ids = session.ids(&filter, usize::MAX).await?;
        let reports = session.reports(&ids, Some(&rubric.id)).await?;
        sink.deliver(&reports).await.map_err(|error| Failure::trouble(error.to_string()))?;
        Ok(reports.len())
    })
    .await?;
    let path = args.report.display().to_string();
    terminal.print(&t!(texts, "export-done", count = count, path = path))?;
    Ok(Exit::Good)
}
