#![doc = include_str!("../README.md")]

mod account;
mod api;
mod call;
mod client;
mod config;
mod dialogue;
mod error;
mod ids;
mod paging;
mod points;
mod recognition;
mod recording;
mod sound;
mod wire;

pub use account::{Account, WallWindow};
pub use api::{
    CallRecording, CallsFilter, CallsRequest, DEFAULT_PAGE, Employee, LegsRequest, MAX_OFFSET, MAX_PAGE,
    Page, PageRequest, Tag, UisApi,
};
pub use call::{CallEmployee, CallTag, FullRecordLink, UisCall, UisLeg, speaker_of};
pub use client::UisClient;
pub use config::{Credentials, DATA_API_URL, MEDIA_URL, UisConfig};
pub use error::UisError;
pub use ids::{CommunicationId, EmployeeId, LegId, RawPhone, RecordId, SessionId, TagId};
pub use paging::{CallsBatch, CallsCursor, CallsReader, all_employees, all_legs, all_tags};
pub use points::{Budget, LimitKind, Points};
pub use recognition::{Phrase, Recognition};
pub use recording::{RecordingKind, RecordingRef, RecordingStream, RecordingsState, SoundFormat};
