//! One file per pair: a part's own words on one side, a port on the other.

mod transcript_cache;

pub(crate) use transcript_cache::StoredTranscripts;
