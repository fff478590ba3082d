//! The live client.
//!
//! Refusals travel under status 200, so the policy's repeats are steered from the answer's body:
//! a spent minute and an internal error are handed to the policy as failures that may pass.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use futures::StreamExt as _;
use http_client::{
    Answer, ByStatus, Classify, Exchange, HttpClient, HttpClientConfig, HttpError, Refusal, Repeat, Verdict,
    http::Method as Verb,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::{
    Account, CallsRequest, CommunicationId, Credentials, Employee, LegsRequest, LimitKind, Page, PageRequest,
    Points, Recognition, RecordingRef, RecordingStream, SessionId, Tag, TagId, UisApi, UisCall, UisConfig,
    UisError, UisLeg, WallWindow,
    dialogue::{self, Carrier, Method},
    sound, wire,
};

/// Largest answer of the Data API: 10 000 rows of a few KiB.
const MOST_BYTES: usize = 64 << 20;

/// UIS over the network. A cheap handle: clones share connections, pace and the session.
#[derive(Clone)]
pub struct UisClient(Arc<Shared>);

struct Shared {
    config: UisConfig,
    api: HttpClient,
    media: HttpClient,
    next_id: AtomicU64,
    points: Mutex<Points>,
    /// The key of a session, and one login at a time.
    session: tokio::sync::Mutex<Option<SecretString>>,
}

impl std::fmt::Debug for UisClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UisClient").field("api", &self.0.config.api.as_str()).finish_non_exhaustive()
    }
}

impl UisClient {
    /// A client with the program's HTTP policy (proxy, certificates, patience), adapted to the
    /// Data API and to the media host.
    ///
    /// # Errors
    /// [`UisError::Config`] when the policy cannot be set up.
    pub fn new(config: UisConfig, http: &HttpClientConfig) -> Result<Self, UisError> {
        let build = |policy| HttpClient::new(policy).map_err(|error| UisError::Config(error.to_string()));
        let api = build(config.api_policy(http.clone()))?;
        let media = build(config.media_policy(http.clone()))?;
        Ok(Self::over(config, api, media))
    }

    /// A client over HTTP clients made elsewhere: one for the Data API, one for recordings.
    pub fn over(config: UisConfig, api: HttpClient, media: HttpClient) -> Self {
        Self(Arc::new(Shared {
            config,
            api,
            media,
            next_id: AtomicU64::new(1),
            points: Mutex::default(),
            session: tokio::sync::Mutex::default(),
        }))
    }

    /// The key for the next request; logs in where there is none yet, or where `stale` is it.
    async fn key(&self, stale: Option<&str>) -> Result<SecretString, UisError> {
        let (login, password) = match &self.0.config.credentials {
            Credentials::Key(key) => return Ok(key.clone()),
            Credentials::Login { login, password } => (login, password),
        };
        let mut session = self.0.session.lock().await;
        if let Some(key) = session.as_ref()
            && stale != Some(key.expose_secret())
        {
            return Ok(key.clone());
        }
        let method = Method { name: "login.user", repeatable: true };
        let result = self.send(method, json!({"login": login, "password": password.expose_secret()})).await?;
        let key = result.pointer("/data/access_token").and_then(Value::as_str);
        let key = key.ok_or_else(|| UisError::BadAnswer {
            method: method.name.into(),
            reason: "no access_token in it".into(),
        })?;
        let key = SecretString::from(key.to_owned());
        *session = Some(key.clone());
        Ok(key)
    }

    /// One request, all parameters in it, under the policy.
    async fn send(&self, method: Method, params: Value) -> Result<Value, UisError> {
        let shared = &self.0;
        let id = shared.next_id.fetch_add(1, Ordering::Relaxed);
        let body = json!({"jsonrpc": "2.0", "id": id, "method": method.name, "params": params}).to_string();
        let exchange = Exchange {
            name: span(method.name),
            repeat: if method.repeatable { Repeat::Freely } else { Repeat::OnlyIfUnsent },
            classify: &InsideOut,
            timeout: None,
        };
        let build = || {
            let request = shared.api.request(Verb::POST, shared.config.api.clone());
            let request = request.header("content-type", "application/json; charset=UTF-8");
            let request = request.body(body.clone()).build().map_err(HttpError::from);
            async { request }
        };
        // what the last answer said, when it was handed to the policy as a failure
        let said = Mutex::new(None);
        let read = |answer: Answer| async {
            // a failure without words of UIS must not be told in the words of an earlier one
            set(&said, None);
            let body = answer.bytes(MOST_BYTES).await?;
            let error = match wire::decode(method.name, &body) {
                Ok(answer) => {
                    if let Some(points) = answer.points {
                        set(&shared.points, points);
                    }
                    match answer.outcome {
                        Ok(result) => return Ok(Ok(result)),
                        Err(error) => error,
                    }
                }
                Err(error) => error,
            };
            let Some(passing) = passing(method.name, &error) else { return Ok(Err(error)) };
            if let (UisError::LimitExceeded { .. }, Some(reset)) = (&error, error.retry_after()) {
                // everyone waits, not this request alone
                shared.api.pause(reset);
            }
            set(&said, Some(error));
            Err(passing)
        };
        match shared.api.exchange_and_read(&exchange, build, read).await {
            Ok(outcome) => outcome,
            Err(error) => {
                let said = said.lock().unwrap_or_else(PoisonError::into_inner).take();
                Err(said.unwrap_or_else(|| failed(method.name, error)))
            }
        }
    }
}

fn set<T>(place: &Mutex<T>, value: T) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = value;
}

/// Names of exchanges in spans and errors.
fn span(method: &str) -> &'static str {
    match method {
        "get.account" => "uis.account",
        "get.calls_report" => "uis.calls_report",
        "get.call_legs_report" => "uis.call_legs_report",
        "get.employees" => "uis.employees",
        "get.tags" => "uis.tags",
        "login.user" => "uis.login",
        "getobj.call_session_recognition_info" => "uis.recognition",
        _ => "uis.write",
    }
}

/// As a failure of transport, where a repeat may help; `None` = final.
fn passing(method: &str, error: &UisError) -> Option<HttpError> {
    let what = format!("UIS {method}");
    match error {
        // a day is no short trouble; the error itself tells when to come back
        UisError::LimitExceeded { kind: LimitKind::Day, .. } => None,
        UisError::LimitExceeded { reset, .. } => Some(HttpError::RateLimited { what, retry_after: *reset }),
        UisError::Unavailable { reason, retry_after, unsure, .. } => Some(HttpError::Unavailable {
            what,
            reason: reason.clone(),
            retry_after: *retry_after,
            unsure: *unsure,
        }),
        UisError::BadAnswer { reason, .. } => {
            Some(HttpError::Unavailable { what, reason: reason.clone(), retry_after: None, unsure: true })
        }
        _ => None,
    }
}

/// Reads refusals with a status: the error of UIS inside, if there is one, says more than the status.
struct InsideOut;

impl Classify for InsideOut {
    fn verdict(&self, refusal: &Refusal) -> Verdict {
        match said_inside("", refusal) {
            Some(UisError::LimitExceeded { kind: LimitKind::Day, .. }) => Verdict::Final,
            Some(error @ UisError::LimitExceeded { .. }) => {
                Verdict::Again { after: error.retry_after(), slow_down: true }
            }
            Some(UisError::Unavailable { retry_after, .. }) => Verdict::Unsure { after: retry_after },
            Some(_) => Verdict::Final,
            None => ByStatus.verdict(refusal),
        }
    }
}

fn said_inside(method: &str, refusal: &Refusal) -> Option<UisError> {
    wire::decode(method, &refusal.body).ok()?.outcome.err()
}

/// What a failure without an answer of UIS means.
fn failed(method: &str, error: HttpError) -> UisError {
    let unsure = error.may_have_applied();
    let retry_after = error.retry_after();
    let reason = error.to_string();
    let unavailable = |reason| UisError::Unavailable { what: "UIS".into(), reason, retry_after, unsure };
    match error {
        HttpError::Refused(refusal) => {
            said_inside(method, &refusal).unwrap_or_else(|| match refusal.status {
                401 | 403 => UisError::Forbidden {
                    message: format!("{method}: HTTP {}, by UIS or something on the way", refusal.status),
                },
                404 | 405 => UisError::Config(format!(
                    "there is no Data API at that address (HTTP {}); check UIS_DATA_API_URL",
                    refusal.status
                )),
                status if refusal.is_retryable() => unavailable(format!("HTTP {status}")),
                status => UisError::BadAnswer { method: method.into(), reason: format!("HTTP {status}") },
            })
        }
        HttpError::RateLimited { .. } => {
            UisError::LimitExceeded { kind: LimitKind::Minute, reset: retry_after }
        }
        HttpError::TooLarge { .. } | HttpError::UnexpectedResponse { .. } => {
            UisError::BadAnswer { method: method.into(), reason }
        }
        HttpError::Unauthorized { .. } => UisError::Config("the proxy refuses us; check UIS_PROXY".into()),
        HttpError::Untrusted { reason, .. } => UisError::Untrusted { reason },
        HttpError::InvalidRequest { .. } => UisError::Config(reason),
        _ => unavailable(reason),
    }
}

#[async_trait]
impl Carrier for UisClient {
    async fn carry(&self, method: Method, params: Value) -> Result<Value, UisError> {
        let key = self.key(None).await?;
        let outcome = self.send(method, self.signed(&params, &key)).await;
        let session = matches!(self.0.config.credentials, Credentials::Login { .. });
        match outcome {
            // a session ends after an hour; blocked users and wrong passwords are not tried again
            Err(UisError::Unauthorized { mnemonic, .. })
                if session
                    && matches!(mnemonic.as_str(), "access_token_invalid" | "access_token_expired") =>
            {
                let key = self.key(Some(key.expose_secret())).await?;
                self.send(method, self.signed(&params, &key)).await
            }
            outcome => outcome,
        }
    }
}

impl UisClient {
    fn signed(&self, params: &Value, key: &SecretString) -> Value {
        let mut params = params.clone();
        if let Some(params) = params.as_object_mut() {
            params.insert("access_token".into(), key.expose_secret().into());
            if let Some(user) = self.0.config.user_id {
                params.insert("user_id".into(), user.into());
            }
        }
        params
    }
}

#[async_trait]
impl UisApi for UisClient {
    async fn account(&self) -> Result<Account, UisError> {
        dialogue::account(self).await
    }

    async fn calls_page(&self, request: &CallsRequest) -> Result<Page<UisCall>, UisError> {
        dialogue::calls_page(self, request).await
    }

    async fn call(&self, id: SessionId, window: WallWindow) -> Result<Option<UisCall>, UisError> {
        dialogue::call(self, id, window).await
    }

    async fn legs_page(&self, request: &LegsRequest) -> Result<Page<UisLeg>, UisError> {
        dialogue::legs_page(self, request).await
    }

    async fn employees_page(&self, page: PageRequest) -> Result<Page<Employee>, UisError> {
        dialogue::employees_page(self, page).await
    }

    async fn tags_page(&self, page: PageRequest) -> Result<Page<Tag>, UisError> {
        dialogue::tags_page(self, page).await
    }

    async fn create_tag(&self, name: &str) -> Result<TagId, UisError> {
        dialogue::create_tag(self, name).await
    }

    async fn set_tags(&self, communication: CommunicationId, tags: &[TagId]) -> Result<(), UisError> {
        dialogue::set_tags(self, communication, tags).await
    }

    async fn add_tag(&self, communication: CommunicationId, tag: TagId) -> Result<(), UisError> {
        dialogue::add_tag(self, communication, tag).await
    }

    async fn remove_tag(&self, communication: CommunicationId, tag: TagId) -> Result<(), UisError> {
        dialogue::remove_tag(self, communication, tag).await
    }

    async fn add_comment(&self, communication: CommunicationId, comment: &str) -> Result<(), UisError> {
        dialogue::add_comment(self, communication, comment).await
    }

    async fn order_recognition(&self, session: SessionId) -> Result<(), UisError> {
        dialogue::order_recognition(self, session).await
    }

    async fn recognition(&self, session: SessionId) -> Result<Option<Recognition>, UisError> {
        dialogue::recognition(self, session).await
    }

    async fn recording(&self, recording: &RecordingRef) -> Result<RecordingStream, UisError> {
        let shared = &self.0;
        let url = shared.config.recording_url(recording)?;
        let exchange =
            Exchange { name: "uis.recording", repeat: Repeat::Freely, classify: &ByStatus, timeout: None };
        let build = || {
            // compressed bytes would not have the promised length
            let request = shared.media.request(Verb::GET, url.clone()).header("accept-encoding", "identity");
            let request = request.build().map_err(HttpError::from);
            async { request }
        };
        let said = Mutex::new(None);
        let read = |answer: Answer| async {
            set(&said, None);
            if !shared.config.is_trusted(answer.url()) {
                return Ok(Err(UisError::NotSound { found: "a redirect to a foreign host".into() }));
            }
            let length = answer.content_length();
            let pieces = answer.stream().map(|piece| piece.map_err(|error| error.to_string())).boxed();
            match sound::open(length, shared.config.max_recording, pieces).await {
                Ok(stream) => Ok(Ok(stream)),
                Err(error @ (UisError::NotSound { .. } | UisError::RecordingTruncated { .. })) => {
                    let (what, reason) = ("uis.recording".to_owned(), error.to_string());
                    set(&said, Some(error));
                    Err(HttpError::Unavailable { what, reason, retry_after: None, unsure: true })
                }
                Err(error) => Ok(Err(error)),
            }
        };
        match shared.media.exchange_and_read(&exchange, build, read).await {
            Ok(outcome) => outcome,
            Err(HttpError::Refused(refusal)) => Err(sound::refused(refusal.status, &refusal.body)),
            Err(error) => {
                let said = said.lock().unwrap_or_else(PoisonError::into_inner).take();
                Err(said.unwrap_or_else(|| match failed("the recording", error) {
                    UisError::Unavailable { reason, retry_after, .. } => UisError::Unavailable {
                        what: "the UIS media host".into(),
                        reason,
                        retry_after,
                        unsure: false,
                    },
                    other => other,
                }))
            }
        }
    }

    fn points(&self) -> Points {
        *self.0.points.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
