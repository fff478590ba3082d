//! Calls that come in by hand: a typed dialogue, a file, an address, a telephony's webhook.
//!
//! The same name in the same source is the same call: a repeat changes nothing and gets the same id.
//! One thing may change while the recording has not come yet: its address, for signed addresses expire.

mod spoken;

use std::sync::Arc;
use std::time::Duration;

use analyze::{DialogueError, parse_dialogue};
use bytes::Bytes;
use chrono::{DateTime, FixedOffset};
use domain::{
    Call, CallId, CallStatus, Clock, Direction, Manager, PhoneNumber, Rubric, SourceName, Transcript,
};
use futures::{Stream, StreamExt as _};
use store::{
    CallRecord, ClaimRequest, DiscoveredCall, Discovery, NewJob, Outcome, Stage, StageResult, Store,
    StoreError, WorkerId,
};
use url::Url;

pub(crate) use self::spoken::may_be_spoken;
pub use self::spoken::{KeptSound, SpokenEnd};
use crate::recordings::KeepError;
use crate::{RecordingFolder, ShelfError, SourceError, Work};

/// Longest name of a call, of a manager, of a tag; a URL has its own limit.
const LONGEST_NAME: usize = 200;

/// Most tags of a call.
const MOST_TAGS: usize = 50;

/// Longest address: what browsers and proxies let pass.
const LONGEST_URL: usize = 8_000;

/// How long the linking of a dialogue's words is claimed.
const MOMENT: Duration = Duration::from_secs(30);

/// The ways that calls come in by hand; each is a source of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IntakeSource {
    /// Text.
    Dialogue,
    /// A file.
    Upload,
    /// An address.
    Url,
    /// An address that a telephony sent.
    Webhook,
    /// A robot of ours, through Voximplant.
    Voximplant,
    /// A robot of ours, with an invented client.
    Simulated,
}

impl IntakeSource {
    /// All.
    pub const ALL: [Self; 6] =
        [Self::Dialogue, Self::Upload, Self::Url, Self::Webhook, Self::Voximplant, Self::Simulated];

    /// The name of the source.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dialogue => "dialogue",
            Self::Upload => "upload",
            Self::Url => "url",
            Self::Webhook => "webhook",
            Self::Voximplant => "voximplant",
            Self::Simulated => "simulated",
        }
    }

    /// The source of a call, if it came in by hand.
    pub fn of(source: &SourceName) -> Option<Self> {
        Self::ALL.into_iter().find(|intake| intake.as_str() == source.as_str())
    }
}

/// What is known of a call that comes in.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCall {
    /// Its name with the sender; the same name is the same call.
    pub call_id: String,
    /// Who spoke.
    pub manager: Option<Manager>,
    /// The sender's tags.
    pub tags: Vec<String>,
    /// When it began.
    pub started_at: Option<DateTime<FixedOffset>>,
    /// Who rang.
    pub caller: Option<PhoneNumber>,
    /// Who was rung.
    pub callee: Option<PhoneNumber>,
    /// From the company's side.
    pub direction: Direction,
    /// File name of the recording, for people.
    pub recording_name: Option<String>,
}

impl NewCall {
    /// A call of which nothing is known but its name.
    pub fn new(call_id: impl Into<String>) -> Self {
        Self {
            call_id: call_id.into(),
            manager: None,
            tags: Vec::new(),
            started_at: None,
            caller: None,
            callee: None,
            direction: Direction::Unknown,
            recording_name: None,
        }
    }
}

/// A call that is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// Its id, also the name of its work.
    pub call: CallId,
    /// Its name with the sender.
    pub external_id: String,
    /// `false`: it was here before.
    pub new: bool,
}

/// Why a call is not taken in. Nothing of it is kept then.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// What was sent cannot be.
    #[error("{field}: {reason}")]
    Invalid {
        /// Which part: `call_id`, `recording_url`, …
        field: &'static str,
        /// What is wrong with it; never its text.
        reason: &'static str,
    },
    /// The text is no dialogue.
    #[error(transparent)]
    Dialogue(#[from] DialogueError),
    /// The file is too large.
    #[error("the recording is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: u64,
    },
    /// The sender broke off.
    #[error("the recording broke off on its way: {0}")]
    Interrupted(String),
    /// It cannot be kept here.
    #[error("the folder of recordings cannot be written: {0}")]
    Disk(#[from] std::io::Error),
    /// It cannot be put where recordings lie.
    #[error(transparent)]
    Shelf(ShelfError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes calls in.
#[derive(Debug, Clone)]
pub struct Intake {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    recordings: RecordingFolder,
    worker: WorkerId,
    work: Work,
}

impl Intake {
    /// `worker` is the pipeline's, `work` the handle that its worker is woken by.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        recordings: RecordingFolder,
        worker: WorkerId,
        work: Work,
    ) -> Self {
        Self { store, clock, recordings, worker, work }
    }

    /// A typed dialogue: its words are stored and found at once, and judged under the rubric.
    ///
    /// # Errors
    /// [`IntakeError::Dialogue`], [`IntakeError::Invalid`], the store's.
    pub async fn dialogue(
        &self,
        new: NewCall,
        text: &str,
        rubric: &Rubric,
    ) -> Result<Submitted, IntakeError> {
        let transcript = parse_dialogue(text)?;
        // the first text under a name is the call's, so its revision is always the same
        let call = described(IntakeSource::Dialogue, new, "typed".to_owned())?;
        let id = call.id;
        if let Some(known) = self.known(&call).await? {
            return Ok(known);
        }
        let key = dialogue_key(id);
        self.store.cache_transcript(&key, &transcript).await?;
        let run = self.store.start_run("dialogue", self.clock.now()).await?;
        let submitted = self.admit(call, Stage::Transcribe, rubric, Some(run)).await?;
        if submitted.new {
            self.link(run, &key, transcript).await?;
        }
        self.store.finish_run(run, self.clock.now()).await?;
        self.work.wake();
        Ok(submitted)
    }

    /// The words become the call's. A worker that was quicker, or one that comes after a crash, does
    /// the same.
    async fn link(&self, run: store::RunId, key: &str, transcript: Transcript) -> Result<(), IntakeError> {
        let request = ClaimRequest {
            stage: Stage::Transcribe,
            target: None,
            run: Some(run),
            worker: self.worker.clone(),
            lease: MOMENT,
            limit: 1,
            // that speech is paused is nothing to a text
            probe: true,
            now: self.clock.now(),
        };
        for claim in self.store.claim(&request).await? {
            let result = typed(&claim.record, transcript.clone(), key, claim.job.target.clone());
            match self.store.complete(&claim, result, self.clock.now()).await {
                Ok(()) | Err(StoreError::LeaseLost) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// A file, streamed to its place: never whole in memory. Where the file that came first under this name
    /// was no recording, another one may take its place.
    ///
    /// # Errors
    /// [`IntakeError::TooLarge`], [`IntakeError::Interrupted`], [`IntakeError::Disk`], the store's.
    pub async fn recording(
        &self,
        new: NewCall,
        stream: impl Stream<Item = Result<Bytes, std::io::Error>> + Send + Unpin,
        rubric: &Rubric,
    ) -> Result<Submitted, IntakeError> {
        let mut call = described(IntakeSource::Upload, new, String::new())?;
        if let Some(known) = self.store.call(call.id).await?.filter(|known| !lacks_a_recording(known)) {
            return Ok(repeat(&known.call));
        }
        let broken = |error: std::io::Error| SourceError::Unavailable {
            message: error.to_string(),
            retry_after: None,
        };
        let kept = self.recordings.keep(stream.map(|piece| piece.map_err(broken))).await;
        let fetched = kept.map_err(|error| match error {
            KeepError::TooLarge(limit_bytes) => IntakeError::TooLarge { limit_bytes },
            KeepError::Io(error) => IntakeError::Disk(error),
            KeepError::Shelf(error) => IntakeError::Shelf(error),
            KeepError::Source(SourceError::Unavailable { message, .. }) => IntakeError::Interrupted(message),
            KeepError::Source(error) => IntakeError::Interrupted(error.to_string()),
        })?;
        fetched.sha256.as_str().clone_into(&mut call.revision);
        if call.recording_name.is_none() {
            call.recording_name = Some("recording".to_owned());
        }
        let submitted = {
            let _taking = self.work.taking().await;
            match self.store.call(call.id).await? {
                // the very bytes that were refused
                Some(known) if lacks_a_recording(&known) && known.call.revision == call.revision => {
                    self.recordings.discard(&fetched.path).await;
                    return Ok(repeat(&known.call));
                }
                Some(known) if lacks_a_recording(&known) => {
                    let renewed =
                        Call { recording_name: call.recording_name, revision: call.revision, ..known.call };
                    let submitted = self.admit(renewed, Stage::Fetch, rubric, None).await?;
                    Submitted { new: false, ..submitted }
                }
                // somebody sent the same call meanwhile
                Some(known) => return Ok(repeat(&known.call)),
                None => self.admit(call, Stage::Fetch, rubric, None).await?,
            }
        };
        self.work.wake();
        Ok(submitted)
    }

    /// An address that the recording is fetched from.
    ///
    /// # Errors
    /// [`IntakeError::Invalid`], the store's.
    pub async fn url(&self, new: NewCall, url: &str, rubric: &Rubric) -> Result<Submitted, IntakeError> {
        self.addressed(IntakeSource::Url, new, url, rubric).await
    }

    /// The same from a telephony's webhook.
    ///
    /// # Errors
    /// As [`Self::url`].
    pub async fn webhook(&self, new: NewCall, url: &str, rubric: &Rubric) -> Result<Submitted, IntakeError> {
        self.addressed(IntakeSource::Webhook, new, url, rubric).await
    }

    /// A repeat with another address: the newest is used until the recording has come, and for a call
    /// that was given up because nothing was to be had; afterwards it changes nothing.
    async fn addressed(
        &self,
        source: IntakeSource,
        new: NewCall,
        url: &str,
        rubric: &Rubric,
    ) -> Result<Submitted, IntakeError> {
        let url = address(url)?;
        let mut call = described(source, new, url.as_str().to_owned())?;
        let name = call.recording_name.take().or_else(|| file_name(&url));
        call.recording_name = Some(name.unwrap_or_else(|| "recording".to_owned()));
        call.recording_url = shown(&url);
        let submitted = {
            let _taking = self.work.taking().await;
            match self.store.call(call.id).await? {
                Some(record) if record.recording.is_some() || record.call.revision == call.revision => {
                    return Ok(repeat(&record.call));
                }
                Some(record) => {
                    // what the sender said of the call first stays
                    let renewed = Call {
                        recording_name: call.recording_name,
                        recording_url: call.recording_url,
                        revision: call.revision,
                        ..record.call
                    };
                    let submitted = self.admit(renewed, Stage::Fetch, rubric, None).await?;
                    Submitted { new: false, ..submitted }
                }
                None => self.admit(call, Stage::Fetch, rubric, None).await?,
            }
        };
        self.work.wake();
        Ok(submitted)
    }

    async fn known(&self, call: &Call) -> Result<Option<Submitted>, StoreError> {
        Ok(self.store.call(call.id).await?.map(|record| repeat(&record.call)))
    }

    /// The call and its first job, which carries the rubric to the last, in one transaction.
    async fn admit(
        &self,
        call: Call,
        stage: Stage,
        rubric: &Rubric,
        run: Option<store::RunId>,
    ) -> Result<Submitted, IntakeError> {
        let now = self.clock.now();
        self.store.save_rubric(rubric, now).await?;
        let target = format!("{}@{}", rubric.id, rubric.revision);
        let (id, external_id) = (call.id, call.external_id.clone());
        let jobs = vec![NewJob { call: id, stage, target }];
        let found = DiscoveredCall { call, status: CallStatus::Queued, error: None, jobs };
        let discovered = self.store.discover(&[found], run, now).await?;
        let new = discovered.first() == Some(&Discovery::New);
        Ok(Submitted { call: id, external_id, new })
    }
}

/// What came under its name was no recording.
fn lacks_a_recording(record: &CallRecord) -> bool {
    record.status == CallStatus::RecordingUnavailable && record.recording.is_none()
}

fn repeat(call: &Call) -> Submitted {
    Submitted { call: call.id, external_id: call.external_id.clone(), new: false }
}

/// Under which key a dialogue's words wait for their call.
pub(crate) fn dialogue_key(call: CallId) -> String {
    format!("dialogue/{call}")
}

/// Words that need no hearing: the call goes on to its judgement.
pub(crate) fn typed(record: &CallRecord, transcript: Transcript, key: &str, target: String) -> StageResult {
    StageResult {
        outcome: Outcome::Transcribed { transcript: Box::new(transcript), cache_key: key.to_owned() },
        status: Some(CallStatus::Queued),
        error: None,
        next: vec![NewJob { call: record.call.id, stage: Stage::Analyze, target }],
        spend: Vec::new(),
    }
}

fn described(source: IntakeSource, new: NewCall, revision: String) -> Result<Call, IntakeError> {
    let invalid = |field, reason| Err(IntakeError::Invalid { field, reason });
    if new.call_id.trim().is_empty() {
        return invalid("call_id", "it is empty");
    }
    if !is_name(&new.call_id) {
        return invalid("call_id", "at most 200 letters, none of them a control character");
    }
    if let Some(manager) = &new.manager {
        let name = manager.name.as_deref().unwrap_or_default();
        if manager.id.trim().is_empty() || !is_name(&manager.id) || !is_name(name) {
            return invalid("manager_id", "1 to 200 letters, none of them a control character");
        }
    }
    if new.tags.len() > MOST_TAGS || !new.tags.iter().all(|tag| is_name(tag)) {
        return invalid("tags", "at most 50 of 200 letters, none of them a control character");
    }
    Ok(Call {
        started_at: new.started_at,
        caller: new.caller,
        callee: new.callee,
        direction: new.direction,
        manager: new.manager,
        tags: new.tags,
        recording_name: new.recording_name.filter(|name| is_name(name) && !name.is_empty()),
        revision,
        ..Call::new(source.as_str(), &new.call_id)
    })
}

fn is_name(text: &str) -> bool {
    text.chars().count() <= LONGEST_NAME && !text.chars().any(char::is_control)
}

fn address(text: &str) -> Result<Url, IntakeError> {
    let invalid = |reason| Err(IntakeError::Invalid { field: "recording_url", reason });
    if text.len() > LONGEST_URL {
        return invalid("at most 8000 letters");
    }
    let Ok(url) = Url::parse(text.trim()) else {
        return invalid("it is no address such as https://storage.example.com/calls/123.mp3");
    };
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return invalid("only http and https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return invalid("user and password do not belong into an address");
    }
    Ok(url)
}

/// The last part of the path, for people.
fn file_name(url: &Url) -> Option<String> {
    let last = url.path_segments()?.next_back()?.to_owned();
    Some(last).filter(|name| !name.is_empty() && is_name(name))
}

/// The address as people may see it: one with a query may be signed, and what is signed is a secret
/// that expires.
fn shown(url: &Url) -> Option<String> {
    url.query().is_none().then(|| {
        let mut shown = url.clone();
        shown.set_fragment(None);
        shown.into()
    })
}
