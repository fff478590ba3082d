//! Rubrics: the built-in ones under the customer's, found by id or by file.

use std::path::Path;

use analyze::{RubricError, RubricLibrary};
use domain::{Lang, Rubric};

use crate::{App, AppError, Config};

impl App {
    /// Built-in rubrics and those in the `rubrics` folder of the data folder.
    ///
    /// # Errors
    /// When one of the customer's files has a mistake.
    pub fn rubrics(&self) -> Result<Vec<Rubric>, AppError> {
        library(self.config()).map(|library| library.all().to_vec())
    }

    /// A rubric by id, or from a file.
    ///
    /// # Errors
    /// Unknown id (with the nearest known), unreadable or wrong file.
    pub fn rubric(&self, id_or_file: &str) -> Result<Rubric, AppError> {
        find_rubric(self.config(), id_or_file)
    }
}

/// Built-in rubrics under those of the data folder.
fn library(config: &Config) -> Result<RubricLibrary, AppError> {
    let mut library = RubricLibrary::builtin();
    let folder = config.data_dir.join("rubrics");
    if folder.is_dir() {
        library.load_dir(&folder).map_err(|error| bad_rubric(config.lang, &error))?;
    }
    Ok(library)
}

fn bad_rubric(lang: Lang, error: &analyze::RubricError) -> AppError {
    AppError::usage(
        "rubric",
        rubric_words(lang, error),
        lang.pick("проверьте: zvonar rubric check ФАЙЛ", "check: zvonar rubric check FILE"),
    )
}

fn rubric_words(lang: Lang, error: &RubricError) -> String {
    if lang == Lang::En {
        return error.to_string();
    }
    match error {
        RubricError::TooLong { limit, .. } => format!("файл критериев больше {} КБ", limit / 1000),
        RubricError::Unreadable { path, reason } if path.exists() => {
            format!("критерии не читаются: {} ({reason})", path.display())
        }
        RubricError::Unreadable { path, .. } => format!("критериев нет: нет файла {}", path.display()),
        RubricError::DuplicateId { id, path } => {
            format!("id «{id}» занят другими критериями: {}", path.display())
        }
        RubricError::InFile { path, source } => {
            format!("{}: {}", path.display(), rubric_words(lang, source))
        }
        RubricError::Invalid(finding) => {
            let line = finding.line.map(|line| format!(", строка {line}")).unwrap_or_default();
            format!("ошибка в критериях{line}: {}", finding.message)
        }
        other => other.to_string(),
    }
}

pub(crate) fn find_rubric(config: &Config, id_or_file: &str) -> Result<Rubric, AppError> {
    let path = Path::new(id_or_file);
    if path.extension().is_some_and(|ending| ending == "toml") || path.is_file() {
        return RubricLibrary::load_file(path).map_err(|error| bad_rubric(config.lang, &error));
    }
    let library = library(config)?;
    if let Some(rubric) = library.find(id_or_file) {
        return Ok(rubric.clone());
    }
    let known: Vec<&str> = library.all().iter().map(|rubric| rubric.id.as_str()).collect();
    let message = match config.lang {
        Lang::Ru => format!("критериев «{id_or_file}» нет"),
        Lang::En => format!("there is no rubric {id_or_file:?}"),
    };
    let hint = match config.lang {
        Lang::Ru => format!("есть: {}; свои — файл .toml", known.join(", ")),
        Lang::En => format!("there are: {}; your own is a .toml file", known.join(", ")),
    };
    Err(AppError::usage("rubric_unknown", message, hint))
}
