//! The switches of light and language: cookies, so that they hold without an account and without scripts.

use axum::extract::Query;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::Deserialize;

use super::layout::Theme;
use crate::access::local_path;

#[derive(Debug, Deserialize)]
pub(crate) struct Look {
    theme: Option<String>,
    lang: Option<String>,
    back: Option<String>,
}

/// `GET /look?theme=dark&back=/history`.
pub(crate) async fn look(jar: CookieJar, Query(look): Query<Look>) -> Response {
    let mut jar = jar;
    if let Some(theme) = look.theme.as_deref().and_then(Theme::parse) {
        let name = if theme == Theme::System { "system" } else { theme.named() };
        jar = jar.add(kept("theme", name));
    }
    if let Some(lang) = look.lang.as_deref().filter(|lang| ["ru", "en"].contains(lang)) {
        jar = jar.add(kept("lang", lang));
    }
    (jar, Redirect::to(local_path(look.back.as_deref().unwrap_or("/history")))).into_response()
}

fn kept(name: &'static str, value: &str) -> Cookie<'static> {
    Cookie::build((name, value.to_owned()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .permanent()
        .build()
}
