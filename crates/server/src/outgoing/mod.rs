//! What we tell others: signed webhooks, results written back to a CRM.
//!
//! What happened to a call is found in the store, never taken from a message that could be lost: a
//! cursor walks over the jobs that ended (`collect`), each event goes into the outbox once, under a key,
//! and leaves it when the other side has taken it (`courier`). A process killed anywhere sends again
//! what it is not sure of, under the same `X-Zvonar-Delivery`.

mod collect;
mod courier;
mod deliveries;
mod event;
mod send;
mod signature;
mod subscriptions;

use axum::Router;
use domain::{CallId, RubricId};
use store::{JobFilter, NewJob, Stage};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use event::EVENTS;

use crate::Web;
use crate::problem::Problem;
use crate::rules::{Class, Rule, Who};

/// Routes of this room, each with who may use it.
pub(crate) const RULES: &[Rule] = &[
    Rule::get("/api/v1/webhooks", Who::ADMIN, Class::Api),
    Rule::post("/api/v1/webhooks", Who::ADMIN, Class::Api),
    Rule::delete("/api/v1/webhooks/{id}", Who::ADMIN, Class::Api),
    Rule::post("/api/v1/webhooks/{id}/test", Who::ADMIN, Class::Api),
    Rule::get("/api/v1/webhooks/{id}/deliveries", Who::ADMIN, Class::Api),
    Rule::post("/api/v1/webhooks/{id}/deliveries/{delivery}/redeliver", Who::ADMIN, Class::Api),
];

/// Handlers of this room.
pub(crate) fn router() -> Router<Web> {
    described().split_for_parts().0
}

/// Handlers with their part of the document.
pub(crate) fn described() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(subscriptions::list, subscriptions::subscribe))
        .routes(routes!(subscriptions::unsubscribe))
        .routes(routes!(subscriptions::test))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::redeliver))
}

/// Tells subscribers and the CRM what happens to calls, until the service is stopped. One at a time of an
/// installation is enough; several tell nothing twice.
pub async fn tell_others(web: Web) {
    if let Err(problem) = subscriptions::follow_settings(&web).await {
        tracing::error!(code = problem.code, "the configured webhooks were not taken up");
    }
    tokio::join!(collect::until_stopped(&web), courier::until_stopped(&web));
}

/// A person changed a verdict: others are told, and rows that were written of the call are mended.
///
/// # Errors
/// When the store fails.
pub(crate) async fn overridden(web: &Web, call: CallId, rubric: &RubricId) -> Result<(), Problem> {
    let (store, now) = (web.store(), web.clock().now());
    if let Some(report) = web.app().report(call, Some(rubric)).await? {
        let targets = collect::targets(web).await?;
        let told = event::Told { event: event::OVERRIDDEN, report: &report, stamp: now.timestamp_millis() };
        store.queue_deliveries(&told.to(&targets, now), now).await?;
        web.outbox().notify_one();
    }
    let filter = JobFilter { call: Some(call), stage: Some(Stage::Deliver), ..JobFilter::default() };
    let rows: Vec<NewJob> = store
        .jobs(&filter, 100)
        .await?
        .into_iter()
        .map(|job| NewJob { call, stage: Stage::Deliver, target: job.target })
        .collect();
    if !rows.is_empty() {
        store.enqueue(&rows, false, now).await?;
        web.app().work().wake();
    }
    Ok(())
}
