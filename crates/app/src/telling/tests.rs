//! A leader may be killed anywhere.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{CallError, Clock, Lang};
use mail_client::Address;
use mail_client::testing::FakeMailer;
use notices::{HeardBadly, Notice, Voice};
use store::contract::call;
use store::{
    DeliveryFilter, DeliveryState, PageRequest, SqliteStore, Stage, Store, StoreError, StoreOptions,
};
use telegram_client::testing::{FakeTelegram, Posted};
use telegram_client::{Bot, ChatId, Document, Message, MessageId, TelegramApi, TelegramError};
use test_support::FakeClock;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{Channels, Courier, DayBudget, MailChannel, TelegramChannel, Telling};
use crate::TellingSettings;

const CHAT: &str = "-100500";

/// One of its answers never comes: the message stands in the chat, and its sender does not know.
struct Far {
    fake: FakeTelegram,
    /// The answer to the message after so many.
    silent_at: Option<usize>,
    /// The message stands there.
    stands: Arc<Notify>,
}

#[async_trait]
impl TelegramApi for Far {
    async fn bot(&self) -> Result<Bot, TelegramError> {
        self.fake.bot().await
    }

    async fn chat_title(&self, chat: &ChatId) -> Result<String, TelegramError> {
        self.fake.chat_title(chat).await
    }

    async fn send(&self, chat: &ChatId, message: &Message) -> Result<MessageId, TelegramError> {
        let sent = self.fake.send(chat, message).await;
        if self.silent_at == Some(self.fake.posted(CHAT).len()) {
            self.stands.notify_one();
            std::future::pending::<()>().await;
        }
        sent
    }

    async fn send_document(&self, chat: &ChatId, document: &Document) -> Result<MessageId, TelegramError> {
        self.fake.send_document(chat, document).await
    }
}

/// The outside of a company and its clock; leaders come and go.
struct Town {
    clock: Arc<FakeClock>,
    telegram: FakeTelegram,
    mail: FakeMailer,
}

impl Town {
    fn new() -> Self {
        Self {
            clock: Arc::new(FakeClock::new()),
            telegram: FakeTelegram::new().with_chat(CHAT, "Продажи"),
            mail: FakeMailer::new(),
        }
    }

    fn pass(&self, minutes: u64) {
        self.clock.advance(Duration::from_mins(minutes));
    }

    async fn leader(&self, place: &Path) -> Leader {
        self.leader_who_dies(place, None, Arc::default()).await
    }

    /// With the message in hand after which so many stand in the chat.
    async fn leader_who_dies(&self, place: &Path, silent_at: Option<usize>, stands: Arc<Notify>) -> Leader {
        let store: Arc<dyn Store> =
            Arc::new(SqliteStore::open(&place.join("zvonar.db"), StoreOptions::default()).await.unwrap());
        let to = vec![Address::parse("rop@example.ru").unwrap()];
        let api = Arc::new(Far { fake: self.telegram.clone(), silent_at, stands });
        let channels = Channels {
            telegram: Some(TelegramChannel { api, chat: ChatId::parse(CHAT).unwrap() }),
            mail: Some(MailChannel { mailer: Arc::new(self.mail.clone()), to }),
        };
        let telling = Telling {
            store: store.clone(),
            clock: self.clock.clone(),
            voice: Voice { lang: Lang::Ru, zone: chrono_tz::Europe::Moscow, page: None },
            settings: TellingSettings {
                quiet: None,
                low_score: 40.0,
                waiting_minutes: None,
                digest_at: None,
            },
            budget: None,
            channels: channels.clone(),
        };
        let clock = self.clock.clone();
        let courier = Courier { store: store.clone(), clock, channels, write_back: None, weeks: None };
        Leader { store, telling, courier }
    }

    /// What the chat and the mailbox hold.
    fn told(&self) -> (Vec<String>, Vec<String>) {
        let chat = self.telegram.posted(CHAT).into_iter().map(|posted| match posted {
            Posted::Message(message) => message.html,
            Posted::Document(document) => document.caption,
        });
        (chat.collect(), self.mail.taken().into_iter().map(|mail| mail.key).collect())
    }
}

struct Leader {
    store: Arc<dyn Store>,
    telling: Telling,
    courier: Courier,
}

impl Leader {
    /// Two topics, so four messages.
    async fn find(&self, at: DateTime<Utc>) -> Result<(), StoreError> {
        let found = ["a", "b", "c"].map(|name| call(name, 0));
        self.store.discover(&found, None, at).await?;
        let calls = found.map(|one| one.call.id);
        let low = calls.map(|call| {
            Notice::LowScore(HeardBadly { call, started_at: Some(at), score: 12.0, critical: None })
        });
        let failed =
            Notice::CallFailed {
                call: calls[0], started_at: Some(at), reason: "запись повреждена".into()
            };
        self.telling.note(&low, at).await?;
        self.telling.note(&[failed], at).await
    }

    async fn tell(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        self.telling.write().await?;
        while self.courier.deliver(stop).await? > 0 {}
        Ok(())
    }

    /// Deliveries in any state, and how many of their attempts were not the first.
    async fn again(&self) -> usize {
        let page = PageRequest { after: None, limit: 100 };
        let deliveries = self.store.deliveries(&DeliveryFilter::default(), page).await.unwrap().items;
        assert!(deliveries.iter().all(|one| one.state == DeliveryState::Done), "{deliveries:#?}");
        deliveries.iter().map(|one| one.attempt as usize - 1).sum()
    }
}

/// Lets work be looked at so many times, then drops it; what it came to, if it came to an end.
async fn killed_after<T>(polls: u32, work: impl Future<Output = T>) -> Option<T> {
    let mut work = Box::pin(work);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}

/// Whoever follows a dead leader finds the same facts, and takes up what was in hand when its lease has run out.
async fn follow(town: &Town, place: &Path, began: DateTime<Utc>) -> usize {
    let next = town.leader(place).await;
    next.find(began).await.unwrap();
    town.pass(6);
    next.tell(&CancellationToken::new()).await.unwrap();
    next.again().await
}

#[tokio::test]
async fn a_leader_killed_anywhere_loses_nothing_and_repeats_no_more_than_he_had_in_hand() {
    for polls in (1..).map(|n: u32| n + n * n / 12) {
        let (town, place, stop) = (Town::new(), tempfile::tempdir().unwrap(), CancellationToken::new());
        let began = town.clock.now();
        let dying = town.leader(place.path()).await;
        let life = async {
            dying.find(began).await.unwrap();
            town.pass(6);
            dying.tell(&stop).await.unwrap();
        };
        let lived = killed_after(polls, life).await.is_some();
        drop(dying);

        let again = follow(&town, place.path(), began).await;
        let (chat, mail) = town.told();
        for messages in [&chat, &mail] {
            let once: BTreeSet<&String> = messages.iter().collect();
            assert_eq!(once.len(), 2, "after {polls} looks: {messages:#?}");
            assert!(messages.len() <= 2 + again, "after {polls} looks: {messages:#?}, {again} in hand");
        }
        if lived {
            assert_eq!((chat.len(), mail.len(), again), (2, 2, 0), "who was not killed repeats nothing");
            return;
        }
    }
}

#[tokio::test]
async fn the_message_in_the_hand_of_the_killed_and_no_other_comes_twice() {
    for silent_at in 1..=2 {
        let (town, place, stop) = (Town::new(), tempfile::tempdir().unwrap(), CancellationToken::new());
        let (began, stands) = (town.clock.now(), Arc::new(Notify::new()));
        let dying = town.leader_who_dies(place.path(), Some(silent_at), stands.clone()).await;
        dying.find(began).await.unwrap();
        town.pass(6);
        tokio::select! {
            told = dying.tell(&stop) => panic!("no answer came, and yet {told:?}"),
            () = stands.notified() => {}
        }
        let in_hand = town.told().0.pop().unwrap();
        drop(dying);

        follow(&town, place.path(), began).await;
        let (chat, mail) = town.told();
        assert_eq!((chat.len(), mail.len()), (3, 2));
        assert_eq!(chat.iter().filter(|message| **message == in_hand).count(), 2);
    }
}

#[tokio::test]
async fn a_leader_who_is_asked_to_stop_puts_back_what_he_has_not_sent() {
    let (town, place, stop) = (Town::new(), tempfile::tempdir().unwrap(), CancellationToken::new());
    let leader = town.leader(place.path()).await;
    leader.find(town.clock.now()).await.unwrap();
    town.pass(6);
    leader.telling.write().await.unwrap();
    stop.cancel();
    leader.courier.deliver(&stop).await.unwrap();
    assert_eq!(town.told(), (Vec::new(), Vec::new()));

    // nobody waits for a lease
    leader.tell(&CancellationToken::new()).await.unwrap();
    let (chat, mail) = town.told();
    assert_eq!((chat.len(), mail.len()), (2, 2));
}

#[tokio::test]
async fn money_that_stopped_the_work_is_told_though_a_little_is_left() {
    let (town, place, stop) = (Town::new(), tempfile::tempdir().unwrap(), CancellationToken::new());
    let mut leader = town.leader(place.path()).await;
    leader.telling.budget =
        Some(DayBudget { most: "10RUB".parse().unwrap(), rub_micros_per_usd: 90_000_000 });
    let why =
        |code: &str| CallError { code: code.into(), message: "предел".into(), hint: String::new() };
    leader.store.pause(Stage::Analyze, None, &why("daily_budget"), town.clock.now()).await.unwrap();
    for _ in 0..2 {
        leader.telling.look().await.unwrap();
        leader.tell(&stop).await.unwrap();
    }
    let (chat, mail) = town.told();
    assert_eq!((chat.len(), mail.len()), (1, 1), "{chat:#?}");
    assert!(chat[0].contains("Бюджет исчерпан"), "{chat:#?}");

    // the pause of the day before lasts into the new one for a moment: nothing is spent there
    town.pass(24 * 60);
    leader.telling.look().await.unwrap();
    leader.tell(&stop).await.unwrap();
    assert_eq!(town.told().0.len(), 1);
}
