//! One attempt: a signed POST, its answer read no further than its status.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http_client::{CircuitPolicy, Exchange, HttpClient, HttpClientConfig, HttpError, RetryPolicy, reqwest};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use store::{Delivery, DeliveryTarget, StoreError};
use url::Url;

use super::courier::Failed;
use super::signature::signature;
use crate::Web;

/// Whoever takes a webhook answers at once and works afterwards.
const PATIENCE: Duration = Duration::from_secs(20);
const ANSWER: usize = 64 << 10;

/// What is sent, and where to.
pub(super) struct Post {
    url: String,
    /// Who configured the address knows where it leads; one that came in through the API is guarded.
    trusted: bool,
    secret: SecretString,
    /// Sent along as `Authorization: Bearer`.
    bearer: Option<SecretString>,
    event: String,
    number: i64,
    key: String,
    body: String,
}

impl Post {
    /// `None` where the target is gone.
    pub(super) async fn of(web: &Web, delivery: &Delivery) -> Result<Option<Self>, StoreError> {
        let settings = &web.config().server;
        let what = &delivery.what;
        let post = |url: String, trusted, secret, bearer| Self {
            url,
            trusted,
            secret,
            bearer,
            event: what.event.clone(),
            number: delivery.id.0,
            key: hex::encode(
                Sha256::digest(what.key.as_bytes()).iter().take(16).copied().collect::<Vec<u8>>(),
            ),
            body: what.body.clone(),
        };
        match what.target {
            DeliveryTarget::Crm => Ok(settings.crm_url.clone().map(|url| {
                let secret = settings.crm_secret.clone();
                post(url, true, secret.clone().unwrap_or_default(), secret)
            })),
            DeliveryTarget::Subscription(id) => {
                let all = web.store().subscriptions().await?;
                Ok(all.into_iter().find(|one| one.id == id).map(|one| {
                    let trusted = settings.result_webhooks.contains(&one.wish.url);
                    post(one.wish.url, trusted, one.wish.secret.into(), None)
                }))
            }
            // those leave by another way
            DeliveryTarget::Telegram | DeliveryTarget::Mail | DeliveryTarget::Uis => Ok(None),
        }
    }
}

/// The two ways out.
#[derive(Clone)]
pub(super) struct Sender {
    guarded: HttpClient,
    trusted: HttpClient,
}

impl Sender {
    /// Each attempt is one request: the outbox repeats.
    pub(super) fn new(web: &Web) -> Result<Self, HttpError> {
        let policy = HttpClientConfig {
            total_timeout: Some(PATIENCE),
            read_timeout: PATIENCE,
            retry: RetryPolicy { attempts: 1, ..RetryPolicy::default() },
            // each address is another server: one that is down says nothing of the others
            circuit: CircuitPolicy { failures: 0, ..CircuitPolicy::default() },
            ..HttpClientConfig::default()
        };
        let guarded = HttpClientConfig { guard: Some(web.app().address_guard()), ..policy.clone() };
        Ok(Self { guarded: HttpClient::new(guarded)?, trusted: HttpClient::new(policy)? })
    }

    /// The status of an answer that says that it was taken.
    pub(super) async fn send(&self, post: &Post, now: DateTime<Utc>) -> Result<u16, Failed> {
        let client = if post.trusted { &self.trusted } else { &self.guarded };
        let url = Url::parse(&post.url).map_err(|_| failed("the address is none", true))?;
        let exchange = Exchange::new("outgoing.webhook");
        let answer = client.exchange(&exchange, || async { request(client, &url, post, now) }).await;
        match answer {
            Ok(answer) if *answer.url() != url => {
                Err(failed("the address redirects; give the new one", false))
            }
            Ok(answer) if answer.status().is_success() => {
                let status = answer.status().as_u16();
                // read to its end, so that the connection serves again; what it says does not matter
                let _ = answer.bytes(ANSWER).await;
                Ok(status)
            }
            Ok(answer) => {
                let status = answer.status().as_u16();
                Err(Failed { status: Some(status), ..failed("the answer is a redirect", false) })
            }
            Err(error) => Err(refused(&error)),
        }
    }
}

fn request(
    client: &HttpClient,
    url: &Url,
    post: &Post,
    now: DateTime<Utc>,
) -> Result<reqwest::Request, HttpError> {
    let mut request = client
        .request(reqwest::Method::POST, url.clone())
        .header("Content-Type", "application/json")
        .header("X-Zvonar-Event", &post.event)
        .header("X-Zvonar-Delivery", post.number)
        .header("Idempotency-Key", &post.key);
    if let Some(signature) = signature(post.secret.expose_secret(), now, post.body.as_bytes()) {
        request = request.header("X-Zvonar-Signature", signature);
    }
    if let Some(bearer) = &post.bearer {
        request = request.bearer_auth(bearer.expose_secret());
    }
    Ok(request.body(post.body.clone()).build()?)
}

/// A refusal in words without the body: it may hold anything.
fn refused(error: &HttpError) -> Failed {
    let HttpError::Refused(refusal) = error else {
        let for_good = matches!(error, HttpError::InvalidRequest { .. });
        return Failed { wait: error.retry_after(), ..failed(&error.to_string(), for_good) };
    };
    let status = refusal.status;
    Failed {
        status: Some(status),
        why: format!("answered {status}"),
        wait: error.retry_after(),
        // «Gone»: the one way to say «never again»
        for_good: status == 410,
    }
}

fn failed(why: &str, for_good: bool) -> Failed {
    Failed { status: None, why: why.chars().take(300).collect(), wait: None, for_good }
}
