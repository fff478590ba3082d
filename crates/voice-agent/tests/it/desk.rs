//! Placing calls: whom, when, for how much, once; and calls of which nothing is heard.

use std::time::Duration;

use chrono_tz::Tz;
use domain::Clock as _;
use futures::future::join_all;
use voice_agent::testing::{Ring, Sense};
use voice_agent::{
    CallEvent, CallMemory as _, CallRecording, DeskSettings, DialogueState, Ending, EventAnswer, LineEnd,
    LineStart, Occasion, Outcome, PlaceCall, Refused,
};

use crate::house::{CLIENT, House, house, house_of, persona};

fn place() -> PlaceCall {
    PlaceCall { phone: CLIENT.into(), persona: "lead-qualification".into(), ..PlaceCall::default() }
}

fn keyed(key: &str) -> PlaceCall {
    PlaceCall { idempotency_key: Some(key.into()), ..place() }
}

#[tokio::test(start_paused = true)]
async fn a_call_rings_once_and_is_known_before_it_does() {
    let house = house();
    let placed = house.desk.place(place()).await.unwrap();
    assert!(!placed.again);
    let rang = house.telephone.placed();
    assert_eq!((rang.len(), rang[0].call, rang[0].phone.as_str()), (1, placed.call, CLIENT));
    let dialogue = house.dialogue(&placed.call.to_string()).await;
    assert_eq!(dialogue.state, DialogueState::Placed);
    assert_eq!(
        dialogue.call,
        domain::CallId::derive("voximplant", &dialogue.external_id),
        "the id of the history"
    );
    assert!(dialogue.line.is_some());
}

#[tokio::test(start_paused = true)]
async fn the_persona_of_a_call_speaks_to_its_end_whoever_is_the_default() {
    let house = house();
    let asked = PlaceCall { persona: "appointment-reminder".into(), ..place() };
    let id = house.desk.place(asked).await.unwrap().call.to_string();
    let started = CallEvent::Started(LineStart::default());
    let welcome = house.engine.event(Some(&id), started).await.unwrap();
    let reminder = voice_agent::Personas::built_in().get("appointment-reminder").unwrap();
    let EventAnswer::Welcome { greeting, .. } = welcome else { panic!("{welcome:?}") };
    assert_eq!(greeting, reminder.opening(false));
    house.engine.event(Some(&id), CallEvent::Answered).await.unwrap();
    house.ears.next(Sense::Fails);
    let sorry = house.says(&id, 1, "Кто это?").await;
    assert_eq!(sorry.text, reminder.phrase(Occasion::Apology));
    assert_eq!(house.dialogue(&id).await.persona, "appointment-reminder");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_number_or_no_persona_is_refused() {
    let house = house();
    for phone in ["", "205", "мама", "+7916", "tel:+79161234567"] {
        let refused = house.desk.place(PlaceCall { phone: phone.into(), ..place() }).await.unwrap_err();
        assert_eq!((refused.code(), refused.status()), ("phone", 422), "{phone}");
    }
    let refused = house.desk.place(PlaceCall { persona: "nobody".into(), ..place() }).await.unwrap_err();
    assert_eq!((refused.code(), refused.status()), ("persona", 422));
    assert!(house.telephone.placed().is_empty() && house.memory.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_same_key_is_the_same_call() {
    let house = house();
    let first = house.desk.place(keyed("k")).await.unwrap();
    let again =
        house.desk.place(PlaceCall { phone: "8 (916) 123-45-67".into(), ..keyed("k") }).await.unwrap();
    assert_eq!((again.call, again.again), (first.call, true), "the same number in other words");
    let other = house.desk.place(PlaceCall { phone: "+79161234568".into(), ..keyed("k") }).await.unwrap_err();
    assert_eq!((other.code(), other.status()), ("key_reused", 409));
    assert_eq!(house.telephone.placed().len(), 1);
    assert_ne!(house.desk.place(place()).await.unwrap().call, first.call, "without a key each is its own");
}

#[tokio::test(start_paused = true)]
async fn those_who_place_under_one_key_at_once_place_one_call() {
    let house = house();
    house.telephone.next(Ring::Slowly(Duration::from_secs(2)));
    let placed = join_all((0..6).map(|_| house.desk.place(keyed("k")))).await;
    let first = placed[0].as_ref().unwrap().call;
    assert!(placed.iter().all(|placed| placed.as_ref().unwrap().call == first));
    assert_eq!(house.telephone.placed().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_number_of_the_stop_list_is_never_rung() {
    let house = house();
    let phone = domain::PhoneNumber::parse(CLIENT).unwrap();
    house.memory.stop(&phone, "by hand", house.clock.now()).await.unwrap();
    let refused = house.desk.place(place()).await.unwrap_err();
    assert_eq!((refused.code(), refused.status()), ("stop_list", 409));
}

#[tokio::test(start_paused = true)]
async fn nobody_is_rung_at_night_by_his_own_clock() {
    // Friday 2026-11-20, 12:00 UTC: 15:00 in Moscow, 22:00 in Vladivostok
    let house = house();
    assert!(house.desk.place(place()).await.is_ok());
    let cases = [
        ("+74232123456", None, "2026-11-21T00:00:00Z"), // a landline tells: Saturday 10:00 there
        (CLIENT, Some(Tz::Asia__Vladivostok), "2026-11-21T00:00:00Z"), // a mobile asks the lead
        (CLIENT, Some(Tz::America__Los_Angeles), "2026-11-20T17:00:00Z"),
    ];
    for (phone, zone, expected) in cases {
        let request = PlaceCall { phone: phone.into(), zone, ..place() };
        let refused = house.desk.place(request).await.unwrap_err();
        let Refused::OutsideHours { retry_at } = refused else { panic!("{refused:?}") };
        assert_eq!(retry_at, expected.parse::<chrono::DateTime<chrono::Utc>>().unwrap(), "{phone} {zone:?}");
    }
    let moscow = PlaceCall { phone: "+74951234567".into(), zone: Some(Tz::Asia__Vladivostok), ..place() };
    assert!(house.desk.place(moscow).await.is_ok(), "the code of a landline goes before the lead's zone");
}

#[tokio::test(start_paused = true)]
async fn calls_stop_when_the_money_of_the_day_is_spent() {
    let cap = DeskSettings { spend_cap: Some("1RUB".parse().unwrap()), ..DeskSettings::default() };
    let house = house_of(persona(), cap);
    let id = house.answered().await;
    let end = LineEnd { cost: Some("0.02USD".parse().unwrap()), ..LineEnd::default() };
    house.engine.event(Some(&id), CallEvent::Ended(end)).await.unwrap();
    let refused = house.desk.place(place()).await.unwrap_err();
    assert_eq!((refused.code(), refused.status(), refused.is_retryable()), ("spend_cap", 409, true));
    // Saturday in Moscow is another day
    house.clock.advance(Duration::from_hours(22));
    assert!(house.desk.place(place()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_at_once_than_allowed() {
    let two = DeskSettings { max_calls: 2, ..DeskSettings::default() };
    let house = house_of(persona(), two);
    let placed = join_all((0..6).map(|_| house.desk.place(place()))).await;
    assert_eq!(placed.iter().filter(|placed| placed.is_ok()).count(), 2);
    let refused = placed.into_iter().find_map(Result::err).unwrap();
    assert_eq!((refused.code(), refused.status()), ("too_many", 429));
    assert_eq!(house.desk.load().await.unwrap(), (2, 2));
    let over = house.memory.calls()[0].call.to_string();
    house.hangs_up(&over).await;
    assert!(house.desk.place(place()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_call_of_unknown_outcome_is_kept_and_never_dialled_again() {
    let house = house();
    house.telephone.next(Ring::Lost);
    let refused = house.desk.place(keyed("k")).await.unwrap_err();
    let Refused::Unknown { call } = refused else { panic!("{refused:?}") };
    assert_eq!((refused.code(), refused.status(), refused.is_retryable()), ("unknown", 503, false));
    assert_eq!(house.desk.place(keyed("k")).await.unwrap_err(), Refused::Unknown { call });
    house.desk.reconcile().await.unwrap();
    assert_eq!(house.dialogue(&call.to_string()).await.state, DialogueState::Unknown, "nobody can tell yet");
    assert_eq!(house.telephone.placed().len(), 1);
    house.telephone.outcome_of(call, Outcome::Never);
    let done = house.desk.reconcile().await.unwrap();
    assert_eq!(done.closed, 1);
    let state = house.dialogue(&call.to_string()).await.state;
    assert_eq!(state, DialogueState::Ended { why: Ending::Failed });
    assert_eq!(house.telephone.placed().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_call_that_speaks_up_rings() {
    let house = house();
    house.telephone.next(Ring::Slowly(Duration::from_mins(5)));
    let desk = house.desk.clone();
    let placing = tokio::spawn(async move { desk.place(place()).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let id = house.memory.calls()[0].call.to_string();
    house.engine.event(Some(&id), CallEvent::Started(LineStart::default())).await.unwrap();
    assert!(placing.await.unwrap().is_ok(), "the answer never came, the call did");
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_away_leaves_a_call_that_is_known() {
    let house = house();
    house.telephone.next(Ring::Slowly(Duration::from_secs(5)));
    let gone = tokio::time::timeout(Duration::from_secs(1), house.desk.place(keyed("k"))).await;
    assert!(gone.is_err());
    tokio::time::sleep(Duration::from_secs(10)).await;
    let again = house.desk.place(keyed("k")).await.unwrap();
    assert!(again.again);
    assert!(house.dialogue(&again.call.to_string()).await.line.is_some());
    assert_eq!(house.telephone.placed().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_the_company_refuses_has_failed() {
    let house = house();
    house.telephone.next(Ring::Refused("no money".into()));
    let refused = house.desk.place(place()).await.unwrap_err();
    let Refused::Telephone { call, .. } = refused else { panic!("{refused:?}") };
    assert_eq!(house.dialogue(&call.to_string()).await.state, DialogueState::Ended { why: Ending::Failed });
    assert_eq!(house.archive.calls().len(), 1);
    assert_eq!(house.desk.load().await.unwrap().0, 0);
}

#[tokio::test(start_paused = true)]
async fn a_memory_that_fails_rings_nobody() {
    let house = house();
    house.memory.fail();
    let refused = house.desk.place(place()).await.unwrap_err();
    assert_eq!((refused.code(), refused.status()), ("unavailable", 503));
    assert!(house.telephone.placed().is_empty());
}

#[tokio::test(start_paused = true)]
async fn hanging_up_ends_a_call_and_is_harmless_twice() {
    let house = house();
    let id = house.answered().await;
    let call = house.dialogue(&id).await.call;
    house.desk.hang_up(call).await.unwrap();
    assert_eq!(house.telephone.hung_up(), [call]);
    let next = house.says(&id, 1, "Нам окна").await;
    assert_eq!(next.action, voice_agent::Action::HangUp { why: Ending::Stopped }, "a line that did not obey");
    house.hangs_up(&id).await;
    assert_eq!(house.dialogue(&id).await.state, DialogueState::Ended { why: Ending::Stopped });
    house.desk.hang_up(call).await.unwrap();
    assert_eq!(house.telephone.hung_up().len(), 1);
    assert!(house.desk.hang_up(domain::CallId::derive("voximplant", "nobody")).await.is_err());
}

async fn quiet(house: &House, outcome: Option<Outcome>, wait: Duration) -> DialogueState {
    let id = house.answered().await;
    house.says(&id, 1, "Нам окна").await;
    let call = house.dialogue(&id).await.call;
    if let Some(outcome) = outcome {
        house.telephone.outcome_of(call, outcome);
    }
    house.clock.advance(wait);
    house.desk.reconcile().await.unwrap();
    house.dialogue(&id).await.state
}

#[tokio::test(start_paused = true)]
async fn a_call_of_which_nothing_is_heard_is_looked_up_and_closed() {
    let over = || Outcome::Over {
        answered: true,
        end: LineEnd { duration_ms: Some(42_000), cost: Some("1RUB".parse().unwrap()), ..LineEnd::default() },
        recording: Some(CallRecording { url: "https://r".into(), duration_ms: None, robot: None }),
    };
    let fresh = house();
    assert_eq!(quiet(&fresh, Some(over()), Duration::from_mins(1)).await, DialogueState::Talking);
    assert_eq!(fresh.telephone.looked_up(), 0, "it is not quiet yet");

    let gone = house();
    let state = quiet(&gone, Some(over()), Duration::from_mins(6)).await;
    assert_eq!(state, DialogueState::Ended { why: Ending::ClientHungUp });
    let archived = gone.archive.calls();
    assert_eq!(
        (archived.len(), archived[0].recording.is_some(), archived[0].call.talk_ms),
        (1, true, Some(42_000))
    );

    let open = house();
    assert_eq!(quiet(&open, None, Duration::from_mins(30)).await, DialogueState::Talking);
    let lost = house();
    let state = quiet(&lost, None, Duration::from_mins(91)).await;
    assert_eq!(state, DialogueState::Ended { why: Ending::Failed }, "nobody will ever tell");
}
