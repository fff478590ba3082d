//! Where an import finds its weights: one file, or a folder with a model somewhere inside.
//!
//! Python packages cut `model.bin` into parts and put each into its own `data/` folder, so
//! parts are gathered from all folders below the given one.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use super::ModelError;

/// Folders below the given one that are looked into.
const MOST_DEPTH: u8 = 6;
/// Entries looked at: a home folder given by mistake must not be walked for hours.
const MOST_ENTRIES: usize = 20_000;
const GGML_MAGIC: [u8; 4] = 0x6767_6d6c_u32.to_le_bytes();

/// What was found.
#[derive(Debug)]
pub(super) enum Weights {
    /// A whisper.cpp file.
    Ggml(PathBuf),
    /// A `CTranslate2` model: its parts in order, and its vocabulary.
    CTranslate2 { parts: Vec<PathBuf>, vocabulary: PathBuf },
}

/// Looks at a file or through a folder.
pub(super) fn find(path: &Path) -> Result<Weights, ModelError> {
    let metadata = fs::metadata(path).map_err(|source| ModelError::disk(path, source))?;
    if metadata.is_file() {
        if is_ggml(path).map_err(|source| ModelError::disk(path, source))? {
            return Ok(Weights::Ggml(path.to_owned()));
        }
        let folder = path.parent().filter(|_| path.file_name().is_some_and(|name| name == "model.bin"));
        return folder.map_or_else(
            || Err(ModelError::invalid(path, "neither a ggml file nor model.bin of CTranslate2")),
            |folder| gather(folder, 0),
        );
    }
    gather(path, MOST_DEPTH)
}

fn is_ggml(path: &Path) -> io::Result<bool> {
    let mut magic = [0; 4];
    match File::open(path)?.read_exact(&mut magic) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        other => other.map(|()| magic == GGML_MAGIC),
    }
}

#[derive(Default)]
struct Found {
    whole: Vec<PathBuf>,
    parts: BTreeMap<u32, Vec<PathBuf>>,
    vocabularies: Vec<PathBuf>,
    ggml: Vec<PathBuf>,
    seen: usize,
}

fn gather(folder: &Path, depth: u8) -> Result<Weights, ModelError> {
    let mut found = Found::default();
    walk(folder, depth, &mut found)?;
    let invalid = |reason: &str| Err(ModelError::invalid(folder, reason));
    // json is the later format: where both are there, it is the one in use
    found.vocabularies.sort_by_key(|path| path.extension().is_none_or(|extension| extension != "json"));
    let Found { whole, parts, vocabularies, ggml, .. } = found;
    let model = match (whole.as_slice(), parts.is_empty()) {
        ([], true) => match ggml.as_slice() {
            [one] => return Ok(Weights::Ggml(one.clone())),
            [] => return invalid("no model.bin, model.bin.part1 or ggml-….bin inside"),
            _ => return invalid("several ggml files inside; name one"),
        },
        ([one], true) => vec![one.clone()],
        ([], false) => in_order(folder, parts)?,
        _ => return invalid("several models inside; name the folder of one"),
    };
    match vocabularies.first() {
        Some(vocabulary) => Ok(Weights::CTranslate2 { parts: model, vocabulary: vocabulary.clone() }),
        None => invalid("vocabulary.txt or vocabulary.json is missing"),
    }
}

/// Parts 1…n, each once.
fn in_order(folder: &Path, parts: BTreeMap<u32, Vec<PathBuf>>) -> Result<Vec<PathBuf>, ModelError> {
    let mut ordered = Vec::new();
    for (expected, (number, mut paths)) in (1..).zip(parts) {
        match paths.pop() {
            Some(path) if paths.is_empty() && number == expected => ordered.push(path),
            Some(_) if number == expected => {
                return Err(ModelError::invalid(folder, format!("model.bin.part{number} is there twice")));
            }
            _ => return Err(ModelError::invalid(folder, format!("model.bin.part{expected} is missing"))),
        }
    }
    Ok(ordered)
}

fn walk(folder: &Path, depth: u8, found: &mut Found) -> Result<(), ModelError> {
    let disk = |source| ModelError::disk(folder, source);
    for entry in fs::read_dir(folder).map_err(disk)? {
        let entry = entry.map_err(disk)?;
        found.seen += 1;
        if found.seen > MOST_ENTRIES {
            return Err(ModelError::invalid(folder, "too many files; name the folder of the model"));
        }
        // of the entry, not of what a link points to: no loops
        let kind = entry.file_type().map_err(disk)?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if kind.is_dir() && depth > 0 {
            walk(&path, depth - 1, found)?;
        } else if kind.is_dir() {
        } else if name == "model.bin" {
            found.whole.push(path);
        } else if let Some(number) = name.strip_prefix("model.bin.part") {
            if let Ok(number) = number.parse() {
                found.parts.entry(number).or_default().push(path);
            }
        } else if name == "vocabulary.txt" || name == "vocabulary.json" {
            found.vocabularies.push(path);
        } else if name.starts_with("ggml-") && name.ends_with(".bin") && is_ggml(&path).unwrap_or(false) {
            found.ggml.push(path);
        }
    }
    Ok(())
}

/// Several files read as one.
#[derive(Debug)]
pub(super) struct Joined {
    parts: Vec<(File, u64)>,
    at: u64,
    len: u64,
}

impl Joined {
    pub(super) fn open(paths: &[PathBuf]) -> Result<Self, ModelError> {
        let mut parts = Vec::new();
        for path in paths {
            let opened = File::open(path).and_then(|file| file.metadata().map(|m| (file, m.len())));
            parts.push(opened.map_err(|source| ModelError::disk(path, source))?);
        }
        let len = parts.iter().map(|(_, len)| len).sum();
        Ok(Self { parts, at: 0, len })
    }

    /// Bytes of all parts.
    pub(super) fn len(&self) -> u64 {
        self.len
    }
}

impl Read for Joined {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut begin = 0;
        for (file, len) in &mut self.parts {
            if self.at < begin + *len {
                file.seek(SeekFrom::Start(self.at - begin))?;
                let rest = usize::try_from(begin + *len - self.at).unwrap_or(usize::MAX);
                let most = out.len().min(rest);
                let read = file.read(out.get_mut(..most).unwrap_or_default())?;
                self.at += u64::try_from(read).unwrap_or(u64::MAX);
                return Ok(read);
            }
            begin += *len;
        }
        Ok(0)
    }
}

impl Seek for Joined {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
        };
        self.at = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_in_different_folders_are_one_stream() {
        let folder = tempfile::tempdir().unwrap();
        for (place, name, text) in [
            ("b/data", "model.bin.part2", "cde"),
            ("a/data", "model.bin.part1", "ab"),
            ("a/data", "vocabulary.txt", "!"),
        ] {
            fs::create_dir_all(folder.path().join(place)).unwrap();
            fs::write(folder.path().join(place).join(name), text).unwrap();
        }
        let Weights::CTranslate2 { parts, vocabulary } = find(folder.path()).unwrap() else {
            panic!("not CT2")
        };
        assert!(vocabulary.ends_with("a/data/vocabulary.txt"));
        let mut joined = Joined::open(&parts).unwrap();
        let mut text = String::new();
        joined.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), joined.len()), ("abcde", 5));
        joined.seek(SeekFrom::Start(1)).unwrap();
        let mut two = [0; 2];
        joined.read_exact(&mut two).unwrap();
        assert_eq!(&two, b"bc", "reads across the border");
    }

    #[test]
    fn missing_and_doubled_parts_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("model.bin.part2"), "x").unwrap();
        fs::write(folder.path().join("vocabulary.txt"), "x").unwrap();
        assert!(find(folder.path()).unwrap_err().to_string().contains("part1 is missing"));
        fs::write(folder.path().join("model.bin.part1"), "x").unwrap();
        fs::create_dir(folder.path().join("copy")).unwrap();
        fs::write(folder.path().join("copy/model.bin.part2"), "x").unwrap();
        assert!(find(folder.path()).unwrap_err().to_string().contains("part2 is there twice"));
    }
}
