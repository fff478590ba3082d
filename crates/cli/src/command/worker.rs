//! `zvonar worker`: works on the queue until somebody stops it; any number of them share one database.

use std::sync::Arc;

use app::LogFormat;
use pipeline::Unobserved;
use store::Stage;
use tokio_util::sync::CancellationToken;

use super::serve::told;
use crate::args::WorkerArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::stage_name;
use crate::session::Session;
use crate::texts::t;

/// The first signal lets the jobs in hand end, the second leaves them to others.
pub(super) async fn worker(args: WorkerArgs, session: Session) -> Result<Exit, Failure> {
    let (app, terminal, asked, _log) = session.into_parts();
    let app = Arc::new(app);
    let texts = terminal.texts;
    let wanted =
        |stage: &Stage| args.stages.is_empty() || args.stages.iter().any(|name| name == stage.as_str());
    let stages: Vec<Stage> = Stage::ALL.into_iter().filter(wanted).collect();
    let parts = app.serving_parts()?.only(stages.clone());
    let named: Vec<String> = stages.into_iter().map(|stage| stage_name(texts, stage)).collect();
    let named = named.join(", ");
    // whoever reads stderr as JSON reads every line of it so
    let is_json = app.config().log_format == LogFormat::Json;
    if is_json {
        tracing::info!(stages = named, "working");
    } else {
        terminal.say(&t!(texts, "worker-begins", stages = named));
    }
    let stop = CancellationToken::new();
    let working = async {
        let working = parts.serve(Arc::new(Unobserved), stop.clone());
        let Some(bind) = app.config().watching.metrics_bind else {
            return working.await.map_err(Failure::from);
        };
        let watched = server::serve_figures(Arc::clone(&app), bind, stop.clone());
        let (worked, watched) = tokio::join!(working, async {
            let watched = watched.await;
            if watched.is_err() {
                // a port that cannot be had is told at once, not when the work is over
                stop.cancel();
            }
            watched
        });
        watched.map_err(|error| told(texts, error))?;
        worked.map_err(Failure::from)
    };
    Box::pin(asked.gently(&stop, working)).await??;
    if is_json {
        tracing::info!("the worker has ended");
    } else {
        terminal.say(&t!(texts, "worker-ended"));
    }
    Ok(Exit::Good)
}
