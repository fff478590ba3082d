//! `/api/v1/webhooks`: who wants to be told.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use store::{DeliveryTarget, NewSubscription, Subscription, SubscriptionId};
use url::Url;
use utoipa::ToSchema;

use super::deliveries::target;
use super::event;
use crate::Web;
use crate::access::{Deed, Viewer, fresh_secret};
use crate::api::{Body, Named, ProblemShape, tags, wrong};
use crate::problem::Problem;

/// Numbers of those that the settings ask for.
const FROM_SETTINGS: &str = "outgoing/from_settings";
const MOST: usize = 50;
const LONGEST_URL: usize = 2_000;
const LONGEST_SECRET: usize = 200;

/// Somebody who wants to be told.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct NewWebhook {
    /// `http` or `https`, on the public internet.
    #[schema(example = "https://crm.example.com/zvonar")]
    url: String,
    /// `call.done`, `call.failed`, `call.overridden`; nothing = all.
    #[serde(default)]
    #[schema(example = json!(["call.done"]))]
    events: Vec<EventName>,
    /// What bodies are signed with; unless given, one is made and told once.
    #[serde(default)]
    #[schema(min_length = 16, max_length = 200)]
    secret: Option<String>,
}

/// What may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = WebhookEvent)]
pub(crate) enum EventName {
    /// Nothing more happens to the call by itself; its `status` says how it ended.
    #[serde(rename = "call.done")]
    Done,
    /// The call ended in a trouble that a person may mend.
    #[serde(rename = "call.failed")]
    Failed,
    /// A person put a verdict in place of the machine's, or took it back.
    #[serde(rename = "call.overridden")]
    Overridden,
}

impl EventName {
    fn as_str(self) -> &'static str {
        match self {
            Self::Done => event::DONE,
            Self::Failed => event::FAILED,
            Self::Overridden => event::OVERRIDDEN,
        }
    }
}

/// A subscription.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = Webhook)]
pub(crate) struct WebhookShape {
    id: i64,
    url: String,
    /// Empty = all.
    events: Vec<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// It stands in the settings and goes when it goes there.
    from_settings: bool,
    /// Told once, when it was made here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    secret: Option<String>,
}

impl WebhookShape {
    fn new(web: &Web, one: Subscription, secret: Option<String>) -> Self {
        Self {
            id: one.id.0,
            from_settings: web.config().server.result_webhooks.contains(&one.wish.url),
            url: one.wish.url,
            events: one.wish.events,
            created_at: one.created_at.to_rfc3339(),
            secret,
        }
    }
}

/// Everybody who wants to be told.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct WebhookList {
    webhooks: Vec<WebhookShape>,
    /// Results are written back to a CRM too; its log is that of the id `crm`.
    crm: bool,
    /// Always null: there are few.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// Webhooks
#[utoipa::path(
    get, path = "/api/v1/webhooks", tag = tags::OUTGOING, operation_id = "list_webhooks",
    responses((status = 200, description = "All of them", body = WebhookList)),
)]
pub(crate) async fn list(State(web): State<Web>) -> Result<Json<WebhookList>, Problem> {
    let all = web.store().subscriptions().await?;
    let webhooks = all.into_iter().map(|one| WebhookShape::new(&web, one, None)).collect();
    Ok(Json(WebhookList { webhooks, crm: web.config().server.crm_url.is_some(), next_cursor: None }))
}

/// Be told
///
/// Each event is a POST of `{"event","at","call"}` with the headers `X-Zvonar-Event`, `X-Zvonar-Delivery` (the
/// same when it is sent again), `Idempotency-Key` and `X-Zvonar-Signature: t=…,v1=…`, where `v1` is hex
/// HMAC-SHA256 under the secret over `t`, a dot and the body. What is not taken with a 2xx within 20 s is sent
/// again for a day.
#[utoipa::path(
    post, path = "/api/v1/webhooks", tag = tags::OUTGOING, operation_id = "subscribe",
    request_body(content = NewWebhook, example = json!({
        "url": "https://crm.example.com/zvonar", "events": ["call.done"] })),
    responses(
        (status = 201, description = "It is told from now on; the secret is shown this once", body = WebhookShape),
        (status = 409, description = "There are too many", body = ProblemShape, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn subscribe(
    State(web): State<Web>,
    viewer: Viewer,
    Body(wish): Body<NewWebhook>,
) -> Result<(StatusCode, Json<WebhookShape>), Problem> {
    let url = address(&web, &wish.url)?;
    if let Some(secret) = &wish.secret
        && !(16..=LONGEST_SECRET).contains(&secret.chars().count())
    {
        return Err(wrong("secret", "от 16 до 200 знаков", "16 to 200 letters"));
    }
    if web.store().subscriptions().await?.len() >= MOST {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "too_many",
            "подписок уже 50, удалите лишние",
            "there are 50 webhooks already, delete some",
        ));
    }
    let made = wish.secret.is_none().then(fresh_secret);
    let secret = wish.secret.or_else(|| made.clone()).unwrap_or_default();
    let mut events: Vec<String> = wish.events.into_iter().map(|event| event.as_str().to_owned()).collect();
    events.sort();
    events.dedup();
    let now = web.clock().now();
    let kept = web.store().add_subscription(&NewSubscription { url, events, secret }, now).await?;
    web.audit(&viewer.name, Deed::Settings, &format!("webhook {}", kept.id.0)).await;
    Ok((StatusCode::CREATED, Json(WebhookShape::new(&web, kept, made))))
}

fn address(web: &Web, text: &str) -> Result<String, Problem> {
    let url = Url::parse(text.trim()).ok().filter(|_| text.len() <= LONGEST_URL);
    let url = url.ok_or_else(|| wrong("url", "это не адрес", "this is no address"))?;
    web.app().address_guard().check(&url).map_err(|refused| {
        wrong("url", &format!("сюда не отправляем: {refused}"), &format!("nothing is sent there: {refused}"))
            .hint(
                "адрес во внутренней сети разрешает ZVONAR_ALLOW_PRIVATE_URLS",
                "an address inside the house is allowed by ZVONAR_ALLOW_PRIVATE_URLS",
            )
    })?;
    Ok(url.into())
}

/// Be told no more
///
/// With everything that waits to be sent there.
#[utoipa::path(
    delete, path = "/api/v1/webhooks/{id}", tag = tags::OUTGOING, operation_id = "unsubscribe",
    params(("id" = i64, Path, description = "The webhook", example = 1)),
    responses((status = 204, description = "It is gone")),
)]
pub(crate) async fn unsubscribe(
    State(web): State<Web>,
    viewer: Viewer,
    Named(id): Named<i64>,
) -> Result<StatusCode, Problem> {
    if !web.store().remove_subscription(SubscriptionId(id)).await? {
        return Err(Problem::not_found());
    }
    web.audit(&viewer.name, Deed::Settings, &format!("webhook {id} removed")).await;
    Ok(StatusCode::NO_CONTENT)
}

/// A delivery that was queued.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Queued {
    /// Where its fate is told.
    #[schema(example = "/api/v1/webhooks/1/deliveries")]
    deliveries_url: String,
}

/// Try the line
///
/// Sends an event `ping`.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/test", tag = tags::OUTGOING, operation_id = "test_webhook",
    params(("id" = String, Path, description = "The webhook, or `crm`", example = "1")),
    responses((status = 202, description = "It is on its way", body = Queued)),
)]
pub(crate) async fn test(
    State(web): State<Web>,
    Named(id): Named<String>,
) -> Result<(StatusCode, Json<Queued>), Problem> {
    let target = target(&web, &id).await?;
    let now = web.clock().now();
    web.store().queue_deliveries(&[event::ping(target, now)], now).await?;
    web.outbox().notify_one();
    Ok((StatusCode::ACCEPTED, Json(Queued { deliveries_url: format!("/api/v1/webhooks/{id}/deliveries") })))
}

/// Webhooks of the settings become subscriptions; those that the settings name no more go.
///
/// # Errors
/// When the store fails.
pub(super) async fn follow_settings(web: &Web) -> Result<(), Problem> {
    let (store, settings, now) = (web.store(), &web.config().server, web.clock().now());
    let secret = settings.result_webhook_secret.as_ref().map(|secret| secret.expose_secret().to_owned());
    if secret.is_none() && !settings.result_webhooks.is_empty() {
        tracing::warn!("webhooks of the settings are sent unsigned: set ZVONAR_WEBHOOK_SECRET");
    }
    let secret = secret.unwrap_or_default();
    let known: Vec<i64> = store
        .setting(FROM_SETTINGS)
        .await?
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    let mut standing = Vec::new();
    for one in store.subscriptions().await? {
        if !known.contains(&one.id.0) {
            continue;
        }
        if settings.result_webhooks.contains(&one.wish.url) && one.wish.secret == secret {
            standing.push(one);
        } else {
            store.remove_subscription(one.id).await?;
        }
    }
    let mut ids: Vec<i64> = standing.iter().map(|one| one.id.0).collect();
    for url in &settings.result_webhooks {
        if !standing.iter().any(|one| one.wish.url == *url) {
            let wish = NewSubscription { url: url.clone(), events: Vec::new(), secret: secret.clone() };
            ids.push(store.add_subscription(&wish, now).await?.id.0);
        }
    }
    let text = serde_json::to_string(&ids).unwrap_or_default();
    store.set_setting(FROM_SETTINGS, &text).await?;
    Ok(())
}

/// The target of a path: a number, or `crm`.
pub(super) fn target_of(id: &str) -> Option<DeliveryTarget> {
    match id {
        "crm" => Some(DeliveryTarget::Crm),
        id => id.parse().ok().map(|id| DeliveryTarget::Subscription(SubscriptionId(id))),
    }
}
