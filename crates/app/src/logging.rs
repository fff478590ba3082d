//! Logs: English, to stderr or a file, never to stdout.

use std::fs::OpenOptions;
use std::sync::Mutex;

use domain::Lang;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use crate::{AppError, Config, LogFormat};

/// Keeps the log alive; drop it last.
#[derive(Debug)]
pub struct LogGuard(());

/// Starts logging as configured. A second start in one process is no error: the first stays.
///
/// # Errors
/// When the filter makes no sense or the file cannot be opened.
pub fn init_logging(config: &Config) -> Result<LogGuard, AppError> {
    let filter = filter(config)?;
    let writer = match &config.log_file {
        None => BoxMakeWriter::new(std::io::stderr),
        Some(path) => {
            if let Some(folder) = path.parent() {
                // what is wrong with it is told with the file
                let _ = std::fs::create_dir_all(folder);
            }
            let file = OpenOptions::new().create(true).append(true).open(path).map_err(|error| {
                AppError::usage(
                    "log_file",
                    format!("{}: {}", path.display(), pipeline::io_words(config.lang, &error)),
                    config.lang.pick("укажите файл, доступный для записи", "name a file that can be written"),
                )
            })?;
            BoxMakeWriter::new(Mutex::new(file))
        }
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(false);
    let started = match config.log_format {
        LogFormat::Human => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    if let Err(error) = started {
        tracing::debug!(%error, "logging was started before");
    }
    Ok(LogGuard(()))
}

/// What is logged.
pub(crate) fn filter(config: &Config) -> Result<EnvFilter, AppError> {
    EnvFilter::try_new(&config.log).map_err(|error| {
        let said = match config.lang {
            Lang::Ru => format!("log = «{}»: не фильтр журнала", config.log),
            Lang::En => format!("log = {:?}: {error}", config.log),
        };
        let hint = config
            .lang
            .pick("например: info или info,pipeline=debug", "for example: info or info,pipeline=debug");
        AppError::usage("log_filter", said, hint)
    })
}
