//! Facts that people are told of, and their way out.

use std::time::Duration;

use domain::CallId;

use super::sample::{at, call, erase};
use crate::{DeliveryOutcome, DeliveryTarget, DeliveryWay, FactId, NewDelivery, NewFact, Store};

const LEASE: Duration = Duration::from_mins(1);

fn fact(key: &str, call: Option<&str>) -> NewFact {
    NewFact {
        key: key.to_owned(),
        topic: "failures".to_owned(),
        call: call.map(|name| CallId::derive("folder", name)),
        body: format!("{{\"key\":\"{key}\"}}"),
        due_at: at(60),
    }
}

fn message(key: &str, target: DeliveryTarget) -> NewDelivery {
    NewDelivery {
        key: key.to_owned(),
        target,
        event: "failures".to_owned(),
        call: None,
        body: "<b>x</b>".to_owned(),
        due_at: at(0),
    }
}

pub async fn facts_are_noted_once_and_told_in_one_step(store: &dyn Store) {
    store.discover(&[call("a", 0)], None, at(0)).await.unwrap();
    let facts = [fact("1", Some("a")), fact("2", None), fact("2", None), fact("3", Some("nobody"))];
    assert_eq!(store.note_facts(&facts, at(1)).await.unwrap(), 2);
    assert_eq!(store.note_facts(&facts, at(2)).await.unwrap(), 0);
    let kept = store.untold_facts().await.unwrap();
    assert_eq!((&kept[0].what, kept[0].noted_at, kept[0].told_at), (&facts[0], at(1), None));
    let ids: Vec<FactId> = kept.iter().map(|fact| fact.id).collect();
    let messages = [message("m", DeliveryTarget::Telegram), message("m", DeliveryTarget::Mail)];
    assert!(store.tell_facts(&ids, &messages, at(3)).await.unwrap());
    assert_eq!(store.untold_facts().await.unwrap(), []);
    assert_eq!(store.note_facts(&facts, at(4)).await.unwrap(), 0, "what was told is remembered");
    let twice = [message("other", DeliveryTarget::Telegram)];
    assert!(!store.tell_facts(&ids, &twice, at(4)).await.unwrap(), "nothing is told twice");
    let waiting = store.claim_deliveries(DeliveryWay::Messages, 9, LEASE, at(5)).await.unwrap();
    assert_eq!(waiting.len(), 2, "and nothing of it is written");
    assert_eq!(store.facts_of("failures", 1).await.unwrap()[0].told_at, Some(at(3)));
    erase(store, "+79161234567", 6).await;
    assert_eq!(store.facts_of("failures", 9).await.unwrap().len(), 1, "erased with the call");
    assert_eq!(store.forget_facts(at(3)).await.unwrap(), 0);
    assert_eq!(store.forget_facts(at(4)).await.unwrap(), 1);
}

pub async fn messages_and_webhooks_leave_by_their_own_ways(store: &dyn Store) {
    let targets = [DeliveryTarget::Crm, DeliveryTarget::Telegram, DeliveryTarget::Mail, DeliveryTarget::Uis];
    let batch = targets.map(|target| message("same key", target));
    assert_eq!(store.queue_deliveries(&batch, at(0)).await.unwrap(), 4, "a key belongs to its target");
    let hooks = store.claim_deliveries(DeliveryWay::Webhooks, 9, LEASE, at(1)).await.unwrap();
    assert_eq!(hooks.iter().map(|claim| claim.delivery.what.target).collect::<Vec<_>>(), [targets[0]]);
    let messages = store.claim_deliveries(DeliveryWay::Messages, 9, LEASE, at(1)).await.unwrap();
    let taken: Vec<_> = messages.iter().map(|claim| claim.delivery.what.target).collect();
    assert_eq!(taken, targets[1..]);
    for claim in &messages {
        store.settle_delivery(claim, &DeliveryOutcome::Delivered { status: 200 }, at(2)).await.unwrap();
    }
    assert_eq!(store.next_delivery_due(DeliveryWay::Messages).await.unwrap(), None);
    assert!(store.next_delivery_due(DeliveryWay::Webhooks).await.unwrap().is_some());
}
