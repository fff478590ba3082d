//! Erasing a number: everything that was said with it, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{PhoneNumber, Sha256};
use sqlx::{AssertSqlSafe, Row as _};

use super::campaigns::erase_leads;
use super::codec::{call_id, json, ms};
use super::conversations::erase_conversations;
use super::dialect::each;
use super::runs::{FORGET_PAID_WORDS, write_audit};
use super::search_index;
use super::{DbConnection, DbRow, DbStore};
use crate::{ErasedPlace, Erasure, ErasureDemand, ErasureId, ErasureWork, StoreError, subject_of};

/// What is gone of the database.
#[derive(Default)]
struct Gone {
    calls: u64,
    transcripts: u64,
    analyses: u64,
    conversations: u64,
    /// Calls by the outside source that still has them.
    elsewhere: BTreeMap<String, u64>,
}

impl DbStore {
    pub(crate) async fn erase(
        &self,
        demand: &ErasureDemand,
        now: DateTime<Utc>,
    ) -> Result<Erasure, StoreError> {
        let phone = &demand.phone;
        let (mut gone, mut work) = (Gone::default(), ErasureWork::default());
        let mut tx = self.begin().await?;
        let rows = sqlx::query(
            "select c.id, c.uid, c.source, c.revision, r.location, r.sha256 from calls c \
             left join recordings r on r.call_id = c.id where c.id in (select id from calls where caller = $1 \
             union select id from calls where callee = $1) order by c.id",
        )
        .bind(phone.as_str())
        .fetch_all(&mut *tx)
        .await?;
        for row in &rows {
            note(&mut work, &mut gone, demand, row)?;
            gone.analyses += erase_call(&mut tx, row.try_get("id")?, now).await?;
        }
        gone.calls = work.calls.len() as u64;
        drop_shared(&mut tx, &mut work).await?;
        // unused entries of the cache may be words of the number whose job has not ended yet;
        // the worst that dropping them costs is to listen once more
        gone.transcripts = sqlx::query(
            "delete from transcripts where not exists \
             (select 1 from transcript_uses u where u.transcript_id = transcripts.id)",
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        gone.conversations = erase_conversations(&mut tx, phone).await?;
        erase_leads(&mut tx, phone).await?;
        let erasure = journal(&mut tx, demand, work, &gone, now).await?;
        let said = format!("erasure {}: {} calls", erasure.id.0, gone.calls);
        write_audit(&mut tx, &demand.who, "erase", &said, now).await?;
        tx.commit().await?;
        self.forget_old_pages().await;
        Ok(erasure)
    }
}

/// What of the call lies outside.
fn note(
    work: &mut ErasureWork,
    gone: &mut Gone,
    demand: &ErasureDemand,
    row: &DbRow,
) -> Result<(), StoreError> {
    work.calls.push(call_id(row.try_get("uid")?)?);
    let (location, sound): (Option<String>, Option<String>) =
        (row.try_get("location")?, row.try_get("sha256")?);
    let source: &str = row.try_get("source")?;
    if demand.kept_by.iter().any(|keeper| keeper == source) {
        *gone.elsewhere.entry(source.to_owned()).or_default() += 1;
    }
    match (location, sound) {
        (Some(location), Some(sound)) => {
            work.recordings.push(location);
            work.sounds.push(Sha256::new(sound));
        }
        _ if demand.sent_by.iter().any(|sender| sender == source) => {
            work.unread.push(Sha256::new(row.try_get::<String, _>("revision")?));
        }
        _ => {}
    }
    Ok(())
}

/// Everything of one call but what it cost and what sinks wrote; how many judgements. Its transcripts go in
/// the end, if nobody else has them.
async fn erase_call(tx: &mut DbConnection, call: i64, now: DateTime<Utc>) -> Result<u64, StoreError> {
    search_index::remove(tx, call).await?;
    let analyses: i64 = sqlx::query_scalar("select count(*) from analyses where call_id = $1")
        .bind(call)
        .fetch_one(&mut *tx)
        .await?;
    sqlx::query(
        "insert into erased_calls (uid, at) select uid, $2 from calls where id = $1 on conflict do nothing",
    )
    .bind(call)
    .bind(ms(now))
    .execute(&mut *tx)
    .await?;
    for sql in [FORGET_PAID_WORDS, "delete from calls where id = $1"] {
        sqlx::query(sql).bind(call).execute(&mut *tx).await?;
    }
    Ok(u64::try_from(analyses).unwrap_or(0))
}

/// What other calls have too is not ours to delete.
async fn drop_shared(tx: &mut DbConnection, work: &mut ErasureWork) -> Result<(), StoreError> {
    for (column, ours) in [
        ("location", work.recordings.clone()),
        ("sha256", work.sounds.iter().chain(&work.unread).map(ToString::to_string).collect()),
    ] {
        let sql = format!(
            "select distinct {column} from recordings where {column} in (select value from {})",
            each(1)
        );
        let shared: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(json("recording", &ours)?)
            .fetch_all(&mut *tx)
            .await?;
        let shared: BTreeSet<String> = shared.into_iter().collect();
        if column == "location" {
            work.recordings.retain(|location| !shared.contains(location));
        } else {
            work.sounds.retain(|sound| !shared.contains(sound.as_str()));
            work.unread.retain(|sound| !shared.contains(sound.as_str()));
        }
    }
    work.recordings.sort_unstable();
    work.recordings.dedup();
    work.sounds.sort_unstable();
    work.sounds.dedup();
    Ok(())
}

async fn journal(
    tx: &mut DbConnection,
    demand: &ErasureDemand,
    work: ErasureWork,
    gone: &Gone,
    now: DateTime<Utc>,
) -> Result<Erasure, StoreError> {
    let line = |place: &str, gone| ErasedPlace { place: place.to_owned(), gone, by_hand: 0, at: now };
    let mut places = vec![
        line("calls", gone.calls),
        line("transcripts", gone.transcripts),
        line("analyses", gone.analyses),
        line("conversations", gone.conversations),
    ];
    places.extend(
        gone.elsewhere.iter().map(|(source, calls)| ErasedPlace {
            by_hand: *calls,
            ..line(&format!("at_source/{source}"), 0)
        }),
    );
    let (subject, ending) = (subject_of(&demand.phone), ending(&demand.phone));
    let id = sqlx::query_scalar(
        "insert into erasures (subject, ending, who, begun_at, due_at, work, places) \
         values ($1, $2, $3, $4, $4, $5, $6) returning id",
    )
    .bind(&subject)
    .bind(&ending)
    .bind(&demand.who)
    .bind(ms(now))
    .bind(json("erasure", &work)?)
    .bind(json("erasure", &places)?)
    .fetch_one(tx)
    .await?;
    Ok(Erasure {
        id: ErasureId(id),
        subject,
        ending,
        who: demand.who.clone(),
        begun_at: now,
        ended_at: None,
        due_at: Some(now),
        tried: 0,
        work,
        places,
        trouble: None,
    })
}

fn ending(phone: &PhoneNumber) -> String {
    let digits: Vec<char> = phone.as_str().chars().rev().take(2).collect();
    digits.into_iter().rev().collect()
}
