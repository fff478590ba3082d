//! `/history`: calls by filters, words in conversations that play from their second, export.
//!
//! The address is the whole state: a filtered list can be sent to somebody, and works without scripts.

mod asked;
mod filters;
pub(crate) mod rows;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use store::{HITS_COUNTED, PageRequest, SearchQuery};

pub(crate) use asked::{Asked, seconds as asked_seconds};
use filters::{Chip, Filters};
use rows::Row;

use super::layout::{Frame, Place, page};
use crate::Web;
use crate::access::Viewer;
use crate::api::listing;
use crate::kept::Weighed;
use crate::problem::Problem;
use crate::visible::VisibleCalls;

/// Rows of a page: two screens.
const ROWS: u32 = 40;

/// Filters that came with a link and have no control in the form: it carries them along hidden.
pub(crate) fn is_carried(name: &str) -> bool {
    let shown =
        ["from", "to", "manager", "status", "criterion", "min_score", "max_score", "below_score", "scored"];
    !shown.contains(&name)
}

#[derive(Template)]
#[template(path = "history/page.html")]
struct History<'a> {
    f: Frame,
    asked: Asked,
    filters: &'a Filters,
    chips: &'a [Chip],
    rows: &'a [Row],
    /// Words were looked for.
    searched: bool,
    count: &'a str,
    untouched: bool,
    newer: Option<&'a str>,
    older: Option<&'a str>,
    listen: Option<&'a str>,
}

/// The list as one reader sees it in one minute.
struct List {
    filters: Filters,
    chips: Vec<Chip>,
    rows: Vec<Row>,
    /// How many calls there are, in words; empty where nobody counts.
    count: String,
    /// Nothing was ever taken in.
    untouched: bool,
    newer: Option<String>,
    older: Option<String>,
    /// The address of the first call of «Слушать подряд».
    listen: Option<String>,
}

impl Weighed for List {
    fn weight(&self) -> usize {
        // texts, addresses, snippets
        (8 << 10) + self.rows.len() * (2 << 10) + self.filters.managers.len() * 200
    }
}

/// `GET /history`.
pub(crate) async fn history(
    State(web): State<Web>,
    viewer: Viewer,
    frame: Frame,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let f = frame.at(Place::History);
    let asked = Asked::read(query.as_deref().unwrap_or_default())?;
    let key = format!("history {:?} {} {asked:?}", viewer.scope, f.t.minute());
    let made = web.kept(key, web.turns().in_order(Box::pin(made(&web, &viewer, &f, &asked)))).await?;
    page(&History {
        filters: &made.filters,
        chips: &made.chips,
        rows: &made.rows,
        searched: asked.words().is_some(),
        count: &made.count,
        untouched: made.untouched,
        newer: made.newer.as_deref(),
        older: made.older.as_deref(),
        listen: made.listen.as_deref(),
        f,
        asked,
    })
}

async fn made(web: &Web, viewer: &Viewer, f: &Frame, asked: &Asked) -> Result<List, Problem> {
    let visible = web.visible(viewer);
    let filter = asked.filter(web)?;
    let found = match asked.words() {
        Some(words) => search(&visible, asked, words, filter).await?,
        None => list(&visible, asked, &filter).await?,
    };
    let untouched = found.rows.is_empty() && asked.is_bare() && asked.cursor().is_none();
    let filters = Filters::of(web, f, asked).await?;
    let rows = rows::rows(&f.t, &visible, asked, found.rows).await?;
    let count = match found.total {
        Some(total) if total > HITS_COUNTED && asked.words().is_some() => {
            f.t.count("history-many", HITS_COUNTED)
        }
        Some(total) => f.t.count("calls-count", total),
        None => String::new(),
    };
    let listen = rows.iter().find(|row| row.score.is_some()).map(|row| asked.listen(&row.id, row.place));
    let chips = filters.chips(&f.t, asked);
    Ok(List { filters, chips, rows, count, untouched, newer: found.newer, older: found.older, listen })
}

/// What a page of the list is made of.
struct Found {
    rows: Vec<rows::Found>,
    total: Option<u64>,
    newer: Option<String>,
    older: Option<String>,
}

async fn list(visible: &VisibleCalls, asked: &Asked, filter: &store::CallFilter) -> Result<Found, Problem> {
    let request = PageRequest { after: asked.cursor(), limit: ROWS };
    let (calls, total) =
        tokio::try_join!(async { visible.calls(filter, request).await.map_err(listing) }, async {
            visible.count(filter).await.map_err(Problem::from)
        })?;
    Ok(Found {
        rows: calls.items.into_iter().map(rows::Found::listed).collect(),
        total: Some(total),
        newer: asked.cursor().is_some().then(|| asked.first_page()),
        older: calls.next.map(|cursor| asked.after(&cursor)),
    })
}

async fn search(
    visible: &VisibleCalls,
    asked: &Asked,
    words: &str,
    filter: store::CallFilter,
) -> Result<Found, Problem> {
    let offset = asked.page().saturating_mul(ROWS);
    let query = SearchQuery { text: words.to_owned(), filter, limit: ROWS, offset };
    let (hits, total) = tokio::try_join!(visible.search(&query), visible.count_hits(&query))?;
    let more = u64::from(offset) + u64::from(ROWS) < total;
    Ok(Found {
        rows: hits
            .into_iter()
            .enumerate()
            .map(|(at, hit)| {
                rows::Found::hit(hit, offset.saturating_add(u32::try_from(at).unwrap_or(u32::MAX)))
            })
            .collect(),
        total: Some(total),
        newer: (asked.page() > 0).then(|| asked.page_at(asked.page().saturating_sub(1))),
        older: more.then(|| asked.page_at(asked.page().saturating_add(1))),
    })
}
