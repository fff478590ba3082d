//! `…/webhooks/{id}/deliveries`: what was sent, what was answered, and once more.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::{Delivery, DeliveryFilter, DeliveryId, DeliveryTarget};
use utoipa::{IntoParams, ToSchema};

use super::subscriptions::target_of;
use crate::Web;
use crate::access::{Deed, Viewer};
use crate::api::{Asked, Named, Paging, ProblemShape, listing, tags};
use crate::problem::Problem;

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryState {
    /// To be sent from `due_at` on.
    Ready,
    /// Being sent.
    Leased,
    /// Taken by the other side.
    Done,
    /// Given up after a day.
    Dead,
}

impl From<store::DeliveryState> for DeliveryState {
    fn from(state: store::DeliveryState) -> Self {
        match state {
            store::DeliveryState::Ready => Self::Ready,
            store::DeliveryState::Leased => Self::Leased,
            store::DeliveryState::Done => Self::Done,
            store::DeliveryState::Dead => Self::Dead,
        }
    }
}

impl From<DeliveryState> for store::DeliveryState {
    fn from(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Ready => Self::Ready,
            DeliveryState::Leased => Self::Leased,
            DeliveryState::Done => Self::Done,
            DeliveryState::Dead => Self::Dead,
        }
    }
}

/// A line of the log.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Delivery)]
pub(crate) struct DeliveryShape {
    /// What `X-Zvonar-Delivery` says.
    id: i64,
    #[schema(example = "call.done")]
    event: String,
    #[schema(required, format = Uuid)]
    call_id: Option<String>,
    state: DeliveryState,
    /// Attempts begun.
    attempt: u32,
    #[schema(format = DateTime)]
    due_at: String,
    /// What the other side answered last.
    #[schema(required, example = 200)]
    last_status: Option<u16>,
    #[schema(required)]
    last_error: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<Delivery> for DeliveryShape {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id.0,
            event: delivery.what.event,
            call_id: delivery.what.call.map(|call| call.to_string()),
            state: delivery.state.into(),
            attempt: delivery.attempt,
            due_at: delivery.what.due_at.to_rfc3339(),
            last_status: delivery.last_status,
            last_error: delivery.last_error,
            created_at: delivery.created_at.to_rfc3339(),
            updated_at: delivery.updated_at.to_rfc3339(),
        }
    }
}

/// A page of the log.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DeliveryPage {
    deliveries: Vec<DeliveryShape>,
    #[schema(required)]
    next_cursor: Option<String>,
}

/// Which lines.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryQuery {
    /// In this state; `dead` were given up.
    #[param(inline)]
    state: Option<DeliveryState>,
    /// Of this event.
    #[param(example = "call.done")]
    event: Option<String>,
}

/// What was sent
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}/deliveries", tag = tags::OUTGOING, operation_id = "list_deliveries",
    params(("id" = String, Path, description = "The webhook, or `crm`", example = "1"), DeliveryQuery, Paging),
    responses((status = 200, description = "A page, newest first", body = DeliveryPage)),
)]
pub(crate) async fn list(
    State(web): State<Web>,
    Named(id): Named<String>,
    Asked(query, paging): Asked<DeliveryQuery, Paging>,
) -> Result<Json<DeliveryPage>, Problem> {
    let filter = DeliveryFilter {
        target: Some(target(&web, &id).await?),
        state: query.state.map(Into::into),
        event: query.event,
        call: None,
    };
    let page = web.store().deliveries(&filter, paging.request()?).await.map_err(listing)?;
    let deliveries = page.items.into_iter().map(Into::into).collect();
    Ok(Json(DeliveryPage { deliveries, next_cursor: page.next.map(|cursor| cursor.0) }))
}

/// The target that a path names.
///
/// # Errors
/// 404 where there is none.
pub(super) async fn target(web: &Web, id: &str) -> Result<DeliveryTarget, Problem> {
    let target = target_of(id).ok_or_else(Problem::not_found)?;
    let known = match target {
        DeliveryTarget::Crm => web.config().server.crm_url.is_some(),
        DeliveryTarget::Subscription(id) => web.store().subscriptions().await?.iter().any(|one| one.id == id),
        DeliveryTarget::Telegram | DeliveryTarget::Mail | DeliveryTarget::Uis => false,
    };
    if known { Ok(target) } else { Err(Problem::not_found()) }
}

/// Send once more
///
/// What was given up, waits, or was even taken; under the same number.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/deliveries/{delivery}/redeliver", tag = tags::OUTGOING,
    operation_id = "redeliver",
    params(
        ("id" = String, Path, description = "The webhook, or `crm`", example = "1"),
        ("delivery" = i64, Path, description = "The delivery", example = 1),
    ),
    responses(
        (status = 202, description = "It is due now"),
        (status = 409, description = "It is being sent", body = ProblemShape, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn redeliver(
    State(web): State<Web>,
    viewer: Viewer,
    Named((id, delivery)): Named<(String, i64)>,
) -> Result<StatusCode, Problem> {
    let target = target(&web, &id).await?;
    let Some(found) = find(&web, target, DeliveryId(delivery)).await? else {
        return Err(Problem::not_found());
    };
    if !web.store().retry_delivery(found, web.clock().now()).await? {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "being_sent",
            "доставка идёт прямо сейчас",
            "it is being sent at this moment",
        ));
    }
    web.audit(&viewer.name, Deed::Queue, &format!("redeliver {delivery}")).await;
    web.outbox().notify_one();
    Ok(StatusCode::ACCEPTED)
}

/// The delivery, if it is this target's.
async fn find(web: &Web, target: DeliveryTarget, id: DeliveryId) -> Result<Option<DeliveryId>, Problem> {
    let filter = DeliveryFilter { target: Some(target), ..DeliveryFilter::default() };
    let mut after = None;
    loop {
        let page = web.store().deliveries(&filter, store::PageRequest { after, limit: 1_000 }).await?;
        if page.items.iter().any(|one| one.id == id) {
            return Ok(Some(id));
        }
        // newest first: numbers only fall
        if page.items.last().is_none_or(|last| last.id < id) || page.next.is_none() {
            return Ok(None);
        }
        after = page.next;
    }
}
