//! Telegram over a real socket: the contract on the live client, and what Telegram refuses.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;
use std::time::Duration;

use http_client::{HttpClientConfig, RetryPolicy};
use sandbox::telegram_router;
use telegram_client::testing::FakeTelegram;
use telegram_client::{ChatId, Message, TelegramApi as _, TelegramClient, TelegramConfig, TelegramError};

const TOKEN: &str = "42:word";

/// Serves the fake until the runtime ends.
async fn client(fake: FakeTelegram, token: &str) -> TelegramClient {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/telegram", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, telegram_router(fake, TOKEN)).await });
    let config = TelegramConfig::at(&base, &token.to_owned().into()).unwrap();
    let retry = RetryPolicy { first_delay: Duration::from_millis(1), ..RetryPolicy::default() };
    TelegramClient::new(config, &HttpClientConfig { retry, ..HttpClientConfig::default() }).unwrap()
}

fn world() -> FakeTelegram {
    FakeTelegram::new().with_chat("-100500", "Продажи")
}

#[tokio::test]
async fn the_live_telegram_keeps_the_contract() {
    telegram_client::testing::all(async || {
        let fake = world();
        let api = Arc::new(client(fake.clone(), TOKEN).await);
        telegram_client::testing::World { api, fake }
    })
    .await;
}

#[tokio::test]
async fn other_tokens_and_broken_tags_are_refused() {
    let stranger = client(world(), "43:other").await;
    assert!(matches!(stranger.bot().await.unwrap_err(), TelegramError::Unauthorized));
    let (fake, chat) = (world(), ChatId::parse("-100500").unwrap());
    let telegram = client(fake.clone(), TOKEN).await;
    for html in ["<h1>x</h1>", "<b>x", "x</b>", "<b>x</i>", "1 < 2"] {
        let error = telegram.send(&chat, &Message::new(html)).await.unwrap_err();
        assert!(matches!(error, TelegramError::Invalid { .. }), "{html}: {error}");
    }
    assert_eq!(fake.posted("-100500"), []);
}
