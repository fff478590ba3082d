//! What is read from the database when somebody asks for the figures.

use std::time::Duration;

use chrono::{DateTime, Datelike as _, TimeZone as _, Utc};
use domain::{CallStatus, Money};
use metrics::gauge;
use store::{CallFilter, JobState, PausedStage, QueueCount, Stage, StoreError};
use tokio::time::timeout;

use super::Figures;
use crate::App;
use crate::system::free_bytes;

/// A database that does not answer for so long does not answer: figures of this process are worth no more wait.
const PATIENCE: Duration = Duration::from_secs(2);

const STATES: [JobState; 4] = [JobState::Ready, JobState::Leased, JobState::Done, JobState::Dead];

/// What stands in the database.
struct Installation {
    queue: Vec<QueueCount>,
    paused: Vec<PausedStage>,
    waiting: Vec<(Stage, i64)>,
    calls: Vec<(CallStatus, u64)>,
    spent: Vec<Money>,
    live: u32,
    alive: u64,
}

impl App {
    /// The figures of this process and of the installation, in Prometheus's text format. They cost the same
    /// at any size of the history. While the database is away those of this process are given alone.
    pub async fn figures_text(&self) -> String {
        let installation = match timeout(PATIENCE, self.installation()).await {
            Ok(Ok(installation)) => Some(installation),
            Ok(Err(error)) => {
                tracing::warn!(%error, "no figures of the installation");
                None
            }
            Err(_) => {
                tracing::warn!(waited = ?PATIENCE, "no figures of the installation: the database is away");
                None
            }
        };
        let free = free_bytes(&self.config().data_dir).unwrap_or(0);
        self.figures().within(|| {
            gauge!("zvonar_database_up").set(f64::from(u8::from(installation.is_some())));
            gauge!("zvonar_disk_free_bytes").set(whole(free));
        });
        let mut text = self.figures().rendered();
        if let Some(installation) = installation {
            // of this moment alone: what is not known at the next one must not stay as it was
            let now = Figures::bare();
            now.within(|| installation.note());
            text.push_str(&now.rendered());
        }
        text
    }

    async fn installation(&self) -> Result<Installation, StoreError> {
        let (store, now) = (self.store(), self.clock().now());
        let queue = store.queue_counts(None).await?;
        let paused = store.paused().await?;
        let mut waiting = Vec::with_capacity(Stage::ALL.len());
        for stage in Stage::ALL {
            let due = store.next_due(stage, None, None, None).await?;
            let waits = due.map_or(0, |due| (now - due).num_milliseconds().max(0));
            waiting.push((stage, waits));
        }
        let mut calls = Vec::with_capacity(CallStatus::ALL.len());
        for status in CallStatus::ALL {
            let filter = CallFilter { statuses: vec![status], ..CallFilter::default() };
            calls.push((status, store.count_calls(&filter).await?));
        }
        let spent = store.spent_since(month(now)).await?;
        let live = store.live_conversations().await?;
        let alive = store.programs_alive().await?;
        Ok(Installation { queue, paused, waiting, calls, spent, live, alive })
    }
}

impl Installation {
    fn note(&self) {
        queue_gauges(&self.queue);
        for (stage, waits) in &self.waiting {
            gauge!("zvonar_oldest_job_seconds", "stage" => stage.as_str()).set(float(*waits) / 1000.0);
            let is_paused = self.paused.iter().any(|paused| paused.stage == *stage);
            gauge!("zvonar_stage_paused", "stage" => stage.as_str()).set(f64::from(u8::from(is_paused)));
        }
        for (status, count) in &self.calls {
            gauge!("zvonar_calls", "status" => status.as_str()).set(whole(*count));
        }
        for currency in ["RUB", "USD"] {
            let micros = self.spent.iter().find(|money| format!("{:?}", money.currency) == currency);
            let sum = micros.map_or(0.0, |money| float(money.micros) / 1_000_000.0);
            gauge!("zvonar_spent_this_month", "currency" => currency).set(sum);
        }
        gauge!("zvonar_programs_alive").set(whole(self.alive));
        gauge!("zvonar_voice_calls_live").set(f64::from(self.live));
    }
}

/// All of them, zeros too: what the counts leave out must not stay as it was.
fn queue_gauges(queue: &[QueueCount]) {
    let count_of = |stage: Stage, state: JobState| {
        queue.iter().find(|count| count.stage == stage && count.state == state).map_or(0, |count| count.count)
    };
    let mut dead = 0;
    for stage in Stage::ALL {
        for state in STATES {
            gauge!("zvonar_jobs", "stage" => stage.as_str(), "state" => state.as_str())
                .set(whole(count_of(stage, state)));
        }
        dead += count_of(stage, JobState::Dead);
    }
    gauge!("zvonar_dead_letters").set(whole(dead));
}

#[expect(clippy::cast_precision_loss, reason = "counts and sums are below 2^53")]
fn whole(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "counts and sums are below 2^53")]
fn float(count: i64) -> f64 {
    count as f64
}

/// When this month began, UTC.
fn month(now: DateTime<Utc>) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(now.year(), now.month(), 1, 0, 0, 0).single().unwrap_or(now)
}
