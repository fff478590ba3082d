//! What UIS refuses, and how long trouble is told.

#![expect(clippy::missing_errors_doc, reason = "a behaviour fails with what the API failed with")]

use chrono::Days;

use super::{Checked, FOR_LONG, ID, World, after, day, window};
use crate::{
    CallsFilter, CallsRequest, CommunicationId, LimitKind, MAX_OFFSET, PageRequest, SessionId, UisError,
    WallWindow,
    testing::{Component, FakeCall, FakeUis, Fault},
};

type Spoil = fn(&FakeUis);

/// Revoked, expired, blocked: refused once, not again and again.
pub async fn a_bad_key_is_refused_in_three_ways(world: &World) -> Checked {
    let spoil: [(Spoil, &str); 3] = [
        (FakeUis::revoke_key, "access_token_invalid"),
        (FakeUis::expire_key, "access_token_expired"),
        (FakeUis::block_key, "access_token_blocked"),
    ];
    for (asked, (spoil, expected)) in (1..).zip(spoil) {
        spoil(&world.fake);
        let refused = world.api.account().await;
        let right = matches!(&refused, Err(error @ UisError::Unauthorized { mnemonic, .. })
            if mnemonic == expected && error.is_refusal() && !error.is_retryable());
        assert!(right, "{expected}: {refused:?}");
        assert_eq!(world.fake.requests_of("get.account"), asked, "a refused key is not tried again");
    }
    world.fake.mend();
    world.api.account().await.map(drop)
}

/// With the address that UIS sees.
pub async fn the_address_to_whitelist_is_named(world: &World) -> Checked {
    world.fake.refuse_address("203.0.113.7");
    let refused = world.api.account().await;
    assert!(
        matches!(&refused, Err(UisError::ForbiddenIp { ip: Some(ip) }) if ip == "203.0.113.7"),
        "{refused:?}"
    );
    Ok(())
}

/// With the component's name; reading goes on without the one for writing.
pub async fn a_missing_component_is_named(world: &World) -> Checked {
    world.fake.add_call(FakeCall::incoming(ID, day()));
    world.fake.disable(Component::Settings);
    let refused = world.api.add_comment(CommunicationId(ID), "нет").await;
    let named =
        matches!(&refused, Err(UisError::ComponentDisabled { message }) if message.contains("для настройки"));
    assert!(named, "{refused:?}");
    world.api.account().await?;
    world.fake.disable(Component::DataApi);
    assert!(matches!(world.api.account().await, Err(UisError::ComponentDisabled { .. })));
    Ok(())
}

/// Until it is settled.
pub async fn a_closed_account_is_refused(world: &World) -> Checked {
    world.fake.deactivate();
    assert!(matches!(world.api.account().await, Err(UisError::AccountInactive { .. })));
    Ok(())
}

/// And is not asked again meanwhile.
pub async fn a_spent_day_says_when_it_is_over(world: &World) -> Checked {
    world.fake.set_points(2, 100);
    world.api.account().await?;
    world.api.account().await?;
    let spent = world.api.account().await;
    let right = matches!(&spent, Err(error @ UisError::LimitExceeded { kind: LimitKind::Day, .. })
        if error.is_retryable() && error.retry_after().is_some_and(|wait| wait.as_secs() > 80_000));
    assert!(right, "{spent:?}");
    assert_eq!(world.fake.requests_of("get.account"), 3);
    Ok(())
}

/// A refused request costs nothing.
pub async fn points_are_charged_for_success_only(world: &World) -> Checked {
    world.fake.set_points(100, 50);
    world.api.account().await?;
    let _ = world.api.recognition(SessionId(1)).await?;
    let points = world.api.points();
    assert_eq!((points.day.limit, points.minute.limit), (Some(100), Some(50)));
    assert_eq!((points.day.remaining, points.minute.remaining), (Some(99), Some(49)));
    Ok(())
}

/// Windows and offsets past the API's limits.
pub async fn impossible_requests_are_invalid(world: &World) -> Checked {
    let ask = |window, offset| CallsRequest {
        window,
        filter: CallsFilter::default(),
        page: PageRequest { limit: 10, offset },
    };
    let mnemonic = async |request: CallsRequest| match world.api.calls_page(&request).await {
        Err(UisError::Invalid { mnemonic, .. }) => mnemonic,
        other => format!("{other:?}"),
    };
    let long = WallWindow::new(day(), day() + Days::new(120));
    assert_eq!(mnemonic(ask(long, 0)).await, "date_interval_limit_reached");
    let backward = WallWindow::new(after(1), day());
    assert_eq!(mnemonic(ask(backward, 0)).await, "invalid_parameter_value");
    assert_eq!(mnemonic(ask(window(), MAX_OFFSET + 1)).await, "invalid_parameter_value");
    Ok(())
}

/// For reading and for writing.
pub async fn long_trouble_is_retryable_and_says_what_it_may_have_done(world: &World) -> Checked {
    world.fake.add_call(FakeCall::incoming(ID, day()));
    for fault in [Fault::BadGateway, Fault::Mnemonic("internal_error"), Fault::CutJson] {
        world.fake.fail_next(fault.clone(), FOR_LONG);
        let read = world.api.account().await;
        assert!(
            matches!(&read, Err(error) if error.is_retryable() && !error.is_refusal()),
            "{fault:?}: {read:?}"
        );
        let asked = world.fake.requests_of("create.communication_comment");
        let written = world.api.add_comment(CommunicationId(ID), "раз").await;
        assert!(matches!(&written, Err(error) if error.may_have_applied()), "{fault:?}: {written:?}");
        let repeats = world.fake.requests_of("create.communication_comment") - asked;
        assert_eq!(repeats, 1, "{fault:?}: a comment is not sent twice");
        world.fake.mend();
    }
    Ok(())
}
