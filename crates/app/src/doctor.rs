//! Walks every configured part and says what is wrong before it hurts.
//!
//! Each probe does what the part is for (writes a row, decodes a second of sound): "configured" is
//! no result.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use domain::{CallId, Lang};
use pipeline::io_words;
use transcribe::models::{CATALOGUE, ModelStore};

use crate::database::{DatabasePlace, database_place};
use crate::rubrics::find_rubric;
use crate::system::free_bytes;
use crate::words::{config_error, model_error, store_error};
use crate::{App, AppError, Config, ConfigInput, LoadedConfig, SpeechEngine, TranscriberChoice, load};

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

pub(crate) fn finding(
    part: &str,
    state: FindingState,
    said: impl Into<String>,
    remedy: Option<String>,
) -> Finding {
    Finding { part: part.to_owned(), state, said: said.into(), remedy, refused: false }
}

/// What a walk through all parts has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The language of the findings.
    pub lang: Lang,
    /// In the order of the walk.
    pub findings: Vec<Finding>,
}

/// Probes every part; one that is broken does not keep the others from being looked at.
///
/// Settings that cannot be read are a finding too: the rest is looked at with the defaults, in the
/// data folder of the environment.
pub async fn examine(input: &ConfigInput, spoken: Lang) -> Health {
    let mut findings = Vec::new();
    let loaded = match load(input) {
        Ok(loaded) => {
            findings.push(settings(&loaded));
            Some(loaded)
        }
        Err(error) => {
            let told = config_error(spoken, &error);
            let part = spoken.pick("Настройки", "Settings");
            findings.push(finding(part, FindingState::Error, told.message, Some(told.hint)));
            load(&bare(input, spoken)).ok()
        }
    };
    let Some(LoadedConfig { config, .. }) = loaded else { return Health { lang: spoken, findings } };
    let lang = config.lang;
    let (app, broken) = match App::open(config.clone()).await {
        Ok(app) => (Some(app), None),
        Err(error) => (App::without_database(config).await.ok(), Some(error)),
    };
    if let Some(error) = &broken {
        let part = lang.pick("База", "Database");
        findings.push(finding(
            part,
            FindingState::Error,
            error.message.clone(),
            Some(error.hint.clone()).filter(|hint| !hint.is_empty()),
        ));
    }
    if let Some(app) = app {
        if broken.is_none() {
            findings.push(app.probe_database().await);
        }
        findings.extend(app.probe_storage().await);
        findings.push(app.probe_rubrics());
        if app.speech_engines().contains(&SpeechEngine::Local) {
            findings.push(app.probe_speech().await);
        }
        findings.extend(app.probe_providers().await);
        if broken.is_none() {
            findings.push(app.probe_queue().await);
        }
        findings.push(app.probe_privacy());
    }
    Health { lang, findings }
}

/// The same place without the settings that could not be read.
fn bare(input: &ConfigInput, lang: Lang) -> ConfigInput {
    let kept = ["HOME", "XDG_DATA_HOME", "ZVONAR_DATA_DIR"];
    let env = input.env.iter().filter(|(name, _)| kept.contains(&name.as_str()));
    let mut env: BTreeMap<String, String> = env.map(|(name, value)| (name.clone(), value.clone())).collect();
    let default = load(&ConfigInput { env: env.clone(), flags: Vec::new(), ..ConfigInput::default() });
    let data_dir = env
        .remove("ZVONAR_DATA_DIR")
        .or_else(|| default.ok().map(|loaded| loaded.config.data_dir.display().to_string()));
    let mut flags = vec![("lang", lang.pick("ru", "en").to_owned())];
    flags.extend(data_dir.map(|data_dir| ("data_dir", data_dir)));
    // no file is found there: what could not be read is not read again
    let env = BTreeMap::from([("XDG_DATA_HOME".to_owned(), "/nonexistent".to_owned())]);
    ConfigInput { cwd: PathBuf::from("/nonexistent"), env, file: None, flags }
}

/// What the settings name and this machine does not have: criteria, model, database, log filter.
/// Reads only; the second list is what a run could still be helped over.
pub fn check_parts(config: &Config) -> (Vec<AppError>, Vec<AppError>) {
    let (mut wrong, mut missing) = (Vec::new(), Vec::new());
    wrong.extend(find_rubric(config, &config.rubric).err());
    wrong.extend(database_place(config).err());
    wrong.extend(crate::logging::filter(config).err());
    if !hears_here(config) {
        return (wrong, missing);
    }
    let models = ModelStore::new(config.data_dir.join("models"));
    if let Err(error) = models.path(&config.model) {
        let told = model_error(config.lang, &error);
        let known = transcribe::models::entry(&config.model).is_some();
        if known {
            missing.push(told);
        } else {
            let names = CATALOGUE.map(|entry| entry.name).join(", ");
            let hint = match config.lang {
                Lang::Ru => format!("есть: {names}; свою возьмёт: zvonar model import ПУТЬ"),
                Lang::En => format!("there are: {names}; your own comes in with: zvonar model import PATH"),
            };
            wrong.push(AppError::usage(told.code, told.message, hint));
        }
    }
    (wrong, missing)
}

/// Whether speech is recognised on this machine.
fn hears_here(config: &Config) -> bool {
    match &config.transcriber {
        TranscriberChoice::Engines(chain) => chain.contains(&SpeechEngine::Local),
        TranscriberChoice::Auto => !config.openai.stt.configured,
    }
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
    /// Probes every part of an installation that is open; the settings themselves were read at its start.
    pub async fn examine_parts(&self) -> Vec<Finding> {
        let mut findings = vec![self.probe_database().await];
        findings.extend(self.probe_storage().await);
        findings.push(self.probe_rubrics());
        if self.speech_engines().contains(&SpeechEngine::Local) {
            findings.push(self.probe_speech().await);
        }
        findings.extend(self.probe_providers().await);
        findings.push(self.probe_queue().await);
        findings.push(self.probe_privacy());
        findings
    }

    async fn probe_database(&self) -> Finding {
        let lang = self.lang();
        let part = lang.pick("База", "Database");
        let begun = Instant::now();
        let probe = async {
            self.store().try_write().await?;
            self.store().call(CallId::derive("doctor", "probe")).await
        };
        match probe.await {
            Ok(_) => {
                let ms = begun.elapsed().as_millis();
                let (free, scarce) = free_space(&self.config().data_dir, lang);
                let kind = match database_place(self.config()) {
                    Ok(DatabasePlace::Server(_)) => "PostgreSQL",
                    _ => "SQLite",
                };
                let state = if scarce { FindingState::Warning } else { FindingState::Good };
                let remedy = scarce.then(|| {
                    lang.pick("освободите место на диске", "free some space on the disk").to_owned()
                });
                finding(
                    part,
                    state,
                    format!("{kind}, {} {ms} {}{free}", lang.pick("запись", "write"), lang.pick("мс", "ms")),
                    remedy,
                )
            }
            Err(error) => {
                let told = store_error(lang, &error);
                finding(part, FindingState::Error, told.message, Some(told.hint))
            }
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
        let lang = self.lang();
        let failed = |error: std::io::Error| {
            AppError::failed(
                "probe",
                io_words(lang, &error),
                lang.pick("проверьте временную папку системы", "check the system's temporary folder"),
            )
        };
        let file = tempfile::Builder::new().suffix(".wav").tempfile().map_err(failed)?;
        std::fs::write(file.path(), PROBE).map_err(failed)?;
        // the name of our own file tells nobody anything
        let unnamed = |mut error: AppError| {
            let name = format!("{}: ", file.path().display());
            error.message = error.message.replace(&name, "");
            error
        };
        let warm = self.transcribe_uncached(file.path()).await.map_err(unnamed)?;
        let begun = Instant::now();
        let heard = self.transcribe_uncached(file.path()).await.map_err(unnamed)?;
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
                let told = store_error(lang, &error);
                return finding(part, FindingState::Error, told.message, Some(told.hint));
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

/// Under this a day's work may not fit, bytes.
const SCARCE: u64 = 500_000_000;

/// «, свободно 48 ГБ», where the system says, and whether that is scarce.
fn free_space(folder: &Path, lang: Lang) -> (String, bool) {
    let Some(bytes) = free_bytes(folder) else { return (String::new(), false) };
    let (size, unit) = match bytes / 1_000_000 {
        mega @ 0..1_000 => (mega, lang.pick("МБ", "MB")),
        mega => (mega / 1_000, lang.pick("ГБ", "GB")),
    };
    (format!(", {} {size} {unit}", lang.pick("свободно", "free")), bytes < SCARCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_broken_part_does_not_hide_the_others() {
        let place = tempfile::tempdir().unwrap();
        let data = place.path().join("data");
        std::fs::create_dir_all(&data).unwrap();
        std::fs::write(data.join("zvonar.db"), "this is no database, whatever its name may say").unwrap();
        std::fs::write(data.join("zvonar.toml"), "rubrik = 1\n").unwrap();
        let env = BTreeMap::from([("ZVONAR_DATA_DIR".to_owned(), data.display().to_string())]);
        let input = ConfigInput { cwd: place.path().to_owned(), env, ..ConfigInput::default() };
        let health = Box::pin(examine(&input, Lang::Ru)).await;
        let seen: Vec<(&str, FindingState)> =
            health.findings.iter().map(|finding| (finding.part.as_str(), finding.state)).collect();
        assert_eq!(
            seen,
            [
                ("Настройки", FindingState::Error),
                ("База", FindingState::Error),
                ("Критерии", FindingState::Good),
                ("Речь", FindingState::Error),
                ("UIS", FindingState::NotConfigured),
                ("Таблица", FindingState::NotConfigured),
                ("Telegram", FindingState::NotConfigured),
                ("Почта", FindingState::NotConfigured),
                ("Voximplant", FindingState::NotConfigured),
                ("Данные", FindingState::Good),
            ],
            "{:?}",
            health.findings
        );
        assert!(health.findings[0].said.contains("нет настройки «rubrik»"), "{:?}", health.findings[0]);
    }

    #[test]
    fn a_model_or_rubric_that_nobody_knows_is_wrong_and_one_to_be_fetched_is_missing() {
        let place = tempfile::tempdir().unwrap();
        let check = |model: &str, rubric: &str| {
            let env = BTreeMap::from([
                ("ZVONAR_DATA_DIR".to_owned(), place.path().display().to_string()),
                ("ZVONAR_MODEL".to_owned(), model.to_owned()),
                ("ZVONAR_RUBRIC".to_owned(), rubric.to_owned()),
            ]);
            let input = ConfigInput { cwd: place.path().to_owned(), env, ..ConfigInput::default() };
            let (wrong, missing) = check_parts(&load(&input).unwrap().config);
            (wrong.len(), missing.len())
        };
        assert_eq!(check("base", "manager-plus"), (0, 1));
        assert_eq!(check("bsae", "manager-plus"), (1, 0));
        assert_eq!(check("base", "manager-plsu"), (1, 1));
    }
}
