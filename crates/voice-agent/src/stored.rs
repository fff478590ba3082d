//! [`CallMemory`] in the database of the house.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{CallId, Currency, Money, PhoneNumber};
use store::{Conversation, ConversationBegun, ConversationStage, Conversations, Placement, StoreError};

use crate::{Archiving, Begun, CallMemory, Dialogue, DialogueState, PartFailed, PlacedRequest};

/// Calls kept in the store; an `Arc<dyn Store>` will do.
#[derive(Clone)]
pub struct StoredMemory(Arc<dyn Conversations>);

impl std::fmt::Debug for StoredMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoredMemory")
    }
}

impl StoredMemory {
    /// On this store.
    pub fn new(store: Arc<dyn Conversations>) -> Self {
        Self(store)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn failed(error: StoreError) -> PartFailed {
    PartFailed { part: "memory", reason: error.to_string(), retryable: error.is_retryable() }
}

fn unreadable(error: &serde_json::Error) -> PartFailed {
    // what serde says may quote the words
    PartFailed::lasting("memory", format!("a call cannot be read or written: {:?}", error.classify()))
}

fn conversation_of(dialogue: &Dialogue) -> Result<Conversation, PartFailed> {
    let stage = match (dialogue.state, dialogue.archiving) {
        (DialogueState::Ended { .. }, Archiving::Done) => ConversationStage::Closed,
        (DialogueState::Ended { .. }, _) => ConversationStage::Ended,
        _ => ConversationStage::Live,
    };
    let sum = |currency| {
        let of_it = dialogue.cost.iter().map(|paid| paid.amount).filter(|amount| amount.currency == currency);
        Money::from_micros(currency, of_it.map(|amount| amount.micros).fold(0, i64::saturating_add))
    };
    let cost = [Currency::RUB, Currency::USD].map(sum).into_iter().filter(|sum| sum.micros != 0).collect();
    Ok(Conversation {
        call: dialogue.call,
        version: dialogue.version,
        stage,
        phone: dialogue.phone.clone(),
        started_at: dialogue.started_at,
        touched_at: dialogue.touched_at,
        cost,
        body: serde_json::to_string(dialogue).map_err(|error| unreadable(&error))?,
    })
}

pub(crate) fn dialogue_of(conversation: &Conversation) -> Result<Dialogue, PartFailed> {
    let mut dialogue: Dialogue =
        serde_json::from_str(&conversation.body).map_err(|error| unreadable(&error))?;
    dialogue.version = conversation.version;
    Ok(dialogue)
}

#[async_trait]
impl CallMemory for StoredMemory {
    async fn begin(
        &self,
        dialogue: &Dialogue,
        request: Option<(&str, &PlacedRequest)>,
        at_most: Option<u32>,
    ) -> Result<Begun, PartFailed> {
        let placement = request
            .map(|(key, placed)| (key, Placement { call: placed.call, digest: placed.digest.clone() }));
        let placement = placement.as_ref().map(|(key, placement)| (*key, placement));
        let begun = self.0.begin_conversation(&conversation_of(dialogue)?, placement, at_most).await;
        Ok(match begun.map_err(failed)? {
            ConversationBegun::New => Begun::New,
            ConversationBegun::Known => Begun::Known,
            ConversationBegun::Placed(Placement { call, digest }) => {
                Begun::Placed(PlacedRequest { call, digest })
            }
            ConversationBegun::TooMany => Begun::TooMany,
        })
    }

    async fn dialogue(&self, call: CallId) -> Result<Option<Dialogue>, PartFailed> {
        let conversation = self.0.conversation(call).await.map_err(failed)?;
        conversation.as_ref().map(dialogue_of).transpose()
    }

    async fn save(&self, dialogue: &Dialogue) -> Result<bool, PartFailed> {
        self.0.save_conversation(&conversation_of(dialogue)?).await.map_err(failed)
    }

    async fn open_calls(&self, limit: u32) -> Result<Vec<Dialogue>, PartFailed> {
        let open = self.0.open_conversations(limit).await.map_err(failed)?;
        open.iter().map(dialogue_of).collect()
    }

    async fn calls_in_progress(&self) -> Result<u32, PartFailed> {
        self.0.live_conversations().await.map_err(failed)
    }

    async fn placed(&self, key: &str) -> Result<Option<PlacedRequest>, PartFailed> {
        let placement = self.0.placement(key).await.map_err(failed)?;
        Ok(placement.map(|Placement { call, digest }| PlacedRequest { call, digest }))
    }

    async fn spent_since(&self, from: DateTime<Utc>) -> Result<Vec<Money>, PartFailed> {
        self.0.spent_on_conversations(from).await.map_err(failed)
    }

    async fn is_stopped(&self, phone: &PhoneNumber) -> Result<bool, PartFailed> {
        self.0.is_number_stopped(phone).await.map_err(failed)
    }

    async fn stop(&self, phone: &PhoneNumber, why: &str, now: DateTime<Utc>) -> Result<(), PartFailed> {
        self.0.stop_number(phone, why, now).await.map(|_is_new| ()).map_err(failed)
    }
}
