//! Asks who the bot is and whether it may write to a chat; with a text, writes it there.
//!
//! `cargo run -p telegram-client --example telegram_probe -- TOKEN CHAT [TEXT]`

use http_client::HttpClientConfig;
use telegram_client::{ChatId, Message, TelegramApi as _, TelegramClient, TelegramConfig, escape};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "an example tells what it found")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let token = words.next().ok_or("the token is missing: telegram_probe TOKEN CHAT [TEXT]")?;
    let chat = ChatId::parse(&words.next().ok_or("the chat is missing")?)?;
    let telegram = TelegramClient::new(TelegramConfig::new(&token.into())?, &HttpClientConfig::default())?;
    println!("@{} → {}", telegram.bot().await?.username, telegram.chat_title(&chat).await?);
    if let Some(text) = words.next() {
        println!("message {}", telegram.send(&chat, &Message::new(escape(&text))).await?.0);
    }
    Ok(())
}
