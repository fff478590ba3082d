//! Deployment: the two scenarios, a rule for each, and the application's secrets, created or brought
//! up to date. First the difference is worked out and can be shown, then it is applied; done twice
//! it changes nothing the second time.

mod apply;
mod change;
mod diff;
mod plan;
mod scenario;

use domain::PhoneNumber;
use secrecy::SecretString;
use url::Url;

pub use apply::apply_deploy;
pub use change::{Change, DeployPlan};
pub use diff::DiffLine;
pub use plan::plan_deploy;
pub use scenario::ScenarioFile;

use crate::{ApplicationId, DialogMode, RuleId};

/// The secret that holds the backend's address.
pub const SECRET_BACKEND_URL: &str = "zvonar_backend_url";
/// The secret that holds what both sides show each other.
pub const SECRET_BACKEND_SECRET: &str = "zvonar_backend_secret";
/// The secret that holds the number we call from.
pub const SECRET_CALLER_ID: &str = "zvonar_caller_id";

/// Where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedApplication {
    /// An application that must be there.
    Id(ApplicationId),
    /// One of this name; it is made if there is none.
    Named(String),
}

/// What is to stand at Voximplant.
#[derive(Debug, Clone)]
pub struct DeployWanted {
    /// Where.
    pub application: WantedApplication,
    /// Where the scenarios find us: https, reachable from the internet.
    pub backend_url: Url,
    /// What they show as `Authorization: Bearer`.
    pub backend_secret: SecretString,
    /// What the called person sees: a rented or a verified number.
    pub caller_id: PhoneNumber,
    /// Which scenario takes incoming calls; `None` = neither.
    pub inbound: Option<DialogMode>,
    /// Recordings of a new application open to a service account's token alone: not with an account's
    /// own key, which could not read them.
    pub secure_records: bool,
}

/// A rule that runs one of the scenarios.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeployedRule {
    /// Of which mode.
    pub mode: DialogMode,
    /// What sessions are started by: to be remembered.
    pub id: RuleId,
}

/// What stands there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// Where.
    pub application: ApplicationId,
    /// One for each mode.
    pub rules: Vec<DeployedRule>,
    /// How many changes were made.
    pub changes: usize,
}

impl Deployed {
    /// The rule of a mode.
    pub fn rule(&self, mode: DialogMode) -> Option<RuleId> {
        self.rules.iter().find(|rule| rule.mode == mode).map(|rule| rule.id)
    }
}

/// The name of a mode's rule.
pub(crate) const fn rule_name(mode: DialogMode) -> &'static str {
    match mode {
        DialogMode::Turns => "zvonar-turns",
        DialogMode::Realtime => "zvonar-realtime",
    }
}

/// A rule is found by the dialled number only for incoming calls; a session that is started by its id
/// looks at no pattern. So a rule that takes no calls gets a pattern that no number fits.
pub(crate) fn rule_pattern(mode: DialogMode, inbound: Option<DialogMode>) -> String {
    if inbound == Some(mode) { ".*".to_owned() } else { format!("^{}$", rule_name(mode)) }
}
