//! One file per pair: a part's own words on one side, a port on the other.

mod no_speech;
mod transcript_cache;

pub(crate) use no_speech::NoSpeech;
pub(crate) use transcript_cache::StoredTranscripts;
