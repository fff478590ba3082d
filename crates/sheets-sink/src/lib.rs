#![doc = include_str!("../README.md")]

mod a1;
mod api;
mod batch;
mod cell;
mod chance;
mod client;
mod compose;
mod config;
#[cfg(feature = "testing")]
pub mod contract;
mod credentials;
mod deliver;
mod empty;
mod error;
#[cfg(feature = "testing")]
mod fake;
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
    RefusedRow, Role, RowSink, SheetReport, SheetRow, SheetSpec, SheetWarning, WriteReceipt,
};
pub use chance::{Chance, RandomChance};
pub use client::{CreatedSheet, SheetsClient};
pub use config::{GOOGLE_SHEETS_URL, GoogleConfig, Patience, spreadsheet_id};
pub use error::SheetError;
use ledger::ledger_cells;
pub use ledger::{DeliveryLedger, LedgerError, LedgerRow, OpenBatch};
pub use pace::SharedQuota;

/// Doubles and the contract suite, for tests of this crate and of those who use it.
#[cfg(feature = "testing")]
pub mod testing {
    pub use crate::api::MockRowSink;
    pub use crate::contract::{self, Hand};
    pub use crate::fake::{
        CellView, ColumnView, FakeAnswer, FakeGoogle, FakeRequest, FakeRows, Fate, GoogleFault,
        GoogleRequests, GoogleState, MemoryLedger, On, Person, Share, SheetView, SteadyChance, check_answer,
        check_request,
    };
}
