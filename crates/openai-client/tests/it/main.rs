//! The contract on the fake, the exact wire, and what becomes of every fault.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod faults;
mod streams;
mod wire;

mod chat_on_the_fake {
    use std::sync::Arc;

    use openai_client::{ChatApi, testing::FakeOpenAi};

    #[expect(clippy::unused_async, reason = "others have to start a server first")]
    async fn make() -> ((), Arc<dyn ChatApi>, FakeOpenAi) {
        let fake = FakeOpenAi::new();
        ((), Arc::new(fake.clone()), fake)
    }

    openai_client::chat_contract!(make);
}

mod speech_on_the_fake {
    use std::sync::Arc;

    use openai_client::{TranscriptionApi, testing::FakeOpenAi};

    #[expect(clippy::unused_async, reason = "others have to start a server first")]
    async fn make() -> ((), Arc<dyn TranscriptionApi>, FakeOpenAi) {
        let fake = FakeOpenAi::new();
        ((), Arc::new(fake.clone()), fake)
    }

    openai_client::speech_contract!(make);
}

mod timed_speech_on_the_fake {
    use std::sync::Arc;

    use openai_client::{TranscriptionApi, testing::FakeOpenAi};

    #[expect(clippy::unused_async, reason = "others have to start a server first")]
    async fn make() -> ((), Arc<dyn TranscriptionApi>, FakeOpenAi) {
        let fake = FakeOpenAi::new().with_whisper();
        ((), Arc::new(fake.clone()), fake)
    }

    openai_client::speech_contract!(make);
}

mod realtime_on_the_fake {
    use std::sync::Arc;

    use openai_client::{RealtimeApi, testing::FakeRealtime};

    #[expect(clippy::unused_async, reason = "others have to start a server first")]
    async fn make() -> ((), Arc<dyn RealtimeApi>, FakeRealtime) {
        let fake = FakeRealtime::new();
        ((), Arc::new(fake.clone()), fake)
    }

    openai_client::realtime_contract!(make);
}
