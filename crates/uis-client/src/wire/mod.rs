//! JSON as it travels: the envelope, the rows, and their way into the crate's types.
//!
//! Unknown members are ignored, missing ones optional: rows grow undocumented columns
//! (`hold_duration`), and pages of the documentation differ on spellings.

mod envelope;
mod lenient;
mod rows;

pub(crate) use envelope::decode;
#[cfg(feature = "testing")]
pub(crate) use envelope::limits;
pub(crate) use lenient::TIME;
pub(crate) use rows::{WireAccount, WireCall, WireEmployee, WireLeg, WireRecognition, WireTag, page, read};
