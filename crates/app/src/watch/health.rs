//! Whether work can be done here, and what stands in its way by name.
//!
//! A stage that is paused does not make the installation unready: it answers, and other stages go on. It is
//! named all the same.

use std::time::Duration;

use crate::App;
use crate::system::free_bytes;

/// Under this no recording fits for sure, bytes.
const SCARCE: u64 = 200_000_000;
/// A database that does not answer for so long does not answer. Whoever asks waits three seconds at most.
const PATIENCE: Duration = Duration::from_millis(2_500);

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
    /// has room, no stage is paused. A database that is away is waited for once, and nothing is said of what
    /// stands in it.
    pub async fn readiness(&self) -> Readiness {
        let good = |well: bool| if well { CheckState::Good } else { CheckState::Failing };
        let store = self.store();
        let (written, steps, paused) =
            tokio::join!(within(store.try_write()), within(store.schema_steps()), within(store.paused()));
        let database = written.is_some();
        // another program has brought the schema further: this one is about to be replaced
        let schema = match steps {
            Some(steps) => Some(steps.made <= steps.known),
            None => database.then_some(false),
        };
        let mut checks = vec![("database".to_owned(), good(database))];
        checks.extend(schema.map(|schema| ("schema".to_owned(), good(schema))));
        let disk = free_bytes(&self.config().data_dir).is_some_and(|free| free >= SCARCE);
        checks.push(("disk".to_owned(), good(disk)));
        for pause in paused.unwrap_or_default() {
            let target = pause.target.map_or_else(String::new, |target| format!(" ({target})"));
            checks.push((format!("stage {}{target} is paused", pause.stage.as_str()), CheckState::Degraded));
        }
        Readiness { checks }
    }
}

async fn within<T, E>(look: impl Future<Output = Result<T, E>>) -> Option<T> {
    tokio::time::timeout(PATIENCE, look).await.ok()?.ok()
}

#[cfg(test)]
mod tests {
    use test_support::{LineToPostgres, PostgresDatabase};
    use tokio::time::Instant;

    use super::*;
    use crate::testing::{app_in, config_in};

    #[tokio::test]
    async fn a_data_folder_that_is_not_made_yet_has_the_room_of_its_disk() {
        let place = tempfile::tempdir().unwrap();
        let app = App::look(config_in(place.path(), &[])).await.unwrap();
        assert!(!app.config().data_dir.exists());
        let room = fs4::available_space(place.path()).unwrap();
        // the disk of this machine may really be full
        let expected = if room >= SCARCE { CheckState::Good } else { CheckState::Failing };
        assert_eq!(app.readiness().await.of("disk"), Some(expected));
    }

    #[cfg(unix)]
    #[tokio::test(flavor = "multi_thread")]
    async fn a_database_that_falls_silent_is_named_within_three_seconds_and_nothing_else_is() {
        let (place, line) = (tempfile::tempdir().unwrap(), LineToPostgres::lay(PostgresDatabase::new()));
        let app = app_in(place.path(), &[("DATABASE_URL", &line.url())]).await;
        let well = app.readiness().await;
        assert_eq!(
            (well.of("database"), well.of("schema")),
            (Some(CheckState::Good), Some(CheckState::Good))
        );
        let text = app.figures_text().await;
        assert!(text.contains("zvonar_database_up 1") && text.contains("zvonar_programs_alive 1"), "{text}");

        line.fall_silent();
        let asked = Instant::now();
        let away = app.readiness().await;
        assert_eq!((away.of("database"), away.of("schema")), (Some(CheckState::Failing), None), "{away:?}");
        assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
        let asked = Instant::now();
        let text = app.figures_text().await;
        assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
        assert!(text.contains("zvonar_database_up 0") && text.contains("zvonar_disk_free_bytes"), "{text}");
        // figures of before are no figures of now
        assert!(!text.contains("zvonar_programs_alive") && !text.contains("zvonar_jobs"), "{text}");
    }
}
