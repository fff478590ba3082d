//! Forgetting a person: the database first, then everything outside it, and a receipt that says what.
//!
//! The database's part is one transaction that leaves a list of what lies outside. Whoever comes next works
//! that list off: this call, or after a kill the next run or the service. When all is done it is looked at once
//! more, for a job that was under way may have brought something back.

mod files;
mod places;

use std::path::PathBuf;
use std::sync::Arc;

use domain::PhoneNumber;
use pipeline::IntakeSource;
use store::{Erasure, ErasureDemand, StoreError};

use crate::words::store_error;
use crate::{App, AppError};

pub(crate) use files::Files;
pub(crate) use places::{Places, Sheet};

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
        let places = self.places();
        let begun = self.store().begin_erasure(&demand, places.now_ms()).await.map_err(failed)?;
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
