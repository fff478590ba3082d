//! `/webhook/uis`: notices of UIS and CoMagic («HTTP-уведомления»).
//!
//! A notice is a hint to ask UIS itself: notices get lost, come twice, and before the row of the call. Its
//! body is a template that people fill in, sent as JSON, as a form or in the query; values may keep a pair
//! of quotes around them. So nothing in it is an error: the answer is always 200. Where UIS has no key
//! here, the link of the notice is taken as it is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use app::CallFacts;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest as _, Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use chrono::TimeDelta;
use domain::{Direction, Manager, PhoneNumber, TimeWindow};
use pipeline::WindowRequest;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::webhook::check_key;
use crate::Web;
use crate::access::peer;
use crate::problem::Problem;

/// Rows of calls appear some time after the call: asked again so long after the last notice.
const ASK_AFTER: [Duration; 3] = [Duration::from_secs(5), Duration::from_mins(1), Duration::from_mins(5)];

/// Calls of so long are asked for.
const LOOK_BACK: TimeDelta = TimeDelta::hours(3);

/// Notices that came since UIS was asked last.
#[derive(Debug, Clone, Default)]
pub(crate) struct UisHints(Arc<Notify>);

pub(super) async fn uis(State(web): State<Web>, request: Request) -> Result<Response, Problem> {
    noticed(&web, request).await
}

pub(super) async fn uis_with_key(
    State(web): State<Web>,
    Path(key): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let peer = peer(request.headers(), request.extensions());
    check_key(&web, &key, peer).await?;
    noticed(&web, request).await
}

async fn noticed(web: &Web, request: Request) -> Result<Response, Problem> {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let body = Bytes::from_request(request, web).await.unwrap_or_default();
    let notice = read(&body, &query);
    if web.config().uis.key.is_some() {
        web.uis_hints().0.notify_one();
        return Ok(Json(json!({ "status": "noted" })).into_response());
    }
    let (Some(session), Some(link)) = (notice.get("call_session_id"), notice.get("file_link")) else {
        tracing::debug!("a notice of UIS without a recording");
        return Ok(Json(json!({ "status": "ignored" })).into_response());
    };
    let rubric = web.app().rubric(&web.config().rubric)?;
    match web.app().submit_webhook(facts(session, &notice), link, &rubric).await {
        Ok(submitted) => {
            Ok(Json(json!({ "status": "queued", "job_id": submitted.call.to_string() })).into_response())
        }
        Err(error) if error.usage => {
            tracing::warn!(%error, "a notice of UIS was not taken in");
            Ok(Json(json!({ "status": "ignored" })).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn facts(session: &str, notice: &BTreeMap<String, String>) -> CallFacts {
    let number = |name: &str| notice.get(name).and_then(|text| PhoneNumber::parse(text));
    let direction = notice.get("direction").and_then(|text| Direction::parse(text)).unwrap_or_default();
    let (client, company) = (number("contact_phone_number"), number("virtual_phone_number"));
    let (caller, callee) = if direction == Direction::Out { (company, client) } else { (client, company) };
    let manager = notice
        .get("employee_id")
        .map(|id| Manager { id: id.clone(), name: notice.get("employee_full_name").cloned() });
    CallFacts {
        call_id: Some(session.to_owned()),
        caller,
        callee,
        direction,
        manager,
        ..CallFacts::default()
    }
}

/// The values of a notice, in whatever wrapping.
fn read(body: &[u8], query: &str) -> BTreeMap<String, String> {
    if let Ok(Value::Object(object)) = serde_json::from_slice(body) {
        return object.into_iter().filter_map(|(name, value)| Some((name, plain(&value)?))).collect();
    }
    let pairs = url::form_urlencoded::parse(body).chain(url::form_urlencoded::parse(query.as_bytes()));
    pairs
        .take(100)
        .filter_map(|(name, value)| Some((name.into_owned(), plain(&Value::from(value.into_owned()))?)))
        .collect()
}

fn plain(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(&text);
    (!bare.is_empty() && bare != "null").then(|| bare.to_owned())
}

impl UisHints {
    /// Asks UIS after notices, until the service stops. What was missed between two notices is found
    /// too: the last hours are read whole.
    pub(crate) async fn follow(self, web: Web) {
        let stop = web.stopping().clone();
        loop {
            tokio::select! {
                () = self.0.notified() => {}
                () = stop.cancelled() => return,
            }
            for pause in ASK_AFTER {
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = stop.cancelled() => return,
                }
                let window = TimeWindow { from: Some(web.clock().now() - LOOK_BACK), to: None };
                match web.app().uis_discover(WindowRequest::Explicit(window)).await {
                    Ok(remarks) => remarks.iter().for_each(|remark| tracing::warn!(remark, "UIS was asked")),
                    Err(error) => tracing::warn!(%error, "UIS could not be asked after a notice"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_read_in_every_wrapping() {
        let json = br#"{"event":"RECORD_CALL","call_session_id":1858104645,"file_link":"https://x/1","tag_names":[],"employee_id":null}"#;
        let read_json = read(json, "");
        assert_eq!(read_json["call_session_id"], "1858104645");
        assert!(!read_json.contains_key("employee_id"));
        let form = "call_session_id=%221858104645%22&file_link=%22https%3A%2F%2Fx%2F1%22";
        assert_eq!(read(form.as_bytes(), "")["file_link"], "https://x/1");
        assert_eq!(read(b"", form)["call_session_id"], "1858104645");
        // a template with quotes too many is no JSON
        assert!(!read(br#"{"call_session_id":""1""}"#, "").contains_key("call_session_id"));
    }
}
