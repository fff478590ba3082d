//! What goes out: who wants to be told of what, and the outbox that tells them at least once: webhooks, the
//! CRM, messages to people, tags of the telephony.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::CallId;

use super::calls::{Page, PageRequest};
use crate::StoreError;

/// The number of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubscriptionId(pub i64);

/// Somebody who wants to be told.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSubscription {
    /// Where to; may itself be a secret, so it is not shown by `Debug`.
    pub url: String,
    /// Of which events; empty = of all.
    pub events: Vec<String>,
    /// What the body is signed with, as given.
    pub secret: String,
}

impl fmt::Debug for NewSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSubscription").field("events", &self.events).finish_non_exhaustive()
    }
}

/// A kept subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its number.
    pub id: SubscriptionId,
    /// What is wanted.
    pub wish: NewSubscription,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// Whom a delivery is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeliveryTarget {
    /// A subscription.
    Subscription(SubscriptionId),
    /// The CRM that results are written back to.
    Crm,
    /// The chat that people are told things in.
    Telegram,
    /// The addresses that people are told things at.
    Mail,
    /// The telephony whose calls get tags and a comment.
    Uis,
}

impl DeliveryTarget {
    /// The name in the database; `None` = a webhook.
    pub const fn channel(self) -> Option<&'static str> {
        match self {
            Self::Subscription(_) | Self::Crm => None,
            Self::Telegram => Some("telegram"),
            Self::Mail => Some("mail"),
            Self::Uis => Some("uis"),
        }
    }

    /// Reads [`Self::channel`] back.
    pub fn of_channel(name: &str) -> Option<Self> {
        [Self::Telegram, Self::Mail, Self::Uis].into_iter().find(|target| target.channel() == Some(name))
    }
}

/// Who takes deliveries out of the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryWay {
    /// The web service: subscriptions and the CRM.
    Webhooks,
    /// Whoever leads: Telegram, mail and the telephony.
    Messages,
}

/// The number of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryId(pub i64);

/// A delivery to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// Names what is told, so that it is queued once: the same key for the same target again is
    /// passed over.
    pub key: String,
    /// For whom.
    pub target: DeliveryTarget,
    /// What happened.
    pub event: String,
    /// About which call: erasing it erases the delivery.
    pub call: Option<CallId>,
    /// What is sent, byte for byte.
    pub body: String,
    /// Not before.
    pub due_at: DateTime<Utc>,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeliveryState {
    /// To be sent from `due_at` on.
    Ready,
    /// Somebody is sending it.
    Leased,
    /// Taken by the other side.
    Done,
    /// Given up: only a person brings it back.
    Dead,
}

impl DeliveryState {
    /// All.
    pub const ALL: [Self; 4] = [Self::Ready, Self::Leased, Self::Done, Self::Dead];

    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Leased => "leased",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A line of the delivery log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its number.
    pub id: DeliveryId,
    /// What is told to whom.
    pub what: NewDelivery,
    /// Attempts begun.
    pub attempt: u32,
    /// Where it stands; `what.due_at` is when it is tried next.
    pub state: DeliveryState,
    /// What the other side answered last.
    pub last_status: Option<u16>,
    /// What went wrong last; no secrets, no bodies.
    pub last_error: Option<String>,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

/// A delivery that the caller now makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedDelivery {
    /// What.
    pub delivery: Delivery,
    /// Proof of the claim.
    pub token: i64,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// Taken.
    Delivered {
        /// What the other side answered.
        status: u16,
    },
    /// To be tried again.
    Again {
        /// Not before.
        due_at: DateTime<Utc>,
        /// What the other side answered, if it did.
        status: Option<u16>,
        /// What went wrong.
        error: String,
    },
    /// Given up.
    Dead {
        /// What the other side answered, if it did.
        status: Option<u16>,
        /// What went wrong.
        error: String,
    },
}

/// Which deliveries. Empty = all.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    /// For this target.
    pub target: Option<DeliveryTarget>,
    /// In this state.
    pub state: Option<DeliveryState>,
    /// Of this event.
    pub event: Option<String>,
    /// About this call.
    pub call: Option<CallId>,
}

/// Subscriptions and the outbox.
#[async_trait]
pub trait WebhookDeliveries: Send + Sync {
    /// Keeps a subscription.
    async fn add_subscription(
        &self,
        wish: &NewSubscription,
        now: DateTime<Utc>,
    ) -> Result<Subscription, StoreError>;

    /// All subscriptions, oldest first.
    async fn subscriptions(&self) -> Result<Vec<Subscription>, StoreError>;

    /// Removes a subscription with everything in its outbox; says whether there was one.
    async fn remove_subscription(&self, id: SubscriptionId) -> Result<bool, StoreError>;

    /// Puts deliveries into the outbox; returns how many were new. Those about unknown calls or for
    /// unknown subscriptions are passed over.
    async fn queue_deliveries(
        &self,
        deliveries: &[NewDelivery],
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError>;

    /// Takes due deliveries, the longest due first, and those whose lease ran out; counts the attempt.
    async fn claim_deliveries(
        &self,
        way: DeliveryWay,
        limit: u32,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> Result<Vec<ClaimedDelivery>, StoreError>;

    /// Ends an attempt.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] where somebody else has it by now; nothing is written then.
    async fn settle_delivery(
        &self,
        claim: &ClaimedDelivery,
        outcome: &DeliveryOutcome,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// When the next delivery is due (or its lease runs out); past = now, `None` = the outbox is empty.
    async fn next_delivery_due(&self, way: DeliveryWay) -> Result<Option<DateTime<Utc>>, StoreError>;

    /// The log, newest first, keyset-paged.
    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<Delivery>, StoreError>;

    /// A person's retry of a dead, waiting or even finished delivery: due now with no attempts. Says
    /// whether there was one that nobody is sending at the moment.
    async fn retry_delivery(&self, id: DeliveryId, now: DateTime<Utc>) -> Result<bool, StoreError>;

    /// Drops finished and dead deliveries that last changed before an instant; returns how many.
    async fn forget_deliveries(&self, before: DateTime<Utc>) -> Result<u64, StoreError>;
}
