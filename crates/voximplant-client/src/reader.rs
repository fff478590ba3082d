//! A window of the history, read to its end.
//!
//! A session appears when it ends, in the place of its start: pages shift meanwhile, and a row can
//! come twice (told once here) or slip in behind the reader. So windows are to overlap: ask for the
//! last days again, as sessions and their recordings come late.

use std::collections::HashSet;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    ApplicationId, HistoryRequest, HistorySession, MAX_OFFSET, MAX_PAGE, Page, PageRequest, SessionHistoryId,
    VoximplantApi, VoximplantError,
};

/// Longest part of a window that is asked for at once; the API speaks of a month by default.
const LONGEST_SLICE: Duration = Duration::days(7);
/// Shortest: below it a reader pages on as far as the API lets it.
const SHORTEST_SLICE: Duration = Duration::minutes(1);

/// What sessions are asked for, apart from the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HistoryFilter {
    /// Only of this application.
    pub application: Option<ApplicationId>,
}

/// Where a reader stands: another process can go on from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryCursor {
    /// Everything that began before is read.
    pub from: DateTime<Utc>,
    /// Rows of the part under way that are read.
    pub offset: u32,
    /// The end of the part under way.
    pub until: DateTime<Utc>,
    /// The end of the window.
    pub to: DateTime<Utc>,
}

/// Reads a window page by page.
pub struct HistoryReader<'a> {
    api: &'a dyn VoximplantApi,
    filter: HistoryFilter,
    at: HistoryCursor,
    count: u32,
    told: HashSet<SessionHistoryId>,
    over: bool,
}

impl std::fmt::Debug for HistoryReader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HistoryReader").field("at", &self.at).finish_non_exhaustive()
    }
}

impl<'a> HistoryReader<'a> {
    /// Sessions that began in `from..=to`.
    pub fn new(
        api: &'a dyn VoximplantApi,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        filter: HistoryFilter,
    ) -> Self {
        let until = to.min(from + LONGEST_SLICE);
        Self::resume(api, HistoryCursor { from, offset: 0, until, to }, filter)
    }

    /// Goes on where another reader stopped.
    pub fn resume(api: &'a dyn VoximplantApi, at: HistoryCursor, filter: HistoryFilter) -> Self {
        Self { api, filter, at, count: 200, told: HashSet::new(), over: at.from > at.to }
    }

    /// Rows asked for at once, up to [`MAX_PAGE`].
    #[must_use]
    pub fn page_size(mut self, count: u32) -> Self {
        self.count = count.clamp(1, MAX_PAGE);
        self
    }

    /// Where it stands; `None` at the end of the window.
    pub fn cursor(&self) -> Option<HistoryCursor> {
        (!self.over).then_some(self.at)
    }

    /// The next page with anything in it; `None` at the end.
    ///
    /// # Errors
    /// As [`VoximplantApi::history_page`]; the reader stands where it stood.
    pub async fn next(&mut self) -> Result<Option<Page<HistorySession>>, VoximplantError> {
        while !self.over {
            let request = HistoryRequest {
                application: self.filter.application,
                page: PageRequest { count: self.count, offset: self.at.offset },
                ..HistoryRequest::new(self.at.from, self.at.until)
            };
            let mut page = self.api.history_page(&request).await?;
            if self.at.offset == 0 && self.is_too_deep(&page) {
                // its end lies past the largest offset: read the first half of it first
                self.at.until = self.at.from + (self.at.until - self.at.from) / 2;
                continue;
            }
            self.step(&page);
            page.rows.retain(|session| self.told.insert(session.id));
            if page.received() > 0 {
                return Ok(Some(page));
            }
        }
        Ok(None)
    }

    /// Reads to the end.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub async fn collect(mut self) -> Result<Page<HistorySession>, VoximplantError> {
        let mut all = Page { rows: Vec::new(), unreadable: Vec::new(), total: None };
        while let Some(page) = self.next().await? {
            all.rows.extend(page.rows);
            all.unreadable.extend(page.unreadable);
        }
        Ok(all)
    }

    fn is_too_deep(&self, page: &Page<HistorySession>) -> bool {
        page.total.is_some_and(|total| total > u64::from(MAX_OFFSET))
            && self.at.until - self.at.from > SHORTEST_SLICE
    }

    fn step(&mut self, page: &Page<HistorySession>) {
        let received = u32::try_from(page.received()).unwrap_or(u32::MAX);
        let offset = self.at.offset.saturating_add(received);
        let more = match page.total {
            Some(total) => u64::from(offset) < total,
            None => received >= self.count,
        };
        if received > 0 && more && offset <= MAX_OFFSET {
            self.at.offset = offset;
        } else if self.at.until >= self.at.to {
            self.over = true;
        } else {
            // both ends of a part belong to it: what began on the seam is told once by its id
            let from = self.at.until;
            self.at = HistoryCursor {
                from,
                offset: 0,
                until: self.at.to.min(from + LONGEST_SLICE),
                to: self.at.to,
            };
        }
    }
}
