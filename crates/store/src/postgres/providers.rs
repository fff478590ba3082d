//! [`ProviderLimits`]: moments and places are given out by the server's `provider_turn` (migration 8), by its own
//! clock; a provider's turns follow one another by the lock of its row.

use std::time::Duration;

use async_trait::async_trait;

use super::PostgresStore;
use crate::{ProviderAsk, ProviderLimits, ProviderTurn, StoreError};

#[async_trait]
impl ProviderLimits for PostgresStore {
    async fn provider_turn(&self, ask: &ProviderAsk) -> Result<Option<ProviderTurn>, StoreError> {
        let small = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
        let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX / 4);
        let (places, first_in, sharers): (i32, i64, i32) = sqlx::query_as(
            "select places, first_in_us, sharers from provider_turn($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&ask.provider)
        .bind(&self.presence.worker.0)
        .bind(micros(ask.apart))
        .bind(small(ask.starts))
        .bind(ask.concurrent.map(small))
        .bind(small(ask.busy))
        .bind(small(ask.wanted))
        .bind(micros(ask.lease))
        .fetch_one(&self.writer)
        .await?;
        Ok(Some(ProviderTurn {
            places: u32::try_from(places).unwrap_or_default(),
            first_in: Duration::from_micros(u64::try_from(first_in).unwrap_or_default()),
            sharers: u32::try_from(sharers).unwrap_or(1).max(1),
        }))
    }
}
