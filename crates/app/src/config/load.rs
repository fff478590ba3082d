//! `zvonar.toml` < `.env` < environment < flags: merged as texts by key, then read as types.
//!
//! A key that nobody knows is an error with the nearest known name: a typing slip must not
//! silently leave a default in force.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::Lang;

use super::keys::{Key, META_ENV, keys};
use super::read::typed;
use super::typed::Config;
use crate::system::person;

/// Everything that settings may come from, as values: tests pass their own.
#[derive(Debug, Clone, Default)]
pub struct ConfigInput {
    /// The working folder.
    pub cwd: PathBuf,
    /// The environment.
    pub env: BTreeMap<String, String>,
    /// `--config`.
    pub file: Option<PathBuf>,
    /// Flags as (key name, value).
    pub flags: Vec<(&'static str, String)>,
}

impl ConfigInput {
    /// The working folder and the environment of this process.
    pub fn from_process() -> Self {
        Self {
            cwd: std::env::current_dir().unwrap_or_default(),
            env: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
            ..Self::default()
        }
    }
}

/// Why the settings cannot be used: exit code 2.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("{path}: cannot be read: {why}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        why: std::io::ErrorKind,
    },
    /// A file is no TOML, or `.env` is malformed.
    #[error("{path}{}: {why}", line.map(|line| format!(", line {line}")).unwrap_or_default())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// In which line, from 1, where that is known.
        line: Option<usize>,
        /// Where and why, in the parser's words; never what stands there: it may be a secret.
        why: String,
    },
    /// A key that nobody knows.
    #[error("{path}: unknown key {name:?}{}", nearest.map(|known| format!("; did you mean {known:?}?")).unwrap_or_default())]
    Unknown {
        /// In which file.
        path: PathBuf,
        /// The key.
        name: String,
        /// The nearest known.
        nearest: Option<&'static str>,
    },
    /// A value that cannot be.
    #[error("{name} = {value:?} ({origin}): expected {}", expected.en)]
    Value {
        /// The key.
        name: &'static str,
        /// What stands there; hidden for secrets.
        value: String,
        /// Where it stands.
        origin: String,
        /// What could stand there.
        expected: Expected,
    },
}

/// What could stand in a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// In Russian.
    pub ru: &'static str,
    /// In English.
    pub en: &'static str,
}

/// A setting with where it came from, for `config show`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownKey {
    /// Name in the file.
    pub key: &'static str,
    /// Name in the environment.
    pub env: &'static str,
    /// The value; secrets are `••••`.
    pub value: String,
    /// `default`, a file, `environment`, `flag`.
    pub origin: String,
    /// What it does, in the language of the settings.
    pub doc: &'static str,
}

/// A value as written, and where.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) value: String,
    pub(super) origin: String,
}

/// The settings and where they came from.
#[derive(Debug, Clone)]
pub struct LoadedConfig {
    /// The settings.
    pub config: Config,
    /// The files that were read.
    pub files: Vec<PathBuf>,
    /// Things that look like slips but may be another program's.
    pub warnings: Vec<String>,
    given: BTreeMap<&'static str, Given>,
}

impl LoadedConfig {
    /// Every setting with its value and origin.
    pub fn shown(&self) -> Vec<ShownKey> {
        keys()
            .map(|key| {
                let (value, origin) = match self.given.get(key.name) {
                    Some(given) if key.secret => ("••••".to_owned(), given.origin.clone()),
                    Some(given) => (given.value.clone(), given.origin.clone()),
                    None if key.name == "data_dir" => {
                        (self.config.data_dir.display().to_string(), "default".to_owned())
                    }
                    None => (key.default.to_owned(), "default".to_owned()),
                };
                ShownKey {
                    key: key.name,
                    env: key.env,
                    value,
                    origin,
                    doc: self.config.lang.pick(key.ru, key.en),
                }
            })
            .collect()
    }
}

/// Reads the settings.
///
/// # Errors
/// A file that cannot be read, an unknown key, a value that cannot be.
pub fn load(input: &ConfigInput) -> Result<LoadedConfig, ConfigError> {
    let mut given = BTreeMap::new();
    let mut files = Vec::new();
    let default_dir = default_data_dir(&input.env);
    let early_dir = input.env.get("ZVONAR_DATA_DIR").map_or_else(|| default_dir.clone(), PathBuf::from);
    for path in config_files(input, &early_dir) {
        read_toml(&path, &mut given)?;
        files.push(path);
    }
    let mut env = BTreeMap::new();
    for path in [early_dir.join(".env"), input.cwd.join(".env")] {
        if path.is_file() && !files.contains(&path) {
            read_dotenv(&path, &mut env)?;
            files.push(path);
        }
    }
    env.extend(input.env.iter().map(|(name, value)| {
        (name.clone(), Given { value: value.clone(), origin: "environment".to_owned() })
    }));
    for key in keys() {
        let lower = key.env.to_lowercase();
        let found = env.get(key.env).or_else(|| (key.name == "proxy").then(|| env.get(&lower)).flatten());
        if let Some(found) = found.filter(|found| !found.value.trim().is_empty()) {
            given.insert(key.name, found.clone());
        }
    }
    for (name, value) in &input.flags {
        given.insert(name, Given { value: value.clone(), origin: "flag".to_owned() });
    }
    let config = typed(&given, default_dir, person(&input.env))?;
    Ok(LoadedConfig { warnings: strangers(&env, config.lang), config, files, given })
}

/// `$XDG_DATA_HOME/zvonar`, else `~/.local/share/zvonar`, else here.
fn default_data_dir(env: &BTreeMap<String, String>) -> PathBuf {
    let set = |name: &str| env.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("XDG_DATA_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| set("HOME").map(|home| home.join(".local/share")))
        .unwrap_or_default()
        .join("zvonar")
}

/// `--config` or `ZVONAR_CONFIG` alone; else the data folder's, then the working folder's over it.
fn config_files(input: &ConfigInput, data_dir: &Path) -> Vec<PathBuf> {
    if let Some(named) = input.file.clone().or_else(|| input.env.get("ZVONAR_CONFIG").map(PathBuf::from)) {
        return vec![input.cwd.join(named)];
    }
    let mut files = vec![data_dir.join("zvonar.toml"), input.cwd.join("zvonar.toml")];
    files.retain(|path| path.is_file());
    files.dedup();
    files
}

fn read_toml(path: &Path, given: &mut BTreeMap<&'static str, Given>) -> Result<(), ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| ConfigError::Unreadable { path: path.to_owned(), why: error.kind() })?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| ConfigError::Malformed {
        path: path.to_owned(),
        line: error
            .span()
            .and_then(|span| text.get(..span.start))
            .map(|before| before.matches('\n').count() + 1),
        why: error.message().to_owned(),
    })?;
    for (name, value) in flatten(&table, "") {
        let Some(key) = Key::find(&name) else {
            let nearest = Key::nearest(&name);
            return Err(ConfigError::Unknown { path: path.to_owned(), name, nearest });
        };
        given.insert(key.name, Given { value, origin: path.display().to_string() });
    }
    Ok(())
}

fn flatten(table: &toml::Table, prefix: &str) -> Vec<(String, String)> {
    let mut flat = Vec::new();
    for (name, value) in table {
        let name = format!("{prefix}{name}");
        match value {
            toml::Value::Table(inner) => flat.extend(flatten(inner, &format!("{name}."))),
            toml::Value::String(text) => flat.push((name, text.clone())),
            toml::Value::Array(items) => {
                let texts: Vec<String> = items
                    .iter()
                    .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                    .collect();
                flat.push((name, texts.join(", ")));
            }
            other => flat.push((name, other.to_string())),
        }
    }
    flat
}

fn read_dotenv(path: &Path, env: &mut BTreeMap<String, Given>) -> Result<(), ConfigError> {
    let malformed = |error: dotenvy::Error| match error {
        dotenvy::Error::Io(error) => ConfigError::Unreadable { path: path.to_owned(), why: error.kind() },
        dotenvy::Error::LineParse(bad, _) => {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let line = text.lines().position(|line| line.contains(bad.trim())).map(|at| at + 1);
            ConfigError::Malformed { path: path.to_owned(), line, why: "a line is not NAME=value".to_owned() }
        }
        _ => {
            ConfigError::Malformed { path: path.to_owned(), line: None, why: "it cannot be read".to_owned() }
        }
    };
    for pair in dotenvy::from_path_iter(path).map_err(malformed)? {
        let (name, value) = pair.map_err(malformed)?;
        env.insert(name, Given { value, origin: path.display().to_string() });
    }
    Ok(())
}

/// `ZVONAR_…` names that nobody knows.
fn strangers(env: &BTreeMap<String, Given>, lang: Lang) -> Vec<String> {
    env.keys()
        .filter(|name| name.starts_with("ZVONAR_"))
        .filter(|name| !META_ENV.contains(&name.as_str()) && keys().all(|key| key.env != name.as_str()))
        .map(|name| {
            let nearest =
                Key::nearest(&name.trim_start_matches("ZVONAR_").to_lowercase()).and_then(Key::find);
            match (lang, nearest) {
                (Lang::Ru, Some(key)) => format!("{name}: такой настройки нет; может быть, {}?", key.env),
                (Lang::Ru, None) => format!("{name}: такой настройки нет"),
                (Lang::En, Some(key)) => {
                    format!("{name} is not a setting of this version; did you mean {}?", key.env)
                }
                (Lang::En, None) => format!("{name} is not a setting of this version"),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(files: &[(&str, &str)]) -> (tempfile::TempDir, ConfigInput) {
        let place = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(place.path().join(name), text).unwrap();
        }
        let home = place.path().join("home");
        let input = ConfigInput {
            cwd: place.path().to_owned(),
            env: BTreeMap::from([("HOME".to_owned(), home.display().to_string())]),
            ..ConfigInput::default()
        };
        (place, input)
    }

    #[test]
    fn flags_win_over_environment_over_dotenv_over_file() {
        let (_place, mut input) = place(&[
            ("zvonar.toml", "rubric = \"dialog\"\nmodel = \"small\"\nlang = \"en\"\nusd_rub = 80\n"),
            (".env", "ZVONAR_MODEL=large\nZVONAR_LANG=ru\nZVONAR_TIMEZONE=Asia/Omsk\n"),
        ]);
        input.env.insert("ZVONAR_LANG".into(), "en".into());
        input.flags.push(("timezone", "UTC".into()));
        let loaded = load(&input).unwrap();
        assert_eq!(loaded.config.rubric, "dialog");
        assert_eq!(loaded.config.model, "large");
        assert_eq!(loaded.config.lang, Lang::En);
        assert_eq!(loaded.config.timezone, chrono_tz::UTC);
        assert_eq!(loaded.config.rub_micros_per_usd, 80_000_000);
        let shown = loaded.shown();
        assert_eq!(shown.iter().find(|key| key.key == "timezone").unwrap().origin, "flag");
        assert_eq!(shown.iter().find(|key| key.key == "source").unwrap().origin, "default");
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_one() {
        let (_place, input) = place(&[("zvonar.toml", "rubrik = \"dialog\"\n")]);
        let error = load(&input).unwrap_err().to_string();
        assert!(error.contains("did you mean \"rubric\"?"), "{error}");
        let (_place, input) = place(&[("zvonar.toml", "[database]\nurll = \"x\"\n")]);
        assert!(load(&input).unwrap_err().to_string().contains("\"database.url\""));
    }

    #[test]
    fn a_wrong_value_names_key_place_and_what_could_stand_there() {
        let (_place, mut input) = place(&[]);
        input.env.insert("ZVONAR_TIMEZONE".into(), "Moscow".into());
        let error = load(&input).unwrap_err().to_string();
        assert_eq!(error, "timezone = \"Moscow\" (environment): expected an IANA zone such as Europe/Moscow");
    }

    #[test]
    fn a_slip_in_the_environment_is_a_warning_because_it_may_be_anothers() {
        let (_place, mut input) = place(&[]);
        input.env.insert("ZVONAR_MODLE".into(), "small".into());
        let loaded = load(&input).unwrap();
        assert_eq!(loaded.warnings, ["ZVONAR_MODLE: такой настройки нет; может быть, ZVONAR_MODEL?"]);
    }

    #[test]
    fn a_broken_file_is_told_by_its_line_and_not_by_what_stands_there() {
        let (_place, input) = place(&[("zvonar.toml", "model = \"small\"\nproxy = hunter2\n")]);
        let error = load(&input).unwrap_err();
        let ConfigError::Malformed { line, .. } = &error else { panic!("{error:?}") };
        assert_eq!(*line, Some(2));
        let (_place, input) = place(&[(".env", "ZVONAR_MODEL=small\nhunter2 nonsense\n")]);
        let error = load(&input).unwrap_err();
        let told = crate::config_error(Lang::Ru, &error);
        assert!(told.message.ends_with(".env, строка 2: не разбирается"), "{}", told.message);
        assert!(!format!("{error} {told:?}").contains("hunter2"), "{error} {told:?}");
    }

    #[test]
    fn secrets_are_never_shown() {
        let (_place, mut input) = place(&[]);
        input.env.insert("HTTPS_PROXY".into(), "http://user:hunter2@proxy:3128".into());
        let loaded = load(&input).unwrap();
        let shown = format!("{:?} {:?}", loaded.shown(), loaded.config);
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn the_data_folder_isolates_an_installation() {
        let (place, mut input) = place(&[]);
        let data = place.path().join("data");
        std::fs::create_dir(&data).unwrap();
        std::fs::write(data.join("zvonar.toml"), "rubric = \"client-plus\"").unwrap();
        input.env.insert("ZVONAR_DATA_DIR".into(), data.display().to_string());
        let loaded = load(&input).unwrap();
        assert_eq!((loaded.config.data_dir, loaded.config.rubric.as_str()), (data, "client-plus"));
    }
}
