//! Minds: a language model over any chat API, and a script that needs none.

mod fields;
mod kinds;
mod marks;
mod model;
mod prompt;
mod script;
mod sentences;

pub use fields::{FieldValue, extract_by_model, extract_by_rules};
pub use model::ModelMind;
pub use script::ScriptedMind;
pub use sentences::Sentences;
