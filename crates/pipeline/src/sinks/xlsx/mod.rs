//! The report as a workbook: calls, sums with charts, quotes. Equal reports make equal bytes.

mod calls_tab;
mod charts;
mod looks;
mod quotes_tab;
mod rows;
mod totals_tab;

use std::path::PathBuf;

use async_trait::async_trait;
use chrono::DateTime;
use domain::Lang;
use rust_xlsxwriter::{DocProperties, Workbook, Worksheet, XlsxError};

use super::atomic::{not_writable, replace};
use super::columns::{ReportOptions, columns};
use super::figures::Figures;
use super::{DeliveryReceipt, ResultSink, SinkError, SinkKind};
use crate::CallReport;
use looks::Looks;

pub use rows::{XlsxRows, XlsxRowsError};

/// Rows of a sheet without its header (Excel's specification and limits).
const MOST_ROWS: usize = 1_048_575;

/// Writes every delivery as a new workbook in the place of the old one.
#[derive(Debug)]
pub struct XlsxReport {
    path: PathBuf,
    options: ReportOptions,
}

impl XlsxReport {
    /// Writes nothing yet.
    pub fn new(path: impl Into<PathBuf>, options: ReportOptions) -> Self {
        Self { path: path.into(), options }
    }

    /// The workbook's bytes for these reports.
    ///
    /// # Errors
    /// [`SinkError::NotWritable`] for more calls than a sheet has rows.
    pub fn render(&self, reports: &[CallReport]) -> Result<Vec<u8>, SinkError> {
        let lang = self.options.lang;
        if reports.len() > MOST_ROWS {
            let why = match lang {
                Lang::Ru => format!("звонков {}, а строк на листе не больше {MOST_ROWS}", reports.len()),
                Lang::En => format!("{} calls are more than the {MOST_ROWS} rows of a sheet", reports.len()),
            };
            let hint = lang.pick(
                "сузьте промежуток: --from и --to, или запишите .csv",
                "narrow the window with --from and --to, or write a .csv",
            );
            return Err(not_writable(&self.path, why, hint));
        }
        self.workbook(reports).map_err(|error| {
            let hint =
                lang.pick("запишите .csv: --report report.csv", "write a .csv instead: --report report.csv");
            not_writable(&self.path, error.to_string(), hint)
        })
    }

    fn workbook(&self, reports: &[CallReport]) -> Result<Vec<u8>, XlsxError> {
        let options = &self.options;
        let looks = Looks::new();
        let figures = Figures::of(reports, options);
        let mut workbook = Workbook::new();
        workbook.set_properties(&self.properties(reports));
        calls_tab::write(workbook.add_worksheet(), reports, &columns(options, reports), options, &looks)?;
        totals_tab::write(workbook.add_worksheet(), &figures, options, &looks)?;
        quotes_tab::write(workbook.add_worksheet(), reports, options, &looks)?;
        workbook.save_to_buffer()
    }

    /// The file was made when the newest of its data was: now would change the bytes.
    fn properties(&self, reports: &[CallReport]) -> DocProperties {
        let lang = self.options.lang;
        let made = reports.iter().map(|report| report.processed_at).max().unwrap_or(DateTime::UNIX_EPOCH);
        DocProperties::new()
            .set_title(lang.pick("Отчёт по звонкам", "Call report"))
            .set_subject(super::cell_text::fitting(&self.options.rubric.title))
            .set_author("zvonar")
            .set_creation_datetime(&made)
    }
}

#[async_trait]
impl ResultSink for XlsxReport {
    fn name(&self) -> &'static str {
        "xlsx"
    }

    fn kind(&self) -> SinkKind {
        SinkKind::Snapshot
    }

    async fn deliver(&self, rows: &[CallReport]) -> Result<DeliveryReceipt, SinkError> {
        replace(&self.path, self.render(rows)?, rows.len(), self.options.lang).await
    }
}

/// Paper: landscape A4, as wide as the page, the header on every page.
fn print_setup(sheet: &mut Worksheet, header_row: Option<u32>) -> Result<(), XlsxError> {
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3).set_footer("&L&8&A&R&8&P / &N");
    if let Some(row) = header_row {
        sheet.set_repeat_rows(row, row)?;
    }
    Ok(())
}
