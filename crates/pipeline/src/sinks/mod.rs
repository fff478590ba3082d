//! The port that results leave through, and the sinks that are files.

mod atomic;
mod cell_text;
mod columns;
mod csv;
mod figures;
mod row;
mod xlsx;

use async_trait::async_trait;

pub use self::atomic::{check_report_place, replace_file};
pub use self::columns::ReportOptions;
pub use self::csv::{CsvReport, CsvRows, harmless};
pub use self::row::{RowCell, RowColumn, RowColumnKind, row_cells, row_columns};
pub use self::xlsx::{XlsxReport, XlsxRows, XlsxRowsError};

use crate::CallReport;

/// How a sink keeps what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinkKind {
    /// A picture of the run: every delivery holds all calls and replaces what was there.
    Snapshot,
    /// A row per call, updated by id: gets only what changed.
    Rows,
}

/// What a delivery did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeliveryReceipt {
    /// Rows added.
    pub added: usize,
    /// Rows changed.
    pub updated: usize,
    /// Rows that held the same already.
    pub unchanged: usize,
    /// Where a person finds them.
    pub place: String,
}

/// Where results go. Idempotent by call id and revision of the report.
#[async_trait]
pub trait ResultSink: Send + Sync {
    /// The name in the queue and in messages.
    fn name(&self) -> &str;

    /// How it keeps rows.
    fn kind(&self) -> SinkKind;

    /// Hands rows over.
    async fn deliver(&self, rows: &[CallReport]) -> Result<DeliveryReceipt, SinkError>;
}

/// What a caller can do about a failing sink.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// Cannot be written: full disk, no right, open in another program.
    #[error("{place} cannot be written: {why}")]
    NotWritable {
        /// The file or sheet.
        place: String,
        /// The cause, in the report's language.
        why: String,
        /// What to do, in the report's language.
        hint: String,
    },
    /// Key, role or sharing is refused: the stage pauses.
    #[error("{place} refuses access: {why}")]
    Refused {
        /// The sheet.
        place: String,
        /// What it said.
        why: String,
        /// What to do.
        hint: String,
    },
    /// A moment's trouble.
    #[error("{place} does not answer: {why}")]
    Unavailable {
        /// The sheet.
        place: String,
        /// What happened.
        why: String,
        /// Not before.
        retry_after: Option<std::time::Duration>,
    },
}

impl SinkError {
    /// Whether the same rows may be taken later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}
