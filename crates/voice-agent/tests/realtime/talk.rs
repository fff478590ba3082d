//! A conversation: greeting, answers, interruptions, «угу».

use openai_client::testing::RealtimeReply;
use voice_agent::{Action, AnswerSource, BridgeEnd, Ending};

use crate::rig::{Rig, exchange, pause};

const LONG: &str =
    "Доставка бесплатная от трёх тысяч рублей, курьер позвонит за час и приедет в любой день недели.";

#[tokio::test(start_paused = true)]
async fn the_robot_greets_listens_and_answers() {
    let rig = Rig::new();
    rig.model.hear_next("Сколько стоит доставка?");
    rig.model.reply_next(RealtimeReply::say("Триста рублей."));
    let (outcome, telephone) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            exchange(&telephone, 1500).await;
            pause(1000).await;
            telephone.hangs_up();
        })
        .await;
    assert_eq!(outcome.end, BridgeEnd::ClientHungUp);
    let turns = rig.kept().turns;
    assert_eq!(turns, outcome.turns);
    let [greeting, answer] = turns.as_slice() else { panic!("two turns, not {}", turns.len()) };
    assert_eq!(
        (greeting.number, greeting.source, greeting.words().as_str()),
        (0, AnswerSource::Fixed, "Добрый день, это робот.")
    );
    assert_eq!(answer.heard.as_deref(), Some("Сколько стоит доставка?"));
    assert_eq!((answer.number, answer.words().as_str(), &answer.action), (1, "Триста рублей.", &Action::Say));
    // half a second of silence ends a speech, 300 ms are thought
    let latency = answer.timings.sound_ms.unwrap();
    assert!((800..=900).contains(&latency), "{latency}");
    assert_eq!(outcome.latencies_ms, [latency]);
    let (heard, said) = (answer.heard_span.unwrap(), answer.said_span.unwrap());
    assert!((1480..=1600).contains(&(heard.end_ms - heard.start_ms)), "{heard:?}");
    assert!(said.start_ms.abs_diff(heard.end_ms + latency) <= 25, "{heard:?} {said:?} {latency}");
    assert_eq!(said.end_ms - said.start_ms, 14 * 60);
    assert_eq!(telephone.heard_ms(), (23 + 14) * 60);
    assert!(telephone.orders().is_empty());
    let paid: Vec<_> =
        rig.kept().cost.iter().map(|paid| (paid.item.clone(), paid.amount.micros > 0)).collect();
    assert_eq!(paid, [("dialogue".to_owned(), true), ("speech".to_owned(), true)]);
    assert!(rig.model.refused().is_empty(), "{:?}", rig.model.refused());
}

#[tokio::test(start_paused = true)]
async fn a_client_who_speaks_up_silences_the_robot_and_the_model_learns_what_was_heard() {
    let rig = Rig::new();
    for words in ["Расскажите о доставке.", "Подождите, а сколько она стоит?"]
    {
        rig.model.hear_next(words);
    }
    rig.model.reply_next(RealtimeReply::say(LONG));
    rig.model.reply_next(RealtimeReply::say("Триста рублей."));
    let (outcome, telephone) = rig
        .hold(|telephone| async move {
            telephone.robot_is_silent().await;
            telephone.is_greeted().await;
            telephone.asks(1000).await;
            pause(1500).await;
            exchange(&telephone, 1600).await;
            telephone.hangs_up();
        })
        .await;
    assert_eq!((outcome.interruptions, telephone.orders()), (1, vec!["clear".to_owned()]));
    let truncated = rig.model.truncated();
    let [(_, at)] = truncated.as_slice() else { panic!("one item, not {truncated:?}") };
    // it spoke for 1.5 s, and 0.6 s of the client's speech passed (and the packets' own 20 ms)
    assert!((2080..=2180).contains(at), "{at}");
    let [_, first, second] = outcome.turns.as_slice() else { panic!("{:?}", outcome.turns) };
    assert!(first.words().ends_with(" —") && first.words().len() < LONG.len() / 2, "{}", first.words());
    assert_eq!(second.heard.as_deref(), Some("Подождите, а сколько она стоит?"));
    assert_eq!(second.words(), "Триста рублей.");
    let said = first.said_span.unwrap();
    assert!((said.end_ms - said.start_ms).abs_diff(*at) <= 1, "{said:?} {at}");
    assert!(rig.model.refused().is_empty(), "{:?}", rig.model.refused());
}

#[tokio::test(start_paused = true)]
async fn a_listeners_word_does_not_interrupt() {
    let rig = Rig::new();
    for words in ["Расскажите о доставке.", "Угу."] {
        rig.model.hear_next(words);
    }
    rig.model.reply_next(RealtimeReply::say(LONG));
    rig.model.reply_next(RealtimeReply::say("Этого никто не спрашивал."));
    let (outcome, telephone) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            telephone.asks(1000).await;
            pause(3000).await;
            telephone.speaks(300);
            telephone.robot_is_silent().await;
            pause(2000).await;
            telephone.hangs_up();
        })
        .await;
    assert_eq!((outcome.interruptions, telephone.orders().len()), (0, 0));
    assert!(rig.model.truncated().is_empty());
    let [_, turn] = outcome.turns.as_slice() else { panic!("{:?}", outcome.turns) };
    assert_eq!(turn.words(), LONG, "it was heard to its end");
    assert_eq!(telephone.heard_ms(), (23 + LONG.chars().count() as u64) * 60);
}

#[tokio::test(start_paused = true)]
async fn a_short_word_that_means_something_interrupts() {
    let rig = Rig::new();
    for words in ["Расскажите о доставке.", "Нет."] {
        rig.model.hear_next(words);
    }
    rig.model.reply_next(RealtimeReply::say(LONG));
    rig.model.reply_next(RealtimeReply::say("Хорошо, не буду."));
    let (outcome, telephone) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            telephone.asks(1000).await;
            pause(2500).await;
            telephone.speaks(300);
            pause(2500).await;
            telephone.robot_is_silent().await;
            telephone.hangs_up();
        })
        .await;
    assert_eq!((outcome.interruptions, telephone.orders()), (1, vec!["clear".to_owned()]));
    let [_, first, second] = outcome.turns.as_slice() else { panic!("{:?}", outcome.turns) };
    assert!(first.words().ends_with('—'));
    assert_eq!((second.heard.as_deref(), second.words().as_str()), (Some("Нет."), "Хорошо, не буду."));
}

#[tokio::test(start_paused = true)]
async fn without_words_a_short_sound_does_not_interrupt_and_is_answered_afterwards() {
    let rig = Rig::new();
    rig.model.hear_next("Расскажите о доставке.");
    rig.model.spoil(openai_client::testing::RealtimeFaultKind::Deaf);
    rig.model.reply_next(RealtimeReply::say(LONG));
    rig.model.reply_next(RealtimeReply::say("Слушаю вас."));
    let (outcome, telephone) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            telephone.asks(1000).await;
            pause(3500).await;
            telephone.speaks(300);
            pause(1000).await;
            telephone.robot_is_silent().await;
            telephone.hangs_up();
        })
        .await;
    assert_eq!(outcome.interruptions, 0);
    assert_eq!(telephone.heard_ms(), (23 + LONG.chars().count() as u64 + 11) * 60);
}

#[tokio::test(start_paused = true)]
async fn ten_turns_with_three_interruptions_are_held_and_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let mut rig = Rig::new();
    rig.recording = Some(folder.path().join("call.wav"));
    for n in 0..10 {
        rig.model.hear_next(&format!("Вопрос номер {n}."));
        rig.model.reply_next(RealtimeReply::say(if n % 3 == 0 {
            LONG
        } else {
            "Короткий ответ на вопрос."
        }));
    }
    let (outcome, telephone) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            for n in 0..10 {
                telephone.asks(1200).await;
                // the next question comes into the long answers, but for the last
                if n % 3 == 0 && n < 9 { pause(2000).await } else { telephone.robot_is_silent().await }
            }
            telephone.hangs_up();
        })
        .await;
    assert_eq!((outcome.turns.len(), outcome.interruptions, telephone.orders().len()), (11, 3, 3));
    assert_eq!(outcome.latencies_ms.len(), 10);
    assert!(outcome.latencies_ms.iter().all(|ms| (800..=900).contains(ms)), "{:?}", outcome.latencies_ms);
    let recording = outcome.recording.unwrap();
    assert!(recording.is_whole);
    let wav = std::fs::read(&recording.path).unwrap();
    assert_eq!(wav.len() as u64, 58 + recording.duration_ms * 16);
    let sound = &wav[58..];
    let loud = |channel: usize| {
        sound.iter().skip(channel).step_by(2).filter(|byte| **byte & 0x7f < 0x60).count() as u64
    };
    assert!((loud(0) / 8).abs_diff(12_000) <= 20, "the client's ten questions: {} ms", loud(0) / 8);
    assert!(
        (loud(1) / 8).abs_diff(telephone.heard_ms()) <= 20,
        "what the client heard: {} of {} ms",
        loud(1) / 8,
        telephone.heard_ms()
    );
    assert!(rig.model.refused().is_empty(), "{:?}", rig.model.refused());
}

#[tokio::test(start_paused = true)]
async fn lost_packets_become_silence_and_are_counted() {
    let rig = Rig::new();
    let (outcome, _) = rig
        .hold(|telephone| async move {
            telephone.loses_every(10);
            telephone.is_greeted().await;
            exchange(&telephone, 1500).await;
            telephone.hangs_up();
        })
        .await;
    assert!(outcome.faulty_packets > 10);
    assert_eq!(outcome.turns.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_person_of_ours_hangs_up() {
    let rig = Rig::new();
    let stop = rig.stop.clone();
    let (outcome, telephone) = rig
        .hold(|telephone| async move {
            telephone.robot_speaks().await;
            stop.cancel();
        })
        .await;
    assert_eq!((outcome.end, telephone.orders()), (BridgeEnd::Stopped, vec!["hangup".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_is_asked_twice_and_left_politely() {
    let rig = Rig::new();
    let (outcome, telephone) = rig.hold(|_| async {}).await;
    assert_eq!(outcome.end, BridgeEnd::HungUp(Ending::Silence));
    assert_eq!(telephone.orders(), ["hangup"]);
    let said: Vec<String> = outcome.turns.iter().map(voice_agent::Turn::words).collect();
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(said[3].contains("до свидания"), "{said:?}");
    assert_eq!(rig.kept().intends, Some(Ending::Silence));
    let all: u64 = said.iter().map(|text| text.chars().count() as u64 * 60).sum();
    assert!(telephone.heard_ms().abs_diff(all) < 60, "the goodbye is heard to its end");
}
