//! When to try again, and after how long: exponential, jittered, bounded; the server's
//! `Retry-After` wins over our own figure.

use std::{fmt::Debug, time::Duration};

use uuid::Uuid;

use crate::HttpError;

/// Where chance comes from: 0–1. Given from outside so that tests are steady.
pub trait Jitter: Send + Sync + Debug {
    /// The next fraction, 0–1.
    fn fraction(&self) -> f64;

    /// The id of the next attempt, sent as `X-Client-Request-Id`.
    fn request_id(&self) -> Uuid {
        Uuid::new_v4()
    }
}

/// The machine's random numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomJitter;

impl Jitter for RandomJitter {
    fn fraction(&self) -> f64 {
        rand::random()
    }
}

/// Always the same fraction, and the id of zeros.
#[derive(Debug, Clone, Copy)]
pub struct SteadyJitter(pub f64);

impl Jitter for SteadyJitter {
    fn fraction(&self) -> f64 {
        self.0
    }

    fn request_id(&self) -> Uuid {
        Uuid::nil()
    }
}

/// How often and how patiently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Failures in a row after which the error is handed to the caller.
    pub attempts: u32,
    /// Pause after the first failure; doubles with each further one.
    pub first_delay: Duration,
    /// Longest pause of ours. A server that asks for more than this gets its error
    /// handed on, with the figure, for the caller to wait as it likes.
    pub longest_delay: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 5, first_delay: Duration::from_millis(500), longest_delay: Duration::from_mins(1) }
    }
}

impl RetryPolicy {
    /// The pause before the next attempt after `failures` in a row, the last being `error`;
    /// `None`: give up.
    pub fn delay(&self, failures: u32, error: &HttpError, jitter: &dyn Jitter) -> Option<Duration> {
        if !error.is_retryable() || failures >= self.attempts {
            return None;
        }
        if let Some(asked) = error.retry_after() {
            return (asked <= self.longest_delay).then_some(asked);
        }
        Some(self.backoff(failures, jitter))
    }

    /// Our own pause after `failures` in a row.
    pub(crate) fn backoff(&self, failures: u32, jitter: &dyn Jitter) -> Duration {
        let doubled = self.first_delay.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)));
        // half fixed, half chance: spreads clients, yet never asks again at once
        doubled.min(self.longest_delay).mul_f64(0.5 + 0.5 * jitter.fraction().clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut() -> HttpError {
        HttpError::Unavailable { what: "x".into(), reason: "cut".into(), retry_after: None, unsure: true }
    }

    #[test]
    fn pauses_double_and_stay_bounded() {
        let policy = RetryPolicy {
            attempts: 9,
            first_delay: Duration::from_millis(100),
            longest_delay: Duration::from_millis(500),
        };
        let pauses: Vec<_> =
            (1..=4).map(|n| policy.delay(n, &cut(), &SteadyJitter(1.0)).unwrap().as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 500]);
        assert_eq!(policy.delay(1, &cut(), &SteadyJitter(0.0)).unwrap().as_millis(), 50);
    }

    #[test]
    fn gives_up_after_the_last_attempt_and_on_final_errors() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.delay(5, &cut(), &SteadyJitter(0.5)), None);
        let gone = HttpError::NotFound { what: "x".into() };
        assert_eq!(policy.delay(1, &gone, &SteadyJitter(0.5)), None);
    }

    #[test]
    fn the_servers_figure_wins_unless_it_is_too_long() {
        let policy = RetryPolicy::default();
        let asked =
            |s| HttpError::RateLimited { what: "x".into(), retry_after: Some(Duration::from_secs(s)) };
        assert_eq!(policy.delay(1, &asked(7), &SteadyJitter(0.5)), Some(Duration::from_secs(7)));
        assert_eq!(policy.delay(1, &asked(3600), &SteadyJitter(0.5)), None);
    }
}
