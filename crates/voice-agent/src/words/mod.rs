//! Understanding a client without a model: what must never depend on one.
//!
//! Rules look at words without letters' case, «ё» and punctuation, so that what recognisers write
//! differently is read alike.

mod consent;
mod faq;
mod guard;
mod stems;
mod wishes;

pub(crate) use consent::{consent, is_backchannel};
pub(crate) use faq::Learned;
pub(crate) use guard::{denies_being_robot, says_goodbye};
pub(crate) use stems::{is_question, plain, stems, words_of};
pub(crate) use wishes::{Wish, wish};
