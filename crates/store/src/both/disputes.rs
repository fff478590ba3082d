//! [`Disputes`].

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::RubricId;
use sqlx::{QueryBuilder, Row as _};

use super::calls::call_rowid;
use super::codec::{call_id, instant, ms, unsigned};
use super::paging::Turn;
use super::{Db, DbRow, DbStore};
use crate::{
    Dispute, DisputeFilter, DisputeId, Disputes, NewDispute, Page, PageRequest, Settlement, StoreError,
};

const FROM: &str = " from disputes d join calls c on c.id = d.call_id where true";

fn dispute_of(row: &DbRow) -> Result<Dispute, StoreError> {
    let key: String = row.try_get("criterion")?;
    let accepted: Option<bool> = row.try_get("accepted")?;
    let settlement = match accepted {
        None => None,
        Some(accepted) => Some(Settlement {
            accepted,
            author: row.try_get("settled_by")?,
            words: row.try_get("words")?,
            at: instant("dispute", row.try_get("settled_at")?)?,
        }),
    };
    Ok(Dispute {
        id: DisputeId(row.try_get("id")?),
        matter: NewDispute {
            call: call_id(row.try_get("uid")?)?,
            rubric: RubricId::new(row.try_get::<String, _>("rubric")?),
            key: (!key.is_empty()).then_some(key),
            author: row.try_get("author")?,
            reason: row.try_get("reason")?,
        },
        opened_at: instant("dispute", row.try_get("opened_at")?)?,
        settlement,
    })
}

fn push_demands(query: &mut QueryBuilder<Db>, filter: &DisputeFilter) {
    if let Some(call) = filter.call {
        query.push(" and c.uid = ").push_bind(call.to_string());
    }
    if let Some(manager) = &filter.manager_id {
        query.push(" and c.manager_id = ").push_bind(manager.clone());
    }
    match filter.open {
        Some(true) => {
            query.push(" and d.accepted is null");
        }
        Some(false) => {
            query.push(" and d.accepted is not null");
        }
        None => {}
    }
}

#[async_trait]
impl Disputes for DbStore {
    async fn open_dispute(&self, dispute: &NewDispute, now: DateTime<Utc>) -> Result<DisputeId, StoreError> {
        if dispute.reason.trim().is_empty() {
            return Err(StoreError::Invalid(
                "a dispute needs a reason: the supervisor must know what is wrong".to_owned(),
            ));
        }
        let mut tx = self.begin().await?;
        let call = call_rowid(&mut tx, dispute.call).await?;
        let id = sqlx::query_scalar(
            "insert into disputes (call_id, rubric, criterion, author, reason, opened_at) \
             values ($1, $2, $3, $4, $5, $6) on conflict (call_id, rubric, criterion, author) \
             where accepted is null do update set reason = disputes.reason returning id",
        )
        .bind(call)
        .bind(dispute.rubric.as_str())
        .bind(dispute.key.as_deref().unwrap_or_default())
        .bind(&dispute.author)
        .bind(&dispute.reason)
        .bind(ms(now))
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(DisputeId(id))
    }

    async fn settle_dispute(&self, id: DisputeId, settlement: &Settlement) -> Result<bool, StoreError> {
        if settlement.words.trim().is_empty() {
            return Err(StoreError::Invalid(
                "a dispute is settled with words: its author must know why".to_owned(),
            ));
        }
        let settled = sqlx::query(
            "update disputes set accepted = $1, settled_by = $2, words = $3, settled_at = $4 \
             where id = $5 and accepted is null",
        )
        .bind(settlement.accepted)
        .bind(&settlement.author)
        .bind(&settlement.words)
        .bind(ms(settlement.at))
        .bind(id.0)
        .execute(&self.writer)
        .await?;
        Ok(settled.rows_affected() > 0)
    }

    async fn dispute(&self, id: DisputeId) -> Result<Option<Dispute>, StoreError> {
        let row =
            sqlx::query("select d.*, c.uid from disputes d join calls c on c.id = d.call_id where d.id = $1")
                .bind(id.0)
                .fetch_optional(&self.readers)
                .await?;
        row.as_ref().map(dispute_of).transpose()
    }

    async fn disputes(&self, filter: &DisputeFilter, page: PageRequest) -> Result<Page<Dispute>, StoreError> {
        let turn = Turn::of(&page)?;
        let mut query = QueryBuilder::new("select d.*, c.uid");
        query.push(FROM);
        push_demands(&mut query, filter);
        query.push(" and d.id < ").push_bind(turn.below);
        query.push(" order by d.id desc limit ").push_bind(i64::from(turn.rows));
        let rows = query.build().fetch_all(&self.readers).await?;
        let disputes = rows.iter().map(|row| Ok((row.try_get("id")?, dispute_of(row)?)));
        Ok(turn.page(disputes.collect::<Result<_, StoreError>>()?))
    }

    async fn count_disputes(&self, filter: &DisputeFilter) -> Result<u64, StoreError> {
        let mut query = QueryBuilder::new("select count(*)");
        query.push(FROM);
        push_demands(&mut query, filter);
        unsigned("count", query.build_query_scalar().fetch_one(&self.readers).await?)
    }
}
