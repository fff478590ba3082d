//! What every memory of calls must hold, one behaviour a function, each on an empty memory.
//!
//! A memory under test runs all of them with [`call_memory_contract!`](crate::call_memory_contract).

#![expect(clippy::unwrap_used, reason = "a contract fails by panicking")]
#![expect(missing_docs, reason = "the names say what is held")]

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Money, PhoneNumber};

use crate::{Archiving, Begun, CallMemory, DialogMode, Dialogue, Ending, PlacedRequest, change};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_176_000, 0).unwrap_or_default() + TimeDelta::seconds(seconds)
}

fn dialogue(name: &str) -> Dialogue {
    let mut dialogue = Dialogue::new("voximplant", name, "lead-qualification", DialogMode::Turns, at(0));
    dialogue.phone = PhoneNumber::parse("+79161234567");
    dialogue
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

pub async fn a_call_begins_once(memory: &dyn CallMemory) {
    assert_eq!(memory.begin(&dialogue("a"), None, None).await.unwrap(), Begun::New);
    let again = Dialogue { persona: "other".to_owned(), ..dialogue("a") };
    assert_eq!(memory.begin(&again, None, None).await.unwrap(), Begun::Known);
    assert_eq!(memory.dialogue(again.call).await.unwrap(), Some(dialogue("a")));
    assert_eq!(memory.dialogue(dialogue("nobody").call).await.unwrap(), None);
}

pub async fn a_key_and_its_call_are_one_step(memory: &dyn CallMemory) {
    let placed = PlacedRequest { call: dialogue("a").call, digest: "d".to_owned() };
    let begun = memory.begin(&dialogue("a"), Some(("key", &placed)), Some(1)).await.unwrap();
    assert_eq!(begun, Begun::New);
    assert_eq!(memory.placed("key").await.unwrap(), Some(placed.clone()));
    let other = PlacedRequest { call: dialogue("b").call, digest: "other".to_owned() };
    let begun = memory.begin(&dialogue("b"), Some(("key", &other)), Some(1)).await.unwrap();
    assert_eq!(begun, Begun::Placed(placed));
    let begun = memory.begin(&dialogue("b"), Some(("new", &other)), Some(1)).await.unwrap();
    assert_eq!(begun, Begun::TooMany);
    assert_eq!(memory.placed("new").await.unwrap(), None);
    assert_eq!(memory.calls_in_progress().await.unwrap(), 1);
}

pub async fn who_was_overtaken_keeps_nothing(memory: &dyn CallMemory) {
    memory.begin(&dialogue("a"), None, None).await.unwrap();
    let (mut first, mut second) = (dialogue("a"), dialogue("a"));
    first.silences = 1;
    second.silences = 2;
    assert!(memory.save(&first).await.unwrap());
    assert!(!memory.save(&second).await.unwrap());
    let stored = memory.dialogue(first.call).await.unwrap().unwrap();
    assert_eq!((stored.silences, stored.version), (1, 1));
    assert!(!memory.save(&dialogue("nobody")).await.unwrap());
}

pub async fn changes_that_meet_are_all_kept(memory: &dyn CallMemory) {
    memory.begin(&dialogue("a"), None, None).await.unwrap();
    let changes = (0..8).map(|_| {
        change(memory, dialogue("a").call, |dialogue| {
            dialogue.pay("dialogue", Money::from_micros(domain::Currency::RUB, 1));
            true
        })
    });
    for kept in futures::future::join_all(changes).await {
        kept.unwrap().unwrap();
    }
    let stored = memory.dialogue(dialogue("a").call).await.unwrap().unwrap();
    assert_eq!(stored.cost[0].amount.micros, 8);
    assert_eq!(memory.spent_since(at(0)).await.unwrap(), [stored.cost[0].amount]);
}

pub async fn calls_stay_open_until_they_are_archived(memory: &dyn CallMemory) {
    for (name, touched) in [("new", 9), ("old", 1), ("ended", 5), ("archived", 0)] {
        memory.begin(&Dialogue { touched_at: at(touched), ..dialogue(name) }, None, None).await.unwrap();
    }
    for (name, archiving) in [("ended", Archiving::Waiting), ("archived", Archiving::Done)] {
        change(memory, dialogue(name).call, |dialogue| {
            dialogue.end(Ending::Goodbye, at(6));
            dialogue.archiving = archiving;
            true
        })
        .await
        .unwrap();
    }
    let names = |calls: Vec<Dialogue>| calls.into_iter().map(|call| call.external_id).collect::<Vec<_>>();
    assert_eq!(names(memory.open_calls(9).await.unwrap()), ["old", "ended", "new"]);
    assert_eq!(names(memory.open_calls(1).await.unwrap()), ["old"]);
    assert_eq!(memory.calls_in_progress().await.unwrap(), 2);
}

pub async fn money_is_summed_from_an_instant_on(memory: &dyn CallMemory) {
    for (name, started, cost) in [("a", -1, "100RUB"), ("b", 0, "2RUB"), ("c", 1, "0.5USD")] {
        let mut dialogue = Dialogue { started_at: at(started), ..dialogue(name) };
        dialogue.pay("speech", money(cost));
        memory.begin(&dialogue, None, None).await.unwrap();
    }
    assert_eq!(memory.spent_since(at(0)).await.unwrap(), [money("2RUB"), money("0.5USD")]);
}

pub async fn the_stop_list_holds_numbers(memory: &dyn CallMemory) {
    let phone = PhoneNumber::parse("+79161234567").unwrap();
    assert!(!memory.is_stopped(&phone).await.unwrap());
    memory.stop(&phone, "asked", at(0)).await.unwrap();
    memory.stop(&phone, "again", at(1)).await.unwrap();
    assert!(memory.is_stopped(&phone).await.unwrap());
    assert!(!memory.is_stopped(&PhoneNumber::parse("+79161234568").unwrap()).await.unwrap());
}

/// Runs the whole contract, a test per behaviour. `$make` is the path of an
/// `async fn() -> (Guard, impl CallMemory)` that makes an empty memory.
#[macro_export]
macro_rules! call_memory_contract {
    ($make:path) => {
        $crate::call_memory_contract! { @each $make;
            a_call_begins_once, a_key_and_its_call_are_one_step, who_was_overtaken_keeps_nothing,
            changes_that_meet_are_all_kept, calls_stay_open_until_they_are_archived,
            money_is_summed_from_an_instant_on, the_stop_list_holds_numbers,
        }
    };
    (@each $make:path; $($name:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $name() {
                let (_guard, memory) = $make().await;
                $crate::testing::contract::$name(&memory).await;
            }
        )+
    };
}
