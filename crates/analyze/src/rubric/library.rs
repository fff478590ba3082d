//! The rubrics at hand: the built-in ones and a folder of the customer's.

use std::path::Path;

use domain::Rubric;

use super::RubricError;
use super::read::{MAX_RUBRIC_BYTES, parse};

const BUILTIN: [&str; 4] = [
    include_str!("../../rubrics/manager-plus.toml"),
    include_str!("../../rubrics/client-plus.toml"),
    include_str!("../../rubrics/dialog.toml"),
    include_str!("../../rubrics/sales-full.toml"),
];

/// Rubrics by id, in a stable order: built-in first, then by file name.
#[derive(Debug, Clone, Default)]
pub struct RubricLibrary {
    rubrics: Vec<Rubric>,
}

impl RubricLibrary {
    /// The four that ship: `manager-plus`, `client-plus`, `dialog`, `sales-full`.
    pub fn builtin() -> Self {
        // a test holds that all four are read
        Self { rubrics: BUILTIN.iter().filter_map(|text| parse(text).ok()).collect() }
    }

    /// Adds every `*.toml` of a folder, by name. A rubric with the id of a built-in one takes
    /// its place: so a customer edits a copy. Says how many were read.
    ///
    /// # Errors
    /// Names the file that cannot be read or has a mistake; then nothing is added.
    pub fn load_dir(&mut self, path: &Path) -> Result<usize, RubricError> {
        let unreadable = |path: &Path, error: &std::io::Error| RubricError::Unreadable {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(path).map_err(|error| unreadable(path, &error))? {
            let file = entry.map_err(|error| unreadable(path, &error))?.path();
            if file.extension().is_some_and(|extension| extension == "toml") {
                files.push(file);
            }
        }
        files.sort();
        let mut read: Vec<Rubric> = Vec::new();
        for file in files {
            let rubric = Self::load_file(&file)?;
            if read.iter().any(|other| other.id == rubric.id) {
                return Err(RubricError::DuplicateId { id: rubric.id.to_string(), path: file });
            }
            read.push(rubric);
        }
        let count = read.len();
        for rubric in read {
            self.insert(rubric);
        }
        Ok(count)
    }

    /// Reads one file.
    ///
    /// # Errors
    /// As [`Self::load_dir`].
    pub fn load_file(path: &Path) -> Result<Rubric, RubricError> {
        let unreadable = |reason: String| RubricError::Unreadable { path: path.to_owned(), reason };
        let bytes = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
        if bytes > MAX_RUBRIC_BYTES as u64 {
            return Err(RubricError::TooLong { bytes, limit: MAX_RUBRIC_BYTES as u64 });
        }
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        parse(&text).map_err(|source| RubricError::InFile { path: path.to_owned(), source: Box::new(source) })
    }

    /// Adds a rubric, in the place of one with the same id.
    pub fn insert(&mut self, rubric: Rubric) {
        match self.rubrics.iter_mut().find(|other| other.id == rubric.id) {
            Some(place) => *place = rubric,
            None => self.rubrics.push(rubric),
        }
    }

    /// The rubric with this id.
    pub fn find(&self, id: &str) -> Option<&Rubric> {
        self.rubrics.iter().find(|rubric| rubric.id.as_str() == id)
    }

    /// All of them.
    pub fn all(&self) -> &[Rubric] {
        &self.rubrics
    }
}
