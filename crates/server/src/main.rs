//! `zvonar-server`: the web service, as `zvonar serve` starts it too.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use app::{ConfigInput, LogFormat, StopRequests};
use domain::Lang;
use server::{Asked, ServeOptions};
use tokio_util::sync::CancellationToken;

/// The exit code of a line that cannot be read, as of `zvonar`.
const WRONG_LINE: u8 = 2;

fn main() -> ExitCode {
    let input = ConfigInput::from_process();
    // before the settings are read: help is asked for when they do not work
    let lang = input.env.get("ZVONAR_LANG").map_or(Lang::Ru, |lang| match lang.as_str() {
        "en" => Lang::En,
        _ => Lang::Ru,
    });
    match Asked::read(std::env::args_os().skip(1), lang) {
        Asked::Serve => {}
        Asked::Text(text) => {
            // a reader that has gone is no failure
            let _ = writeln!(std::io::stdout(), "{text}");
            return ExitCode::SUCCESS;
        }
        Asked::Unknown(why) => {
            let _ = writeln!(std::io::stderr(), "zvonar-server: {why}");
            return ExitCode::from(WRONG_LINE);
        }
    }
    match run(&input) {
        Ok(()) => ExitCode::SUCCESS,
        Err(told) => {
            let _ = writeln!(std::io::stderr(), "zvonar-server: {told}");
            ExitCode::FAILURE
        }
    }
}

fn run(input: &ConfigInput) -> Result<(), Box<dyn std::error::Error>> {
    let loaded = app::load(input).map_err(|error| app::config_error(Lang::Ru, &error))?;
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
