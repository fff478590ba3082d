//! Telegram's Bot API over HTTP, answered by the fake of `telegram-client`. It refuses what Telegram refuses:
//! other tokens, unknown chats, tags that do not close, texts that are too long.
//! <https://core.telegram.org/bots/api>

use std::fmt::Write as _;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use telegram_client::testing::{FakeTelegram, Posted};
use telegram_client::{ChatId, Document, Message, MessageId, TelegramApi as _, TelegramError};

/// What the sandbox takes for a bot's token.
pub(crate) const TOKEN: &str = "42:sandbox-bot-token";
/// The chat that the bot is in.
pub(crate) const CHAT: &str = "-1001234567890";
const TAGS: [&str; 9] = ["b", "i", "u", "s", "a", "code", "pre", "blockquote", "strong"];
const MOST_BODY: usize = 60 << 20;

#[derive(Clone)]
struct Room {
    fake: FakeTelegram,
    token: String,
}

/// The routes over a fake of one's own: `POST /telegram/bot{token}/{method}`, and the chat as people see it.
pub fn telegram_router(fake: FakeTelegram, token: &str) -> Router {
    Router::new()
        .route("/telegram/{bot}/{method}", post(method))
        .route("/telegram/chat/{chat}", get(chat))
        .layer(DefaultBodyLimit::max(MOST_BODY))
        .with_state(Room { fake, token: token.to_owned() })
}

async fn method(
    State(room): State<Room>,
    Path((bot, method)): Path<(String, String)>,
    request: Request,
) -> Response {
    if bot != format!("bot{}", room.token) {
        return refused(401, "Unauthorized", &json!({}));
    }
    let asked = if method == "sendDocument" {
        match Multipart::from_request(request, &()).await {
            Ok(form) => document(&room.fake, form).await,
            Err(_) => Err(invalid("there is no document in the request")),
        }
    } else {
        let body = Bytes::from_request(request, &()).await.unwrap_or_default();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        match method.as_str() {
            "getMe" => room.fake.bot().await.map(
                |bot| json!({"id": bot.id, "is_bot": true, "first_name": "zvonar", "username": bot.username}),
            ),
            "getChat" => get_chat(&room.fake, &body).await,
            "sendMessage" => message(&room.fake, &body).await,
            _ => return refused(404, "Not Found", &json!({})),
        }
    };
    match asked {
        Ok(result) => answer(200, &json!({"ok": true, "result": result})),
        Err(error) => told(&error),
    }
}

fn invalid(reason: &str) -> TelegramError {
    TelegramError::Invalid { reason: format!("Bad Request: {reason}") }
}

fn chat_of(body: &Value) -> Result<ChatId, TelegramError> {
    let text = match &body["chat_id"] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(invalid("chat_id is empty")),
    };
    ChatId::parse(&text).map_err(|_| invalid("chat not found"))
}

async fn get_chat(fake: &FakeTelegram, body: &Value) -> Result<Value, TelegramError> {
    let chat = chat_of(body)?;
    let title = fake.chat_title(&chat).await?;
    Ok(json!({"id": chat.as_str().parse::<i64>().unwrap_or_default(), "type": "supergroup", "title": title}))
}

async fn message(fake: &FakeTelegram, body: &Value) -> Result<Value, TelegramError> {
    let chat = chat_of(body)?;
    let html = body["text"].as_str().unwrap_or_default();
    parse(html)?;
    let message = Message { html: html.to_owned(), silent: body["disable_notification"] == json!(true) };
    let id = fake.send(&chat, &message).await.map_err(|error| match error {
        TelegramError::Invalid { .. } if message.characters() == 0 => invalid("message text is empty"),
        TelegramError::Invalid { .. } => invalid("message is too long"),
        other => other,
    })?;
    Ok(sent(id, &chat))
}

async fn document(fake: &FakeTelegram, mut form: Multipart) -> Result<Value, TelegramError> {
    let (mut fields, mut file) = (json!({}), None);
    while let Ok(Some(field)) = form.next_field().await {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "document" {
            let file_name = field.file_name().unwrap_or_default().to_owned();
            let media_type = field.content_type().unwrap_or_default().to_owned();
            file = Some((file_name, media_type, field.bytes().await.unwrap_or_default()));
        } else {
            fields[name] = json!(field.text().await.unwrap_or_default());
        }
    }
    let chat = chat_of(&fields)?;
    let caption = fields["caption"].as_str().unwrap_or_default().to_owned();
    parse(&caption)?;
    let Some((name, media_type, bytes)) = file else {
        return Err(invalid("there is no document in the request"));
    };
    // the fake keeps what callers of it write: the one type that this product sends, else bytes
    let workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let media_type = if media_type == workbook { workbook } else { "application/octet-stream" };
    let id = fake.send_document(&chat, &Document { name, media_type, bytes, caption }).await?;
    Ok(sent(id, &chat))
}

fn sent(id: MessageId, chat: &ChatId) -> Value {
    json!({"message_id": id.0, "date": 0, "chat": {"id": chat.as_str(), "type": "supergroup"}})
}

/// Telegram's few tags, each closed; every other `<` is an error.
fn parse(html: &str) -> Result<(), TelegramError> {
    let (mut open, mut rest) = (Vec::new(), html);
    while let Some((_, after)) = rest.split_once('<') {
        let Some((tag, behind)) = after.split_once('>') else {
            return Err(invalid("can't parse entities: unclosed start tag"));
        };
        rest = behind;
        if let Some(closed) = tag.strip_prefix('/') {
            if open.pop() != Some(closed) {
                return Err(invalid("can't parse entities: unmatched end tag"));
            }
            continue;
        }
        let name = tag.split_whitespace().next().unwrap_or_default();
        if !TAGS.contains(&name) {
            return Err(invalid("can't parse entities: unsupported start tag"));
        }
        open.push(name);
    }
    if open.is_empty() { Ok(()) } else { Err(invalid("can't parse entities: can't find end tag")) }
}

fn told(error: &TelegramError) -> Response {
    match error {
        TelegramError::Unauthorized => refused(401, "Unauthorized", &json!({})),
        TelegramError::ChatRefused { reason, .. } => {
            let status = if reason.starts_with("Forbidden") { 403 } else { 400 };
            refused(status, reason, &json!({}))
        }
        TelegramError::Moved { to, .. } => {
            let to: i64 = to.as_str().parse().unwrap_or_default();
            let words = "Bad Request: group chat was upgraded to a supergroup chat";
            refused(400, words, &json!({"migrate_to_chat_id": to}))
        }
        TelegramError::TooFast { retry_after } => {
            let seconds = retry_after.map_or(1, |wait| wait.as_secs());
            refused(
                429,
                &format!("Too Many Requests: retry after {seconds}"),
                &json!({"retry_after": seconds}),
            )
        }
        TelegramError::Invalid { reason } => refused(400, reason, &json!({})),
        _ => refused(500, "Internal Server Error", &json!({})),
    }
}

fn refused(status: u16, words: &str, parameters: &Value) -> Response {
    answer(
        status,
        &json!({"ok": false, "error_code": status, "description": words, "parameters": parameters}),
    )
}

fn answer(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// The chat as people see it: for looking, and for pictures.
async fn chat(State(room): State<Room>, Path(chat): Path<String>) -> Html<String> {
    let mut page = String::from(
        "<!DOCTYPE html><meta charset=utf-8><title>Telegram</title><style>body{margin:0;padding:20px;\
         background:#d6e4d0;font:15px/1.4 -apple-system,'Segoe UI',Roboto,Arial,sans-serif}\
         .m{max-width:430px;background:#fff;border-radius:12px;padding:8px 12px;margin:0 0 8px;\
         white-space:pre-wrap;overflow-wrap:anywhere;box-shadow:0 1px 1px #0002}a{color:#168acd}\
         .s{color:#8a9;font-size:12px}</style>",
    );
    for posted in room.fake.posted(&chat) {
        let _ = match posted {
            Posted::Message(message) => {
                let silent = if message.silent { "<div class=s>без звука</div>" } else { "" };
                write!(page, "<div class=m>{}{silent}</div>", message.html)
            }
            Posted::Document(document) => {
                write!(
                    page,
                    "<div class=m>📄 {}<br>{}</div>",
                    telegram_client::escape(&document.name),
                    document.caption
                )
            }
        };
    }
    Html(page)
}
