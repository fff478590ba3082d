//! Disputes: an employee says that a verdict is wrong, a supervisor settles it.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::{DisputeFilter, DisputeId, NewDispute, Settlement};
use utoipa::{IntoParams, ToSchema};

use super::corrections::{judged, wrong};
use super::extract::{Asked, Body, Named, call_id};
use super::paging::{Paging, listing};
use super::tags;
use crate::Web;
use crate::access::{Deed, Scope, Viewer};
use crate::problem::Problem;

const LONGEST: usize = 2_000;

/// What is disputed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct NewDisputeShape {
    /// The criterion's key; nothing = the result as a whole.
    #[serde(default)]
    #[schema(example = "next_step")]
    criterion: Option<String>,
    #[schema(min_length = 1, max_length = 2000, example = "Я назвал время звонка на 3-й минуте")]
    reason: String,
    /// Under which rubric; unless said, the newest judgement's.
    #[serde(default)]
    rubric: Option<String>,
}

/// A dispute.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Dispute)]
pub(crate) struct DisputeShape {
    id: i64,
    #[schema(format = Uuid)]
    call_id: String,
    rubric: String,
    #[schema(required)]
    criterion: Option<String>,
    author: String,
    reason: String,
    #[schema(format = DateTime)]
    opened_at: String,
    /// How it ended; null = open.
    #[schema(required)]
    settlement: Option<SettlementShape>,
}

/// How a dispute ended.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Settlement)]
pub(crate) struct SettlementShape {
    /// The author was right.
    accepted: bool,
    author: String,
    words: String,
    #[schema(format = DateTime)]
    at: String,
}

impl From<store::Dispute> for DisputeShape {
    fn from(dispute: store::Dispute) -> Self {
        Self {
            id: dispute.id.0,
            call_id: dispute.matter.call.to_string(),
            rubric: dispute.matter.rubric.to_string(),
            criterion: dispute.matter.key,
            author: dispute.matter.author,
            reason: dispute.matter.reason,
            opened_at: dispute.opened_at.to_rfc3339(),
            settlement: dispute.settlement.map(|end| SettlementShape {
                accepted: end.accepted,
                author: end.author,
                words: end.words,
                at: end.at.to_rfc3339(),
            }),
        }
    }
}

/// A page of disputes.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DisputePage {
    disputes: Vec<DisputeShape>,
    #[schema(required)]
    next_cursor: Option<String>,
}

/// Which disputes.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DisputeQuery {
    /// Only open ones, or only settled ones.
    open: Option<bool>,
    /// About calls of this employee.
    #[param(example = "m-42")]
    manager: Option<String>,
}

/// Disputes, newest first
#[utoipa::path(
    get, path = "/api/v1/disputes", tag = tags::CORRECTIONS, operation_id = "list_disputes",
    params(DisputeQuery, Paging),
    responses((status = 200, description = "A page", body = DisputePage)),
)]
pub(crate) async fn list(
    State(web): State<Web>,
    viewer: Viewer,
    Asked(query, paging): Asked<DisputeQuery, Paging>,
) -> Result<Json<DisputePage>, Problem> {
    let manager_id = match (viewer.scope, query.manager) {
        (Scope::All, asked) => asked,
        (Scope::Manager(own), Some(asked)) if asked != own => {
            return Ok(Json(DisputePage { disputes: Vec::new(), next_cursor: None }));
        }
        (Scope::Manager(own), _) => Some(own),
    };
    let filter = DisputeFilter { call: None, manager_id, open: query.open };
    page(&web, &filter, paging).await
}

async fn page(web: &Web, filter: &DisputeFilter, paging: Paging) -> Result<Json<DisputePage>, Problem> {
    let page = web.store().disputes(filter, paging.request()?).await.map_err(listing)?;
    let disputes = page.items.into_iter().map(Into::into).collect();
    Ok(Json(DisputePage { disputes, next_cursor: page.next.map(|cursor| cursor.0) }))
}

/// Disputes about a call
#[utoipa::path(
    get, path = "/api/v1/calls/{id}/disputes", tag = tags::CORRECTIONS, operation_id = "list_call_disputes",
    params(("id" = String, Path, format = Uuid, description = "The call"), Paging),
    responses((status = 200, description = "A page, newest first", body = DisputePage)),
)]
pub(crate) async fn of_call(
    State(web): State<Web>,
    viewer: Viewer,
    Named(id): Named<String>,
    Asked(paging, _): Asked<Paging>,
) -> Result<Json<DisputePage>, Problem> {
    let record = web.visible(&viewer).call(call_id(&id)?).await?;
    page(&web, &DisputeFilter { call: Some(record.call.id), ..DisputeFilter::default() }, paging).await
}

/// Dispute a verdict
///
/// Where yours about the same verdict is open, that one is answered.
#[utoipa::path(
    post, path = "/api/v1/calls/{id}/disputes", tag = tags::CORRECTIONS, operation_id = "open_dispute",
    params(("id" = String, Path, format = Uuid, description = "The call")),
    request_body(content = NewDisputeShape, example = json!({
        "criterion": "next_step", "reason": "Я назвал время звонка на 3-й минуте" })),
    responses(
        (status = 201, description = "It waits for a supervisor", body = DisputeShape),
        (status = 409, description = "The call was not judged", body = super::ProblemShape, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn open(
    State(web): State<Web>,
    viewer: Viewer,
    Named(id): Named<String>,
    Body(wish): Body<NewDisputeShape>,
) -> Result<(StatusCode, Json<DisputeShape>), Problem> {
    let judged = judged(&web, &viewer, &id, wish.rubric).await?;
    if let Some(key) = &wish.criterion
        && !judged.has(key)
    {
        return Err(wrong(
            "criterion",
            "в этом разборе нет такого критерия",
            "this judgement has no such criterion",
        ));
    }
    let matter = NewDispute {
        call: judged.id,
        rubric: judged.rubric,
        key: wish.criterion,
        author: viewer.name.clone(),
        reason: said("reason", &wish.reason)?,
    };
    let now = web.clock().now();
    let number = web.store().open_dispute(&matter, now).await?;
    web.audit(&viewer.name, Deed::Dispute, &matter.call.to_string()).await;
    let dispute = web.store().dispute(number).await?.ok_or_else(Problem::not_found)?;
    Ok((StatusCode::CREATED, Json(dispute.into())))
}

/// A supervisor's word.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Settle {
    /// The author is right.
    accepted: bool,
    #[schema(min_length = 1, max_length = 2000, example = "Верно, время названо")]
    words: String,
}

/// Settle a dispute
///
/// The verdict itself is changed by an override.
#[utoipa::path(
    post, path = "/api/v1/disputes/{id}/settle", tag = tags::CORRECTIONS, operation_id = "settle_dispute",
    params(("id" = i64, Path, description = "The dispute", example = 1)),
    request_body(content = Settle, example = json!({ "accepted": true, "words": "Верно, время названо" })),
    responses(
        (status = 200, description = "It is settled", body = DisputeShape),
        (status = 409, description = "It was settled before", body = super::ProblemShape, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn settle(
    State(web): State<Web>,
    viewer: Viewer,
    Named(id): Named<i64>,
    Body(wish): Body<Settle>,
) -> Result<Json<DisputeShape>, Problem> {
    let number = DisputeId(id);
    let dispute = web.store().dispute(number).await?.ok_or_else(Problem::not_found)?;
    // whoever may not see the call has no say in it
    web.visible(&viewer).call(dispute.matter.call).await?;
    let words = said("words", &wish.words)?;
    settle_dispute(&web, &viewer, &dispute, wish.accepted, words).await?;
    let dispute = web.store().dispute(number).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(dispute.into()))
}

/// Settles a dispute that is open, and notes who did it.
pub(crate) async fn settle_dispute(
    web: &Web,
    viewer: &Viewer,
    dispute: &store::Dispute,
    accepted: bool,
    words: String,
) -> Result<(), Problem> {
    let settlement = Settlement { accepted, author: viewer.name.clone(), words, at: web.clock().now() };
    if !web.store().settle_dispute(dispute.id, &settlement).await? {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "settled",
            "спор уже решён",
            "the dispute was settled before",
        ));
    }
    let key = dispute.matter.key.as_deref().unwrap_or_default();
    web.audit(&viewer.name, Deed::Settle, format!("{} {key}", dispute.matter.call).trim_end()).await;
    Ok(())
}

fn said(field: &'static str, text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST {
        return Err(wrong(field, "от 1 до 2000 знаков", "1 to 2000 letters"));
    }
    Ok(text.to_owned())
}
