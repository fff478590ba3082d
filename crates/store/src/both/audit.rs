//! [`AuditLog`].

use async_trait::async_trait;
use sqlx::{QueryBuilder, Row as _};

use super::codec::{instant, ms};
use super::paging::Turn;
use super::{Db, DbStore};
use crate::{AuditEntry, AuditFilter, AuditLog, Page, PageRequest, StoreError};

#[async_trait]
impl AuditLog for DbStore {
    async fn audit_lines(
        &self,
        filter: &AuditFilter,
        page: PageRequest,
    ) -> Result<Page<AuditEntry>, StoreError> {
        let turn = Turn::of(&page)?;
        let mut query = QueryBuilder::<Db>::new("select id, at, who, what, target from audit where id < ");
        query.push_bind(turn.below);
        for (column, wanted) in [("who", &filter.who), ("what", &filter.what), ("target", &filter.target)] {
            if let Some(wanted) = wanted {
                query.push(format!(" and {column} = ")).push_bind(wanted.clone());
            }
        }
        for (sign, bound) in [(">=", filter.window.from), ("<", filter.window.to)] {
            if let Some(bound) = bound {
                query.push(format!(" and at {sign} ")).push_bind(ms(bound));
            }
        }
        query.push(" order by id desc limit ").push_bind(i64::from(turn.rows));
        let rows = query.build().fetch_all(&self.readers).await?;
        let mut lines = Vec::with_capacity(rows.len());
        for row in &rows {
            let entry = AuditEntry {
                at: instant("audit line", row.try_get("at")?)?,
                who: row.try_get("who")?,
                what: row.try_get("what")?,
                target: row.try_get("target")?,
            };
            lines.push((row.try_get("id")?, entry));
        }
        Ok(turn.page(lines))
    }

    async fn audit_deeds(&self) -> Result<Vec<String>, StoreError> {
        // hops from deed to deed along the index: there are few deeds and many lines
        Ok(sqlx::query_scalar(
            "with recursive deeds (what) as (select min(what) from audit union all \
             select (select min(what) from audit where what > deeds.what) from deeds where what is not null) \
             select what from deeds where what is not null",
        )
        .fetch_all(&self.readers)
        .await?)
    }
}
