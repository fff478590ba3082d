//! The circuit: a provider that failed often in a row is left alone for a while; then one
//! request goes first, and its fate decides for all.
//!
//! What counts as a failure is a broken connection or a 5xx. Any other answer, a refusal
//! too, shows that the other side lives.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::{CircuitPolicy, moment::after};

#[derive(Debug)]
pub(crate) struct Circuit {
    policy: CircuitPolicy,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed { failures: u32 },
    Open { until: Instant },
    Probing,
}

impl Circuit {
    pub(crate) fn new(policy: CircuitPolicy) -> Arc<Self> {
        Arc::new(Self { policy, state: Mutex::new(State::Closed { failures: 0 }) })
    }

    /// How long nothing may be sent yet; `None`: go.
    pub(crate) fn closed_for(&self) -> Option<Duration> {
        let state = *self.state();
        match state {
            State::Closed { .. } => None,
            State::Open { until } => {
                Some(until.saturating_duration_since(Instant::now())).filter(|left| !left.is_zero())
            }
            State::Probing => Some(self.policy.pause),
        }
    }

    /// Lets one request through, or says how long to wait. The first one after the pause is
    /// the probe; the others wait for what becomes of it.
    pub(crate) fn enter(self: &Arc<Self>) -> Result<Passage, Duration> {
        if let Some(left) = self.closed_for() {
            return Err(left);
        }
        let mut state = self.state();
        let probe = matches!(*state, State::Open { .. });
        if probe {
            *state = State::Probing;
        }
        drop(state);
        Ok(Passage { circuit: Arc::clone(self), probe, told: false })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reopen(&self) -> State {
        State::Open { until: after(self.policy.pause) }
    }
}

/// A request on its way. Dropped without a word (its future was cancelled), a probe leaves
/// the place to the next one.
#[derive(Debug)]
pub(crate) struct Passage {
    circuit: Arc<Circuit>,
    probe: bool,
    told: bool,
}

impl Passage {
    /// The other side lives.
    pub(crate) fn lives(mut self) {
        self.told = true;
        let mut state = self.circuit.state();
        match *state {
            State::Closed { .. } => *state = State::Closed { failures: 0 },
            State::Probing if self.probe => *state = State::Closed { failures: 0 },
            // an old request came home: the probe decides
            State::Probing | State::Open { .. } => {}
        }
    }

    /// The other side failed; `true` when this opened the circuit.
    pub(crate) fn failed(mut self) -> bool {
        self.told = true;
        let limit = self.circuit.policy.failures;
        let mut state = self.circuit.state();
        match *state {
            State::Closed { failures } if limit > 0 && failures + 1 >= limit => {
                *state = self.circuit.reopen();
                true
            }
            State::Closed { failures } => {
                *state = State::Closed { failures: failures.saturating_add(1) };
                false
            }
            State::Probing if self.probe => {
                *state = self.circuit.reopen();
                true
            }
            State::Probing | State::Open { .. } => false,
        }
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        if self.probe && !self.told {
            *self.circuit.state() = State::Open { until: Instant::now() };
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const PAUSE: Duration = Duration::from_secs(30);

    fn circuit(failures: u32) -> Arc<Circuit> {
        Circuit::new(CircuitPolicy { failures, pause: PAUSE })
    }

    fn fail(circuit: &Arc<Circuit>, times: u32) {
        for _ in 0..times {
            circuit.enter().unwrap().failed();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn failures_in_a_row_open_it_and_a_success_between_them_does_not() {
        let circuit = circuit(3);
        fail(&circuit, 2);
        circuit.enter().unwrap().lives();
        fail(&circuit, 2);
        assert_eq!(circuit.closed_for(), None);
        fail(&circuit, 1);
        assert_eq!(circuit.closed_for(), Some(PAUSE));
        advance(Duration::from_secs(10)).await;
        assert_eq!(circuit.enter().unwrap_err(), Duration::from_secs(20));
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_pause_one_goes_first_and_decides_for_all() {
        let circuit = circuit(1);
        fail(&circuit, 1);
        advance(PAUSE).await;
        let probe = circuit.enter().unwrap();
        assert_eq!(circuit.enter().unwrap_err(), PAUSE, "only one");
        assert!(probe.failed());
        assert_eq!(circuit.closed_for(), Some(PAUSE), "the next pause");
        advance(PAUSE).await;
        circuit.enter().unwrap().lives();
        assert!(circuit.enter().is_ok() && circuit.enter().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_was_cancelled_leaves_its_place_to_the_next() {
        let circuit = circuit(1);
        fail(&circuit, 1);
        advance(PAUSE).await;
        drop(circuit.enter().unwrap());
        let next = circuit.enter().unwrap();
        assert!(circuit.enter().is_err());
        next.lives();
        assert_eq!(circuit.closed_for(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_home_late_does_not_decide() {
        let circuit = circuit(2);
        let (late, lucky) = (circuit.enter().unwrap(), circuit.enter().unwrap());
        fail(&circuit, 2);
        lucky.lives();
        assert_eq!(circuit.closed_for(), Some(PAUSE));
        advance(PAUSE).await;
        let probe = circuit.enter().unwrap();
        assert!(!late.failed());
        probe.lives();
        assert_eq!(circuit.closed_for(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn zero_failures_means_never() {
        let circuit = circuit(0);
        fail(&circuit, 100);
        assert_eq!(circuit.closed_for(), None);
    }
}
