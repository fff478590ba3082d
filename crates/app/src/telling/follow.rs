//! Jobs that ended since a cursor: what is to be told or written back is found among them.
//!
//! The cursor stands in the store and is read with a margin, for a transaction may show later than the time
//! that it bears; whoever follows names what it finds by keys that are kept once.

use chrono::{DateTime, TimeDelta, Utc};
use store::{Job, JobFilter, Store, StoreError};

/// After a longer silence of ours older ends are history.
const OLDEST: TimeDelta = TimeDelta::days(2);
const FIRST_LOOK: u32 = 100;
/// The jobs of a day and a night of a busy company.
const MOST: u32 = 50_000;

/// Somebody who follows jobs.
pub(crate) struct Followed<'a> {
    pub(crate) store: &'a dyn Store,
    /// Where the cursor stands among the settings, in ms.
    pub(crate) cursor: &'static str,
    /// How long a transaction may take to show.
    pub(crate) margin: TimeDelta,
}

/// What was found, and where the cursor goes once it is kept.
pub(crate) struct Look {
    pub(crate) jobs: Vec<Job>,
    cursor: &'static str,
    moved: Option<DateTime<Utc>>,
}

impl Followed<'_> {
    /// Jobs of the filters that ended at or after the cursor; what was before the first look is history.
    pub(crate) async fn since(&self, filters: &[JobFilter], now: DateTime<Utc>) -> Result<Look, StoreError> {
        let stored = self.store.setting(self.cursor).await?;
        let read = |text: &String| text.parse().ok().and_then(DateTime::from_timestamp_millis);
        let cursor = stored.as_ref().and_then(read).unwrap_or(now).max(now - OLDEST);
        let mut jobs = Vec::new();
        for filter in filters {
            jobs.extend(self.ended(filter, cursor - self.margin).await?);
        }
        let newest = jobs.iter().map(|job| job.updated_at).fold(cursor, DateTime::max);
        let moved = (newest != cursor || stored.is_none()).then_some(newest);
        Ok(Look { jobs, cursor: self.cursor, moved })
    }

    async fn ended(&self, filter: &JobFilter, floor: DateTime<Utc>) -> Result<Vec<Job>, StoreError> {
        let mut limit = FIRST_LOOK;
        let mut jobs = loop {
            let jobs = self.store.jobs(filter, limit).await?;
            let whole = u32::try_from(jobs.len()).is_ok_and(|found| found < limit)
                || jobs.last().is_none_or(|job| job.updated_at < floor);
            if whole || limit >= MOST {
                break jobs;
            }
            limit = limit.saturating_mul(4).min(MOST);
        };
        jobs.retain(|job| job.updated_at >= floor);
        Ok(jobs)
    }
}

impl Look {
    /// What was found is kept: it need not be found again.
    pub(crate) async fn keep(&self, store: &dyn Store) -> Result<(), StoreError> {
        match self.moved {
            Some(at) => store.set_setting(self.cursor, &at.timestamp_millis().to_string()).await,
            None => Ok(()),
        }
    }
}
