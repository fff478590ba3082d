//! [`Campaigns`].

use async_trait::async_trait;
use domain::{CallId, Currency, Money, PhoneNumber};
use sqlx::{QueryBuilder, Row as _};

use super::codec::{call_id, corrupt, instant, ms, unsigned};
use super::{Db, DbConnection, DbRow, DbStore};
use crate::{Campaign, CampaignLead, Campaigns, LeadStage, StoreError};

/// Rows of one statement: 10 columns stay well under the variables of either database.
const CHUNK: usize = 500;

fn campaign_of(row: &DbRow) -> Result<Campaign, StoreError> {
    Ok(Campaign {
        name: row.try_get("name")?,
        body: row.try_get("body")?,
        paused: row.try_get("paused")?,
        begun_at: instant("campaign", row.try_get("begun_at")?)?,
    })
}

fn lead_of(row: &DbRow) -> Result<CampaignLead, StoreError> {
    let stage: &str = row.try_get("stage")?;
    let (phone, call): (Option<&str>, Option<&str>) = (row.try_get("phone")?, row.try_get("call_id")?);
    let sums = [(Currency::RUB, row.try_get("rub_micros")?), (Currency::USD, row.try_get("usd_micros")?)];
    let sums = sums.into_iter().filter(|(_, micros)| *micros != 0);
    Ok(CampaignLead {
        campaign: row.try_get("campaign")?,
        key: row.try_get("key")?,
        version: unsigned("lead", row.try_get("version")?)?,
        stage: LeadStage::parse(stage)
            .ok_or_else(|| corrupt("lead", format!("{stage:?} is no stage of one")))?,
        phone: phone
            .map(|phone| PhoneNumber::parse(phone).ok_or_else(|| corrupt("number", "it is no E.164")))
            .transpose()?,
        call: call.map(call_id).transpose()?,
        due_at: instant("lead", row.try_get("due_at")?)?,
        cost: sums.map(|(currency, micros)| Money::from_micros(currency, micros)).collect(),
        body: row.try_get("body")?,
    })
}

fn sum(cost: &[Money], currency: Currency) -> i64 {
    cost.iter().filter(|sum| sum.currency == currency).map(|sum| sum.micros).fold(0, i64::saturating_add)
}

/// The version as it is bound; one that no row has stays one that no row has.
fn version(of: u64) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}

/// What campaigns know of a number: the rows stay, empty, so that its list does not ring it anew.
pub(crate) async fn erase_leads(tx: &mut DbConnection, phone: &PhoneNumber) -> Result<(), StoreError> {
    sqlx::query(
        "update campaign_leads set stage = 'erased', phone = null, call_id = null, body = '', \
         version = version + 1 where phone = $1",
    )
    .bind(phone.as_str())
    .execute(tx)
    .await?;
    Ok(())
}

#[async_trait]
impl Campaigns for DbStore {
    async fn begin_campaign(&self, campaign: &Campaign) -> Result<Campaign, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "insert into campaigns (name, body, paused, begun_at) values ($1, $2, $3, $4) \
             on conflict do nothing",
        )
        .bind(&campaign.name)
        .bind(&campaign.body)
        .bind(campaign.paused)
        .bind(ms(campaign.begun_at))
        .execute(&mut *tx)
        .await?;
        let row = sqlx::query("select * from campaigns where name = $1")
            .bind(&campaign.name)
            .fetch_one(&mut *tx)
            .await?;
        let kept = campaign_of(&row)?;
        tx.commit().await?;
        Ok(kept)
    }

    async fn campaign(&self, name: &str) -> Result<Option<Campaign>, StoreError> {
        let row = sqlx::query("select * from campaigns where name = $1")
            .bind(name)
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(campaign_of).transpose()
    }

    async fn pause_campaign(&self, name: &str, paused: bool) -> Result<bool, StoreError> {
        let changed = sqlx::query("update campaigns set paused = $2 where name = $1")
            .bind(name)
            .bind(paused)
            .execute(&self.writer)
            .await?;
        Ok(changed.rows_affected() == 1)
    }

    async fn add_leads(&self, leads: &[CampaignLead]) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let mut new = 0;
        for chunk in leads.chunks(CHUNK) {
            let mut query = QueryBuilder::<Db>::new(
                "insert into campaign_leads (campaign, key, version, stage, phone, call_id, due_at, \
                 rub_micros, usd_micros, body) ",
            );
            query.push_values(chunk, |mut row, lead| {
                row.push_bind(lead.campaign.clone())
                    .push_bind(lead.key.clone())
                    .push_bind(version(lead.version))
                    .push_bind(lead.stage.as_str())
                    .push_bind(lead.phone.as_ref().map(|phone| phone.as_str().to_owned()))
                    .push_bind(lead.call.map(|call: CallId| call.to_string()))
                    .push_bind(ms(lead.due_at))
                    .push_bind(sum(&lead.cost, Currency::RUB))
                    .push_bind(sum(&lead.cost, Currency::USD))
                    .push_bind(lead.body.clone());
            });
            query.push(" on conflict do nothing");
            new += query.build().execute(&mut *tx).await?.rows_affected();
        }
        tx.commit().await?;
        Ok(new)
    }

    async fn leads(&self, campaign: &str) -> Result<Vec<CampaignLead>, StoreError> {
        let rows = sqlx::query("select * from campaign_leads where campaign = $1 order by key")
            .bind(campaign)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(lead_of).collect()
    }

    async fn save_lead(&self, lead: &CampaignLead) -> Result<bool, StoreError> {
        let saved = sqlx::query(
            "update campaign_leads set version = version + 1, stage = $4, phone = $5, call_id = $6, \
             due_at = $7, rub_micros = $8, usd_micros = $9, body = $10 \
             where campaign = $1 and key = $2 and version = $3 and stage <> 'erased'",
        )
        .bind(&lead.campaign)
        .bind(&lead.key)
        .bind(version(lead.version))
        .bind(lead.stage.as_str())
        .bind(lead.phone.as_ref().map(PhoneNumber::as_str))
        .bind(lead.call.map(|call| call.to_string()))
        .bind(ms(lead.due_at))
        .bind(sum(&lead.cost, Currency::RUB))
        .bind(sum(&lead.cost, Currency::USD))
        .bind(&lead.body)
        .execute(&self.writer)
        .await?;
        Ok(saved.rows_affected() == 1)
    }
}
