//! Takes deliveries from the outbox to their targets, a few side by side, and again with growing pauses
//! for a day; then a person must look.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use store::{ClaimedDelivery, DeliveryOutcome, DeliveryWay, StoreError};
use tokio::task::JoinSet;

use super::send::{Post, Sender};
use crate::Web;

/// At once.
const SIDE_BY_SIDE: usize = 16;
/// Longer than an attempt may take.
const LEASE: Duration = Duration::from_mins(1);
/// How often the outbox is looked at when nobody says that there is something in it.
const LOOK: Duration = Duration::from_secs(15);
/// The log of what was delivered, or given up, is kept so long.
const KEPT: TimeDelta = TimeDelta::days(14);
const SWEEP: Duration = Duration::from_hours(1);

/// Pauses after failed attempts, s; together a day. Then the delivery is dead.
const PAUSES: [u32; 19] = [
    10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 7_200, 7_200, 7_200, 7_200, 7_200, 7_200, 7_200, 7_200,
    7_200, 7_200,
];

/// Delivers until the service is stopped; what is under way then is sent anew by the next process.
pub(super) async fn until_stopped(web: &Web) {
    let sender = match Sender::new(web) {
        Ok(sender) => sender,
        Err(error) => {
            tracing::error!(%error, "nothing can be sent");
            return;
        }
    };
    let mut under_way = JoinSet::new();
    let mut sweep = tokio::time::interval(SWEEP);
    loop {
        let wait = match claim(web, &sender, &mut under_way).await {
            Ok(wait) => wait,
            Err(error) => {
                tracing::warn!(%error, "the outbox waits for the database");
                LOOK
            }
        };
        tokio::select! {
            () = web.stopping().cancelled() => return,
            () = tokio::time::sleep(wait) => {}
            () = web.outbox().notified() => {}
            Some(_) = under_way.join_next() => {}
            _ = sweep.tick() => {
                let before = web.clock().now() - KEPT;
                if let Err(error) = web.store().forget_deliveries(before).await {
                    tracing::warn!(%error, "old deliveries were not forgotten");
                }
            }
        }
    }
}

/// Begins as many deliveries as there is room for; tells when to look again.
async fn claim(web: &Web, sender: &Sender, under_way: &mut JoinSet<()>) -> Result<Duration, StoreError> {
    let room = SIDE_BY_SIDE.saturating_sub(under_way.len());
    let Some(room) = u32::try_from(room).ok().filter(|room| *room > 0) else { return Ok(LOOK) };
    let claims = web.store().claim_deliveries(DeliveryWay::Webhooks, room, LEASE, web.clock().now()).await?;
    for claim in claims {
        under_way.spawn(deliver(web.clone(), sender.clone(), claim));
    }
    let due = web.store().next_delivery_due(DeliveryWay::Webhooks).await?;
    let wait = due.and_then(|due| (due - web.clock().now()).to_std().ok()).unwrap_or(Duration::ZERO);
    Ok(match due {
        // what is due and was not claimed is in somebody's hands
        Some(_) => wait.clamp(Duration::from_millis(200), LOOK),
        None => LOOK,
    })
}

async fn deliver(web: Web, sender: Sender, claim: ClaimedDelivery) {
    let outcome = match Post::of(&web, &claim.delivery).await {
        Ok(Some(post)) => {
            let sent = sender.send(&post, web.clock().now()).await;
            outcome(&claim, sent, web.clock().now())
        }
        Ok(None) => DeliveryOutcome::Dead { status: None, error: "its target is gone".to_owned() },
        Err(error) => {
            tracing::warn!(%error, "a delivery waits for the database");
            return;
        }
    };
    match web.store().settle_delivery(&claim, &outcome, web.clock().now()).await {
        // whoever has it by now settles it
        Ok(()) | Err(StoreError::LeaseLost) => {}
        Err(error) => tracing::warn!(%error, "the end of a delivery was not written down; it is sent again"),
    }
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failed {
    pub(super) status: Option<u16>,
    pub(super) why: String,
    /// The other side asks for this pause.
    pub(super) wait: Option<Duration>,
    /// It will never be taken.
    pub(super) for_good: bool,
}

fn outcome(claim: &ClaimedDelivery, sent: Result<u16, Failed>, now: DateTime<Utc>) -> DeliveryOutcome {
    let failed = match sent {
        Ok(status) => return DeliveryOutcome::Delivered { status },
        Err(failed) => failed,
    };
    match pause(claim.delivery.attempt, claim.delivery.id.0) {
        Some(pause) if !failed.for_good => {
            let pause = failed.wait.map_or(pause, |wait| pause.max(wait.min(Duration::from_hours(2))));
            let due_at = now + TimeDelta::from_std(pause).unwrap_or_default();
            DeliveryOutcome::Again { due_at, status: failed.status, error: failed.why }
        }
        _ => DeliveryOutcome::Dead { status: failed.status, error: failed.why },
    }
}

/// The pause after an attempt, up to a fifth longer by the number of the delivery: those that failed
/// together do not come again together. `None` after the last.
fn pause(attempt: u32, number: i64) -> Option<Duration> {
    let place = usize::try_from(attempt.saturating_sub(1)).ok()?;
    let seconds = f64::from(*PAUSES.get(place)?);
    let spread = f64::from(u32::try_from(number.rem_euclid(97)).unwrap_or_default()) / 97.0;
    Some(Duration::from_secs_f64(seconds * (1.0 + 0.2 * spread)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_has_a_day_to_come_back() {
        let whole: Duration = (1..).map_while(|attempt| pause(attempt, 0)).sum();
        assert!((Duration::from_hours(23)..Duration::from_hours(26)).contains(&whole), "{whole:?}");
        assert!(pause(1, 96).unwrap() > pause(1, 0).unwrap());
        assert_eq!(pause(20, 0), None);
    }
}
