//! Takes calls from a source to a report: `discovered → fetched → transcribed → analyzed → delivered`.
//!
//! Each step is a job row in the store; a killed process loses nothing, a second run does nothing
//! twice. The pipeline knows traits only: [`CallSource`], [`ResultSink`], [`Notifier`],
//! `transcribe::Transcriber`, `analyze::Analyzer`, `store::Store`. Which parts stand behind them is
//! decided in `app`. The folder source and the XLSX and CSV sinks are modules here.
//!
//! Place: above `store`, `transcribe`, `analyze`; below `app`.

mod engine;
mod failure;
mod intake;
mod notify;
mod observe;
mod provider_words;
mod recordings;
mod report;
mod sinks;
mod source;
mod sources;
mod stages;
mod words;
mod work;

pub use engine::{
    DayCap, Estimate, Parts, Pipeline, PipelineSettings, Preview, PreviewCall, PreviewPrice, RunError,
    RunReport, RunRequest, ServeRequest, WindowRequest, stored_report, stored_report_of, stored_reports,
};
pub use intake::{Intake, IntakeError, IntakeSource, KeptSound, NewCall, SpokenEnd, Submitted};
pub use notify::{Event, Notifier, SilentNotifier, paused_title};
pub use observe::{RunEvent, RunObserver, Unobserved};
pub use provider_words::{GeneralWords, ProviderWords, Told};
pub use recordings::{
    Brought, Grip, KeepError, OpenRecording, RecordingFolder, RecordingShelf, ShelfBytes, ShelfError,
    Spooled, sha256_of, sha256_of_file,
};
pub use report::{CallReport, RunTotals, analysis_json, call_json, document_json, run_json, totals};
pub use sinks::{
    CsvReport, CsvRows, DeliveryReceipt, ReportOptions, ResultSink, RowCell, RowColumn, RowColumnKind,
    SinkError, SinkKind, XlsxReport, XlsxRows, XlsxRowsError, check_report_place, harmless, replace_file,
    row_cells, row_columns,
};
pub use source::{CallSource, RecordingSource, SourceCursor, SourceError, SourcePage};
pub use sources::{FolderOptions, FolderSource, UploadSource};
pub use words::{audio_error, io_words, shelf_error, source_error};
pub use work::{CallProgress, Work};
