//! What every Telegram must do: run on the fake, and on the live client over the fake behind HTTP.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a suite of checks: it fails loudly")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::fake::{FakeTelegram, Fault, Posted};
use crate::{ChatId, Document, MOST_CHARACTERS, Message, TelegramApi, TelegramError};

/// What is checked, and the world behind it: the group `-100500` «Продажи».
pub struct World {
    /// What is checked.
    pub api: Arc<dyn TelegramApi>,
    /// What it talks to.
    pub fake: FakeTelegram,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}

const GROUP: &str = "-100500";

/// All checks, each in a world of its own.
///
/// # Panics
/// Where one does not hold.
pub async fn all<F: Future<Output = World>>(world: impl Fn() -> F) {
    a_message_stands_in_the_chat_once(world().await).await;
    refusals_say_what_to_do(world().await).await;
    a_wait_is_told(world().await).await;
    a_lost_answer_is_never_sent_again_by_itself(world().await).await;
    too_long_a_message_does_not_travel(world().await).await;
    a_document_arrives_whole(world().await).await;
}

fn group() -> ChatId {
    ChatId::parse(GROUP).unwrap()
}

async fn a_message_stands_in_the_chat_once(world: World) {
    assert_eq!(world.api.bot().await.unwrap().username, "zvonar_bot");
    assert_eq!(world.api.chat_title(&group()).await.unwrap(), "Продажи");
    let message = Message::new("<b>Итоги дня</b>\nЗвонков: 12 &amp; один пропущенный").silently();
    let first = world.api.send(&group(), &message).await.unwrap();
    let second = world.api.send(&group(), &Message::new("ещё")).await.unwrap();
    assert!(second > first);
    let posted = world.fake.posted(GROUP);
    assert_eq!(posted, [Posted::Message(message), Posted::Message(Message::new("ещё"))]);
}

async fn refusals_say_what_to_do(world: World) {
    let stranger = ChatId::parse("-1").unwrap();
    for error in [
        world.api.chat_title(&stranger).await.unwrap_err(),
        world.api.send(&stranger, &Message::new("x")).await.unwrap_err(),
    ] {
        assert!(matches!(&error, TelegramError::ChatRefused { chat, .. } if *chat == stranger), "{error}");
        assert!(!error.is_retryable());
    }
    world.fake.move_chat(GROUP, "-1001").unwrap();
    let error = world.api.send(&group(), &Message::new("x")).await.unwrap_err();
    let TelegramError::Moved { to, .. } = &error else { panic!("{error}") };
    world.api.send(to, &Message::new("x")).await.unwrap();
    world.fake.block("-1001");
    let error = world.api.send(to, &Message::new("x")).await.unwrap_err();
    assert!(matches!(error, TelegramError::ChatRefused { .. }), "{error}");
    world.fake.play(Fault::Revoked);
    let error = world.api.send(&group(), &Message::new("x")).await.unwrap_err();
    assert!(matches!(error, TelegramError::Unauthorized), "{error}");
    assert!(matches!(world.api.bot().await.unwrap_err(), TelegramError::Unauthorized));
}

async fn a_wait_is_told(world: World) {
    // longer than any client waits by itself
    let wait = Duration::from_hours(1);
    world.fake.play(Fault::TooFast(wait));
    let error = world.api.send(&group(), &Message::new("x")).await.unwrap_err();
    assert!(error.is_retryable() && !error.may_have_applied(), "{error}");
    assert_eq!(error.retry_after(), Some(wait));
    assert_eq!(world.fake.posted(GROUP), []);
}

async fn a_lost_answer_is_never_sent_again_by_itself(world: World) {
    for (fault, stands) in [(Fault::AnswerLost, 1), (Fault::Broken, 1)] {
        world.fake.play(fault);
        let error = world.api.send(&group(), &Message::new("x")).await.unwrap_err();
        assert!(error.is_retryable() && error.may_have_applied(), "{error}");
        assert_eq!(world.fake.posted(GROUP).len(), stands, "{fault:?}");
    }
}

async fn too_long_a_message_does_not_travel(world: World) {
    for html in [String::new(), "<b></b>".into(), "я".repeat(MOST_CHARACTERS + 1)] {
        let error = world.api.send(&group(), &Message::new(html)).await.unwrap_err();
        assert!(matches!(error, TelegramError::Invalid { .. }), "{error}");
    }
    let longest = format!("<b>{}</b>", "я".repeat(MOST_CHARACTERS));
    world.api.send(&group(), &Message::new(longest)).await.unwrap();
    assert_eq!(world.fake.posted(GROUP).len(), 1);
}

async fn a_document_arrives_whole(world: World) {
    let document = Document {
        name: "Неделя «Продажи».xlsx".into(),
        media_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        bytes: Bytes::from((0..50_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<u8>>()),
        caption: "<b>Неделя</b>".into(),
    };
    world.api.send_document(&group(), &document).await.unwrap();
    assert_eq!(world.fake.posted(GROUP), [Posted::Document(document)]);
}
