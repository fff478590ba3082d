//! UIS and CoMagic: tags of the account's dictionary and comments.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use store::{Delivery, Store};
use tokio::sync::Mutex;
use uis_client::{CommunicationId, SessionId, TagId, UisApi, UisError, all_tags};

use super::{Band, WritesBack, Written, later};
use crate::telling::Undelivered;

/// Writes into UIS.
pub(crate) struct UisWriteBack {
    api: Arc<dyn UisApi>,
    store: Arc<dyn Store>,
    /// Tags of the bands, once asked for.
    tags: Mutex<Option<[TagId; 3]>>,
}

impl UisWriteBack {
    pub(crate) fn new(api: Arc<dyn UisApi>, store: Arc<dyn Store>) -> Self {
        Self { api, store, tags: Mutex::new(None) }
    }

    /// What tags and comments hang on; the report of the hours around the call tells.
    async fn communication(&self, delivery: &Delivery) -> Result<CommunicationId, Undelivered> {
        let gone = || Undelivered::for_good("the call is gone");
        let id = delivery.what.call.ok_or_else(gone)?;
        let record = self.store.call(id).await.map_err(|error| later(&error))?.ok_or_else(gone)?;
        let session = record.call.external_id.parse().map(SessionId).map_err(|_| gone())?;
        let at = record.call.started_at.ok_or_else(gone)?.to_utc();
        let account = self.api.account().await.map_err(|error| failed(&error))?;
        let window = account.window(at - TimeDelta::hours(1), at + TimeDelta::hours(1));
        let found = self.api.call(session, window).await.map_err(|error| failed(&error))?;
        found.map(|call| call.communication_id).ok_or_else(|| Undelivered::for_good("UIS has no such call"))
    }

    /// The tags of all bands; those that the dictionary lacks are made.
    async fn tags(&self) -> Result<[TagId; 3], Undelivered> {
        let mut known = self.tags.lock().await;
        if let Some(tags) = *known {
            return Ok(tags);
        }
        let mut found = [None; 3];
        for tag in all_tags(self.api.as_ref()).await.map_err(|error| failed(&error))? {
            if let Some(place) = Band::ALL.iter().position(|band| band.tag() == tag.name) {
                found[place] = Some(tag.id);
            }
        }
        let mut tags = [TagId(0); 3];
        for (place, band) in Band::ALL.iter().enumerate() {
            tags[place] = match found[place] {
                Some(tag) => tag,
                None => self.api.create_tag(band.tag()).await.map_err(|error| failed(&error))?,
            };
        }
        *known = Some(tags);
        Ok(tags)
    }

    async fn tag(&self, call: CommunicationId, band: Band) -> Result<(), UndeliveredOrUis> {
        let tags = self.tags().await?;
        for (place, each) in Band::ALL.into_iter().enumerate() {
            if each == band {
                self.api.add_tag(call, tags[place]).await?;
            } else {
                self.api.remove_tag(call, tags[place]).await?;
            }
        }
        Ok(())
    }
}

/// Either side's trouble.
enum UndeliveredOrUis {
    Undelivered(Undelivered),
    Uis(UisError),
}

impl From<Undelivered> for UndeliveredOrUis {
    fn from(error: Undelivered) -> Self {
        Self::Undelivered(error)
    }
}

impl From<UisError> for UndeliveredOrUis {
    fn from(error: UisError) -> Self {
        Self::Uis(error)
    }
}

#[async_trait]
impl WritesBack for UisWriteBack {
    async fn write(&self, delivery: &Delivery) -> Result<(), Undelivered> {
        let written: Written = serde_json::from_str(&delivery.what.body)
            .map_err(|_| Undelivered::for_good("what is to be written cannot be read"))?;
        let call = match &written {
            // a process that took it before us said nothing of its end: it may stand there
            Written::Comment(_) if delivery.attempt > 1 && delivery.last_error.is_none() => return Ok(()),
            _ => self.communication(delivery).await?,
        };
        match written {
            Written::Tag(band) => match self.tag(call, band).await {
                Ok(()) => Ok(()),
                Err(UndeliveredOrUis::Undelivered(error)) => Err(error),
                Err(UndeliveredOrUis::Uis(error)) => {
                    // somebody may have taken a tag out of the dictionary
                    *self.tags.lock().await = None;
                    let gone = matches!(error, UisError::NotFound { .. });
                    Err(if gone { Undelivered::again(error.to_string(), None) } else { failed(&error) })
                }
            },
            Written::Comment(words) => self.api.add_comment(call, &words).await.map_err(|error| {
                if error.may_have_applied() {
                    let why = "nobody knows whether UIS took the comment; it is not written twice";
                    Undelivered::for_good(format!("{why} ({error})"))
                } else {
                    failed(&error)
                }
            }),
        }
    }
}

fn failed(error: &UisError) -> Undelivered {
    match error {
        error if error.is_retryable() => Undelivered::again(error.to_string(), error.retry_after()),
        // a right that somebody may give, a tariff that somebody may switch on
        error if error.is_refusal() => {
            Undelivered::again(error.to_string(), Some(std::time::Duration::from_mins(10)))
        }
        error => Undelivered::for_good(error.to_string()),
    }
}
