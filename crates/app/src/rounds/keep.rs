//! The endless keeper: rounds as long as the process serves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use pipeline::{Event, Notifier};
use store::StoreError;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::leader::Rounds;

/// How often the lead is kept and turns are looked for.
const ROUND: Duration = Duration::from_secs(5);
/// How often facts are looked for when nothing rings.
const LOOK: Duration = Duration::from_secs(20);
/// How often the outbox is looked at.
const DELIVER: Duration = Duration::from_secs(5);
const SWEEP: Duration = Duration::from_hours(6);

/// Rings when the pipeline has something to tell: the look comes at once. What is told is read out of the
/// store all the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bell {
    rung: Arc<Notify>,
    speaks: Arc<AtomicBool>,
}

impl Bell {
    /// From now on what stands is said in the log too: of a program that nobody watches.
    pub(crate) fn speak(&self) {
        self.speaks.store(true, Ordering::Relaxed);
    }
}

#[async_trait]
impl Notifier for Bell {
    async fn notify(&self, event: &Event) {
        if self.speaks.load(Ordering::Relaxed) {
            log(event);
        }
        self.rung.notify_one();
    }
}

/// What stands is a warning, and so is that it goes on: whoever reads the warnings sees both ends.
fn log(event: &Event) {
    match event {
        Event::StagePaused { stage, target, reason } => {
            let (stage, target) = (stage.as_str(), target.as_deref());
            tracing::warn!(stage, target, reason = reason.message, "a stage stands");
        }
        Event::StageResumed { stage, target } => {
            let (stage, target) = (stage.as_str(), target.as_deref());
            tracing::warn!(stage, target, "a stage goes on");
        }
        Event::CallFailed { call, error } => {
            tracing::warn!(%call, error = error.message, "a call failed for good");
        }
        Event::CriticalVerdict { call, .. } => tracing::info!(%call, "a critical criterion failed"),
    }
}

/// Rounds that are kept.
pub(crate) struct Kept {
    rounds: Arc<Rounds>,
    bell: Bell,
    leads: AtomicBool,
}

impl Kept {
    pub(crate) fn new(rounds: Rounds, bell: Bell) -> Self {
        Self { rounds: Arc::new(rounds), bell, leads: AtomicBool::new(false) }
    }

    /// Until `stop`; then the lead is given back, and a turn under way is begun anew by the next leader.
    pub(crate) async fn keep(&self, stop: &CancellationToken) {
        self.bell.speak();
        let others = async {
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.turns() => {}
                () = self.looking() => {}
                () = self.sweeping() => {}
            }
        };
        // a message in hand is written down as sent: dropped before that, it would leave twice
        tokio::join!(others, self.delivering(stop));
        if let (true, Ok(Some(lead))) = (self.leads.load(Ordering::Relaxed), self.rounds.lead().await)
            && let Err(error) = self.rounds.store.step_down(&lead, self.rounds.clock.now()).await
        {
            tracing::debug!(%error, "the lead was not given back; it runs out");
        }
    }

    async fn turns(&self) {
        if let Err(error) = self.rounds.keep_settings().await {
            told(&error, "schedules of the settings wait for the next start");
        }
        let mut under_way: JoinSet<()> = JoinSet::new();
        let mut round = tokio::time::interval(ROUND);
        loop {
            tokio::select! {
                _ = round.tick() => {}
                Some(_) = under_way.join_next() => {}
            }
            if let Err(error) = self.begin_turns(&mut under_way).await {
                told(&error, "schedules wait for the database");
            }
        }
    }

    async fn begin_turns(&self, under_way: &mut JoinSet<()>) -> Result<(), StoreError> {
        let lead = self.rounds.lead().await?;
        if self.leads.swap(lead.is_some(), Ordering::Relaxed) != lead.is_some() {
            tracing::info!(leads = lead.is_some(), "who leads has changed");
        }
        let Some(lead) = lead else { return Ok(()) };
        self.rounds.queue_due(&lead).await?;
        while let Some(turn) = self.rounds.claim(&lead).await? {
            let rounds = Arc::clone(&self.rounds);
            let bell = self.bell.clone();
            under_way.spawn(async move {
                if let Err(error) = rounds.make(turn).await {
                    told(&error, "a turn's end was not written down; it is made again");
                }
                bell.rung.notify_one();
            });
        }
        Ok(())
    }

    async fn looking(&self) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = self.bell.rung.notified() => {}
            }
            if self.leads.load(Ordering::Relaxed)
                && let Err(error) = self.rounds.look().await
            {
                told(&error, "what is to be told waits for the database");
            }
        }
    }

    async fn delivering(&self, stop: &CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(DELIVER) => {}
            }
            if self.leads.load(Ordering::Relaxed)
                && let Err(error) = self.rounds.deliver(stop).await
            {
                told(&error, "messages wait for the database");
            }
        }
    }

    async fn sweeping(&self) {
        loop {
            tokio::time::sleep(SWEEP).await;
            if self.leads.load(Ordering::Relaxed)
                && let Err(error) = self.rounds.sweep().await
            {
                told(&error, "old turns were not forgotten");
            }
        }
    }
}

fn told(error: &StoreError, what: &'static str) {
    tracing::warn!(%error, "{what}");
}
