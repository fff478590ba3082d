//! Whether work can be done here, and what stands in its way by name.
//!
//! A stage that is paused does not make the installation unready: it answers, and other stages go on. It is
//! named all the same.

use std::time::Duration;

use crate::App;

/// Under this no recording fits for sure, bytes.
const SCARCE: u64 = 200_000_000;
/// A database that does not answer for so long does not answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckState {
    /// Well.
    Good,
    /// Not well, but work goes on.
    Degraded,
    /// Work cannot be done.
    Failing,
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    /// Parts by name: `database`, `schema`, `disk`, `stage fetch`, …
    pub checks: Vec<(String, CheckState)>,
}

impl Readiness {
    /// Whether work can be done.
    pub fn is_ready(&self) -> bool {
        self.named(CheckState::Failing).is_empty()
    }

    /// Names of the parts that are so.
    pub fn named(&self, state: CheckState) -> Vec<&str> {
        self.checks.iter().filter(|(_, is)| *is == state).map(|(name, _)| name.as_str()).collect()
    }

    /// How a part is.
    pub fn of(&self, name: &str) -> Option<CheckState> {
        self.checks.iter().find(|(known, _)| known == name).map(|(_, state)| *state)
    }
}

impl App {
    /// Looks at everything that work needs: the database takes writes, its schema is this program's, the disk
    /// has room, no stage is paused.
    pub async fn readiness(&self) -> Readiness {
        let good = |well: bool| if well { CheckState::Good } else { CheckState::Failing };
        let store = self.store();
        let database = within(store.try_write()).await.is_some();
        // another program has brought the schema further: this one is about to be replaced
        let schema = within(store.schema_steps()).await.is_some_and(|steps| steps.made <= steps.known);
        let disk = fs4::available_space(&self.config().data_dir).is_ok_and(|free| free >= SCARCE);
        let mut checks = vec![
            ("database".to_owned(), good(database)),
            ("schema".to_owned(), good(schema)),
            ("disk".to_owned(), good(disk)),
        ];
        for pause in within(store.paused()).await.unwrap_or_default() {
            let target = pause.target.map_or_else(String::new, |target| format!(" ({target})"));
            checks.push((format!("stage {}{target} is paused", pause.stage.as_str()), CheckState::Degraded));
        }
        Readiness { checks }
    }
}

async fn within<T, E>(look: impl Future<Output = Result<T, E>>) -> Option<T> {
    tokio::time::timeout(PATIENCE, look).await.ok()?.ok()
}
