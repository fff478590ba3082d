//! `zvonar serve`: the web service, the same as `zvonar-server`.

use std::sync::Arc;

use app::LogFormat;
use server::{ServeError, ServeOptions};
use tokio_util::sync::CancellationToken;

use crate::args::ServeArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use crate::texts::{Texts, t};

pub(super) async fn serve(args: ServeArgs, session: Session) -> Result<Exit, Failure> {
    let (app, terminal, asked, _log) = session.into_parts();
    let texts = terminal.texts;
    let settings = &app.config().server;
    let mut options = ServeOptions::new(args.bind.unwrap_or(settings.bind));
    options.admin_token.clone_from(&settings.admin_token);
    let format = app.config().log_format;
    options.ready = Some(Box::new(move |address| match format {
        // whoever reads stderr as JSON reads every line of it so
        LogFormat::Json => tracing::info!(%address, "listening"),
        LogFormat::Human => terminal.say(&t!(texts, "serve-ready", url = format!("http://{address}/"))),
    }));
    let stop = CancellationToken::new();
    let ended = asked.gently(&stop, server::serve(Arc::new(app), options, stop.clone())).await?;
    ended.map_err(|error| told(texts, error))?;
    Ok(Exit::Good)
}

pub(super) fn told(texts: Texts, error: ServeError) -> Failure {
    match error {
        ServeError::Unprotected { bind } => Failure::usage(
            t!(texts, "serve-unprotected", bind = bind.to_string()),
            t!(texts, "serve-unprotected-hint"),
        ),
        ServeError::Bind { bind, source } => Failure::trouble(t!(
            texts,
            "serve-bind",
            bind = bind.to_string(),
            why = pipeline::io_words(texts.lang, &source)
        ))
        .hint(t!(texts, "serve-bind-hint")),
        ServeError::App(error) => error.into(),
        ServeError::Store(error) => error.into(),
    }
}
