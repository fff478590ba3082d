//! The rows of `call_words`: one per call with a transcript, its forms and stems each once, and its stems
//! in their order for words in a row.

use std::collections::BTreeSet;

use domain::Segment;

use super::DbConnection;
use super::judged::UNTIMED_AT;
use super::transcripts::Heard;
use crate::StoreError;
use crate::text::words;

/// Ten hours of quick talk is 90 000 words; past this a transcript is hostile.
const MAX_WORDS: usize = 200_000;
/// Stands between segments, so that no phrase runs from one speaker's words into another's; no word holds it.
const BETWEEN: &str = "| ";

struct IndexRow {
    forms: BTreeSet<String>,
    stems: BTreeSet<String>,
    said: String,
}

fn index_row(segments: &[Segment]) -> IndexRow {
    let mut row = IndexRow { forms: BTreeSet::new(), stems: BTreeSet::new(), said: " ".to_owned() };
    let mut left = MAX_WORDS;
    for segment in segments {
        for word in words(&segment.text).into_iter().take(left) {
            left -= 1;
            row.said.push_str(&word.stem);
            row.said.push(' ');
            row.forms.insert(word.form);
            row.stems.insert(word.stem);
        }
        row.said.push_str(BETWEEN);
    }
    row
}

/// Gives calls their transcripts and indexes the words.
pub(crate) async fn link_all(tx: &mut DbConnection, heard: &[Heard]) -> Result<(), StoreError> {
    for Heard { call, transcript, segments, measures } in heard {
        sqlx::query(
            "insert into transcript_uses (transcript_id, call_id) values ($1, $2) on conflict do nothing",
        )
        .bind(transcript)
        .bind(call)
        .execute(&mut *tx)
        .await?;
        let started_at: Option<i64> = sqlx::query_scalar(
            "update calls set transcript_id = $1, incomplete = $2, talk_share = $3 where id = $4 \
             returning started_at",
        )
        .bind(transcript)
        .bind(measures.incomplete)
        .bind(measures.talk_share)
        .bind(call)
        .fetch_one(&mut *tx)
        .await?;
        keep_words(tx, *call, started_at, segments).await?;
    }
    Ok(())
}

/// Indexes the words of a call, in place of those it had.
pub(crate) async fn keep_words(
    tx: &mut DbConnection,
    call: i64,
    started_at: Option<i64>,
    segments: &[Segment],
) -> Result<(), StoreError> {
    let row = index_row(segments);
    sqlx::query(
        "insert into call_words (call_id, at, forms, stems, said) values ($1, $2, $3, $4, $5) \
         on conflict (call_id) do update set at = excluded.at, forms = excluded.forms, \
         stems = excluded.stems, said = excluded.said",
    )
    .bind(call)
    .bind(started_at.unwrap_or(UNTIMED_AT))
    .bind(row.forms.into_iter().collect::<Vec<_>>())
    .bind(row.stems.into_iter().collect::<Vec<_>>())
    .bind(row.said)
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes the call's words out of the index.
pub(crate) async fn remove(tx: &mut DbConnection, call: i64) -> Result<(), StoreError> {
    sqlx::query("delete from call_words where call_id = $1").bind(call).execute(tx).await?;
    Ok(())
}
