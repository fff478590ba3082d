#![doc = include_str!("../README.md")]

mod account;
mod api;
mod call;
mod error;
mod ids;
mod points;
mod recognition;
mod recording;

pub use account::{Account, WallWindow};
pub use api::{
    CallRecording, CallsFilter, CallsRequest, DEFAULT_PAGE, Employee, LegsRequest, MAX_OFFSET, MAX_PAGE,
    Page, PageRequest, Tag, UisApi,
};
pub use call::{CallEmployee, CallTag, FullRecordLink, UisCall, UisLeg, speaker_of};
pub use error::UisError;
pub use ids::{CommunicationId, EmployeeId, LegId, RawPhone, RecordId, SessionId, TagId};
pub use points::{Budget, LimitKind, Points};
pub use recognition::{Phrase, Recognition};
pub use recording::{RecordingKind, RecordingRef, RecordingStream, RecordingsState, SoundFormat};
