//! The contract on the fake, the live client against a scripted server, and the fake's refusals.

mod fake {
    //! The contract on the fake itself.

    use std::sync::Arc;

    use uis_client::testing::{FakeUis, contract::World};

    async fn in_memory() -> World {
        let fake = FakeUis::new();
        World {
            api: Arc::new(fake.clone()),
            fake,
            joined: "https://media.uiscom.ru".into(),
            keep: Box::new(()),
        }
    }

    uis_client::uis_contract!(in_memory);
}
