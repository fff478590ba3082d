//! Sources that refuse us, as an endless worker sees them: the calls of others go on meanwhile.
//!
//! A run has one source, so its stage waits. A worker has many: it puts the calls of a source that refuses off,
//! lets one of them ask again now and then, and forgets the refusal with the first answer.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{CallError, SourceName};
use store::{PausedStage, Stage};
use tokio::time::Instant;

/// The longest pause between two questions: calls that wait are put off by no more, so none of them waits for long
/// once the source answers.
const LONGEST: Duration = Duration::from_mins(2);

/// Where to one call of a source may go.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Entry {
    /// In.
    Open,
    /// Later, and why.
    Closed { left: Duration, reason: CallError },
}

struct Door {
    reason: CallError,
    due: Instant,
    wait: Duration,
}

/// The doors that are closed.
pub(crate) struct Doors {
    first: Duration,
    closed: Mutex<HashMap<SourceName, Door>>,
}

impl Doors {
    /// All open; the first question comes `first` after a refusal, later ones twice as late each.
    pub(super) fn new(first: Duration) -> Self {
        Self { first, closed: Mutex::default() }
    }

    fn closed(&self) -> MutexGuard<'_, HashMap<SourceName, Door>> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for a call of the source. Whoever is let through a closed door asks for all.
    pub(super) fn enter(&self, source: &SourceName) -> Entry {
        let now = Instant::now();
        match self.closed().get_mut(source) {
            Some(door) if door.due > now => {
                Entry::Closed { left: door.due - now, reason: door.reason.clone() }
            }
            Some(door) => {
                door.due = now + door.wait;
                Entry::Open
            }
            None => Entry::Open,
        }
    }

    /// The source refuses; how long its calls are put off.
    pub(super) fn close(&self, source: &SourceName, reason: &CallError) -> Duration {
        let mut closed = self.closed();
        let wait = closed.get(source).map_or(self.first, |door| (door.wait * 2).min(LONGEST));
        let door = Door { reason: reason.clone(), due: Instant::now() + wait, wait };
        closed.insert(source.clone(), door);
        wait
    }

    /// The source answers; whether it was closed.
    pub(super) fn open(&self, source: &SourceName) -> bool {
        self.closed().remove(source).is_some()
    }

    /// Pauses are the store's: others refuse and resume too.
    pub(super) fn follow(&self, paused: &[PausedStage]) {
        let named = |pause: &PausedStage| {
            let source = pause.target.as_deref().filter(|_| pause.stage == Stage::Fetch)?;
            Some((SourceName::new(source), pause.reason.clone()))
        };
        let paused: HashMap<SourceName, CallError> = paused.iter().filter_map(named).collect();
        let mut closed = self.closed();
        closed.retain(|source, _| paused.contains_key(source));
        for (source, reason) in paused {
            let (due, wait) = (Instant::now() + self.first, self.first);
            closed.entry(source).or_insert(Door { reason, due, wait });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal() -> CallError {
        CallError { code: "source_refused".into(), message: "no".into(), hint: String::new() }
    }

    #[tokio::test(start_paused = true)]
    async fn one_call_asks_for_all_and_ever_later() {
        let (doors, uis) = (Doors::new(Duration::from_secs(30)), SourceName::new("uis"));
        assert_eq!(doors.enter(&uis), Entry::Open);
        assert_eq!(doors.close(&uis, &refusal()), Duration::from_secs(30));
        assert!(matches!(doors.enter(&uis), Entry::Closed { left, .. } if left == Duration::from_secs(30)));
        assert_eq!(doors.enter(&SourceName::new("upload")), Entry::Open, "others go on");
        tokio::time::advance(Duration::from_secs(30)).await;
        assert_eq!(doors.enter(&uis), Entry::Open, "one asks");
        assert!(matches!(doors.enter(&uis), Entry::Closed { .. }), "the others wait for what it hears");
        let waits: Vec<u64> = (0..4).map(|_| doors.close(&uis, &refusal()).as_secs()).collect();
        assert_eq!(waits, [60, 120, 120, 120]);
        assert!(doors.open(&uis) && !doors.open(&uis));
        assert_eq!(doors.enter(&uis), Entry::Open);
    }

    #[tokio::test(start_paused = true)]
    async fn what_another_process_paused_is_closed_and_what_a_person_resumed_is_open() {
        let (doors, uis) = (Doors::new(Duration::from_secs(30)), SourceName::new("uis"));
        let since = chrono::DateTime::UNIX_EPOCH;
        let pause = PausedStage { stage: Stage::Fetch, target: Some("uis".into()), reason: refusal(), since };
        doors.follow(&[pause]);
        assert!(matches!(doors.enter(&uis), Entry::Closed { .. }));
        doors.follow(&[]);
        assert_eq!(doors.enter(&uis), Entry::Open);
    }
}
