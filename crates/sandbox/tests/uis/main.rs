//! UIS over real sockets: the contract of `UisApi` on the live client, what the Data API refuses,
//! and the world's month read to its end.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod refusals;
mod world;

mod contract {
    //! The live client over the routes.

    use std::sync::Arc;
    use std::time::Duration;

    use http_client::{HttpClientConfig, RetryPolicy};
    use uis_client::testing::{FakeUis, contract::World};
    use uis_client::{Credentials, UisClient, UisConfig};

    async fn over_http() -> World {
        let fake = FakeUis::new();
        let (base, server) = crate::serve(fake.clone()).await;
        let config = UisConfig::new(
            &format!("{base}/uis/v2.0"),
            &format!("{base}/uis/media/talk"),
            Credentials::Key(FakeUis::KEY.to_owned().into()),
        )
        .unwrap();
        // as patient as in life, only quicker; the circuit would hide what the fake answers
        let retry = RetryPolicy { first_delay: Duration::from_millis(1), ..RetryPolicy::default() };
        let http = HttpClientConfig { retry, ..HttpClientConfig::default() };
        let http =
            HttpClientConfig { circuit: http_client::CircuitPolicy { failures: 0, ..http.circuit }, ..http };
        let api = http_client::HttpClient::new(config.api_policy(http.clone())).unwrap();
        let media = http_client::HttpClient::new(HttpClientConfig {
            circuit: http.circuit,
            ..config.media_policy(http)
        })
        .unwrap();
        World {
            api: Arc::new(UisClient::over(config, api, media)),
            fake,
            joined: format!("{base}/uis/media/joined"),
            keep: Box::new(server),
        }
    }

    uis_client::uis_contract!(over_http);
}

/// Serves the fake until the guard is dropped.
async fn serve(fake: uis_client::testing::FakeUis) -> (String, Server) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        axum::serve(listener, sandbox::uis_router(fake)).await.unwrap();
    });
    (base, Server(task))
}

struct Server(tokio::task::JoinHandle<()>);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}
