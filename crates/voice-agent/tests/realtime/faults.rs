//! What breaks: the model's server, the telephone, the memory. Nobody is left in silence or on a dead line.

use std::time::Duration;

use openai_client::testing::{Failure, RealtimeFaultKind, RealtimeReply};
use voice_agent::BridgeEnd;

use crate::rig::{Rig, Script, exchange, pause};

#[tokio::test(start_paused = true)]
async fn a_model_that_refuses_sends_the_call_on_by_turns_at_once() {
    for failure in [Failure::KeyRevoked, Failure::QuotaSpent, Failure::Country] {
        let rig = Rig::new();
        rig.model.refuse_next(failure);
        let (outcome, telephone) = rig.hold(|_| async {}).await;
        assert!(matches!(outcome.end, BridgeEnd::FellBack { .. }), "{:?}", outcome.end);
        assert_eq!(telephone.orders(), ["fallback"]);
        assert!(telephone.ms() < 1000, "{}", telephone.ms());
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_busy_is_asked_once_more() {
    let rig = Rig::new();
    rig.model.refuse_next(Failure::Overloaded(None));
    let (outcome, telephone) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            telephone.hangs_up();
        })
        .await;
    assert_eq!((outcome.end, outcome.sessions), (BridgeEnd::ClientHungUp, 1));
    assert!(telephone.orders().is_empty());
    let rig = Rig::new();
    rig.model.refuse_next(Failure::Overloaded(None));
    rig.model.refuse_next(Failure::Overloaded(None));
    let (outcome, telephone) = rig.hold(|_| async {}).await;
    assert!(matches!(outcome.end, BridgeEnd::FellBack { .. }));
    assert!(telephone.ms() < 3000);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_cut_in_mid_answer_is_opened_anew_and_the_talk_goes_on() {
    let rig = Rig::new();
    rig.model.hear_next("Расскажите о доставке.");
    rig.model.reply_next(RealtimeReply::say("Доставка бесплатная от трёх тысяч рублей, курьер позвонит."));
    rig.model.reply_next(RealtimeReply::say("Так вот, курьер позвонит за час."));
    let model = rig.model.clone();
    let (outcome, telephone) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            model.spoil(RealtimeFaultKind::CutAfter(1000));
            telephone.asks(1000).await;
            pause(1500).await;
            telephone.robot_is_silent().await;
            telephone.hangs_up();
        })
        .await;
    assert_eq!((outcome.end, outcome.sessions), (BridgeEnd::ClientHungUp, 2));
    assert!(telephone.orders().is_empty());
    let said = outcome.turns.last().unwrap().words();
    assert!(said.contains("Так вот"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_falls_silent_sends_the_call_on_by_turns_within_three_seconds() {
    let rig = Rig::new();
    let model = rig.model.clone();
    let (outcome, telephone) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            model.spoil(RealtimeFaultKind::AnswerStalls);
            telephone.speaks(1000);
        })
        .await;
    assert!(matches!(outcome.end, BridgeEnd::FellBack { .. }), "{:?}", outcome.end);
    assert_eq!(telephone.orders(), ["fallback"]);
    // the greeting ends at 1.7 s and 0.3 s are waited for; a second of speech, half a second of silence
    assert!(telephone.ms() <= 1700 + 300 + 1000 + 500 + 3000, "{}", telephone.ms());
    assert_eq!(rig.kept().turns.len(), 1, "what was said is kept for the talk by turns");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_falls_silent_in_the_middle_of_a_word_does_not_keep_the_client_waiting() {
    let rig = Rig::new();
    rig.model.reply_next(RealtimeReply::say("Доставка бесплатная от трёх тысяч рублей, курьер позвонит."));
    let model = rig.model.clone();
    let (outcome, telephone) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            model.spoil(RealtimeFaultKind::StallsAfter(1000));
            telephone.asks(1000).await;
            telephone.robot_is_silent().await;
            let silent_at = telephone.ms();
            while !telephone.is_closed() {
                pause(10).await;
            }
            // 0.3 s of silence were waited for before
            assert!(telephone.ms() - silent_at + 300 <= 3000, "{}", telephone.ms() - silent_at);
        })
        .await;
    assert!(matches!(outcome.end, BridgeEnd::FellBack { .. }), "{:?}", outcome.end);
    assert_eq!(telephone.orders(), ["fallback"]);
}

#[tokio::test(start_paused = true)]
async fn money_that_is_gone_sends_the_call_on_by_turns_and_a_server_error_is_tried_again() {
    for (code, falls) in [("insufficient_quota", true), ("server_error", false)] {
        let rig = Rig::new();
        let model = rig.model.clone();
        let (outcome, telephone) = rig
            .hold(|telephone| async move {
                telephone.is_greeted().await;
                model.spoil(RealtimeFaultKind::AnswerFails(code));
                telephone.speaks(1000);
                pause(5000).await;
                telephone.hangs_up();
            })
            .await;
        assert_eq!(matches!(outcome.end, BridgeEnd::FellBack { .. }), falls, "{code}");
        assert_eq!(telephone.orders().is_empty(), !falls, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_expired_session_is_opened_anew_and_the_client_gets_his_answer() {
    let rig = Rig::new();
    let model = rig.model.clone();
    let (outcome, telephone) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            model.spoil(RealtimeFaultKind::Expires);
            exchange(&telephone, 1000).await;
            telephone.hangs_up();
        })
        .await;
    assert_eq!((outcome.end, outcome.sessions), (BridgeEnd::ClientHungUp, 2));
    assert!(telephone.orders().is_empty());
    assert_eq!(outcome.turns.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_session_is_renewed_between_two_answers_before_it_expires() {
    let mut rig = Rig::new();
    rig.persona.limits = voice_agent::Limits { minutes: 0, turns: 0, money: None };
    rig.model.set_session_ms(60_000);
    rig.settings.renew_after = Duration::from_secs(50);
    let (outcome, telephone) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            for _ in 0..30 {
                exchange(&telephone, 2000).await;
            }
            telephone.hangs_up();
        })
        .await;
    assert_eq!(outcome.end, BridgeEnd::ClientHungUp);
    assert!(outcome.sessions >= 3, "{}", outcome.sessions);
    assert!(telephone.orders().is_empty());
    assert!(!rig.model.refused().iter().any(|code| code == "session_expired"), "{:?}", rig.model.refused());
    assert_eq!(outcome.turns.len(), 31);
}

#[tokio::test(start_paused = true)]
async fn a_telephone_that_goes_dead_does_not_hold_the_session_open() {
    let rig = Rig::new();
    let (outcome, telephone) = rig
        .hold(|telephone| async move {
            telephone.robot_speaks().await;
            telephone.goes_dead();
        })
        .await;
    assert_eq!(outcome.end, BridgeEnd::MediaLost);
    assert!(telephone.ms() < 25_000);
}

#[tokio::test(start_paused = true)]
async fn both_ends_are_closed_whenever_the_client_hangs_up() {
    for at in (0..9000).step_by(331) {
        for fault in [None, Some(RealtimeFaultKind::AnswerStalls), Some(RealtimeFaultKind::CutAfter(300))] {
            let rig = Rig::new();
            if let Some(fault) = fault {
                rig.model.spoil(fault);
            }
            let (outcome, _) = rig
                .hold(|telephone| -> Script {
                    Box::pin(async move {
                        let speech = telephone.clone();
                        speech.speaks(at / 3);
                        pause(at).await;
                        telephone.hangs_up();
                    })
                })
                .await;
            assert!(
                matches!(outcome.end, BridgeEnd::ClientHungUp | BridgeEnd::FellBack { .. }),
                "{at}: {:?}",
                outcome.end
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_said_is_kept_though_the_memory_fails_for_a_moment() {
    let rig = Rig::new();
    *rig.memory.failing.lock().unwrap() = 3;
    let (outcome, _) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            exchange(&telephone, 1000).await;
            telephone.hangs_up();
        })
        .await;
    assert_eq!(rig.kept().turns, outcome.turns);
    assert_eq!(outcome.turns.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_fails_at_the_goodbye_does_not_keep_the_call_alive() {
    let rig = Rig::new();
    rig.model.reply_next(RealtimeReply::call("end_call", serde_json::json!({})));
    let model = rig.model.clone();
    let (outcome, telephone) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            telephone.speaks(1000);
            // the answer that calls the function is asked for when the speech ends; the goodbye after it
            while model.asked().len() < 2 {
                pause(10).await;
            }
            model.spoil(RealtimeFaultKind::AnswerStalls);
        })
        .await;
    assert_eq!(outcome.end, BridgeEnd::HungUp(voice_agent::Ending::Goodbye));
    assert_eq!(telephone.orders(), ["hangup"]);
}
