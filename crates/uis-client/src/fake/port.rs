//! The fake as a [`UisApi`]: the same requests as the live client's, answered in memory. It does
//! not repeat anything by itself, and time does not pass in it.

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use serde_json::{Value, json};

use super::FakeUis;
use crate::{
    Account, CallsRequest, CommunicationId, Employee, LegsRequest, Page, PageRequest, Points, Recognition,
    RecordingRef, RecordingStream, SessionId, Tag, TagId, UisApi, UisCall, UisError, UisLeg, WallWindow,
    dialogue::{self, Carrier, Method},
    sound, wire,
};

/// Largest recording in memory.
const LIMIT: u64 = 1 << 30;

#[async_trait]
impl Carrier for FakeUis {
    async fn carry(&self, method: Method, mut params: Value) -> Result<Value, UisError> {
        // whoever holds the fake holds its key; only what is done to the key shuts it out
        let key = self.lock().key.clone();
        if let Some(params) = params.as_object_mut() {
            params.insert("access_token".into(), key.into());
        }
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": method.name, "params": params});
        let answer = self.answer(request.to_string().as_bytes());
        if answer.status != 200 {
            return Err(UisError::Unavailable {
                what: "UIS".into(),
                reason: format!("HTTP {}", answer.status),
                retry_after: None,
                unsure: true,
            });
        }
        wire::decode(method.name, &answer.body)?.outcome
    }
}

#[async_trait]
impl UisApi for FakeUis {
    async fn account(&self) -> Result<Account, UisError> {
        dialogue::account(self).await
    }

    async fn calls_page(&self, request: &CallsRequest) -> Result<Page<UisCall>, UisError> {
        dialogue::calls_page(self, request).await
    }

    async fn call(&self, id: SessionId, window: WallWindow) -> Result<Option<UisCall>, UisError> {
        dialogue::call(self, id, window).await
    }

    async fn legs_page(&self, request: &LegsRequest) -> Result<Page<UisLeg>, UisError> {
        dialogue::legs_page(self, request).await
    }

    async fn employees_page(&self, page: PageRequest) -> Result<Page<Employee>, UisError> {
        dialogue::employees_page(self, page).await
    }

    async fn tags_page(&self, page: PageRequest) -> Result<Page<Tag>, UisError> {
        dialogue::tags_page(self, page).await
    }

    async fn create_tag(&self, name: &str) -> Result<TagId, UisError> {
        dialogue::create_tag(self, name).await
    }

    async fn set_tags(&self, communication: CommunicationId, tags: &[TagId]) -> Result<(), UisError> {
        dialogue::set_tags(self, communication, tags).await
    }

    async fn add_tag(&self, communication: CommunicationId, tag: TagId) -> Result<(), UisError> {
        dialogue::add_tag(self, communication, tag).await
    }

    async fn remove_tag(&self, communication: CommunicationId, tag: TagId) -> Result<(), UisError> {
        dialogue::remove_tag(self, communication, tag).await
    }

    async fn add_comment(&self, communication: CommunicationId, comment: &str) -> Result<(), UisError> {
        dialogue::add_comment(self, communication, comment).await
    }

    async fn order_recognition(&self, session: SessionId) -> Result<(), UisError> {
        dialogue::order_recognition(self, session).await
    }

    async fn recognition(&self, session: SessionId) -> Result<Option<Recognition>, UisError> {
        dialogue::recognition(self, session).await
    }

    async fn recording(&self, recording: &RecordingRef) -> Result<RecordingStream, UisError> {
        let record = match (&recording.record, &recording.link) {
            (Some(record), _) => record.as_str(),
            (None, Some(link)) => link.as_str().rsplit('/').next().unwrap_or_default(),
            (None, None) => return Err(UisError::Config("a recording without an id".into())),
        };
        let ask = || self.media(recording.kind, recording.communication, record);
        let mut media = ask();
        if media.status == 308 {
            media = ask();
        }
        if media.status != 200 {
            return Err(sound::refused(media.status, &media.body));
        }
        let missing = media.promised - media.body.len();
        let mut pieces: Vec<Result<Bytes, String>> = Vec::new();
        if !media.body.is_empty() {
            pieces.push(Ok(media.body.clone()));
        }
        if missing > 0 {
            pieces.push(Err(format!("{} of {} bytes came", media.body.len(), media.promised)));
        }
        let length = u64::try_from(media.promised).ok();
        RecordingStream::open(length, LIMIT, stream::iter(pieces).boxed()).await
    }

    fn points(&self) -> Points {
        let limits = self.lock().points.limits(self.clock.now());
        wire::limits(&limits).unwrap_or_default()
    }
}
