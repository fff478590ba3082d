//! What the crate promises, tried from outside.

#![expect(clippy::unwrap_used, reason = "a helper that fails ends its test")]

mod csv_report;
mod engine;
mod folder_source;
mod reports;
mod xlsx_report;
