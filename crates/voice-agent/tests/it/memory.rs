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

    use domain::PhoneNumber;
    use store::{ErasureDemand, Erasures as _, SqliteStore};
    use voice_agent::{Begun, CallMemory as _, DialogMode, Dialogue, StoredMemory};

    async fn make() -> ((), StoredMemory) {
        let store = SqliteStore::in_memory().await.unwrap();
        ((), StoredMemory::new(Arc::new(store)))
    }

    voice_agent::call_memory_contract!(make);

    #[tokio::test]
    async fn erasing_a_number_empties_its_calls_and_keeps_its_wish() {
        let store = Arc::new(SqliteStore::in_memory().await.unwrap());
        let memory = StoredMemory::new(store.clone());
        let now = chrono::DateTime::from_timestamp(1_795_176_000, 0).unwrap();
        let phone = PhoneNumber::parse("+79161234567").unwrap();
        let mut dialogue = Dialogue::new("voximplant", "a", "lead-qualification", DialogMode::Turns, now);
        dialogue.phone = Some(phone.clone());
        memory.begin(&dialogue, None, None).await.unwrap();
        memory.stop(&phone, "asked in a call", now).await.unwrap();
        let demand = ErasureDemand {
            phone: phone.clone(),
            who: "admin".to_owned(),
            sent_by: Vec::new(),
            kept_by: Vec::new(),
        };
        store.begin_erasure(&demand, now).await.unwrap();
        assert_eq!(memory.dialogue(dialogue.call).await.unwrap(), None);
        assert!(!memory.save(&dialogue).await.unwrap());
        assert_eq!(memory.begin(&dialogue, None, None).await.unwrap(), Begun::Known);
        assert!(memory.is_stopped(&phone).await.unwrap());
        assert!(memory.open_calls(9).await.unwrap().is_empty());
    }
}
