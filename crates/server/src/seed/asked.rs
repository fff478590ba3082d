//! What requests say: JSON read strictly where it matters and kindly where senders differ.
//!
//! Ids come as texts or as numbers, an absent one as `null` or as an empty text; the content type is not
//! looked at, for small senders forget it.

use app::CallFacts;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use domain::{Manager, Mode, Rubric};
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::Web;
use crate::problem::Problem;

/// The JSON of a body.
pub(crate) struct Told<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Told<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = Bytes::from_request(request, state).await.map_err(|_| broken_off())?;
        read(&body).map(Self)
    }
}

pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // some senders put a mark of byte order before their JSON
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(body).map_err(|error| {
        let (ru, en) = (format!("JSON не подходит: {error}"), format!("the JSON does not fit: {error}"));
        if error.is_data() {
            Problem::invalid("body", ru, en)
        } else {
            Problem::new(StatusCode::BAD_REQUEST, "bad_json", ru, en)
        }
    })
}

fn broken_off() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "body",
        "тело запроса не дочитано",
        "the body of the request broke off",
    )
}

/// A text or a number, as a text; nothing where it is empty.
pub(super) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Id {
        Text(String),
        Number(i64),
    }
    let id = Option::<Id>::deserialize(deserializer)
        .map_err(|_| serde::de::Error::custom("an id is a text or a whole number"))?;
    let text = id.map(|id| match id {
        Id::Text(text) => text.trim().to_owned(),
        Id::Number(number) => number.to_string(),
    });
    Ok(text.filter(|text| !text.is_empty()))
}

/// What any request may say of its call.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Facts {
    #[serde(default, deserialize_with = "id")]
    pub(super) call_id: Option<String>,
    #[serde(default, deserialize_with = "id")]
    pub(super) manager_id: Option<String>,
    #[serde(default)]
    pub(super) tags: Option<Vec<String>>,
}

impl From<Facts> for CallFacts {
    fn from(facts: Facts) -> Self {
        Self {
            call_id: facts.call_id,
            manager: facts.manager_id.map(|id| Manager { id, name: None }),
            tags: facts.tags.unwrap_or_default(),
            ..Self::default()
        }
    }
}

/// A member that must be there, and say something.
pub(super) fn required(name: &str, value: Option<String>) -> Result<String, Problem> {
    let (ru, en) = match value {
        Some(value) if !value.trim().is_empty() => return Ok(value),
        Some(_) => (format!("поле {name} пустое"), format!("the field {name} is empty")),
        None => (format!("нет поля {name}"), format!("the field {name} is missing")),
    };
    Err(Problem::invalid("field_missing", ru, en).with("field", name))
}

/// The rubric of a `content_mode`.
///
/// # Errors
/// 422 that names the three.
pub(crate) fn mode(web: &Web, content_mode: Option<&str>) -> Result<Rubric, Problem> {
    let Some(mode) = content_mode.and_then(Mode::parse) else {
        let names = Mode::ALL.map(|mode| format!("«{}»", mode.as_str())).join(", ");
        return Err(Problem::invalid(
            "content_mode",
            format!("content_mode — одно из трёх: {names}"),
            format!("content_mode is one of three: {names}"),
        )
        .with("field", "content_mode")
        .with("allowed", Mode::ALL.map(Mode::as_str).to_vec()));
    };
    Ok(web.app().rubric(mode.rubric_id())?)
}
