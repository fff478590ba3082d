//! Calls with robots: begun once, changed by one at a time, erased without a trace but their sums.

use domain::{CallId, Money};

use super::sample::{at, erase, phone};
use crate::{Conversation, ConversationBegun, ConversationStage, Placement, Store, stop_list_key};

fn conversation(name: &str) -> Conversation {
    Conversation {
        call: CallId::derive("voximplant", name),
        version: 0,
        stage: ConversationStage::Live,
        phone: Some(phone("+79161234567")),
        started_at: at(0),
        touched_at: at(0),
        cost: Vec::new(),
        body: format!("{{\"name\":\"{name}\"}}"),
    }
}

fn money(text: &str) -> Money {
    text.parse().expect("money")
}

async fn begin(store: &dyn Store, name: &str) -> ConversationBegun {
    store.begin_conversation(&conversation(name), None, None).await.unwrap()
}

pub async fn a_conversation_begins_once(store: &dyn Store) {
    assert_eq!(begin(store, "a").await, ConversationBegun::New);
    let mut again = conversation("a");
    again.body = "another".to_owned();
    assert_eq!(store.begin_conversation(&again, None, None).await.unwrap(), ConversationBegun::Known);
    assert_eq!(store.conversation(again.call).await.unwrap(), Some(conversation("a")));
    assert_eq!(store.conversation(CallId::derive("voximplant", "nobody")).await.unwrap(), None);
}

pub async fn a_placement_and_its_conversation_are_one_step(store: &dyn Store) {
    let first = conversation("a");
    let placement = Placement { call: first.call, digest: "d".to_owned() };
    let key = Some(("key", &placement));
    assert_eq!(store.begin_conversation(&first, key, Some(1)).await.unwrap(), ConversationBegun::New);
    assert_eq!(store.placement("key").await.unwrap(), Some(placement.clone()));
    // the key decides before the room does
    let second = conversation("b");
    let other = Placement { call: second.call, digest: "other".to_owned() };
    let begun = store.begin_conversation(&second, Some(("key", &other)), Some(1)).await.unwrap();
    assert_eq!(begun, ConversationBegun::Placed(placement));
    let begun = store.begin_conversation(&second, Some(("new", &other)), Some(1)).await.unwrap();
    assert_eq!(begun, ConversationBegun::TooMany);
    assert_eq!(store.placement("new").await.unwrap(), None, "neither of the two");
    assert_eq!(store.conversation(second.call).await.unwrap(), None);
}

pub async fn room_for_one_is_given_to_one(store: &dyn Store) {
    let calls: Vec<Conversation> = (0..8).map(|n| conversation(&n.to_string())).collect();
    let begun =
        futures::future::join_all(calls.iter().map(|call| store.begin_conversation(call, None, Some(3))))
            .await;
    let new = begun.into_iter().filter(|begun| matches!(begun, Ok(ConversationBegun::New))).count();
    assert_eq!(new, 3);
    assert_eq!(store.live_conversations().await.unwrap(), 3);
}

pub async fn who_changes_a_conversation_has_read_it(store: &dyn Store) {
    begin(store, "a").await;
    let mut first = conversation("a");
    first.body = "first".to_owned();
    first.cost = vec![money("1.5RUB"), money("0.01USD")];
    first.touched_at = at(5);
    assert!(store.save_conversation(&first).await.unwrap());
    let mut second = conversation("a");
    second.body = "second".to_owned();
    assert!(!store.save_conversation(&second).await.unwrap(), "it was overtaken");
    first.version = 1;
    assert_eq!(store.conversation(first.call).await.unwrap(), Some(first));
    assert!(!store.save_conversation(&conversation("nobody")).await.unwrap());
}

pub async fn open_conversations_come_longest_untouched_first(store: &dyn Store) {
    for (name, stage, touched) in [
        ("new", ConversationStage::Live, 9),
        ("closed", ConversationStage::Closed, 1),
        ("ended", ConversationStage::Ended, 3),
        ("old", ConversationStage::Live, 2),
    ] {
        let conversation = Conversation { stage, touched_at: at(touched), ..conversation(name) };
        store.begin_conversation(&conversation, None, None).await.unwrap();
    }
    let open = store.open_conversations(2).await.unwrap();
    let calls: Vec<CallId> = open.iter().map(|open| open.call).collect();
    assert_eq!(calls, ["old", "ended"].map(|name| CallId::derive("voximplant", name)));
    assert_eq!(store.live_conversations().await.unwrap(), 2);
    assert_eq!(store.forget_conversations(at(1)).await.unwrap(), 0);
    assert_eq!(store.forget_conversations(at(99)).await.unwrap(), 1, "only what is closed");
    assert_eq!(store.open_conversations(9).await.unwrap().len(), 3);
}

pub async fn money_of_conversations_is_summed_by_currency(store: &dyn Store) {
    for (name, started, cost) in [
        ("yesterday", -1, vec![money("100RUB")]),
        ("today", 0, vec![money("2RUB"), money("0.5USD")]),
        ("later", 7, vec![money("3RUB")]),
    ] {
        let conversation = Conversation { started_at: at(started), cost, ..conversation(name) };
        store.begin_conversation(&conversation, None, None).await.unwrap();
    }
    assert_eq!(store.spent_on_conversations(at(0)).await.unwrap(), [money("5RUB"), money("0.5USD")]);
    assert_eq!(store.spent_on_conversations(at(8)).await.unwrap(), []);
    assert_eq!(store.conversations_since(at(0)).await.unwrap(), 2);
}

pub async fn a_stopped_number_stays_stopped(store: &dyn Store) {
    let number = phone("+79161234567");
    assert!(!store.is_number_stopped(&number).await.unwrap());
    assert!(store.stop_number(&number, "asked in a call", at(0)).await.unwrap());
    assert!(!store.stop_number(&number, "again", at(9)).await.unwrap());
    store.stop_number(&phone("+79990000000"), "by hand", at(5)).await.unwrap();
    assert!(store.is_number_stopped(&number).await.unwrap());
    assert!(!store.is_number_stopped(&phone("+79161234568")).await.unwrap());
    let list = store.stopped_numbers(9, 0).await.unwrap();
    let whys: Vec<&str> = list.iter().map(|stopped| stopped.why.as_str()).collect();
    assert_eq!(whys, ["by hand", "asked in a call"]);
    assert_eq!(store.stopped_numbers(9, 1).await.unwrap(), list[1..]);
    assert!(store.allow_number(&stop_list_key(&number)).await.unwrap());
    assert!(!store.is_number_stopped(&number).await.unwrap());
    assert!(!store.allow_number(&stop_list_key(&number)).await.unwrap());
}

pub async fn erasing_empties_conversations_and_keeps_the_wish(store: &dyn Store) {
    let number = phone("+79161234567");
    let mut told = conversation("a");
    told.cost = vec![money("2RUB")];
    let placement = Placement { call: told.call, digest: "d".to_owned() };
    store.begin_conversation(&told, Some(("key", &placement)), None).await.unwrap();
    let other = Conversation { phone: Some(phone("+79990000000")), ..conversation("b") };
    store.begin_conversation(&other, None, None).await.unwrap();
    store.stop_number(&number, "asked in a call", at(0)).await.unwrap();

    let erasure = erase(store, "+79161234567", 1).await;
    assert_eq!(erasure.gone("conversations"), 1);
    assert_eq!(store.conversation(told.call).await.unwrap(), None);
    assert_eq!(store.placement("key").await.unwrap(), None);
    assert!(!store.save_conversation(&told).await.unwrap(), "who still holds it keeps nothing");
    told.version = 1;
    assert!(!store.save_conversation(&told).await.unwrap());
    assert_eq!(begin(store, "a").await, ConversationBegun::Known, "it does not begin anew");
    assert_eq!(store.spent_on_conversations(at(0)).await.unwrap(), [money("2RUB")], "the bill stays");
    assert!(store.is_number_stopped(&number).await.unwrap());
    assert_eq!(store.stopped_numbers(9, 0).await.unwrap()[0].phone, None, "a digest is all that is left");
    assert!(store.conversation(other.call).await.unwrap().is_some());
    let open = store.open_conversations(9).await.unwrap();
    assert_eq!(open.iter().map(|open| open.call).collect::<Vec<_>>(), [other.call]);
}

pub async fn a_conversation_is_found_by_its_number_and_known_when_erased(store: &dyn Store) {
    let number = phone("+79161234567");
    for (name, started) in [("old", -9), ("first", 1), ("second", 2)] {
        let conversation = Conversation { started_at: at(started), ..conversation(name) };
        store.begin_conversation(&conversation, None, None).await.unwrap();
    }
    let other = Conversation { phone: Some(phone("+79990000000")), started_at: at(3), ..conversation("b") };
    store.begin_conversation(&other, None, None).await.unwrap();
    let found = store.conversations_with(&number, at(0)).await.unwrap();
    let calls: Vec<CallId> = found.iter().map(|found| found.call).collect();
    assert_eq!(calls, ["second", "first"].map(|name| CallId::derive("voximplant", name)));

    let old = CallId::derive("voximplant", "old");
    assert!(store.is_conversation_known(old).await.unwrap());
    erase(store, "+79161234567", 9).await;
    assert_eq!(store.conversations_with(&number, at(-99)).await.unwrap(), []);
    assert!(store.is_conversation_known(old).await.unwrap());
    assert!(!store.is_conversation_known(CallId::derive("voximplant", "nobody")).await.unwrap());
}
