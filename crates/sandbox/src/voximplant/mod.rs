//! Voximplant over HTTP: the Management API, addresses of sessions, and recordings, all answered by
//! the fake of `voximplant-client`. Sessions begin here and run nowhere: whoever plays a scenario
//! watches them (`FakeVoximplant::watch`) and says how they ended.

pub(crate) mod caller;
mod fill;
mod form;
pub(crate) mod media;
mod sound;
mod switches;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Extension, Path, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use futures::{StreamExt as _, stream};
use voximplant_client::ApplicationId;
use voximplant_client::testing::{FakeMedia, FakeRequest, FakeVoximplant};

use crate::Provider;
use crate::keys::under;
use crate::state::SandboxState;
use media::MediaDoors;
use switches::VoximplantSwitches;

/// Long enough for what was sent to leave the machine.
const BEFORE_BREAK: Duration = Duration::from_millis(20);

/// The routes, with their full paths (`/voximplant/…`), over the world's history, and their fake.
pub(crate) fn router(state: &SandboxState) -> (Router, (FakeVoximplant, MediaDoors)) {
    let fake = FakeVoximplant::with_clock(Arc::clone(&state.clock) as Arc<dyn domain::Clock>);
    fake.register_key(&state.keys.voximplant());
    fake.serve_at(&under(&state.base_url, "voximplant"));
    fill::fill(&fake, &state.world);
    state.switchboard.add(Provider::Voximplant, Arc::new(VoximplantSwitches(fake.clone())));
    let doors = MediaDoors::default();
    (voximplant_media_router(fake.clone(), doors.clone()), (fake, doors))
}

/// The application of the sandbox's own account.
pub(crate) fn application(fake: &FakeVoximplant) -> Option<ApplicationId> {
    fake.application_named(fill::APPLICATION)
}

/// The routes over a fake of one's own: `/voximplant/platform_api[/{method}]`,
/// `/voximplant/request/{session}/{token}`, `GET /voximplant/records/{name}`. Tell the fake where they
/// are served (`FakeVoximplant::serve_at`).
pub fn voximplant_router(fake: FakeVoximplant) -> Router {
    voximplant_media_router(fake, MediaDoors::default())
}

/// The same; sockets that come to a session's address go through these doors.
pub fn voximplant_media_router(fake: FakeVoximplant, doors: MediaDoors) -> Router {
    Router::new()
        .route("/voximplant/platform_api", any(platform_api))
        .route("/voximplant/platform_api/", any(platform_api))
        .route("/voximplant/platform_api/{method}", any(platform_method))
        .route("/voximplant/platform_api/{method}/", any(platform_method))
        .route("/voximplant/request/{session}/{token}", any(session))
        .route("/voximplant/records/{name}", get(record))
        .layer(Extension(doors))
        .with_state(fake)
}

async fn platform_api(State(fake): State<FakeVoximplant>, request: Request) -> Response {
    answer(&fake, None, request).await
}

async fn platform_method(
    State(fake): State<FakeVoximplant>,
    Path(method): Path<String>,
    request: Request,
) -> Response {
    answer(&fake, Some(method), request).await
}

async fn answer(fake: &FakeVoximplant, method: Option<String>, request: Request) -> Response {
    let authorization = authorization(request.headers());
    let Some(form) = form::read(request).await else { return StatusCode::BAD_REQUEST.into_response() };
    let answer = fake.answer(&FakeRequest { method, authorization, form });
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(CONTENT_TYPE, answer.content_type)], answer.body).into_response()
}

fn authorization(headers: &HeaderMap) -> Option<String> {
    headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// Any method raises `AppEvents.HttpRequest`; the answer says only that it was delivered.
async fn session(
    State(fake): State<FakeVoximplant>,
    Extension(doors): Extension<MediaDoors>,
    Path((session, token)): Path<(String, String)>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    body: Bytes,
) -> Response {
    if let Ok(upgrade) = upgrade {
        return doors.enter(&format!("{session}/{token}"), &headers, upgrade);
    }
    let content = String::from_utf8_lossy(&body).into_owned();
    let told: Vec<(String, String)> = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let status = fake.session_request_with(&format!("{session}/{token}"), &content, &told);
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response()
}

async fn record(
    State(fake): State<FakeVoximplant>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let authorization = authorization(&headers);
    // sound is made on demand, which takes a processor
    let made = tokio::task::spawn_blocking(move || fake.media(&name, authorization.as_deref())).await;
    match made {
        Ok(media) => sound(media),
        Err(error) => {
            tracing::error!(%error, "sound could not be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn sound(media: FakeMedia) -> Response {
    let status = StatusCode::from_u16(media.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = if media.body.len() == media.promised {
        Body::from(media.body)
    } else {
        // the length is promised, half comes, then the connection breaks; at once it would take
        // the head with it
        let broken = stream::once(async {
            tokio::time::sleep(BEFORE_BREAK).await;
            Err(std::io::Error::other("broken off"))
        });
        Body::from_stream(stream::iter([Ok(media.body)]).chain(broken))
    };
    let mut response = (status, [(CONTENT_TYPE, media.content_type)], body).into_response();
    response.headers_mut().insert(CONTENT_LENGTH, media.promised.into());
    response
}
