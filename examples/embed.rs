//! Scores a folder of recordings from your own program:
//! `cargo run -p examples --example embed -- examples/calls`
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use std::sync::Arc;

use app::{App, ConfigInput};
use domain::TimeWindow;
use pipeline::{RunRequest, Unobserved};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "examples/calls".to_owned());
    let app = App::open(app::load(&ConfigInput::from_process())?.config).await?;
    let request = RunRequest {
        source: app.folder_source(vec![folder.clone().into()]),
        window: TimeWindow::ALL.into(),
        limit: None,
        rubric: Arc::new(app.rubric("manager-plus")?),
        reports: Vec::new(),
        max_cost: None,
        what: format!("folder {folder}"),
    };
    let report =
        app.pipeline(Vec::new())?.run(request, Arc::new(Unobserved), CancellationToken::new()).await?;
    for call in report.calls {
        let score = call.analysis.as_ref().and_then(|analysis| analysis.total_score);
        println!("{:<60} {:<24} {score:?}", call.call.external_id, call.status_label(domain::Lang::Ru));
    }
    Ok(())
}
