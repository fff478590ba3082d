//! UIS over HTTP: the Data API and recordings, both answered by the fake of `uis-client`.

mod fill;
mod switches;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use futures::{StreamExt as _, stream};
use uis_client::testing::{FakeMedia, FakeUis};
use uis_client::{CommunicationId, RecordingKind};

use crate::Provider;
use crate::state::SandboxState;
use switches::UisSwitches;

/// Long enough for what was sent to leave the machine.
const BEFORE_BREAK: Duration = Duration::from_millis(20);

/// The routes, with their full paths (`/uis/…`), over the world's calls, and their fake.
pub(crate) fn router(state: &SandboxState) -> (Router, FakeUis) {
    let fake = FakeUis::with_clock(Arc::clone(&state.clock) as Arc<dyn domain::Clock>);
    fake.set_key(state.keys.uis_token);
    fill::fill(&fake, &state.world, &state.base_url);
    state.switchboard.add(Provider::Uis, Arc::new(UisSwitches(fake.clone())));
    (uis_router(fake.clone()), fake)
}

/// The routes over a fake of one's own: `POST /uis/v2.0`, `GET /uis/media/{kind}/{communication}/{record}/`.
pub fn uis_router(fake: FakeUis) -> Router {
    Router::new()
        .route("/uis/v2.0", post(data_api))
        .route("/uis/media/{kind}/{communication}/{record}", get(media))
        .route("/uis/media/{kind}/{communication}/{record}/", get(media))
        .with_state(fake)
}

async fn data_api(State(fake): State<FakeUis>, body: Bytes) -> Response {
    let answer = fake.answer(&body);
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(CONTENT_TYPE, answer.content_type)], answer.body).into_response()
}

async fn media(
    State(fake): State<FakeUis>,
    Path((kind, communication, record)): Path<(String, i64, String)>,
    uri: Uri,
) -> Response {
    let kind = match kind.as_str() {
        "talk" => RecordingKind::Talk,
        "wav" => RecordingKind::Wav,
        "voice_mail" => RecordingKind::VoiceMail,
        // on a host of its own in the real world
        "joined" => RecordingKind::Joined,
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    // sound is made on demand, which takes a processor
    let made = tokio::task::spawn_blocking(move || fake.media(kind, CommunicationId(communication), &record));
    match made.await {
        Ok(media) => answer(media, &uri),
        Err(error) => {
            tracing::error!(%error, "sound could not be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn answer(media: FakeMedia, uri: &Uri) -> Response {
    let status = StatusCode::from_u16(media.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if status == StatusCode::PERMANENT_REDIRECT {
        return (status, [(LOCATION, uri.path().to_owned())]).into_response();
    }
    let whole = media.body.len() == media.promised;
    let body = if whole {
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
