//! Logs: English, to stderr or a file, never to stdout.

use std::fs::OpenOptions;
use std::sync::Mutex;

use domain::Lang;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::watch::{Traces, watch};
use crate::{AppError, Config, Figures, LogFormat};

/// Keeps the log alive; drop it last: the last traces are sent then.
#[derive(Debug)]
pub struct LogGuard {
    figures: Figures,
    traces: Option<Traces>,
}

impl LogGuard {
    /// What is counted of the spans of this process.
    pub fn figures(&self) -> Figures {
        self.figures.clone()
    }
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        if let Some(traces) = &self.traces {
            traces.flush();
        }
    }
}

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
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false);
    let lines = match config.log_format {
        LogFormat::Human => lines.with_filter(filter).boxed(),
        LogFormat::Json => lines.json().with_filter(filter).boxed(),
    };
    let (figures, traces) = (Figures::new(), Traces::of(config)?);
    let watching = watch(figures.clone(), traces.clone());
    if let Err(error) = tracing_subscriber::registry().with(lines).with(watching).try_init() {
        tracing::debug!(%error, "logging was started before");
    }
    Ok(LogGuard { figures, traces })
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
