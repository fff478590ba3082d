//! The folder as a scratch place before a shelf: what is needed comes here, and what nobody uses goes when
//! it gets full.
//!
//! A file in use is locked (shared) by whoever uses it, in any process; the system drops the lock with its
//! holder. So sweeping needs no list of users: what can be locked alone is in nobody's hands.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256 as Hasher};

use super::shelf::{RecordingShelf, ShelfBytes, ShelfError};
use super::{Fetched, KeepError, RecordingFolder, blocking, shelve};
use crate::SourceError;

/// Of the limit: after so much came in, the folder is looked through.
const SWEEP_SHARE: u64 = 8;

/// A file that is not swept while this is held. Nothing tells two of them apart.
#[derive(Debug, Clone, Default)]
pub struct Grip(#[expect(dead_code, reason = "a lock is held, not read")] Option<Arc<File>>);

impl Grip {
    pub(super) fn by(file: File) -> Self {
        Self(Some(Arc::new(file)))
    }
}

impl PartialEq for Grip {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Grip {}

/// A recording on this machine's disk, for as long as this is held.
#[derive(Debug, Clone)]
pub struct Brought {
    /// Where it is.
    pub path: PathBuf,
    /// Keeps it there.
    pub held: Grip,
}

impl RecordingFolder {
    /// With a shelf behind it the folder only holds what is needed here, about `limit_bytes` at most.
    #[must_use]
    pub fn before(self, shelf: Arc<dyn RecordingShelf>, limit_bytes: u64) -> Self {
        Self { shelf: Some(shelf), scratch_bytes: limit_bytes, ..self }
    }

    /// Where recordings lay before there was a shelf: what is not found there is looked for here.
    #[must_use]
    pub fn besides(self, earlier: PathBuf) -> Self {
        Self { earlier: Some(earlier), ..self }
    }

    /// Where recordings lie for good, if not in this folder.
    pub fn shelf(&self) -> Option<&Arc<dyn RecordingShelf>> {
        self.shelf.as_ref()
    }

    /// Whether recordings lie somewhere else than in this folder.
    pub fn has_shelf(&self) -> bool {
        self.shelf.is_some()
    }

    /// The shelf, for a location that is its name: what lies in a place of its own does so on this machine.
    pub(super) fn shelf_for(&self, location: &str) -> Option<&Arc<dyn RecordingShelf>> {
        let own = !crate::sources::path_from_text(location).is_absolute();
        self.shelf.as_ref().filter(|_| own)
    }

    /// Brings a recording to this machine's disk, unless it is here; `None` = it is nowhere.
    ///
    /// # Errors
    /// The shelf's, and a disk that refuses.
    pub async fn bring(&self, location: &str) -> Result<Option<Brought>, ShelfError> {
        let path = self.path_of(location);
        let Some(shelf) = self.shelf_for(location) else {
            return Ok(Some(Brought { path, held: Grip::default() }));
        };
        let here = path.clone();
        if let Some(held) = blocking(move || hold(&here)).await? {
            return Ok(Some(Brought { path, held }));
        }
        if let Some(bytes) = shelf.read(location, None).await? {
            return self.land_from_shelf(location, bytes).await.map(Some);
        }
        let earlier = self.earlier.as_ref().map(|folder| folder.join(location));
        Ok(earlier.filter(|path| path.is_file()).map(|path| Brought { path, held: Grip::default() }))
    }

    async fn land_from_shelf(&self, location: &str, bytes: ShelfBytes) -> Result<Brought, ShelfError> {
        let landed = match self.clone().with_limit(u64::MAX).land(bytes, Some(Hasher::new())).await {
            Ok(landed) => landed,
            Err(KeepError::Source(error)) => return Err(error),
            Err(other) => return Err(ShelfError::Disk(std::io::Error::other(other.to_string()))),
        };
        let (sha256, size) = (landed.digest(), landed.bytes);
        if super::shelf_of(sha256.as_str()) != location {
            return Err(ShelfError::Damaged(location.to_owned()));
        }
        let root = self.root.clone();
        let Fetched { path, held, .. } =
            blocking(move || shelve(landed.file, sha256, size, &root, true)).await?;
        self.came_in(size).await;
        Ok(Brought { path, held })
    }

    /// Puts what was fetched where all machines find it.
    pub(super) async fn put_on_shelf(&self, fetched: &Fetched) -> Result<(), KeepError> {
        let Some(shelf) = &self.shelf else { return Ok(()) };
        let name = super::shelf_of(fetched.sha256.as_str());
        if shelf.size(&name).await?.is_none_or(|size| size != fetched.bytes) {
            shelf.put(&name, &fetched.path).await?;
        }
        self.came_in(fetched.bytes).await;
        Ok(())
    }

    /// Deletes what lies under a location: on the shelf, and every copy of it in the data folder. A
    /// location outside is not touched. `false` = there was nothing.
    ///
    /// # Errors
    /// The shelf's, and a disk that refuses.
    pub async fn forget(&self, location: &str) -> Result<bool, ShelfError> {
        if crate::sources::path_from_text(location).is_absolute() {
            return Ok(false);
        }
        let mut there = match &self.shelf {
            Some(shelf) => shelf.delete(location).await?,
            None => false,
        };
        for folder in std::iter::once(&self.root).chain(&self.earlier) {
            match tokio::fs::remove_file(folder.join(location)).await {
                Ok(()) => there = true,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(there)
    }

    /// So much more lies here: the folder is looked through now and then.
    async fn came_in(&self, bytes: u64) {
        use std::sync::atomic::Ordering::Relaxed;
        let (limit, since) = (self.scratch_bytes, &self.since_sweep);
        if since.fetch_add(bytes, Relaxed).saturating_add(bytes) < limit / SWEEP_SHARE {
            return;
        }
        since.store(0, Relaxed);
        self.make_room().await;
    }

    /// Drops copies that nobody uses, the oldest first, until the rest fits.
    pub async fn make_room(&self) {
        if self.shelf.is_none() {
            return;
        }
        let (root, limit) = (self.root.clone(), self.scratch_bytes);
        match blocking(move || make_room(&root, limit)).await {
            Ok(0) => {}
            Ok(dropped) => tracing::debug!(dropped, "copies of recordings that nobody uses are dropped"),
            Err(error) => tracing::warn!(%error, "the scratch folder of recordings could not be swept"),
        }
    }
}

/// Locks a file against sweeping; `None` = it is not there.
pub(super) fn hold(path: &Path) -> std::io::Result<Option<Grip>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    file.lock_shared()?;
    // swept between the two: the name is gone
    Ok(path.exists().then(|| Grip::by(file)))
}

fn make_room(root: &Path, limit: u64) -> std::io::Result<usize> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(root).min_depth(2).max_depth(2).into_iter().flatten() {
        let Ok(about) = entry.metadata() else { continue };
        if about.is_file() {
            files.push((about.modified()?, about.len(), entry.into_path()));
        }
    }
    files.sort();
    let mut all: u64 = files.iter().map(|(_, size, _)| size).sum();
    let mut dropped = 0;
    for (_, size, path) in files {
        if all <= limit {
            break;
        }
        let Ok(file) = File::open(&path) else { continue };
        if file.try_lock().is_ok() {
            std::fs::remove_file(&path)?;
            all = all.saturating_sub(size);
            dropped += 1;
        }
    }
    Ok(dropped)
}

impl From<ShelfError> for KeepError {
    fn from(error: ShelfError) -> Self {
        Self::Shelf(error)
    }
}

/// A recording that its source has sent already: it is brought from where it was kept.
pub(crate) async fn kept_before(
    recordings: &RecordingFolder,
    sha256: &str,
) -> Result<Option<Brought>, SourceError> {
    match recordings.bring(&super::shelf_of(sha256)).await {
        Ok(Some(brought)) => match tokio::fs::try_exists(&brought.path).await {
            Ok(there) => Ok(Some(brought).filter(|_| there)),
            Err(error) => Err(SourceError::Unavailable { message: error.to_string(), retry_after: None }),
        },
        Ok(None) => Ok(None),
        Err(error @ (ShelfError::Refused(_) | ShelfError::NoBucket)) => {
            Err(SourceError::Refused { message: error.to_string(), hint: "zvonar doctor".to_owned() })
        }
        Err(error) => Err(SourceError::Unavailable { message: error.to_string(), retry_after: None }),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::ops::Range;
    use std::sync::Mutex;

    use bytes::Bytes;
    use futures::{StreamExt as _, stream};

    use super::*;
    use crate::sha256_of;

    /// A shelf in memory.
    #[derive(Debug, Default)]
    struct Board(Mutex<HashMap<String, Vec<u8>>>);

    #[async_trait::async_trait]
    impl RecordingShelf for Board {
        async fn put(&self, name: &str, file: &Path) -> Result<(), ShelfError> {
            self.0.lock().unwrap().insert(name.to_owned(), std::fs::read(file)?);
            Ok(())
        }

        async fn size(&self, name: &str) -> Result<Option<u64>, ShelfError> {
            Ok(self.0.lock().unwrap().get(name).map(|bytes| bytes.len() as u64))
        }

        async fn read(&self, name: &str, _: Option<Range<u64>>) -> Result<Option<ShelfBytes>, ShelfError> {
            let bytes = self.0.lock().unwrap().get(name).cloned();
            Ok(bytes.map(|bytes| stream::iter([Ok(Bytes::from(bytes))]).boxed()))
        }

        async fn delete(&self, name: &str) -> Result<bool, ShelfError> {
            Ok(self.0.lock().unwrap().remove(name).is_some())
        }
    }

    fn sound(text: &'static str) -> impl futures::Stream<Item = Result<Bytes, SourceError>> + Unpin {
        stream::iter([Ok(Bytes::from_static(text.as_bytes()))])
    }

    fn place() -> (tempfile::TempDir, Arc<Board>, RecordingFolder) {
        let (place, board) = (tempfile::tempdir().unwrap(), Arc::new(Board::default()));
        let folder = RecordingFolder::new(place.path().join("scratch"), 1_000);
        let folder = folder.before(Arc::<Board>::clone(&board), 10);
        (place, board, folder)
    }

    #[tokio::test]
    async fn what_nobody_uses_makes_room_and_comes_back_when_it_is_wanted() {
        let (_place, board, folder) = place();
        let first = folder.keep(sound("0123456")).await.unwrap();
        let location = folder.location_of(&first.path);
        assert!(first.path.exists() && board.0.lock().unwrap().contains_key(&location));
        let second = folder.keep(sound("abcdefg")).await.unwrap();
        assert!(first.path.exists() && second.path.exists(), "over the limit, but both are in use");
        let path = first.path.clone();
        drop(first);
        folder.make_room().await;
        assert!(!path.exists() && second.path.exists());
        let brought = folder.bring(&location).await.unwrap().unwrap();
        assert_eq!(std::fs::read(&brought.path).unwrap(), b"0123456");
    }

    #[tokio::test]
    async fn a_damaged_recording_is_refused_and_a_missing_one_is_nowhere() {
        let (place, board, folder) = place();
        let location = RecordingFolder::location_of_sha256(sha256_of(b"sound").as_str());
        assert!(folder.bring(&location).await.unwrap().is_none());
        board.0.lock().unwrap().insert(location.clone(), b"noise".to_vec());
        assert!(matches!(folder.bring(&location).await, Err(ShelfError::Damaged(_))));
        assert_eq!(walkdir::WalkDir::new(place.path().join("scratch")).min_depth(1).into_iter().count(), 0);
    }

    #[tokio::test]
    async fn a_recording_in_a_place_of_its_own_is_used_there_and_never_deleted() {
        let (place, _board, folder) = place();
        let own = place.path().join("call.wav");
        std::fs::write(&own, "sound").unwrap();
        let location = crate::sources::path_to_text(&own);
        assert_eq!(folder.bring(&location).await.unwrap().unwrap().path, own);
        assert!(!folder.forget(&location).await.unwrap() && own.exists());
    }
}
