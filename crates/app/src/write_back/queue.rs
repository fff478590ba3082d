//! Finds what is to be written back and puts it into the outbox, once for each judgement.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::{CallId, Clock, Lang, SourceName, wording};
use store::{DeliveryTarget, JobFilter, JobState, NewDelivery, Stage, Store, StoreError, StoredAnalysis};

use super::{Band, Written};
use crate::WriteBack;
use crate::telling::Followed;

/// Longest comment, characters: UIS names no bound, its page shows a few lines.
const LONGEST: usize = 1_000;

/// Puts what is to be written into the outbox.
pub(crate) struct WriteBackQueue {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) wanted: WriteBack,
    pub(crate) lang: Lang,
    pub(crate) page: Option<String>,
}

impl WriteBackQueue {
    /// One look; repeating it is harmless.
    pub(crate) async fn look(&self) -> Result<(), StoreError> {
        let judged =
            JobFilter { state: Some(JobState::Done), stage: Some(Stage::Analyze), ..JobFilter::default() };
        let followed = Followed {
            store: self.store.as_ref(),
            cursor: "write_back/cursor",
            margin: TimeDelta::seconds(30),
        };
        let now = self.clock.now();
        let look = followed.since(&[judged], now).await?;
        let mut deliveries = Vec::new();
        for call in look.jobs.iter().map(|job| job.call) {
            deliveries.extend(self.of(call).await?);
        }
        self.store.queue_deliveries(&deliveries, now).await?;
        look.keep(self.store.as_ref()).await
    }

    async fn of(&self, call: CallId) -> Result<Vec<NewDelivery>, StoreError> {
        let record = self.store.call(call).await?;
        let of_uis = record.is_some_and(|record| record.call.source == SourceName::new("uis"));
        let Some(stored) = self.store.analysis(call, None).await?.filter(|_| of_uis) else {
            return Ok(Vec::new());
        };
        let Some(score) = stored.analysis.total_score else { return Ok(Vec::new()) };
        let stamp = stored.analyzed_at.timestamp_millis();
        let tag =
            self.wanted.tags.then(|| (format!("uis/tag/{call}/{stamp}"), Written::Tag(Band::of(score))));
        // comments gather there and cannot be taken back: a judgement that says the same needs no other
        let same = format!("uis/comment/{call}/{}/{}", stored.analysis.rubric, wording::score(score));
        let comment =
            self.wanted.comment.then(|| (same, Written::Comment(self.comment(call, score, &stored))));
        let now = self.clock.now();
        let delivery = |(key, written): (String, Written)| {
            Some(NewDelivery {
                key,
                target: DeliveryTarget::Uis,
                event: "write_back".to_owned(),
                call: Some(call),
                body: serde_json::to_string(&written).ok()?,
                due_at: now,
            })
        };
        Ok([tag, comment].into_iter().flatten().filter_map(delivery).collect())
    }

    fn comment(&self, call: CallId, score: f64, stored: &StoredAnalysis) -> String {
        let of = self.lang.pick("из 100", "of 100");
        let link = self.page.as_ref().map(|page| format!(" {page}/history/{call}")).unwrap_or_default();
        let head = format!("zvonar: {} {of}, «{}». ", wording::score(score), stored.analysis.rubric_title);
        let room = LONGEST.saturating_sub(head.chars().count() + link.chars().count());
        let summary: String = stored.analysis.summary.chars().take(room).collect();
        format!("{head}{}{link}", summary.trim())
    }
}
