//! The last layer on the way out: problems in the language of the request, as JSON or as a page.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header;

use super::add_headers;
use crate::Web;
use crate::problem::Problem;

/// Renders a problem for whoever asked, and adds the headers of every answer.
pub(crate) async fn speak(State(web): State<Web>, request: Request, next: Next) -> Response {
    let lang = web.lang(request.headers());
    let page = wants_page(&request);
    let (asked, body) = request.into_parts();
    let kept = page.then(|| asked.clone());
    let request = Request::from_parts(asked, body);
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let allow = response.headers().get(header::ALLOW).cloned();
        response = match kept {
            Some(asked) => crate::pages::trouble(&web, &problem, asked).await,
            None => problem.respond(lang),
        };
        problem.add_headers(&mut response);
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    add_headers(&mut response);
    response
}

/// A browser that shows an address says so; htmx and programs do not.
fn wants_page(request: &Request) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Nothing stands there.
pub(crate) async fn nowhere() -> Response {
    Problem::not_found().into_response()
}
