//! Faults that only a provider itself can play (a key revoked, a sheet no longer shared): each
//! provider's module hands in its switches, the fault rules turn them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::{Operation, Provider};

/// What a provider's fake can be told to do wrong.
pub(crate) trait Switches: Send + Sync {
    /// The kinds that [`Self::turn`] knows, such as `revoked_key`.
    fn kinds(&self) -> &'static [&'static str];

    /// Turns a fault on: for so many requests, or until [`Self::clear`]. `order` is the whole JSON
    /// of the rule, for further members.
    ///
    /// # Errors
    /// In a sentence, if the order lacks something.
    fn turn(&self, kind: &str, times: Option<u32>, order: &Value) -> Result<(), String>;

    /// Whether such a request can meet the fault: a share of requests is counted over those that can.
    fn concerns(&self, _kind: &str, _operation: &Operation) -> bool {
        true
    }

    /// Everything works again. What has happened (a row deleted) stays.
    fn clear(&self);
}

/// The switches of all providers.
#[derive(Default)]
pub(crate) struct Switchboard(Mutex<BTreeMap<Provider, Arc<dyn Switches>>>);

impl Switchboard {
    /// A provider's module says what its fake can play.
    pub(crate) fn add(&self, provider: Provider, switches: Arc<dyn Switches>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(provider, switches);
    }

    /// Who knows the kind; the named provider alone, if one is named.
    pub(crate) fn find(
        &self,
        kind: &str,
        provider: Option<Provider>,
    ) -> Option<(Provider, Arc<dyn Switches>)> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter()
            .filter(|(name, _)| provider.is_none_or(|wanted| wanted == **name))
            .find(|(_, switches)| switches.kinds().contains(&kind))
            .map(|(name, switches)| (*name, Arc::clone(switches)))
    }

    /// Whether the request can meet the fault.
    pub(crate) fn concerns(&self, kind: &str, operation: &Operation) -> bool {
        self.find(kind, Some(operation.provider))
            .is_some_and(|(_, switches)| switches.concerns(kind, operation))
    }

    /// All kinds, by provider.
    pub(crate) fn kinds(&self) -> BTreeMap<Provider, &'static [&'static str]> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(name, switches)| (*name, switches.kinds())).collect()
    }

    /// Everything works again, everywhere.
    pub(crate) fn clear(&self) {
        let all: Vec<_> =
            self.0.lock().unwrap_or_else(PoisonError::into_inner).values().map(Arc::clone).collect();
        for switches in all {
            switches.clear();
        }
    }
}
