//! The documented shapes of answers.
//!
//! A call travels as `pipeline::call_json` spells it, for scripts and the web alike; these types say the
//! same to the OpenAPI document. Tests read every answer against them, so neither can change alone.

pub(crate) mod analysis;
pub(crate) mod call;
pub(crate) mod figures;
pub(crate) mod words;
