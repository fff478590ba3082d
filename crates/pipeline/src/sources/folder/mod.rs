//! A folder of recordings as a source. What a call is comes from names and sidecars alone; sound is
//! never looked at here, and a file's own times never stand in for the time of the call.

mod file_name;
mod local_time;
mod path_text;
mod sidecar;
mod walk;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use async_trait::async_trait;
use domain::{Call, CallId, Direction, Lang, PhoneNumber, SourceName, TimeWindow};

use self::file_name::NameFacts;
pub(crate) use self::path_text::{path_from_text, path_to_text};
use self::sidecar::Sidecar;
use self::walk::{Found, Listing};
use crate::{CallSource, RecordingSource, SourceCursor, SourceError, SourcePage};

/// Files looked at for one page.
const PAGE_FILES: usize = 500;

/// What to look through.
#[derive(Debug, Clone)]
pub struct FolderOptions {
    /// Folders, looked through to the bottom, and single files, taken whatever their name.
    pub paths: Vec<PathBuf>,
    /// The zone of the wall times in names and sidecars.
    pub zone: chrono_tz::Tz,
    /// The language of warnings and errors.
    pub lang: Lang,
}

/// Recordings in folders, each a call; see [`FolderOptions`].
#[derive(Debug)]
pub struct FolderSource {
    name: SourceName,
    options: FolderOptions,
    /// What the first page of a listing found: the pages after it do not walk again.
    listing: Mutex<Option<Arc<Listing>>>,
}

impl FolderSource {
    /// Looks at nothing yet.
    pub fn new(options: FolderOptions) -> Self {
        Self { name: SourceName::from("folder"), options, listing: Mutex::new(None) }
    }

    async fn listing(&self, fresh: bool) -> Result<Arc<Listing>, SourceError> {
        let known = self.listing.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let (false, Some(known)) = (fresh, known) {
            return Ok(known);
        }
        let (paths, lang) = (self.options.paths.clone(), self.options.lang);
        let found = Arc::new(blocking(move || walk::walk(&paths, lang)).await??);
        *self.listing.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&found));
        Ok(found)
    }
}

#[async_trait]
impl CallSource for FolderSource {
    fn name(&self) -> &SourceName {
        &self.name
    }

    async fn calls(
        &self,
        window: TimeWindow,
        after: Option<SourceCursor>,
    ) -> Result<SourcePage, SourceError> {
        let listing = self.listing(after.is_none()).await?;
        let (zone, lang, name) = (self.options.zone, self.options.lang, self.name.clone());
        let naming = move || page(&listing, window, after.as_ref(), &Reading { zone, lang, source: &name });
        blocking(naming).await
    }

    fn covers(&self, call: &Call) -> bool {
        let path = path_from_text(&call.external_id);
        let roots = self.options.paths.iter().filter_map(|root| root.canonicalize().ok());
        roots.into_iter().any(|root| path.starts_with(root))
    }

    async fn recording(&self, call: &Call) -> Result<RecordingSource, SourceError> {
        let path = path_from_text(&call.external_id);
        if call.recording_name.is_none() {
            return Err(SourceError::Gone(format!(
                "{} describes a call without a recording",
                path.display()
            )));
        }
        let looked_at = path.clone();
        match blocking(move || fs::File::open(&looked_at).map(|_| ())).await? {
            Ok(()) => Ok(RecordingSource::File(path)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(SourceError::Gone(format!("{} is no longer there", path.display())))
            }
            Err(error) => Err(SourceError::Gone(format!("{} cannot be read: {error}", path.display()))),
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, SourceError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| SourceError::Unavailable {
        message: format!("looking through the folder was broken off: {error}"),
        retry_after: None,
    })
}

/// How names and sidecars are read.
struct Reading<'a> {
    zone: chrono_tz::Tz,
    lang: Lang,
    source: &'a SourceName,
}

fn page(
    listing: &Listing,
    window: TimeWindow,
    after: Option<&SourceCursor>,
    reading: &Reading<'_>,
) -> SourcePage {
    let begin = after.map_or(0, |cursor| {
        let last = path_from_text(&cursor.0);
        listing.found.partition_point(|found| found.path <= last)
    });
    let rest = listing.found.get(begin..).unwrap_or_default();
    let taken = rest.get(..PAGE_FILES.min(rest.len())).unwrap_or_default();
    let mut warnings = if begin == 0 { listing.warnings.clone() } else { Vec::new() };
    let unbounded = window == TimeWindow::ALL;
    let mut undated = 0_usize;
    let mut calls = Vec::with_capacity(taken.len());
    for call in taken.iter().filter_map(|found| describe(found, reading, &mut warnings)) {
        match call.started_at {
            _ if unbounded => calls.push(call),
            Some(at) if window.contains(at.to_utc()) => calls.push(call),
            Some(_) => {}
            None => undated += 1,
        }
    }
    if undated > 0 {
        warnings.push(match reading.lang {
            Lang::Ru => format!(
                "записей без даты в имени или описании: {undated}; в заданный промежуток они не попали"
            ),
            Lang::En => format!(
                "{undated} recordings have no date in their name or sidecar and are left out of the window"
            ),
        });
    }
    let more = rest.len() > taken.len();
    let next = taken.last().filter(|_| more).map(|found| SourceCursor(path_to_text(&found.path)));
    SourcePage { calls, next, warnings }
}

/// A call from everything that lies around a recording; `None` for a `.json` that is no call.
fn describe(found: &Found, reading: &Reading<'_>, warnings: &mut Vec<String>) -> Option<Call> {
    let (zone, source) = (reading.zone, reading.source);
    let file_name = found.path.file_name()?;
    let name = NameFacts::read(&file_name.to_string_lossy(), zone);
    let sidecar_path = if found.is_sidecar { Some(found.path.clone()) } else { sidecar_of(&found.path) };
    let side = match sidecar_path.as_deref().map(|path| Sidecar::read(path, zone, reading.lang)) {
        None => Sidecar::default(),
        Some(Ok((side, notes))) => {
            if !found.is_sidecar || side.is_missed_call() {
                warnings.extend(notes);
            }
            side
        }
        // any program may keep a .json here: only one beside a recording is ours to complain about
        Some(Err(_)) if found.is_sidecar => return None,
        Some(Err(note)) => {
            warnings.push(note);
            Sidecar::default()
        }
    };
    if found.is_sidecar && !side.is_missed_call() {
        return None;
    }
    let direction = side.direction.unwrap_or(name.direction);
    let (caller, callee) = ends(name.phones, direction);
    let external_id = path_to_text(&found.path);
    let revision = match sidecar_path.filter(|_| !found.is_sidecar) {
        Some(sidecar) => format!("{}+{}", stamp(&found.path), stamp(&sidecar)),
        None => stamp(&found.path),
    };
    Some(Call {
        id: CallId::derive(source.as_str(), &external_id),
        source: source.clone(),
        external_id,
        started_at: side.started_at.or(name.started_at),
        caller: side.caller.or(caller),
        callee: side.callee.or(callee),
        direction,
        duration_ms: None,
        talk_ms: side.talk_ms,
        manager: side.manager,
        missed: side.missed,
        tags: side.tags,
        recording_name: (!found.is_sidecar).then(|| file_name.to_string_lossy().into_owned()),
        recording_url: None,
        revision,
    })
}

/// Two numbers are caller and callee; one is the client, whose end the direction tells.
fn ends(phones: Vec<PhoneNumber>, direction: Direction) -> (Option<PhoneNumber>, Option<PhoneNumber>) {
    let mut phones = phones.into_iter();
    match (phones.next(), phones.next(), direction) {
        (first, None, Direction::Out) => (None, first),
        (first, second, _) => (first, second),
    }
}

/// `NAME.mp3.json`, else `NAME.json`.
fn sidecar_of(recording: &Path) -> Option<PathBuf> {
    let mut whole = recording.as_os_str().to_owned();
    whole.push(".json");
    [PathBuf::from(whole), recording.with_extension("json")]
        .into_iter()
        .find(|path| path != recording && path.is_file())
}

/// Size and time of the last change, ns: `1048576-1763626500123456789`.
fn stamp(path: &Path) -> String {
    let Ok(metadata) = fs::metadata(path) else { return "unreadable".to_owned() };
    let changed = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    format!("{}-{}", metadata.len(), changed.map_or(0, |since| since.as_nanos()))
}
