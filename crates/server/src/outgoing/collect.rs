//! Finds what is to be told: jobs that ended since the cursor.
//!
//! The cursor stands in the store and is read with a margin, for a transaction may show later than the
//! time that it bears; keys of the outbox pass over what was queued before. Nothing is lost when this
//! process, or any other that works on the same calls, is killed.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::CallId;
use store::{JobFilter, JobState, StoreError};
use tokio::sync::broadcast::error::RecvError;

use super::event::{DONE, FAILED, Target, Told};
use crate::Web;

/// Where the cursor stands among the settings, in ms.
const CURSOR: &str = "outgoing/cursor";
/// How long a transaction may take to show.
const MARGIN: TimeDelta = TimeDelta::seconds(30);
/// Where nobody listens the cursor follows the clock in such steps: each is a write, and every write empties what
/// is kept of the database.
const IDLE_STEP: TimeDelta = TimeDelta::minutes(5);
/// How often the store is looked at when nobody in this process tells anything.
const LOOK: Duration = Duration::from_secs(5);
/// Events of one moment are taken together.
const TOGETHER: Duration = Duration::from_millis(200);
const FIRST_LOOK: u32 = 100;
/// The jobs of a day and a night of a busy company, looked through after a long stop.
const MOST: u32 = 200_000;

/// Whoever is to be told.
pub(super) async fn targets(web: &Web) -> Result<Vec<Target>, StoreError> {
    let mut targets: Vec<Target> =
        web.store().subscriptions().await?.into_iter().map(|one| Target::Subscriber(Box::new(one))).collect();
    if web.config().server.crm_url.is_some() {
        targets.push(Target::Crm);
    }
    Ok(targets)
}

/// Calls with the newest end of their jobs.
type Ended = BTreeMap<CallId, DateTime<Utc>>;

/// Collects until the service is stopped.
pub(super) async fn until_stopped(web: &Web) {
    let mut progress = web.app().work().progress();
    let mut told = Ended::new();
    loop {
        if let Err(error) = collect(web, &mut told).await {
            tracing::warn!(%error, "what is to be told waits for the database");
        }
        tokio::select! {
            () = web.stopping().cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
            () = ended(&mut progress) => {
                tokio::time::sleep(TOGETHER).await;
                progress = progress.resubscribe();
            }
        }
    }
}

/// Until some call has ended.
async fn ended(progress: &mut tokio::sync::broadcast::Receiver<pipeline::CallProgress>) {
    loop {
        match progress.recv().await {
            Ok(event) if !event.status.is_open() => return,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// One look: queues everything that ended since the cursor. What stands in `told` was queued by an earlier
/// look within the margin.
///
/// # Errors
/// When the store fails; the cursor stays then.
async fn collect(web: &Web, told: &mut Ended) -> Result<(), StoreError> {
    let (store, now) = (web.store(), web.clock().now());
    let targets = targets(web).await?;
    let stored = store.setting(CURSOR).await?;
    // what was before us is history
    let cursor = stored.as_ref().and_then(|text| text.parse().ok()).and_then(DateTime::from_timestamp_millis);
    let cursor = cursor.unwrap_or(now);
    let newest = if targets.is_empty() {
        // nobody listens: the cursor follows the clock, in steps
        if now - cursor < IDLE_STEP { cursor } else { now }
    } else {
        let floor = cursor - MARGIN;
        let ended = ended_since(web, floor).await?;
        told.retain(|_, at| *at >= floor);
        for (call, at) in &ended {
            if told.get(call) != Some(at) && tell(web, *call, &targets, now).await? {
                told.insert(*call, *at);
            }
        }
        ended.values().max().copied().unwrap_or(cursor).max(cursor)
    };
    if newest != cursor || stored.is_none() {
        store.set_setting(CURSOR, &newest.timestamp_millis().to_string()).await?;
    }
    Ok(())
}

/// Calls with a job that ended at or after the instant.
async fn ended_since(web: &Web, floor: DateTime<Utc>) -> Result<Ended, StoreError> {
    let mut ended = Ended::new();
    for state in [JobState::Done, JobState::Dead] {
        let filter = JobFilter { state: Some(state), ..JobFilter::default() };
        let mut limit = FIRST_LOOK;
        let jobs = loop {
            let jobs = web.store().jobs(&filter, limit).await?;
            let whole = u32::try_from(jobs.len()).is_ok_and(|found| found < limit)
                || jobs.last().is_none_or(|job| job.updated_at < floor);
            if whole || limit >= MOST {
                break jobs;
            }
            limit = limit.saturating_mul(4).min(MOST);
        };
        for job in jobs.into_iter().filter(|job| job.updated_at >= floor) {
            let newest = ended.entry(job.call).or_insert(job.updated_at);
            *newest = job.updated_at.max(*newest);
        }
    }
    Ok(ended)
}

/// Queues what is to be told of a call; says whether it has come to its end.
async fn tell(web: &Web, call: CallId, targets: &[Target], now: DateTime<Utc>) -> Result<bool, StoreError> {
    let store = web.store();
    // erased meanwhile, or not at its end yet
    let Some(record) = store.call(call).await?.filter(|record| !record.status.is_open()) else {
        return Ok(false);
    };
    let judged = store.analysis(call, None).await?.map(|stored| stored.analyzed_at);
    let event = if record.status.is_trouble() { FAILED } else { DONE };
    let stamp = match judged {
        Some(at) if event == DONE => at,
        _ => record.updated_at,
    };
    let Some(report) = pipeline::stored_reports(store.as_ref(), vec![record], None).await?.pop() else {
        return Ok(false);
    };
    let told = Told { event, report: &report, stamp: stamp.timestamp_millis() };
    let queued = store.queue_deliveries(&told.to(targets, now), now).await?;
    if queued > 0 {
        web.outbox().notify_one();
    }
    Ok(true)
}
