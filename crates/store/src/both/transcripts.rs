//! [`Transcripts`]: one row per (sound, engine, options), linked from calls.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use domain::{CallId, Segment, Transcript};
use serde::Deserialize;
use sqlx::{AssertSqlSafe, Row as _};

use super::codec::{checked_json, from_json, json};
use super::dialect::each;
use super::judged::millionths;
use super::{DbConnection, DbStore};
use crate::{StoreError, Transcripts};

/// Keeps the transcript unless its key is taken; returns the row that now holds the key.
pub(crate) async fn keep(
    tx: &mut DbConnection,
    key: &str,
    transcript: &Transcript,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "insert into transcripts (cache_key, engine, model, body) values ($1, $2, $3, $4) \
         on conflict (cache_key) do update set cache_key = excluded.cache_key returning id",
    )
    .bind(key)
    .bind(&transcript.engine.engine)
    .bind(&transcript.engine.model)
    .bind(checked_json("transcript", transcript)?)
    .fetch_one(tx)
    .await?)
}

/// The words alone, and what figures are made of.
#[derive(Deserialize)]
pub(crate) struct Spoken {
    pub(crate) segments: Vec<Segment>,
    #[serde(default)]
    coverage: Option<Completeness>,
    #[serde(default)]
    metrics: Option<Share>,
}

#[derive(Deserialize)]
struct Completeness {
    incomplete: bool,
}

#[derive(Deserialize)]
struct Share {
    #[serde(default)]
    operator_share: Option<f64>,
}

/// What figures are made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measures {
    pub(crate) incomplete: bool,
    /// Of the operator in the speech, millionths.
    pub(crate) talk_share: Option<i64>,
}

impl Spoken {
    fn measures(&self) -> Measures {
        let share = self.metrics.as_ref().and_then(|metrics| metrics.operator_share);
        Measures {
            incomplete: self.coverage.as_ref().is_some_and(|coverage| coverage.incomplete),
            talk_share: share.map(millionths),
        }
    }
}

fn measures(transcript: &Transcript) -> Measures {
    let share = transcript.metrics.as_ref().and_then(|metrics| metrics.operator_share);
    Measures {
        incomplete: transcript.coverage.as_ref().is_some_and(|coverage| coverage.incomplete),
        talk_share: share.map(millionths),
    }
}

/// A call and the words that are really kept under the key of what was heard for it.
pub(crate) struct Heard {
    pub(crate) call: i64,
    pub(crate) transcript: i64,
    pub(crate) segments: Vec<Segment>,
    pub(crate) measures: Measures,
}

/// Keeps the transcripts whose key is free, and tells for each call what now holds its key.
pub(crate) async fn keep_all(
    tx: &mut DbConnection,
    heard: &[(i64, &str, &Transcript)],
) -> Result<Vec<Heard>, StoreError> {
    let keys: HashSet<&str> = heard.iter().map(|(_, key, _)| *key).collect();
    let sql = format!(
        "select id, cache_key, body from transcripts where cache_key in (select value from {})",
        each(1)
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(json("transcript", &keys)?).fetch_all(&mut *tx).await?;
    let mut kept: HashMap<String, (i64, Measures, Vec<Segment>)> = HashMap::with_capacity(keys.len());
    for row in &rows {
        let spoken: Spoken = from_json("transcript", row.try_get("body")?)?;
        kept.insert(row.try_get("cache_key")?, (row.try_get("id")?, spoken.measures(), spoken.segments));
    }
    let mut links = Vec::with_capacity(heard.len());
    for (call, key, transcript) in heard {
        if !kept.contains_key(*key) {
            let id = keep(tx, key, transcript).await?;
            kept.insert((*key).to_owned(), (id, measures(transcript), transcript.segments.clone()));
        }
        if let Some((id, measures, segments)) = kept.get(*key) {
            let segments = segments.clone();
            links.push(Heard { call: *call, transcript: *id, segments, measures: *measures });
        }
    }
    Ok(links)
}

#[async_trait]
impl Transcripts for DbStore {
    async fn transcript(&self, call: CallId) -> Result<Option<Transcript>, StoreError> {
        let body: Option<String> = sqlx::query_scalar(
            "select t.body from calls c join transcripts t on t.id = c.transcript_id where c.uid = $1",
        )
        .bind(call.to_string())
        .fetch_optional(&self.readers)
        .await?;
        body.map(|body| from_json("transcript", &body)).transpose()
    }

    async fn cached_transcript(&self, key: &str) -> Result<Option<Transcript>, StoreError> {
        let body: Option<String> = sqlx::query_scalar("select body from transcripts where cache_key = $1")
            .bind(key)
            .fetch_optional(&self.readers)
            .await?;
        body.map(|body| from_json("transcript", &body)).transpose()
    }

    async fn cache_transcript(&self, key: &str, transcript: &Transcript) -> Result<(), StoreError> {
        self.keep_in_cache(key, transcript).await
    }
}
