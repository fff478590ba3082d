//! Recordings that people and programs sent: they lie in the folder of recordings already, under the
//! digest that is the call's revision.

use async_trait::async_trait;
use domain::{Call, SourceName, TimeWindow};

use crate::recordings::kept_before;
use crate::{
    CallSource, IntakeSource, RecordingFolder, RecordingSource, SourceCursor, SourceError, SourcePage,
};

/// The files.
#[derive(Debug)]
pub struct UploadSource {
    name: SourceName,
    recordings: RecordingFolder,
}

impl UploadSource {
    /// The files of this folder.
    pub fn new(recordings: RecordingFolder) -> Self {
        Self::of(IntakeSource::Upload, recordings)
    }

    /// The files of this folder that came in by another way.
    pub fn of(intake: IntakeSource, recordings: RecordingFolder) -> Self {
        Self { name: SourceName::from(intake.as_str()), recordings }
    }
}

#[async_trait]
impl CallSource for UploadSource {
    fn name(&self) -> &SourceName {
        &self.name
    }

    /// Lists nothing: its calls come in by themselves.
    async fn calls(&self, _: TimeWindow, _: Option<SourceCursor>) -> Result<SourcePage, SourceError> {
        Ok(SourcePage { calls: Vec::new(), next: None, warnings: Vec::new() })
    }

    async fn recording(&self, call: &Call) -> Result<RecordingSource, SourceError> {
        let kept = kept_before(&self.recordings, &call.revision).await?;
        let gone = || SourceError::Gone("the file was deleted".to_owned());
        kept.map(RecordingSource::Kept).ok_or_else(gone)
    }
}
