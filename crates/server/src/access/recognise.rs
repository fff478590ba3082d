//! From a request to a person or a program: a token, a session, or this machine while there are no users.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum_extra::extract::CookieJar;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Extensions, HeaderMap, header};
use store::StoreError;

use super::{Role, Scope, Via, Viewer, host, secret};
use crate::Web;
use crate::problem::Problem;

/// A session lives so long after its last use.
pub(crate) const SESSION: TimeDelta = TimeDelta::days(7);

/// And never longer than this, however often it is used.
pub(crate) const LONGEST_SESSION: TimeDelta = TimeDelta::days(30);

/// The use of a session is remembered this often: it is a write.
const SESSION_STEP: TimeDelta = TimeDelta::minutes(10);

/// The use of a token is remembered this often.
const TOKEN_STEP: TimeDelta = TimeDelta::minutes(1);

/// Who asks. A token that is shown and not known is an error, whatever else comes with it.
pub(crate) async fn recognise(
    web: &Web,
    headers: &HeaderMap,
    extensions: &Extensions,
    authority: Option<&str>,
) -> Result<Option<Viewer>, Problem> {
    if let Some(authorization) = headers.get(header::AUTHORIZATION) {
        let shown = authorization.to_str().ok().and_then(bearer).ok_or_else(unknown_token)?;
        return by_secret(web, shown, peer(headers, extensions)).await.map(Some);
    }
    if let Some(cookie) = CookieJar::from_headers(headers).get(cookie_name(web, headers))
        && let Some(viewer) = by_session(web, cookie.value()).await?
    {
        return Ok(Some(viewer));
    }
    let local = is_local(web, headers, extensions, authority);
    let open = local && !web.is_guarded().await?;
    Ok(open.then(|| Viewer {
        name: "localhost".to_owned(),
        role: Role::Admin,
        scope: Scope::All,
        via: Via::OpenLoopback,
    }))
}

/// Whether a request was made on this machine, and nothing forwarded it.
pub(crate) fn is_local(
    web: &Web,
    headers: &HeaderMap,
    extensions: &Extensions,
    authority: Option<&str>,
) -> bool {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_canonical());
    web.bound_to_loopback()
        && peer.is_none_or(|peer| peer.is_loopback())
        && host::is_local(headers, authority)
}

/// The address that tries are counted for. Behind a proxy of this machine it is the one that the
/// proxy has added last; what a stranger writes into the header stands before it.
pub(crate) fn peer(headers: &HeaderMap, extensions: &Extensions) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip().to_canonical();
    if !peer.is_loopback() {
        return Some(peer);
    }
    let forwarded = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok();
    forwarded.and_then(|list| list.rsplit(',').next()?.trim().parse().ok()).or(Some(peer))
}

pub(super) fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Whoever shows this token. Wrong ones are counted by address: a chosen admin token may be weak.
///
/// # Errors
/// 401 for an unknown one, 429 for too many.
pub(crate) async fn by_secret(web: &Web, shown: &str, peer: Option<IpAddr>) -> Result<Viewer, Problem> {
    if web.access().is_admin_token(shown) {
        return Ok(Viewer {
            name: "admin".to_owned(),
            role: Role::Admin,
            scope: Scope::All,
            via: Via::Token,
        });
    }
    let Some(token) = web.store().token_with(&secret::digest(shown)).await? else {
        return Err(match web.access().tries().begin(None, peer) {
            Ok(()) => unknown_token(),
            Err(wait) => super::login::too_often(wait),
        });
    };
    let now = web.clock().now();
    if token.last_used.is_none_or(|last| now - last >= TOKEN_STEP) {
        let store = std::sync::Arc::clone(web.store());
        tokio::spawn(async move { noted(store.touch_token(token.id, now).await) });
    }
    Ok(Viewer {
        scope: Scope::of(token.role, token.manager_id.as_deref(), &token.name),
        name: token.name,
        role: token.role,
        via: Via::Token,
    })
}

async fn by_session(web: &Web, cookie: &str) -> Result<Option<Viewer>, Problem> {
    let (digest, now) = (secret::digest(cookie), web.clock().now());
    let Some(end) = begun(cookie).and_then(|begun| begun.checked_add_signed(LONGEST_SESSION)) else {
        return Ok(None);
    };
    if now >= end {
        return Ok(None);
    }
    let Some((session, user)) = web.store().session(&digest, now).await? else { return Ok(None) };
    if now - session.last_seen >= SESSION_STEP {
        let store = std::sync::Arc::clone(web.store());
        tokio::spawn(async move { noted(store.touch_session(&digest, now, end.min(now + SESSION)).await) });
    }
    Ok(Some(Viewer {
        scope: Scope::of(user.role, user.manager_id.as_deref(), &user.name),
        name: user.name,
        role: user.role,
        via: Via::Session { csrf: session.csrf },
    }))
}

/// A new value of the cookie: a secret, and when the session began. What is kept is the digest of both, so
/// nobody can make a session younger than it is.
pub(crate) fn fresh_cookie(now: DateTime<Utc>) -> String {
    format!("{}.{:x}", secret::fresh(), now.timestamp())
}

fn begun(cookie: &str) -> Option<DateTime<Utc>> {
    let (_, seconds) = cookie.rsplit_once('.')?;
    DateTime::from_timestamp(i64::from_str_radix(seconds, 16).ok()?, 0)
}

fn noted(written: Result<(), StoreError>) {
    if let Err(error) = written {
        tracing::warn!(%error, "the last use of a session or token was not written");
    }
}

/// `__Host-` wants HTTPS, which a browser on this machine has not got.
pub(crate) fn cookie_name(web: &Web, headers: &HeaderMap) -> &'static str {
    if secure(web, headers) { "__Host-zvonar" } else { "zvonar" }
}

/// Whether the browser speaks HTTPS with whatever stands before us.
pub(crate) fn secure(web: &Web, headers: &HeaderMap) -> bool {
    let https = web.config().backend_url.as_ref().is_some_and(|url| url.starts_with("https://"));
    https && !host::is_local(headers, None)
}

fn unknown_token() -> Problem {
    Problem::new(
        http::StatusCode::UNAUTHORIZED,
        "token_unknown",
        "такого ключа доступа нет",
        "there is no such token",
    )
    .hint("выдать новый: zvonar user token ИМЯ --role РОЛЬ", "make one: zvonar user token NAME --role ROLE")
}
