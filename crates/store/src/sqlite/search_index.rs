//! The rows of `call_words`: one per call with a transcript, numbered in the order of time.
//!
//! The table keeps no text (it stands in `transcripts`) and no sizes, so it cannot rank by
//! frequency, which over 300 000 calls with a common word would take a second anyway. Instead
//! its row numbers grow with the call's start: a search walks from the newest back, stops at the
//! page, and a window of dates is a range of rows. What is taken out must be given again word
//! for word; `secure-delete` then leaves no trace of it.

use std::collections::HashMap;

use domain::Segment;
use sqlx::{Row as _, SqliteConnection};

use super::codec::{from_json, json};
use super::transcripts::{Heard, Spoken};
use crate::StoreError;
use crate::text::words;

/// Rows kept for each second; calls crowding a second spill into the following ones.
const PER_SECOND: i64 = 8;
/// How far a crowd may spill: a million rows, a day and a half.
pub(crate) const MAX_SPILL: i64 = 1 << 20;
/// Calls without a time: before everything else.
const UNTIMED: i64 = -(1 << 50);
/// Stands between segments, so that no phrase runs from one speaker's words into another's: a
/// private letter, which the tokenizer takes for a word and no folded text holds.
const BETWEEN: &str = "\u{e000}";
/// Ten hours of quick talk is 90 000 words; past this a transcript is hostile.
const MAX_WORDS: usize = 200_000;

/// The first row of a second.
pub(crate) fn first_row(started_ms: i64) -> i64 {
    started_ms.div_euclid(1000).saturating_mul(PER_SECOND)
}

/// What is written for a call, and given again to take it out.
struct IndexRow {
    form: String,
    stem: String,
    facet: String,
}

/// Tokens of what a search is most often narrowed by, so that the index itself intersects them.
pub(crate) fn facet(kind: char, value: &str) -> String {
    // 40 bytes tell ids apart; the few that they do not are told apart by the row itself
    let bytes = value.as_bytes();
    format!("{kind}{}", hex::encode(bytes.get(..40).unwrap_or(bytes)))
}

fn index_row(segments: &[Segment], facets: [Option<String>; 4]) -> IndexRow {
    let mut row = IndexRow { form: String::new(), stem: String::new(), facet: String::new() };
    let mut left = MAX_WORDS;
    for segment in segments {
        for word in words(&segment.text).into_iter().take(left) {
            left -= 1;
            row.form.push_str(&word.form);
            row.form.push(' ');
            row.stem.push_str(&word.stem);
            row.stem.push(' ');
        }
        row.stem.push_str(BETWEEN);
        row.stem.push(' ');
    }
    row.facet = facets.into_iter().flatten().collect::<Vec<_>>().join(" ");
    row
}

/// What of a call goes into its row.
struct Facts {
    started_at: Option<i64>,
    search_rowid: Option<i64>,
    transcript: Option<i64>,
    facets: [Option<String>; 4],
}

async fn facts(tx: &mut SqliteConnection, calls: &[i64]) -> Result<HashMap<i64, Facts>, StoreError> {
    let rows = sqlx::query(
        "select c.id, c.started_at, c.search_rowid, c.transcript_id, c.source, c.manager_id, c.caller, \
         c.callee from json_each(?) w cross join calls c on c.id = w.value",
    )
    .bind(json("call", &calls)?)
    .fetch_all(tx)
    .await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in &rows {
        let phone = |column: &str| -> Result<Option<String>, StoreError> {
            Ok(row.try_get::<Option<&str>, _>(column)?.map(|number| facet('p', number)))
        };
        let facts = Facts {
            started_at: row.try_get("started_at")?,
            search_rowid: row.try_get("search_rowid")?,
            transcript: row.try_get("transcript_id")?,
            facets: [
                Some(facet('s', row.try_get("source")?)),
                row.try_get::<Option<&str>, _>("manager_id")?.map(|id| facet('m', id)),
                phone("caller")?,
                phone("callee")?,
            ],
        };
        found.insert(row.try_get("id")?, facts);
    }
    Ok(found)
}

/// Gives calls their transcripts and indexes the words.
pub(crate) async fn link_all(tx: &mut SqliteConnection, heard: &[Heard]) -> Result<(), StoreError> {
    let calls: Vec<i64> = heard.iter().map(|heard| heard.call).collect();
    let mut known = facts(tx, &calls).await?;
    for Heard { call, transcript, segments, measures } in heard {
        let Some(facts) = known.remove(call) else { continue };
        if facts.search_rowid.is_some() {
            remove(tx, *call).await?;
        }
        let row = index_row(segments, facts.facets);
        let rowid = free_row(tx, *call, facts.started_at).await?;
        sqlx::query(
            "insert into call_words (rowid, form, stem, facet) values (?, ?, ?, ?); \
             insert or ignore into transcript_uses (transcript_id, call_id) values (?, ?); \
             update calls set transcript_id = ?, search_rowid = ?, incomplete = ?, talk_share = ? where id = ?",
        )
        .bind(rowid)
        .bind(row.form)
        .bind(row.stem)
        .bind(row.facet)
        .bind(transcript)
        .bind(call)
        .bind(transcript)
        .bind(rowid)
        .bind(measures.incomplete)
        .bind(measures.talk_share)
        .bind(call)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Takes the call's words out of the index. To be called while `calls` and `transcripts` still
/// hold what was indexed.
pub(crate) async fn remove(tx: &mut SqliteConnection, call: i64) -> Result<(), StoreError> {
    let facts = facts(tx, &[call]).await?.remove(&call);
    let Some(Facts { search_rowid: Some(rowid), transcript: Some(transcript), facets, .. }) = facts else {
        return Ok(());
    };
    let row = index_row(&stored_segments(tx, transcript).await?, facets);
    sqlx::query(
        "insert into call_words (call_words, rowid, form, stem, facet) values ('delete', ?, ?, ?, ?)",
    )
    .bind(rowid)
    .bind(row.form)
    .bind(row.stem)
    .bind(row.facet)
    .execute(&mut *tx)
    .await?;
    sqlx::query("update calls set search_rowid = null where id = ?").bind(call).execute(tx).await?;
    Ok(())
}

async fn stored_segments(tx: &mut SqliteConnection, transcript: i64) -> Result<Vec<Segment>, StoreError> {
    let body: String = sqlx::query_scalar("select body from transcripts where id = ?")
        .bind(transcript)
        .fetch_one(tx)
        .await?;
    Ok(from_json::<Spoken>("transcript", &body)?.segments)
}

/// A free row at or soon after the call's second. Ever wider spans are tried at places that the
/// call's own number scatters, so that ten thousand calls of one second cost no long search.
async fn free_row(tx: &mut SqliteConnection, call: i64, started_at: Option<i64>) -> Result<i64, StoreError> {
    let Some(first) = started_at.map(first_row) else { return Ok(UNTIMED + call) };
    let mut span = PER_SECOND;
    loop {
        for round in 0..4_i64 {
            // Knuth's multiplicative hash: neighbouring numbers fall far apart
            let scattered = (call + round).wrapping_mul(2_654_435_761) >> 7;
            let row = first + scattered.rem_euclid(span);
            let taken: Option<i64> =
                sqlx::query_scalar("select 1 from calls indexed by calls_search where search_rowid = ?")
                    .bind(row)
                    .fetch_optional(&mut *tx)
                    .await?;
            if taken.is_none() {
                return Ok(row);
            }
        }
        if span >= MAX_SPILL << 8 {
            return Err(StoreError::Invalid("too many calls begin in one second".to_owned()));
        }
        span *= 4;
    }
}
