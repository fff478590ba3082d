//! The outbox of webhooks.

use std::time::Duration;

use domain::CallId;

use super::sample::{at, call, erase};
use crate::{
    DeliveryFilter, DeliveryOutcome, DeliveryState, DeliveryTarget, DeliveryWay, NewDelivery,
    NewSubscription, PageRequest, Store, StoreError,
};

const WEBHOOKS: DeliveryWay = DeliveryWay::Webhooks;
const LEASE: Duration = Duration::from_mins(1);

fn delivery(key: &str, target: DeliveryTarget, seconds: i64) -> NewDelivery {
    NewDelivery {
        key: key.to_owned(),
        target,
        event: "call.done".to_owned(),
        call: Some(CallId::derive("folder", "a")),
        body: format!("{{\"key\":\"{key}\"}}"),
        due_at: at(seconds),
    }
}

async fn log(store: &dyn Store, filter: &DeliveryFilter) -> Vec<String> {
    let page = store.deliveries(filter, PageRequest { after: None, limit: 50 }).await.unwrap();
    page.items.into_iter().map(|delivery| delivery.what.key).collect()
}

pub async fn subscriptions_are_kept_until_removed(store: &dyn Store) {
    let wish = NewSubscription {
        url: "https://crm.example/hook?key=1".to_owned(),
        events: vec!["call.done".to_owned()],
        secret: "s".to_owned(),
    };
    let kept = store.add_subscription(&wish, at(1)).await.unwrap();
    assert_eq!((&kept.wish, kept.created_at), (&wish, at(1)));
    assert!(!format!("{kept:?}").contains("key=1"), "neither address nor secret is shown");
    assert_eq!(store.subscriptions().await.unwrap(), std::slice::from_ref(&kept));
    store.discover(&[call("a", 0)], None, at(0)).await.unwrap();
    let target = DeliveryTarget::Subscription(kept.id);
    assert_eq!(store.queue_deliveries(&[delivery("1", target, 0)], at(0)).await.unwrap(), 1);
    assert!(store.remove_subscription(kept.id).await.unwrap());
    assert!(!store.remove_subscription(kept.id).await.unwrap());
    assert_eq!(log(store, &DeliveryFilter::default()).await, Vec::<String>::new(), "its outbox goes with it");
    assert_eq!(store.queue_deliveries(&[delivery("2", target, 0)], at(0)).await.unwrap(), 0);
}

pub async fn deliveries_are_queued_once_and_made_when_due(store: &dyn Store) {
    store.discover(&[call("a", 0)], None, at(0)).await.unwrap();
    let crm = DeliveryTarget::Crm;
    let batch = [delivery("late", crm, 50), delivery("soon", crm, 10), delivery("soon", crm, 10)];
    assert_eq!(store.queue_deliveries(&batch, at(0)).await.unwrap(), 2);
    assert_eq!(store.queue_deliveries(&batch, at(1)).await.unwrap(), 0);
    let stranger = NewDelivery { call: Some(CallId::derive("folder", "nobody")), ..delivery("x", crm, 0) };
    assert_eq!(store.queue_deliveries(&[stranger], at(1)).await.unwrap(), 0);
    assert_eq!(store.next_delivery_due(WEBHOOKS).await.unwrap(), Some(at(10)));
    assert_eq!(store.claim_deliveries(WEBHOOKS, 10, LEASE, at(9)).await.unwrap(), []);
    let claim = store.claim_deliveries(WEBHOOKS, 10, LEASE, at(10)).await.unwrap().remove(0);
    assert_eq!((&*claim.delivery.what.key, claim.delivery.attempt), ("soon", 1));
    assert_eq!(claim.delivery.what.body, "{\"key\":\"soon\"}");
    assert_eq!(store.claim_deliveries(WEBHOOKS, 10, LEASE, at(11)).await.unwrap(), [], "one sends it");
    assert!(!store.retry_delivery(claim.delivery.id, at(12)).await.unwrap(), "he is at it");
    store.settle_delivery(&claim, &DeliveryOutcome::Delivered { status: 204 }, at(12)).await.unwrap();
    assert_eq!(store.next_delivery_due(WEBHOOKS).await.unwrap(), Some(at(50)));
    let done = DeliveryFilter { state: Some(DeliveryState::Done), ..DeliveryFilter::default() };
    let page = store.deliveries(&done, PageRequest { after: None, limit: 5 }).await.unwrap();
    assert_eq!((page.items[0].last_status, page.items[0].updated_at), (Some(204), at(12)));
}

pub async fn a_failed_delivery_is_tried_again_until_it_is_given_up(store: &dyn Store) {
    store.discover(&[call("a", 0)], None, at(0)).await.unwrap();
    store.queue_deliveries(&[delivery("1", DeliveryTarget::Crm, 0)], at(0)).await.unwrap();
    let claim = store.claim_deliveries(WEBHOOKS, 1, LEASE, at(0)).await.unwrap().remove(0);
    let again = DeliveryOutcome::Again { due_at: at(30), status: Some(502), error: "bad gateway".to_owned() };
    store.settle_delivery(&claim, &again, at(1)).await.unwrap();
    let stale = store.settle_delivery(&claim, &again, at(2)).await;
    assert!(matches!(stale, Err(StoreError::LeaseLost)), "{stale:?}");
    let abandoned = store.claim_deliveries(WEBHOOKS, 1, LEASE, at(30)).await.unwrap().remove(0);
    assert_eq!(abandoned.delivery.attempt, 2);
    let second = store.claim_deliveries(WEBHOOKS, 1, LEASE, at(90)).await.unwrap().remove(0);
    assert_eq!(second.delivery.attempt, 3, "the lease ran out with whoever had it");
    let late = store.settle_delivery(&abandoned, &again, at(91)).await;
    assert!(matches!(late, Err(StoreError::LeaseLost)), "{late:?}");
    let dead = DeliveryOutcome::Dead { status: Some(410), error: "gone".to_owned() };
    store.settle_delivery(&second, &dead, at(92)).await.unwrap();
    assert_eq!(store.next_delivery_due(WEBHOOKS).await.unwrap(), None);
    assert!(store.retry_delivery(second.delivery.id, at(93)).await.unwrap());
    let third = store.claim_deliveries(WEBHOOKS, 1, LEASE, at(93)).await.unwrap().remove(0);
    assert_eq!((third.delivery.attempt, third.delivery.last_status), (1, Some(410)));
}

pub async fn the_delivery_log_is_narrowed_and_forgotten(store: &dyn Store) {
    store.discover(&[call("a", 0), call("b", 0)], None, at(0)).await.unwrap();
    let wish = NewSubscription { url: String::new(), events: Vec::new(), secret: String::new() };
    let other = DeliveryTarget::Subscription(store.add_subscription(&wish, at(0)).await.unwrap().id);
    let b = CallId::derive("folder", "b");
    let batch = [
        delivery("1", DeliveryTarget::Crm, 0),
        delivery("1", other, 0),
        NewDelivery { call: Some(b), event: "call.failed".to_owned(), ..delivery("2", other, 0) },
    ];
    assert_eq!(store.queue_deliveries(&batch, at(0)).await.unwrap(), 3, "a key belongs to its target");
    let all = DeliveryFilter::default();
    let cases: [(DeliveryFilter, &[&str]); 5] = [
        (all.clone(), &["2", "1", "1"]),
        (DeliveryFilter { target: Some(other), ..all.clone() }, &["2", "1"]),
        (DeliveryFilter { target: Some(DeliveryTarget::Crm), ..all.clone() }, &["1"]),
        (DeliveryFilter { event: Some("call.failed".to_owned()), ..all.clone() }, &["2"]),
        (DeliveryFilter { call: Some(b), ..all.clone() }, &["2"]),
    ];
    for (filter, expected) in cases {
        assert_eq!(log(store, &filter).await, expected, "{filter:?}");
    }
    for claim in store.claim_deliveries(WEBHOOKS, 2, LEASE, at(1)).await.unwrap() {
        store.settle_delivery(&claim, &DeliveryOutcome::Delivered { status: 200 }, at(1)).await.unwrap();
    }
    assert_eq!(store.forget_deliveries(at(1)).await.unwrap(), 0);
    assert_eq!(store.forget_deliveries(at(2)).await.unwrap(), 2);
    assert_eq!(log(store, &all).await.len(), 1, "what is still to be sent stays");
    erase(store, "+79161234567", 3).await;
    assert_eq!(log(store, &all).await.len(), 0, "erased with the calls");
}
