//! The live client. Messages travel as [`Repeat::OnlyIfUnsent`]: one that may stand in the chat is the
//! caller's to send again.

use std::sync::Arc;

use async_trait::async_trait;
use http_client::http::Method;
use http_client::reqwest::multipart::{Form, Part};
use http_client::reqwest::{Request, RequestBuilder};
use http_client::{Classify, Exchange, HttpClient, HttpClientConfig, HttpError, Refusal, Repeat, Verdict};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::api::characters;
use crate::wire::{self, Envelope};
use crate::{
    Bot, ChatId, Document, MOST_CAPTION, MOST_CHARACTERS, Message, MessageId, TelegramApi, TelegramConfig,
    TelegramError,
};

/// Largest answer that is read, bytes.
const MOST_BYTES: usize = 1 << 20;
/// Largest document that a bot may send, bytes. <https://core.telegram.org/bots/api#senddocument>
const MOST_DOCUMENT: usize = 50 << 20;

/// Telegram over the network. A cheap handle: clones share connections and pace.
#[derive(Debug, Clone)]
pub struct TelegramClient {
    config: Arc<TelegramConfig>,
    http: HttpClient,
}

impl TelegramClient {
    /// With the program's HTTP policy (proxy, certificates, patience).
    ///
    /// # Errors
    /// [`TelegramError::Config`] when the policy cannot be set up.
    pub fn new(config: TelegramConfig, http: &HttpClientConfig) -> Result<Self, TelegramError> {
        let http = HttpClient::new(TelegramConfig::policy(http.clone()))
            .map_err(|error| TelegramError::Config(error.to_string()))?;
        Ok(Self { config: Arc::new(config), http })
    }

    async fn read<T: DeserializeOwned>(
        &self,
        method: &'static str,
        chat: Option<&ChatId>,
    ) -> Result<T, TelegramError> {
        let body = chat.map_or_else(|| json!({}), |chat| json!({"chat_id": chat.as_str()}));
        self.ask(method, Repeat::Freely, chat, |request| request.json(&body)).await
    }

    /// One exchange; `fill` puts the body into a fresh request.
    async fn ask<T: DeserializeOwned>(
        &self,
        method: &'static str,
        repeat: Repeat,
        chat: Option<&ChatId>,
        fill: impl Fn(RequestBuilder) -> RequestBuilder + Send + Sync,
    ) -> Result<T, TelegramError> {
        let url = self.config.address(method)?;
        let exchange = Exchange { repeat, classify: &InItsWords, ..Exchange::new(span(method)) };
        let build = || {
            let request: Result<Request, HttpError> =
                fill(self.http.request(Method::POST, url.clone())).build().map_err(HttpError::from);
            async { request }
        };
        let whole = self.http.exchange_whole(&exchange, MOST_BYTES, build).await;
        let whole = whole.map_err(|error| failed(error, chat))?;
        let unreadable = |reason: &str| TelegramError::Unavailable {
            reason: format!("its answer to {method} cannot be read: {reason}"),
            retry_after: None,
            unsure: true,
        };
        if let Some(refused) = wire::refusal(&whole.body, chat) {
            return Err(refused);
        }
        let envelope: Envelope<T> =
            serde_json::from_slice(&whole.body).map_err(|_| unreadable("no such JSON"))?;
        envelope.result.ok_or_else(|| unreadable("no result in it"))
    }
}

#[async_trait]
impl TelegramApi for TelegramClient {
    async fn bot(&self) -> Result<Bot, TelegramError> {
        let user: wire::User = self.read("getMe", None).await?;
        Ok(Bot { id: user.id, username: user.username })
    }

    async fn chat_title(&self, chat: &ChatId) -> Result<String, TelegramError> {
        let found: wire::Chat = self.read("getChat", Some(chat)).await?;
        let names = found.title.or(found.username).or(found.first_name);
        Ok(names.unwrap_or_else(|| chat.to_string()))
    }

    async fn send(&self, chat: &ChatId, message: &Message) -> Result<MessageId, TelegramError> {
        fits(&message.html, MOST_CHARACTERS)?;
        let body: Value = json!({
            "chat_id": chat.as_str(),
            "text": message.html,
            "parse_mode": "HTML",
            "disable_notification": message.silent,
            "link_preview_options": {"is_disabled": true},
        });
        let sent: wire::SentMessage =
            self.ask("sendMessage", Repeat::OnlyIfUnsent, Some(chat), |request| request.json(&body)).await?;
        Ok(MessageId(sent.message_id))
    }

    async fn send_document(&self, chat: &ChatId, document: &Document) -> Result<MessageId, TelegramError> {
        if !document.caption.is_empty() {
            fits(&document.caption, MOST_CAPTION)?;
        }
        if document.bytes.is_empty() || document.bytes.len() > MOST_DOCUMENT {
            let reason =
                format!("a document of {} bytes; 1 to {MOST_DOCUMENT} are taken", document.bytes.len());
            return Err(TelegramError::Invalid { reason });
        }
        Part::bytes(Vec::new()).mime_str(document.media_type).map_err(|_| TelegramError::Invalid {
            reason: "a document of an impossible media type".into(),
        })?;
        let fill = |request: RequestBuilder| {
            let length = u64::try_from(document.bytes.len()).unwrap_or(u64::MAX);
            let file =
                Part::stream_with_length(document.bytes.clone(), length).file_name(document.name.clone());
            let file = file.mime_str(document.media_type).unwrap_or_else(|_| Part::bytes(Vec::new()));
            let form = Form::new()
                .text("chat_id", chat.as_str().to_owned())
                .text("caption", document.caption.clone())
                .text("parse_mode", "HTML");
            request.multipart(form.part("document", file))
        };
        let sent: wire::SentMessage =
            self.ask("sendDocument", Repeat::OnlyIfUnsent, Some(chat), fill).await?;
        Ok(MessageId(sent.message_id))
    }
}

/// Whether Telegram would take a text of this length.
pub(crate) fn fits(html: &str, most: usize) -> Result<(), TelegramError> {
    let count = characters(html);
    if count == 0 || count > most {
        let reason = format!("{count} characters of text; 1 to {most} are taken");
        return Err(TelegramError::Invalid { reason });
    }
    Ok(())
}

fn span(method: &str) -> &'static str {
    match method {
        "getMe" => "telegram.me",
        "getChat" => "telegram.chat",
        "sendMessage" => "telegram.message",
        _ => "telegram.document",
    }
}

/// Reads refusals: the wait stands in the body, not in a header.
struct InItsWords;

impl Classify for InItsWords {
    fn verdict(&self, refusal: &Refusal) -> Verdict {
        match refusal.status {
            429 => Verdict::Again { after: wire::wait(&refusal.body), slow_down: true },
            500..=599 => Verdict::Unsure { after: None },
            _ => Verdict::Final,
        }
    }
}

/// What a failed exchange means.
fn failed(error: HttpError, chat: Option<&ChatId>) -> TelegramError {
    let (unsure, retry_after) = (error.may_have_applied(), error.retry_after());
    let unavailable = |reason: String| TelegramError::Unavailable { reason, retry_after, unsure };
    match error {
        HttpError::Refused(refusal) => match wire::refusal(&refusal.body, chat) {
            Some(TelegramError::TooFast { .. }) => TelegramError::TooFast { retry_after },
            Some(TelegramError::Unavailable { reason, .. }) => unavailable(reason),
            Some(refused) => refused,
            None if refusal.is_retryable() => unavailable(format!("HTTP {}", refusal.status)),
            None => TelegramError::Config(format!(
                "there is no Bot API at that address (HTTP {}); check TELEGRAM_API_URL and TELEGRAM_PROXY",
                refusal.status
            )),
        },
        HttpError::RateLimited { .. } => TelegramError::TooFast { retry_after },
        HttpError::Unauthorized { .. } => {
            TelegramError::Config("the proxy refuses us; check TELEGRAM_PROXY".into())
        }
        HttpError::InvalidRequest { reason } => TelegramError::Invalid { reason },
        other => unavailable(other.to_string()),
    }
}
