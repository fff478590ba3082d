//! [`WebhookDeliveries`]: subscriptions and the outbox.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, QueryBuilder, Row as _};

use super::codec::{call_id, corrupt, from_json, instant, json, ms, ms_after, small};
use super::dialect::{SKIP_LOCKED, along, each};
use super::paging::Turn;
use super::{Db, DbConnection, DbRow, DbStore};
use crate::{
    ClaimedDelivery, Delivery, DeliveryFilter, DeliveryId, DeliveryOutcome, DeliveryState, DeliveryTarget,
    DeliveryWay, NewDelivery, NewSubscription, Page, PageRequest, StoreError, Subscription, SubscriptionId,
    WebhookDeliveries,
};

/// What [`delivery_of`] reads.
const COLUMNS: &str = "select d.*, c.uid from webhook_deliveries d left join calls c on c.id = d.call_id";

fn delivery_of(row: &DbRow) -> Result<Delivery, StoreError> {
    let channel: Option<String> = row.try_get("channel")?;
    let target = match (row.try_get::<Option<i64>, _>("subscription_id")?, channel.as_deref()) {
        (Some(id), _) => DeliveryTarget::Subscription(SubscriptionId(id)),
        (None, None) => DeliveryTarget::Crm,
        (None, Some(channel)) => DeliveryTarget::of_channel(channel)
            .ok_or_else(|| corrupt("delivery", format!("{channel:?} is no channel")))?,
    };
    let state: &str = row.try_get("state")?;
    let uid: Option<&str> = row.try_get("uid")?;
    Ok(Delivery {
        id: DeliveryId(row.try_get("id")?),
        what: NewDelivery {
            key: row.try_get("key")?,
            target,
            event: row.try_get("event")?,
            call: uid.map(call_id).transpose()?,
            body: row.try_get("body")?,
            due_at: instant("delivery", row.try_get("due_at")?)?,
        },
        attempt: small("delivery", row.try_get("attempt")?)?,
        state: DeliveryState::parse(state)
            .ok_or_else(|| corrupt("delivery", format!("{state:?} is no state")))?,
        last_status: row
            .try_get::<Option<i64>, _>("last_status")?
            .and_then(|status| u16::try_from(status).ok()),
        last_error: row.try_get("last_error")?,
        created_at: instant("delivery", row.try_get("created_at")?)?,
        updated_at: instant("delivery", row.try_get("updated_at")?)?,
    })
}

fn subscription_of(row: &DbRow) -> Result<Subscription, StoreError> {
    Ok(Subscription {
        id: SubscriptionId(row.try_get("id")?),
        wish: NewSubscription {
            url: row.try_get("url")?,
            events: from_json("subscription", row.try_get("events")?)?,
            secret: row.try_get("secret")?,
        },
        created_at: instant("subscription", row.try_get("created_at")?)?,
    })
}

fn target_number(target: DeliveryTarget) -> Option<i64> {
    match target {
        DeliveryTarget::Subscription(id) => Some(id.0),
        _ => None,
    }
}

/// Puts one into the outbox, unless it is there.
pub(crate) async fn queue_delivery(
    tx: &mut DbConnection,
    delivery: &NewDelivery,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let queued = sqlx::query(
        "insert into webhook_deliveries (key, subscription_id, event, call_id, body, due_at, state, \
         created_at, updated_at, channel) select $1, $2, $3, (select id from calls where uid = $4), $5, $6, \
         'ready', $7, $7, $8 where ($2 is null or exists (select 1 from webhook_subscriptions \
         where id = $2)) and ($4 is null or exists (select 1 from calls where uid = $4)) \
         on conflict do nothing",
    )
    .bind(&delivery.key)
    .bind(target_number(delivery.target))
    .bind(&delivery.event)
    .bind(delivery.call.map(|call| call.to_string()))
    .bind(&delivery.body)
    .bind(ms(delivery.due_at))
    .bind(ms(now))
    .bind(delivery.target.channel())
    .execute(tx)
    .await?;
    Ok(queued.rows_affected())
}

/// The channels of a way, as a list of SQL texts.
fn channels(way: DeliveryWay) -> &'static str {
    match way {
        DeliveryWay::Webhooks => "('')",
        DeliveryWay::Messages => "('telegram', 'mail', 'uis')",
    }
}

#[async_trait]
impl WebhookDeliveries for DbStore {
    async fn add_subscription(
        &self,
        wish: &NewSubscription,
        now: DateTime<Utc>,
    ) -> Result<Subscription, StoreError> {
        let row = sqlx::query(
            "insert into webhook_subscriptions (url, events, secret, created_at) values ($1, $2, $3, $4) \
             returning *",
        )
        .bind(&wish.url)
        .bind(json("subscription", &wish.events)?)
        .bind(&wish.secret)
        .bind(ms(now))
        .fetch_one(&self.writer)
        .await?;
        subscription_of(&row)
    }

    async fn subscriptions(&self) -> Result<Vec<Subscription>, StoreError> {
        let rows =
            sqlx::query("select * from webhook_subscriptions order by id").fetch_all(&self.readers).await?;
        rows.iter().map(subscription_of).collect()
    }

    async fn remove_subscription(&self, id: SubscriptionId) -> Result<bool, StoreError> {
        let removed = sqlx::query("delete from webhook_subscriptions where id = $1")
            .bind(id.0)
            .execute(&self.writer)
            .await?;
        Ok(removed.rows_affected() > 0)
    }

    async fn queue_deliveries(
        &self,
        deliveries: &[NewDelivery],
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        if deliveries.is_empty() {
            return Ok(0);
        }
        let mut tx = self.begin().await?;
        let mut queued = 0;
        for delivery in deliveries {
            queued += queue_delivery(&mut tx, delivery, now).await?;
        }
        tx.commit().await?;
        Ok(queued)
    }

    async fn claim_deliveries(
        &self,
        way: DeliveryWay,
        limit: u32,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> Result<Vec<ClaimedDelivery>, StoreError> {
        // most looks find nothing: they take no writer's turn
        if self.next_delivery_due(way).await?.is_none_or(|due| due > now) {
            return Ok(Vec::new());
        }
        let mut tx = self.begin_beside().await?;
        let sql = format!(
            "update webhook_deliveries set state = 'leased', attempt = attempt + 1, token = token + 1, \
             due_at = $2, updated_at = $1 where id in (select id from webhook_deliveries{} \
             where state in ('ready', 'leased') and coalesce(channel, '') in {} and due_at <= $1 \
             order by due_at, id limit $3{SKIP_LOCKED}) returning id",
            along("webhook_deliveries_due"),
            channels(way)
        );
        let ids: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(ms(now))
            .bind(ms_after(now, lease))
            .bind(i64::from(limit))
            .fetch_all(&mut *tx)
            .await?;
        let sql = format!(
            "{COLUMNS} where d.id in (select cast(w.value as bigint) from {}) order by d.id",
            each(1)
        );
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(json("delivery", &ids)?).fetch_all(&mut *tx).await?;
        let claimed: Vec<ClaimedDelivery> = rows
            .iter()
            .map(|row| Ok(ClaimedDelivery { delivery: delivery_of(row)?, token: row.try_get("token")? }))
            .collect::<Result<_, StoreError>>()?;
        tx.commit().await?;
        Ok(claimed)
    }

    async fn settle_delivery(
        &self,
        claim: &ClaimedDelivery,
        outcome: &DeliveryOutcome,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let (state, due_at, status, error) = match outcome {
            DeliveryOutcome::Delivered { status } => (DeliveryState::Done, now, Some(*status), None),
            DeliveryOutcome::Again { due_at, status, error } => {
                (DeliveryState::Ready, *due_at, *status, Some(error))
            }
            DeliveryOutcome::Dead { status, error } => (DeliveryState::Dead, now, *status, Some(error)),
        };
        let settled = sqlx::query(
            "update webhook_deliveries set state = $1, due_at = $2, last_status = $3, last_error = $4, \
             updated_at = $5 where id = $6 and state = 'leased' and token = $7",
        )
        .bind(state.as_str())
        .bind(ms(due_at))
        .bind(status.map(i64::from))
        .bind(error)
        .bind(ms(now))
        .bind(claim.delivery.id.0)
        .bind(claim.token)
        .execute(&self.writer)
        .await?;
        if settled.rows_affected() == 0 { Err(StoreError::LeaseLost) } else { Ok(()) }
    }

    async fn next_delivery_due(&self, way: DeliveryWay) -> Result<Option<DateTime<Utc>>, StoreError> {
        let sql = format!(
            "select min(due_at) from webhook_deliveries{} where state in ('ready', 'leased') \
             and coalesce(channel, '') in {}",
            along("webhook_deliveries_due"),
            channels(way)
        );
        let due: Option<i64> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&self.readers).await?;
        due.map(|due| instant("delivery", due)).transpose()
    }

    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<Delivery>, StoreError> {
        let turn = Turn::of(&page)?;
        let mut query = QueryBuilder::<Db>::new(COLUMNS);
        query.push(" where d.id < ").push_bind(turn.below);
        match filter.target {
            Some(DeliveryTarget::Subscription(id)) => {
                query.push(" and d.subscription_id = ").push_bind(id.0);
            }
            Some(DeliveryTarget::Crm) => {
                query.push(" and d.subscription_id is null and d.channel is null");
            }
            Some(target) => {
                query.push(" and d.channel = ").push_bind(target.channel());
            }
            None => {}
        }
        if let Some(state) = filter.state {
            query.push(" and d.state = ").push_bind(state.as_str());
        }
        if let Some(event) = &filter.event {
            query.push(" and d.event = ").push_bind(event.clone());
        }
        if let Some(call) = filter.call {
            query.push(" and d.call_id = (select id from calls where uid = ").push_bind(call.to_string());
            query.push(")");
        }
        query.push(" order by d.id desc limit ").push_bind(i64::from(turn.rows));
        let rows = query.build().fetch_all(&self.readers).await?;
        let deliveries = rows.iter().map(|row| Ok((row.try_get("id")?, delivery_of(row)?)));
        Ok(turn.page(deliveries.collect::<Result<_, StoreError>>()?))
    }

    async fn retry_delivery(&self, id: DeliveryId, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let retried = sqlx::query(
            "update webhook_deliveries set state = 'ready', attempt = 0, due_at = $1, updated_at = $1 \
             where id = $2 and (state <> 'leased' or due_at <= $1)",
        )
        .bind(ms(now))
        .bind(id.0)
        .execute(&self.writer)
        .await?;
        Ok(retried.rows_affected() > 0)
    }

    async fn forget_deliveries(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        let gone =
            sqlx::query("delete from webhook_deliveries where state in ('done', 'dead') and updated_at < $1")
                .bind(ms(before))
                .execute(&self.writer)
                .await?;
        Ok(gone.rows_affected())
    }
}
