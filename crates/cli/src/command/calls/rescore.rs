//! `zvonar calls rescore`: judges anew without paying for speech.

use std::sync::Arc;
use std::time::Instant;

use domain::{CallId, TimeWindow};
use pipeline::RunRequest;
use tokio_util::sync::CancellationToken;

use crate::args::RescoreArgs;
use crate::command::run::{finish, head};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::RunProgress;
use crate::session::Session;
use crate::texts::t;

pub(super) async fn rescore(args: &RescoreArgs, session: &Session, logging: bool) -> Result<Exit, Failure> {
    let terminal = session.terminal;
    let texts = terminal.texts;
    let calls = meant(args, session).await?;
    if calls.is_empty() {
        terminal.say(&t!(texts, "calls-none"));
        return Ok(Exit::Good);
    }
    let rubric = session.rubric(&args.rubric)?;
    // a row that stands in the sheet follows its call
    let sinks = if session.app.has_sheet() { vec![session.app.sheet_sink(&rubric)?] } else { Vec::new() };
    let pipeline = session.app.judging_pipeline(sinks)?;
    head(session, &rubric).await?;
    let begun = Instant::now();
    let progress = RunProgress::new(terminal, None, logging);
    let stop = CancellationToken::new();
    let observer = Arc::<RunProgress>::clone(&progress);
    let request = RunRequest {
        // the words are in the store: nothing is read from a source
        source: session.app.folder_source(Vec::new()),
        window: TimeWindow::ALL.into(),
        limit: None,
        rubric: Arc::new(rubric),
        reports: Vec::new(),
        max_cost: None,
        what: "rescore".to_owned(),
    };
    let running = async { Ok(pipeline.rescore(&calls, request, observer, stop.clone()).await?) };
    let report = session.stop.cleanly(terminal.texts, &progress, &stop, running).await;
    progress.finish();
    let report = report?;
    progress.say_once(&report.warnings);
    finish(session, &report, &[], None, begun, args.json)
}

/// The named calls, or those of the filter; everything only on demand.
async fn meant(args: &RescoreArgs, session: &Session) -> Result<Vec<CallId>, Failure> {
    let texts = session.terminal.texts;
    if !args.ids.is_empty() {
        let mut ids = Vec::with_capacity(args.ids.len());
        for text in &args.ids {
            ids.push(session.call(text).await?);
        }
        return Ok(ids);
    }
    if !args.all && !args.filter.is_given() {
        return Err(Failure::usage(t!(texts, "rescore-which"), t!(texts, "rescore-which-hint")));
    }
    let filter = session.filter(&args.filter).await?;
    session.ids(&filter, usize::MAX).await
}
