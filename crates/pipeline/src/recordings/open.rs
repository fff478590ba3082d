//! A recording for a listener: its length, then the stretch that a player asks for, straight from where it
//! lies. Nothing is copied to this machine for that.

use std::io::SeekFrom;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use super::RecordingFolder;
use super::shelf::{RecordingShelf, ShelfError};

/// Read at once.
const BLOCK: usize = 64 << 10;

/// A recording that is there.
#[derive(Debug)]
pub struct OpenRecording {
    length: u64,
    place: Place,
}

#[derive(Debug)]
enum Place {
    File(File),
    Shelf { shelf: Arc<dyn RecordingShelf>, name: String },
}

impl RecordingFolder {
    /// Opens what lies under a location; `None` = nothing does.
    ///
    /// # Errors
    /// The shelf's.
    pub async fn open(&self, location: &str) -> Result<Option<OpenRecording>, ShelfError> {
        let earlier = self.earlier.as_ref().filter(|_| self.shelf_for(location).is_some());
        let here = [Some(self.path_of(location)), earlier.map(|folder| folder.join(location))];
        for path in here.into_iter().flatten() {
            // an open file stays readable when it is swept
            let Ok(file) = File::open(&path).await else { continue };
            let Ok(about) = file.metadata().await else { continue };
            if about.is_file() {
                return Ok(Some(OpenRecording { length: about.len(), place: Place::File(file) }));
            }
        }
        let Some(shelf) = self.shelf_for(location) else { return Ok(None) };
        let length = shelf.size(location).await?;
        let place = Place::Shelf { shelf: Arc::clone(shelf), name: location.to_owned() };
        Ok(length.map(|length| OpenRecording { length, place }))
    }
}

impl OpenRecording {
    /// Bytes of the whole.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// `count` bytes beginning with the byte `from`; both lie inside.
    ///
    /// # Errors
    /// When it went away meanwhile, or cannot be read.
    pub async fn bytes(
        self,
        from: u64,
        count: u64,
    ) -> std::io::Result<BoxStream<'static, std::io::Result<Bytes>>> {
        match self.place {
            Place::File(mut file) => {
                file.seek(SeekFrom::Start(from)).await?;
                Ok(ReaderStream::with_capacity(file.take(count), BLOCK).boxed())
            }
            Place::Shelf { .. } if count == 0 => Ok(futures::stream::empty().boxed()),
            Place::Shelf { shelf, name } => {
                let whole = from == 0 && count == self.length;
                let range = (!whole).then(|| from..from.saturating_add(count));
                let bytes = shelf.read(&name, range).await.map_err(std::io::Error::other)?;
                let bytes = bytes.ok_or(std::io::ErrorKind::NotFound)?;
                Ok(bytes.map(|piece| piece.map_err(std::io::Error::other)).boxed())
            }
        }
    }
}
