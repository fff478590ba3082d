//! `GET /api/v1/search`: words in any form, best first.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderValue, header};
use pipeline::call_json;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{HITS_COUNTED, SearchQuery};
use utoipa::{IntoParams, ToSchema};

use super::extract::Asked;
use super::filter::{CallQuery, unfit};
use super::paging::no_cursor;
use super::shapes::call::Call;
use super::tags;
use crate::Web;
use crate::access::Viewer;
use crate::kept::Weighed;
use crate::problem::Problem;

/// Nobody pages further; a cursor beyond is none of ours.
const DEEPEST: u32 = 10_000;
const USUAL: u32 = 20;
const MOST: u32 = 200;
const LONGEST: usize = 1_000;

/// What to look for, and which page of it.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Words {
    /// Words in any form, all of them; "in quotes": in a row.
    #[param(example = "очень дорого")]
    q: String,
    /// `next_cursor` of the page before; nothing = the first page.
    cursor: Option<String>,
    /// Rows of a page, 1–200; 20 unless said.
    #[param(minimum = 1, maximum = 200, example = 20)]
    limit: Option<u32>,
}

/// A page of hits.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct HitPage {
    hits: Vec<Hit>,
    /// How many calls hold the words, counted up to 10 000.
    total: u64,
    /// Whether more calls hold them than were counted.
    more_than_total: bool,
    #[schema(required)]
    next_cursor: Option<String>,
}

/// A call that holds the words, and where.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Hit {
    call: Call,
    /// Index of the segment with the most of the words.
    segment: usize,
    /// Where it is heard, s.
    #[schema(required)]
    start_s: Option<f64>,
    /// The words around the first hit.
    snippet: Vec<SnippetPart>,
}

/// A piece of the original text.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SnippetPart {
    text: String,
    /// A word that was looked for.
    hit: bool,
}

/// Calls by their words
///
/// Full-text search over Russian word forms, with the filters of the list of calls.
#[utoipa::path(
    get, path = "/api/v1/search", tag = tags::CALLS, operation_id = "search", params(Words, CallQuery),
    responses((status = 200, description = "A page, the best hits first", body = HitPage)),
)]
pub(crate) async fn search(
    State(web): State<Web>,
    viewer: Viewer,
    Asked(words, query): Asked<Words, CallQuery>,
) -> Result<Response, Problem> {
    let filter = query.filter(web.config().timezone, web.clock().now())?;
    let limit = words.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(unfit("limit", "от 1 до 200", "1 to 200"));
    }
    if words.q.chars().count() > LONGEST {
        return Err(unfit("q", "не длиннее 1000 знаков", "at most 1000 letters"));
    }
    let offset = words.cursor.as_deref().map(offset).transpose()?.unwrap_or_default();
    let query = SearchQuery { text: words.q, filter, limit, offset };
    let key = format!("{:?} {query:?}", viewer.scope);
    let body = web.kept(key, web.turns().in_order(Box::pin(answer(&web, &viewer, &query)))).await?;
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Ok((kind, body.0.clone()).into_response())
}

/// The answer as it is sent.
struct Answer(Bytes);

impl Weighed for Answer {
    fn weight(&self) -> usize {
        self.0.len()
    }
}

async fn answer(web: &Web, viewer: &Viewer, query: &SearchQuery) -> Result<Answer, Problem> {
    let visible = web.visible(viewer);
    let (limit, offset) = (query.limit, query.offset);
    let (found, total) = (visible.search(query).await?, visible.count_hits(query).await?);
    let next = offset.saturating_add(limit);
    let more = u64::from(next) < total && next < DEEPEST && !found.is_empty();
    let records = found.iter().map(|hit| hit.call.clone()).collect();
    let reports = visible.reports(records, query.filter.rubric.as_ref()).await?;
    let hits: Vec<Value> = found
        .iter()
        .filter_map(|hit| {
            let report = reports.iter().find(|report| report.call.id == hit.call.call.id)?;
            #[expect(clippy::cast_precision_loss, reason = "a call is shorter than 2^53 ms")]
            let start_s = hit.start_ms.map(|ms| ms as f64 / 1000.0);
            let snippet: Vec<Value> =
                hit.snippet.iter().map(|part| json!({ "text": part.text, "hit": part.hit })).collect();
            Some(json!({ "call": call_json(report), "segment": hit.segment, "start_s": start_s, "snippet": snippet }))
        })
        .collect();
    let next_cursor = more.then(|| format!("n{next}"));
    let answer = json!({ "hits": hits, "total": total.min(HITS_COUNTED), "more_than_total": total > HITS_COUNTED, "next_cursor": next_cursor });
    let body = serde_json::to_vec(&answer).map_err(|error| {
        tracing::error!(%error, "an answer cannot be written as JSON");
        Problem::internal()
    })?;
    Ok(Answer(body.into()))
}

/// Hits are ranked, so a place among them is a number.
fn offset(cursor: &str) -> Result<u32, Problem> {
    let number = cursor.strip_prefix('n').and_then(|number| number.parse().ok());
    number.filter(|number| (1..DEEPEST).contains(number)).ok_or_else(no_cursor)
}
