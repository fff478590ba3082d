//! A Google Sheet as a sink of the pipeline: rows of the report become rows of the sheet.

use std::sync::Arc;

use async_trait::async_trait;
use domain::Lang;
use pipeline::{
    CallReport, DeliveryReceipt, ReportOptions, ResultSink, RowCell, RowColumn, RowColumnKind, SinkError,
    SinkKind, row_cells, row_columns,
};
use sheets_sink::{CellValue, ColumnKind, ColumnSpec, RowSink, SheetError, SheetRow, SheetSpec};

use crate::provider_words::sheet_error;

/// The name in the queue: rows wait for this sheet, whichever tab it has.
pub(crate) const SINK: &str = "sheet";

/// What the sheet looks like under a rubric.
pub(crate) fn spec(options: &ReportOptions) -> SheetSpec {
    SheetSpec {
        columns: row_columns(options).into_iter().map(column).collect(),
        insert_before: Some("total_score".to_owned()),
    }
}

fn column(column: RowColumn) -> ColumnSpec {
    let kind = match column.kind {
        RowColumnKind::Text => ColumnKind::Text,
        RowColumnKind::Points => ColumnKind::Number,
        RowColumnKind::Score => ColumnKind::Score,
        RowColumnKind::Moment => ColumnKind::DateTime,
        RowColumnKind::Duration => ColumnKind::Duration,
        RowColumnKind::Link => ColumnKind::Link,
        RowColumnKind::Key => ColumnKind::Key,
        RowColumnKind::HumanScore => ColumnKind::HumanScore,
    };
    ColumnSpec { id: column.id, header: column.header, kind, width_px: column.width_px, wrap: column.wraps }
}

/// Hands finished calls to a sheet.
pub(crate) struct SheetSink {
    rows: Arc<dyn RowSink>,
    options: ReportOptions,
    links: bool,
}

impl SheetSink {
    /// `links`: whether the recording's cell leads anywhere.
    pub(crate) fn new(rows: Arc<dyn RowSink>, options: ReportOptions, links: bool) -> Self {
        Self { rows, options, links }
    }

    fn row(&self, report: &CallReport) -> SheetRow {
        let lang = self.options.lang;
        let cells = row_cells(&self.options, report)
            .into_iter()
            // a person's column is never written, and the key is the row's own
            .filter(|(id, _)| id != "human_score" && id != "call_id")
            .map(|(id, cell)| (id, self.value(cell, lang)))
            .collect();
        SheetRow { key: report.call.id.to_string(), cells }
    }

    fn value(&self, cell: RowCell, lang: Lang) -> CellValue {
        match cell {
            RowCell::Text(text) => CellValue::Text(text),
            RowCell::Number(number) => CellValue::Number(number),
            RowCell::Moment(at) => CellValue::Moment(at),
            RowCell::Duration(ms) => CellValue::DurationMs(ms),
            RowCell::Link(url) if self.links => {
                CellValue::Link { url, text: lang.pick("Слушать", "Listen").to_owned() }
            }
            RowCell::Link(_) | RowCell::Empty => CellValue::Empty,
        }
    }
}

#[async_trait]
impl ResultSink for SheetSink {
    fn name(&self) -> &str {
        SINK
    }

    fn kind(&self) -> SinkKind {
        SinkKind::Rows
    }

    async fn deliver(&self, rows: &[CallReport]) -> Result<DeliveryReceipt, SinkError> {
        // people read a sheet downwards through time
        let mut rows: Vec<&CallReport> = rows.iter().collect();
        rows.sort_by_key(|report| report.call.started_at);
        let rows: Vec<SheetRow> = rows.into_iter().map(|report| self.row(report)).collect();
        let receipt = self.rows.write(&rows).await.map_err(|error| sink_error(self.options.lang, &error))?;
        for refused in &receipt.refused {
            tracing::warn!(call = refused.key, reason = refused.reason, "the sheet does not take the row");
        }
        let count = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        Ok(DeliveryReceipt {
            added: count(receipt.added),
            updated: count(receipt.updated),
            unchanged: count(receipt.unchanged + receipt.deleted_by_person),
            place: self.options.lang.pick("Google Таблица", "the Google Sheet").to_owned(),
        })
    }
}

/// What the pipeline may do about it.
fn sink_error(lang: Lang, error: &SheetError) -> SinkError {
    let told = sheet_error(lang, error);
    let place = lang.pick("Google Таблица", "the Google Sheet").to_owned();
    if error.is_retryable() {
        return SinkError::Unavailable { place, why: told.message, retry_after: error.retry_after() };
    }
    if error.is_refused_access() {
        return SinkError::Refused { place, why: told.message, hint: told.hint };
    }
    SinkError::NotWritable { place, why: told.message, hint: told.hint }
}
