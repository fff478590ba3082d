//! Pieces of a call that are paid already: a retry after a failure in the middle repeats only what is missing.
//!
//! A piece lives from its answer until the transcript of its recording is kept
//! ([`Transcriber::kept`](crate::Transcriber::kept)). So a piece that is found was paid by an attempt that did not
//! come to its end, and its cost is counted by the attempt that does: each cost exactly once.

use std::{
    collections::HashMap,
    fmt,
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{Money, Sha256};
use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use crate::CacheError;

/// Names a piece: its recording, and a digest of its sound and everything that changes its words.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PieceKey {
    /// The recording that it is a piece of.
    pub recording: Sha256,
    /// 64 hex digits.
    pub digest: String,
}

impl PieceKey {
    /// The key of a sound and of what is asked for along with it.
    pub fn of(recording: &Sha256, sound: &[u8], asked: &[&str]) -> Self {
        let mut hasher = sha2::Sha256::new();
        hasher.update(sound.len().to_le_bytes());
        hasher.update(sound);
        for text in asked {
            hasher.update(text.len().to_le_bytes());
            hasher.update(text);
        }
        Self { recording: recording.clone(), digest: hex::encode(hasher.finalize()) }
    }
}

/// What an engine answered to a piece. Times are ms from the start of the piece.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PieceWords {
    /// All words.
    pub text: String,
    /// With times; empty from a model without.
    #[serde(default)]
    pub segments: Vec<PieceSegment>,
    /// What it cost, where the price is known.
    #[serde(default)]
    pub cost: Option<Money>,
}

// what people said is personal data
impl fmt::Debug for PieceWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PieceWords")
            .field("chars", &self.text.chars().count())
            .field("segments", &self.segments.len())
            .field("cost", &self.cost)
            .finish()
    }
}

/// A timed part of the answer.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct PieceSegment {
    /// Start, ms.
    pub start_ms: u64,
    /// End, ms.
    pub end_ms: u64,
    /// The words.
    pub text: String,
    /// Mean log probability, where given.
    #[serde(default)]
    pub avg_logprob: Option<f32>,
    /// Probability that nobody spoke, where given.
    #[serde(default)]
    pub no_speech_prob: Option<f32>,
    /// How repetitive the text is, where given.
    #[serde(default)]
    pub compression_ratio: Option<f32>,
}

/// Where paid pieces wait for the rest of their call.
#[async_trait]
pub trait PieceCache: Send + Sync {
    /// What is kept of a recording, by the digest of the piece: asked once by each attempt, as a rule in vain.
    ///
    /// # Errors
    /// When the storage cannot be asked.
    async fn all(&self, recording: &Sha256) -> Result<HashMap<String, PieceWords>, CacheError>;

    /// The answer to this piece, if there was one.
    ///
    /// # Errors
    /// As [`Self::all`].
    async fn get(&self, key: &PieceKey) -> Result<Option<PieceWords>, CacheError> {
        Ok(self.all(&key.recording).await?.remove(&key.digest))
    }

    /// Keeps an answer.
    ///
    /// # Errors
    /// When the storage refuses.
    async fn put(&self, key: &PieceKey, words: &PieceWords) -> Result<(), CacheError>;

    /// Drops every piece of a recording: its transcript is kept, or it is to be erased.
    ///
    /// # Errors
    /// When the storage refuses.
    async fn forget(&self, recording: &Sha256) -> Result<(), CacheError>;
}

/// Pieces in memory: for one process, and for tests.
#[derive(Debug, Default)]
pub struct MemoryPieces {
    kept: Mutex<HashMap<PieceKey, PieceWords>>,
}

impl MemoryPieces {
    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<PieceKey, PieceWords>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.kept().len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[async_trait]
impl PieceCache for MemoryPieces {
    async fn all(&self, recording: &Sha256) -> Result<HashMap<String, PieceWords>, CacheError> {
        let kept = self.kept();
        let of_recording = kept.iter().filter(|(key, _)| key.recording == *recording);
        Ok(of_recording.map(|(key, words)| (key.digest.clone(), words.clone())).collect())
    }

    async fn put(&self, key: &PieceKey, words: &PieceWords) -> Result<(), CacheError> {
        self.kept().insert(key.clone(), words.clone());
        Ok(())
    }

    async fn forget(&self, recording: &Sha256) -> Result<(), CacheError> {
        self.kept().retain(|key, _| key.recording != *recording);
        Ok(())
    }
}

/// Pieces as lines of a small file for each recording. Several processes of one machine may share the folder. Files
/// hold words of calls: the folder belongs into the data folder, and [`PieceCache::forget`] into whatever erases a call.
#[derive(Debug, Clone)]
pub struct FolderPieces {
    folder: PathBuf,
}

/// A line of such a file.
#[derive(Serialize, Deserialize)]
struct Line<D, W> {
    piece: D,
    words: W,
}

impl FolderPieces {
    /// Pieces below this folder, which is made when the first one comes.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Drops pieces of recordings that nobody has come back to since `before`: their calls were given up. How many
    /// recordings were dropped.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn sweep(&self, before: DateTime<Utc>) -> Result<usize, CacheError> {
        let folder = self.folder.clone();
        blocking(move || {
            let mut swept = 0;
            for entry in or_absent(std::fs::read_dir(folder))?.into_iter().flatten() {
                let entry = entry?;
                if DateTime::<Utc>::from(entry.metadata()?.modified()?) < before {
                    remove(&entry.path())?;
                    swept += 1;
                }
            }
            Ok(swept)
        })
        .await
    }

    /// The digest of a digest: whatever the recording is called, its file has a harmless name.
    fn of_recording(&self, recording: &Sha256) -> PathBuf {
        self.folder.join(hex::encode(sha2::Sha256::digest(recording.as_str())))
    }
}

#[async_trait]
impl PieceCache for FolderPieces {
    async fn all(&self, recording: &Sha256) -> Result<HashMap<String, PieceWords>, CacheError> {
        let path = self.of_recording(recording);
        let bytes = blocking(move || match std::fs::read(path) {
            // an earlier version kept a folder for each recording: what was answered to it is asked for once more
            Err(error) if error.kind() == std::io::ErrorKind::IsADirectory => Ok(None),
            read => or_absent(read),
        });
        let bytes = bytes.await?.unwrap_or_default();
        // a line that broke off is no answer: its piece is asked for again
        let lines = bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok());
        Ok(lines.map(|Line::<String, PieceWords> { piece, words }| (piece, words)).collect())
    }

    async fn put(&self, key: &PieceKey, words: &PieceWords) -> Result<(), CacheError> {
        let path = self.of_recording(&key.recording);
        let line = serde_json::to_string(&Line { piece: &key.digest, words });
        let line = line.map_err(|error| CacheError(error.into()))?;
        blocking(move || append(&path, &line)).await
    }

    async fn forget(&self, recording: &Sha256) -> Result<(), CacheError> {
        let path = self.of_recording(recording);
        blocking(move || remove(&path)).await
    }
}

/// In one piece, so that no other line comes between; and behind an end of line of its own, so that it is whole
/// whatever a killed process left before it.
fn append(path: &Path, line: &str) -> std::io::Result<()> {
    let open = || std::fs::OpenOptions::new().append(true).create(true).open(path);
    let opened = match (open(), path.parent()) {
        (Err(error), Some(folder)) if error.kind() == std::io::ErrorKind::NotFound => {
            std::fs::create_dir_all(folder)?;
            open()
        }
        (Err(error), _) if error.kind() == std::io::ErrorKind::IsADirectory => {
            remove(path)?;
            open()
        }
        (opened, _) => opened,
    };
    opened?.write_all(format!("\n{line}\n").as_bytes())
}

/// What is kept of a recording: a file, or the folder of an earlier version.
fn remove(path: &Path) -> std::io::Result<()> {
    let removed = match std::fs::remove_file(path) {
        // what this means of a folder differs between systems
        Err(error) if error.kind() != std::io::ErrorKind::NotFound && path.is_dir() => {
            std::fs::remove_dir_all(path)
        }
        removed => removed,
    };
    or_absent(removed).map(drop)
}

/// What is not there is no trouble.
fn or_absent<T>(tried: std::io::Result<T>) -> std::io::Result<Option<T>> {
    match tried {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, CacheError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|lost| Err(std::io::Error::other(lost))).map_err(|error| CacheError(error.into()))
}
