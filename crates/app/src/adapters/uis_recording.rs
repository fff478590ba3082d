//! Which of a UIS call's files is fetched: a WAV for each side where the legs say whose it is, else the
//! joined file, else the parts one after another.
//!
//! Two legs are joined on disk into one stereo file, the employee left.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::{Lang, Speaker};
use futures::{StreamExt as _, TryStreamExt as _};
use pipeline::{RecordingSource, SourceError};
use tokio::io::AsyncWriteExt as _;
use tokio_util::io::ReaderStream;
use uis_client::{RecordingKind, RecordingRef, UisApi, UisError, UisLeg, speaker_of};

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

/// Opens the sound.
pub(super) async fn open(
    api: Arc<dyn UisApi>,
    way: Way,
    scratch: PathBuf,
    lang: Lang,
) -> Result<RecordingSource, OpenError> {
    match way {
        Way::Parts(parts) => one_after_another(api, parts, lang).await,
        Way::Legs { operator, client, offset_ms, otherwise } => {
            match stereo(api.as_ref(), &operator, &client, offset_ms, &scratch).await {
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
    scratch: &Path,
) -> Result<RecordingSource, OpenError> {
    tokio::fs::create_dir_all(scratch).await.map_err(local)?;
    let place = tempfile::Builder::new().prefix("legs-").tempdir_in(scratch).map_err(local)?;
    let path = |name: &str| place.path().join(name);
    let (left, right, joined) = (path("operator"), path("client"), path("joined.wav"));
    futures::future::try_join(fetch(api, operator, &left), fetch(api, client, &right)).await?;
    let target = joined.clone();
    let made = tokio::task::spawn_blocking(move || {
        let length = |path: &Path| audio::probe(path).ok().and_then(|info| info.duration_hint_ms);
        let together =
            matches!((length(&left), length(&right)), (Some(a), Some(b)) if a.abs_diff(b) < TOGETHER_MS);
        audio::join_legs(&left, &right, if together { 0 } else { offset_ms }, &target)
    });
    made.await.map_err(local)?.map_err(local)?;
    let file = tokio::fs::File::open(&joined).await.map_err(local)?;
    let told =
        |error: std::io::Error| SourceError::Unavailable { message: error.to_string(), retry_after: None };
    // the folder lives as long as the stream that reads from it
    let stream = ReaderStream::with_capacity(file, 64 << 10).map_err(told).inspect(move |_| {
        let _held = &place;
    });
    Ok(RecordingSource::Stream(stream.boxed()))
}

async fn fetch(api: &dyn UisApi, from: &RecordingRef, to: &Path) -> Result<(), OpenError> {
    let mut body = api.recording(from).await?.body;
    let mut file = tokio::fs::File::create(to).await.map_err(local)?;
    while let Some(piece) = body.try_next().await? {
        file.write_all(&piece).await.map_err(local)?;
    }
    file.flush().await.map_err(local)
}

fn local(error: impl std::fmt::Display) -> OpenError {
    OpenError::Local(error.to_string())
}
