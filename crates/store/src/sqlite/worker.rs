//! Who is alive: each open store holds an exclusive lock on `workers/<id>.lock` beside the database.
//!
//! The system drops the lock with the process, however it ends; whoever can lock the file knows
//! that its owner is dead. The file appears under its name already locked (made aside, then
//! renamed), so that a newcomer is never taken for a corpse.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::SqliteStore;
use crate::{StoreError, WorkerId};

const EXTENSION: &str = "lock";

/// The life of this process's store; let go when dropped. The file stays for
/// [`dead_workers`] to find: the jobs in its name are freed then.
#[derive(Debug)]
pub(crate) struct WorkerLock {
    pub(crate) id: WorkerId,
    folder: Option<PathBuf>,
    _held: Option<File>,
}

impl WorkerLock {
    /// Takes a new name in `folder`.
    pub(crate) fn take(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let id = new_id();
        let aside = folder.join(format!("{}.new", id.0));
        let held = File::create(&aside)?;
        held.lock()?;
        std::fs::rename(&aside, lock_path(folder, &id))?;
        Ok(Self { id, folder: Some(folder.to_owned()), _held: Some(held) })
    }

    /// A name without a file, for a database that nobody else can open.
    pub(crate) fn alone() -> Self {
        Self { id: new_id(), folder: None, _held: None }
    }

    /// Other workers whose lock nobody holds.
    pub(crate) fn dead_workers(&self) -> Vec<WorkerId> {
        let Some(folder) = &self.folder else { return Vec::new() };
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == EXTENSION))
            .filter_map(|path| {
                let id = WorkerId(path.file_stem()?.to_str()?.to_owned());
                (id != self.id && is_unheld(&path)).then_some(id)
            })
            .collect()
    }

    /// Workers whose lock somebody holds, this one included.
    pub(crate) fn alive(&self) -> u64 {
        let Some(folder) = &self.folder else { return 1 };
        let Ok(entries) = std::fs::read_dir(folder) else { return 1 };
        let locks = entries.flatten().map(|entry| entry.path());
        let locks = locks.filter(|path| path.extension().is_some_and(|extension| extension == EXTENSION));
        let all = locks.count().saturating_sub(self.dead_workers().len());
        u64::try_from(all.max(1)).unwrap_or(u64::MAX)
    }

    /// Removes a dead worker's file, once its jobs are free.
    pub(crate) fn forget(&self, dead: &WorkerId) {
        if let Some(folder) = &self.folder
            && let Err(error) = std::fs::remove_file(lock_path(folder, dead))
        {
            tracing::debug!(worker = %dead.0, %error, "a dead worker's lock file stays");
        }
    }
}

/// Held while the schema is brought up to date: two programs may be started at once.
pub(crate) fn opening_lock(folder: &Path) -> io::Result<File> {
    std::fs::create_dir_all(folder)?;
    let file = File::create(folder.join("opening"))?;
    file.lock()?;
    Ok(file)
}

fn is_unheld(path: &Path) -> bool {
    match File::options().read(true).write(true).open(path).map(|file| file.try_lock()) {
        Ok(Ok(())) => true,
        Ok(Err(TryLockError::WouldBlock | TryLockError::Error(_))) | Err(_) => false,
    }
}

fn lock_path(folder: &Path, id: &WorkerId) -> PathBuf {
    folder.join(format!("{}.{EXTENSION}", id.0))
}

/// A name that no other process on any machine takes: the one place of the crate that draws lots,
/// for two processes may not agree on a counter before they share a database.
fn new_id() -> WorkerId {
    WorkerId(uuid::Uuid::new_v4().simple().to_string())
}

impl SqliteStore {
    #[expect(clippy::unused_async, reason = "the other database has to be asked")]
    pub(crate) async fn dead_workers(&self) -> Result<Vec<WorkerId>, StoreError> {
        Ok(self.worker.dead_workers())
    }

    #[expect(clippy::unused_async, reason = "the other database has to be told")]
    pub(crate) async fn forget_worker(&self, dead: &WorkerId) -> Result<(), StoreError> {
        self.worker.forget(dead);
        Ok(())
    }
}
