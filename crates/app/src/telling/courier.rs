//! Takes messages out of the outbox to Telegram, mail and telephony; again with growing pauses for a day,
//! then a person must look.
//!
//! Telegram knows no key under which a message is sent once. One whose answer is lost is sent again: twice
//! is better than never. A mail keeps its `Message-ID`, so mail programs show it once.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Clock, Rubric};
use mail_client::{Mail, MailError};
use serde::de::DeserializeOwned;
use store::{ClaimedDelivery, DeliveryOutcome, DeliveryTarget, DeliveryWay, Store, StoreError};
use telegram_client::{ChatId, Message, TelegramError};
use tokio_util::sync::CancellationToken;

use super::channels::{Channels, MailChannel, TelegramChannel};
use super::post::{Attached, MailPost, TelegramPost};
use crate::weekly::{Contents, WeekOf, Weeks};
use crate::write_back::WritesBack;

/// At once.
const TOGETHER: u32 = 20;
/// Longer than an attempt may take: the mail server and Telegram have patience of their own.
const LEASE: Duration = Duration::from_mins(5);
/// Pauses after failed attempts, s; together a day. Then the message is dead.
const PAUSES: [u32; 17] = [
    10, 30, 60, 300, 600, 1_800, 3_600, 7_200, 7_200, 7_200, 7_200, 7_200, 7_200, 7_200, 7_200, 7_200, 7_200,
];
/// Pauses before an end is written down again, s: less than a lease together.
const WRITTEN_AGAIN: [u64; 7] = [1, 2, 4, 8, 16, 32, 64];
/// A setting that must be mended is looked at no sooner.
const MENDING: Duration = Duration::from_mins(10);
/// A group that became a supergroup: its new id among the settings.
const MOVED: &str = "telegram/moved/";

/// Takes messages out of the outbox.
pub(crate) struct Courier {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) channels: Channels,
    pub(crate) write_back: Option<Arc<dyn WritesBack>>,
    /// Reports of weeks, with the rubric whose criteria are their columns.
    pub(crate) weeks: Option<(Weeks, Rubric)>,
}

/// An attempt that did not work out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Undelivered {
    pub(crate) why: String,
    /// The same never succeeds.
    pub(crate) for_good: bool,
    /// Not before.
    pub(crate) wait: Option<Duration>,
}

impl Undelivered {
    pub(crate) fn for_good(why: impl Into<String>) -> Self {
        Self { why: why.into(), for_good: true, wait: None }
    }

    pub(crate) fn again(why: impl Into<String>, wait: Option<Duration>) -> Self {
        Self { why: why.into(), for_good: false, wait }
    }
}

impl Courier {
    /// Delivers what is due now; says how much that was. What `stop` meets before it is sent is put back.
    pub(crate) async fn deliver(&self, stop: &CancellationToken) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let claims = self.store.claim_deliveries(DeliveryWay::Messages, TOGETHER, LEASE, now).await?;
        let count = claims.len();
        for claim in claims {
            let outcome = if stop.is_cancelled() {
                let error = "put back: the program stops".to_owned();
                DeliveryOutcome::Again { due_at: self.clock.now(), status: None, error }
            } else {
                let sent = self.send(&claim).await?;
                outcome(&claim, sent, self.clock.now())
            };
            if let DeliveryOutcome::Dead { error, .. } = &outcome {
                tracing::error!(event = claim.delivery.what.event, error, "a message is given up");
            }
            self.settle(&claim, &outcome).await?;
        }
        Ok(count)
    }

    /// A message that left is written down as left even if the database is away for a while: else it would
    /// leave twice.
    async fn settle(&self, claim: &ClaimedDelivery, outcome: &DeliveryOutcome) -> Result<(), StoreError> {
        let mut pauses = WRITTEN_AGAIN.iter();
        loop {
            match self.store.settle_delivery(claim, outcome, self.clock.now()).await {
                // whoever has it by now settles it
                Ok(()) | Err(StoreError::LeaseLost) => return Ok(()),
                Err(error) => match pauses.next().filter(|_| error.is_retryable()) {
                    Some(seconds) => {
                        tracing::warn!(%error, "the end of a message waits for the database");
                        tokio::time::sleep(Duration::from_secs(*seconds)).await;
                    }
                    None => return Err(error),
                },
            }
        }
    }

    async fn send(&self, claim: &ClaimedDelivery) -> Result<Result<(), Undelivered>, StoreError> {
        let gone = || Undelivered::for_good("its channel is no longer configured");
        let what = &claim.delivery.what;
        Ok(match (what.target, &self.channels.telegram, &self.channels.mail, &self.write_back) {
            (DeliveryTarget::Telegram, Some(channel), ..) => match read(&what.body) {
                Ok(post) => self.to_chat(channel, &post).await?,
                Err(error) => Err(error),
            },
            (DeliveryTarget::Mail, _, Some(channel), _) => match self.post(&what.body).await? {
                Ok(post) => to_people(channel, &what.key, claim.delivery.created_at, &post).await,
                Err(error) => Err(error),
            },
            (DeliveryTarget::Uis, _, _, Some(telephony)) => telephony.write(&claim.delivery).await,
            _ => Err(gone()),
        })
    }

    /// A letter as it lies there, or the report of a week, made now.
    async fn post(&self, body: &str) -> Result<Result<MailPost, Undelivered>, StoreError> {
        let Ok(of) = serde_json::from_str::<WeekOf>(body) else { return Ok(read(body)) };
        let Some(weeks) = &self.weeks else {
            return Ok(Err(Undelivered::again("the rubric of the settings cannot be read", Some(MENDING))));
        };
        let now = self.clock.now();
        let made = weeks.0.reports(of.week, Some(&of.manager), &weeks.1, Contents::Discreet, now).await?;
        Ok(made
            .first()
            .map(MailPost::from)
            .ok_or_else(|| Undelivered::for_good("no calls are left of that week")))
    }

    async fn to_chat(
        &self,
        channel: &TelegramChannel,
        post: &TelegramPost,
    ) -> Result<Result<(), Undelivered>, StoreError> {
        let key = format!("{MOVED}{}", channel.chat);
        let moved = self.store.setting(&key).await?.and_then(|id| ChatId::parse(&id).ok());
        let chat = moved.unwrap_or_else(|| channel.chat.clone());
        let message = Message { html: post.html.clone(), silent: post.silent };
        let mut sent = channel.api.send(&chat, &message).await;
        if let Err(TelegramError::Moved { to, .. }) = &sent {
            tracing::warn!(from = %chat, %to, "the chat has another number now; set TELEGRAM_CHAT_ID to it");
            self.store.set_setting(&key, to.as_str()).await?;
            let to = to.clone();
            sent = channel.api.send(&to, &message).await;
        }
        Ok(sent.map(|_| ()).map_err(|error| match &error {
            TelegramError::Invalid { .. } => Undelivered::for_good(error.to_string()),
            error if error.is_retryable() => Undelivered::again(error.to_string(), error.retry_after()),
            error => Undelivered::again(error.to_string(), Some(MENDING)),
        }))
    }
}

async fn to_people(
    channel: &MailChannel,
    key: &str,
    at: DateTime<Utc>,
    post: &MailPost,
) -> Result<(), Undelivered> {
    let mail = Mail {
        to: channel.to.clone(),
        subject: post.subject.clone(),
        text: post.text.clone(),
        html: Some(post.html.clone()),
        files: post.files.iter().map(Attached::file).collect(),
        ..Mail::new(key, SystemTime::from(at))
    };
    channel.mailer.send(&mail).await.map_err(|error| match &error {
        MailError::Invalid { .. } => Undelivered::for_good(error.to_string()),
        error if error.is_retryable() => Undelivered::again(error.to_string(), None),
        error => Undelivered::again(error.to_string(), Some(MENDING)),
    })
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T, Undelivered> {
    serde_json::from_str(body).map_err(|_| Undelivered::for_good("the message cannot be read"))
}

fn outcome(claim: &ClaimedDelivery, sent: Result<(), Undelivered>, now: DateTime<Utc>) -> DeliveryOutcome {
    let failed = match sent {
        Ok(()) => return DeliveryOutcome::Delivered { status: 200 },
        Err(failed) => failed,
    };
    let error: String = failed.why.chars().take(300).collect();
    let place = usize::try_from(claim.delivery.attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    match PAUSES.get(place) {
        Some(seconds) if !failed.for_good => {
            let pause = Duration::from_secs(u64::from(*seconds));
            let pause = failed.wait.map_or(pause, |wait| pause.max(wait.min(Duration::from_hours(2))));
            let due_at = now + TimeDelta::from_std(pause).unwrap_or_default();
            DeliveryOutcome::Again { due_at, status: None, error }
        }
        _ => DeliveryOutcome::Dead { status: None, error },
    }
}
