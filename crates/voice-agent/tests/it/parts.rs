//! The first sentence goes out while the rest is written.

use std::time::Duration;

use tokio::time::Instant;
use voice_agent::testing::Script;
use voice_agent::{Action, Ending, Intent, LiveLine, NextId};

use crate::house::house;

#[tokio::test(start_paused = true)]
async fn the_first_sentence_goes_out_before_the_model_has_finished() {
    let house = house();
    let id = house.answered().await;
    house.mind.next(Script::says_slowly(&["Раз.", "Два.", "Три."], Duration::from_secs(2)));
    let began = Instant::now();
    let first = house.says(&id, 1, "Нам окна").await;
    assert_eq!((first.text.as_str(), began.elapsed()), ("Раз.", Duration::from_secs(2)));
    assert_eq!(house.mind.thinking(), 1, "it still writes");
    let second = house.engine.next(&id, first.next.unwrap()).await;
    assert_eq!((second.text.as_str(), began.elapsed()), ("Два.", Duration::from_secs(4)));
    let third = house.engine.next(&id, second.next.unwrap()).await;
    let end = match third.next {
        Some(next) => house.engine.next(&id, next).await,
        None => third.clone(),
    };
    assert_eq!((third.text.as_str(), end.next), ("Три.", None));
    let turn = house.dialogue(&id).await.turns[1].clone();
    assert_eq!((turn.timings.first_sentence_ms, turn.timings.total_ms), (2000, 2000));
    assert_eq!(turn.timings.answer_ms, 6000);
    assert!(!turn.unfinished);
}

#[tokio::test(start_paused = true)]
async fn the_last_part_says_what_the_telephone_does() {
    let house = house();
    let id = house.answered().await;
    let wait = Duration::from_millis(100);
    house.mind.next(Script {
        intent: Intent::HandOver("person".into()),
        ..Script::says_slowly(&["Понимаю.", "Соединяю с мастером."], wait)
    });
    let first = house.says(&id, 1, "Нам мастер нужен сложный случай").await;
    assert_eq!(first.action, Action::Say, "not yet");
    let mut part = first;
    while let Some(next) = part.next {
        part = house.engine.next(&id, next).await;
    }
    assert!(matches!(part.action, Action::Transfer { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_rest_that_does_not_come_is_not_waited_for_forever() {
    let house = house();
    let id = house.answered().await;
    house.mind.next(Script { hangs: true, ..Script::says(&["Начало."]) });
    let first = house.says(&id, 1, "Нам окна").await;
    let began = Instant::now();
    let rest = house.engine.next(&id, first.next.unwrap()).await;
    assert_eq!((rest.text.as_str(), rest.next), ("", None));
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(house.mind.thinking(), 0, "nobody thinks for nobody");
    assert_eq!(house.says(&id, 2, "Алло, вы тут").await.text, "Да, слышу вас.");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_breaks_off_leaves_what_it_said() {
    let house = house();
    let id = house.answered().await;
    let wait = Duration::from_millis(100);
    house
        .mind
        .next(Script { fails: true, ..Script::says_slowly(&["Начало.", "Середина."], wait) });
    let first = house.says(&id, 1, "Нам окна").await;
    let second = house.engine.next(&id, first.next.unwrap()).await;
    let last = match second.next {
        Some(next) => house.engine.next(&id, next).await,
        None => second.clone(),
    };
    assert_eq!((second.text.as_str(), last.action, last.next), ("Середина.", Action::Say, None));
    assert_eq!(house.dialogue(&id).await.apologies, 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_ends_stops_the_thought() {
    let house = house();
    let id = house.answered().await;
    house.mind.next(Script::says_slowly(&["Раз.", "Два.", "Три."], Duration::from_secs(2)));
    let first = house.says(&id, 1, "Нам окна").await;
    house.hangs_up(&id).await;
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(house.mind.thinking(), 0);
    assert_eq!(house.engine.calls_in_memory(), 0);
    let rest = house.engine.next(&id, first.next.unwrap()).await;
    assert_eq!(rest.next.map(|next| next.turn), first.next.map(|_| 1), "it was never finished");
    assert_eq!(house.dialogue(&id).await.turns[1].said, ["Раз."]);
}

#[tokio::test(start_paused = true)]
async fn parts_that_never_were_are_empty() {
    let house = house();
    let id = house.answered().await;
    house.says(&id, 1, "Сколько стоит окно?").await;
    for part in [NextId { turn: 1, part: 1 }, NextId { turn: 1, part: 99 }, NextId { turn: 7, part: 1 }] {
        let answer = house.engine.next(&id, part).await;
        assert_eq!((answer.text.as_str(), answer.next), ("", None), "{part}");
    }
    let nobody = house.engine.next("nobody", NextId { turn: 1, part: 1 }).await;
    assert_eq!(nobody.action, Action::HangUp { why: Ending::Failed });
}

#[tokio::test(start_paused = true)]
async fn lookers_on_follow_the_talk() {
    let house = house();
    let mut seen = house.live.follow();
    let id = house.answered().await;
    house.mind.next(Script::says(&["Хорошо.", "Сколько?"]));
    let first = house.says(&id, 1, "Нам окна").await;
    house.engine.next(&id, first.next.unwrap()).await;
    house.hangs_up(&id).await;
    let mut lines = Vec::new();
    while let Ok(event) = seen.try_recv() {
        lines.push(match event.what {
            LiveLine::Began => "began".to_owned(),
            LiveLine::Answered => "answered".to_owned(),
            LiveLine::Heard { text, .. } => format!("client: {text}"),
            LiveLine::Said { text, turn: 0, .. } => format!("greeting: {}", text.contains("робот")),
            LiveLine::Said { text, .. } => format!("robot: {text}"),
            LiveLine::Ended { why } => why.as_str().to_owned(),
        });
    }
    assert_eq!(
        lines,
        [
            "began",
            "answered",
            "greeting: true",
            "client: Нам окна",
            "robot: Хорошо.",
            "robot: Сколько?",
            "client_hung_up"
        ]
    );
}
