//! Forgetting: what a person's calls left outside the database goes with them.
//!
//! Files are deleted only inside the data folder: those of the person who runs this are not ours, they
//! are named instead.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, PhoneNumber, Sha256};
use pipeline::{IntakeSource, RecordingFolder};
use store::{CallFilter, CallRecord, EraseReceipt, PageRequest, StoreError};
use transcribe::{FolderPieces, PieceCache as _};

use crate::words::store_error;
use crate::{App, AppError};

/// Paid pieces of calls that nobody came back to are kept so long.
const PIECES_KEPT: Duration = Duration::from_hours(30 * 24);

/// Calls read at once.
const PAGE: u32 = 500;

/// What was forgotten.
#[derive(Debug, Clone, Default)]
pub struct ErasedPhone {
    /// Of the database.
    pub receipt: EraseReceipt,
    /// Recordings that are deleted.
    pub deleted: Vec<PathBuf>,
    /// Recordings outside the data folder: they are not ours to delete.
    pub left: Vec<PathBuf>,
    /// Recordings that could not be deleted.
    pub failed: Vec<PathBuf>,
}

/// No recording takes longer to come: what was begun before that is nobody's.
const HALF_WRITTEN_KEPT: Duration = Duration::from_hours(24);

/// What lies on the disk while calls are under work.
#[derive(Debug)]
pub(crate) struct Leavings {
    pub(crate) pieces: FolderPieces,
    recordings: RecordingFolder,
    clock: Arc<dyn Clock>,
}

impl Leavings {
    /// Drops what nobody came back to.
    pub(crate) async fn sweep(&self) {
        let (recordings, before) = (self.recordings.clone(), self.clock.now() - HALF_WRITTEN_KEPT);
        match tokio::task::spawn_blocking(move || recordings.sweep(before)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "half-written recordings could not be dropped"),
            Err(error) => tracing::warn!(%error, "half-written recordings could not be dropped"),
        }
        self.recordings.make_room().await;
        match self.pieces.sweep(self.clock.now() - PIECES_KEPT).await {
            Ok(0) => {}
            Ok(swept) => tracing::info!(swept, "pieces of calls that were given up are dropped"),
            Err(error) => tracing::warn!(%error, "pieces of calls that were given up could not be dropped"),
        }
    }
}

/// What a number's calls have outside the database.
#[derive(Debug, Default)]
struct Outside {
    sounds: Vec<Sha256>,
    /// Files sent to us that no stage has looked at.
    unread: Vec<String>,
}

impl Outside {
    fn add(&mut self, record: &CallRecord) {
        match &record.recording {
            Some(recording) => self.sounds.push(recording.sha256.clone()),
            None if IntakeSource::of(&record.call.source)
                .is_some_and(|intake| intake == IntakeSource::Upload || intake.is_spoken()) =>
            {
                self.unread.push(record.call.revision.clone());
            }
            None => {}
        }
    }
}

impl App {
    /// What lies on the disk while calls are under work.
    pub(crate) fn leavings(&self) -> Leavings {
        let pieces = FolderPieces::new(self.config().data_dir.join("pieces"));
        Leavings { pieces, recordings: self.recordings(), clock: self.clock() }
    }

    /// Erases every call with the number at either end: rows, words, judgements, recordings, paid pieces.
    ///
    /// # Errors
    /// When the database fails; nothing is erased then. Files that resist are named in the answer.
    pub async fn erase_phone(&self, phone: &PhoneNumber) -> Result<ErasedPhone, AppError> {
        let failed = |error: StoreError| store_error(self.lang(), &error);
        let outside = self.outside(phone).await.map_err(failed)?;
        let receipt = self.store().erase_phone(phone, self.clock().now()).await.map_err(failed)?;
        let pieces = self.leavings().pieces;
        for sound in &outside.sounds {
            if let Err(error) = pieces.forget(sound).await {
                tracing::warn!(%error, "pieces of an erased call could not be dropped; they are swept later");
            }
        }
        let mut locations = receipt.recordings.clone();
        for sha256 in outside.unread {
            let used = self.store().recording_with(&Sha256::new(sha256.clone())).await.map_err(failed)?;
            if used.is_none() {
                locations.push(RecordingFolder::location_of_sha256(&sha256));
            }
        }
        let mut erased = ErasedPhone::default();
        for location in locations {
            erased.forget(&self.recordings(), &location, &self.config().data_dir).await;
        }
        Ok(ErasedPhone { receipt, ..erased })
    }

    async fn outside(&self, phone: &PhoneNumber) -> Result<Outside, StoreError> {
        let filter = CallFilter { phone: Some(phone.clone()), ..CallFilter::default() };
        let (mut outside, mut after) = (Outside::default(), None);
        loop {
            let page = self.store().calls(&filter, PageRequest { after, limit: PAGE }).await?;
            page.items.iter().for_each(|record| outside.add(record));
            after = page.next;
            if after.is_none() {
                return Ok(outside);
            }
        }
    }
}

impl ErasedPhone {
    async fn forget(&mut self, recordings: &RecordingFolder, location: &str, root: &Path) {
        let path = recordings.path_of(location);
        match recordings.forget(location).await {
            Ok(true) => self.deleted.push(path),
            Ok(false) if !path.exists() => {}
            Ok(false) if !is_inside(&path, root) => self.left.push(path),
            Ok(false) if std::fs::remove_file(&path).is_ok() => self.deleted.push(path),
            Ok(false) => self.failed.push(path),
            Err(error) => {
                tracing::warn!(%error, "a recording of an erased call could not be deleted");
                self.failed.push(path);
            }
        }
    }
}

/// After links and `..` are followed.
fn is_inside(path: &Path, folder: &Path) -> bool {
    match (path.canonicalize(), folder.canonicalize()) {
        (Ok(path), Ok(folder)) => path.starts_with(folder),
        _ => false,
    }
}
