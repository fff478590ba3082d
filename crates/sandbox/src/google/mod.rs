//! Google over HTTP: token, Sheets and the sheet as a person sees it, all by the fake of
//! `sheets-sink`.

mod page;
mod switches;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::{any, get, post};
use futures::{StreamExt as _, stream};
use serde::Deserialize;
use sheets_sink::testing::{FakeAnswer, FakeGoogle, FakeRequest, Fate};

use crate::Provider;
use crate::state::SandboxState;
use switches::GoogleSwitches;

/// Google recommends 2 MB a request; more is taken.
const MOST_BYTES: usize = 32 << 20;
/// Long enough for what was sent to leave the machine.
const BEFORE_BREAK: Duration = Duration::from_millis(20);

/// The routes, with their full paths (`/google/…`): one spreadsheet, shared with the key's account.
pub(crate) fn router(state: &SandboxState) -> (Router, FakeGoogle) {
    // Google's clock is the real one: the product signs its assertions by the machine's
    let fake = FakeGoogle::new(Arc::new(domain::SystemClock));
    let keys = &state.keys;
    fake.add_spreadsheet(keys.sheet_id, "Звонки отдела продаж", "Europe/Moscow");
    fake.trust(keys.google_email, &keys.google_key_id, keys.google_public_der.clone());
    let switches = GoogleSwitches::new(fake.clone(), keys.sheet_id, keys.google_email);
    state.switchboard.add(Provider::Google, Arc::new(switches));
    (google_router(fake.clone()), fake)
}

/// The routes over a fake of one's own: `POST /google/token`, `/google/v4/spreadsheets…`,
/// `GET /google/sheet/{id}`.
pub fn google_router(fake: FakeGoogle) -> Router {
    Router::new()
        .route("/google/token", post(api))
        .route("/google/v4/{*rest}", any(api))
        .route("/google/sheet/{id}", get(sheet))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(fake)
}

async fn api(
    State(fake): State<FakeGoogle>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = FakeRequest {
        method: method.to_string(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        authorization: headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).map(str::to_owned),
        body,
    };
    // a spreadsheet of a thousand rows is copied for each batch: not on a thread that serves others
    let answered = tokio::task::spawn_blocking(move || fake.handle(&request)).await;
    match answered {
        Ok(answer) => served(answer).await,
        Err(error) => {
            tracing::error!(%error, "the fake of Google broke down");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn served(answer: FakeAnswer) -> Response {
    if let Some(delay) = answer.delay {
        tokio::time::sleep(delay).await;
    }
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let promised = answer.body.len();
    let kept = match answer.fate {
        Fate::Whole => None,
        Fate::Cut => Some(promised / 2),
        Fate::Lost => Some(0),
    };
    let body = match kept {
        None => Body::from(answer.body),
        // the length is promised, a part comes, then the connection breaks
        Some(kept) => {
            let mut part = answer.body;
            part.truncate(kept);
            let broken = stream::once(async {
                tokio::time::sleep(BEFORE_BREAK).await;
                Err(std::io::Error::other("broken off"))
            });
            Body::from_stream(stream::iter([Ok(Bytes::from(part))]).chain(broken))
        }
    };
    let mut response = (status, body).into_response();
    for (name, value) in answer.headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response.headers_mut().insert(CONTENT_LENGTH, promised.max(1).into());
    if kept.is_none() {
        response.headers_mut().insert(CONTENT_LENGTH, promised.into());
    }
    response
}

#[derive(Deserialize)]
struct Wanted {
    tab: Option<String>,
}

async fn sheet(
    State(fake): State<FakeGoogle>,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let tabs = fake.tabs(&id);
    let tab = wanted.tab.filter(|tab| tabs.contains(tab)).or_else(|| tabs.last().cloned());
    let Some(view) = tab.and_then(|tab| fake.view(&id, &tab)) else {
        return (StatusCode::NOT_FOUND, Html(page::missing())).into_response();
    };
    // nothing but the page's own styles: what is in the cells came from outside
    let policy = [(CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'")];
    (policy, Html(page::render(&id, &tabs, &view))).into_response()
}
