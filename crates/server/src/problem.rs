//! What goes wrong, as `application/problem+json` (RFC 9457) or as a page.
//!
//! A problem knows both languages; which one is spoken is decided at the door, where the request's
//! `Accept-Language` is at hand. So handlers need no language for their errors.

use std::borrow::Cow;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use app::AppError;
use axum::response::{IntoResponse, Response};
use domain::Lang;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};
use store::StoreError;

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Both {
    ru: Cow<'static, str>,
    en: Cow<'static, str>,
}

impl Both {
    /// The text in one of them.
    pub(crate) fn pick(&self, lang: Lang) -> &str {
        lang.pick(&self.ru, &self.en)
    }
}

/// A refusal or a failure, for a program (`code`) and for a person. Boxed: it rides in many results.
#[derive(Debug, Clone)]
pub(crate) struct Problem(Box<Told>);

/// What a [`Problem`] says.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// HTTP status.
    pub(crate) status: StatusCode,
    /// Stable, for programs: `not_found`, `content_mode`, …
    pub(crate) code: &'static str,
    /// What happened and why.
    pub(crate) detail: Both,
    /// What to do next; may be empty.
    pub(crate) hint: Both,
    /// When to come again.
    pub(crate) retry_after: Option<Duration>,
    /// More members of the object.
    extra: Map<String, Value>,
}

impl Deref for Problem {
    type Target = Told;

    fn deref(&self) -> &Told {
        &self.0
    }
}

impl DerefMut for Problem {
    fn deref_mut(&mut self) -> &mut Told {
        &mut self.0
    }
}

impl Problem {
    /// A problem in both languages.
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        ru: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Told {
            status,
            code,
            detail: Both { ru: ru.into(), en: en.into() },
            hint: Both::default(),
            retry_after: None,
            extra: Map::new(),
        }))
    }

    /// With the next step.
    pub(crate) fn hint(mut self, ru: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Both { ru: ru.into(), en: en.into() };
        self
    }

    /// With `Retry-After`.
    pub(crate) fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// With a further member.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(name.to_owned(), value.into());
        self
    }

    /// There is no such thing, or it is not for this viewer: nobody is told which.
    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "такого здесь нет", "there is no such thing here").hint(
            "проверьте адрес; звонок могли удалить, или он не ваш",
            "check the address; the call may have been erased, or it is not yours",
        )
    }

    /// What was sent cannot be used.
    pub(crate) fn invalid(
        code: &'static str,
        ru: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, ru, en)
    }

    /// Something broke on our side; the log says what.
    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "внутренняя ошибка; запись о ней — в журнале",
            "an internal error; the log tells more",
        )
        .hint("повторите; если не помогло — zvonar doctor", "try again; else: zvonar doctor")
    }

    /// The object in a language.
    pub(crate) fn json(&self, lang: Lang) -> Value {
        let mut object = self.extra.clone();
        object.insert("type".to_owned(), json!("about:blank"));
        object.insert("title".to_owned(), json!(title(self.status, lang)));
        object.insert("status".to_owned(), json!(self.status.as_u16()));
        object.insert("detail".to_owned(), json!(self.detail.pick(lang)));
        object.insert("code".to_owned(), json!(self.code));
        object.insert("hint".to_owned(), json!(self.hint.pick(lang)));
        Value::Object(object)
    }

    /// The answer in a language.
    pub(crate) fn respond(&self, lang: Lang) -> Response {
        let body = self.json(lang).to_string();
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (self.status, [(header::CONTENT_TYPE, kind)], body).into_response();
        self.add_headers(&mut response);
        response
    }

    /// The headers that come with it, whatever the body looks like.
    pub(crate) fn add_headers(&self, response: &mut Response) {
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"zvonar\""));
        }
    }
}

/// The status in words.
pub(crate) fn title(status: StatusCode, lang: Lang) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => lang.pick("Неверный запрос", "Bad request"),
        StatusCode::UNAUTHORIZED => lang.pick("Нужен вход", "Sign in first"),
        StatusCode::FORBIDDEN => lang.pick("Нет прав", "Not allowed"),
        StatusCode::NOT_FOUND => lang.pick("Не найдено", "Not found"),
        StatusCode::METHOD_NOT_ALLOWED => lang.pick("Метод не поддерживается", "Method not allowed"),
        StatusCode::REQUEST_TIMEOUT => lang.pick("Запрос шёл слишком долго", "Request timeout"),
        StatusCode::CONFLICT => lang.pick("Противоречие", "Conflict"),
        StatusCode::PAYLOAD_TOO_LARGE => lang.pick("Слишком много данных", "Payload too large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => lang.pick("Неподходящий вид данных", "Unsupported media type"),
        StatusCode::UNPROCESSABLE_ENTITY => lang.pick("Данные не подходят", "Unprocessable content"),
        StatusCode::TOO_MANY_REQUESTS => lang.pick("Слишком часто", "Too many requests"),
        StatusCode::SERVICE_UNAVAILABLE => lang.pick("Временно недоступно", "Unavailable"),
        StatusCode::BAD_GATEWAY => lang.pick("Внешний сервис отказал", "Bad gateway"),
        _ if status.is_server_error() => lang.pick("Ошибка сервера", "Server error"),
        _ => lang.pick("Ошибка", "Error"),
    }
}

/// The door speaks the language of the request; until then the problem travels beside the answer.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.respond(Lang::Ru);
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let (ru, en) = (app::store_error(Lang::Ru, &error), app::store_error(Lang::En, &error));
        let (status, wait) = match &error {
            StoreError::Unavailable(_) | StoreError::NotWritable(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, Some(Duration::from_secs(5)))
            }
            StoreError::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, None),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, None),
        };
        if status.is_server_error() {
            tracing::error!(%error, "the store failed");
        }
        let mut problem = Self::new(status, "store", ru.message, en.message).hint(ru.hint, en.hint);
        problem.retry_after = wait;
        problem
    }
}

/// Told in the installation's language: the parts below know no other.
impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        let status = if error.refused {
            StatusCode::BAD_GATEWAY
        } else if error.code == "model_missing" || error.code == "store" {
            StatusCode::SERVICE_UNAVAILABLE
        } else if error.usage {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::INTERNAL_SERVER_ERROR
        };
        if status.is_server_error() {
            tracing::error!(code = error.code, %error, "a part failed");
        }
        let problem = Self::new(status, error.code, error.message.clone(), error.message);
        let problem = problem.hint(error.hint.clone(), error.hint);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            problem.retry_after(Duration::from_secs(30))
        } else {
            problem
        }
    }
}
