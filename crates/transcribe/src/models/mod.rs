//! Speech models on this machine: the pinned catalogue, download, import, checking.
//!
//! Surprising rule: a model that we convert from its original weights has other bytes than
//! the published file of the same kind, so it is the *source's* digest that makes it known;
//! what came out is recorded beside it, and later corruption is found against that.

mod catalogue;
mod ct2;
mod digest;
mod error;
mod ggml;
mod import;
mod layout;
mod mel;
mod quantise;
mod sidecar;
mod source;
mod store;
mod vocabulary;

pub use catalogue::{CATALOGUE, CatalogueEntry, entry};
pub use error::ModelError;
pub use ggml::{GgmlModel, inspect};
#[cfg(feature = "whisper")]
pub(crate) use store::weights_id;
pub use store::{ModelInfo, ModelState, ModelStore};
