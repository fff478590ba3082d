//! Writing requests of a browser: made by our own page, and by nobody else's.
//!
//! Two locks. The browser says where a request comes from (`Sec-Fetch-Site`, else `Origin`): that
//! holds for the open house too, which any page on the internet could otherwise write to. And a
//! session's form brings the session's own token: in the header `X-CSRF-Token`, in the field `csrf`
//! of a form, or in the *first* field `csrf` of a form with files (a file may be large: nobody waits
//! for a token behind it).

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use futures::{StreamExt as _, stream};
use http::{HeaderMap, StatusCode, header};

use super::secret;
use crate::problem::Problem;

/// A plain form is no longer than this.
const FORM: usize = 1 << 20;

/// The first field of a form with files ends within this.
const PEEK: usize = 4 << 10;

/// The header of scripts.
const HEADER: &str = "x-csrf-token";

/// Refuses what a page of another site has sent. `own` is our address from outside, where configured.
pub(crate) fn check_origin(headers: &HeaderMap, own: Option<&str>) -> Result<(), Problem> {
    let text = |name: http::HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let site = headers.get("sec-fetch-site").map(|value| value.to_str().unwrap_or("?"));
    let same = match (site, text(header::ORIGIN)) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_some()
                && (host == text(header::HOST) || Some(origin) == own.map(|own| own.trim_end_matches('/')))
        }
        // no browser
        (None, None) => true,
    };
    if same { Ok(()) } else { Err(forged()) }
}

fn forged() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "cross_site",
        "запрос отправлен не с нашей страницы",
        "the request does not come from our own page",
    )
    .hint("обновите страницу и повторите", "reload the page and try again")
}

/// Lets a session's writing request through if it brings the token; its body is as it was.
pub(crate) async fn check_token(request: Request, token: &str) -> Result<Request, Problem> {
    if let Some(shown) = request.headers().get(HEADER).and_then(|value| value.to_str().ok()) {
        return if secret::equal(shown, token) { Ok(request) } else { Err(forged()) };
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or_default().to_owned();
    let (parts, body) = request.into_parts();
    if kind.starts_with("application/x-www-form-urlencoded") {
        let whole = to_bytes(body, FORM).await.map_err(|_| forged())?;
        let shown = url::form_urlencoded::parse(&whole).find(|(name, _)| name == "csrf");
        return match shown {
            Some((_, shown)) if secret::equal(&shown, token) => {
                Ok(Request::from_parts(parts, Body::from(whole)))
            }
            _ => Err(forged()),
        };
    }
    let boundary = boundary(&kind).ok_or_else(forged)?;
    let body = peeked(body, boundary, token).await?;
    Ok(Request::from_parts(parts, body))
}

fn boundary(kind: &str) -> Option<&str> {
    let parameters = kind.strip_prefix("multipart/form-data")?;
    let value = parameters.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?;
    let value = value.trim_matches('"');
    (!value.is_empty() && value.len() <= 70).then_some(value)
}

/// Reads until the first field is whole, and puts what was read back.
async fn peeked(body: Body, boundary: &str, token: &str) -> Result<Body, Problem> {
    let mut stream = body.into_data_stream();
    let mut read: Vec<u8> = Vec::new();
    while read.len() <= PEEK {
        let Some(Ok(piece)) = stream.next().await else { return Err(forged()) };
        read.extend_from_slice(&piece);
        match first_field(read.get(..PEEK).unwrap_or(&read), boundary) {
            First::More => {}
            First::Token(shown) if secret::equal(&shown, token) => {
                let again = stream::once(async move { Ok(Bytes::from(read)) });
                return Ok(Body::from_stream(again.chain(stream)));
            }
            First::Token(_) | First::Other => return Err(forged()),
        }
    }
    Err(forged())
}

/// The beginning of a form with files.
#[derive(Debug, PartialEq, Eq)]
enum First {
    More,
    Token(String),
    Other,
}

fn first_field(read: &[u8], boundary: &str) -> First {
    let text = String::from_utf8_lossy(read);
    let opening = format!("--{boundary}\r\n");
    if text.len() < opening.len() {
        return if opening.starts_with(text.as_ref()) { First::More } else { First::Other };
    }
    let Some(rest) = text.strip_prefix(&opening) else { return First::Other };
    let Some((headers, rest)) = rest.split_once("\r\n\r\n") else { return First::More };
    let named = headers.split("\r\n").any(|line| {
        let line = line.to_ascii_lowercase();
        line.starts_with("content-disposition:") && line.split(';').any(|part| part.trim() == "name=\"csrf\"")
    });
    match rest.split_once(&format!("\r\n--{boundary}")) {
        _ if !named => First::Other,
        Some((value, _)) => First::Token(value.to_owned()),
        None => First::More,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn a_page_of_another_site_writes_nothing() {
        let host = ("host", "crm.example:8000");
        for good in [
            vec![host],
            vec![host, ("sec-fetch-site", "same-origin"), ("origin", "http://crm.example:8000")],
            vec![host, ("sec-fetch-site", "none")],
            vec![host, ("origin", "http://crm.example:8000")],
            vec![host, ("origin", "https://zvonar.example")],
        ] {
            assert!(check_origin(&headers(&good), Some("https://zvonar.example/")).is_ok(), "{good:?}");
        }
        for bad in [
            vec![host, ("sec-fetch-site", "cross-site")],
            vec![host, ("sec-fetch-site", "same-site")],
            vec![host, ("sec-fetch-site", "cross-site"), ("origin", "http://crm.example:8000")],
            vec![host, ("origin", "null")],
            vec![host, ("origin", "http://evil.example")],
            vec![host, ("origin", "http://crm.example")],
            vec![host, ("origin", "")],
        ] {
            assert!(check_origin(&headers(&bad), Some("https://zvonar.example/")).is_err(), "{bad:?}");
        }
    }

    fn sent(kind: &str, body: &str) -> Request {
        let (kind, pieces) = (kind.to_owned(), body.as_bytes().to_vec());
        // byte by byte: as an unkind network would
        let pieces = stream::iter(pieces.into_iter().map(|byte| Ok::<_, std::io::Error>(vec![byte])));
        Request::builder().header("content-type", kind).body(Body::from_stream(pieces)).unwrap()
    }

    async fn body_of(request: Request) -> String {
        String::from_utf8(to_bytes(request.into_body(), FORM).await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn the_token_is_found_and_the_body_stays_whole() {
        let form = "reason=%D0%B0&csrf=T-1";
        let passed = check_token(sent("application/x-www-form-urlencoded", form), "T-1").await.unwrap();
        assert_eq!(body_of(passed).await, form);
        let files = "--X\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nT-1\r\n--X\r\n\
                     Content-Disposition: form-data; name=\"audio\"; filename=\"a.wav\"\r\n\r\nRIFF\r\n--X--\r\n";
        let passed = check_token(sent("multipart/form-data; boundary=X", files), "T-1").await.unwrap();
        assert_eq!(body_of(passed).await, files);
    }

    #[tokio::test]
    async fn a_form_without_the_token_is_refused() {
        let urlencoded = "application/x-www-form-urlencoded";
        let multipart = "multipart/form-data; boundary=X";
        let named = |name: &str, value: &str| {
            format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n--X--\r\n")
        };
        for (kind, body) in [
            (urlencoded, "csrf=T-2".to_owned()),
            (urlencoded, String::new()),
            ("application/json", "{\"csrf\":\"T-1\"}".to_owned()),
            ("text/plain", "csrf=T-1".to_owned()),
            (multipart, named("csrf", "T-2")),
            (multipart, named("other", "T-1")),
            (multipart, format!("{}csrf", named("csrf", &"x".repeat(PEEK * 2)))),
            (multipart, "--Y\r\n".to_owned()),
            (multipart, "--X\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nT-1".to_owned()),
            ("multipart/form-data", named("csrf", "T-1")),
        ] {
            assert!(check_token(sent(kind, &body), "T-1").await.is_err(), "{kind} {body:.80}");
        }
    }
}
