//! [`Transcripts`] for SQLite: one row per (sound, engine, options), linked from calls.

use async_trait::async_trait;
use domain::{CallId, Transcript};
use sqlx::SqliteConnection;

use super::SqliteStore;
use super::codec::{checked_json, from_json};
use crate::{StoreError, Transcripts};

/// Keeps the transcript unless its key is taken; returns the row that now holds the key.
pub(crate) async fn keep(
    tx: &mut SqliteConnection,
    key: &str,
    transcript: &Transcript,
) -> Result<i64, StoreError> {
    sqlx::query(
        "insert into transcripts (cache_key, engine, model, body) values (?, ?, ?, ?) \
         on conflict (cache_key) do nothing",
    )
    .bind(key)
    .bind(&transcript.engine.engine)
    .bind(&transcript.engine.model)
    .bind(checked_json("transcript", transcript)?)
    .execute(&mut *tx)
    .await?;
    Ok(sqlx::query_scalar("select id from transcripts where cache_key = ?").bind(key).fetch_one(tx).await?)
}

#[async_trait]
impl Transcripts for SqliteStore {
    async fn transcript(&self, call: CallId) -> Result<Option<Transcript>, StoreError> {
        let body: Option<String> = sqlx::query_scalar(
            "select t.body from calls c join transcripts t on t.id = c.transcript_id where c.uid = ?",
        )
        .bind(call.to_string())
        .fetch_optional(&self.readers)
        .await?;
        body.map(|body| from_json("transcript", &body)).transpose()
    }

    async fn cached_transcript(&self, key: &str) -> Result<Option<Transcript>, StoreError> {
        let body: Option<String> = sqlx::query_scalar("select body from transcripts where cache_key = ?")
            .bind(key)
            .fetch_optional(&self.readers)
            .await?;
        body.map(|body| from_json("transcript", &body)).transpose()
    }

    async fn cache_transcript(&self, key: &str, transcript: &Transcript) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        keep(&mut tx, key, transcript).await?;
        Ok(tx.commit().await?)
    }
}
