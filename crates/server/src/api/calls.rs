//! `GET /api/v1/calls`, `GET /api/v1/calls/{id}`.

use axum::extract::State;
use axum::response::Response;
use domain::RubricId;
use http::HeaderMap;
use pipeline::call_json;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Asked, Named, call_id};
use super::filter::CallQuery;
use super::paging::{Paging, listing};
use super::shapes::call::Call;
use super::{etag, tags};
use crate::Web;
use crate::access::Viewer;
use crate::problem::Problem;

/// A page of calls.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct CallPage {
    calls: Vec<Call>,
    /// Where the next page begins; null at the end.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// Under which rubric.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UnderRubric {
    /// The judgement under this rubric; unless said, the newest.
    #[param(example = "sales-full")]
    pub(crate) rubric: Option<String>,
}

/// Calls, page by page
///
/// Newest first, each call whole, with words and judgement. A manager sees the own calls alone.
#[utoipa::path(
    get, path = "/api/v1/calls", tag = tags::CALLS, operation_id = "list_calls", params(CallQuery, Paging),
    responses(
        (status = 200, description = "A page", body = CallPage),
        (status = 304, description = "Nothing has changed since `If-None-Match`"),
    ),
)]
pub(crate) async fn list(
    State(web): State<Web>,
    viewer: Viewer,
    headers: HeaderMap,
    Asked(query, paging): Asked<CallQuery, Paging>,
) -> Result<Response, Problem> {
    let filter = query.filter(web.config().timezone, web.clock().now())?;
    let visible = web.visible(&viewer);
    let page = visible.calls(&filter, paging.request()?).await.map_err(listing)?;
    let reports = visible.reports(page.items, filter.rubric.as_ref()).await?;
    let calls: Vec<Value> = reports.iter().map(call_json).collect();
    etag::json(&headers, &json!({ "calls": calls, "next_cursor": page.next.map(|cursor| cursor.0) }))
}

/// A call
#[utoipa::path(
    get, path = "/api/v1/calls/{id}", tag = tags::CALLS, operation_id = "show_call",
    params(("id" = String, Path, format = Uuid, description = "The call"), UnderRubric),
    responses(
        (status = 200, description = "The call", body = Call),
        (status = 304, description = "Nothing has changed since `If-None-Match`"),
    ),
)]
pub(crate) async fn show(
    State(web): State<Web>,
    viewer: Viewer,
    headers: HeaderMap,
    Named(id): Named<String>,
    Asked(query, _): Asked<UnderRubric>,
) -> Result<Response, Problem> {
    let rubric = query.rubric.map(RubricId::new);
    let report = web.visible(&viewer).report(call_id(&id)?, rubric.as_ref()).await?;
    etag::json(&headers, &call_json(&report))
}
