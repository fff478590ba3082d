//! The contract on the fake, and trouble on the wire of the live client.
#![expect(clippy::unwrap_used, reason = "a test's own scaffolding fails loudly")]

mod wire;

use std::sync::Arc;

use telegram_client::testing::{FakeTelegram, World, all};

#[tokio::test]
async fn the_fake_keeps_the_contract() {
    all(async || {
        let fake = FakeTelegram::new().with_chat("-100500", "Продажи");
        World { api: Arc::new(fake.clone()), fake }
    })
    .await;
}
