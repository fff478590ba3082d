//! Pages of lists: those that are walked by number, newest first, and those of calls, by time.

use crate::{Cursor, Page, PageRequest, StoreError};

pub(crate) const MAX_PAGE: u32 = 1000;

/// Where a page begins and how many rows to read for it.
pub(crate) struct Turn {
    /// Rows with a lower number than this.
    pub(crate) below: i64,
    /// One row more than wanted tells whether there is a next page.
    pub(crate) rows: u32,
}

impl Turn {
    pub(crate) fn of(page: &PageRequest) -> Result<Self, StoreError> {
        let below = match &page.after {
            None => i64::MAX,
            Some(Cursor(text)) => text
                .strip_prefix("i.")
                .and_then(|id| id.parse().ok())
                .ok_or_else(|| StoreError::Invalid(format!("{text:?} is no place in this list")))?,
        };
        Ok(Self { below, rows: page.limit.clamp(1, MAX_PAGE) + 1 })
    }

    /// The page of the rows that were read, each with its number.
    pub(crate) fn page<T>(&self, mut rows: Vec<(i64, T)>) -> Page<T> {
        let wanted = usize::try_from(self.rows - 1).unwrap_or(usize::MAX);
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        let next = rows.last().filter(|_| more).map(|(id, _)| Cursor(format!("i.{id}")));
        Page { items: rows.into_iter().map(|(_, item)| item).collect(), next }
    }
}

/// Where the walk stands: calls with a time come first in both orders, those without follow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Place {
    Start,
    Timed { at: i64, id: i64 },
    Untimed { after: Option<i64> },
}

impl Place {
    pub(crate) fn parse(cursor: Option<&Cursor>) -> Result<Self, StoreError> {
        let Some(Cursor(text)) = cursor else { return Ok(Self::Start) };
        let place = text.split_once('.').and_then(|(at, id)| match at {
            "n" => Some(Self::Untimed { after: Some(id.parse().ok()?) }),
            at => Some(Self::Timed { at: at.parse().ok()?, id: id.parse().ok()? }),
        });
        place.ok_or_else(|| StoreError::Invalid(format!("{text:?} is no place in a list of calls")))
    }

    /// Of the last row of a page: when it began, and its number.
    pub(crate) fn cursor(started_at: Option<i64>, id: i64) -> Cursor {
        Cursor(started_at.map_or_else(|| format!("n.{id}"), |at| format!("{at}.{id}")))
    }
}
