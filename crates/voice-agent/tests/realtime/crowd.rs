//! Ten thousand calls leave nothing behind.

use futures::{StreamExt as _, stream};
use voice_agent::BridgeEnd;

use crate::rig::{Rig, Telephone, pause};

#[tokio::test(start_paused = true)]
async fn ten_thousand_calls_leave_no_task_and_no_session() {
    let rig = Rig::new();
    let bridge = rig.bridge();
    let before = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let calls = stream::iter(0..10_000_u64).map(|n| {
        let (bridge, call) = (bridge.clone(), rig.call());
        async move {
            let (telephone, socket) = Telephone::new();
            let script = async {
                pause(25 + n % 60).await;
                if n % 2 == 0 { telephone.hangs_up() } else { telephone.is_lost() }
            };
            tokio::join!(bridge.run(socket, call), script).0.end
        }
    });
    let ends: Vec<BridgeEnd> = calls.buffer_unordered(500).collect().await;
    assert_eq!(ends.iter().filter(|end| **end == BridgeEnd::ClientHungUp).count(), 5_000);
    assert_eq!(ends.iter().filter(|end| **end == BridgeEnd::MediaLost).count(), 5_000);
    assert_eq!(rig.model.sessions(), (10_000, 0));
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), before);
}
