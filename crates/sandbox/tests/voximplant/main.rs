//! Voximplant over real sockets: the contract of `VoximplantApi` on the live client, the spellings of
//! the wire that other clients use, and the sandbox's own account.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod media;
mod wire;
mod world;

use std::sync::Arc;
use std::time::Duration;

use http_client::{CircuitPolicy, HttpClientConfig, RetryPolicy};

mod contract {
    //! The live client over the routes, with a service account's key.

    use std::sync::{Arc, OnceLock};

    use voximplant_client::testing::{FakeKey, FakeVoximplant, contract::World};
    use voximplant_client::{Credentials, ServiceAccount, VoximplantClient, VoximplantConfig};

    /// One key for all: making one takes its time.
    pub(crate) fn key() -> &'static FakeKey {
        static KEY: OnceLock<FakeKey> = OnceLock::new();
        KEY.get_or_init(|| FakeKey::generate().unwrap())
    }

    async fn over_http() -> World {
        let fake = FakeVoximplant::new();
        fake.register_key(key());
        let (base, server) = crate::serve(fake.clone()).await;
        let credentials = Credentials::ServiceAccount(ServiceAccount::parse(&key().file()).unwrap());
        let config = VoximplantConfig::new(&format!("{base}/voximplant/platform_api"), credentials).unwrap();
        let api = VoximplantClient::new(config, &crate::policy(), fake.clock()).unwrap();
        World { api: Arc::new(api), fake, keep: Box::new(server) }
    }

    voximplant_client::voximplant_contract!(over_http);
}

/// As patient as in life, only quicker; the circuit would hide what the fake answers.
fn policy() -> HttpClientConfig {
    let retry = RetryPolicy { first_delay: Duration::from_millis(1), ..RetryPolicy::default() };
    let circuit = CircuitPolicy { failures: 0, ..CircuitPolicy::default() };
    HttpClientConfig { retry, circuit, ..HttpClientConfig::default() }
}

/// Serves the fake until the guard is dropped.
async fn serve(fake: voximplant_client::testing::FakeVoximplant) -> (String, Arc<Server>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    fake.serve_at(&format!("{base}/voximplant"));
    let task = tokio::spawn(async move {
        axum::serve(listener, sandbox::voximplant_router(fake)).await.unwrap();
    });
    (base, Arc::new(Server(task)))
}

struct Server(tokio::task::JoinHandle<()>);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}
