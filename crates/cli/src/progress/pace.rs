//! How quick the speech goes and how long the rest will take, reckoned from milliseconds of speech:
//! calls are too unlike each other to be counted.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use domain::CallId;

/// Nothing is foretold from less work than this.
const FAIR_SAMPLE: Duration = Duration::from_secs(2);

/// Speech decoded in this run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pace {
    begun: Option<Instant>,
    last: Option<Instant>,
    /// Decoded and whole speech per call, ms.
    calls: HashMap<CallId, (u64, u64)>,
    /// Calls that had passed when the first speech came: they cost nothing now.
    passed_before: Option<usize>,
    passed: usize,
    total: usize,
}

impl Pace {
    /// From now on.
    pub(crate) fn new(now: Instant) -> Self {
        Self { last: Some(now), ..Self::default() }
    }

    /// So much of a call's speech has words.
    pub(crate) fn speech(&mut self, call: CallId, done_ms: u64, of_ms: u64, now: Instant) {
        self.begun.get_or_insert(now);
        self.passed_before.get_or_insert(self.passed);
        self.calls.insert(call, (done_ms, of_ms));
        self.last = Some(now);
    }

    /// So many calls have passed the stage, or need it not.
    pub(crate) fn passed(&mut self, passed: usize, total: usize, now: Instant) {
        (self.passed, self.total, self.last) = (passed, total, Some(now));
    }

    /// Calls a minute.
    pub(crate) fn per_minute(&self) -> Option<u64> {
        let worked = self.worked()?;
        let done = self.passed.saturating_sub(self.passed_before?);
        if done == 0 {
            return None;
        }
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a figure for eyes"
        )]
        Some((done as f64 * 60.0 / worked.as_secs_f64()).round().max(1.0) as u64)
    }

    /// Until the last call has words: known speech, and for calls not begun the mean of the known.
    pub(crate) fn left(&self) -> Option<Duration> {
        let worked = self.worked()?;
        let (done, of) = self.calls.values().fold((0, 0), |(done, of), call| (done + call.0, of + call.1));
        let begun = self.calls.len();
        let finished = self.calls.values().filter(|(done, of)| done >= of).count();
        let open = self.total.saturating_sub(self.passed);
        let unbegun = open.saturating_sub(begun - finished);
        if done == 0 || open == 0 {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "a figure for eyes")]
        let (done, rest, mean) = (done as f64, (of - done.min(of)) as f64, of as f64 / begun as f64);
        #[expect(clippy::cast_precision_loss, reason = "a figure for eyes")]
        let to_do = rest + mean * unbegun as f64;
        Duration::try_from_secs_f64(worked.as_secs_f64() * to_do / done).ok()
    }

    fn worked(&self) -> Option<Duration> {
        Some(self.last?.saturating_duration_since(self.begun?)).filter(|worked| *worked >= FAIR_SAMPLE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_counts_speech_not_calls() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        let call = |name| CallId::derive("folder", name);
        pace.passed(1, 4, start);
        pace.speech(call("a"), 0, 60_000, start);
        assert_eq!(pace.left(), None, "nothing is foretold from nothing");
        let later = start + Duration::from_secs(10);
        pace.speech(call("a"), 60_000, 60_000, later);
        pace.passed(2, 4, later);
        pace.speech(call("b"), 40_000, 80_000, later);
        // 100 s of speech took 10 s; 40 s of b are left and one call not begun, 70 s as the mean
        assert_eq!(pace.left(), Some(Duration::from_secs(11)));
        assert_eq!(pace.per_minute(), Some(6));
    }

    #[test]
    fn nothing_is_left_when_all_calls_have_passed() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        pace.speech(CallId::derive("folder", "a"), 60_000, 60_000, start);
        pace.passed(1, 1, start + Duration::from_secs(9));
        assert_eq!(pace.left(), None);
    }
}
