//! What a request asks for, read strictly: refusals are problems with a code, in both languages.
//!
//! A parameter that nobody knows is refused: a slip in the name of a filter would otherwise show, or
//! export, everything.

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use bytes::Bytes;
use domain::CallId;
use http::request::Parts;
use http::{HeaderMap, StatusCode, Uri, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::form_urlencoded;
use utoipa::IntoParams;

use crate::problem::Problem;

/// The query of a request as one or two sets of parameters. Empty values count as absent: that is what
/// a form sends for a field left blank.
#[derive(Debug)]
pub(crate) struct Asked<A, B = Nothing>(pub(crate) A, pub(crate) B);

/// No further parameters.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct Nothing {}

impl<S, A, B> FromRequestParts<S> for Asked<A, B>
where
    S: Send + Sync,
    A: DeserializeOwned + IntoParams,
    B: DeserializeOwned + IntoParams,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let mut kept = form_urlencoded::Serializer::new(String::new());
        let known = [A::into_params(|| None), B::into_params(|| None)].concat();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if !known.iter().any(|parameter| parameter.name == name) {
                return Err(unknown(&name, known.iter().map(|parameter| parameter.name.as_str())));
            }
            if !value.is_empty() {
                kept.append_pair(&name, &value);
            }
        }
        let uri: Uri = format!("/?{}", kept.finish()).parse().map_err(|_| too_long())?;
        Ok(Self(read(&uri)?, read(&uri)?))
    }
}

fn read<T: DeserializeOwned>(uri: &Uri) -> Result<T, Problem> {
    Query::try_from_uri(uri).map(|Query(read)| read).map_err(|refused| {
        // «Failed to deserialize query string: limit: invalid digit found in string»
        let text = refused.body_text();
        let why = text.split_once(": ").map_or(text.as_str(), |(_, why)| why).to_owned();
        Problem::invalid(
            "query",
            format!("параметр запроса не подходит: {why}"),
            format!("a parameter of the request does not fit: {why}"),
        )
    })
}

fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Problem {
    let name: String = name.chars().take(60).collect();
    let known = known.collect::<Vec<_>>().join(", ");
    let problem = Problem::invalid(
        "unknown_parameter",
        format!("параметра «{name}» здесь нет"),
        format!("there is no parameter {name:?} here"),
    );
    if known.is_empty() {
        return problem;
    }
    problem.hint(format!("есть: {known}"), format!("there are: {known}"))
}

fn too_long() -> Problem {
    Problem::invalid("query", "запрос слишком длинный", "the query is too long")
}

/// A JSON body.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "content_type",
                "тело запроса — не JSON",
                "the body of the request is no JSON",
            )
            .hint("Content-Type: application/json", "Content-Type: application/json"));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|refused| unread(refused.status()))?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| malformed(&error))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn unread(status: StatusCode) -> Problem {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            status,
            "too_large",
            "тело запроса слишком велико",
            "the body of the request is too large",
        ),
        _ => Problem::new(
            StatusCode::BAD_REQUEST,
            "body",
            "тело запроса не дочитано",
            "the body of the request broke off",
        ),
    }
}

fn malformed(error: &serde_json::Error) -> Problem {
    let (ru, en) = (format!("JSON не подходит: {error}"), format!("the JSON does not fit: {error}"));
    if error.is_data() {
        Problem::invalid("body", ru, en)
    } else {
        Problem::new(StatusCode::BAD_REQUEST, "bad_json", ru, en)
    }
}

/// The parts of the path; what cannot be one is not there.
#[derive(Debug)]
pub(crate) struct Named<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = Path::<T>::from_request_parts(parts, state).await;
        read.map(|Path(read)| Self(read)).map_err(|_| Problem::not_found())
    }
}

/// The id of a call in a path.
///
/// # Errors
/// 404 for what is no id.
pub(crate) fn call_id(text: &str) -> Result<CallId, Problem> {
    CallId::parse(text).map_err(|_| Problem::not_found())
}
