//! Telegram in memory: it keeps what it is told and refuses what Telegram refuses.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::client::fits;
use crate::{
    Bot, ChatId, Document, MOST_CAPTION, MOST_CHARACTERS, Message, MessageId, TelegramApi, TelegramError,
};

/// What goes wrong at the next request that sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 429 with this wait.
    TooFast(Duration),
    /// 500: nothing was sent.
    Broken,
    /// The message stands in the chat, and the answer is lost.
    AnswerLost,
    /// The token is revoked, until [`FakeTelegram::mend`].
    Revoked,
}

/// What stands in a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posted {
    /// A message.
    Message(Message),
    /// A file.
    Document(Document),
}

/// Telegram in memory. Clones share one world.
#[derive(Debug, Clone, Default)]
pub struct FakeTelegram(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    chats: HashMap<String, Chat>,
    faults: VecDeque<Fault>,
    revoked: bool,
    last: i64,
}

#[derive(Debug, Default)]
struct Chat {
    title: String,
    blocked: bool,
    moved_to: Option<ChatId>,
    posted: Vec<Posted>,
}

impl FakeTelegram {
    /// Without chats.
    pub fn new() -> Self {
        Self::default()
    }

    /// A chat that the bot is a member of.
    #[must_use]
    pub fn with_chat(self, id: &str, title: &str) -> Self {
        title.clone_into(&mut self.lock().chats.entry(id.to_owned()).or_default().title);
        self
    }

    /// The chat's people put the bot out.
    pub fn block(&self, id: &str) {
        self.lock().chats.entry(id.to_owned()).or_default().blocked = true;
    }

    /// The group became a supergroup.
    ///
    /// # Errors
    /// [`TelegramError::Config`] where the new id is none.
    pub fn move_chat(&self, from: &str, to: &str) -> Result<(), TelegramError> {
        let new = ChatId::parse(to)?;
        let mut state = self.lock();
        let title = state.chats.get(from).map(|chat| chat.title.clone()).unwrap_or_default();
        state.chats.entry(from.to_owned()).or_default().moved_to = Some(new);
        state.chats.entry(to.to_owned()).or_default().title = title;
        Ok(())
    }

    /// What goes wrong next, in turn.
    pub fn play(&self, fault: Fault) {
        self.lock().faults.push_back(fault);
    }

    /// Everything works again.
    pub fn mend(&self) {
        let mut state = self.lock();
        state.faults.clear();
        state.revoked = false;
    }

    /// What stands in a chat, oldest first.
    pub fn posted(&self, id: &str) -> Vec<Posted> {
        self.lock().chats.get(id).map(|chat| chat.posted.clone()).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn post(&self, chat: &ChatId, what: Posted) -> Result<MessageId, TelegramError> {
        let mut state = self.lock();
        let fault = state.faults.pop_front();
        match fault {
            Some(Fault::Revoked) => state.revoked = true,
            Some(Fault::TooFast(wait)) => return Err(TelegramError::TooFast { retry_after: Some(wait) }),
            Some(Fault::Broken) => {
                let reason = "Internal Server Error".to_owned();
                return Err(TelegramError::Unavailable { reason, retry_after: None, unsure: true });
            }
            Some(Fault::AnswerLost) | None => {}
        }
        state.open(chat)?.posted.push(what);
        state.last += 1;
        if fault == Some(Fault::AnswerLost) {
            let reason = "the answer was lost".to_owned();
            return Err(TelegramError::Unavailable { reason, retry_after: None, unsure: true });
        }
        Ok(MessageId(state.last))
    }
}

impl State {
    /// The chat, where the bot may write there.
    fn open(&mut self, id: &ChatId) -> Result<&mut Chat, TelegramError> {
        if self.revoked {
            return Err(TelegramError::Unauthorized);
        }
        let refused =
            |reason: &str| TelegramError::ChatRefused { chat: id.clone(), reason: reason.to_owned() };
        let chat = self.chats.get_mut(id.as_str()).ok_or_else(|| refused("Bad Request: chat not found"))?;
        if let Some(to) = &chat.moved_to {
            return Err(TelegramError::Moved { from: id.clone(), to: to.clone() });
        }
        if chat.blocked {
            return Err(refused("Forbidden: bot was kicked from the supergroup chat"));
        }
        Ok(chat)
    }
}

#[async_trait]
impl TelegramApi for FakeTelegram {
    async fn bot(&self) -> Result<Bot, TelegramError> {
        if self.lock().revoked {
            return Err(TelegramError::Unauthorized);
        }
        Ok(Bot { id: 42, username: "zvonar_bot".into() })
    }

    async fn chat_title(&self, chat: &ChatId) -> Result<String, TelegramError> {
        self.lock().open(chat).map(|chat| chat.title.clone())
    }

    async fn send(&self, chat: &ChatId, message: &Message) -> Result<MessageId, TelegramError> {
        fits(&message.html, MOST_CHARACTERS)?;
        self.post(chat, Posted::Message(message.clone()))
    }

    async fn send_document(&self, chat: &ChatId, document: &Document) -> Result<MessageId, TelegramError> {
        if !document.caption.is_empty() {
            fits(&document.caption, MOST_CAPTION)?;
        }
        self.post(chat, Posted::Document(document.clone()))
    }
}
