//! One trait per aggregate.

pub(crate) mod accounts;
pub(crate) mod analyses;
pub(crate) mod audit;
pub(crate) mod calibrations;
pub(crate) mod calls;
pub(crate) mod campaigns;
pub(crate) mod conversations;
pub(crate) mod deliveries;
pub(crate) mod disputes;
pub(crate) mod erasures;
pub(crate) mod facts;
pub(crate) mod jobs;
pub(crate) mod leads;
pub(crate) mod providers;
pub(crate) mod retention;
pub(crate) mod runs;
pub(crate) mod schedules;
pub(crate) mod search;
pub(crate) mod sinks;
pub(crate) mod statistics;
pub(crate) mod transcripts;
pub(crate) mod upkeep;
