//! What has had its time goes: recordings, words, what models said, dialogues, the log, old receipts.
//!
//! A file goes before its row: whoever is killed in between is found by the next sweep. Your own files in
//! folders are used in place and never deleted.

use chrono::{DateTime, TimeDelta, Utc};
use store::{OldRecording, PageRequest, StoreError};

use crate::erase::Places;
use crate::words::store_error;
use crate::{App, AppError, KeepingSettings};

/// Rows of one step: others write in between.
const STEP: u32 = 200;

/// What was forgotten, or would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// Recordings of ours.
    pub recordings: u64,
    /// Recordings that resisted.
    pub resisting: u64,
    /// Calls whose words went.
    pub words: u64,
    /// What models said word for word.
    pub raw_answers: u64,
    /// AI calls whose course went.
    pub dialogues: u64,
    /// Lines of the log.
    pub access_log: u64,
    /// Receipts.
    pub receipts: u64,
}

impl App {
    /// Forgets what has had its time by the settings.
    ///
    /// # Errors
    /// When the database fails; what was forgotten until then stays so.
    pub async fn forget_old(&self) -> Result<Forgotten, AppError> {
        let swept = self.places().forget_old(self.config().keeping).await;
        swept.map_err(|error| store_error(self.lang(), &error))
    }

    /// How many recordings and words would be forgotten now; nothing is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_old(&self) -> Result<Forgotten, AppError> {
        let (keeping, now) = (self.config().keeping, self.clock().now());
        let counted =
            self.store().count_old(before(keeping.recordings, now), before(keeping.words, now)).await;
        let counts = counted.map_err(|error| store_error(self.lang(), &error))?;
        Ok(Forgotten { recordings: counts.recordings, words: counts.words, ..Forgotten::default() })
    }
}

fn before(kept: Option<TimeDelta>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    kept.and_then(|kept| now.checked_sub_signed(kept))
}

impl Places {
    pub(crate) async fn forget_old(&self, keeping: KeepingSettings) -> Result<Forgotten, StoreError> {
        let (store, now) = (&self.store, self.clock.now());
        let mut forgotten = Forgotten::default();
        if let Some(before) = before(keeping.recordings, now) {
            (forgotten.recordings, forgotten.resisting) = self.forget_recordings(before).await?;
        }
        if let Some(before) = before(keeping.words, now) {
            loop {
                let step = store.forget_words(before, STEP).await?;
                forgotten.words += step;
                if step == 0 {
                    break;
                }
            }
        }
        if let Some(before) = before(keeping.raw_answers, now) {
            forgotten.raw_answers = store.forget_raw_answers(before).await?;
        }
        if let Some(before) = before(keeping.dialogues, now) {
            forgotten.dialogues = store.forget_conversations(before).await?;
        }
        if let Some(before) = before(keeping.access_log, now) {
            forgotten.access_log = store.forget_audit(before).await?;
        }
        if let Some(before) = before(keeping.receipts, now) {
            forgotten.receipts = store.forget_erasures(before).await?;
        }
        if forgotten != Forgotten::default() {
            let said = format!(
                "{} recordings, words of {} calls, {} raw answers, {} dialogues, {} log lines, {} receipts",
                forgotten.recordings,
                forgotten.words,
                forgotten.raw_answers,
                forgotten.dialogues,
                forgotten.access_log,
                forgotten.receipts
            );
            store.audit("retention", "forget", &said, now).await?;
        }
        Ok(forgotten)
    }

    /// How many went, and how many files resisted.
    async fn forget_recordings(&self, before: DateTime<Utc>) -> Result<(u64, u64), StoreError> {
        let (mut gone, mut resisting, mut after) = (0, 0, None);
        loop {
            let page = self.store.old_recordings(before, PageRequest { after, limit: STEP }).await?;
            let mut calls = Vec::with_capacity(page.items.len());
            for OldRecording { call, location } in page.items {
                if self.delete_ours(location).await {
                    calls.push(call);
                } else {
                    resisting += 1;
                }
            }
            if !calls.is_empty() {
                self.store.forget_recordings(&calls).await?;
                gone += calls.len() as u64;
            }
            after = page.next;
            if after.is_none() {
                return Ok((gone, resisting));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::time::Duration;

    use domain::{CallId, Clock as _};
    use pipeline::RecordingFolder;
    use store::contract::call;
    use test_support::FakeClock;

    use super::*;
    use crate::testing::app_in;

    fn ninety_days() -> KeepingSettings {
        KeepingSettings { recordings: Some(TimeDelta::days(90)), ..KeepingSettings::default() }
    }

    /// A call of now whose recording was taken in; gives its file.
    async fn kept(app: &App, clock: &FakeClock, name: &str, sha: &str) -> PathBuf {
        let sha256 = sha.repeat(32);
        let location = RecordingFolder::location_of_sha256(&sha256);
        let (store, mut found) = (app.store(), call(name, 0));
        found.jobs = Vec::new();
        store.discover(&[found], None, clock.now()).await.unwrap();
        let mut recording = store::contract::recording(&location);
        recording.sha256 = domain::Sha256::new(sha256);
        let fetched = store::Outcome::Fetched(Box::new(recording));
        store::contract::finish(store.as_ref(), name, store::Stage::Fetch, fetched, 1).await;
        let file = app.recordings().path_of(&location);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "sound").unwrap();
        file
    }

    #[tokio::test]
    async fn old_recordings_go_with_their_files_and_young_ones_stay() {
        let place = tempfile::tempdir().unwrap();
        let app = app_in(place.path(), &[]).await;
        let clock = Arc::new(FakeClock::new());
        let places = Places { clock: Arc::<FakeClock>::clone(&clock), ..app.places() };
        let store = app.store();
        let mut files = Vec::new();
        for (name, sha) in [("old", "aa"), ("young", "bb")] {
            files.push(kept(&app, &clock, name, sha).await);
            clock.advance(Duration::from_hours(24 * 60));
        }
        let forgotten = places.forget_old(ninety_days()).await.unwrap();
        assert_eq!((forgotten.recordings, forgotten.resisting), (1, 0));
        assert!(!files[0].exists() && files[1].exists());
        assert_eq!(store.call(CallId::derive("folder", "old")).await.unwrap().unwrap().recording, None);
        assert_eq!(places.forget_old(ninety_days()).await.unwrap(), Forgotten::default());
        assert_eq!(store.audit_log(9).await.unwrap().len(), 1, "and stands in the log once");
    }

    #[tokio::test]
    async fn a_file_that_somebody_else_deleted_resists_nobody() {
        let place = tempfile::tempdir().unwrap();
        let shelf = place.path().join("записи");
        std::fs::create_dir_all(&shelf).unwrap();
        let app = app_in(place.path(), &[("RECORDINGS_URL", &shelf.display().to_string())]).await;
        let clock = Arc::new(FakeClock::new());
        let places = Places { clock: Arc::<FakeClock>::clone(&clock), ..app.places() };
        let file = kept(&app, &clock, "old", "aa").await;
        assert!(file.starts_with(&shelf), "outside the data folder: {}", file.display());
        std::fs::remove_file(file).unwrap();
        clock.advance(Duration::from_hours(24 * 91));
        let forgotten = places.forget_old(ninety_days()).await.unwrap();
        assert_eq!((forgotten.recordings, forgotten.resisting), (1, 0));
    }
}
