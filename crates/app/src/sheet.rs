//! The Google Sheet as the command line shows it: making it ready, looking at it, reading people's
//! scores back.

use std::sync::Arc;

use domain::{CallId, Lang, Rubric};
use pipeline::ResultSink;
use sheets_sink::{Corrections, RowSink as _, SheetError, SheetReport, SheetWarning, SheetsClient};
use store::{Calibration, StoreError};

use crate::adapters::{SINK, SheetSink};
use crate::provider_words::{sheet_error, sheet_warning};
use crate::words::store_error;
use crate::{App, AppError, RecordingLink};

/// The sheet as it stands, and what a person should do about it.
#[derive(Debug, Clone, PartialEq)]
pub struct SheetLook {
    /// What Google says.
    pub report: SheetReport,
    /// What happened and what to do, a sentence each.
    pub warnings: Vec<String>,
    /// The zone of the account's times where it is not the spreadsheet's.
    pub other_zone: Option<String>,
}

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
        let may = self.config().may_have_all(&google.sheets_url);
        may && google.credentials.is_some() && google.sheet_id.is_some()
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
    pub async fn sheet_init(&self, rubric: &Rubric, create: Option<&str>) -> Result<SheetLook, AppError> {
        let sheets = match create {
            None => self.sheets(rubric, None)?,
            Some(title) => {
                let maker = self.sheets(rubric, Some(""))?;
                let zone = self.config().timezone.name();
                let made = maker.create(title, zone).await.map_err(|error| self.sheet_failed(&error))?;
                self.sheets(rubric, Some(&made.spreadsheet_id))?
            }
        };
        let report = sheets.prepare().await.map_err(|error| self.sheet_failed(&error))?;
        Ok(self.looked_at(report).await)
    }

    /// Looks at everything that a delivery needs.
    ///
    /// # Errors
    /// Google refuses or is silent.
    pub async fn sheet_check(&self, rubric: &Rubric) -> Result<SheetLook, AppError> {
        let report = self.sheets(rubric, None)?.check().await.map_err(|error| self.sheet_failed(&error))?;
        Ok(self.looked_at(report).await)
    }

    async fn looked_at(&self, report: SheetReport) -> SheetLook {
        let lang = self.lang();
        let said = |warning: &SheetWarning| {
            let told = sheet_warning(lang, warning);
            if told.hint.is_empty() { told.message } else { format!("{}: {}", told.message, told.hint) }
        };
        let mut warnings: Vec<String> = report.warnings.iter().map(said).collect();
        let zone = self.zone_of_calls().await;
        let other_zone = Some(zone.name().to_owned()).filter(|zone| *zone != report.time_zone);
        if let Some(zone) = &other_zone {
            warnings.push(match lang {
                Lang::Ru => format!(
                    "часовой пояс таблицы {}, а звонков — {zone}: время в таблице будет по её поясу; сменить: Файл → Настройки",
                    report.time_zone
                ),
                Lang::En => format!(
                    "the sheet's time zone is {}, that of the calls {zone}: times in the sheet are of its own; File → Settings",
                    report.time_zone
                ),
            });
        }
        SheetLook { report, warnings, other_zone }
    }

    /// The account's zone where calls come from UIS and it answers; else the configured one.
    async fn zone_of_calls(&self) -> chrono_tz::Tz {
        if self.config().uis.key.is_none() {
            return self.config().timezone;
        }
        self.uis_zone().await.unwrap_or(self.config().timezone)
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
