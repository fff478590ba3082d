//! Google Sheets v4 as rows written exactly once.

mod api;
mod chance;
mod config;
mod error;
mod ledger;

pub use api::{
    CellValue, ColumnKind, ColumnSpec, ColumnState, Correction, CorrectionProblem, Corrections, Found,
    RefusedRow, Role, RowSink, SheetReport, SheetRow, SheetSpec, WriteReceipt,
};
pub use chance::{Chance, RandomChance};
pub use config::{GOOGLE_SHEETS_URL, GoogleConfig, Patience, spreadsheet_id};
pub use error::SheetError;
pub use ledger::{DeliveryLedger, LedgerError, LedgerRow, OpenBatch};
