//! Replaces a file in one step: a reader sees the old report or the new one, never half of either.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use domain::Lang;
use tempfile::NamedTempFile;

use super::{DeliveryReceipt, SinkError};
use crate::words::io_words;

/// Writes the report in the background; equal bytes leave the file alone.
pub(super) async fn replace(
    path: &Path,
    bytes: Vec<u8>,
    rows: usize,
    lang: Lang,
) -> Result<DeliveryReceipt, SinkError> {
    let (target, place) = (path.to_path_buf(), path.display().to_string());
    let written = tokio::task::spawn_blocking(move || replace_now(&target, &bytes, lang))
        .await
        .map_err(|error| not_writable(path, error.to_string(), lang.pick("повторите", "try again")))??;
    let (updated, unchanged) = if written { (rows, 0) } else { (0, rows) };
    Ok(DeliveryReceipt { added: 0, updated, unchanged, place })
}

/// Puts a file in the place of another one; gives whether it had to be written.
///
/// # Errors
/// [`SinkError::NotWritable`], its texts in `lang`.
pub fn replace_file(path: &Path, bytes: &[u8], lang: Lang) -> Result<bool, SinkError> {
    replace_now(path, bytes, lang)
}

/// Whether a report could be written there, told before hours of work and not after them: tries a
/// file beside it, which is gone at once.
///
/// # Errors
/// [`SinkError::NotWritable`], its texts in `lang`.
pub fn check_report_place(path: &Path, lang: Lang) -> Result<(), SinkError> {
    let target = target_of(path, lang)?;
    fresh().tempfile_in(folder_of(&target)).map(drop).map_err(|error| explain(path, &error, lang))
}

/// A link stays a link: what it leads to is replaced.
fn target_of(path: &Path, lang: Lang) -> Result<PathBuf, SinkError> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    if target.is_dir() {
        let hint = lang.pick("назовите файл, например report.xlsx", "name a file, for example report.xlsx");
        return Err(not_writable(path, lang.pick("это папка", "it is a folder"), hint));
    }
    Ok(target)
}

/// Whether the file had to be written.
fn replace_now(path: &Path, bytes: &[u8], lang: Lang) -> Result<bool, SinkError> {
    let target = target_of(path, lang)?;
    if fs::read(&target).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    write(&target, bytes).map_err(|error| explain(path, &error, lang))?;
    Ok(true)
}

fn write(target: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = folder_of(target);
    let mut builder = fresh();
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

/// The file that the report is made in.
fn fresh() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".zvonar-").suffix(".part");
    builder
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

fn explain(path: &Path, error: &std::io::Error, lang: Lang) -> SinkError {
    let folder = folder_of(path);
    let shown = folder.display();
    if !folder.is_dir() {
        let (why, hint) = match lang {
            Lang::Ru => (format!("нет папки {shown}"), format!("сначала создайте её: mkdir -p {shown}")),
            Lang::En => {
                (format!("there is no folder {shown}"), format!("make the folder first: mkdir -p {shown}"))
            }
        };
        return not_writable(path, why, &hint);
    }
    let hint = match error.kind() {
        ErrorKind::PermissionDenied => lang.pick(
            "разрешите запись в эту папку, закройте файл в других программах или назовите другое место",
            "close the file in other programs, allow writing to its folder, or name another place",
        ),
        ErrorKind::StorageFull => lang.pick(
            "освободите место на диске и повторите ту же команду",
            "free some space on the disk, then run the same command again",
        ),
        _ => lang.pick("назовите другое место: --report", "name another place with --report"),
    };
    not_writable(path, io_words(lang, error), hint)
}

pub(super) fn not_writable(path: &Path, why: impl Into<String>, hint: &str) -> SinkError {
    SinkError::NotWritable { place: path.display().to_string(), why: why.into(), hint: hint.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_judged_before_the_work_and_nothing_is_left_there() {
        let place = tempfile::tempdir().unwrap();
        assert!(check_report_place(&place.path().join("report.xlsx"), Lang::Ru).is_ok());
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
        for (path, said) in
            [(place.path().join("no/report.xlsx"), "нет папки"), (place.path().to_owned(), "это папка")]
        {
            let Err(SinkError::NotWritable { why, .. }) = check_report_place(&path, Lang::Ru) else {
                panic!("{path:?}")
            };
            assert!(why.starts_with(said), "{why}");
        }
    }
}
