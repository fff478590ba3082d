//! Where fetched recordings lie: a folder of files named by their own SHA-256, or a shelf that all machines
//! reach with such a folder before it.
//!
//! A recording is written under a temporary name and renamed once it is whole: what has its
//! name is complete, and fetching the same bytes twice keeps one file.

mod open;
mod scratch;
mod shelf;

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::Sha256;
use futures::{Stream, StreamExt as _};
use sha2::{Digest as _, Sha256 as Hasher};
use tempfile::{NamedTempFile, TempPath};

use crate::SourceError;
use crate::sources::{path_from_text, path_to_text};

pub use open::OpenRecording;
pub(crate) use scratch::kept_before;
pub use scratch::{Brought, Grip};
pub use shelf::{RecordingShelf, ShelfBytes, ShelfError};

/// How the names of files begin that are not whole yet.
const HALF_WRITTEN: &str = ".fetch-";

/// A fetched file: its digest, its size and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fetched {
    pub(crate) sha256: Sha256,
    pub(crate) bytes: u64,
    pub(crate) path: PathBuf,
    /// Keeps it there.
    pub(crate) held: Grip,
}

/// The folder.
#[derive(Debug, Clone)]
pub struct RecordingFolder {
    root: PathBuf,
    max_bytes: u64,
    /// Where recordings lie for good, if not here.
    shelf: Option<Arc<dyn RecordingShelf>>,
    /// Where they lay before there was a shelf.
    earlier: Option<PathBuf>,
    /// Before a shelf, the folder holds about so much.
    scratch_bytes: u64,
    since_sweep: Arc<AtomicU64>,
}

/// Bytes that are gathered before they are written: to hand work over to another thread takes as long as to write
/// some ten thousand of them.
const BLOCK: usize = 1 << 20;

/// Why a recording could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError<E = SourceError> {
    /// Its source broke off.
    #[error("{0}")]
    Source(E),
    /// Over the folder's limit.
    #[error("the recording is larger than {0} bytes")]
    TooLarge(u64),
    /// The folder's disk.
    #[error("the folder of recordings cannot be written: {0}")]
    Io(#[from] std::io::Error),
    /// Where recordings lie for good.
    #[error(transparent)]
    Shelf(ShelfError),
}

impl RecordingFolder {
    /// A folder, made on first use; a recording over `max_bytes` is refused.
    pub fn new(root: PathBuf, max_bytes: u64) -> Self {
        let (shelf, earlier) = (None, None);
        Self { root, max_bytes, shelf, earlier, scratch_bytes: u64::MAX, since_sweep: Arc::default() }
    }

    /// The same folder under another limit.
    #[must_use]
    pub fn with_limit(self, max_bytes: u64) -> Self {
        Self { max_bytes, ..self }
    }

    /// Where [`domain::Recording::location`] points on this machine.
    pub fn path_of(&self, location: &str) -> PathBuf {
        let path = path_from_text(location);
        if path.is_absolute() { path } else { self.root.join(path) }
    }

    /// Whether recordings of this location are kept here, or were: others lie where a person put them.
    pub fn keeps(&self, location: &str) -> bool {
        path_from_text(location).is_relative()
    }

    /// Where the bytes with this digest lie, once they are fetched or sent here.
    pub fn location_of_sha256(sha256: &str) -> String {
        shelf_of(sha256)
    }

    /// Drops what killed processes left half-written before that; how many files.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn sweep(&self, before: DateTime<Utc>) -> std::io::Result<usize> {
        let entries = match std::fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(error),
        };
        let mut swept = 0;
        for entry in entries {
            let entry = entry?;
            let half = entry.file_name().to_string_lossy().starts_with(HALF_WRITTEN);
            if half && DateTime::<Utc>::from(entry.metadata()?.modified()?) < before {
                std::fs::remove_file(entry.path())?;
                swept += 1;
            }
        }
        Ok(swept)
    }

    /// Forgets the bytes at a path of this folder; what lies elsewhere is not ours, and stays.
    pub(crate) async fn discard(&self, path: &Path) {
        if !path.starts_with(&self.root) {
            return;
        }
        let gone = tokio::fs::remove_file(path).await;
        if let Err(error) = gone.or_else(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        }) {
            tracing::warn!(%error, "bytes that hold no sound stay in the folder of recordings");
        }
    }

    /// The location of a path: relative inside the folder, absolute elsewhere.
    pub(crate) fn location_of(&self, path: &Path) -> String {
        path_to_text(path.strip_prefix(&self.root).unwrap_or(path))
    }

    /// Keeps a stream, hashing it on the way.
    pub(crate) async fn keep(
        &self,
        stream: impl Stream<Item = Result<Bytes, SourceError>> + Unpin,
    ) -> Result<Fetched, KeepError> {
        let landed = self.land(stream, Some(Hasher::new())).await?;
        let (root, scratch) = (self.root.clone(), self.has_shelf());
        let fetched = blocking(move || landed.shelve(&root, scratch)).await?;
        self.put_on_shelf(&fetched).await?;
        Ok(fetched)
    }

    /// Puts where it belongs what [`Self::take`] took.
    pub(crate) async fn put_away(&self, fetched: &Fetched) -> Result<(), KeepError> {
        self.put_on_shelf(fetched).await
    }

    /// Takes what was made here, or on the same disk. Blocks. [`Self::put_away`] comes next.
    pub(crate) fn take(&self, made: TempPath) -> Result<Fetched, KeepError> {
        let hashed = hash_in_place(&made)?;
        if hashed.bytes > self.max_bytes {
            return Err(KeepError::TooLarge(self.max_bytes));
        }
        let file = File::options().read(true).write(true).open(&made)?;
        let file = NamedTempFile::from_parts(file, made);
        Ok(shelve(file, hashed.sha256, hashed.bytes, &self.root, self.has_shelf())?)
    }

    /// Takes a stream in for what takes several streams to make: into memory if it is no larger than a block, else
    /// into a file as [`Self::blank`] makes one.
    ///
    /// # Errors
    /// The stream's own, a stream over the limit, and a disk that refuses.
    pub async fn spool<E>(
        &self,
        mut stream: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<Spooled, KeepError<E>> {
        let (mut small, mut gathered) = (Vec::new(), 0);
        while gathered <= BLOCK {
            let Some(chunk) = stream.next().await else { return Ok(Spooled::Small(joined(small))) };
            let chunk = chunk.map_err(KeepError::Source)?;
            gathered += chunk.len();
            if u64::try_from(gathered).unwrap_or(u64::MAX) > self.max_bytes {
                return Err(KeepError::TooLarge(self.max_bytes));
            }
            small.push(chunk);
        }
        let all = futures::stream::iter(small.into_iter().map(Ok)).chain(stream);
        Ok(Spooled::File(self.land(all, None).await?.file.into_temp_path()))
    }

    /// An empty file of this folder that nobody else sees. It is deleted with its path, and [`Self::sweep`] finds it
    /// when its process was killed. Blocks.
    ///
    /// # Errors
    /// A disk that refuses.
    pub fn blank(&self) -> std::io::Result<TempPath> {
        Ok(Landed::begin(&self.root, None)?.file.into_temp_path())
    }

    async fn land<E>(
        &self,
        mut stream: impl Stream<Item = Result<Bytes, E>> + Unpin,
        hasher: Option<Hasher>,
    ) -> Result<Landed, KeepError<E>> {
        let root = self.root.clone();
        let mut landed = blocking(move || Landed::begin(&root, hasher)).await?;
        let (mut block, mut gathered, mut bytes) = (Vec::new(), 0, 0_u64);
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(KeepError::Source)?;
            bytes = bytes.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if bytes > self.max_bytes {
                return Err(KeepError::TooLarge(self.max_bytes));
            }
            gathered += chunk.len();
            block.push(chunk);
            if gathered >= BLOCK {
                let full = std::mem::take(&mut block);
                gathered = 0;
                landed = blocking(move || landed.add(&full)).await?;
            }
        }
        Ok(blocking(move || landed.add(&block)).await?)
    }
}

/// What a stream brought.
#[derive(Debug)]
pub enum Spooled {
    /// So little that it stays in memory.
    Small(Bytes),
    /// A file that goes with its path.
    File(TempPath),
}

/// One piece of many; a body of one chunk is not copied.
fn joined(mut chunks: Vec<Bytes>) -> Bytes {
    if chunks.len() == 1 { chunks.pop().unwrap_or_default() } else { chunks.concat().into() }
}

/// A recording that is coming in.
struct Landed {
    file: NamedTempFile,
    /// Of what is only spooled nobody wants to know it.
    hasher: Option<Hasher>,
    bytes: u64,
}

impl Landed {
    fn begin(root: &Path, hasher: Option<Hasher>) -> std::io::Result<Self> {
        std::fs::create_dir_all(root)?;
        let file = tempfile::Builder::new().prefix(HALF_WRITTEN).tempfile_in(root)?;
        Ok(Self { file, hasher, bytes: 0 })
    }

    fn add(mut self, block: &[Bytes]) -> std::io::Result<Self> {
        for chunk in block {
            if let Some(hasher) = &mut self.hasher {
                hasher.update(chunk);
            }
            self.file.write_all(chunk)?;
            self.bytes = self.bytes.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        }
        Ok(self)
    }

    /// Of what came so far.
    fn digest(&self) -> Sha256 {
        Sha256::new(hex::encode(self.hasher.clone().unwrap_or_default().finalize()))
    }

    fn shelve(self, root: &Path, scratch: bool) -> std::io::Result<Fetched> {
        let sha256 = self.digest();
        shelve(self.file, sha256, self.bytes, root, scratch)
    }
}

/// Gives a whole file its name, once the disk has it. In a scratch folder it is locked before others can see it,
/// and what is there already stays: others hold it.
fn shelve(
    file: NamedTempFile,
    sha256: Sha256,
    bytes: u64,
    root: &Path,
    scratch: bool,
) -> std::io::Result<Fetched> {
    let path = root.join(shelf_of(sha256.as_str()));
    std::fs::create_dir_all(path.parent().unwrap_or(root))?;
    if !scratch {
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|failed| failed.error)?;
        return Ok(Fetched { sha256, bytes, path, held: Grip::default() });
    }
    if let Some(held) = scratch::hold(&path)? {
        return Ok(Fetched { sha256, bytes, path, held });
    }
    file.as_file().lock_shared()?;
    let held = Grip::by(file.persist(&path).map_err(|failed| failed.error)?);
    Ok(Fetched { sha256, bytes, path, held })
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|lost| Err(std::io::Error::other(lost)))
}

/// Where a fetched recording lies in the folder: `ab/ab12…`.
pub(crate) fn shelf_of(sha256: &str) -> String {
    let shelf: String = sha256.chars().take(2).collect();
    format!("{shelf}/{sha256}")
}

/// SHA-256 of bytes.
pub fn sha256_of(bytes: &[u8]) -> Sha256 {
    Sha256::new(hex::encode(Hasher::digest(bytes)))
}

/// SHA-256 of a file, read once, in bounded memory.
///
/// # Errors
/// When the file cannot be read.
pub fn sha256_of_file(path: &Path) -> std::io::Result<Sha256> {
    hash_in_place(path).map(|fetched| fetched.sha256)
}

/// Hashes a file where it lies.
pub(crate) fn hash_in_place(path: &Path) -> std::io::Result<Fetched> {
    let mut file = File::open(path)?;
    let (mut hasher, mut bytes, mut block) = (Hasher::new(), 0_u64, vec![0; 64 * 1024]);
    loop {
        let read = match file.read(&mut block) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(block.get(..read).unwrap_or_default());
        bytes = bytes.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
    let (path, held) = (path.to_owned(), Grip::default());
    Ok(Fetched { sha256: Sha256::new(hex::encode(hasher.finalize())), bytes, path, held })
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    fn chunks(parts: &[&'static [u8]]) -> impl Stream<Item = Result<Bytes, SourceError>> + Unpin + use<> {
        stream::iter(parts.iter().map(|part| Ok(Bytes::from_static(part))).collect::<Vec<_>>())
    }

    #[tokio::test]
    async fn the_same_bytes_twice_keep_one_file() {
        let place = tempfile::tempdir().unwrap();
        let folder = RecordingFolder::new(place.path().join("recordings"), 100);
        let one = folder.keep(chunks(&[b"ab", b"c"])).await.unwrap();
        let two = folder.keep(chunks(&[b"abc"])).await.unwrap();
        assert_eq!(one, two);
        assert_eq!(std::fs::read(&one.path).unwrap(), b"abc");
        assert_eq!(folder.path_of(&folder.location_of(&one.path)), one.path);
        assert_eq!(hash_in_place(&one.path).unwrap().sha256, one.sha256);
    }

    #[test]
    fn what_a_killed_process_left_half_written_is_swept_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let folder = RecordingFolder::new(place.path().join("recordings"), 4);
        let now = domain::Clock::now(&domain::SystemClock);
        assert_eq!(folder.sweep(now).unwrap(), 0, "no folder yet");
        std::fs::create_dir_all(place.path().join("recordings/ab")).unwrap();
        for name in [".fetch-1", "ab/abc", "other"] {
            std::fs::write(place.path().join("recordings").join(name), "x").unwrap();
        }
        assert_eq!(
            folder.sweep(now - chrono::TimeDelta::hours(1)).unwrap(),
            0,
            "somebody may still write it"
        );
        assert_eq!(folder.sweep(now + chrono::TimeDelta::hours(1)).unwrap(), 1);
        assert!(place.path().join("recordings/ab/abc").exists());
        assert!(place.path().join("recordings/other").exists());
    }

    #[tokio::test]
    async fn a_cut_stream_leaves_no_file_behind() {
        let place = tempfile::tempdir().unwrap();
        let folder = RecordingFolder::new(place.path().join("recordings"), 4);
        let cut = stream::iter([Ok(Bytes::from_static(b"ab")), Err(SourceError::Gone("cut".into()))]);
        assert!(matches!(folder.keep(cut).await, Err(KeepError::Source(_))));
        assert!(matches!(folder.keep(chunks(&[b"abcde"])).await, Err(KeepError::TooLarge(4))));
        assert_eq!(std::fs::read_dir(place.path().join("recordings")).unwrap().count(), 0);
    }
}
