//! Coming in and going out. The page itself is drawn by `pages`; here is what its form does.
//!
//! A browser is sent back to `/login?trouble=wrong` or `trouble=wait&seconds=N`; a program that wants
//! no HTML gets a problem.

use std::time::Duration;

use axum::Form;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;
use store::{Session, User};

use super::audit::Deed;
use super::recognise::{LONGEST_SESSION, SESSION, cookie_name, fresh_cookie, peer, secure};
use super::{Viewer, secret};
use crate::Web;
use crate::problem::Problem;

/// What the form of `/login` sends.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    name: String,
    password: String,
    /// Where to go then: a path of ours.
    #[serde(default)]
    next: String,
}

/// `POST /login`: a new session, whatever session there was before.
pub(crate) async fn sign_in(State(web): State<Web>, request: Request) -> Result<Response, Problem> {
    let (peer, headers) = (peer(request.headers(), request.extensions()), request.headers().clone());
    let Form(form) =
        axum::RequestExt::extract::<Form<Credentials>, _>(request).await.map_err(|_| unreadable())?;
    let (name, next) = (form.name.trim().to_owned(), local_path(&form.next).to_owned());
    let tries = web.access().tries();
    if let Err(wait) = tries.begin(Some(&name), peer) {
        web.audit(&known_name(&web, &name).await, Deed::LoginRefused, "too often").await;
        return Ok(refused(&headers, &next, too_often(wait)));
    }
    let user = web.store().user(&name).await?.filter(|user| !user.disabled);
    let hash = user.as_ref().and_then(|user| user.password_hash.clone());
    let right = web.access().passwords().verify(hash, form.password).await;
    let Some(user) = user.filter(|_| right) else {
        web.audit(&known_name(&web, &name).await, Deed::LoginRefused, "password").await;
        return Ok(refused(&headers, &next, wrong()));
    };
    tries.forgive(Some(&name), peer);
    if let Some(old) = CookieJar::from_headers(&headers).get(cookie_name(&web, &headers)) {
        web.store().end_session(&secret::digest(old.value())).await?;
    }
    let cookie = begin_session(&web, &headers, &user).await?;
    web.audit(&user.name, Deed::Login, "password").await;
    Ok((cookie, Redirect::to(&next)).into_response())
}

/// A name that nobody has may be a password typed into the wrong field: it is not written down.
async fn known_name(web: &Web, name: &str) -> String {
    let known = web.store().user(name).await.ok().flatten();
    known.map_or_else(|| "?".to_owned(), |user| user.name)
}

/// A session, and the header that gives it to the browser.
async fn begin_session(
    web: &Web,
    headers: &HeaderMap,
    user: &User,
) -> Result<[(HeaderName, String); 1], Problem> {
    let now = web.clock().now();
    let token = fresh_cookie(now);
    let session = Session {
        token_sha256: secret::digest(&token),
        user: user.name.clone(),
        csrf: secret::fresh(),
        expires_at: now + SESSION,
        last_seen: now,
    };
    web.store().start_session(&session).await?;
    sweep(web, now);
    Ok(cookie(web, headers, &token, LONGEST_SESSION.num_seconds()))
}

/// Sessions that ran out go when somebody comes in.
fn sweep(web: &Web, now: DateTime<Utc>) {
    let store = std::sync::Arc::clone(web.store());
    tokio::spawn(async move {
        if let Err(error) = store.sweep_sessions(now).await {
            tracing::warn!(%error, "old sessions were not removed");
        }
    });
}

/// The token is made of letters that need no escaping.
fn cookie(web: &Web, headers: &HeaderMap, token: &str, seconds: i64) -> [(HeaderName, String); 1] {
    let name = cookie_name(web, headers);
    let secure = if secure(web, headers) { "; Secure" } else { "" };
    let cookie = format!("{name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    [(header::SET_COOKIE, cookie)]
}

/// `POST /logout`.
pub(crate) async fn sign_out(
    State(web): State<Web>,
    viewer: Viewer,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(cookie) = CookieJar::from_headers(&headers).get(cookie_name(&web, &headers)) {
        web.store().end_session(&secret::digest(cookie.value())).await?;
        web.audit(&viewer.name, Deed::Logout, "session").await;
    }
    Ok(gone(&web, &headers))
}

/// `POST /logout/everywhere`: every browser of this person.
pub(crate) async fn sign_out_everywhere(
    State(web): State<Web>,
    viewer: Viewer,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let ended = web.store().end_sessions_of(&viewer.name).await?;
    web.audit(&viewer.name, Deed::LogoutEverywhere, &ended.to_string()).await;
    Ok(gone(&web, &headers))
}

fn gone(web: &Web, headers: &HeaderMap) -> Response {
    // pages of whoever leaves must not stay in the browser for whoever comes next
    let forget = [(HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\""))];
    (forget, cookie(web, headers, "", 0), Redirect::to("/login")).into_response()
}

/// A path of ours to go on to: an address of another site is none.
pub(crate) fn local_path(next: &str) -> &str {
    let local = next.starts_with('/')
        && !next.starts_with("//")
        && next.len() <= 2000
        && !next.contains(|letter: char| letter == '\\' || letter.is_control() || !letter.is_ascii());
    if local { next } else { "/" }
}

fn refused(headers: &HeaderMap, next: &str, problem: Problem) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !accept.contains("text/html") {
        return problem.into_response();
    }
    let trouble = match problem.retry_after {
        Some(wait) => format!("wait&seconds={}", wait.as_secs() + 1),
        None => "wrong".to_owned(),
    };
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    Redirect::to(&format!("/login?trouble={trouble}&next={next}")).into_response()
}

/// The same words for an unknown name and for a wrong password.
fn wrong() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "login_wrong",
        "имя или пароль не подходят",
        "the name or the password is wrong",
    )
    .hint(
        "новый пароль задаст администратор: zvonar user password ИМЯ",
        "an admin sets a new one: zvonar user password NAME",
    )
}

/// Guessing waits.
pub(crate) fn too_often(wait: Duration) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too_often",
        "слишком много попыток подряд",
        "too many tries in a row",
    )
    .hint("подождите и повторите", "wait and try again")
    .retry_after(wait)
}

fn unreadable() -> Problem {
    Problem::invalid("form", "форма не читается: нужны name и password", "the form needs name and password")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_sent_on_to_a_path_of_ours_alone() {
        for good in ["/", "/history?score=1", "/history/4b0c1a2e#t=3"] {
            assert_eq!(local_path(good), good);
        }
        for bad in [
            "",
            "history",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nSet-Cookie: x=1",
            "javascript:alert(1)",
            "/\t/evil.example",
        ] {
            assert_eq!(local_path(bad), "/", "{bad:?}");
        }
    }
}
