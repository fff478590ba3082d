#![doc = include_str!("../README.md")]

mod account;
mod api;
mod callback;
mod client;
mod config;
#[cfg(feature = "testing")]
pub mod contract;
mod credentials;
mod custom_data;
mod deploy;
mod dialogue;
mod error;
#[cfg(feature = "testing")]
mod fake;
mod history;
mod ids;
mod media_token;
mod provision;
mod reader;
mod reconcile;
mod recording;
mod session;
mod wire;

pub use account::{Account, Amount};
#[cfg(feature = "testing")]
pub use api::MockVoximplantApi;
pub use api::VoximplantApi;
pub use callback::{AccountCallback, CallbackDoor, CallbackRefused};
pub use client::{MediaDialler, VoximplantClient};
pub use config::{API_URL, MEDIA_HOSTS, VoximplantConfig};
pub use credentials::{Credentials, ServiceAccount};
pub use custom_data::{CustomData, DialogMode, MAX_CUSTOM_DATA};
pub use deploy::{
    Change, DeployPlan, DeployWanted, Deployed, DeployedRule, DiffLine, SECRET_BACKEND_SECRET,
    SECRET_BACKEND_URL, SECRET_CALLER_ID, ScenarioFile, WantedApplication, apply_deploy, plan_deploy,
};
pub use error::VoximplantError;
pub use history::{
    FinishReason, HistoryCall, HistoryRecord, HistoryRequest, HistorySession, MAX_OFFSET, MAX_PAGE, Page,
    PageRequest,
};
pub use http_client::SoundFormat;
pub use ids::{
    AccountId, ApplicationId, CallLegId, RecordId, RecordUrl, RuleId, ScenarioId, SecretId, SessionHistoryId,
    SessionUrl,
};
pub use media_token::{MEDIA_TOKEN_HEADER, media_token};
pub use provision::{Application, NewRule, Rule, Scenario, Secret};
pub use reader::{HistoryCursor, HistoryFilter, HistoryReader};
pub use reconcile::{Outcome, Started, reconcile};
pub use recording::RecordingStream;
pub use session::{StartRequest, StartedSession};

/// The fake, the mock and the contract suite: for tests, behind the feature `testing`.
#[cfg(feature = "testing")]
pub mod testing {
    pub use crate::api::MockVoximplantApi;
    pub use crate::contract;
    pub use crate::fake::{
        EndedCall, FakeAnswer, FakeKey, FakeMedia, FakeRequest, FakeSession, FakeVoximplant, Fault,
        MediaFault, SessionCommand, SessionEnd, Sound,
    };
}
