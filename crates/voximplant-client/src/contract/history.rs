//! The history: empty until a session ends, read to its end, nothing twice.

#![expect(clippy::missing_errors_doc, reason = "a behaviour fails with what the API failed with")]

use chrono::Duration;
use domain::PhoneNumber;

use super::{Checked, PHONE, World, data, missing};
use crate::{
    Amount, ApplicationId, FinishReason, HistoryFilter, HistoryReader, HistoryRequest, MAX_OFFSET,
    PageRequest, SessionHistoryId, VoximplantError, testing::SessionEnd,
};

/// And an unknown session is like one that still runs.
pub async fn the_history_is_empty_until_the_session_ends(world: &World) -> Checked {
    let (_, rule) = world.rule().await?;
    let started = world.start(rule, 1).await?;
    assert_eq!((world.history().await?, world.api.session(started.id).await?), (Vec::new(), None));
    world.fake.end_session(started.id, SessionEnd::answered(PHONE, 61));
    let session = world.api.session(started.id).await?.ok_or_else(|| missing("session"))?;
    assert_eq!((session.id, session.custom_data.as_deref()), (started.id, Some(data(1).as_str())));
    assert_eq!((session.duration_s, session.finish_reason.as_ref()), (Some(62), Some(&FinishReason::Normal)));
    assert_eq!(world.history().await?, [session]);
    assert_eq!(world.api.session(SessionHistoryId(7)).await?, None);
    Ok(())
}

/// Over weeks, in small pages, and on from where another reader stopped.
pub async fn a_window_is_read_to_its_end_and_nothing_twice(world: &World) -> Checked {
    let (_, rule) = world.rule().await?;
    let from = world.fake.clock().now();
    let mut ids = Vec::new();
    for number in 0..12 {
        let started = world.start(rule, number).await?;
        world.fake.end_session(started.id, SessionEnd::answered(PHONE, 5));
        ids.push(started.id);
        world.fake.advance(Duration::hours(35));
    }
    let to = world.fake.clock().now();
    let reader = || HistoryReader::new(&*world.api, from, to, HistoryFilter::default()).page_size(2);
    let read: Vec<_> = reader().collect().await?.rows.iter().map(|session| session.id).collect();
    assert_eq!(read, ids);
    let mut first = reader();
    let mut read = Vec::new();
    for _ in 0..2 {
        let page = first.next().await?.ok_or_else(|| missing("page"))?;
        read.extend(page.rows.iter().map(|session| session.id));
    }
    let cursor = first.cursor().ok_or_else(|| missing("cursor"))?;
    let rest = HistoryReader::resume(&*world.api, cursor, HistoryFilter::default()).collect().await?;
    read.extend(rest.rows.iter().map(|session| session.id));
    assert_eq!(read, ids);
    Ok(())
}

/// By application, number and custom data; pages past the limits are refused.
pub async fn the_history_is_chosen_from(world: &World) -> Checked {
    let (application, rule) = world.rule().await?;
    for (number, phone) in [(1, PHONE), (2, "+74950001200")] {
        let started = world.start(rule, number).await?;
        world.fake.end_session(started.id, SessionEnd::answered(phone, 5));
    }
    let now = world.fake.clock().now();
    let all = HistoryRequest::new(now - Duration::hours(1), now);
    let count = async |request: HistoryRequest| {
        Ok::<_, VoximplantError>(world.api.history_page(&request).await?.rows.len())
    };
    assert_eq!(count(HistoryRequest { application: Some(application), ..all.clone() }).await?, 2);
    assert_eq!(count(HistoryRequest { application: Some(ApplicationId(1)), ..all.clone() }).await?, 0);
    assert_eq!(count(HistoryRequest { custom_data: Some(data(2)), ..all.clone() }).await?, 1);
    assert_eq!(count(HistoryRequest { remote: PhoneNumber::parse(PHONE), ..all.clone() }).await?, 1);
    let past = HistoryRequest::new(now - Duration::days(9), now - Duration::days(8));
    assert_eq!(count(past).await?, 0);
    for page in [
        PageRequest { count: 1001, offset: 0 },
        PageRequest { count: 0, offset: 0 },
        PageRequest { count: 1, offset: MAX_OFFSET + 1 },
    ] {
        let answer = world.api.history_page(&HistoryRequest { page, ..all.clone() }).await;
        assert!(matches!(answer, Err(VoximplantError::Invalid { .. })), "{page:?}: {answer:?}");
    }
    Ok(())
}

/// A refused call has no money in it.
pub async fn calls_tell_number_outcome_and_cost(world: &World) -> Checked {
    let (_, rule) = world.rule().await?;
    for (number, end) in [(1, SessionEnd::answered(PHONE, 40)), (2, SessionEnd::unanswered(PHONE, 486))] {
        let started = world.start(rule, number).await?;
        world.fake.end_session(started.id, end);
    }
    let found = world.history().await?;
    let calls: Vec<_> = found.iter().flat_map(|session| &session.calls).collect();
    let told: Vec<_> = calls
        .iter()
        .map(|call| {
            (call.remote.as_ref().map(PhoneNumber::as_str), call.successful, call.duration_s, call.cost)
        })
        .collect();
    let cost = Amount { micros: 20_000 };
    assert_eq!(told, [(Some(PHONE), true, Some(40), Some(cost)), (Some(PHONE), false, Some(0), None)]);
    assert_eq!(calls.last().and_then(|call| call.end_reason.as_deref()), Some("486"));
    assert_eq!(found.iter().map(super::HistorySession::cost).collect::<Vec<_>>(), [Some(cost), None]);
    assert!(!format!("{found:?}").contains("9161234567"), "numbers are not shown: {found:?}");
    Ok(())
}
