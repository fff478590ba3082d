//! The recordings of `examples/calls`, by file name.

use std::path::{Path, PathBuf};

/// The path of a recording in `examples/calls`.
pub fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/calls").join(name)
}
