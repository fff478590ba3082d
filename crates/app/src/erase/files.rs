//! Recordings of a person. Those that we took in are deleted wherever they lie; of files that were used in place
//! only those inside the data folder. Others are not ours: they are named instead.

use std::path::{Path, PathBuf};

use pipeline::RecordingFolder;

/// What happened to files.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) deleted: Vec<PathBuf>,
    /// Not ours to delete.
    pub(crate) left: Vec<PathBuf>,
    pub(crate) failed: Vec<PathBuf>,
    /// Places of ours that are looked at once more.
    pub(super) ours: Vec<String>,
}

impl Files {
    pub(super) async fn delete(&mut self, recordings: &RecordingFolder, location: String, root: &Path) {
        let path = recordings.path_of(&location);
        match recordings.forget(&location).await {
            Ok(true) => self.deleted.push(path),
            // gone already: nothing is left of it
            Ok(false) if recordings.keeps(&location) => {}
            Ok(false) if !path.exists() => {
                if path.starts_with(root) {
                    self.ours.push(location);
                }
                return;
            }
            Ok(false) if !is_inside(&path, root) => {
                self.left.push(path);
                return;
            }
            Ok(false) if tokio::fs::remove_file(&path).await.is_ok() => self.deleted.push(path),
            Ok(false) => self.failed.push(path),
            Err(error) => {
                tracing::warn!(%error, "a recording of an erased call could not be deleted");
                self.failed.push(path);
            }
        }
        self.ours.push(location);
    }
}

/// After links and `..` are followed.
fn is_inside(path: &Path, folder: &Path) -> bool {
    match (path.canonicalize(), folder.canonicalize()) {
        (Ok(path), Ok(folder)) => path.starts_with(folder),
        _ => false,
    }
}
