//! What lies on the disk while calls are under work, and is swept when nobody came back to it.

use std::sync::Arc;
use std::time::Duration;

use domain::Clock;
use pipeline::RecordingFolder;
use transcribe::FolderPieces;

use crate::App;

/// Paid pieces of calls that nobody came back to are kept so long.
const PIECES_KEPT: Duration = Duration::from_hours(30 * 24);
/// No recording takes longer to come: what was begun before that is nobody's.
const HALF_WRITTEN_KEPT: Duration = Duration::from_hours(24);

#[derive(Debug)]
pub(crate) struct Leavings {
    pub(crate) pieces: FolderPieces,
    recordings: RecordingFolder,
    clock: Arc<dyn Clock>,
}

impl Leavings {
    /// Drops what nobody came back to.
    pub(crate) async fn sweep(&self) {
        let (recordings, before) = (self.recordings.clone(), self.clock.now() - HALF_WRITTEN_KEPT);
        match tokio::task::spawn_blocking(move || recordings.sweep(before)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "half-written recordings could not be dropped"),
            Err(error) => tracing::warn!(%error, "half-written recordings could not be dropped"),
        }
        self.recordings.make_room().await;
        match self.pieces.sweep(self.clock.now() - PIECES_KEPT).await {
            Ok(0) => {}
            Ok(swept) => tracing::info!(swept, "pieces of calls that were given up are dropped"),
            Err(error) => tracing::warn!(%error, "pieces of calls that were given up could not be dropped"),
        }
    }
}

impl App {
    /// What lies on the disk while calls are under work.
    pub(crate) fn leavings(&self) -> Leavings {
        let pieces = FolderPieces::new(self.config().data_dir.join("pieces"));
        Leavings { pieces, recordings: self.recordings(), clock: self.clock() }
    }
}
