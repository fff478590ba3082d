//! Reports that were written to files. They are remembered by their paths, so that an erasure finds them again.
//!
//! A report is made of what the store holds and can be made anew, so one that tells of an erased call is deleted
//! as long as it is what we wrote. One that somebody has worked in since is theirs: it is named instead.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};

use domain::CallId;
use pipeline::sha256_of_file;
use store::{Store, StoreError};
use zip::ZipArchive;

use crate::erase::Files;
use crate::words::store_error;
use crate::{App, AppError};

/// Among the settings of the store: paths follow, the digest of what was written is the value.
const KEPT: &str = "exports/";
/// More of one part of a workbook is not looked through.
const MOST_BYTES: u64 = 1 << 30;

impl App {
    /// Remembers reports that are about to be written: killed in the middle they are found all the same.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn expect_exports(&self, paths: &[PathBuf]) -> Result<(), AppError> {
        for path in paths {
            self.keep_export(path, "").await?;
        }
        Ok(())
    }

    /// Remembers reports as they were written.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_exports(&self, paths: &[PathBuf]) -> Result<(), AppError> {
        for path in paths {
            let file = path.clone();
            let digest = tokio::task::spawn_blocking(move || sha256_of_file(&file)).await;
            if let Ok(Ok(digest)) = digest {
                self.keep_export(path, &digest.to_string()).await?;
            }
        }
        Ok(())
    }

    async fn keep_export(&self, path: &Path, digest: &str) -> Result<(), AppError> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let key = format!("{KEPT}{}", path.display());
        let kept = self.store().set_setting(&key, digest).await;
        kept.map_err(|error| store_error(self.lang(), &error))
    }
}

/// What a report is to an erasure.
enum Found {
    Nothing,
    Ours,
    Changed,
}

/// Deletes those that tell of the calls; those that somebody has worked in are left.
pub(crate) async fn erase_exports(store: &dyn Store, calls: &[CallId]) -> Result<Files, StoreError> {
    let mut erased = Files::default();
    if calls.is_empty() {
        return Ok(erased);
    }
    let ids: Vec<String> = calls.iter().map(ToString::to_string).collect();
    for (key, digest) in store.settings_under(KEPT).await? {
        let path = PathBuf::from(key.strip_prefix(KEPT).unwrap_or_default());
        if !path.exists() {
            store.forget_setting(&key).await?;
            continue;
        }
        let (file, ids) = (path.clone(), ids.clone());
        let found = tokio::task::spawn_blocking(move || look(&file, &ids, &digest)).await;
        match found.unwrap_or_else(|lost| Err(io::Error::other(lost))) {
            Ok(Found::Nothing) => {}
            Ok(Found::Changed) => erased.left.push(path),
            Ok(Found::Ours) if tokio::fs::remove_file(&path).await.is_ok() => {
                store.forget_setting(&key).await?;
                erased.deleted.push(path);
            }
            Ok(Found::Ours) | Err(_) => erased.failed.push(path),
        }
    }
    Ok(erased)
}

fn look(path: &Path, ids: &[String], digest: &str) -> io::Result<Found> {
    if !tells_of(path, ids)? {
        return Ok(Found::Nothing);
    }
    let same = sha256_of_file(path)?.to_string() == digest;
    Ok(if same { Found::Ours } else { Found::Changed })
}

/// Whether one of the ids stands in it: every report has a column of them.
fn tells_of(path: &Path, ids: &[String]) -> io::Result<bool> {
    let holds = |text: Vec<u8>| {
        let text = String::from_utf8_lossy(&text);
        ids.iter().any(|id| text.contains(id.as_str()))
    };
    let Ok(mut workbook) = ZipArchive::new(BufReader::new(File::open(path)?)) else {
        let mut text = Vec::new();
        File::open(path)?.take(MOST_BYTES).read_to_end(&mut text)?;
        return Ok(holds(text));
    };
    for part in 0..workbook.len() {
        let mut text = Vec::new();
        workbook.by_index(part).map_err(io::Error::other)?.take(MOST_BYTES).read_to_end(&mut text)?;
        if holds(text) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use store::contract::{at, call};

    use super::*;
    use crate::testing::app_in;

    #[tokio::test]
    async fn reports_that_tell_of_an_erased_call_are_deleted_unless_somebody_worked_in_them() {
        let place = tempfile::tempdir().unwrap();
        let app = app_in(place.path(), &[]).await;
        let store = app.store();
        store.discover(&[call("a", 0), call("b", 1)], None, at(0)).await.unwrap();
        let rubric = app.rubric(&app.config().rubric).unwrap();
        let [a, b] = ["a", "b"].map(|name| CallId::derive("folder", name));
        let mut paths = Vec::new();
        for (name, calls) in [
            ("both.xlsx", vec![a, b]),
            ("both.csv", vec![a, b]),
            ("mine.xlsx", vec![a]),
            ("other.csv", vec![b]),
        ] {
            let path = place.path().join(name);
            let mut reports = Vec::new();
            for call in calls {
                reports.push(app.report(call, None).await.unwrap().unwrap());
            }
            app.report_sink(&path, &rubric).unwrap().deliver(&reports).await.unwrap();
            paths.push(path);
        }
        let gone = place.path().join("gone.csv");
        app.expect_exports(&[paths.clone(), vec![gone]].concat()).await.unwrap();
        app.note_exports(&paths).await.unwrap();
        std::fs::copy(&paths[0], &paths[2]).unwrap();

        let erased = erase_exports(store.as_ref(), &[a]).await.unwrap();
        assert_eq!(erased.deleted, [paths[1].clone(), paths[0].clone()]);
        assert_eq!((erased.left, erased.failed), (vec![paths[2].clone()], Vec::new()));
        assert!(paths[3].exists() && paths[2].exists());
        let known = store.settings_under(KEPT).await.unwrap();
        assert_eq!(known.len(), 2, "what is gone is forgotten: {known:?}");
    }
}
