//! Calls that a robot of ours held: in the history from their first second, and once they are over judged
//! like those of people. Their words are known, so nobody is paid for hearing them again.

use std::path::PathBuf;

use bytes::Bytes;
use domain::{Call, CallError, CallStatus, Rubric, Sha256, Transcript};
use futures::{Stream, StreamExt as _};
use store::{CallRecord, DiscoveredCall, NewJob, Stage};

use super::{Intake, IntakeError, IntakeSource, Submitted, dialogue_key};
use crate::SourceError;
use crate::recordings::{Grip, KeepError};

/// What became of a call that is over.
#[derive(Debug, Clone, PartialEq)]
pub enum SpokenEnd {
    /// They talked: these are the words.
    Talk(Box<Transcript>),
    /// There is nothing to judge: nobody answered, a machine did, something failed.
    Nothing(CallStatus, Option<CallError>),
}

/// A recording that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSound {
    /// Its digest: the call's revision.
    pub sha256: Sha256,
    /// Where it lies on this machine.
    pub path: PathBuf,
    /// For as long as this is held.
    pub held: Grip,
}

impl IntakeSource {
    /// Whether calls of this source were held by a robot of ours.
    pub const fn is_spoken(self) -> bool {
        matches!(self, Self::Voximplant | Self::Simulated)
    }
}

impl Intake {
    /// A call that begins: open until [`Self::spoken`] tells its end. Again it changes nothing.
    ///
    /// # Errors
    /// The store's.
    pub async fn announce(&self, call: Call) -> Result<(), IntakeError> {
        if self.known(&call).await?.is_none() {
            let found = DiscoveredCall { call, status: CallStatus::Queued, error: None, jobs: Vec::new() };
            self.store.discover(&[found], None, self.clock.now()).await?;
        }
        Ok(())
    }

    /// Keeps a recording that is not yet anybody's.
    ///
    /// # Errors
    /// [`IntakeError::TooLarge`], [`IntakeError::Interrupted`], [`IntakeError::Disk`].
    pub async fn keep_sound(
        &self,
        stream: impl Stream<Item = Result<Bytes, std::io::Error>> + Send + Unpin,
    ) -> Result<KeptSound, IntakeError> {
        let broken = |error: std::io::Error| SourceError::Unavailable {
            message: error.to_string(),
            retry_after: None,
        };
        let kept = self.recordings.keep(stream.map(|piece| piece.map_err(broken))).await;
        let fetched = kept.map_err(|error| match error {
            KeepError::TooLarge(limit_bytes) => IntakeError::TooLarge { limit_bytes },
            KeepError::Io(error) => IntakeError::Disk(error),
            KeepError::Shelf(error) => IntakeError::Shelf(error),
            KeepError::Source(error) => IntakeError::Interrupted(error.to_string()),
        })?;
        Ok(KeptSound { sha256: fetched.sha256, path: fetched.path, held: fetched.held })
    }

    /// A call that is over. With a recording its revision is the digest of [`Self::keep_sound`]. The same
    /// call again is no other. `rows` are the sinks that are told of a call with nothing to judge; one that is
    /// judged goes to all of them afterwards.
    ///
    /// # Errors
    /// The store's.
    pub async fn spoken(
        &self,
        call: Call,
        sound: bool,
        end: SpokenEnd,
        rubric: &Rubric,
        rows: &[String],
    ) -> Result<Submitted, IntakeError> {
        let now = self.clock.now();
        let (id, external_id) = (call.id, call.external_id.clone());
        let found = match end {
            SpokenEnd::Nothing(status, error) => {
                let row = |sink: &String| NewJob { call: id, stage: Stage::Deliver, target: sink.clone() };
                DiscoveredCall { call, status, error, jobs: rows.iter().map(row).collect() }
            }
            SpokenEnd::Talk(words) => {
                self.store.cache_transcript(&dialogue_key(id), &words).await?;
                self.store.save_rubric(rubric, now).await?;
                let stage = if sound { Stage::Fetch } else { Stage::Transcribe };
                let target = format!("{}@{}", rubric.id, rubric.revision);
                let jobs = vec![NewJob { call: id, stage, target }];
                DiscoveredCall { call, status: CallStatus::Queued, error: None, jobs }
            }
        };
        let discovered = self.store.discover(&[found], None, now).await?;
        self.work.wake();
        let new = discovered.first().is_some_and(|one| *one != store::Discovery::Known);
        Ok(Submitted { call: id, external_id, new })
    }
}

/// Whether words may wait for this call.
pub(crate) fn may_be_spoken(record: &CallRecord) -> bool {
    IntakeSource::of(&record.call.source).is_some_and(IntakeSource::is_spoken)
}
