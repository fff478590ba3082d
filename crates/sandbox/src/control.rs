//! The sandbox's own addresses, under `/_sandbox`: faults, journal, clock, world.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use domain::Clock as _;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::faults::{Fault, FaultKind};
use crate::state::SandboxState;

pub(crate) fn router(state: &SandboxState) -> Router {
    Router::new()
        .route("/_sandbox", get(overview))
        .route("/_sandbox/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/_sandbox/journal", get(journal).delete(clear_journal))
        .route("/_sandbox/clock", get(clock).post(advance))
        .route("/_sandbox/world", get(world))
        .route("/_sandbox/world/calls/{id}", get(world_call))
        .with_state(state.clone())
}

/// Lays a fault down: one of the transport as a rule, a provider's own on its switches.
pub(crate) fn order(state: &SandboxState, fault: Fault) -> Result<(), String> {
    if fault.share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
        return Err("`share` lies between 0 and 1".to_owned());
    }
    let FaultKind::Own(kind) = &fault.kind else {
        state.faults.add(fault);
        return Ok(());
    };
    let Some((provider, switches)) = state.switchboard.find(kind, fault.provider) else {
        let own: Vec<_> = state.switchboard.kinds().into_values().flatten().copied().collect();
        let all: Vec<_> = FaultKind::of_transport().chain(own).collect();
        return Err(format!("no fault is called `{kind}`; there are: {}", all.join(", ")));
    };
    if fault.share.is_some() || fault.path.is_some() || fault.skip.is_some() {
        state.faults.add(Fault { provider: Some(provider), ..fault });
        return Ok(());
    }
    switches.turn(kind, fault.times, &serde_json::to_value(&fault).unwrap_or_default())
}

async fn overview(State(state): State<SandboxState>) -> Json<Value> {
    Json(json!({
        "faults": FaultKind::of_transport().collect::<Vec<_>>(),
        "provider_faults": state.switchboard.kinds(),
        "sheet": format!("{}google/sheet/{}", state.base_url, state.keys.sheet_id),
        "now": state.clock.now(),
    }))
}

async fn faults(State(state): State<SandboxState>) -> Json<Value> {
    Json(json!({ "faults": state.faults.report() }))
}

async fn add_fault(State(state): State<SandboxState>, body: String) -> Response {
    let told = serde_json::from_str::<Fault>(&body)
        .map_err(|error| error.to_string())
        .and_then(|fault| order(&state, fault));
    match told {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(reason) => (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": reason }))).into_response(),
    }
}

async fn clear_faults(State(state): State<SandboxState>) -> StatusCode {
    state.faults.clear();
    state.switchboard.clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Last {
    #[serde(default = "last")]
    last: usize,
}

fn last() -> usize {
    20
}

async fn journal(State(state): State<SandboxState>, Query(wanted): Query<Last>) -> Response {
    Json(state.journal.report(wanted.last)).into_response()
}

async fn clear_journal(State(state): State<SandboxState>) -> StatusCode {
    state.journal.clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Advance {
    advance_s: u64,
}

async fn clock(State(state): State<SandboxState>) -> Json<Value> {
    Json(json!({ "now": state.clock.now() }))
}

async fn advance(State(state): State<SandboxState>, Json(by): Json<Advance>) -> Json<Value> {
    state.clock.advance(std::time::Duration::from_secs(by.advance_s));
    clock(State(state)).await
}

async fn world(State(state): State<SandboxState>) -> Json<Value> {
    Json(json!({ "calls": state.world.calls().len(), "situations": state.world.situations() }))
}

async fn world_call(State(state): State<SandboxState>, Path(id): Path<i64>) -> Response {
    match state.world.call(id) {
        Some(call) => Json(
            json!({ "situation": call.situation, "talk_s": call.talk_s, "spoken": state.world.spoken(id) }),
        )
        .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
