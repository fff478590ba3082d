//! Finds the files that are calls, in the order of their canonical paths, each once.
//!
//! Links are followed, but every real folder is entered once and a link to a folder that holds
//! the one being walked is passed over: neither loops nor a link to `/` lead astray.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use domain::Lang;
use walkdir::{DirEntry, WalkDir};

use crate::SourceError;
use crate::words::io_words;

/// Containers that recorders write. What a file really holds is seen when it is decoded.
const RECORDINGS: [&str; 25] = [
    "wav", "wave", "mp3", "mp2", "mpga", "ogg", "oga", "opus", "webm", "weba", "m4a", "m4b", "mp4", "aac",
    "flac", "mka", "mkv", "mov", "3gp", "3g2", "amr", "gsm", "wma", "aif", "aiff",
];
/// Reports, sidecars and transcripts: no call, even if the shell named them (`calls/*`).
const NEVER: [&str; 4] = ["json", "txt", "csv", "xlsx"];
/// Deeper folders than anyone makes.
const MOST_DEPTH: usize = 64;

/// A file that may be a call.
#[derive(Debug)]
pub(super) struct Found {
    /// Canonical.
    pub path: PathBuf,
    /// A `.json` without a recording beside it: perhaps a missed call.
    pub is_sidecar: bool,
}

/// Everything that was found, by path.
#[derive(Debug)]
pub(super) struct Listing {
    pub found: Vec<Found>,
    pub warnings: Vec<String>,
}

pub(super) fn walk(paths: &[PathBuf], lang: Lang) -> Result<Listing, SourceError> {
    let mut search = Search { lang, ..Search::default() };
    for path in paths {
        let root = fs::canonicalize(path).map_err(|error| invalid(path, &io_words(lang, &error), lang))?;
        if root.is_dir() {
            search.folder(&root);
        } else if root.is_file() {
            search.named(root);
        } else {
            // opening a pipe would wait for ever
            let why = lang.pick("это не папка и не файл", "neither a folder nor a file");
            return Err(invalid(path, why, lang));
        }
    }
    Ok(search.listing())
}

fn invalid(path: &Path, why: &str, lang: Lang) -> SourceError {
    let hint = lang.pick(
        "проверьте путь или назовите папку с записями",
        "check the spelling, or name a folder with recordings",
    );
    SourceError::Invalid { message: format!("{}: {why}", path.display()), hint: hint.to_owned() }
}

#[derive(Default)]
struct Search {
    /// Canonical path → is it a `.json`.
    files: BTreeMap<PathBuf, bool>,
    folders: HashSet<PathBuf>,
    warnings: Vec<String>,
    lang: Lang,
}

impl Search {
    fn named(&mut self, path: PathBuf) {
        let kind = extension(&path);
        if kind == "json" {
            self.files.insert(path, true);
        } else if !NEVER.contains(&kind.as_str()) {
            self.files.insert(path, false);
        }
    }

    fn folder(&mut self, root: &Path) {
        let (mut warnings, lang) = (Vec::new(), self.lang);
        let folders = &mut self.folders;
        let mut walk = WalkDir::new(root).follow_links(true).max_depth(MOST_DEPTH).into_iter();
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if error.loop_ancestor().is_some() => continue,
                Err(error) => {
                    let why = error.io_error().map_or_else(|| error.to_string(), |io| io_words(lang, io));
                    warnings.push(left_out(error.path().unwrap_or(root), &why, lang));
                    continue;
                }
            };
            let hidden = entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".");
            if entry.file_type().is_dir() {
                if hidden || !enters(&entry, root, folders, &mut warnings, lang) {
                    walk.skip_current_dir();
                }
                continue;
            }
            let kind = extension(entry.path());
            let wanted = kind == "json" || RECORDINGS.contains(&kind.as_str());
            if hidden || !wanted || !entry.file_type().is_file() {
                continue;
            }
            match fs::canonicalize(entry.path()) {
                Ok(path) => {
                    self.files.entry(path).or_insert(kind == "json");
                }
                Err(error) => warnings.push(left_out(entry.path(), &io_words(lang, &error), lang)),
            }
        }
        self.warnings.append(&mut warnings);
    }

    fn listing(mut self) -> Listing {
        let described: HashSet<PathBuf> = self
            .files
            .iter()
            .filter(|(_, is_json)| !**is_json)
            .flat_map(|(path, _)| {
                let mut whole = path.clone().into_os_string();
                whole.push(".json");
                [PathBuf::from(whole), path.with_extension("json")]
            })
            .collect();
        self.warnings.sort();
        let found = self
            .files
            .into_iter()
            .filter(|(path, is_json)| !is_json || !(described.contains(path) || recording_beside(path)))
            .map(|(path, is_sidecar)| Found { path, is_sidecar })
            .collect();
        Listing { found, warnings: self.warnings }
    }
}

fn left_out(path: &Path, why: &str, lang: Lang) -> String {
    match lang {
        Lang::Ru => format!("{} не берём: {why}", path.display()),
        Lang::En => format!("{} is left out: {why}", path.display()),
    }
}

/// Whether a folder is new and worth entering.
fn enters(
    entry: &DirEntry,
    root: &Path,
    folders: &mut HashSet<PathBuf>,
    warnings: &mut Vec<String>,
    lang: Lang,
) -> bool {
    let Ok(path) = fs::canonicalize(entry.path()) else { return true };
    if entry.depth() > 0 && root.starts_with(&path) {
        let why =
            lang.pick("ведёт в папку, внутри которой лежит эта", "it leads to a folder that holds this one");
        warnings.push(left_out(entry.path(), why, lang));
        return false;
    }
    folders.insert(path)
}

/// A sidecar named on the command line may have its recording beside it, unnamed.
fn recording_beside(sidecar: &Path) -> bool {
    let stem = sidecar.with_extension("");
    if stem.is_file() && RECORDINGS.contains(&extension(&stem).as_str()) {
        return true;
    }
    RECORDINGS.iter().any(|kind| {
        [(*kind).to_owned(), kind.to_uppercase()].iter().any(|kind| sidecar.with_extension(kind).is_file())
    })
}

fn extension(path: &Path) -> String {
    path.extension().and_then(OsStr::to_str).unwrap_or_default().to_lowercase()
}
