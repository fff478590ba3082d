//! Turns that come twice, at once, out of order, after a restart: the same answer, nothing paid twice.

use std::time::Duration;

use futures::future::join_all;
use voice_agent::testing::Script;
use voice_agent::{Action, NextId};

use crate::house::{House, house, request};

fn paid(house: &House) -> (usize, usize, usize) {
    (house.recordings.asked(), house.ears.asked(), house.mind.asked().len())
}

#[tokio::test(start_paused = true)]
async fn a_turn_asked_again_is_the_same_and_free() {
    let house = house();
    let id = house.answered().await;
    house.mind.next(Script::says(&["Первый ответ.", "И ещё."]));
    let first = house.says(&id, 1, "Нам окна").await;
    let before = paid(&house);
    let cost = house.dialogue(&id).await.cost;
    for words in ["Нам окна", "другие слова"] {
        assert_eq!(house.engine.turn(request(&id, 1, words)).await, first);
    }
    assert_eq!(paid(&house), before);
    assert_eq!(house.dialogue(&id).await.cost, cost);
}

#[tokio::test(start_paused = true)]
async fn those_who_ask_at_once_wait_for_the_first() {
    let house = house();
    let id = house.answered().await;
    house.mind.next(Script::says_slowly(&["Ответ."], Duration::from_secs(2)));
    let answers = join_all((0..5).map(|_| house.engine.turn(request(&id, 1, "Нам окна")))).await;
    assert_eq!(answers[0].text, "Ответ.");
    assert!(answers.windows(2).all(|two| two[0] == two[1]), "{answers:?}");
    assert_eq!(paid(&house), (1, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_away_does_not_stop_the_answer() {
    let house = house();
    let id = house.answered().await;
    house.mind.next(Script::says_slowly(&["Ответ."], Duration::from_secs(2)));
    let gone =
        tokio::time::timeout(Duration::from_secs(1), house.engine.turn(request(&id, 1, "Нам окна"))).await;
    assert!(gone.is_err());
    let answer = house.engine.turn(request(&id, 1, "Нам окна")).await;
    assert_eq!(answer.text, "Ответ.");
    assert_eq!(paid(&house), (1, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_turn_overtaken_on_the_way_says_nothing_and_costs_nothing() {
    let house = house();
    let id = house.answered().await;
    house.says(&id, 2, "Нам окна").await;
    let before = paid(&house);
    let late = house.says(&id, 1, "Алло").await;
    assert_eq!((late.text.as_str(), late.action, late.next), ("", Action::Say, None));
    assert_eq!(paid(&house), before);
}

#[tokio::test(start_paused = true)]
async fn two_turns_at_once_are_answered_one_after_the_other() {
    let house = house();
    let id = house.answered().await;
    house.mind.next(Script::says_slowly(&["Первый."], Duration::from_secs(1)));
    house.mind.next(Script::says(&["Второй."]));
    let (first, second) = tokio::join!(
        house.engine.turn(request(&id, 1, "раз слово")),
        house.engine.turn(request(&id, 2, "два слова"))
    );
    assert_eq!((first.text.as_str(), second.text.as_str()), ("Первый.", "Второй."));
    let dialogue = house.dialogue(&id).await;
    assert_eq!(dialogue.turns.iter().map(|turn| turn.number).collect::<Vec<_>>(), [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_the_talk_goes_on() {
    let house = house();
    let id = house.answered().await;
    house.mind.next(Script::says_slowly(&["Начало.", "Продолжение.", "Конец."], Duration::from_secs(1)));
    let first = house.says(&id, 1, "Нам окна").await;
    let next = first.next.unwrap();

    // another process over the same memory
    let again = crate::house::house();
    let dialogue = house.dialogue(&id).await;
    voice_agent::CallMemory::begin(&again.memory, &dialogue, None, None).await.unwrap();
    let repeated = again.engine.turn(request(&id, 1, "Нам окна")).await;
    assert_eq!(repeated, first, "the same first part");
    let rest = again.engine.next(&id, next).await;
    assert_eq!(
        (rest.text.as_str(), rest.action, rest.next),
        ("", Action::Say, None),
        "the rest is lost, not waited for"
    );
    let second = again.says(&id, 2, "Два окна").await;
    assert_eq!(second.text, "Понятно, два окна.");
    assert_eq!(again.dialogue(&id).await.turns.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_part_asked_again_is_the_same() {
    let house = house();
    let id = house.answered().await;
    house.mind.next(Script::says_slowly(&["Раз.", "Два.", "Три.", "Четыре."], Duration::from_secs(1)));
    let first = house.says(&id, 1, "Нам окна").await;
    let next = first.next.unwrap();
    assert_eq!(next, NextId { turn: 1, part: 1 });
    let (one, same) = tokio::join!(house.engine.next(&id, next), house.engine.next(&id, next));
    assert_eq!(one, same);
    assert_eq!(one.text, "Два.");
    tokio::time::sleep(Duration::from_secs(5)).await;
    let rest = house.engine.next(&id, one.next.unwrap()).await;
    assert_eq!((rest.text.as_str(), rest.next), ("Три. Четыре.", None));
    assert_eq!(house.engine.next(&id, next).await, one, "also when all is said");
    assert_eq!(house.engine.turn(request(&id, 1, "Нам окна")).await.next, Some(next));
    assert_eq!(house.dialogue(&id).await.turns[1].said, ["Раз.", "Два.", "Три. Четыре."]);
}

#[tokio::test(start_paused = true)]
async fn an_id_that_nobody_knows_opens_a_call() {
    let house = house();
    let answer = house.says("vox-5A14DB08C37601EF", 1, "Сколько стоит окно?").await;
    assert!(answer.text.contains("восемнадцати тысяч"));
    let dialogue = house.dialogue("vox-5A14DB08C37601EF").await;
    assert_eq!(dialogue.call, domain::CallId::derive("voximplant", "vox-5A14DB08C37601EF"));
    assert_eq!((dialogue.source.as_str(), dialogue.turns.len()), ("voximplant", 1));
    let long = house.says(&"я".repeat(100_000), 1, "Да").await;
    assert_eq!(long.action, Action::Say, "an id as long as a book is cut");
}
