//! Where a call ends in any case.

use openai_client::testing::RealtimeReply;
use voice_agent::{BridgeEnd, Ending};

use crate::rig::{Rig, exchange};

async fn chatter(rig: &Rig) -> (voice_agent::BridgeOutcome, u64) {
    let (outcome, telephone) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            while !telephone.is_closed() {
                telephone.speaks(1000);
                for _ in 0..400 {
                    crate::rig::pause(10).await;
                    if telephone.is_closed() {
                        return;
                    }
                }
            }
        })
        .await;
    let lasted = telephone.ms();
    (outcome, lasted)
}

#[tokio::test(start_paused = true)]
async fn turns_are_counted() {
    let mut rig = Rig::new();
    rig.persona.limits.turns = 3;
    let (outcome, _) = chatter(&rig).await;
    assert_eq!(outcome.end, BridgeEnd::HungUp(Ending::Limit));
    assert_eq!(outcome.turns.iter().filter(|turn| turn.heard.is_some()).count(), 3);
    assert!(
        outcome.turns.last().unwrap().words().contains("до свидания")
            || outcome.turns.last().unwrap().words().contains("До свидания")
    );
}

#[tokio::test(start_paused = true)]
async fn minutes_are_counted() {
    let mut rig = Rig::new();
    rig.persona.limits.minutes = 1;
    let (outcome, lasted) = chatter(&rig).await;
    assert_eq!(outcome.end, BridgeEnd::HungUp(Ending::Limit));
    assert!((60_000..80_000).contains(&lasted), "{lasted}");
}

#[tokio::test(start_paused = true)]
async fn money_is_counted_in_the_limits_currency() {
    let mut rig = Rig::new();
    rig.persona.limits.money = Some("1RUB".parse().unwrap());
    let (outcome, _) = chatter(&rig).await;
    assert_eq!(outcome.end, BridgeEnd::HungUp(Ending::Limit));
    let spent: i64 =
        outcome.cost.iter().map(|paid| paid.amount.convert(domain::Currency::RUB, 90_000_000).micros).sum();
    assert!((1_000_000..3_000_000).contains(&spent), "{spent}");
}

#[tokio::test(start_paused = true)]
async fn a_dialogue_that_is_taken_up_again_goes_on_without_a_greeting() {
    let rig = Rig::new();
    let (first, _) = rig
        .hold(|telephone| async move {
            telephone.is_greeted().await;
            exchange(&telephone, 1000).await;
            telephone.is_lost();
        })
        .await;
    assert_eq!(first.end, BridgeEnd::MediaLost);
    rig.model.reply_next(RealtimeReply::say("На чём мы остановились?"));
    let mut call = rig.call();
    call.before = first.turns;
    let (telephone, socket) = crate::rig::Telephone::new();
    let bridge = rig.bridge();
    let script = async {
        telephone.is_greeted().await;
        telephone.hangs_up();
    };
    let (second, ()) = tokio::join!(bridge.run(socket, call), script);
    assert_eq!(second.turns.iter().map(|turn| turn.number).collect::<Vec<_>>(), [2]);
    assert_eq!(second.turns[0].words(), "На чём мы остановились?");
}
