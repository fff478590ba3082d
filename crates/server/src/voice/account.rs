//! `POST /voximplant/account`: what Voximplant tells of the account: little money, a scenario that broke off.
//!
//! It shows no secret of ours: each callback is signed with the account's own key.

use app::AccountTold;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use http::StatusCode;
use serde_json::{Value, json};

use crate::Web;
use crate::api::tags;
use crate::problem::Problem;

/// Tell what happened to the account
///
/// `{"callbacks": [{"callback_id", "type", "account_id", "hash", …}]}`, as the platform sends it after
/// `zvonar voximplant deploy --callbacks`. A callback that comes again is told once.
#[utoipa::path(
    post, path = "/voximplant/account", tag = tags::VOICE, operation_id = "account_callbacks",
    request_body(content = Value, example = json!({ "callbacks": [{
        "callback_id": 1, "type": "min_balance", "account_id": 1, "hash": "09673602eedd378adcc99b4592d1fc23" }] })),
    responses(
        (status = 200, description = "Noted"),
        (status = 401, description = "A hash is wrong", body = crate::api::ProblemShape,
         content_type = "application/problem+json"),
        (status = 404, description = "There is no account's own key to prove callbacks with",
         body = crate::api::ProblemShape, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn account(State(web): State<Web>, body: Bytes) -> Result<Json<Value>, Problem> {
    let room = web.app().voice().await?;
    match room.account_told(&body).await {
        AccountTold::Taken(new) => Ok(Json(json!({ "new": new }))),
        AccountTold::Refused(refused) => {
            tracing::warn!(%refused, "callbacks of the account are not taken");
            Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "callback_refused",
                "подпись уведомления неверна",
                "the hash of a callback is wrong",
            ))
        }
        AccountTold::NotConfigured => Err(Problem::not_found()),
    }
}
