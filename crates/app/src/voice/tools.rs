//! Tools of a persona, over HTTP: their addresses are a company's own words, so they are held by the guard
//! of addresses from outside, and what comes back is bounded.

use std::time::Duration;

use async_trait::async_trait;
use http_client::{AddressGuard, Exchange, HttpClient, Repeat, http};
use serde_json::Value;
use url::Url;
use voice_agent::{PartFailed, ToolCaller, ToolSpec};

/// A model reads no more, and no caller waits for more.
const MOST_ANSWER: usize = 64 << 10;
/// Nobody on the line waits longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks tools.
pub(crate) struct HttpTools {
    http: HttpClient,
    guard: AddressGuard,
}

impl HttpTools {
    /// `http` is held by the same `guard`.
    pub(crate) fn new(http: HttpClient, guard: AddressGuard) -> Self {
        Self { http, guard }
    }
}

#[async_trait]
impl ToolCaller for HttpTools {
    async fn call(&self, tool: &ToolSpec, arguments: &Value) -> Result<Value, PartFailed> {
        let lasting = |why: String| PartFailed::lasting("tool", format!("{}: {why}", tool.name));
        let mut url = Url::parse(&tool.url).map_err(|_| lasting("its address is none".to_owned()))?;
        self.guard.check(&url).map_err(|error| lasting(error.to_string()))?;
        let asks = tool.method.eq_ignore_ascii_case("GET");
        if asks {
            let mut query = url.query_pairs_mut();
            for (name, value) in arguments.as_object().into_iter().flatten() {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                query.append_pair(name, &text);
            }
        }
        let exchange = Exchange {
            repeat: if tool.repeatable { Repeat::OnceIfUnsure } else { Repeat::OnlyIfUnsent },
            timeout: Some(PATIENCE),
            ..Exchange::new("persona_tool")
        };
        let build = async || {
            let request = if asks {
                self.http.request(http::Method::GET, url.clone())
            } else {
                self.http
                    .request(http::Method::POST, url.clone())
                    .header("content-type", "application/json")
                    .body(arguments.to_string())
            };
            Ok(request.header("accept", "application/json").build()?)
        };
        let answered = self.http.exchange_whole(&exchange, MOST_ANSWER, build).await;
        let whole = answered.map_err(|error| PartFailed {
            part: "tool",
            reason: format!("{}: {error}", tool.name),
            retryable: error.is_retryable(),
        })?;
        let text = String::from_utf8_lossy(&whole.body);
        Ok(serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.into_owned())))
    }
}
