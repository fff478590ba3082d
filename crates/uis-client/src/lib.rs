#![doc = include_str!("../README.md")]

mod account;
mod api;
mod call;
mod client;
mod config;
#[cfg(feature = "testing")]
pub mod contract;
mod dialogue;
mod error;
#[cfg(feature = "testing")]
mod fake;
mod ids;
mod paging;
mod points;
mod recognition;
mod recording;
mod sound;
mod wire;

pub use account::{Account, WallWindow};
#[cfg(feature = "testing")]
pub use api::MockUisApi;
pub use api::{
    CallRecording, CallsFilter, CallsRequest, DEFAULT_PAGE, Employee, LegsRequest, MAX_OFFSET, MAX_PAGE,
    Page, PageRequest, Tag, UisApi,
};
pub use call::{CallEmployee, CallTag, FullRecordLink, UisCall, UisLeg, speaker_of};
pub use client::UisClient;
pub use config::{Credentials, DATA_API_URL, MEDIA_URL, UisConfig};
pub use error::UisError;
#[cfg(feature = "testing")]
pub use fake::{Appear, Component, FakeAnswer, FakeCall, FakeMedia, FakeUis, Fault, MediaFault, Sound};
pub use ids::{CommunicationId, EmployeeId, LegId, RawPhone, RecordId, SessionId, TagId};
pub use paging::{CallsBatch, CallsCursor, CallsReader, all_employees, all_legs, all_tags};
pub use points::{Budget, LimitKind, Points};
pub use recognition::{Phrase, Recognition};
pub use recording::{RecordingKind, RecordingRef, RecordingStream, RecordingsState};

pub use http_client::SoundFormat;

/// The fake, the mock and the contract suite: for tests, behind the feature `testing`.
#[cfg(feature = "testing")]
pub mod testing {
    pub use crate::api::MockUisApi;
    pub use crate::contract;
    pub use crate::fake::{
        Appear, Component, FakeAnswer, FakeCall, FakeMedia, FakeUis, Fault, MediaFault, Sound,
    };
}
