//! What the line tells: repeated, out of order, and to the end in the history.

use std::time::Duration;

use domain::{Direction, PhoneNumber, Speaker};
use voice_agent::testing::Script;
use voice_agent::{
    Archiving, CallEvent, CallMemory as _, CallRecording, DialogMode, DialogueState, Ending, EventAnswer,
    LineEnd, LineHandle, LineStart,
};

use crate::house::{CLIENT, house};

fn recorded() -> CallEvent {
    let recording = CallRecording {
        url: "https://storage.example/record.mp3".into(),
        duration_ms: Some(61_000),
        robot: Some(domain::OperatorChannel::Left),
    };
    CallEvent::Recorded { recording, cost: Some("0.05RUB".parse().unwrap()) }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_over_lands_in_the_history_once_with_its_words() {
    let house = house();
    let id = house.answered().await;
    house.mind.next(Script::says(&["Хорошо, запишу."]));
    house.says(&id, 1, "Нам два окна").await;
    let end = LineEnd {
        code: Some(200),
        duration_ms: Some(61_000),
        cost: Some("1.2RUB".parse().unwrap()),
        ..LineEnd::default()
    };
    for _ in 0..2 {
        house.engine.event(Some(&id), CallEvent::Ended(end.clone())).await.unwrap();
    }
    assert!(house.archive.calls().is_empty(), "its recording is still to come");
    for _ in 0..2 {
        house.engine.event(Some(&id), recorded()).await.unwrap();
    }
    let calls = house.archive.calls();
    assert_eq!(calls.len(), 1);
    let call = &calls[0];
    assert_eq!(call.id().to_string(), id);
    assert_eq!((call.ending, call.mode), (Ending::ClientHungUp, DialogMode::Turns));
    assert_eq!(call.call.direction, Direction::Out);
    assert_eq!(call.call.callee.as_ref().map(PhoneNumber::as_str), Some(CLIENT));
    assert_eq!((call.call.talk_ms, call.call.missed), (Some(61_000), false));
    assert_eq!(call.call.manager.as_ref().unwrap().id, "robot-lead-qualification");
    let transcript = call.transcript.as_ref().unwrap();
    let said: Vec<(Speaker, bool)> =
        transcript.segments.iter().map(|segment| (segment.speaker, segment.start_ms.is_some())).collect();
    assert_eq!(said, [(Speaker::Operator, true), (Speaker::Client, true), (Speaker::Operator, true)]);
    assert!(transcript.segments.windows(2).all(|two| two[0].start_ms <= two[1].start_ms));
    assert_eq!(transcript.engine.engine, "fake-ears");
    let cost: Vec<String> = call.cost.iter().map(|paid| format!("{} {}", paid.item, paid.amount)).collect();
    assert!(cost.contains(&"telephony 1.25 RUB".to_owned()), "{cost:?}");
    assert!(call.recording.is_some());
    assert_eq!(house.engine.calls_in_memory(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_recording_that_never_comes_is_not_waited_for_forever() {
    let house = house();
    let id = house.answered().await;
    house.hangs_up(&id).await;
    house.desk.reconcile().await.unwrap();
    assert!(house.archive.calls().is_empty());
    house.clock.advance(Duration::from_secs(61));
    house.desk.reconcile().await.unwrap();
    assert_eq!(house.archive.calls().len(), 1);
    house.desk.reconcile().await.unwrap();
    assert_eq!(house.archive.calls().len(), 1);
    assert_eq!(house.dialogue(&id).await.archiving, Archiving::Done);
}

#[tokio::test(start_paused = true)]
async fn a_recording_may_come_before_the_end() {
    let house = house();
    let id = house.answered().await;
    house.engine.event(Some(&id), recorded()).await.unwrap();
    assert!(house.archive.calls().is_empty());
    house.hangs_up(&id).await;
    assert_eq!(house.archive.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_history_that_fails_gets_the_call_later_and_a_handing_over_that_died_is_taken_up() {
    let house = house();
    let id = house.answered().await;
    house.archive.fail_next(1);
    house.engine.event(Some(&id), recorded()).await.unwrap();
    house.hangs_up(&id).await;
    assert!(house.archive.calls().is_empty());
    let died = house.clock.as_ref();
    let since = domain::Clock::now(died);
    voice_agent::change(&house.memory, house.dialogue(&id).await.call, |dialogue| {
        dialogue.archiving = Archiving::HandingOver { since };
        true
    })
    .await
    .unwrap();
    house.desk.reconcile().await.unwrap();
    assert!(house.archive.calls().is_empty(), "somebody may still be at it");
    house.clock.advance(Duration::from_mins(3));
    house.desk.reconcile().await.unwrap();
    assert_eq!(house.archive.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_who_hand_over_at_once_hand_over_once() {
    let house = house();
    let id = house.answered().await;
    house.engine.event(Some(&id), recorded()).await.unwrap();
    let end = || house.engine.event(Some(&id), CallEvent::Ended(LineEnd::default()));
    let (a, b, c) = tokio::join!(end(), end(), house.desk.reconcile());
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(house.archive.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_was_not_reached_stands_in_the_history_and_missed_no_call_of_his() {
    for (code, why) in [(486, Ending::NotAnswered), (408, Ending::NotAnswered), (402, Ending::Failed)] {
        let house = house();
        let request = voice_agent::PlaceCall {
            phone: CLIENT.into(),
            persona: "lead-qualification".into(),
            ..Default::default()
        };
        let id = house.desk.place(request).await.unwrap().call.to_string();
        let failed = CallEvent::Failed { code: Some(code), reason: Some("Busy".into()) };
        house.engine.event(Some(&id), failed).await.unwrap();
        let calls = house.archive.calls();
        assert_eq!(calls.len(), 1, "at once: there is nothing to wait for");
        let call = &calls[0];
        assert_eq!((call.ending, call.transcript.is_none(), call.call.talk_ms), (why, true, Some(0)));
        assert!(!call.call.missed, "it is we who rang in vain");
        assert_eq!(call.line_end.as_ref().and_then(|end| end.code), Some(code));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_comes_in_is_greeted_and_named_once() {
    let house = house();
    let start = LineStart {
        incoming: true,
        phone: PhoneNumber::parse(CLIENT),
        own_number: PhoneNumber::parse("+74951234567"),
        line: Some(LineHandle::new("https://host/request/session/token")),
        mode: DialogMode::Turns,
    };
    let mut calls = Vec::new();
    for _ in 0..2 {
        let answer = house.engine.event(None, CallEvent::Started(start.clone())).await.unwrap();
        let EventAnswer::Welcome { call, greeting, voice, mode } = answer else { panic!("{answer:?}") };
        assert!(greeting.starts_with("Здравствуйте, компания «Тёплые окна»."), "{greeting}");
        assert_eq!((voice.as_deref(), mode), (Some("Yandex.Neural.ru_RU_alena"), DialogMode::Turns));
        calls.push(call);
    }
    assert_eq!(calls[0], calls[1], "its first event was only repeated");
    let dialogue = house.dialogue(&calls[0].to_string()).await;
    assert!(dialogue.incoming && dialogue.line.is_some());
    let other = LineStart { line: Some(LineHandle::new("https://host/request/other/token")), ..start };
    let EventAnswer::Welcome { call, .. } =
        house.engine.event(None, CallEvent::Started(other)).await.unwrap()
    else {
        panic!("another call")
    };
    assert_ne!(call, calls[0]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_must_not_ring_is_refused_at_its_start() {
    let house = house();
    let place = || voice_agent::PlaceCall {
        phone: CLIENT.into(),
        persona: "lead-qualification".into(),
        ..Default::default()
    };
    let stopped = house.desk.place(place()).await.unwrap().call;
    house.desk.hang_up(stopped).await.unwrap();
    let start = || CallEvent::Started(LineStart::default());
    let id = stopped.to_string();
    assert_eq!(house.engine.event(Some(&id), start()).await.unwrap(), EventAnswer::Refused);

    let wished = house.desk.place(place()).await.unwrap().call.to_string();
    let phone = PhoneNumber::parse(CLIENT).unwrap();
    house.memory.stop(&phone, "by hand", domain::Clock::now(&*house.clock)).await.unwrap();
    assert_eq!(house.engine.event(Some(&wished), start()).await.unwrap(), EventAnswer::Refused);
}

#[tokio::test(start_paused = true)]
async fn events_of_unknown_calls_make_none() {
    let house = house();
    for event in [CallEvent::Answered, CallEvent::Machine, CallEvent::Ended(LineEnd::default()), recorded()] {
        let answer = house.engine.event(Some("nobody"), event).await.unwrap();
        assert_eq!(answer, EventAnswer::UnknownCall);
    }
    assert_eq!(house.engine.event(None, CallEvent::Answered).await.unwrap(), EventAnswer::UnknownCall);
    assert!(house.memory.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_handing_over_that_nobody_took_is_no_handing_over() {
    for (transferred, why) in [(true, Ending::Transferred), (false, Ending::Goodbye)] {
        let house = house();
        let id = house.answered().await;
        house.says(&id, 1, "Позовите человека").await;
        let end = LineEnd { transferred, ..LineEnd::default() };
        house.engine.event(Some(&id), CallEvent::Ended(end)).await.unwrap();
        assert_eq!(house.dialogue(&id).await.state, DialogueState::Ended { why });
    }
}

#[tokio::test(start_paused = true)]
async fn an_erased_call_says_nothing_more() {
    let house = house();
    let id = house.answered().await;
    let call = house.dialogue(&id).await.call;
    house.memory.erase(call);
    let answer = house.says("vox-1", 1, "Да").await;
    assert_eq!(answer.action, voice_agent::Action::Say);
    let known = house.dialogue("vox-1").await.call;
    house.memory.erase(known);
    let answer = house.says("vox-1", 2, "Нам окна").await;
    assert_eq!(answer.action, voice_agent::Action::HangUp { why: Ending::Failed });
}
