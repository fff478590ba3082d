//! Sources that are part of the pipeline.

mod folder;

pub(crate) use folder::folder_path;
pub(crate) use folder::path_text::{path_from_text, path_to_text};
pub use folder::{FolderOptions, FolderSource};
