//! The contract on the fake, requests on the wire, trouble on the wire, and hostile input.

#![expect(clippy::unwrap_used, reason = "a test's own scaffolding fails loudly")]

mod faults;
mod live;
mod parsers;
mod requests;
mod slow;

mod fake {
    //! The contract on the fake itself.

    use std::future::{Ready, ready};
    use std::sync::Arc;

    use uis_client::testing::{FakeUis, contract::World};

    fn in_memory() -> Ready<World> {
        let fake = FakeUis::new();
        ready(World {
            api: Arc::new(fake.clone()),
            fake,
            joined: "https://media.uiscom.ru".into(),
            keep: Box::new(()),
        })
    }

    uis_client::uis_contract!(in_memory);
}
