//! Which of a UIS call's files is fetched: a WAV for each side where the legs say whose it is, else the
//! joined file, else the parts one after another.
//!
//! Two legs are joined on disk into one stereo file, the employee left. It and legs that are too large for memory lie
//! among the recordings that are still coming in, so what a killed process leaves of them is swept with those.

use std::sync::Arc;

use audio::{LegFile, SoundThreads};
use domain::{Lang, Speaker};
use futures::{StreamExt as _, TryStreamExt as _};
use pipeline::{KeepError, RecordingFolder, RecordingSource, SourceError, Spooled};
use uis_client::{RecordingKind, RecordingRef, UisApi, UisError, UisLeg, speaker_of};

use crate::system::cores;

/// Files of one call that differ by less began together, ms.
const TOGETHER_MS: u64 = 1_500;

/// The way to a call's sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// A file for each side; `otherwise` where one of them is gone.
    Legs { operator: RecordingRef, client: RecordingRef, offset_ms: i64, otherwise: Vec<RecordingRef> },
    /// Files one after another: parts of a call that was handed on.
    Parts(Vec<RecordingRef>),
}

impl Way {
    /// The best that there is.
    pub(super) fn choose(refs: &[RecordingRef], legs: &[UisLeg]) -> Self {
        let of = |kind| refs.iter().filter(move |found| found.kind == kind);
        let parts = || {
            let joined: Vec<_> = of(RecordingKind::Joined).take(1).cloned().collect();
            let talks: Vec<_> = of(RecordingKind::Talk).cloned().collect();
            match (talks.len(), joined.is_empty()) {
                // one part is the whole, and its address is the surer one
                (1, _) => talks,
                (_, false) => joined,
                (0, true) => {
                    of(RecordingKind::Wav).chain(of(RecordingKind::VoiceMail)).take(1).cloned().collect()
                }
                _ => talks,
            }
        };
        let side = |speaker| {
            let mut found = of(RecordingKind::Wav).filter(|wav| {
                wav.record.as_ref().is_some_and(|record| speaker_of(record, legs) == Some(speaker))
            });
            // several files of one side belong to a call that was handed on: the joined file has them all
            found.next().filter(|_| found.next().is_none()).cloned()
        };
        match (side(Speaker::Operator), side(Speaker::Client)) {
            (Some(operator), Some(client)) => {
                let offset_ms = offset_ms(&operator, &client, legs);
                Self::Legs { operator, client, offset_ms, otherwise: parts() }
            }
            _ => Self::Parts(parts()),
        }
    }
}

/// How much later the client's leg was answered than the employee's, ms.
fn offset_ms(operator: &RecordingRef, client: &RecordingRef, legs: &[UisLeg]) -> i64 {
    let connected = |file: &RecordingRef| {
        let record = file.record.as_ref()?;
        legs.iter().find(|leg| leg.wav_call_records.contains(record)).and_then(|leg| leg.connect_time)
    };
    match (connected(operator), connected(client)) {
        (Some(operator), Some(client)) => (client - operator).num_milliseconds(),
        _ => 0,
    }
}

/// Why a recording could not be opened.
#[derive(Debug)]
pub(super) enum OpenError {
    /// UIS's side.
    Uis(UisError),
    /// Ours: disk, or sound that cannot be joined.
    Local(String),
}

impl From<UisError> for OpenError {
    fn from(error: UisError) -> Self {
        Self::Uis(error)
    }
}

/// Makes one recording of two.
pub(super) struct Joiner {
    recordings: RecordingFolder,
    threads: SoundThreads,
}

impl Joiner {
    pub(super) fn new(recordings: RecordingFolder) -> Self {
        Self { recordings, threads: SoundThreads::new("sound-join", cores()) }
    }
}

/// Opens the sound.
pub(super) async fn open(
    api: Arc<dyn UisApi>,
    way: Way,
    joiner: &Joiner,
    lang: Lang,
) -> Result<RecordingSource, OpenError> {
    match way {
        Way::Parts(parts) => one_after_another(api, parts, lang).await,
        Way::Legs { operator, client, offset_ms, otherwise } => {
            match stereo(api.as_ref(), &operator, &client, offset_ms, joiner).await {
                // a leg's file may be gone while the talk itself is there
                Err(OpenError::Uis(UisError::RecordingGone { .. })) if !otherwise.is_empty() => {
                    one_after_another(api, otherwise, lang).await
                }
                opened => opened,
            }
        }
    }
}

async fn one_after_another(
    api: Arc<dyn UisApi>,
    parts: Vec<RecordingRef>,
    lang: Lang,
) -> Result<RecordingSource, OpenError> {
    let mut parts = parts.into_iter();
    let Some(first) = parts.next() else {
        return Err(UisError::RecordingGone {
            reason: lang.pick("у звонка нет файлов", "the call has no files").to_owned(),
        }
        .into());
    };
    // the first is opened now: whether there is sound at all is known before anything is written
    let first = api.recording(&first).await?.body;
    let rest = futures::stream::iter(parts)
        .then(move |part| {
            let api = Arc::clone(&api);
            async move { api.recording(&part).await.map(|opened| opened.body) }
        })
        .try_flatten();
    let told = |error: UisError| SourceError::Unavailable {
        message: error.to_string(),
        retry_after: error.retry_after(),
    };
    Ok(RecordingSource::Stream(first.chain(rest).map_err(told).boxed()))
}

async fn stereo(
    api: &dyn UisApi,
    operator: &RecordingRef,
    client: &RecordingRef,
    offset_ms: i64,
    joiner: &Joiner,
) -> Result<RecordingSource, OpenError> {
    let Joiner { recordings, threads } = joiner;
    let (left, right) =
        futures::future::try_join(fetch(api, operator, recordings), fetch(api, client, recordings)).await?;
    let recordings = recordings.clone();
    let made = threads.run(move || {
        let joined = recordings.blank()?;
        let (left, right) = (leg(&left), leg(&right));
        let together = matches!((left.length_ms(), right.length_ms()),
            (Some(a), Some(b)) if a.abs_diff(b) < TOGETHER_MS);
        let offset_ms = if together { 0 } else { offset_ms };
        audio::join_legs(left, right, offset_ms, &joined).map(|()| joined)
    });
    Ok(RecordingSource::Made(made.await.map_err(local)?.map_err(local)?))
}

fn leg(spooled: &Spooled) -> LegFile<'_> {
    match spooled {
        Spooled::Small(bytes) => LegFile::InMemory(bytes.clone()),
        Spooled::File(path) => LegFile::OnDisk(path),
    }
}

async fn fetch(
    api: &dyn UisApi,
    from: &RecordingRef,
    recordings: &RecordingFolder,
) -> Result<Spooled, OpenError> {
    let body = api.recording(from).await?.body;
    recordings.spool(body).await.map_err(kept)
}

fn kept(error: KeepError<UisError>) -> OpenError {
    match error {
        KeepError::Source(error) => OpenError::Uis(error),
        other => local(other),
    }
}

fn local(error: impl std::fmt::Display) -> OpenError {
    OpenError::Local(error.to_string())
}
