//! Facts that are due become letters in the outbox, a topic together.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use notices::{Letter, Notice, Topic};
use store::{DeliveryTarget, Fact, FactId, NewDelivery, StoreError};

use super::Telling;
use super::post::{MailPost, TelegramPost};

impl Telling {
    /// Writes what is due: of a topic one of whose facts is due all that wait are told. Killed before the
    /// transaction it has told nothing, after it everything.
    pub(crate) async fn write(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let waiting = self.store.untold_facts().await?;
        let due: BTreeSet<Topic> =
            waiting.iter().filter(|fact| fact.what.due_at <= now).filter_map(topic).collect();
        for wanted in due {
            let together: Vec<&Fact> = waiting.iter().filter(|fact| topic(fact) == Some(wanted)).collect();
            self.tell(wanted, &together, now).await?;
        }
        Ok(())
    }

    async fn tell(&self, topic: Topic, facts: &[&Fact], now: DateTime<Utc>) -> Result<(), StoreError> {
        let notices: Vec<Notice> =
            facts.iter().filter_map(|fact| serde_json::from_str(&fact.what.body).ok()).collect();
        let ids: Vec<FactId> = facts.iter().map(|fact| fact.id).collect();
        let (first, last) = (ids.iter().min(), ids.iter().max());
        let span = format!("{}-{}", first.map_or(0, |id| id.0), last.map_or(0, |id| id.0));
        let letters = self.voice.letters(&notices, now);
        let messages: Vec<NewDelivery> = letters
            .iter()
            .enumerate()
            .flat_map(|(n, letter)| self.messages(topic, &format!("letter/{span}/{n}"), letter, now))
            .collect();
        self.store.tell_facts(&ids, &messages, now).await?;
        Ok(())
    }

    /// The letter for each channel there is.
    fn messages(&self, topic: Topic, key: &str, letter: &Letter, now: DateTime<Utc>) -> Vec<NewDelivery> {
        let telegram = self.channels.telegram.as_ref().map(|_| DeliveryTarget::Telegram);
        let mail = self.channels.mail.as_ref().map(|_| DeliveryTarget::Mail);
        let message = |target| {
            let body = match target {
                DeliveryTarget::Telegram => serde_json::to_string(&TelegramPost::from(letter)),
                _ => serde_json::to_string(&MailPost::from(letter)),
            };
            let (key, event) = (key.to_owned(), topic.as_str().to_owned());
            Some(NewDelivery { key, target, event, call: None, body: body.ok()?, due_at: now })
        };
        [telegram, mail].into_iter().flatten().filter_map(message).collect()
    }
}

fn topic(fact: &Fact) -> Option<Topic> {
    Topic::parse(&fact.what.topic)
}
