//! One file per pair: a part's own words on one side, a port on the other.

mod bucket_shelf;
mod bucket_wire;
mod ledger;
mod no_speech;
mod shared_pace;
mod sheet_sink;
mod transcript_cache;
mod uis_recording;
mod uis_source;
mod url_source;
mod voximplant_source;

pub(crate) use bucket_shelf::BucketShelf;
pub(crate) use ledger::StoredLedger;
pub(crate) use no_speech::NoSpeech;
pub(crate) use shared_pace::StoredPace;
pub(crate) use sheet_sink::{SINK, SheetSink, spec};
pub(crate) use transcript_cache::StoredTranscripts;
pub(crate) use uis_source::UisSource;
pub(crate) use url_source::UrlSource;
pub(crate) use voximplant_source::VoximplantSource;
