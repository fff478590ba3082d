//! Ten thousand calls through the engine: nothing grows, no task is left.

use std::time::Duration;

use voice_agent::testing::{Script, Sense};
use voice_agent::{CallEvent, LineEnd};

use crate::house::{house, request};

#[tokio::test(start_paused = true)]
async fn ten_thousand_calls_leave_nothing_behind() {
    let house = house();
    let before = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    for n in 0..10_000_u32 {
        let id = format!("vox-{n}");
        match n % 10 {
            1 => house.recordings.next(Sense::Fails),
            2 => house.ears.next(Sense::Hangs),
            3 => house.mind.next(Script { hangs: true, ..Script::says(&["Начало."]) }),
            4 => house.mind.next(Script::says_slowly(&["Раз.", "Два."], Duration::from_secs(20))),
            5 => house.mind.next(Script { fails: true, ..Script::default() }),
            _ => {}
        }
        let answer = house.engine.turn(request(&id, 1, "Нам окна")).await;
        if let Some(next) = answer.next.filter(|_| n % 2 == 0) {
            house.engine.next(&id, next).await;
        }
        let end = CallEvent::Ended(LineEnd::default());
        // some never tell of their end
        if n % 100 != 99 {
            house.engine.event(Some(&id), end).await.unwrap();
        }
        if n % 500 == 0 {
            // the day goes on: idle calls are let go
            tokio::time::advance(Duration::from_mins(5)).await;
        }
    }
    tokio::time::sleep(Duration::from_mins(1)).await;
    let left = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    assert_eq!(left, before, "tasks are left");
    assert_eq!(house.mind.thinking(), 0);
    assert!(house.engine.calls_in_memory() <= 200, "{}", house.engine.calls_in_memory());
}
