//! The live client as a [`UisApi`]: each method is a line of the dialogue.

use std::sync::PoisonError;

use async_trait::async_trait;

use super::UisClient;
use crate::{
    Account, CallsRequest, CommunicationId, Employee, LegsRequest, Page, PageRequest, Points, Recognition,
    RecordingRef, RecordingStream, SessionId, Tag, TagId, UisApi, UisCall, UisError, UisLeg, WallWindow,
    dialogue,
};

#[async_trait]
impl UisApi for UisClient {
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
        self.fetch(recording).await
    }

    fn points(&self) -> Points {
        *self.0.points.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
