//! Realtime over a real WebSocket: the contract on the live client, refusals of the upgrade, and a client
//! of the world who talks to its employees.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openai_client::testing::realtime::encode_g711;
use openai_client::testing::{FakeOpenAi, FakeRealtime};
use openai_client::{
    G711, OpenAiConfig, OpenAiError, OpenAiRealtime, RealtimeApi, RealtimeEvent, RealtimeSession,
};
use reqwest::StatusCode;
use sandbox::{Sandbox, SandboxOptions};

use crate::{KEY, Server};

async fn serve(fake: FakeRealtime) -> (String, Server) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("ws://{}/openai/v1/realtime", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let routes = sandbox::openai_realtime_router(FakeOpenAi::new(), fake, KEY);
        axum::serve(listener, routes).await.unwrap();
    });
    (base, Server(task))
}

fn client(base: &str, key: &str) -> OpenAiRealtime {
    let config = OpenAiConfig::for_realtime(base, key.into()).unwrap();
    OpenAiRealtime::with_own_client(config, "gpt-realtime-2.1").unwrap()
}

mod over_a_socket {
    use super::*;

    async fn make() -> (Server, Arc<dyn RealtimeApi>, FakeRealtime) {
        let fake = FakeRealtime::new();
        let (base, server) = serve(fake.clone()).await;
        (server, Arc::new(client(&base, KEY)), fake)
    }

    openai_client::realtime_contract!(make);
}

#[tokio::test]
async fn a_wrong_key_and_a_closed_port_are_told_apart() {
    let (base, server) = serve(FakeRealtime::new()).await;
    let error = client(&base, "sk-wrong").check().await.unwrap_err();
    assert!(
        matches!(&error, OpenAiError::Unauthorized { code, .. } if code == "invalid_api_key"),
        "{error:?}"
    );
    client(&base, KEY).check().await.unwrap();
    drop(server);
    tokio::task::yield_now().await;
    let error = client("ws://127.0.0.1:1/v1", KEY).check().await.unwrap_err();
    assert!(matches!(error, OpenAiError::Unavailable { .. }), "{error:?}");
    assert!(!error.to_string().contains(KEY));
}

#[tokio::test]
async fn a_proxy_is_used_for_sockets_too() {
    let (base, _server) = serve(FakeRealtime::new()).await;
    // a proxy of HTTP: an upgrade of a plain address comes to it whole
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let asked = tokio::spawn(async move {
        use tokio::io::AsyncReadExt as _;
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = vec![0; 2048];
        let read = stream.read(&mut head).await.unwrap();
        String::from_utf8_lossy(&head[..read]).into_owned()
    });
    let mut config = OpenAiConfig::for_realtime(&base, KEY.into()).unwrap();
    config.proxy = Some(http_client::ProxyConfig { url: proxy.into(), bypass: None });
    let error =
        OpenAiRealtime::with_own_client(config, "gpt-realtime-2.1").unwrap().check().await.unwrap_err();
    assert!(matches!(error, OpenAiError::Unavailable { .. }), "{error:?}");
    assert!(asked.await.unwrap().contains("/openai/v1/realtime"));
}

#[tokio::test]
async fn shapes_of_the_beta_are_refused() {
    let (base, _server) = serve(FakeRealtime::new()).await;
    let url = base.replacen("ws://", "http://", 1);
    let http = http_client::HttpClient::new(http_client::HttpClientConfig::default()).unwrap();
    let upgrade = |url: String| {
        http.inner()
            .get(url)
            .bearer_auth(KEY)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
    };
    let beta = upgrade(format!("{url}?model=gpt-realtime-2.1")).header("openai-beta", "realtime=v1");
    assert_eq!(beta.send().await.unwrap().status(), StatusCode::BAD_REQUEST);
    assert_eq!(upgrade(url.clone()).send().await.unwrap().status(), StatusCode::BAD_REQUEST);
    let good = upgrade(format!("{url}?model=gpt-realtime-2.1")).send().await.unwrap();
    assert_eq!(good.status(), StatusCode::SWITCHING_PROTOCOLS);
}

#[tokio::test]
async fn the_worlds_model_hears_its_people_and_answers_as_their_employees() {
    let end = "2026-11-20T12:00:00Z".parse().unwrap();
    let options = SandboxOptions { calls: 3, days: 1, ..SandboxOptions::new(end) };
    let sandbox = Sandbox::start(options).await.unwrap();
    let environment = sandbox.environment();
    let told = |name: &str| environment.iter().find(|(known, _)| known == name).unwrap().1.clone();
    let config =
        OpenAiConfig::for_realtime(&told("OPENAI_REALTIME_URL"), told("OPENAI_API_KEY").into()).unwrap();
    let api = OpenAiRealtime::with_own_client(config, &told("OPENAI_REALTIME_MODEL")).unwrap();
    sandbox.realtime().set_pace(1, 100, 200, 1);
    let bank = sandbox.world().bank();
    let turns = bank.client_turns("windows").unwrap();
    let mut line = api.connect(&RealtimeSession::default()).await.unwrap();
    let mut sound = encode_g711(G711::Mulaw, &turns[0].sound);
    sound.resize(sound.len() + 8000, G711::Mulaw.silence());
    for packet in sound.chunks(160) {
        line.append(&STANDARD.encode(packet)).unwrap();
    }
    let answer = loop {
        if let RealtimeEvent::WordsDone { text, .. } = line.next().await.unwrap().unwrap() {
            break text;
        }
    };
    let heard = sandbox.realtime().asked()[0].heard.clone().unwrap();
    assert_eq!(heard, turns[0].text);
    assert_eq!(
        answer,
        "Отлично. Подскажите, пожалуйста, как я могу к вам обращаться и какие размеры окон вам нужны?"
    );
}
