//! A window of calls read to its end, whatever happens to the list meanwhile.
//!
//! Offsets are a poor cursor: a call that appears or vanishes behind us moves every row. So each
//! page begins one row early, at the last row seen (the anchor); a page that holds no row seen
//! before means that rows have moved back past us, and we step back until one does. Rows that move forward come twice and are dropped by
//! id. Windows over three months and lists past the largest offset are split by time.

use std::collections::HashSet;

use chrono::{Duration, NaiveDateTime};
use futures::future::BoxFuture;

use crate::{CallsFilter, CallsRequest, DEFAULT_PAGE, MAX_OFFSET, PageRequest, SessionId};
use crate::{MAX_PAGE, UisApi, UisCall, UisError, WallWindow};

/// Steps back in one slice after which a list that will not stand still is read on as it is.
const MOST_STEPS_BACK: u8 = 20;

/// A place in a window: where [`CallsReader::resume`] goes on, in this process or another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallsCursor {
    slice: WallWindow,
    offset: u32,
    anchor: Option<SessionId>,
}

const TIME: &str = "%Y-%m-%dT%H:%M:%S";

impl std::fmt::Display for CallsCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.slice.from.format(TIME), self.slice.till.format(TIME), self.offset)?;
        self.anchor.map_or(Ok(()), |anchor| write!(f, "/{anchor}"))
    }
}

impl std::str::FromStr for CallsCursor {
    type Err = UisError;

    fn from_str(text: &str) -> Result<Self, UisError> {
        let parse = || -> Option<Self> {
            let mut parts = text.split('/');
            let mut time = || NaiveDateTime::parse_from_str(parts.next()?, TIME).ok();
            let slice = WallWindow { from: time()?, till: time()? };
            let offset = parts.next()?.parse().ok()?;
            let anchor = parts.next().map(|id| id.parse().map(SessionId)).transpose().ok()?;
            (parts.next().is_none() && slice.from <= slice.till).then_some(Self { slice, offset, anchor })
        };
        parse().ok_or_else(|| UisError::Config("the cursor of calls cannot be read".into()))
    }
}

/// Some calls of a window, in the order of `start_time`, none twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallsBatch {
    /// The calls.
    pub calls: Vec<UisCall>,
    /// Rows that could not be read, and other things a person should know.
    pub warnings: Vec<String>,
    /// Where to go on; `None` at the end of the window.
    pub next: Option<CallsCursor>,
}

/// Reads a window batch by batch.
pub struct CallsReader<'a> {
    api: &'a dyn UisApi,
    window: WallWindow,
    filter: CallsFilter,
    page: u32,
    place: Option<CallsCursor>,
    seen: HashSet<SessionId>,
    steps_back: u8,
}

impl<'a> CallsReader<'a> {
    /// A reader at the start of the window.
    pub fn new(api: &'a dyn UisApi, window: WallWindow, filter: CallsFilter) -> Self {
        let place = (window.from <= window.till).then(|| CallsCursor {
            slice: window.first_slice(),
            offset: 0,
            anchor: None,
        });
        Self { api, window, filter, page: DEFAULT_PAGE, place, seen: HashSet::new(), steps_back: 0 }
    }

    /// Asks for so many rows at a time, 2 to [`MAX_PAGE`]; each page costs a point.
    #[must_use]
    pub fn page_size(mut self, rows: u32) -> Self {
        self.page = rows.clamp(2, MAX_PAGE);
        self
    }

    /// Goes on where another reader of the same window stopped. Of what that reader gave only the
    /// last call is known here: if the list moves, others may come again.
    #[must_use]
    pub fn resume(mut self, cursor: CallsCursor) -> Self {
        self.place = Some(cursor);
        self.seen.extend(cursor.anchor);
        self
    }

    /// The next batch, `None` after the last. A failed batch may be asked for again.
    ///
    /// # Errors
    /// [`UisError`] of [`UisApi::calls_page`]; [`UisError::BadAnswer`] for a second of time with
    /// more calls than the API can list.
    pub async fn next(&mut self) -> Result<Option<CallsBatch>, UisError> {
        let Some(place) = self.place else { return Ok(None) };
        let overlap = u32::from(place.anchor.is_some() && place.offset > 0);
        let page = PageRequest { limit: self.page, offset: place.offset - overlap };
        let request = CallsRequest { window: place.slice, filter: self.filter, page };
        let answer = self.api.calls_page(&request).await?;
        if answer.total.is_some_and(|total| total > u64::from(MAX_OFFSET)) {
            let half = place.slice.first_half().ok_or_else(|| UisError::BadAnswer {
                method: "get.calls_report".into(),
                reason: format!("more than {MAX_OFFSET} calls in one second"),
            })?;
            self.place = Some(CallsCursor { slice: half, offset: 0, anchor: None });
            return Ok(Some(CallsBatch { calls: Vec::new(), warnings: Vec::new(), next: self.place }));
        }
        let mut warnings = answer.unreadable.clone();
        let joined =
            overlap == 0 || page.offset == 0 || answer.rows.iter().any(|row| self.seen.contains(&row.id));
        let received = u32::try_from(answer.received()).unwrap_or(u32::MAX);
        let end = page.offset.saturating_add(received);
        if !joined && self.steps_back < MOST_STEPS_BACK {
            self.steps_back += 1;
            // one more than the first row asked for: the overlap is taken off again. The page is
            // dropped: had its rows been seen, the next step would take them for the way back
            let offset = page.offset.saturating_sub(self.page - 1) + 1;
            self.place = Some(CallsCursor { offset, ..place });
            return Ok(Some(CallsBatch { calls: Vec::new(), warnings: Vec::new(), next: self.place }));
        }
        if !joined {
            warnings.push("the list of calls moved faster than it was read; the next look will tell".into());
        }
        // a page that brings nothing new before the counted end: the list has shrunk, or lies
        let ended = received <= overlap || answer.total.is_some_and(|total| u64::from(end) >= total);
        if let Some(total) = answer.total
            && ended
            && u64::from(end) < total
        {
            warnings.push(format!("UIS counted {total} calls and listed {end}; the next look will tell"));
        }
        self.place = if ended {
            self.steps_back = 0;
            self.slice_after(place.slice)
        } else {
            let anchor = answer.rows.last().map(|row| row.id).or(place.anchor);
            Some(CallsCursor { slice: place.slice, offset: end, anchor })
        };
        let calls = answer.rows.into_iter().filter(|row| self.seen.insert(row.id)).collect();
        Ok(Some(CallsBatch { calls, warnings, next: self.place }))
    }

    /// The slice of the window behind this one.
    fn slice_after(&self, slice: WallWindow) -> Option<CallsCursor> {
        let from = slice.till + Duration::seconds(1);
        (from <= self.window.till).then(|| CallsCursor {
            slice: WallWindow { from, till: self.window.till }.first_slice(),
            offset: 0,
            anchor: None,
        })
    }

    /// Reads the rest into one list.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub async fn collect(mut self) -> Result<CallsBatch, UisError> {
        let mut whole = CallsBatch { calls: Vec::new(), warnings: Vec::new(), next: None };
        while let Some(batch) = self.next().await? {
            whole.calls.extend(batch.calls);
            whole.warnings.extend(batch.warnings);
        }
        Ok(whole)
    }
}

/// Every leg of a call, or of a window of three months at most.
///
/// # Errors
/// As [`UisApi::legs_page`].
pub async fn all_legs(
    api: &dyn UisApi,
    window: WallWindow,
    session: Option<SessionId>,
) -> Result<Vec<crate::UisLeg>, UisError> {
    let ask = |page| -> BoxFuture<'_, _> {
        Box::pin(async move { api.legs_page(&crate::LegsRequest { window, session, page }).await })
    };
    all(ask, |leg| leg.id).await
}

/// Every employee.
///
/// # Errors
/// As [`UisApi::employees_page`].
pub async fn all_employees(api: &dyn UisApi) -> Result<Vec<crate::Employee>, UisError> {
    all(|page| api.employees_page(page), |employee| employee.id).await
}

/// The whole dictionary of tags.
///
/// # Errors
/// As [`UisApi::tags_page`].
pub async fn all_tags(api: &dyn UisApi) -> Result<Vec<crate::Tag>, UisError> {
    all(|page| api.tags_page(page), |tag| tag.id).await
}

/// Reads pages until the counted end or an empty page, each row once.
///
/// The question is boxed: of an `AsyncFn` the compiler cannot tell that the whole may change threads.
async fn all<'a, T, I: Eq + std::hash::Hash>(
    ask: impl Fn(PageRequest) -> BoxFuture<'a, Result<crate::Page<T>, UisError>>,
    id: impl Fn(&T) -> I,
) -> Result<Vec<T>, UisError> {
    let (mut rows, mut seen, mut offset) = (Vec::new(), HashSet::new(), 0_u32);
    while offset <= MAX_OFFSET {
        let page = ask(PageRequest { offset, ..PageRequest::default() }).await?;
        let received = u32::try_from(page.received()).unwrap_or(u32::MAX);
        offset = offset.saturating_add(received);
        rows.extend(page.rows.into_iter().filter(|row| seen.insert(id(row))));
        if received == 0 || page.total.is_some_and(|total| u64::from(offset) >= total) {
            break;
        }
    }
    Ok(rows)
}
