//! Forgetting a person: the database first, then everything outside it, and a receipt that says what.
//!
//! The database's part is one transaction that leaves a list of what lies outside. Whoever comes next works
//! that list off: this call, or after a kill the next run or the service. When all is done it is looked at once
//! more, for a job that was under way may have brought something back.
//!
//! Files are deleted only inside the data folder: those of the person who runs this are not ours, they
//! are named instead.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SubsecRound as _, Utc};
use domain::{Clock, Lang, PhoneNumber};
use pipeline::{IntakeSource, RecordingFolder};
use sheets_sink::{RowSink, SheetError};
use store::{Erasure, ErasureDemand, ErasureId, Store, StoreError};
use transcribe::{FolderPieces, PieceCache as _};

use crate::provider_words::sheet_error;
use crate::words::store_error;
use crate::{App, AppError};

/// Nobody else takes an erasure up for so long: Google may work on a batch for three minutes.
const IN_HAND: Duration = Duration::from_mins(5);
/// When everything is looked at once more: no step of a call under way takes longer.
const SECOND_LOOK: Duration = Duration::from_mins(30);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// What was forgotten.
#[derive(Debug, Clone)]
pub struct ErasedPhone {
    /// The receipt; where it has no end yet, the rest is done by itself.
    pub erasure: Erasure,
    /// Recordings that are deleted.
    pub deleted: Vec<PathBuf>,
    /// Recordings outside the data folder: they are not ours to delete. Nothing else remembers them.
    pub left: Vec<PathBuf>,
    /// Recordings that could not be deleted, and are tried again.
    pub failed: Vec<PathBuf>,
}

/// The rows of the sheet, and why they cannot be reached.
pub(crate) enum Sheet {
    /// None is configured.
    None,
    Rows(Arc<dyn RowSink>),
    Broken(String),
}

/// All places where a person may be remembered.
pub(crate) struct Places {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) recordings: RecordingFolder,
    pub(crate) data_dir: PathBuf,
    pub(crate) pieces: FolderPieces,
    pub(crate) sheet: Sheet,
    pub(crate) lang: Lang,
}

/// What happened to files.
#[derive(Debug, Default)]
struct Files {
    deleted: Vec<PathBuf>,
    left: Vec<PathBuf>,
    failed: Vec<PathBuf>,
    /// Places of ours that are looked at once more.
    ours: Vec<String>,
}

impl App {
    /// Erases every call with the number at either end: rows, words, judgements, recordings, paid pieces,
    /// our cells of the sheet. `who` asks for it: a user's name or the part of the program.
    ///
    /// # Errors
    /// When the database fails. What cannot be reached now is named in the receipt and tried again by the
    /// service, or by the next run.
    pub async fn erase_phone(&self, phone: &PhoneNumber, who: &str) -> Result<ErasedPhone, AppError> {
        let failed = |error: StoreError| store_error(self.lang(), &error);
        let names = |sources: &[IntakeSource]| sources.iter().map(|one| one.as_str().to_owned()).collect();
        let demand = ErasureDemand {
            phone: phone.clone(),
            who: who.to_owned(),
            sent_by: names(&[IntakeSource::Upload, IntakeSource::Voximplant, IntakeSource::Simulated]),
            kept_by: vec!["uis".to_owned(), IntakeSource::Voximplant.as_str().to_owned()],
        };
        let begun = self.store().begin_erasure(&demand, in_ms(self.clock().now())).await.map_err(failed)?;
        let places = self.places();
        match places.end(Some(begun.id)).await.map_err(failed)?.pop() {
            Some(erased) => Ok(erased),
            // the service was quicker: it has the list in hand
            None => Ok(ErasedPhone { erasure: begun, deleted: vec![], left: vec![], failed: vec![] }),
        }
    }

    /// Ends erasures that were begun and not ended: by a process that was killed, or because a sheet was away.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_erasures(&self) -> Result<(), AppError> {
        self.places().end(None).await.map_err(|error| store_error(self.lang(), &error))?;
        Ok(())
    }

    pub(crate) fn places(&self) -> Places {
        Places {
            store: self.store(),
            clock: self.clock(),
            recordings: self.recordings(),
            data_dir: self.config().data_dir.clone(),
            pieces: self.leavings().pieces,
            sheet: self.rows_of_the_sheet(),
            lang: self.lang(),
        }
    }

    fn rows_of_the_sheet(&self) -> Sheet {
        if !self.has_sheet() {
            return Sheet::None;
        }
        let sheets = self.rubric(&self.config().rubric).and_then(|rubric| self.sheets(&rubric, None));
        match sheets {
            Ok(sheets) => Sheet::Rows(Arc::new(sheets)),
            Err(error) => Sheet::Broken(error.message),
        }
    }
}

impl Places {
    /// Works off what is due, or this erasure whatever its time.
    pub(crate) async fn end(&self, only: Option<ErasureId>) -> Result<Vec<ErasedPhone>, StoreError> {
        let mut ended = Vec::new();
        for erasure in self.store.take_erasures(only, IN_HAND, in_ms(self.clock.now())).await? {
            ended.push(self.work_off(erasure).await?);
        }
        Ok(ended)
    }

    async fn work_off(&self, mut erasure: Erasure) -> Result<ErasedPhone, StoreError> {
        let mut troubles = Vec::new();
        let files = self.delete_files(&mut erasure, &mut troubles).await;
        self.drop_pieces(&erasure, &mut troubles).await;
        self.empty_rows(&mut erasure, &mut troubles).await?;
        let now = in_ms(self.clock.now());
        if !troubles.is_empty() {
            erasure.trouble = Some(troubles.join("; "));
            erasure.due_at = Some(now + pause(erasure.tried));
        } else if erasure.ended_at.is_none() {
            (erasure.ended_at, erasure.trouble) = (Some(now), None);
            erasure.due_at = Some(now + SECOND_LOOK).filter(|_| !erasure.work.is_empty());
        } else {
            self.store.forget_unclaimed_words().await?;
            (erasure.due_at, erasure.trouble) = (None, None);
        }
        if erasure.due_at.is_none() {
            erasure.work = store::ErasureWork::default();
        } else {
            // places of others may be named by the number: they are told once and kept nowhere
            erasure.work.recordings.retain(|location| files.ours.contains(location));
        }
        if !self.store.save_erasure(&erasure).await? {
            tracing::info!(erasure = erasure.id.0, "somebody else has taken the erasure up");
        }
        Ok(ErasedPhone { erasure, deleted: files.deleted, left: files.left, failed: files.failed })
    }

    async fn delete_files(&self, erasure: &mut Erasure, troubles: &mut Vec<String>) -> Files {
        let mut locations = erasure.work.recordings.clone();
        for sha256 in &erasure.work.unread {
            let used = self.store.recording_with(sha256).await;
            if used.is_ok_and(|used| used.is_none()) {
                locations.push(RecordingFolder::location_of_sha256(sha256.as_str()));
            }
        }
        let mut files = Files::default();
        for location in locations {
            files.delete(&self.recordings, location, &self.data_dir).await;
        }
        if !files.failed.is_empty() {
            troubles.push(format!("{} files could not be deleted", files.failed.len()));
        }
        let gone = files.ours.len() - files.failed.len();
        raise(
            erasure,
            "recordings",
            gone as u64,
            (files.left.len() + files.failed.len()) as u64,
            in_ms(self.clock.now()),
        );
        files
    }

    async fn drop_pieces(&self, erasure: &Erasure, troubles: &mut Vec<String>) {
        for sound in erasure.work.sounds.iter().chain(&erasure.work.unread) {
            if let Err(error) = self.pieces.forget(sound).await {
                tracing::warn!(%error, "paid pieces of an erased call could not be dropped");
                troubles.push("paid pieces of a call could not be dropped".to_owned());
            }
        }
    }

    /// Cells that we wrote become blank; what a person wrote there is counted for a person.
    async fn empty_rows(&self, erasure: &mut Erasure, troubles: &mut Vec<String>) -> Result<(), StoreError> {
        let keys: Vec<String> = erasure.work.calls.iter().map(ToString::to_string).collect();
        if keys.is_empty() {
            return Ok(());
        }
        let now = in_ms(self.clock.now());
        match &self.sheet {
            Sheet::None => {
                // of a sheet that is configured no more: a person has to look there
                let remembered = self.store.forget_rows(&keys).await?;
                raise(erasure, "sheet_rows", 0, remembered, now);
            }
            Sheet::Broken(why) => troubles.push(why.clone()),
            Sheet::Rows(rows) => match rows.empty(&keys).await {
                Ok(receipt) => {
                    self.store.forget_rows(&keys).await?;
                    let gone = receipt.updated + receipt.unchanged + receipt.deleted_by_person;
                    raise(erasure, "sheet_rows", gone, receipt.left + receipt.refused.len() as u64, now);
                }
                Err(error) => troubles.push(self.told(&error)),
            },
        }
        Ok(())
    }

    fn told(&self, error: &SheetError) -> String {
        sheet_error(self.lang, error).message
    }

    /// Deletes a recording of ours; `true` when it is gone, however.
    pub(crate) async fn delete_ours(&self, location: String) -> bool {
        let mut files = Files::default();
        files.delete(&self.recordings, location, &self.data_dir).await;
        !files.ours.is_empty() && files.failed.is_empty()
    }
}

/// The receipt never says less than it said: a second look finds nothing any more.
fn raise(erasure: &mut Erasure, place: &str, gone: u64, by_hand: u64, at: DateTime<Utc>) {
    let known = erasure.places.iter().find(|known| known.place == place);
    let before = known.map_or((0, 0), |known| (known.gone, known.by_hand));
    let by_hand = if erasure.ended_at.is_some() { by_hand.max(before.1) } else { by_hand };
    let now = (gone.max(before.0), by_hand);
    if known.is_none() || now != before {
        erasure.set(place, now.0, now.1, at);
    }
}

/// A receipt says the same before it is kept and after.
fn in_ms(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(3)
}

fn pause(tried: u64) -> Duration {
    let minutes = 1_u64.checked_shl(u32::try_from(tried.min(10)).unwrap_or(10)).unwrap_or(u64::MAX);
    Duration::from_secs(minutes.saturating_mul(30)).min(LONGEST_PAUSE)
}

impl Files {
    async fn delete(&mut self, recordings: &RecordingFolder, location: String, root: &Path) {
        let path = recordings.path_of(&location);
        match recordings.forget(&location).await {
            Ok(true) => self.deleted.push(path),
            // ours and gone already, or another's and not there: nothing is left of it
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::CallId;
    use sheets_sink::testing::{Hand as _, contract};
    use store::LedgerRow;
    use store::contract::{at, call};
    use test_support::FakeClock;

    use super::*;

    async fn app(place: &Path) -> App {
        let data = place.join("data").display().to_string();
        let env = BTreeMap::from([("ZVONAR_DATA_DIR".to_owned(), data)]);
        let input = crate::ConfigInput { cwd: place.to_owned(), env, ..crate::ConfigInput::default() };
        App::open(crate::load(&input).unwrap().config).await.unwrap()
    }

    #[tokio::test]
    async fn rows_of_the_sheet_are_emptied_once_google_is_back() {
        let place = tempfile::tempdir().unwrap();
        let app = app(place.path()).await;
        let rows = sheets_sink::testing::FakeRows::new(contract::spec());
        let clock = Arc::new(FakeClock::new());
        let places = Places {
            sheet: Sheet::Rows(Arc::new(rows.clone())),
            clock: Arc::<FakeClock>::clone(&clock),
            ..app.places()
        };
        let store = app.store();
        store.discover(&[call("a", 0)], None, at(0)).await.unwrap();
        let key = CallId::derive("folder", "a").to_string();
        let row = sheets_sink::SheetRow { key: key.clone(), ..contract::row(1) };
        let _ = rows.write(&[row]).await.unwrap();
        let remembered =
            LedgerRow { key: key.clone(), digest: "1".to_owned(), body: "слова".to_owned() };
        store.settle_batch("sheet", "none", &[remembered], at(1)).await.unwrap();

        let phone = PhoneNumber::parse("+79161234567").unwrap();
        let demand =
            ErasureDemand { phone, who: "anna".to_owned(), sent_by: Vec::new(), kept_by: Vec::new() };
        let begun = store.begin_erasure(&demand, clock.now()).await.unwrap();
        let away = SheetError::Unavailable { reason: "503".into(), retry_after: None, unsure: false };
        rows.fail_next(away);
        let first = places.end(None).await.unwrap().remove(0).erasure;
        assert!(first.ended_at.is_none() && first.trouble.is_some(), "{first:?}");
        assert_eq!(rows.words(&key, "caller").as_deref(), Some("+79161234567"), "Google was away");
        assert_eq!(
            store.rows("sheet", std::slice::from_ref(&key)).await.unwrap().len(),
            1,
            "needed once more"
        );

        assert!(places.end(None).await.unwrap().is_empty(), "not before its time");
        clock.advance(Duration::from_mins(2));
        let second = places.end(None).await.unwrap().remove(0).erasure;
        assert_eq!((second.id, second.gone("sheet_rows")), (begun.id, 1));
        assert!(second.ended_at.is_some() && second.trouble.is_none(), "{second:?}");
        assert_eq!(rows.words(&key, "caller").as_deref(), Some(""));
        assert_eq!(store.rows("sheet", &[key]).await.unwrap(), []);

        clock.advance(SECOND_LOOK);
        let last = places.end(None).await.unwrap().remove(0).erasure;
        assert_eq!((last.gone("sheet_rows"), last.due_at), (1, None), "a second look takes nothing back");
        assert!(last.work.is_empty());
        clock.advance(SECOND_LOOK);
        assert!(places.end(None).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn old_recordings_go_with_their_files_and_young_ones_stay() {
        let place = tempfile::tempdir().unwrap();
        let app = app(place.path()).await;
        let clock = Arc::new(FakeClock::new());
        let places = Places { clock: Arc::<FakeClock>::clone(&clock), ..app.places() };
        let store = app.store();
        let mut files = Vec::new();
        for (name, sha) in [("old", "aa"), ("young", "bb")] {
            let sha256 = sha.repeat(32);
            let location = RecordingFolder::location_of_sha256(&sha256);
            let mut found = call(name, 0);
            found.jobs = Vec::new();
            store.discover(&[found], None, clock.now()).await.unwrap();
            let mut recording = store::contract::recording(&location);
            recording.sha256 = domain::Sha256::new(sha256);
            store::contract::finish(
                store.as_ref(),
                name,
                store::Stage::Fetch,
                store::Outcome::Fetched(Box::new(recording)),
                1,
            )
            .await;
            let file = app.recordings().path_of(&location);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, "sound").unwrap();
            files.push(file);
            clock.advance(Duration::from_hours(24 * 60));
        }
        let keeping = crate::KeepingSettings {
            recordings: Some(chrono::TimeDelta::days(90)),
            ..crate::KeepingSettings::default()
        };
        let forgotten = places.forget_old(keeping).await.unwrap();
        assert_eq!((forgotten.recordings, forgotten.resisting), (1, 0));
        assert!(!files[0].exists() && files[1].exists());
        assert_eq!(store.call(CallId::derive("folder", "old")).await.unwrap().unwrap().recording, None);
        assert_eq!(places.forget_old(keeping).await.unwrap(), crate::Forgotten::default());
        assert_eq!(store.audit_log(9).await.unwrap().len(), 1, "and stands in the log once");
    }
}
