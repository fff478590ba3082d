//! `zvonar-server`: the web service, as `zvonar serve` starts it too.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use server::ServeOptions;
use tokio_util::sync::CancellationToken;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "zvonar-server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let loaded = app::load(&app::ConfigInput::from_process())?;
    let _log = app::init_logging(&loaded.config)?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let app = Arc::new(app::App::open(loaded.config).await?);
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                stopped.cancel();
            }
        });
        let mut options = ServeOptions::new(std::net::SocketAddr::from(([127, 0, 0, 1], 8000)));
        options.ready = Some(Box::new(|address| {
            let _ = writeln!(std::io::stderr(), "http://{address}/");
        }));
        server::serve(app, options, stop).await?;
        Ok(())
    })
}
