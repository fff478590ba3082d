//! What was made of many calls, read at once: a row of a report costs no question of its own.

use std::collections::HashMap;

use domain::{CallId, CallStatus, RubricId, Transcript};
use sqlx::{AssertSqlSafe, Row as _};

use super::analyses::{override_of, stored};
use super::codec::{call_id, from_json, json, status};
use super::dialect::{JOIN, along, each};
use super::runs::spend_entry;
use super::{DbPool, DbStore};
use crate::{
    Analyses as _, CallResults, OverrideVerdict, SpendEntry, Standing, StoreError, StoredAnalysis,
    with_overrides,
};

pub(crate) fn ids(calls: &[CallId]) -> Result<String, StoreError> {
    json("call", &calls.iter().map(ToString::to_string).collect::<Vec<_>>())
}

/// The calls `c` whose ids are bound as the first parameter, and what is said of them.
pub(crate) fn of_wanted(what: &str, more: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("select {what} from {} {JOIN} calls c on c.uid = w.value {more}", each(1)))
}

impl DbStore {
    pub(crate) async fn standing_of(
        &self,
        calls: &[CallId],
        rubric: &RubricId,
    ) -> Result<Vec<Standing>, StoreError> {
        let what = "c.uid, c.status, exists (select 1 from analyses a where a.call_id = c.id \
             and a.rubric = $2) as judged";
        let rows = sqlx::query(of_wanted(what, ""))
            .bind(ids(calls)?)
            .bind(rubric.as_str())
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Standing {
                    call: call_id(row.try_get("uid")?)?,
                    status: status(row.try_get("status")?)?,
                    judged: row.try_get("judged")?,
                })
            })
            .collect()
    }

    pub(crate) async fn results(
        &self,
        calls: &[CallId],
        rubric: Option<&RubricId>,
    ) -> Result<Vec<CallResults>, StoreError> {
        let wanted = ids(calls)?;
        let mut words = words(&self.readers, &wanted).await?;
        let mut judged = analyses(&self.readers, &wanted, rubric).await?;
        self.put_peoples_verdicts(&wanted, &mut judged).await?;
        let mut paid = spent(&self.readers, &wanted).await?;
        Ok(calls
            .iter()
            .map(|call| {
                let (transcript, call_back) = words.remove(call).unwrap_or_default();
                let (analysis, spend) = (judged.remove(call), paid.remove(call).unwrap_or_default());
                CallResults { transcript, analysis, spend, call_back }
            })
            .collect())
    }

    /// In place of the machine's, as figures and filters have them.
    pub(crate) async fn put_peoples_verdicts(
        &self,
        wanted: &str,
        judged: &mut HashMap<CallId, StoredAnalysis>,
    ) -> Result<(), StoreError> {
        for (call, people) in overrides(&self.readers, wanted).await? {
            let Some(stored) = judged.get_mut(&call) else { continue };
            let (id, revision) = (&stored.analysis.rubric, &stored.analysis.revision);
            let people: Vec<_> = people.into_iter().filter(|person| person.rubric == *id).collect();
            if !people.is_empty() {
                let rubric = self.rubric(id, revision).await?;
                stored.analysis = with_overrides(&stored.analysis, &people, rubric.as_ref());
            }
        }
        Ok(())
    }

    pub(crate) async fn answered(&self, calls: &[CallId]) -> Result<Vec<CallId>, StoreError> {
        let more = format!(
            "{JOIN} calls m{} on m.client_phone = c.client_phone and m.started_at < c.started_at \
             where not c.missed and coalesce(c.talk_ms, 1) > 0 and m.status = $2",
            along("calls_client")
        );
        let rows = sqlx::query(of_wanted("distinct m.uid", &more))
            .bind(ids(calls)?)
            .bind(CallStatus::Missed.as_str())
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|row| call_id(row.try_get("uid")?)).collect()
    }
}

/// The words, and whether it is a client who rang in vain and with whom nobody has spoken since.
async fn words(
    pool: &DbPool,
    wanted: &str,
) -> Result<HashMap<CallId, (Option<Transcript>, bool)>, StoreError> {
    let what = of_wanted("c.uid, c.call_back, t.body", "left join transcripts t on t.id = c.transcript_id");
    let rows = sqlx::query(what).bind(wanted).fetch_all(pool).await?;
    rows.iter()
        .map(|row| {
            let body: Option<&str> = row.try_get("body")?;
            let words = body.map(|body| from_json("transcript", body)).transpose()?;
            Ok((call_id(row.try_get("uid")?)?, (words, row.try_get("call_back")?)))
        })
        .collect()
}

async fn analyses(
    pool: &DbPool,
    wanted: &str,
    rubric: Option<&RubricId>,
) -> Result<HashMap<CallId, StoredAnalysis>, StoreError> {
    let more = format!(
        "{JOIN} analyses a on a.id = (select max(n.id) from analyses n where n.call_id = c.id \
         and ($2 is null or n.rubric = $2))"
    );
    let rows = sqlx::query(of_wanted("c.uid, a.body, a.analyzed_at", &more))
        .bind(wanted)
        .bind(rubric.map(RubricId::as_str))
        .fetch_all(pool)
        .await?;
    rows.iter().map(|row| Ok((call_id(row.try_get("uid")?)?, stored(row)?))).collect()
}

/// Newest first: the first of a criterion stands.
async fn overrides(pool: &DbPool, wanted: &str) -> Result<HashMap<CallId, Vec<OverrideVerdict>>, StoreError> {
    let more = format!("{JOIN} overrides o on o.call_id = c.id order by o.id desc");
    let rows = sqlx::query(of_wanted("o.*, c.uid", &more)).bind(wanted).fetch_all(pool).await?;
    let mut people: HashMap<CallId, Vec<OverrideVerdict>> = HashMap::new();
    for row in &rows {
        let (call, rubric) =
            (call_id(row.try_get("uid")?)?, RubricId::new(row.try_get::<&str, _>("rubric")?));
        people.entry(call).or_default().push(override_of(row, call, &rubric)?);
    }
    Ok(people)
}

async fn spent(pool: &DbPool, wanted: &str) -> Result<HashMap<CallId, Vec<SpendEntry>>, StoreError> {
    let more = format!("{JOIN} spend s on s.call_id = c.id order by s.id");
    let rows = sqlx::query(of_wanted("c.uid, s.item, s.currency, s.micros, s.key", &more))
        .bind(wanted)
        .fetch_all(pool)
        .await?;
    let mut paid: HashMap<CallId, Vec<SpendEntry>> = HashMap::new();
    for row in &rows {
        let call = call_id(row.try_get("uid")?)?;
        paid.entry(call).or_default().push(spend_entry(row, call)?);
    }
    Ok(paid)
}
