//! What the rooms of the sandbox share. A provider's module takes what it needs in `router`,
//! fills its fake from the world, and hands its switches in.

use std::sync::Arc;

use url::Url;

use crate::faults::Faults;
use crate::journal::Journal;
use crate::keys::Keys;
use crate::switches::Switchboard;
use crate::world::{BankEar, RubricJudge, World};
use crate::{Latency, WorldClock};

/// Shared by all rooms; cheap to clone.
#[derive(Clone)]
pub(crate) struct SandboxState {
    /// The company and its calls.
    pub(crate) world: Arc<World>,
    /// Its time.
    pub(crate) clock: Arc<WorldClock>,
    /// `http://127.0.0.1:PORT/`.
    pub(crate) base_url: Url,
    /// What is accepted as a key.
    pub(crate) keys: Arc<Keys>,
    /// What goes wrong.
    pub(crate) faults: Arc<Faults>,
    /// What goes wrong inside a provider.
    pub(crate) switchboard: Arc<Switchboard>,
    /// What was asked.
    pub(crate) journal: Arc<Journal>,
    /// Knows what is spoken in a piece of sound.
    pub(crate) ear: Arc<BankEar>,
    /// Answers for the chat model.
    pub(crate) judge: Arc<RubricJudge>,
    /// How slow the providers are.
    pub(crate) latency: Latency,
}
