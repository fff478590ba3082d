//! `zvonar-server`: the web service, as `zvonar serve` starts it too.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use app::{LogFormat, StopRequests};
use domain::Lang;
use server::ServeOptions;
use tokio_util::sync::CancellationToken;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(told) => {
            let _ = writeln!(std::io::stderr(), "zvonar-server: {told}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let input = app::ConfigInput::from_process();
    let loaded = app::load(&input).map_err(|error| app::config_error(Lang::Ru, &error))?;
    let lang = loaded.config.lang;
    let log = app::init_logging(&loaded.config)?;
    let format = loaded.config.log_format;
    let options = ServeOptions::of(&loaded.config).with_ready(Box::new(move |address| match format {
        // whoever reads stderr as JSON reads every line of it so
        LogFormat::Json => tracing::info!(%address, "listening"),
        LogFormat::Human => {
            let _ = writeln!(std::io::stderr(), "{}", server::welcome(address, lang));
        }
    }));
    tokio::runtime::Runtime::new()?.block_on(async {
        let (requests, stop) = (StopRequests::listen()?, CancellationToken::new());
        let serving = async {
            let app = tokio::select! {
                app = app::App::open_to_stay(loaded.config) => Arc::new(app?.watched_by(log.figures())),
                () = stop.cancelled() => return Ok(()),
            };
            server::serve(app, options, stop.clone()).await.map_err(|error| error.told(lang).into())
        };
        requests.gently(0, &stop, serving).await.unwrap_or(Ok(()))
    })
}
