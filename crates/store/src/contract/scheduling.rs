//! Leaders, schedules, turns.

use std::time::Duration;

use super::sample::at;
use crate::{AskedTurn, Lead, NewSchedule, Schedule, ScheduleTurn, Store, StoreError, TurnEnding, WorkerId};

const LEASE: Duration = Duration::from_secs(30);

fn worker(name: &str) -> WorkerId {
    WorkerId(name.to_owned())
}

async fn leading(store: &dyn Store, seconds: i64) -> Lead {
    store.lead("hours", &worker("a"), Duration::from_hours(1), at(seconds)).await.unwrap().unwrap()
}

fn hourly(name: &str) -> NewSchedule {
    NewSchedule {
        name: name.to_owned(),
        cron: "5 * * * *".to_owned(),
        zone: "Europe/Moscow".to_owned(),
        plan: "{\"source\":\"uis\"}".to_owned(),
    }
}

async fn only(store: &dyn Store) -> Schedule {
    store.schedules().await.unwrap().remove(0)
}

async fn claimed(store: &dyn Store, lead: &Lead, seconds: i64) -> Option<ScheduleTurn> {
    store.claim_turn(lead, LEASE, at(seconds)).await.unwrap()
}

pub async fn one_leads_and_late_leaders_are_refused(store: &dyn Store) {
    let first = store.lead("hours", &worker("a"), LEASE, at(0)).await.unwrap().unwrap();
    assert_eq!(store.lead("hours", &worker("b"), LEASE, at(10)).await.unwrap(), None);
    assert!(store.lead("other", &worker("b"), LEASE, at(10)).await.unwrap().is_some(), "another thing");
    let prolonged = store.lead("hours", &worker("a"), LEASE, at(20)).await.unwrap().unwrap();
    assert_eq!(prolonged, first, "the same lead goes on");
    assert_eq!(store.leader("hours", at(40)).await.unwrap(), Some(worker("a")));
    let second = store.lead("hours", &worker("b"), LEASE, at(50)).await.unwrap().unwrap();
    assert!(second.token > first.token, "the lease ran out");
    let schedule = store.put_schedule(&hourly("uis"), at(0)).await.unwrap();
    assert!(!store.queue_turn(&first, schedule.id, at(51), 0, at(51)).await.unwrap(), "a late leader");
    assert_eq!(store.claim_turn(&first, LEASE, at(51)).await.unwrap(), None);
    assert!(store.queue_turn(&second, schedule.id, at(51), 0, at(51)).await.unwrap());
    store.step_down(&first, at(52)).await.unwrap();
    assert_eq!(store.leader("hours", at(52)).await.unwrap(), Some(worker("b")), "not its to give");
    store.step_down(&second, at(53)).await.unwrap();
    assert_eq!(store.leader("hours", at(53)).await.unwrap(), None);
    assert!(store.lead("hours", &worker("a"), LEASE, at(53)).await.unwrap().unwrap().token > second.token);
}

pub async fn a_turn_is_queued_once_and_made_by_one(store: &dyn Store) {
    let lead = leading(store, 0).await;
    let schedule = store.put_schedule(&hourly("uis"), at(0)).await.unwrap();
    assert_eq!((&schedule.what, schedule.done_at, schedule.last), (&hourly("uis"), at(0), None));
    assert!(store.queue_turn(&lead, schedule.id, at(100), 3, at(101)).await.unwrap());
    assert!(!store.queue_turn(&lead, schedule.id, at(100), 3, at(102)).await.unwrap(), "made already");
    assert_eq!(only(store).await.done_at, at(100));
    let turn = claimed(store, &lead, 103).await.unwrap();
    assert_eq!((turn.due_at, turn.missed, turn.attempt, &*turn.name), (at(100), 3, 1, "uis"));
    assert_eq!(claimed(store, &lead, 104).await, None, "one is at it");
    store.keep_turn(&turn, LEASE, at(120)).await.unwrap();
    assert_eq!(claimed(store, &lead, 149).await, None);
    let again = claimed(store, &lead, 150).await.unwrap();
    assert_eq!((again.id, again.attempt, again.started_at), (turn.id, 2, Some(at(103))), "its process died");
    for lost in [
        store.keep_turn(&turn, LEASE, at(151)).await,
        store.finish_turn(&turn, TurnEnding::Done, "{}", at(151)).await,
    ] {
        assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    }
    store.finish_turn(&again, TurnEnding::Done, "{\"new\":3}", at(152)).await.unwrap();
    let last = only(store).await.last.unwrap();
    assert_eq!((last.ending, last.finished_at), (Some(TurnEnding::Done), Some(at(152))));
    assert_eq!(last.said.as_deref(), Some("{\"new\":3}"));
    assert_eq!(claimed(store, &lead, 200).await, None);
    // another plan goes on where it was; another hour does not begin with the past
    let plan = NewSchedule { plan: "{}".to_owned(), ..hourly("uis") };
    assert_eq!(store.put_schedule(&plan, at(300)).await.unwrap().done_at, at(100));
    let cron = NewSchedule { cron: "0 9 * * *".to_owned(), ..plan };
    assert_eq!(store.put_schedule(&cron, at(400)).await.unwrap().done_at, at(400));
}

pub async fn a_turn_that_meets_another_is_skipped_or_waits(store: &dyn Store) {
    let lead = leading(store, 0).await;
    let schedule = store.put_schedule(&hourly("uis"), at(0)).await.unwrap();
    store.queue_turn(&lead, schedule.id, at(100), 0, at(100)).await.unwrap();
    let going = claimed(store, &lead, 100).await.unwrap();
    assert!(store.queue_turn(&lead, schedule.id, at(110), 0, at(110)).await.unwrap());
    let last = only(store).await.last.unwrap();
    assert_eq!((last.ending, last.due_at), (Some(TurnEnding::Skipped), at(110)), "said, not made");
    let asked = AskedTurn {
        schedule: Some(schedule.id),
        name: "uis".to_owned(),
        plan: "{}".to_owned(),
        by: "anna".to_owned(),
    };
    store.ask_turn(&asked, at(111)).await.unwrap();
    assert_eq!(claimed(store, &lead, 112).await, None, "what a person wants waits");
    let own = store.ask_turn(&AskedTurn { schedule: None, ..asked }, at(113)).await.unwrap();
    assert_eq!(claimed(store, &lead, 113).await.unwrap().id, own, "another thing does not");
    store.finish_turn(&going, TurnEnding::Failed, "{}", at(114)).await.unwrap();
    let by_hand = claimed(store, &lead, 115).await.unwrap();
    assert_eq!((by_hand.asked_by.as_deref(), by_hand.schedule), (Some("anna"), Some(schedule.id)));
    store.finish_turn(&by_hand, TurnEnding::Done, "{}", at(116)).await.unwrap();
    assert_eq!(store.turns(10).await.unwrap().len(), 4);
    assert_eq!(store.forget_turns(at(200)).await.unwrap(), 2, "the newest of a schedule stays, the open too");
}

pub async fn a_schedule_is_stopped_and_goes_on_from_now(store: &dyn Store) {
    let lead = leading(store, 0).await;
    let schedule = store.put_schedule(&hourly("uis"), at(0)).await.unwrap();
    assert!(store.pause_schedule("uis", true, at(10)).await.unwrap());
    assert!(store.pause_schedule("uis", true, at(20)).await.unwrap());
    assert_eq!(only(store).await.paused_at, Some(at(10)));
    assert!(!store.queue_turn(&lead, schedule.id, at(30), 0, at(30)).await.unwrap());
    assert!(store.pause_schedule("uis", false, at(40)).await.unwrap());
    let resumed = only(store).await;
    assert_eq!((resumed.paused_at, resumed.done_at), (None, at(40)));
    assert!(store.pause_schedule("uis", false, at(50)).await.unwrap());
    assert_eq!(only(store).await.done_at, at(40), "it was not stopped");
    assert!(!store.pause_schedule("none", true, at(50)).await.unwrap());
    assert!(store.remove_schedule("uis").await.unwrap());
    assert!(!store.remove_schedule("uis").await.unwrap());
    assert_eq!(store.schedules().await.unwrap(), []);
}
