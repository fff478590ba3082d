//! [`Search`] for SQLite: exact forms first, then other forms; within each the newest call first.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite};

use super::SqliteStore;
use super::codec::{from_json, json, ms, unsigned};
use super::demands::Narrowed;
use super::row::{CALL_COLUMNS, CallRow};
use super::search_index::{MAX_SPILL, facet, first_row};
use super::transcripts::Spoken;
use crate::text::{Term, snippet, terms};
use crate::{HITS_COUNTED, Search, SearchHit, SearchQuery, StoreError};

const MAX_LIMIT: u32 = 200;
/// Rows read for a page of the second rank at once.
const STEP: u32 = 256;

/// The expression for FTS5. Words are letters and digits only (see `text`), each in quotes, so
/// nothing that a person types is syntax.
fn expression(terms: &[Term], exact: bool, query: &SearchQuery) -> String {
    let mut demands: Vec<String> = terms
        .iter()
        .map(|term| {
            let stems: Vec<&str> = term.words.iter().map(|word| word.stem.as_str()).collect();
            format!("stem : \"{}\"", stems.join(" "))
        })
        .collect();
    if exact {
        let forms = terms.iter().flat_map(|term| &term.words);
        demands.extend(forms.map(|word| format!("form : \"{}\"", word.form)));
    }
    let facets = [
        query.filter.source.as_ref().map(|source| facet('s', source.as_str())),
        query.filter.manager_id.as_ref().map(|id| facet('m', id)),
        query.filter.phone.as_ref().map(|phone| facet('p', phone.as_str())),
    ];
    demands.extend(facets.into_iter().flatten().map(|facet| format!("facet : \"{facet}\"")));
    demands.join(" AND ")
}

pub(crate) fn match_query(
    what: &str,
    terms: &[Term],
    exact: bool,
    query: &SearchQuery,
    narrowed: &Narrowed<'_>,
) -> QueryBuilder<Sqlite> {
    let filter = &query.filter;
    let mut sql = QueryBuilder::new(format!("{what} from call_words w "));
    // the walk starts in the index of words; a row of `calls` is looked at only where the filter asks
    let looks = narrowed.demands_anything();
    if looks {
        sql.push("cross join calls c indexed by calls_search on c.search_rowid = w.rowid ");
    }
    sql.push("where w.call_words match ").push_bind(expression(terms, exact, query));
    if let Some(from) = filter.window.from {
        sql.push(" and w.rowid >= ").push_bind(first_row(ms(from)));
    }
    if let Some(to) = filter.window.to {
        sql.push(" and w.rowid < ").push_bind(first_row(ms(to)).saturating_add(MAX_SPILL));
    }
    if looks {
        narrowed.push(&mut sql);
    }
    sql
}

impl SqliteStore {
    async fn matches(
        &self,
        terms: &[Term],
        exact: bool,
        query: &SearchQuery,
        narrowed: &Narrowed<'_>,
        below: Option<i64>,
        limit: u32,
    ) -> Result<Vec<i64>, StoreError> {
        let mut sql = match_query("select w.rowid", terms, exact, query, narrowed);
        if let Some(below) = below {
            sql.push(" and w.rowid < ").push_bind(below);
        }
        sql.push(" order by w.rowid desc limit ").push_bind(limit);
        Ok(sql.build_query_scalar().fetch_all(&self.readers).await?)
    }

    /// The rows of the page, best first.
    async fn ranked(&self, terms: &[Term], query: &SearchQuery) -> Result<Vec<i64>, StoreError> {
        let limit = query.limit.clamp(1, MAX_LIMIT);
        let wanted = query.offset.saturating_add(limit);
        let narrowed = Narrowed::of(&query.filter, &self.readers).await?;
        let mut rows = self.matches(terms, true, query, &narrowed, None, wanted).await?;
        let enough = usize::try_from(wanted).unwrap_or(usize::MAX);
        if rows.len() < enough {
            // all exact ones are known here: what is left of the walk by stems ranks after them
            let exact: HashSet<i64> = rows.iter().copied().collect();
            let mut below = None;
            loop {
                let found = self.matches(terms, false, query, &narrowed, below, STEP).await?;
                rows.extend(found.iter().filter(|row| !exact.contains(*row)));
                below = found.last().copied();
                if rows.len() >= enough || found.len() < usize::try_from(STEP).unwrap_or(0) {
                    break;
                }
            }
        }
        let skip = usize::try_from(query.offset).unwrap_or(usize::MAX);
        Ok(rows.into_iter().skip(skip).take(usize::try_from(limit).unwrap_or(0)).collect())
    }

    /// In the order of the rows; those that have gone between the two looks are passed over.
    async fn hits(&self, rows: &[i64], terms: &[Term]) -> Result<Vec<SearchHit>, StoreError> {
        let sql = format!(
            "select c.search_rowid, {CALL_COLUMNS}, t.body from json_each(?) w cross join calls c \
             indexed by calls_search on c.search_rowid = w.value cross join transcripts t on t.id = c.transcript_id \
             left join recordings r on r.call_id = c.id"
        );
        let found = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(json("row", &rows)?);
        let mut hits = HashMap::with_capacity(rows.len());
        for found in &found.fetch_all(&self.readers).await? {
            hits.insert(found.try_get::<i64, _>("search_rowid")?, hit(found, terms)?);
        }
        Ok(rows.iter().filter_map(|row| hits.remove(row)).collect())
    }
}

fn hit(found: &SqliteRow, terms: &[Term]) -> Result<SearchHit, StoreError> {
    let spoken: Spoken = from_json("transcript", found.try_get("body")?)?;
    let snippet = snippet(&spoken.segments, terms);
    let start_ms = spoken.segments.get(snippet.segment).and_then(|segment| segment.start_ms);
    let call = <CallRow as sqlx::FromRow<_>>::from_row(found)?.record()?;
    Ok(SearchHit { call, segment: snippet.segment, start_ms, snippet: snippet.parts })
}

#[async_trait]
impl Search for SqliteStore {
    async fn search(&self, query: &SearchQuery) -> Result<Vec<SearchHit>, StoreError> {
        let terms = terms(&query.text);
        if terms.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.ranked(&terms, query).await?;
        self.hits(&rows, &terms).await
    }

    async fn count_hits(&self, query: &SearchQuery) -> Result<u64, StoreError> {
        let terms = terms(&query.text);
        if terms.is_empty() {
            return Ok(0);
        }
        let narrowed = Narrowed::of(&query.filter, &self.readers).await?;
        let mut sql = match_query("select count(*) from (select w.rowid", &terms, false, query, &narrowed);
        sql.push(format!(" limit {})", HITS_COUNTED + 1));
        unsigned("count", sql.build_query_scalar().fetch_one(&self.readers).await?)
    }
}
