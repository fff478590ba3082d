//! Functions: goodbye, handing over, the stop list, tools.

use std::time::Duration;

use domain::PhoneNumber;
use openai_client::testing::RealtimeReply;
use serde_json::json;
use voice_agent::{Action, BridgeEnd, Ending, ToolSpec};

use crate::rig::{Rig, exchange, pause, phone};

fn slot_finder() -> ToolSpec {
    ToolSpec {
        name: "find_slot".into(),
        description: "Свободное время".into(),
        method: "POST".into(),
        url: "https://crm.example.ru/slots".into(),
        parameters: json!({"type": "object", "required": ["day"], "properties": {"day": {"type": "string"}}}),
        repeatable: true,
    }
}

#[tokio::test(start_paused = true)]
async fn the_model_says_goodbye_and_hangs_up_when_it_was_heard() {
    let rig = Rig::new();
    let mut reply = RealtimeReply::call("end_call", json!({}));
    reply.text = "Спасибо, до свидания.".into();
    rig.model.reply_next(reply);
    let (outcome, telephone) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            exchange(&telephone, 1000).await;
        })
        .await;
    assert_eq!(
        (outcome.end, telephone.orders()),
        (BridgeEnd::HungUp(Ending::Goodbye), vec!["hangup".to_owned()])
    );
    assert_eq!(telephone.heard_ms(), (23 + 21) * 60, "to the last word");
    assert_eq!(outcome.turns[1].action, Action::HangUp { why: Ending::Goodbye });
    assert_eq!(rig.model.asked().len(), 2, "it was not asked to say it again");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_hangs_up_without_a_word_is_made_to_say_goodbye() {
    let rig = Rig::new();
    rig.model.reply_next(RealtimeReply::call("end_call", json!({})));
    let (outcome, _) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            exchange(&telephone, 1000).await;
        })
        .await;
    assert_eq!(outcome.end, BridgeEnd::HungUp(Ending::Goodbye));
    assert!(
        outcome.turns.last().unwrap().words().contains("видани"),
        "{}",
        outcome.turns.last().unwrap().words()
    );
}

#[tokio::test(start_paused = true)]
async fn the_client_is_handed_over_to_the_number_of_the_persona() {
    let mut rig = Rig::new();
    let manager = PhoneNumber::parse("+74951112233").unwrap();
    rig.persona.transfer.insert("person".into(), manager.clone());
    rig.model.reply_next(RealtimeReply::call("transfer_call", json!({"to": "person"})));
    let (outcome, telephone) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            exchange(&telephone, 1000).await;
        })
        .await;
    assert_eq!(outcome.end, BridgeEnd::Transferred { to: manager });
    assert_eq!(telephone.received().last().unwrap()["transfer_to"], "+74951112233");
    assert_eq!(rig.kept().intends, Some(Ending::Transferred));
}

#[tokio::test(start_paused = true)]
async fn who_never_wants_to_be_called_again_is_on_the_stop_list_before_the_goodbye() {
    let rig = Rig::new();
    rig.model.reply_next(RealtimeReply::call("never_call_again", json!({})));
    let memory = std::sync::Arc::clone(&rig.memory);
    *memory.failing.lock().unwrap() = 1;
    let (outcome, _) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            telephone.asks(1000).await;
            pause(200).await;
            assert_eq!(*memory.stopped.lock().unwrap(), [phone()]);
            telephone.robot_is_silent().await;
        })
        .await;
    assert_eq!(outcome.end, BridgeEnd::HungUp(Ending::NeverAgain));
    let kept = rig.kept();
    assert_eq!((kept.intends, kept.stop_asked), (Some(Ending::NeverAgain), false));
}

#[tokio::test(start_paused = true)]
async fn a_tool_is_asked_and_its_answer_spoken_of() {
    let mut rig = Rig::new();
    rig.persona.tools = vec![slot_finder()];
    rig.model.reply_next(RealtimeReply::call("find_slot", json!({"day": "завтра"})));
    rig.model.reply_next(RealtimeReply::say("Завтра в десять свободно."));
    let (outcome, _) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            exchange(&telephone, 1000).await;
            telephone.hangs_up();
        })
        .await;
    assert_eq!(outcome.turns[1].words(), "Завтра в десять свободно.");
    assert_eq!(
        rig.model.asked().last().unwrap().outputs,
        [r#"{"asked":{"day":"завтра"},"tool":"find_slot"}"#]
    );
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_takes_its_time_is_spoken_of() {
    let mut rig = Rig::new();
    rig.tool_takes = Duration::from_secs(5);
    rig.persona.tools = vec![slot_finder()];
    rig.model.reply_next(RealtimeReply::call("find_slot", json!({"day": "завтра"})));
    rig.model.reply_next(RealtimeReply::say("Завтра в десять свободно."));
    let (outcome, _) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            telephone.asks(1000).await;
            // half a second ends the speech, 300 ms are thought twice, 1.5 s are waited
            assert!(telephone.ms() < 2000 + 1000 + 500 + 600 + 1500 + 200, "{}", telephone.ms());
            telephone.robot_is_silent().await;
            telephone.robot_speaks().await;
            telephone.robot_is_silent().await;
            telephone.hangs_up();
        })
        .await;
    let said: Vec<String> = outcome.turns.iter().map(voice_agent::Turn::words).collect();
    assert!(said[1].contains("Одну секунду.") && said[1].contains("Завтра в десять свободно."), "{said:?}");
}

#[tokio::test(start_paused = true)]
async fn arguments_that_do_not_fit_reach_no_tool() {
    let rig = Rig::new();
    rig.model.reply_next(RealtimeReply::call("find_slot", json!({"day": 7})));
    rig.model.reply_next(RealtimeReply::say("Не получилось узнать."));
    let (outcome, _) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            exchange(&telephone, 1000).await;
            telephone.hangs_up();
        })
        .await;
    assert!(rig.model.asked().last().unwrap().outputs[0].contains("error"));
    assert_eq!(outcome.turns[1].words(), "Не получилось узнать.");
}
