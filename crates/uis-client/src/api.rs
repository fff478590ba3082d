//! The port: what a program can ask of UIS. Reports come a page at a time, and
//! [`CallsReader`](crate::CallsReader) turns pages into whole windows.

use async_trait::async_trait;
use domain::Direction;

use crate::{
    Account, CommunicationId, EmployeeId, Points, Recognition, RecordingRef, RecordingStream, SessionId,
    TagId, UisCall, UisError, UisLeg, WallWindow,
};

/// Most rows of one page: a limit of the API.
pub const MAX_PAGE: u32 = 10_000;
/// Largest offset: a limit of the API.
pub const MAX_OFFSET: u32 = 100_000;
/// Rows of a page when nothing else is said: the API's default.
pub const DEFAULT_PAGE: u32 = 1000;

/// Which part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// Most rows, up to [`MAX_PAGE`].
    pub limit: u32,
    /// Rows to skip, up to [`MAX_OFFSET`].
    pub offset: u32,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: DEFAULT_PAGE, offset: 0 }
    }
}

/// A part of a list. A short page does not mean the end: `total` tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Rows that came but could not be read, each with the reason: to be shown, never hidden.
    pub unreadable: Vec<String>,
    /// Rows in the whole list at this moment, where the answer says.
    pub total: Option<u64>,
}

impl<T> Page<T> {
    /// Rows that came, readable or not: what the offset moves by.
    pub fn received(&self) -> usize {
        self.rows.len() + self.unreadable.len()
    }
}

/// What calls are asked for, apart from the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct CallsFilter {
    /// Only this session.
    pub session: Option<SessionId>,
    /// Only [`Direction::In`] or [`Direction::Out`]; others ask for all.
    pub direction: Option<Direction>,
    /// Only calls with this much talk, s.
    pub min_talk_seconds: Option<u32>,
    /// Only missed calls, or only answered ones.
    pub lost: Option<bool>,
    /// Calls that still go on, too.
    pub ongoing: bool,
}

/// A page of the calls report, in the order of `start_time`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CallsRequest {
    /// When the calls began; three months at most.
    pub window: WallWindow,
    /// Which.
    pub filter: CallsFilter,
    /// Which part.
    pub page: PageRequest,
}

/// A page of the legs report, in the order of `start_time`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LegsRequest {
    /// When the calls began; three months at most.
    pub window: WallWindow,
    /// Only legs of this session.
    pub session: Option<SessionId>,
    /// Which part.
    pub page: PageRequest,
}

/// What is recorded of an employee's calls.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CallRecording {
    /// Everything.
    All,
    /// Calls that come in.
    In,
    /// Calls that go out.
    Out,
    /// Nothing: explains why recordings are missing.
    Off,
    /// A word that this version does not know.
    Other(String),
}

/// An employee.
#[derive(Clone, PartialEq, Eq)]
pub struct Employee {
    /// The id.
    pub id: EmployeeId,
    /// The name.
    pub full_name: String,
    /// Which calls are recorded; `None` where UIS does not say.
    pub call_recording: Option<CallRecording>,
    /// Names of the groups.
    pub groups: Vec<String>,
}

// names of people are not for logs
impl std::fmt::Debug for Employee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Employee")
            .field("id", &self.id)
            .field("call_recording", &self.call_recording)
            .finish_non_exhaustive()
    }
}

/// A tag of the account's dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The id.
    pub id: TagId,
    /// The name.
    pub name: String,
    /// Made by UIS itself.
    pub is_system: bool,
}

/// The Data API, version 2.0, and the recordings beside it.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait UisApi: Send + Sync {
    /// Who we are and which zone dates are of: the cheapest test of a key.
    ///
    /// # Errors
    /// [`UisError`], by what the caller can do; short troubles are retried inside. The same
    /// holds for every method here.
    async fn account(&self) -> Result<Account, UisError>;

    /// A page of calls. To read a window to its end use [`CallsReader`](crate::CallsReader).
    ///
    /// # Errors
    /// [`UisError::Invalid`] for a window over three months or an offset over [`MAX_OFFSET`].
    async fn calls_page(&self, request: &CallsRequest) -> Result<Page<UisCall>, UisError>;

    /// One call; the report wants a window that holds its start.
    ///
    /// # Errors
    /// As [`Self::calls_page`].
    async fn call(&self, id: SessionId, window: WallWindow) -> Result<Option<UisCall>, UisError>;

    /// A page of legs.
    ///
    /// # Errors
    /// As [`Self::calls_page`].
    async fn legs_page(&self, request: &LegsRequest) -> Result<Page<UisLeg>, UisError>;

    /// A page of employees.
    ///
    /// # Errors
    /// As [`Self::account`].
    async fn employees_page(&self, page: PageRequest) -> Result<Page<Employee>, UisError>;

    /// A page of the dictionary of tags.
    ///
    /// # Errors
    /// As [`Self::account`].
    async fn tags_page(&self, page: PageRequest) -> Result<Page<Tag>, UisError>;

    /// Makes a tag. Not repeated by itself once it may have taken effect.
    ///
    /// # Errors
    /// [`UisError::Invalid`] with `duplicate_entity` when the name is taken.
    async fn create_tag(&self, name: &str) -> Result<TagId, UisError>;

    /// Replaces the tags of a call by these.
    ///
    /// # Errors
    /// [`UisError::NotFound`] for an unknown communication or tag.
    async fn set_tags(&self, communication: CommunicationId, tags: &[TagId]) -> Result<(), UisError>;

    /// Puts a tag on a call; one that it already has is a success.
    ///
    /// # Errors
    /// As [`Self::set_tags`].
    async fn add_tag(&self, communication: CommunicationId, tag: TagId) -> Result<(), UisError>;

    /// Takes a tag off a call; one that it does not have is a success.
    ///
    /// # Errors
    /// As [`Self::set_tags`].
    async fn remove_tag(&self, communication: CommunicationId, tag: TagId) -> Result<(), UisError>;

    /// Writes a comment to a call. UIS keeps every comment and offers no way to read or replace
    /// them: the caller remembers what it wrote. Not repeated by itself once it may have taken
    /// effect ([`UisError::may_have_applied`]).
    ///
    /// # Errors
    /// As [`Self::set_tags`].
    async fn add_comment(&self, communication: CommunicationId, comment: &str) -> Result<(), UisError>;

    /// Orders UIS's own recognition of a call. UIS bills it; not repeated by itself.
    ///
    /// # Errors
    /// [`UisError::ComponentDisabled`] where the tariff has no recognition.
    async fn order_recognition(&self, session: SessionId) -> Result<(), UisError>;

    /// UIS's own transcript; `None` while there is none.
    ///
    /// # Errors
    /// [`UisError::ComponentDisabled`] where the tariff has no recognition.
    async fn recognition(&self, session: SessionId) -> Result<Option<Recognition>, UisError>;

    /// Opens a recording. The first bytes are read and known to be sound when this returns.
    ///
    /// # Errors
    /// [`UisError::RecordingNotReady`], [`UisError::RecordingGone`], [`UisError::NotSound`],
    /// [`UisError::TooLarge`]; inside the stream [`UisError::RecordingTruncated`].
    async fn recording(&self, recording: &RecordingRef) -> Result<RecordingStream, UisError>;

    /// The limits as the last answer told them.
    fn points(&self) -> Points;
}
