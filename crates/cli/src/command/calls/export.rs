//! `zvonar calls export --report FILE`

use std::collections::BTreeMap;

use app::Seen;
use domain::{CallId, Rubric};
use pipeline::CallReport;

use crate::args::{ExportArgs, RubricArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::sink_words;
use crate::session::Session;
use crate::texts::t;

pub(super) async fn export(args: &ExportArgs, session: &Session) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    let texts = terminal.texts;
    let named = args.rubric.as_deref().map(|name| session.app.rubric(name)).transpose()?;
    // a wrong ending or place is told before anything is read
    session.app.report_sink(&args.report, &session.rubric(&RubricArgs::default())?)?;
    session.app.check_report(&args.report)?;
    let mut filter = session.filter(&args.filter).await?;
    filter.rubric = named.as_ref().map(|rubric| rubric.id.clone());
    // written down before it is read: what follows may fail when the file is there already
    let ending = args.report.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    session.app.note_seen(&Seen::File(&ending.unwrap_or_default())).await;
    let ids = session.ids(&filter, usize::MAX).await?;
    let (rubric, reports) = judged(session, &ids, named).await?;
    let sink = session.app.report_sink(&args.report, &rubric)?;
    let path = args.report.display().to_string();
    let exports = std::slice::from_ref(&args.report);
    session.app.expect_exports(exports).await?;
    sink.deliver(&reports).await.map_err(|error| {
        let (why, hint) = sink_words(&error);
        Failure::trouble(t!(texts, "report-failed", path = path.clone(), reason = why)).hint(hint)
    })?;
    session.app.note_exports(exports).await?;
    terminal.print(&t!(texts, "export-done", count = reports.len(), path = path))?;
    Ok(Exit::Good)
}

/// The calls under the named rubric; else under the one that most of them were last judged by:
/// a report has the columns of one rubric.
async fn judged(
    session: &Session,
    ids: &[CallId],
    named: Option<Rubric>,
) -> Result<(Rubric, Vec<CallReport>), Failure> {
    if let Some(rubric) = named {
        let reports = session.reports(ids, Some(&rubric.id)).await?;
        return Ok((rubric, reports));
    }
    let mut reports = session.reports(ids, None).await?;
    let rubric = match prevailing(&reports) {
        Some((id, revision)) => session.app.store().rubric(&id, &revision).await?,
        None => None,
    };
    let rubric = rubric.map_or_else(|| session.rubric(&RubricArgs::default()), Ok)?;
    for report in &mut reports {
        let other = report.analysis.as_ref().is_some_and(|analysis| analysis.rubric != rubric.id);
        if other && let Some(own) = session.app.report(report.call.id, Some(&rubric.id)).await? {
            *report = own;
        }
    }
    Ok((rubric, reports))
}

/// The rubric, at its newest revision there, of most of the analyses.
fn prevailing(reports: &[CallReport]) -> Option<(domain::RubricId, domain::RubricRevision)> {
    let analyses =
        || reports.iter().filter_map(|report| Some((report.processed_at, report.analysis.as_ref()?)));
    let mut counts: BTreeMap<&domain::RubricId, usize> = BTreeMap::new();
    for (_, analysis) in analyses() {
        *counts.entry(&analysis.rubric).or_default() += 1;
    }
    let (most, _) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    let newest = analyses().filter(|(_, analysis)| analysis.rubric == *most).max_by_key(|(at, _)| *at)?;
    Some((most.clone(), newest.1.revision.clone()))
}
