//! [`Search`] for PostgreSQL: exact forms first, then other forms; within each the newest call first.

use std::collections::HashSet;

use async_trait::async_trait;
use sqlx::{AssertSqlSafe, FromRow as _, QueryBuilder, Row as _};

use super::codec::{from_json, ms, unsigned};
use super::demands::Narrowed;
use super::row::{CALL_COLUMNS, CallRow};
use super::transcripts::Spoken;
use super::{Db, PostgresStore};
use crate::text::{Term, snippet, terms};
use crate::{HITS_COUNTED, Search, SearchHit, SearchQuery, StoreError};

const MAX_LIMIT: u32 = 200;
/// Rows read for a page of the second rank at once.
const STEP: usize = 256;

/// Calls that hold the terms, as `w`, and all that the filter asks. Words are letters and digits only (see
/// `text`) and are bound, so nothing that a person types is syntax.
fn match_query(what: &str, terms: &[Term], exact: bool, narrowed: &Narrowed<'_>) -> QueryBuilder<Db> {
    let words = || terms.iter().flat_map(|term| &term.words);
    let stems: Vec<String> = words().map(|word| word.stem.clone()).collect();
    let mut query = QueryBuilder::new(format!(
        "{what} from call_words w join calls c on c.id = w.call_id where w.stems @> "
    ));
    query.push_bind(stems);
    if exact {
        let forms: Vec<String> = words().map(|word| word.form.clone()).collect();
        query.push(" and w.forms @> ").push_bind(forms);
    }
    for term in terms.iter().filter(|term| term.words.len() > 1) {
        let row: Vec<&str> = term.words.iter().map(|word| word.stem.as_str()).collect();
        query.push(" and strpos(w.said, ").push_bind(format!(" {} ", row.join(" "))).push(") > 0");
    }
    let window = narrowed.filter.window;
    for (sign, bound) in [(">=", window.from), ("<", window.to)] {
        if let Some(bound) = bound {
            query.push(format!(" and w.at {sign} ")).push_bind(ms(bound));
        }
    }
    narrowed.push(&mut query);
    query
}

impl PostgresStore {
    async fn matches(
        &self,
        terms: &[Term],
        exact: bool,
        narrowed: &Narrowed<'_>,
        below: Option<(i64, i64)>,
        limit: usize,
    ) -> Result<Vec<(i64, i64)>, StoreError> {
        let mut query = match_query("select w.at, w.call_id", terms, exact, narrowed);
        if let Some((at, call)) = below {
            query.push(" and (w.at, w.call_id) < (").push_bind(at).push(", ").push_bind(call).push(")");
        }
        query.push(format!(" order by w.at desc, w.call_id desc limit {limit}"));
        Ok(query.build_query_as().fetch_all(&self.readers).await?)
    }

    /// The calls of the page, best first.
    async fn ranked(&self, terms: &[Term], query: &SearchQuery) -> Result<Vec<i64>, StoreError> {
        let narrowed = Narrowed::of(&query.filter, &self.readers).await?;
        if narrowed.is_vain() {
            return Ok(Vec::new());
        }
        let limit = query.limit.clamp(1, MAX_LIMIT);
        let enough = usize::try_from(query.offset.saturating_add(limit)).unwrap_or(usize::MAX);
        let mut rows = self.matches(terms, true, &narrowed, None, enough).await?;
        if rows.len() < enough {
            // all exact ones are known here: what is left of the walk by stems ranks after them
            let exact: HashSet<(i64, i64)> = rows.iter().copied().collect();
            let mut below = None;
            loop {
                let found = self.matches(terms, false, &narrowed, below, STEP).await?;
                rows.extend(found.iter().filter(|row| !exact.contains(*row)));
                below = found.last().copied();
                if rows.len() >= enough || found.len() < STEP {
                    break;
                }
            }
        }
        let skip = usize::try_from(query.offset).unwrap_or(usize::MAX);
        let taken = rows.into_iter().skip(skip).take(usize::try_from(limit).unwrap_or(0));
        Ok(taken.map(|(_, call)| call).collect())
    }

    async fn hit(&self, call: i64, terms: &[Term]) -> Result<Option<SearchHit>, StoreError> {
        let sql = format!(
            "select {CALL_COLUMNS}, t.body from calls c join transcripts t on t.id = c.transcript_id \
             left join recordings r on r.call_id = c.id where c.id = $1"
        );
        let found = sqlx::query(AssertSqlSafe(sql)).bind(call).fetch_optional(&self.readers).await?;
        // gone between the two looks
        let Some(found) = found else { return Ok(None) };
        let spoken: Spoken = from_json("transcript", found.try_get("body")?)?;
        let snippet = snippet(&spoken.segments, terms);
        let start_ms = spoken.segments.get(snippet.segment).and_then(|segment| segment.start_ms);
        let call = CallRow::from_row(&found)?.record()?;
        Ok(Some(SearchHit { call, segment: snippet.segment, start_ms, snippet: snippet.parts }))
    }
}

#[async_trait]
impl Search for PostgresStore {
    async fn search(&self, query: &SearchQuery) -> Result<Vec<SearchHit>, StoreError> {
        let terms = terms(&query.text);
        if terms.is_empty() {
            return Ok(Vec::new());
        }
        let mut hits = Vec::new();
        for call in self.ranked(&terms, query).await? {
            hits.extend(self.hit(call, &terms).await?);
        }
        Ok(hits)
    }

    async fn count_hits(&self, query: &SearchQuery) -> Result<u64, StoreError> {
        let terms = terms(&query.text);
        let narrowed = Narrowed::of(&query.filter, &self.readers).await?;
        if terms.is_empty() || narrowed.is_vain() {
            return Ok(0);
        }
        let mut sql = match_query("select count(*) from (select 1", &terms, false, &narrowed);
        sql.push(format!(" limit {}) hits", HITS_COUNTED + 1));
        unsigned("count", sql.build_query_scalar().fetch_one(&self.readers).await?)
    }
}
