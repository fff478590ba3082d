//! What Voximplant refuses, and how long trouble is told.

#![expect(clippy::missing_errors_doc, reason = "a behaviour fails with what the API failed with")]

use super::{Checked, FOR_LONG, World};
use crate::{VoximplantError, testing::Fault};

/// Once, not again and again; a token that ran out is signed anew once.
pub async fn a_bad_key_is_refused(world: &World) -> Checked {
    world.fake.revoke_key();
    let refused = world.api.account().await;
    let right = matches!(&refused, Err(error @ VoximplantError::Unauthorized { code: 100, .. })
        if error.is_refusal() && !error.is_retryable());
    assert!(right, "{refused:?}");
    assert_eq!(world.fake.requests_of("GetAccountInfo"), 1, "a refused key is not tried again");
    world.fake.mend();
    for code in [447, 454, 455, 456] {
        world.fake.fail_next(Fault::Code(code), FOR_LONG);
        let refused = world.api.account().await;
        assert!(
            matches!(&refused, Err(VoximplantError::Unauthorized { code: told, .. }) if *told == code),
            "{refused:?}"
        );
        assert!(
            refused.is_err_and(|error| error.to_string().contains("clock")),
            "a wrong clock looks the same"
        );
        world.fake.mend();
    }
    world.api.account().await.map(drop)
}

/// Of the method that it is missing for.
pub async fn a_missing_role_is_named(world: &World) -> Checked {
    let (_, rule) = world.rule().await?;
    world.fake.forbid("StartScenarios");
    let refused = world.start(rule, 1).await;
    let named =
        matches!(&refused, Err(VoximplantError::Forbidden { method, .. }) if method == "StartScenarios");
    assert!(named, "{refused:?}");
    world.api.account().await.map(drop)
}

/// Until it is settled.
pub async fn a_closed_account_is_refused(world: &World) -> Checked {
    world.fake.deactivate();
    let refused = world.api.account().await;
    assert!(
        matches!(&refused, Err(error @ VoximplantError::AccountInactive { .. }) if error.is_refusal()),
        "{refused:?}"
    );
    Ok(())
}

/// For reading and for writing.
pub async fn long_trouble_is_retryable_and_says_what_it_may_have_done(world: &World) -> Checked {
    let (application, _) = world.rule().await?;
    for (name, fault) in [
        ("gateway", Fault::BadGateway),
        ("fault", Fault::Code(1)),
        ("cut", Fault::CutJson),
        ("lost", Fault::AnswerLost),
    ] {
        world.fake.fail_next(fault, FOR_LONG);
        let read = world.api.account().await;
        assert!(
            matches!(&read, Err(error) if error.is_retryable() && !error.is_refusal()),
            "{fault:?}: {read:?}"
        );
        let asked = world.fake.requests_of("AddSecret");
        let written = world.api.add_secret(application, name, &"value".to_owned().into()).await;
        assert!(matches!(&written, Err(error) if error.may_have_applied()), "{fault:?}: {written:?}");
        assert_eq!(
            world.fake.requests_of("AddSecret") - asked,
            1,
            "{fault:?}: what changes something is sent once"
        );
        world.fake.mend();
    }
    for fault in [Fault::TooManyRequests, Fault::Code(340), Fault::Code(162)] {
        world.fake.fail_next(fault, FOR_LONG);
        let read = world.api.account().await;
        assert!(matches!(&read, Err(VoximplantError::RateLimited { .. })), "{fault:?}: {read:?}");
        world.fake.mend();
    }
    world.fake.fail_next(Fault::PluralErrors(127), 1);
    assert!(matches!(world.api.account().await, Err(VoximplantError::NoMoney { .. })));
    Ok(())
}
