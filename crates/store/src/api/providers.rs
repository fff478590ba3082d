//! How fast a provider may be asked by all workers of a database together.

use std::time::Duration;

use async_trait::async_trait;

use crate::StoreError;

/// What one worker wants of a provider now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderAsk {
    /// Which account of which service: all who name it so share its limits.
    pub provider: String,
    /// Between two requests of anybody.
    pub apart: Duration,
    /// Moments to begin requests at, so many.
    pub starts: u32,
    /// Requests of all workers on their way at once; `None` = any number.
    pub concurrent: Option<u32>,
    /// Of this worker's they are now.
    pub busy: u32,
    /// So many it would have, those included; 0 = it is done for now.
    pub wanted: u32,
    /// Its places are free again after this, unless it comes back: so they do not die with it.
    pub lease: Duration,
}

/// What it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderTurn {
    /// Requests that it may have on their way, those that are included.
    pub places: u32,
    /// Its first moment, from now; the others follow by [`ProviderAsk::apart`].
    pub first_in: Duration,
    /// Workers that are alive, it included: any of them may want something the next moment.
    pub sharers: u32,
}

/// Limits that many workers share.
#[async_trait]
pub trait ProviderLimits: Send + Sync {
    /// A worker's turn. No two workers ever get the same moment, nor together more places than there are. `None`
    /// where one machine works alone: its own limits hold.
    async fn provider_turn(&self, _ask: &ProviderAsk) -> Result<Option<ProviderTurn>, StoreError> {
        Ok(None)
    }
}
