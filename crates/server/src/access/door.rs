//! The door: every matched request passes here before its handler.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::{HeaderValue, Method, StatusCode};

use super::looks::Look;
use super::{Via, Viewer, csrf, recognise};
use crate::Web;
use crate::guard;
use crate::problem::Problem;
use crate::rules::{self, Rule, Who};
use crate::voice::is_scenario;

/// Finds the rule of the route, recognises the viewer, and lets in or refuses.
pub(crate) async fn door(State(web): State<Web>, request: Request, next: Next) -> Response {
    let Some(path) = request.extensions().get::<MatchedPath>().cloned() else {
        return next.run(request).await;
    };
    let Some(rule) = rules::find(request.method(), path.as_str()) else {
        return no_rule(path.as_str());
    };
    if rule.who == Who::Unasked {
        return next.run(request).await;
    }
    let turned_away = turned_away(rule, &request);
    match admit(&web, rule, request).await {
        Ok(request) => {
            let look = Look::of(path.as_str(), &request);
            // from before the page is read: what is written meanwhile makes it another one
            let tag = guard::tag(&web, &request).await;
            let response = if let Some(unchanged) = guard::unchanged(tag.as_ref(), &request) {
                unchanged
            } else {
                let mut response = guard::within(&web, rule.class, request, next).await;
                guard::named(tag.as_ref(), &mut response);
                response
            };
            let seen = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
            if let Some(look) = look.filter(|_| seen) {
                web.looked(look);
            }
            response
        }
        Err(problem) => turned_away(problem),
    }
}

/// What a stranger is answered: a browser that wanted a page is sent to the login.
fn turned_away(rule: &Rule, request: &Request) -> impl FnOnce(Problem) -> Response + use<> {
    let (page, htmx) = (rule.class.is_page(), request.headers().contains_key("hx-request"));
    let here = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let next: String = match *request.method() {
        Method::GET => url::form_urlencoded::byte_serialize(here.as_bytes()).collect(),
        _ => "%2F".to_owned(),
    };
    move |problem| {
        let login = format!("/login?next={next}");
        match problem.status {
            StatusCode::UNAUTHORIZED if page && !htmx => Redirect::to(&login).into_response(),
            StatusCode::UNAUTHORIZED if htmx => {
                let mut response = problem.into_response();
                response.headers_mut().insert("hx-redirect", HeaderValue::from_static("/login"));
                response
            }
            _ => problem.into_response(),
        }
    }
}

async fn admit(web: &Web, rule: &Rule, request: Request) -> Result<Request, Problem> {
    let mut request = guard::bounded(rule.class, web.config().server.max_upload_bytes, request)?;
    if rule.who == Who::Scenario && is_scenario(web, request.headers()) {
        return Ok(request);
    }
    let authority = request.uri().authority().map(ToString::to_string);
    let recognised =
        recognise::recognise(web, request.headers(), request.extensions(), authority.as_deref()).await;
    let viewer = match (recognised, rule.who) {
        // neither a stale token nor a database that is away closes what is open to everybody
        (Err(problem), Who::Anyone)
            if [StatusCode::UNAUTHORIZED, StatusCode::SERVICE_UNAVAILABLE].contains(&problem.status) =>
        {
            None
        }
        (recognised, _) => recognised?,
    };
    if let Who::Roles(roles) = rule.who {
        match &viewer {
            Some(viewer) if viewer.is(roles) => {}
            Some(_) => return Err(not_allowed()),
            None => return Err(sign_in_first()),
        }
    }
    if rule.who == Who::Scenario {
        return Err(if viewer.is_some() { not_allowed() } else { sign_in_first() });
    }
    let by_browser = viewer.as_ref().is_none_or(|viewer| viewer.via != Via::Token);
    if by_browser && !request.method().is_safe() {
        csrf::check_origin(request.headers(), web.config().backend_url.as_deref())?;
        // at the login there is a session to be replaced, not to be used
        if let (Who::Roles(_), Some(Viewer { via: Via::Session { csrf }, .. })) = (rule.who, &viewer) {
            request = csrf::check_token(request, csrf).await?;
        }
    }
    if let Some(viewer) = viewer {
        request.extensions_mut().insert(viewer);
    }
    Ok(request)
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
    .hint("роль меняет администратор", "an admin changes roles")
}
