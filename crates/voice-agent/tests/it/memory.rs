//! The memories hold one contract: in this process and in the database of the house.

mod in_process {
    use voice_agent::testing::InMemoryCalls;

    async fn make() -> ((), InMemoryCalls) {
        std::future::ready(((), InMemoryCalls::default())).await
    }

    voice_agent::call_memory_contract!(make);
}

mod stored {
    use std::sync::Arc;

    use store::SqliteStore;
    use voice_agent::StoredMemory;

    async fn make() -> ((), StoredMemory) {
        let store = SqliteStore::in_memory().await.unwrap();
        ((), StoredMemory::new(Arc::new(store)))
    }

    voice_agent::call_memory_contract!(make);
}
