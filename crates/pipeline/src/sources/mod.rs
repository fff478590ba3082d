//! Sources that are part of the pipeline.

mod folder;
mod upload;

pub use folder::{FolderOptions, FolderSource};
pub(crate) use folder::{path_from_text, path_to_text};
pub use upload::UploadSource;
