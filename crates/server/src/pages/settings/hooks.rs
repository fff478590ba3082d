//! Who is told of calls, and the log of what was sent. Addresses may hold secrets: pages show the host.

use askama::Template;
use axum::extract::{Query, RawForm, State};
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use store::{
    Cursor, Delivery, DeliveryFilter, DeliveryId, DeliveryState, DeliveryTarget, NewSubscription,
    PageRequest, StoreError, Subscription, SubscriptionId,
};
use url::Url;

use super::{Fields, Tab, TabLink, tabs};
use crate::Web;
use crate::access::{Deed, Viewer, fresh_secret};
use crate::outgoing::EVENTS;
use crate::pages::done::said;
use crate::pages::layout::{Frame, Place, page};
use crate::pages::reports::{call_at, with_query};
use crate::problem::Problem;

const HERE: &str = "/settings/webhooks";
const ROWS: u32 = 30;
/// Longer addresses are none.
const LONGEST: usize = 2_000;

#[derive(Debug, Clone)]
struct Hook {
    id: i64,
    host: String,
    events: String,
    since: String,
}

#[derive(Debug, Clone)]
struct LogRow {
    id: i64,
    at: String,
    instant: String,
    event: String,
    to: String,
    href: String,
    icon: &'static str,
    tone: &'static str,
    state: String,
    error: String,
    attempt: u32,
    again: bool,
}

#[derive(Template)]
#[template(path = "pages/settings/webhooks.html")]
struct Hooks {
    f: Frame,
    tabs: Vec<TabLink>,
    known: Vec<Hook>,
    events: Vec<&'static str>,
    log: Vec<LogRow>,
    failed_only: bool,
    next: Option<String>,
    later: bool,
    /// The secret that was made just now.
    secret: Option<String>,
    error: Option<String>,
    typed: String,
}

/// What of the log.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct LogQuery {
    state: Option<String>,
    after: Option<String>,
}

struct Said {
    secret: Option<String>,
    error: Option<String>,
    typed: String,
}

async fn render(web: &Web, f: Frame, query: &LogQuery, said: Said) -> Result<Response, Problem> {
    let store = web.store();
    let known = store.subscriptions().await?;
    let state = query.state.as_deref().and_then(DeliveryState::parse);
    let filter = DeliveryFilter { state, ..DeliveryFilter::default() };
    let after = query.after.clone().filter(|after| !after.is_empty()).map(Cursor);
    let read = match store.deliveries(&filter, PageRequest { after, limit: ROWS }).await {
        Err(StoreError::Invalid(_)) => {
            store.deliveries(&filter, PageRequest { after: None, limit: ROWS }).await?
        }
        other => other?,
    };
    let log = read.items.iter().map(|delivery| log_row(&f, delivery, &known)).collect();
    let next =
        read.next.map(|Cursor(after)| with_query(HERE, &LogQuery { after: Some(after), ..query.clone() }));
    let refused = said.error.is_some();
    let shown = Hooks {
        tabs: tabs(&f, Tab::Webhooks),
        known: known.iter().map(|each| hook(&f, each)).collect(),
        events: EVENTS.to_vec(),
        log,
        failed_only: state == Some(DeliveryState::Dead),
        next,
        later: query.after.is_some(),
        secret: said.secret,
        error: said.error,
        typed: said.typed,
        f,
    };
    let status = if refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, [(header::CACHE_CONTROL, "no-store")], page(&shown)?).into_response())
}

fn hook(f: &Frame, subscription: &Subscription) -> Hook {
    let events = &subscription.wish.events;
    Hook {
        id: subscription.id.0,
        host: host(&subscription.wish.url),
        events: if events.is_empty() { f.t.say("settings-hook-all") } else { events.join(", ") },
        since: f.t.moment(&subscription.created_at),
    }
}

fn host(url: &str) -> String {
    Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| "?".to_owned())
}

fn log_row(f: &Frame, delivery: &Delivery, known: &[Subscription]) -> LogRow {
    let t = &f.t;
    let to = match delivery.what.target {
        DeliveryTarget::Crm => t.say("settings-hook-crm"),
        DeliveryTarget::Telegram => "Telegram".to_owned(),
        DeliveryTarget::Mail => t.say("settings-hook-mail"),
        DeliveryTarget::Uis => "UIS".to_owned(),
        DeliveryTarget::Subscription(id) => known
            .iter()
            .find(|each| each.id == id)
            .map_or_else(|| "—".to_owned(), |each| host(&each.wish.url)),
    };
    let (icon, tone, state) = match delivery.state {
        DeliveryState::Done => ("met", "", t.say("settings-log-done")),
        DeliveryState::Leased => ("retry", "acc", t.say("settings-log-leased")),
        DeliveryState::Ready => {
            ("clock", "acc", t.put("settings-log-ready", "time", t.moment(&delivery.what.due_at)))
        }
        DeliveryState::Dead => ("close", "bad", t.say("settings-log-dead")),
    };
    LogRow {
        id: delivery.id.0,
        at: t.moment(&delivery.updated_at),
        instant: t.instant(&delivery.updated_at),
        event: delivery.what.event.clone(),
        to,
        href: delivery.what.call.map(|call| call_at(&call.to_string())).unwrap_or_default(),
        icon,
        tone,
        state,
        error: delivery.last_error.clone().unwrap_or_default(),
        attempt: delivery.attempt,
        again: delivery.state == DeliveryState::Dead,
    }
}

/// `GET /settings/webhooks`.
///
/// # Errors
/// When the store fails.
pub(super) async fn show(
    State(web): State<Web>,
    frame: Frame,
    Query(query): Query<LogQuery>,
) -> Result<Response, Problem> {
    let nothing = Said { secret: None, error: None, typed: String::new() };
    render(&web, frame.at(Place::Settings), &query, nothing).await
}

/// `POST /settings/webhooks`: a new one; its secret is shown this once.
///
/// # Errors
/// When the store fails.
pub(super) async fn add(
    State(web): State<Web>,
    viewer: Viewer,
    frame: Frame,
    form: RawForm,
) -> Result<Response, Problem> {
    let f = frame.at(Place::Settings);
    let fields = Fields::of(&form);
    let typed = fields.get("url").to_owned();
    let Some(url) = address(&typed) else {
        let error = Some(f.t.say("settings-hook-bad-url"));
        return render(&web, f, &LogQuery::default(), Said { secret: None, error, typed }).await;
    };
    let asked = fields.all("event");
    let events: Vec<String> = EVENTS
        .iter()
        .filter(|known| asked.iter().any(|each| each == *known))
        .map(ToString::to_string)
        .collect();
    let given = fields.get("secret").to_owned();
    let secret = if given.is_empty() { fresh_secret() } else { given.clone() };
    let wish = NewSubscription { url: url.to_string(), events, secret: secret.clone() };
    let made = web.store().add_subscription(&wish, web.clock().now()).await?;
    web.audit(&viewer.name, Deed::Settings, &format!("webhook {} added", made.id.0)).await;
    if given.is_empty() {
        let said = Said { secret: Some(secret), error: None, typed: String::new() };
        return render(&web, f, &LogQuery::default(), said).await;
    }
    Ok(crate::pages::done::said(HERE, "done-hook-added"))
}

/// A web address with a host; where it leads is looked at when something is sent.
fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|_| text.len() <= LONGEST)?;
    (matches!(url.scheme(), "https" | "http") && url.has_host()).then_some(url)
}

/// `POST /settings/webhooks/remove`.
///
/// # Errors
/// When the store fails.
pub(super) async fn remove(
    State(web): State<Web>,
    viewer: Viewer,
    form: RawForm,
) -> Result<Response, Problem> {
    let removed = match Fields::of(&form).get("id").parse() {
        Ok(id) if web.store().remove_subscription(SubscriptionId(id)).await? => Some(id),
        _ => None,
    };
    let Some(id) = removed else { return Ok(said(HERE, "done-gone")) };
    web.audit(&viewer.name, Deed::Settings, &format!("webhook {id} removed")).await;
    Ok(said(HERE, "done-hook-gone"))
}

/// `POST /settings/webhooks/retry`: sends a failed delivery once more.
///
/// # Errors
/// When the store fails.
pub(super) async fn retry(
    State(web): State<Web>,
    viewer: Viewer,
    form: RawForm,
) -> Result<Response, Problem> {
    let again = match Fields::of(&form).get("id").parse() {
        Ok(id) if web.store().retry_delivery(DeliveryId(id), web.clock().now()).await? => Some(id),
        _ => None,
    };
    let Some(id) = again else { return Ok(said(HERE, "done-gone")) };
    web.audit(&viewer.name, Deed::Queue, &format!("delivery {id}")).await;
    Ok(said(HERE, "done-hook-retried"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_are_told() {
        assert!(address("https://crm.example/hook?key=1").is_some());
        for text in
            ["", "crm.example", "ftp://crm.example", "javascript:alert(1)", "https://", "file:///etc/passwd"]
        {
            assert!(address(text).is_none(), "{text}");
        }
        assert_eq!(host("https://crm.example/secret"), "crm.example");
    }
}
