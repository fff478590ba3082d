//! What the crate promises, tried from outside.

mod csv_report;
mod folder_source;
mod reports;
mod xlsx_report;
