//! `GET /docs`: the document as pages (Swagger UI, vendored), under the same strict policy as all others.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{Html, IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use utoipa_swagger_ui::{Config, SwaggerFile};

use super::etag;
use super::extract::Named;
use crate::Web;
use crate::problem::Problem;

/// No script and no style stands in the page itself.
const PAGE: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>zvonar API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png" sizes="32x32">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/swagger-ui-standalone-preset.js"></script>
<script src="/docs/swagger-initializer.js"></script>
</body>
</html>
"#;

/// The page.
pub(crate) async fn page() -> Html<&'static str> {
    Html(PAGE)
}

/// A file of Swagger UI.
pub(crate) async fn file(headers: HeaderMap, Named(name): Named<String>) -> Result<Response, Problem> {
    // an own list: what the package brings along besides (maps, its own page) is not served
    const SERVED: [&str; 5] = [
        "swagger-ui.css",
        "swagger-ui-bundle.js",
        "swagger-ui-standalone-preset.js",
        "swagger-initializer.js",
        "favicon-32x32.png",
    ];
    if !SERVED.contains(&name.as_str()) {
        return Err(Problem::not_found());
    }
    let config = Arc::new(
        Config::from("/openapi.json").use_base_layout().display_request_duration(true).doc_expansion("list"),
    );
    let served = utoipa_swagger_ui::serve(&name, config).ok().flatten().ok_or_else(Problem::not_found)?;
    Ok(answer(&headers, &name, served))
}

fn answer(headers: &HeaderMap, name: &str, file: SwaggerFile<'_>) -> Response {
    let tag = etag::tag(&format!("{}-{}-{name}", env!("CARGO_PKG_VERSION"), file.bytes.len()));
    let fixed = [
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
        (header::ETAG, tag.clone()),
    ];
    if etag::matches(headers, &tag) {
        return (StatusCode::NOT_MODIFIED, fixed).into_response();
    }
    let kind = HeaderValue::try_from(file.content_type)
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let packed = file.gzpipped.then(|| [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))]);
    let mut response = (fixed, [(header::CONTENT_TYPE, kind)], file.bytes.into_owned()).into_response();
    response.headers_mut().extend(packed.into_iter().flatten().map(|(name, value)| (Some(name), value)));
    response
}

/// `GET /openapi.json`
pub(crate) async fn document(State(web): State<Web>, headers: HeaderMap) -> Result<Response, Problem> {
    etag::json(&headers, &super::openapi::document(web.config().backend_url.as_deref()))
}
