//! What was made of many calls, read at once: a row of a report costs no question of its own.

use std::collections::{HashMap, HashSet};

use domain::{CallId, CallStatus, Direction, RubricId, Transcript};
use sqlx::{Row as _, SqlitePool};

use super::SqliteStore;
use super::analyses::{override_of, stored};
use super::codec::{call_id, from_json, json, status};
use super::runs::spend_entry;
use crate::{
    Analyses as _, CallResults, OverrideVerdict, SpendEntry, Standing, StoreError, StoredAnalysis,
    with_overrides,
};

pub(crate) fn ids(calls: &[CallId]) -> Result<String, StoreError> {
    json("call", &calls.iter().map(ToString::to_string).collect::<Vec<_>>())
}

/// A client who rang in vain and with whom nobody has spoken since.
const CALL_BACK: &str = "c.status = ?2 and c.direction in (?3, ?4) and c.client_phone is not null \
     and not exists (select 1 from calls l indexed by calls_client where l.client_phone = c.client_phone \
     and l.started_at > c.started_at and l.missed = 0 and coalesce(l.talk_ms, 1) > 0)";

impl SqliteStore {
    pub(crate) async fn standing_of(
        &self,
        calls: &[CallId],
        rubric: &RubricId,
    ) -> Result<Vec<Standing>, StoreError> {
        let rows = sqlx::query(
            "select c.uid, c.status, exists (select 1 from analyses a where a.call_id = c.id \
             and a.rubric = ?2) as judged from json_each(?1) w cross join calls c on c.uid = w.value",
        )
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
        let mut words = transcripts(&self.readers, &wanted).await?;
        let mut judged = analyses(&self.readers, &wanted, rubric).await?;
        self.put_peoples_verdicts(&wanted, &mut judged).await?;
        let mut paid = spent(&self.readers, &wanted).await?;
        let waiting = to_call_back(&self.readers, &wanted).await?;
        Ok(calls
            .iter()
            .map(|call| CallResults {
                transcript: words.remove(call),
                analysis: judged.remove(call),
                spend: paid.remove(call).unwrap_or_default(),
                call_back: waiting.contains(call),
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
        let rows = sqlx::query(
            "select distinct m.uid from json_each(?1) w cross join calls c on c.uid = w.value \
             cross join calls m indexed by calls_client on m.client_phone = c.client_phone \
             and m.started_at < c.started_at \
             where c.missed = 0 and coalesce(c.talk_ms, 1) > 0 and m.status = ?2",
        )
        .bind(ids(calls)?)
        .bind(CallStatus::Missed.as_str())
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| call_id(row.try_get("uid")?)).collect()
    }
}

async fn transcripts(pool: &SqlitePool, wanted: &str) -> Result<HashMap<CallId, Transcript>, StoreError> {
    let rows = sqlx::query(
        "select c.uid, t.body from json_each(?) w cross join calls c on c.uid = w.value \
         cross join transcripts t on t.id = c.transcript_id",
    )
    .bind(wanted)
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| Ok((call_id(row.try_get("uid")?)?, from_json("transcript", row.try_get("body")?)?)))
        .collect()
}

async fn analyses(
    pool: &SqlitePool,
    wanted: &str,
    rubric: Option<&RubricId>,
) -> Result<HashMap<CallId, StoredAnalysis>, StoreError> {
    let rows = sqlx::query(
        "select c.uid, a.body, a.analyzed_at from json_each(?1) w cross join calls c on c.uid = w.value \
         cross join analyses a on a.id = (select max(n.id) from analyses n where n.call_id = c.id \
         and (?2 is null or n.rubric = ?2))",
    )
    .bind(wanted)
    .bind(rubric.map(RubricId::as_str))
    .fetch_all(pool)
    .await?;
    rows.iter().map(|row| Ok((call_id(row.try_get("uid")?)?, stored(row)?))).collect()
}

/// Newest first: the first of a criterion stands.
async fn overrides(
    pool: &SqlitePool,
    wanted: &str,
) -> Result<HashMap<CallId, Vec<OverrideVerdict>>, StoreError> {
    let rows = sqlx::query(
        "select o.*, c.uid from json_each(?) w cross join calls c on c.uid = w.value \
         cross join overrides o on o.call_id = c.id order by o.id desc",
    )
    .bind(wanted)
    .fetch_all(pool)
    .await?;
    let mut people: HashMap<CallId, Vec<OverrideVerdict>> = HashMap::new();
    for row in &rows {
        let (call, rubric) =
            (call_id(row.try_get("uid")?)?, RubricId::new(row.try_get::<&str, _>("rubric")?));
        people.entry(call).or_default().push(override_of(row, call, &rubric)?);
    }
    Ok(people)
}

async fn spent(pool: &SqlitePool, wanted: &str) -> Result<HashMap<CallId, Vec<SpendEntry>>, StoreError> {
    let rows = sqlx::query(
        "select c.uid, s.item, s.currency, s.micros, s.key from json_each(?) w \
         cross join calls c on c.uid = w.value cross join spend s on s.call_id = c.id order by s.id",
    )
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

async fn to_call_back(pool: &SqlitePool, wanted: &str) -> Result<HashSet<CallId>, StoreError> {
    let sql =
        format!("select c.uid from json_each(?1) w cross join calls c on c.uid = w.value where {CALL_BACK}");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(wanted)
        .bind(CallStatus::Missed.as_str())
        .bind(Direction::In.as_str())
        .bind(Direction::Unknown.as_str())
        .fetch_all(pool)
        .await?;
    rows.iter().map(|row| call_id(row.try_get("uid")?)).collect()
}
