//! One trait per aggregate.

pub(crate) mod analyses;
pub(crate) mod calibrations;
pub(crate) mod calls;
pub(crate) mod jobs;
pub(crate) mod runs;
pub(crate) mod search;
pub(crate) mod sinks;
pub(crate) mod transcripts;
