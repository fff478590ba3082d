//! The door: every matched request passes here before its handler.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;

use super::{Role, Scope, Via, Viewer, host};
use crate::Web;
use crate::problem::Problem;
use crate::rules::{self, Who};

/// Finds the rule of the route, recognises the viewer, and lets in or refuses.
pub(crate) async fn door(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let Some(path) = request.extensions().get::<MatchedPath>().cloned() else {
        return next.run(request).await;
    };
    let Some(rule) = rules::find(request.method(), path.as_str()) else {
        return no_rule(path.as_str());
    };
    let viewer = recognise(&web, &request);
    if let Some(viewer) = &viewer {
        request.extensions_mut().insert(viewer.clone());
    }
    let Who::Roles(roles) = rule.who else { return next.run(request).await };
    match viewer {
        Some(viewer) if viewer.is(roles) => next.run(request).await,
        Some(_) => not_allowed().into_response(),
        None => sign_in_first().into_response(),
    }
}

fn recognise(web: &Web, request: &Request) -> Option<Viewer> {
    let authority = request.uri().authority().map(http::uri::Authority::as_str);
    (web.bound_to_loopback() && host::is_local(request.headers(), authority)).then(|| Viewer {
        name: "localhost".to_owned(),
        role: Role::Admin,
        scope: Scope::All,
        via: Via::OpenLoopback,
    })
}

/// A path with other methods says so; a path without any rule is not there.
fn no_rule(path: &str) -> Response {
    let mut methods: Vec<&str> =
        rules::all().filter(|rule| rule.path == path).map(|rule| rule.method.as_str()).collect();
    if methods.is_empty() {
        tracing::error!(path, "a route without a rule answers nobody");
        return Problem::not_found().into_response();
    }
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    let refused = Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "этот адрес так не вызывают",
        "this address is not called like that",
    );
    let mut response = refused.into_response();
    if let Ok(allow) = methods.join(", ").parse() {
        response.headers_mut().insert(http::header::ALLOW, allow);
    }
    response
}

/// Nobody we know.
pub(crate) fn sign_in_first() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "нужен вход или ключ доступа",
        "sign in or send a token",
    )
    .hint(
        "ключ: Authorization: Bearer …; выдать новый: zvonar user token ИМЯ --role РОЛЬ",
        "a token: Authorization: Bearer …; make one: zvonar user token NAME --role ROLE",
    )
}

/// Known, but not for this.
fn not_allowed() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "forbidden",
        "вашей роли это не разрешено",
        "your role may not do this",
    )
    .hint("роль меняет администратор: zvonar user add", "an admin changes roles: zvonar user add")
}
