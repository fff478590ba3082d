//! The report as CSV for Excel in Russia: UTF-8 with BOM, `;`, CRLF, decimal comma.
//!
//! A cell that a spreadsheet would take for a formula gets a `'` in front. Russian telephone
//! numbers stay «+7 (900) 000-31-08»: digits apart by spaces and brackets make no formula and no
//! number in any spreadsheet, and they are the only cells that may begin so.

use std::path::PathBuf;

use async_trait::async_trait;
use domain::{Lang, PhoneNumber};

use super::atomic::{not_writable, replace};
use super::columns::{Column, CriterionCell, ReportOptions, columns, started_at};
use super::{DeliveryReceipt, ResultSink, SinkError, SinkKind, cell_text};
use crate::CallReport;

/// Writes every delivery as a new file in the place of the old one.
#[derive(Debug)]
pub struct CsvReport {
    path: PathBuf,
    options: ReportOptions,
}

impl CsvReport {
    /// Writes nothing yet.
    pub fn new(path: impl Into<PathBuf>, options: ReportOptions) -> Self {
        Self { path: path.into(), options }
    }

    /// The file's bytes for these reports.
    ///
    /// # Errors
    /// [`SinkError::NotWritable`] when there is no memory for them.
    pub fn render(&self, reports: &[CallReport]) -> Result<Vec<u8>, SinkError> {
        self.rows(reports).map_err(|error| {
            let hint = self.options.lang.pick("запишите меньше звонков", "write fewer calls");
            not_writable(&self.path, error.to_string(), hint)
        })
    }

    fn rows(&self, reports: &[CallReport]) -> Result<Vec<u8>, csv::Error> {
        let rows = CsvRows { columns: columns(&self.options, reports), options: self.options.clone() };
        let mut bytes = rows.head()?;
        bytes.extend(rows.page(reports)?);
        Ok(bytes)
    }
}

/// The same rows without a file, a page at a time, in the columns of the rubric alone: criteria of
/// other rubrics are known only when all calls are.
#[derive(Debug)]
pub struct CsvRows {
    columns: Vec<Column>,
    options: ReportOptions,
}

impl CsvRows {
    /// Rows of these columns.
    pub fn new(options: ReportOptions) -> Self {
        Self { columns: columns(&options, &[]), options }
    }

    /// What the file begins with: the mark of UTF-8 and the headers.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn head(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = writer(b"\xef\xbb\xbf".to_vec());
        let lang = self.options.lang;
        writer.write_record(self.columns.iter().map(|column| harmless(column.header(lang))))?;
        written(writer)
    }

    /// A row for each of the calls.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn page(&self, reports: &[CallReport]) -> Result<Vec<u8>, csv::Error> {
        let mut writer = writer(Vec::new());
        for report in reports {
            writer.write_record(self.columns.iter().map(|column| self.cell(column, report)))?;
        }
        written(writer)
    }

    fn cell(&self, column: &Column, report: &CallReport) -> String {
        let (lang, zone) = (self.options.lang, self.options.zone);
        let minutes = |at: Option<chrono::NaiveDateTime>| {
            at.map(|at| at.format("%d.%m.%Y %H:%M").to_string()).unwrap_or_default()
        };
        let text = match column {
            Column::StartedAt => minutes(started_at(report, zone)),
            Column::Caller => return phone(report.call.caller.as_ref()),
            Column::Callee => return phone(report.call.callee.as_ref()),
            Column::Duration => report.duration_ms().map(duration).unwrap_or_default(),
            Column::Link => cell_text::link(report, &self.options).map(String::from).unwrap_or_default(),
            Column::Transcript => cell_text::transcript(report, lang),
            Column::Criterion(criterion) => {
                match criterion.result(report).map(|result| CriterionCell::of(result, lang)) {
                    Some(CriterionCell::Number(number)) => return decimal(number, lang),
                    Some(cell) => cell.text(lang).to_owned(),
                    None => String::new(),
                }
            }
            Column::Total => {
                let total = report.analysis.as_ref().and_then(|analysis| analysis.total_score);
                return total.map(|total| decimal(total, lang)).unwrap_or_default();
            }
            Column::Summary => cell_text::summary(report),
            Column::Recommendations => cell_text::recommendations(report, lang),
            Column::Manager => cell_text::manager(report),
            Column::Status => report.status_label(lang).to_owned(),
            Column::ProcessedAt => minutes(Some(report.processed_at.with_timezone(&zone).naive_local())),
            Column::HumanScore => String::new(),
            Column::CallId => report.call.id.to_string(),
        };
        harmless(&cell_text::fitting(&text))
    }
}

#[async_trait]
impl ResultSink for CsvReport {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn kind(&self) -> SinkKind {
        SinkKind::Snapshot
    }

    async fn deliver(&self, rows: &[CallReport]) -> Result<DeliveryReceipt, SinkError> {
        replace(&self.path, self.render(rows)?, rows.len(), self.options.lang).await
    }
}

fn writer(begun: Vec<u8>) -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().delimiter(b';').terminator(csv::Terminator::CRLF).from_writer(begun)
}

fn written(writer: csv::Writer<Vec<u8>>) -> Result<Vec<u8>, csv::Error> {
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

fn phone(number: Option<&PhoneNumber>) -> String {
    let pretty = cell_text::phone(number);
    if pretty.starts_with("+7 (") { pretty } else { harmless(&pretty) }
}

/// `0:04:07`: `4:07` would be read as four hours.
fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn decimal(number: f64, lang: Lang) -> String {
    let text = ((number * 100.0).round() / 100.0).to_string();
    if lang == Lang::Ru { text.replace('.', ",") } else { text }
}

/// A formula begins with one of these, full-width twins (U+FF0B, …) included; see OWASP, CSV injection.
/// Such a text gets a `'` in front.
pub fn harmless(text: &str) -> String {
    let first = text.chars().find(|c| !matches!(c, ' ' | '\u{a0}' | '\u{feff}'));
    let begins =
        |c| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠' | '−');
    if first.is_some_and(begins) { format!("'{text}") } else { text.to_owned() }
}
