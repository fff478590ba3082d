//! Walks every configured part and says what is wrong before it hurts.
//!
//! Each probe does what the part is for (writes a row, decodes a second of sound): "configured" is
//! no result.

use std::path::Path;
use std::time::Instant;

use domain::{CallId, Lang};

use crate::{App, AppError, LoadedConfig};

/// «Добрый день! Компания…»: 4.5 s of synthetic speech, µ-law, 8 kHz.
const PROBE: &[u8] = include_bytes!("../assets/probe.wav");
const PROBE_SECONDS: f64 = 4.5;

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingState {
    /// It works.
    Good,
    /// It works, but somebody should know.
    Warning,
    /// It does not work.
    Error,
    /// It is not set up, and need not be.
    NotConfigured,
}

/// What was found about a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The part: «База».
    pub part: String,
    /// How it is.
    pub state: FindingState,
    /// What was seen, with figures.
    pub said: String,
    /// What to do.
    pub remedy: Option<String>,
    /// A provider refuses us: exit code 3.
    pub refused: bool,
}

fn finding(part: &str, state: FindingState, said: impl Into<String>, remedy: Option<String>) -> Finding {
    Finding { part: part.to_owned(), state, said: said.into(), remedy, refused: false }
}

/// The settings themselves: files read, slips.
pub(crate) fn settings(loaded: &LoadedConfig) -> Finding {
    let lang = loaded.config.lang;
    let part = lang.pick("Настройки", "Settings");
    let files: Vec<String> = loaded.files.iter().map(|path| path.display().to_string()).collect();
    let read = if files.is_empty() {
        lang.pick("файлов нет, действуют значения по умолчанию", "no files, defaults are in force").to_owned()
    } else {
        files.join(", ")
    };
    match loaded.warnings.first() {
        None => finding(part, FindingState::Good, read, None),
        Some(warning) => {
            finding(part, FindingState::Warning, warning.clone(), Some("zvonar config show".to_owned()))
        }
    }
}

impl App {
    /// Probes every part; with the loaded settings their files and slips are told too.
    pub async fn doctor(&self, loaded: Option<&LoadedConfig>) -> Vec<Finding> {
        let mut findings: Vec<Finding> = loaded.map(settings).into_iter().collect();
        findings.push(self.probe_database().await);
        findings.push(self.probe_rubrics());
        findings.push(self.probe_speech().await);
        findings.push(self.probe_queue().await);
        findings
    }

    async fn probe_database(&self) -> Finding {
        let lang = self.lang();
        let part = lang.pick("База", "Database");
        let begun = Instant::now();
        let probe = async {
            self.store().set_setting("doctor.probe", &self.clock().now().to_rfc3339()).await?;
            self.store().call(CallId::derive("doctor", "probe")).await
        };
        match probe.await {
            Ok(_) => {
                let ms = begun.elapsed().as_millis();
                let free = free_space(&self.config().data_dir, lang);
                finding(
                    part,
                    FindingState::Good,
                    format!("SQLite, {} {ms} {}{free}", lang.pick("запись", "write"), lang.pick("мс", "ms")),
                    None,
                )
            }
            Err(error) => finding(
                part,
                FindingState::Error,
                error.to_string(),
                Some(
                    lang.pick(
                        "проверьте место и права на папку данных",
                        "check space and rights of the data folder",
                    )
                    .to_owned(),
                ),
            ),
        }
    }

    fn probe_rubrics(&self) -> Finding {
        let lang = self.lang();
        let part = lang.pick("Критерии", "Rubrics");
        match (self.rubrics(), self.rubric(&self.config().rubric)) {
            (Ok(all), Ok(rubric)) => {
                let count = all.len();
                finding(
                    part,
                    FindingState::Good,
                    format!(
                        "{} {count}; {} {}",
                        lang.pick("наборов", "sets"),
                        lang.pick("по умолчанию", "default"),
                        rubric.title
                    ),
                    None,
                )
            }
            (Err(error), _) | (_, Err(error)) => {
                finding(part, FindingState::Error, error.message, Some(error.hint))
            }
        }
    }

    /// Decodes a sound of this program's own making, so that a broken model is seen here.
    async fn probe_speech(&self) -> Finding {
        let lang = self.lang();
        let part = lang.pick("Речь", "Speech");
        match self.speech_speed().await {
            Ok(speed) => {
                let engines = self.engines();
                let said = format!(
                    "{}, {speed:.0}× {}",
                    engines.speech,
                    lang.pick("быстрее звука", "faster than sound")
                );
                match engines.inexact {
                    None => finding(part, FindingState::Good, said, None),
                    Some(_) => finding(
                        part,
                        FindingState::Warning,
                        format!("{said}; {}", lang.pick("слова неточны", "words are inexact")),
                        Some("zvonar model pull small".to_owned()),
                    ),
                }
            }
            Err(error) => finding(part, FindingState::Error, error.message, Some(error.hint)),
        }
    }

    /// Decodes a sentence that ships with the program; returns how many times faster than sound.
    async fn speech_speed(&self) -> Result<f64, AppError> {
        let failed = |error: std::io::Error| AppError::failed("probe", error.to_string(), "");
        let file = tempfile::Builder::new().suffix(".wav").tempfile().map_err(failed)?;
        std::fs::write(file.path(), PROBE).map_err(failed)?;
        let warm = self.transcribe_uncached(file.path()).await?;
        let begun = Instant::now();
        let heard = self.transcribe_uncached(file.path()).await?;
        if warm.segments.is_empty() || heard.segments.is_empty() {
            return Err(AppError::failed(
                "model_deaf",
                self.lang().pick(
                    "модель не расслышала проверочную фразу",
                    "the model did not hear the probe sentence",
                ),
                "zvonar model verify",
            ));
        }
        Ok(PROBE_SECONDS / begun.elapsed().as_secs_f64().max(0.001))
    }

    async fn probe_queue(&self) -> Finding {
        let lang = self.lang();
        let part = lang.pick("Очередь", "Queue");
        let (paused, counts) = match (self.store().paused().await, self.store().queue_counts(None).await) {
            (Ok(paused), Ok(counts)) => (paused, counts),
            (Err(error), _) | (_, Err(error)) => {
                return finding(part, FindingState::Error, error.to_string(), None);
            }
        };
        if let Some(stage) = paused.first() {
            let said = format!("{}: {}", stage.stage.as_str(), stage.reason.message);
            return finding(
                part,
                FindingState::Warning,
                said,
                Some(format!("zvonar queue resume {}", stage.stage.as_str())),
            );
        }
        let dead: u64 = counts.iter().filter(|c| c.state == store::JobState::Dead).map(|c| c.count).sum();
        let open: u64 = counts
            .iter()
            .filter(|c| c.state != store::JobState::Dead && c.state != store::JobState::Done)
            .map(|c| c.count)
            .sum();
        let said = match lang {
            Lang::Ru => format!("ждут {open}, не вышло {dead}"),
            Lang::En => format!("waiting {open}, failed {dead}"),
        };
        if dead > 0 {
            finding(part, FindingState::Warning, said, Some("zvonar queue list".to_owned()))
        } else {
            finding(part, FindingState::Good, said, None)
        }
    }
}

/// «, свободно 48 ГБ», where the system says.
fn free_space(folder: &Path, lang: Lang) -> String {
    match fs4::available_space(folder) {
        Ok(bytes) => {
            format!(", {} {} {}", lang.pick("свободно", "free"), bytes / 1_000_000_000, lang.pick("ГБ", "GB"))
        }
        Err(_) => String::new(),
    }
}
