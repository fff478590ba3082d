//! The Google Sheet as the command line shows it: making it ready, looking at it, reading people's
//! scores back.

use std::sync::Arc;

use domain::{CallId, Rubric};
use pipeline::ResultSink;
use sheets_sink::{Corrections, RowSink as _, SheetError, SheetReport, SheetsClient};
use store::{Calibration, StoreError};

use crate::adapters::{SINK, SheetSink};
use crate::provider_words::sheet_error;
use crate::words::store_error;
use crate::{App, AppError, RecordingLink};

/// What was read back from the sheet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadBack {
    /// Scores of people that stand in the sheet.
    pub scores: usize,
    /// Of them, new or changed since the last look.
    pub new: usize,
    /// Cells that hold no score, rows that contradict each other.
    pub problems: usize,
}

impl App {
    /// Whether a sheet is configured.
    pub fn has_sheet(&self) -> bool {
        let google = &self.config().google;
        google.credentials.is_some() && google.sheet_id.is_some()
    }

    /// Finished calls go to the sheet, a row each.
    ///
    /// # Errors
    /// The sheet is not configured, or its key file cannot be used.
    pub fn sheet_sink(&self, rubric: &Rubric) -> Result<Arc<dyn ResultSink>, AppError> {
        let links = self.config().google.recording_link != RecordingLink::None;
        let rows = Arc::new(self.sheets(rubric, None)?);
        Ok(Arc::new(SheetSink::new(rows, self.report_options(rubric), links)))
    }

    /// Makes the tab with its header and looks; with a title also the spreadsheet, under a user's own
    /// access. Repeating it is harmless, save for the title: each makes another spreadsheet.
    ///
    /// # Errors
    /// Google refuses or is silent.
    pub async fn sheet_init(&self, rubric: &Rubric, create: Option<&str>) -> Result<SheetReport, AppError> {
        let sheets = match create {
            None => self.sheets(rubric, None)?,
            Some(title) => {
                let maker = self.sheets(rubric, Some(""))?;
                let zone = self.config().timezone.name();
                let made = maker.create(title, zone).await.map_err(|error| self.sheet_failed(&error))?;
                self.sheets(rubric, Some(&made.spreadsheet_id))?
            }
        };
        sheets.prepare().await.map_err(|error| self.sheet_failed(&error))
    }

    /// Looks at everything that a delivery needs.
    ///
    /// # Errors
    /// Google refuses or is silent.
    pub async fn sheet_check(&self, rubric: &Rubric) -> Result<SheetReport, AppError> {
        self.sheets(rubric, None)?.check().await.map_err(|error| self.sheet_failed(&error))
    }

    /// Reads «Оценка руководителя» and keeps it beside the machine's scores.
    ///
    /// # Errors
    /// Google refuses, or the database fails.
    pub async fn sheet_read_back(&self, rubric: &Rubric) -> Result<ReadBack, AppError> {
        let sheets: SheetsClient = self.sheets(rubric, None)?;
        let Corrections { scores, problems } =
            sheets.corrections().await.map_err(|error| self.sheet_failed(&error))?;
        let mut read = ReadBack { scores: scores.len(), new: 0, problems: problems.len() };
        for correction in scores {
            let Ok(call) = CallId::parse(&correction.key) else { continue };
            if self.calibrate(call, rubric, correction.score).await? {
                read.new += 1;
            }
        }
        Ok(read)
    }

    /// Keeps a supervisor's score beside the machine's; whether it was new.
    async fn calibrate(&self, call: CallId, rubric: &Rubric, score: f64) -> Result<bool, AppError> {
        let store = self.store();
        let failed = |error: StoreError| store_error(self.lang(), &error);
        if store.call(call).await.map_err(failed)?.is_none() {
            // erased since: what a person typed of it goes nowhere
            return Ok(false);
        }
        let judged = store.analysis(call, Some(&rubric.id)).await.map_err(failed)?;
        let calibration = Calibration {
            call,
            rubric: rubric.id.clone(),
            score,
            machine_score: judged.and_then(|judged| judged.analysis.total_score),
            source: SINK.to_owned(),
            at: self.clock().now(),
        };
        store.save_calibration(&calibration).await.map_err(failed)
    }

    fn sheet_failed(&self, error: &SheetError) -> AppError {
        let told = sheet_error(self.lang(), error);
        let mut failed = AppError::failed("sheet", told.message, told.hint);
        failed.refused = error.is_refused_access();
        failed
    }
}
