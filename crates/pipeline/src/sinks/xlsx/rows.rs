//! The tab «Звонки» alone, row by row as pages of calls come: its memory does not grow with the calls.

use std::io::{Seek, Write};
use std::path::Path;

use domain::Lang;
use rust_xlsxwriter::{DocProperties, Workbook, XlsxError};

use super::MOST_ROWS;
use super::calls_tab::{self, MOST_NOTES, Tab};
use super::looks::Looks;
use crate::CallReport;
use crate::sinks::columns::{Column, ReportOptions, columns};

/// A workbook under way. Sums, charts, quotes and notes need all calls at once: they belong to
/// [`super::XlsxReport`].
pub struct XlsxRows {
    workbook: Workbook,
    columns: Vec<Column>,
    options: ReportOptions,
    looks: Looks,
    rows: u32,
    links: usize,
}

/// Why a workbook was not made.
#[derive(Debug, thiserror::Error)]
pub enum XlsxRowsError {
    /// More calls than a sheet has rows.
    #[error("more calls than the {MOST_ROWS} rows of a sheet: narrow the period, or take CSV")]
    TooMany,
    /// The writer failed: no room in the folder for temporary files, most likely.
    #[error("the workbook cannot be written: {0}")]
    Writer(#[from] XlsxError),
}

impl XlsxRows {
    /// Rows wait in a temporary file in `folder` until the workbook is saved. Columns are those of the
    /// rubric alone.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn new(options: ReportOptions, folder: &Path) -> Result<Self, XlsxRowsError> {
        let (looks, columns) = (Looks::new(), columns(&options, &[]));
        let mut workbook = Workbook::new();
        workbook.set_tempdir(folder)?;
        let title = options.lang.pick("Отчёт по звонкам", "Call report");
        workbook.set_properties(&DocProperties::new().set_title(title).set_author("zvonar"));
        calls_tab::begin(workbook.add_worksheet_with_constant_memory()?, &columns, &options, &looks)?;
        Ok(Self { workbook, columns, options, looks, rows: 0, links: 0 })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// When the sheet or the disk is full.
    pub fn page(&mut self, reports: &[CallReport]) -> Result<(), XlsxRowsError> {
        let sheet = self.workbook.worksheet_from_index(0)?;
        let mut tab =
            Tab { sheet, options: &self.options, looks: &self.looks, notes: MOST_NOTES, links: self.links };
        for report in reports {
            if usize::try_from(self.rows).is_ok_and(|rows| rows >= MOST_ROWS) {
                return Err(XlsxRowsError::TooMany);
            }
            self.rows += 1;
            tab.row(self.rows, &self.columns, report)?;
        }
        self.links = tab.links;
        Ok(())
    }

    /// Ends the workbook and writes it out.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save<W: Write + Seek + Send>(mut self, out: W) -> Result<(), XlsxRowsError> {
        let lang: Lang = self.options.lang;
        let sheet = self.workbook.worksheet_from_index(0)?;
        calls_tab::end(sheet, &self.columns, self.rows, lang)?;
        Ok(self.workbook.save_to_writer(out)?)
    }
}

impl std::fmt::Debug for XlsxRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("XlsxRows").field("rows", &self.rows).finish_non_exhaustive()
    }
}
