//! Takes calls from a source to a report: `discovered → fetched → transcribed → analyzed → delivered`.
//!
//! Each step is a job row in the store; a killed process loses nothing, a second run does nothing
//! twice. The pipeline knows traits only: [`CallSource`], [`ResultSink`], [`Notifier`],
//! `transcribe::Transcriber`, `analyze::Analyzer`, `store::Store`. Which parts stand behind them is
//! decided in `app`. The folder source and the XLSX and CSV sinks are modules here.
//!
//! Place: above `store`, `transcribe`, `analyze`; below `app`.

mod notify;
mod report;
mod sinks;
mod source;
mod sources;

pub use notify::{Event, Notifier, SilentNotifier};
pub use report::{CallReport, RunTotals, analysis_json, call_json, document_json, totals};
pub use sinks::{DeliveryReceipt, ResultSink, SinkError, SinkKind};
pub use source::{CallSource, RecordingSource, SourceCursor, SourceError, SourcePage};
