//! All places where a person may be remembered, and the working off of what an erasure found there.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SubsecRound as _, Utc};
use domain::{Clock, Lang};
use pipeline::RecordingFolder;
use sheets_sink::{RowSink, SheetError};
use store::{Erasure, ErasureId, ErasureWork, Store, StoreError};
use transcribe::{FolderPieces, PieceCache as _};

use super::ErasedPhone;
use super::files::Files;
use crate::exports::erase_exports;
use crate::provider_words::sheet_error;

/// Nobody else takes an erasure up for so long: Google may work on a batch for three minutes.
const IN_HAND: Duration = Duration::from_mins(5);
/// When everything is looked at once more: no step of a call under way takes longer.
const SECOND_LOOK: Duration = Duration::from_mins(30);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

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

impl Places {
    /// Works off what is due, or this erasure whatever its time.
    pub(crate) async fn end(&self, only: Option<ErasureId>) -> Result<Vec<ErasedPhone>, StoreError> {
        let mut ended = Vec::new();
        for erasure in self.store.take_erasures(only, IN_HAND, self.now_ms()).await? {
            ended.push(self.work_off(erasure).await?);
        }
        Ok(ended)
    }

    /// To the millisecond: a receipt says the same before it is kept and after.
    pub(crate) fn now_ms(&self) -> DateTime<Utc> {
        self.clock.now().trunc_subsecs(3)
    }

    async fn work_off(&self, mut erasure: Erasure) -> Result<ErasedPhone, StoreError> {
        let mut troubles = Vec::new();
        let mut files = self.delete_files(&mut erasure, &mut troubles).await;
        self.delete_exports(&mut erasure, &mut files, &mut troubles).await?;
        self.drop_pieces(&erasure, &mut troubles).await;
        self.empty_rows(&mut erasure, &mut troubles).await?;
        let now = self.now_ms();
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
            erasure.work = ErasureWork::default();
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
        let by_hand = files.left.len() + files.failed.len();
        raise(erasure, "recordings", gone as u64, by_hand as u64, self.now_ms());
        files
    }

    /// Reports that tell of the calls.
    async fn delete_exports(
        &self,
        erasure: &mut Erasure,
        files: &mut Files,
        troubles: &mut Vec<String>,
    ) -> Result<(), StoreError> {
        let erased = erase_exports(self.store.as_ref(), &erasure.work.calls).await?;
        if !erased.failed.is_empty() {
            troubles.push(format!("{} reports could not be deleted", erased.failed.len()));
        }
        let (gone, by_hand) = (erased.deleted.len(), erased.left.len() + erased.failed.len());
        if gone + by_hand > 0 {
            raise(erasure, "exports", gone as u64, by_hand as u64, self.now_ms());
        }
        files.deleted.extend(erased.deleted);
        files.left.extend(erased.left);
        files.failed.extend(erased.failed);
        Ok(())
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
        let now = self.now_ms();
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

fn pause(tried: u64) -> Duration {
    let minutes = 1_u64.checked_shl(u32::try_from(tried.min(10)).unwrap_or(10)).unwrap_or(u64::MAX);
    Duration::from_secs(minutes.saturating_mul(30)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use domain::{CallId, PhoneNumber};
    use sheets_sink::testing::{Hand as _, contract};
    use store::contract::{at, call};
    use store::{ErasureDemand, LedgerRow};
    use test_support::FakeClock;

    use super::*;
    use crate::testing::app_in;

    #[tokio::test]
    async fn rows_of_the_sheet_are_emptied_once_google_is_back() {
        let place = tempfile::tempdir().unwrap();
        let app = app_in(place.path(), &[]).await;
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
}
