//! Whether the service that holds calls can be reached: without it a client who is rung hears an apology.

use std::time::Duration;

use http_client::{Exchange, HttpClient, HttpClientConfig, Repeat, RetryPolicy, http};
use url::Url;

use crate::{App, AppError};

/// How long the service may think about being well.
const LONGEST_LOOK: Duration = Duration::from_secs(10);
/// `/healthz` says a word.
const MOST_BYTES: usize = 64 << 10;

impl App {
    /// Whether the service answers where scenarios look for it. From inside: that the way from outside is open
    /// too, only a call shows.
    ///
    /// # Errors
    /// Code `backend_silent`: no address, nobody there, or somebody else.
    pub async fn backend_answers(&self) -> Result<(), AppError> {
        let lang = self.lang();
        let hint = lang.pick(
            "запустите службу: zvonar serve; снаружи её открывает туннель или прокси, docs/VOXIMPLANT.ru.md",
            "start the service: zvonar serve; a tunnel or a proxy opens it to the outside, docs/VOXIMPLANT.ru.md",
        );
        let silent = |what: String| AppError::failed("backend_silent", what, hint);
        let Some(address) = &self.config().backend_url else {
            return Err(AppError::usage(
                "backend_silent",
                lang.pick("не задано BACKEND_URL", "not set: BACKEND_URL"),
                hint,
            ));
        };
        let told = |why: &str| silent(format!("BACKEND_URL {address}: {why}"));
        let url = Url::parse(&format!("{}/healthz", address.trim_end_matches('/')))
            .map_err(|_| told(lang.pick("это не адрес", "this is no address")))?;
        let http = HttpClient::new(HttpClientConfig {
            total_timeout: Some(LONGEST_LOOK),
            retry: RetryPolicy { attempts: 1, ..RetryPolicy::default() },
            ..self.policy(None)
        })
        .map_err(|error| silent(error.to_string()))?;
        let exchange = Exchange { repeat: Repeat::Freely, ..Exchange::new("backend_look") };
        let build = async || Ok(http.request(http::Method::GET, url.clone()).build()?);
        let answer = http.exchange_whole(&exchange, MOST_BYTES, build).await;
        answer.map(drop).map_err(|error| told(&error.to_string()))
    }
}
