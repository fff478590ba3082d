//! Parts that fail, are slow, hang: the client hears something in time, every time.

use std::time::Duration;

use tokio::time::Instant;
use voice_agent::testing::{Script, Sense};
use voice_agent::{Action, AnswerSource, Ending, Occasion};

use crate::house::{house, house_of, persona, request};

/// The scenario apologises by itself then.
const SCENARIO: Duration = Duration::from_secs(8);

#[tokio::test(start_paused = true)]
async fn every_part_that_fails_or_hangs_becomes_an_apology_in_time() {
    for part in
        ["recording", "recording hangs", "speech", "speech hangs", "model", "model hangs", "both slow"]
    {
        let house = house();
        let id = house.answered().await;
        match part {
            "recording" => house.recordings.next(Sense::Fails),
            "recording hangs" => house.recordings.next(Sense::Hangs),
            "speech" => house.ears.next(Sense::Fails),
            "speech hangs" => house.ears.next(Sense::Hangs),
            "model" => house.mind.next(Script { fails: true, ..Script::default() }),
            "model hangs" => house.mind.next(Script { hangs: true, ..Script::default() }),
            _ => {
                house.recordings.next(Sense::Slow(Duration::from_secs(4)));
                house.ears.next(Sense::Slow(Duration::from_secs(4)));
            }
        }
        let began = Instant::now();
        let answer = house.says(&id, 1, "Нам окна").await;
        assert!(began.elapsed() < SCENARIO, "{part}: {:?}", began.elapsed());
        assert_eq!(
            (answer.text, answer.action),
            (persona().phrase(Occasion::Apology), Action::Say),
            "{part}"
        );
        let turn = house.dialogue(&id).await.turns[1].clone();
        assert_eq!(turn.source, AnswerSource::Apology, "{part}");
        // the same turn again is the same apology, and the next one is answered
        assert_eq!(house.engine.turn(request(&id, 1, "Нам окна")).await.action, Action::Say);
        assert_eq!(house.says(&id, 2, "Два окна").await.text, "Понятно, два окна.", "{part}");
        assert_eq!(house.dialogue(&id).await.apologies, 0);
        assert_eq!(house.mind.thinking(), 0, "{part}: nobody thinks for nobody");
    }
}

#[tokio::test(start_paused = true)]
async fn two_faults_in_a_row_bring_a_person_or_goodbye() {
    let house = house();
    let id = house.answered().await;
    house.ears.always(Some(Sense::Fails));
    assert_eq!(house.says(&id, 1, "Нам окна").await.action, Action::Say);
    assert!(matches!(house.says(&id, 2, "Алло").await.action, Action::Transfer { .. }));

    let mut alone = persona();
    alone.transfer.clear();
    let house = house_of(alone, voice_agent::DeskSettings::default());
    let id = house.answered().await;
    house.ears.always(Some(Sense::Fails));
    house.says(&id, 1, "Нам окна").await;
    let answer = house.says(&id, 2, "Алло").await;
    assert_eq!(answer.action, Action::HangUp { why: Ending::Failed });
    assert!(answer.text.contains("до свидания"));
}

#[tokio::test(start_paused = true)]
async fn a_memory_that_fails_costs_nothing_and_the_turn_may_be_asked_again() {
    let house = house();
    let id = house.answered().await;
    house.memory.fail();
    let answer = house.says(&id, 1, "Нам окна").await;
    assert_eq!(answer.action, Action::Say);
    assert!(answer.text.contains("Извините"));
    assert_eq!(house.ears.asked(), 0);
    house.memory.heal();
    assert_eq!(house.says(&id, 1, "Нам окна").await.text, "Понятно, нам окна.");
}

#[tokio::test(start_paused = true)]
async fn a_memory_that_fails_after_the_thought_does_not_take_the_answer() {
    let house = house();
    let id = house.answered().await;
    house.mind.next(Script::says_slowly(&["Ответ."], Duration::from_secs(1)));
    let engine = house.engine.clone();
    let asked = tokio::spawn({
        let request = request(&id, 1, "Нам окна");
        async move { engine.turn(request).await }
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    house.memory.fail();
    assert_eq!(asked.await.unwrap().text, "Ответ.");
    assert_eq!(house.engine.turn(request(&id, 1, "Нам окна")).await.text, "Ответ.", "kept in this process");
    assert_eq!(house.mind.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_memory_that_hangs_is_not_waited_for() {
    let house = house();
    let id = house.answered().await;
    house.memory.hang(Duration::from_mins(1));
    let began = Instant::now();
    let answer = house.engine.turn(request(&id, 1, "Нам окна")).await;
    assert!(began.elapsed() < SCENARIO, "{:?}", began.elapsed());
    assert!(answer.text.contains("Извините"));
    let began = Instant::now();
    house.engine.next(&id, voice_agent::NextId { turn: 1, part: 1 }).await;
    assert!(began.elapsed() < SCENARIO, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_slow_model_speaks_late_but_speaks() {
    let house = house();
    let id = house.answered().await;
    house.recordings.next(Sense::Slow(Duration::from_secs(1)));
    house.ears.next(Sense::Slow(Duration::from_secs(2)));
    house.mind.next(Script::says_slowly(&["Ответ."], Duration::from_secs(3)));
    let answer = house.says(&id, 1, "Нам окна").await;
    assert_eq!(answer.text, "Ответ.");
    let timings = house.dialogue(&id).await.turns[1].timings;
    assert_eq!(
        (timings.download_ms, timings.speech_ms, timings.first_sentence_ms, timings.total_ms),
        (1000, 2000, 3000, 6000)
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_heard_is_kept_when_the_model_fails() {
    let house = house();
    let id = house.answered().await;
    house.mind.next(Script { fails: true, ..Script::default() });
    house.says(&id, 1, "Меня зовут Ирина").await;
    assert_eq!(house.dialogue(&id).await.turns[1].heard.as_deref(), Some("Меня зовут Ирина"));
}

#[tokio::test(start_paused = true)]
async fn whenever_the_client_hangs_up_the_turn_ends_and_nothing_goes_on_without_him() {
    for at in (0..9_000).step_by(500) {
        let house = house();
        let id = house.answered().await;
        house.recordings.next(Sense::Slow(Duration::from_secs(1)));
        house.ears.next(Sense::Slow(Duration::from_secs(1)));
        house.mind.next(Script::says_slowly(&["Раз.", "Два.", "Три."], Duration::from_secs(2)));
        let engine = house.engine.clone();
        let asked = request(&id, 1, "Нам окна");
        let turn = tokio::spawn(async move { engine.turn(asked).await });
        tokio::time::sleep(Duration::from_millis(at)).await;
        house.hangs_up(&id).await;
        let began = Instant::now();
        turn.await.unwrap();
        assert!(began.elapsed() < SCENARIO, "{at}: {:?}", began.elapsed());
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!((house.mind.thinking(), house.engine.calls_in_memory()), (0, 0), "{at}");
        assert!(house.dialogue(&id).await.is_ended(), "{at}");
        let late = house.engine.turn(request(&id, 2, "Алло")).await;
        assert_eq!((late.text.as_str(), late.action.as_str()), ("", "hangup"), "{at}: nobody is on the line");
        assert_eq!(house.engine.calls_in_memory(), 0, "{at}");
    }
}
