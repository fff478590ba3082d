//! The switches of light and language: cookies, so that they hold without an account and without scripts.

use axum::extract::Query;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::Deserialize;

use super::layout::Theme;

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
    (jar, Redirect::to(&local(look.back.as_deref()))).into_response()
}

fn kept(name: &'static str, value: &str) -> Cookie<'static> {
    Cookie::build((name, value.to_owned()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .permanent()
        .build()
}

/// A path of this house to go back to; anything else is the history.
pub(crate) fn local(back: Option<&str>) -> String {
    // `//host` and `/\host` are other people's houses to a browser
    let ours = |path: &&str| {
        path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains('\\')
            && path.len() < 2000
            && path.chars().all(|c| c.is_ascii_graphic())
    };
    back.filter(ours).unwrap_or("/history").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_stays_in_the_house() {
        assert_eq!(local(Some("/history?q=%D0%B4&x=1")), "/history?q=%D0%B4&x=1");
        for foreign in
            ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:1", "/a\r\nb", ""]
        {
            assert_eq!(local(Some(foreign)), "/history", "{foreign}");
        }
        assert_eq!(local(None), "/history");
    }
}
