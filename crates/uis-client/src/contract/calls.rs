//! What a call is told to be.

#![expect(clippy::missing_errors_doc, reason = "a behaviour fails with what the API failed with")]

use domain::Direction;

use super::{Checked, ID, MP3, World, after, day, window};
use crate::{
    CallsFilter, CallsReader, CommunicationId, EmployeeId, RecordingsState, SessionId, TagId,
    testing::{Appear, FakeCall},
};

/// Missed calls, hidden numbers, transfers, long ids.
pub async fn rows_are_told_as_they_are(world: &World) -> Checked {
    world.fake.add_call(
        FakeCall::incoming(ID, day())
            .communication(ID + 7)
            .lasting(12, 251)
            .talked(25_611, "Иванова Анна")
            .talked(25_612, "Петров Пётр")
            .tagged(515_114, "Целевой")
            .mp3(MP3)
            .mp3(MP3),
    );
    world.fake.add_call(FakeCall::missed(ID + 1, after(60)).contact(None).number(None));
    let call = world.only_call(ID).await?;
    assert_eq!((call.id, call.communication_id), (SessionId(ID), CommunicationId(ID + 7)));
    assert_eq!((call.start_time, call.finish_time), (day(), Some(after(263))));
    assert_eq!((call.wait_duration, call.talk_duration, call.total_duration), (12, 251, 263));
    assert_eq!((call.direction, call.is_lost, call.is_transfer), (Direction::In, false, true));
    assert_eq!(call.contact_phone_number.as_ref().map(crate::RawPhone::as_str), Some("79161234567"));
    assert_eq!(call.employee().map(|employee| employee.id), Some(EmployeeId(25_612)));
    assert_eq!(call.tags.first().map(|tag| (tag.id, tag.name.as_str())), Some((TagId(515_114), "Целевой")));
    assert!(matches!(call.recordings(), RecordingsState::Ready(found) if found.len() == 2));
    let missed = world.only_call(ID + 1).await?;
    assert!(missed.is_lost && missed.talk_duration == 0);
    assert_eq!((missed.contact_phone_number.as_ref(), missed.virtual_phone_number.as_ref()), (None, None));
    assert_eq!(missed.recordings(), RecordingsState::Absent);
    Ok(())
}

/// Each part of a filter alone and all together.
pub async fn filters_choose(world: &World) -> Checked {
    world.fake.add_calls([
        FakeCall::incoming(1, day()).lasting(5, 100),
        FakeCall::incoming(2, after(1)).lasting(5, 3),
        FakeCall::outgoing(3, after(2)).lasting(5, 100),
        FakeCall::missed(4, after(3)),
    ]);
    let any = CallsFilter::default();
    let incoming = CallsFilter { direction: Some(Direction::In), ..any };
    for (filter, expected) in [
        (any, vec![1, 2, 3, 4]),
        (incoming, vec![1, 2, 4]),
        (CallsFilter { direction: Some(Direction::Out), ..any }, vec![3]),
        (CallsFilter { min_talk_seconds: Some(15), ..any }, vec![1, 3]),
        (CallsFilter { lost: Some(true), ..any }, vec![4]),
        (CallsFilter { lost: Some(false), min_talk_seconds: Some(15), ..incoming }, vec![1]),
    ] {
        let found = CallsReader::new(&*world.api, window(), filter).collect().await?.calls;
        assert_eq!(found.iter().map(|call| call.id.0).collect::<Vec<_>>(), expected, "{filter:?}");
    }
    Ok(())
}

/// Without an end, and listed only when asked for.
pub async fn a_call_that_goes_on_is_told_when_asked_for(world: &World) -> Checked {
    world.fake.add_call(FakeCall::incoming(ID, day()).mp3(MP3).ongoing());
    assert_eq!(world.reader(10).collect().await?.calls, Vec::new());
    let filter = CallsFilter { ongoing: true, ..CallsFilter::default() };
    let found = CallsReader::new(&*world.api, window(), filter).collect().await?.calls;
    let state = found.first().map(|call| (call.finish_time, call.talk_duration, call.recordings()));
    assert_eq!(state, Some((None, 0, RecordingsState::Pending)));
    world.fake.change_call(SessionId(ID), |call| call.row.finish_time = Some(after(70)));
    let found = world.reader(10).collect().await?.calls;
    assert!(found.first().is_some_and(|call| matches!(call.recordings(), RecordingsState::Ready(_))));
    Ok(())
}

/// Rows come first, recordings some looks later, or never.
pub async fn recordings_come_late(world: &World) -> Checked {
    let late = |id, appear| FakeCall::incoming(id, after(id)).mp3(MP3).appearing(appear);
    world.fake.add_calls([late(1, Appear::AfterPolls(2)), late(2, Appear::Never)]);
    let mut looks = Vec::new();
    for _ in 0..4 {
        let calls = world.reader(10).collect().await?.calls;
        looks
            .push(calls.iter().map(|call| call.recordings() == RecordingsState::Pending).collect::<Vec<_>>());
    }
    assert_eq!(looks, [[true, true], [true, true], [false, true], [false, true]]);
    Ok(())
}

/// UIS's own transcript, in ms from the call's start.
pub async fn recognition_is_none_until_it_is_there(world: &World) -> Checked {
    let night = day() + chrono::Duration::seconds(15 * 3600 - 2);
    world.fake.add_call(FakeCall::incoming(ID, night));
    assert_eq!(world.api.recognition(SessionId(ID)).await?, None);
    assert_eq!(world.api.recognition(SessionId(1)).await?, None);
    world.api.order_recognition(SessionId(ID)).await?;
    assert_eq!(world.fake.ordered_recognitions(), [SessionId(ID)]);
    // the second phrase is said after midnight
    world.fake.set_recognition(SessionId(ID), &[(0, true, "Добрый день"), (7, false, "Здравствуйте")]);
    let phrases = world.api.recognition(SessionId(ID)).await?.map(|heard| heard.phrases).unwrap_or_default();
    let told: Vec<_> = phrases.iter().map(|it| (it.start_ms, it.is_operator, it.text.as_str())).collect();
    assert_eq!(told, [(Some(0), true, "Добрый день"), (Some(7000), false, "Здравствуйте")]);
    Ok(())
}
