//! The limits of a provider, given out by the database that all workers share.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http_client::{PaceAsk, PaceTurn, SharedPace};
use store::{ProviderAsk, Store};
use tokio::time::timeout;

/// A database that needs longer is as good as gone.
const PATIENCE: Duration = Duration::from_secs(2);

/// One account of one service.
#[derive(Debug)]
pub(crate) struct StoredPace {
    pub(crate) store: Arc<dyn Store>,
    /// The same in every worker, and no secret.
    pub(crate) provider: String,
}

#[async_trait]
impl SharedPace for StoredPace {
    async fn turn(&self, ask: PaceAsk) -> Option<PaceTurn> {
        let many = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let (minute, once) = (ask.limit.per_minute, ask.limit.concurrent);
        let shown = |limit: Option<u64>| limit.map_or_else(|| "-".to_owned(), |limit| limit.to_string());
        let wanted = ProviderAsk {
            // one service may have several doors, each with limits of its own
            provider: format!(
                "{} {}/{}",
                self.provider,
                shown(minute.map(u64::from)),
                shown(once.map(|most| most as u64))
            ),
            apart: ask.apart,
            starts: ask.starts,
            concurrent: once.map(many),
            busy: many(ask.busy),
            wanted: many(ask.wanted),
            lease: ask.lease,
        };
        let turn = match timeout(PATIENCE, self.store.provider_turn(&wanted)).await {
            Ok(Ok(turn)) => turn?,
            Ok(Err(error)) => {
                tracing::debug!(%error, "limits of a provider are not given out; a part of them holds");
                return None;
            }
            Err(_) => return None,
        };
        Some(PaceTurn {
            places: usize::try_from(turn.places).unwrap_or_default(),
            first_in: turn.first_in,
            sharers: usize::try_from(turn.sharers).unwrap_or(1),
        })
    }
}
