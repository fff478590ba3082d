//! Personas: those that ship, then those of the data folder, which go before them under the same name.

use std::path::{Path, PathBuf};

use domain::Lang;
use voice_agent::{Persona, Personas};

use crate::{App, AppError};

/// A persona is some pages of text.
const LONGEST: u64 = 256 << 10;

impl App {
    /// Everybody who can speak, and the files that cannot be read, each with the reason.
    pub fn personas(&self) -> (Personas, Vec<AppError>) {
        let mut all = Personas::built_in();
        let mut wrong = Vec::new();
        for path in self.persona_files() {
            match self.persona_file(&path) {
                Ok(persona) => drop(all.add(persona)),
                Err(error) => wrong.push(error),
            }
        }
        if let Some(path) = self.persona_path() {
            match self.persona_file(&path) {
                Ok(persona) => drop(all.add(persona)),
                Err(error) => wrong.push(error),
            }
        }
        (all, wrong)
    }

    /// Who speaks where nobody is named: `ZVONAR_PERSONA`.
    ///
    /// # Errors
    /// Code `persona` where it is not there or cannot be read.
    pub fn default_persona(&self) -> Result<String, AppError> {
        if let Some(path) = self.persona_path() {
            return self.persona_file(&path).map(|persona| persona.id);
        }
        let (all, _) = self.personas();
        let name = self.config().voice.persona.clone();
        match all.get(&name) {
            Some(_) => Ok(name),
            None => Err(self.no_persona(&name, &all)),
        }
    }

    /// There is no such persona.
    pub(crate) fn no_persona(&self, name: &str, all: &Personas) -> AppError {
        let names: Vec<&str> = all.all().map(|persona| persona.id.as_str()).collect();
        AppError::usage(
            "persona",
            match self.lang() {
                Lang::Ru => format!("персоны «{name}» нет"),
                Lang::En => format!("there is no persona {name:?}"),
            },
            format!("{} {}", self.lang().pick("есть:", "there are:"), names.join(", ")),
        )
    }

    fn persona_path(&self) -> Option<PathBuf> {
        let named = Path::new(&self.config().voice.persona);
        named.extension().is_some_and(|ending| ending == "toml").then(|| named.to_owned())
    }

    fn persona_files(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.config().data_dir.join("personas")) else {
            return Vec::new();
        };
        let mut files: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
            .collect();
        files.sort();
        files
    }

    fn persona_file(&self, path: &Path) -> Result<Persona, AppError> {
        let lang = self.lang();
        let wrong = |why: String| {
            AppError::usage(
                "persona",
                format!("{}: {why}", path.display()),
                lang.pick("образец: examples/personas", "a sample: examples/personas"),
            )
        };
        let size = std::fs::metadata(path).map_err(|error| wrong(pipeline::io_words(lang, &error)))?.len();
        if size > LONGEST {
            return Err(wrong(lang.pick("файл слишком велик", "the file is too large").to_owned()));
        }
        let text = std::fs::read_to_string(path).map_err(|error| wrong(pipeline::io_words(lang, &error)))?;
        Persona::parse(&text).map_err(|findings| {
            let told: Vec<String> = findings.iter().map(ToString::to_string).collect();
            wrong(told.join("; "))
        })
    }
}
