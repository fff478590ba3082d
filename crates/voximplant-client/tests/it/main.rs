//! The contract on the fake, requests on the wire, trouble on the wire.

#![expect(clippy::unwrap_used, reason = "a test's own scaffolding fails loudly")]

mod faults;
mod live;
mod requests;
mod tokens;

mod fake {
    //! The contract on the fake itself.

    use std::future::{Ready, ready};
    use std::sync::Arc;

    use voximplant_client::testing::{FakeVoximplant, contract::World};

    fn in_memory() -> Ready<World> {
        let fake = FakeVoximplant::new();
        ready(World { api: Arc::new(fake.clone()), fake, keep: Box::new(()) })
    }

    voximplant_client::voximplant_contract!(in_memory);
}
