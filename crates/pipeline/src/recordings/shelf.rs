//! The port behind the folder of recordings: where they lie for good when many machines need them.
//!
//! Names are those of the folder (`ab/ab12…`, the SHA-256 of what lies there), so equal names hold equal
//! bytes, putting twice is harmless, and a folder that is copied into a bucket is found there.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

/// Bytes as they come from a shelf.
pub type ShelfBytes = BoxStream<'static, Result<Bytes, ShelfError>>;

/// Object storage, or whatever all machines of an installation reach.
#[async_trait]
pub trait RecordingShelf: fmt::Debug + Send + Sync {
    /// Puts a whole file under a name, in bounded memory; it is there whole or not at all.
    async fn put(&self, name: &str, file: &Path) -> Result<(), ShelfError>;

    /// How many bytes lie under a name; `None` = nothing does.
    async fn size(&self, name: &str) -> Result<Option<u64>, ShelfError>;

    /// The bytes under a name, all or a stretch that lies inside; `None` = there are none.
    async fn read(&self, name: &str, range: Option<Range<u64>>) -> Result<Option<ShelfBytes>, ShelfError>;

    /// Forgets what lies under a name; `false` = there was nothing.
    async fn delete(&self, name: &str) -> Result<bool, ShelfError>;
}

/// What a caller can do about a failing shelf. No variant holds an address or a key.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The key or its rights: a person has to look.
    #[error("the storage of recordings refuses: {0}")]
    Refused(String),
    /// The place itself, a bucket, is not there.
    #[error("the storage of recordings has no such bucket")]
    NoBucket,
    /// A moment's trouble.
    #[error("the storage of recordings does not answer: {0}")]
    Unavailable(String),
    /// What came is not what was put there.
    #[error("the recording {0} came damaged from its storage")]
    Damaged(String),
    /// The file on this machine.
    #[error("the file of a recording: {0}")]
    Disk(#[from] std::io::Error),
}

impl ShelfError {
    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Damaged(_))
    }
}
