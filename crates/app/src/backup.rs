//! A copy of the whole installation, made while it works.
//!
//! The database is copied first and files after it: whatever the copied database names was on the disk
//! before. The copy gets its name when it is whole. To restore: `ZVONAR_DATA_DIR` on (a copy of) the folder.

use std::path::{Path, PathBuf};

use store::StoreError;

use crate::words::store_error;
use crate::{App, AppError};

/// Not copied: what is made or fetched anew, and what belongs to running processes.
const LEFT_OUT: [&str; 6] = ["models", "workers", "pieces", "zvonar.db", "zvonar.db-wal", "zvonar.db-shm"];

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Where to.
    pub place: PathBuf,
    /// Files, the database included.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Whether the database is among them; on a PostgreSQL server it is not.
    pub database: bool,
}

impl App {
    /// Copies the installation into a new folder while others work on it.
    ///
    /// # Errors
    /// A folder that is there already (code `backup_place`), a disk without room or rights, the database.
    pub async fn back_up(&self, place: &Path) -> Result<Backup, AppError> {
        let lang = self.lang();
        if place.exists() {
            return Err(AppError::usage(
                "backup_place",
                format!("{}: {}", place.display(), lang.pick("уже есть", "is there already")),
                lang.pick("назовите новую папку", "name a new folder"),
            ));
        }
        let refused = |error: &std::io::Error| {
            AppError::failed(
                "backup_place",
                format!("{}: {}", place.display(), pipeline::io_words(lang, error)),
                lang.pick("проверьте место на диске и права", "check free space and rights"),
            )
        };
        let half = half_made(place);
        // of one who was killed in the middle
        let _ = std::fs::remove_dir_all(&half);
        std::fs::create_dir_all(&half).map_err(|error| refused(&error))?;
        let database = match self.store().copy_to(&half.join("zvonar.db")).await {
            Ok(()) => true,
            Err(StoreError::Invalid(_)) => false,
            Err(error) => return Err(store_error(lang, &error)),
        };
        let (from, to) = (self.config().data_dir.clone(), half.clone());
        let copying = tokio::task::spawn_blocking(move || {
            let mut copied = Copied::default();
            copied.folder(&from, &to, &LEFT_OUT).map(|()| copied)
        });
        let copied = match copying.await {
            Ok(copied) => copied.map_err(|error| refused(&error))?,
            Err(lost) => return Err(AppError::failed("backup", lost.to_string(), "")),
        };
        let mut backup =
            Backup { place: place.to_owned(), files: copied.files, bytes: copied.bytes, database };
        if database {
            backup.files += 1;
            backup.bytes += std::fs::metadata(half.join("zvonar.db")).map_or(0, |file| file.len());
        }
        std::fs::rename(&half, place).map_err(|error| refused(&error))?;
        Ok(backup)
    }
}

fn half_made(place: &Path) -> PathBuf {
    let name = place.file_name().map_or_else(|| "backup".into(), |name| name.to_string_lossy());
    place.with_file_name(format!(".{name}.half"))
}

#[derive(Default)]
struct Copied {
    files: u64,
    bytes: u64,
}

impl Copied {
    fn folder(&mut self, from: &Path, to: &Path, without: &[&str]) -> std::io::Result<()> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(from)? {
            entries.push(entry?);
        }
        for entry in entries {
            let name = entry.file_name();
            if without.iter().any(|left| name == *left) || name.to_string_lossy().starts_with('.') {
                continue;
            }
            let (path, target) = (entry.path(), to.join(&name));
            // links lead to what is not ours
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                std::fs::create_dir_all(&target)?;
                self.folder(&path, &target, &[])?;
            } else if kind.is_file() {
                match std::fs::copy(&path, &target) {
                    Ok(bytes) => {
                        self.files += 1;
                        self.bytes += bytes;
                    }
                    // erased, or swept, in between
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }
}
