//! Rules of what goes wrong, and when: always, so many times, or for a share of the requests.
//!
//! Which requests of a share are hit depends on the seed and on the request's number under the rule
//! alone, so two runs with the same order of requests meet the same faults.

mod kind;
mod play;

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use kind::FaultKind;
pub(crate) use play::play;

use crate::dice::Dice;
use crate::{Operation, Provider};

/// A rule: what goes wrong, for whom, how often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// Only this provider; `None` = whoever is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
    /// Only addresses (or operation names) that hold this text: `chat/completions`, `get.calls_report`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// So many matching requests pass first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<u64>,
    /// Only the first so many matching requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// Only this share of the matching requests, 0–1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// What `Retry-After` says, s; 1 where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<f64>,
    /// Members for the provider's own kinds.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl Fault {
    /// A rule that hits every request of everyone.
    pub fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            provider: None,
            path: None,
            skip: None,
            times: None,
            share: None,
            retry_after_s: None,
            more: Map::new(),
        }
    }

    fn matches(&self, operation: &Operation, path: &str) -> bool {
        self.provider.is_none_or(|provider| provider == operation.provider)
            && self.path.as_deref().is_none_or(|part| path.contains(part) || operation.name.contains(part))
    }
}

/// A rule and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FaultReport {
    /// The rule.
    #[serde(flatten)]
    pub fault: Fault,
    /// Requests that it looked at.
    pub seen: u64,
    /// Requests that it spoilt.
    pub hit: u64,
}

/// All rules; the first that fits a request spoils it.
#[derive(Debug)]
pub struct Faults {
    seed: u64,
    rules: Mutex<Vec<FaultReport>>,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, rules: Mutex::new(Vec::new()) }
    }

    pub(crate) fn add(&self, fault: Fault) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).push(FaultReport {
            fault,
            seen: 0,
            hit: 0,
        });
    }

    /// The rules and what came of them.
    pub fn report(&self) -> Vec<FaultReport> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn clear(&self) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The rule that spoils this request. `concerned` tells of a provider's own kind whether such a
    /// request can meet it.
    pub(crate) fn decide(
        &self,
        operation: &Operation,
        path: &str,
        concerned: impl Fn(&str) -> bool,
    ) -> Option<Fault> {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        for (index, rule) in rules.iter_mut().enumerate() {
            let meets = match &rule.fault.kind {
                FaultKind::Own(kind) => concerned(kind),
                _ => true,
            };
            if !meets || !rule.fault.matches(operation, path) {
                continue;
            }
            let number = rule.seen;
            rule.seen += 1;
            let early = rule.fault.skip.is_some_and(|skip| number < skip);
            let spent = rule.fault.times.is_some_and(|times| rule.hit >= u64::from(times));
            let drawn = rule
                .fault
                .share
                .is_none_or(|share| Dice::new(self.seed ^ number, index as u64).chance(share));
            if !early && !spent && drawn {
                rule.hit += 1;
                return Some(rule.fault.clone());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat() -> Operation {
        Operation { provider: Provider::Openai, name: "chat".into(), money: true, sheet_write: false }
    }

    #[test]
    fn a_share_hits_about_its_share_and_always_the_same_requests() {
        let run = |seed| {
            let faults = Faults::new(seed);
            faults.add(Fault { share: Some(0.1), ..Fault::new(FaultKind::ServerError) });
            (0..2000)
                .map(|_| faults.decide(&chat(), "/openai/v1/chat/completions", |_| true).is_some())
                .collect::<Vec<_>>()
        };
        let hits = run(7).iter().filter(|hit| **hit).count();
        assert!((150..250).contains(&hits), "{hits} of 2000 at 10 %");
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
    }

    #[test]
    fn a_rule_ends_after_its_times_and_leaves_other_providers_alone() {
        let faults = Faults::new(1);
        faults.add(Fault {
            times: Some(2),
            provider: Some(Provider::Openai),
            ..Fault::new(FaultKind::ResetBefore)
        });
        let uis = Operation { provider: Provider::Uis, ..chat() };
        assert!(faults.decide(&uis, "/uis/v2.0", |_| true).is_none());
        let hits = (0..5).filter(|_| faults.decide(&chat(), "/openai/v1", |_| true).is_some()).count();
        assert_eq!(hits, 2);
        assert_eq!((faults.report()[0].seen, faults.report()[0].hit), (5, 2));
    }

    #[test]
    fn a_rule_leaves_the_first_requests_alone() {
        let faults = Faults::new(1);
        faults.add(Fault { skip: Some(2), times: Some(1), ..Fault::new(FaultKind::ServerError) });
        let hit: Vec<bool> = (0..5).map(|_| faults.decide(&chat(), "", |_| true).is_some()).collect();
        assert_eq!(hit, [false, false, true, false, false]);
    }

    #[test]
    fn a_share_of_a_provider_s_own_fault_is_counted_over_requests_that_can_meet_it() {
        let faults = Faults::new(1);
        faults.add(Fault { share: Some(1.0), ..Fault::new(FaultKind::Own("refusal".into())) });
        assert!(faults.decide(&chat(), "", |_| false).is_none());
        assert!(faults.decide(&chat(), "", |kind| kind == "refusal").is_some());
        assert_eq!((faults.report()[0].seen, faults.report()[0].hit), (1, 1));
    }
}
