//! Google Sheets v4 as rows written exactly once.

mod a1;
mod api;
mod batch;
mod cell;
mod chance;
mod client;
mod config;
mod credentials;
mod deliver;
mod error;
mod layout;
mod ledger;
mod looks;
mod mend;
mod pace;
mod readback;
mod report;
mod rest;
mod scan;
mod serial;
mod token;
mod wire;

pub use api::{
    CellValue, ColumnKind, ColumnSpec, ColumnState, Correction, CorrectionProblem, Corrections, Found,
    RefusedRow, Role, RowSink, SheetReport, SheetRow, SheetSpec, WriteReceipt,
};
pub use chance::{Chance, RandomChance};
pub use client::{CreatedSheet, SheetsClient};
pub use config::{GOOGLE_SHEETS_URL, GoogleConfig, Patience, spreadsheet_id};
pub use error::SheetError;
use ledger::ledger_cells;
pub use ledger::{DeliveryLedger, LedgerError, LedgerRow, OpenBatch};
