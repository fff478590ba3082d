//! Replaces a file in one step: a reader sees the old report or the new one, never half of either.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{DeliveryReceipt, SinkError};

/// Writes the report in the background; equal bytes leave the file alone.
pub(super) async fn replace(path: &Path, bytes: Vec<u8>, rows: usize) -> Result<DeliveryReceipt, SinkError> {
    let (target, place) = (path.to_path_buf(), path.display().to_string());
    let written = tokio::task::spawn_blocking(move || replace_now(&target, &bytes))
        .await
        .map_err(|error| not_writable(path, error.to_string(), "try again"))??;
    let (updated, unchanged) = if written { (rows, 0) } else { (0, rows) };
    Ok(DeliveryReceipt { added: 0, updated, unchanged, place })
}

/// Whether the file had to be written.
fn replace_now(path: &Path, bytes: &[u8]) -> Result<bool, SinkError> {
    // a link stays a link: what it leads to is replaced
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    if target.is_dir() {
        return Err(not_writable(path, "it is a folder", "name a file, for example report.xlsx"));
    }
    if fs::read(&target).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    write(&target, bytes).map_err(|error| explain(path, &error))?;
    Ok(true)
}

fn write(target: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = folder_of(target);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".zvonar-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // like any new file: the process's umask takes its share
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file: NamedTempFile = builder.tempfile_in(&folder)?;
    file.write_all(bytes)?;
    if let Ok(old) = fs::metadata(target) {
        file.as_file().set_permissions(old.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(target).map_err(|error| error.error)?;
    // the rename itself must survive a power cut; folders cannot be synced everywhere
    #[cfg(unix)]
    File::open(&folder)?.sync_all()?;
    Ok(())
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

fn explain(path: &Path, error: &std::io::Error) -> SinkError {
    let folder = folder_of(path);
    if !folder.is_dir() {
        let hint = format!("make the folder first: mkdir -p {}", folder.display());
        return not_writable(path, format!("there is no folder {}", folder.display()), &hint);
    }
    let hint = match error.kind() {
        ErrorKind::PermissionDenied => {
            "close the file in other programs, allow writing to its folder, or name another place"
        }
        ErrorKind::StorageFull => "free some space on the disk, then run the same command again",
        _ => "name another place with --report",
    };
    not_writable(path, error.to_string(), hint)
}

pub(super) fn not_writable(path: &Path, why: impl Into<String>, hint: &str) -> SinkError {
    SinkError::NotWritable { place: path.display().to_string(), why: why.into(), hint: hint.to_owned() }
}
