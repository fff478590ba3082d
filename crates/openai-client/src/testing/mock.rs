//! Mocks for tests that expect calls rather than behaviour.

use async_trait::async_trait;
use domain::Money;
use futures::stream::BoxStream;
use mockall::mock;

use crate::{
    ChatApi, ChatEvent, ChatReply, ChatRequest, OpenAiError, SpeechModel, SpeechReply, SpeechRequest,
    TokenUsage, TranscriptionApi,
};

mock! {
    /// Chat by expectations.
    #[derive(Debug)]
    pub ChatApi {}

    #[async_trait]
    impl ChatApi for ChatApi {
        fn model(&self) -> &str;
        async fn complete(&self, request: &ChatRequest) -> Result<ChatReply, OpenAiError>;
        async fn stream(
            &self,
            request: &ChatRequest,
        ) -> Result<BoxStream<'static, Result<ChatEvent, OpenAiError>>, OpenAiError>;
        fn price(&self, usage: TokenUsage) -> Option<Money>;
    }
}

mock! {
    /// Speech to text by expectations.
    #[derive(Debug)]
    pub TranscriptionApi {}

    #[async_trait]
    impl TranscriptionApi for TranscriptionApi {
        fn model(&self) -> &SpeechModel;
        async fn transcribe(&self, request: SpeechRequest) -> Result<SpeechReply, OpenAiError>;
        fn price(&self, duration_ms: u64) -> Option<Money>;
    }
}
