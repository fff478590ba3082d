//! The OpenAI-compatible API over real sockets: the contract of both ports on the live clients, and
//! what the real provider refuses.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod realtime;
mod refusals;
mod world;

use std::sync::Arc;
use std::time::Duration;

use http_client::{CircuitPolicy, HttpClient, HttpClientConfig, RetryPolicy};
use openai_client::testing::FakeOpenAi;
use openai_client::{ChatApi, ModelTable, OpenAiChat, OpenAiConfig, OpenAiSpeech, TranscriptionApi};

const KEY: &str = "sk-sandbox";

/// Serves the fake until the guard is dropped.
async fn serve(fake: FakeOpenAi) -> (String, Server) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/openai/v1", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        axum::serve(listener, sandbox::openai_router(fake, KEY)).await.unwrap();
    });
    (base, Server(task))
}

struct Server(tokio::task::JoinHandle<()>);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// As patient as in life, only quicker; the circuit would hide what the fake answers.
fn client(base: &str, key: &str) -> (HttpClient, OpenAiConfig) {
    let config = OpenAiConfig::new(base, key.into()).unwrap();
    let http = config.http();
    let retry = RetryPolicy { first_delay: Duration::from_millis(1), ..http.retry };
    let circuit = CircuitPolicy { failures: 0, ..http.circuit };
    (HttpClient::new(HttpClientConfig { retry, circuit, ..config.http() }).unwrap(), config)
}

fn chat(base: &str, model: &str) -> OpenAiChat {
    let (http, config) = client(base, KEY);
    OpenAiChat::new(http, config, ModelTable::embedded().unwrap().chat(model)).unwrap()
}

fn speech(base: &str, model: &str) -> OpenAiSpeech {
    let (http, config) = client(base, KEY);
    OpenAiSpeech::new(http, config, ModelTable::embedded().unwrap().speech(model)).unwrap()
}

mod chat_over_http {
    use super::*;

    async fn make() -> (Server, Arc<dyn ChatApi>, FakeOpenAi) {
        let fake = FakeOpenAi::new();
        let (base, server) = serve(fake.clone()).await;
        (server, Arc::new(chat(&base, "gpt-6-luna")), fake)
    }

    openai_client::chat_contract!(make);
}

mod speech_over_http {
    use super::*;

    async fn make() -> (Server, Arc<dyn TranscriptionApi>, FakeOpenAi) {
        let fake = FakeOpenAi::new();
        let (base, server) = serve(fake.clone()).await;
        (server, Arc::new(speech(&base, "gpt-transcribe")), fake)
    }

    openai_client::speech_contract!(make);
}

mod timed_speech_over_http {
    use super::*;

    async fn make() -> (Server, Arc<dyn TranscriptionApi>, FakeOpenAi) {
        let fake = FakeOpenAi::new();
        let (base, server) = serve(fake.clone()).await;
        (server, Arc::new(speech(&base, "whisper-1")), fake)
    }

    openai_client::speech_contract!(make);
}
