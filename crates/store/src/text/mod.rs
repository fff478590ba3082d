//! Words of transcripts and queries, folded and stemmed alike: what every store's search stands on.

mod query;
mod snippet;
mod words;

pub(crate) use query::{Term, terms};
pub(crate) use snippet::snippet;
pub(crate) use words::words;
