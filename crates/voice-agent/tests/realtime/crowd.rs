//! Ten thousand calls leave nothing behind.

use futures::{StreamExt as _, stream};
use voice_agent::BridgeEnd;

use crate::rig::{Rig, Telephone, pause};

/// Ten thousand take seconds in a release build and half a minute in this one.
const CALLS: u32 = if cfg!(debug_assertions) { 1_000 } else { 10_000 };

#[tokio::test(start_paused = true)]
async fn thousands_of_calls_leave_no_task_and_no_session() {
    let rig = Rig::new();
    let bridge = rig.bridge();
    let before = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let calls = stream::iter(0..u64::from(CALLS)).map(|n| {
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
    assert_eq!(ends.iter().filter(|end| **end == BridgeEnd::ClientHungUp).count(), CALLS as usize / 2);
    assert_eq!(ends.iter().filter(|end| **end == BridgeEnd::MediaLost).count(), CALLS as usize / 2);
    assert_eq!(rig.model.sessions(), (CALLS, 0));
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), before);
}
