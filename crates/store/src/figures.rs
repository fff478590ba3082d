//! What figures are put together from, whatever database they were read from.

use std::collections::HashMap;

use sqlx::{ColumnIndex, Decode, Row, Type};

use crate::codec::unsigned;
use crate::week::{DAY_MS, HOUR_MS, MONDAY_HOURS};
use crate::{PromiseState, ScoreFigures, StoreError};

/// What rows of `sums` add up to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sums {
    pub(crate) calls: i64,
    pub(crate) missed: i64,
    pub(crate) call_back: i64,
    pub(crate) scored: i64,
    pub(crate) points: i64,
    pub(crate) weak: i64,
    pub(crate) fair: i64,
    pub(crate) good: i64,
    pub(crate) talks: i64,
    pub(crate) talk_points: i64,
}

#[expect(clippy::cast_precision_loss, reason = "sums of millionths stay far below 2^53")]
fn mean(points: i64, count: i64) -> Option<f64> {
    (count > 0).then(|| points as f64 / count as f64 / 1_000_000.0)
}

impl Sums {
    /// Of a row of any database; what it leaves out is nothing.
    pub(crate) fn of<R>(row: &R) -> Result<Self, StoreError>
    where
        R: Row,
        for<'c> &'c str: ColumnIndex<R>,
        for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
    {
        let get = |column: &str| -> Result<i64, StoreError> {
            Ok(row.try_get::<Option<i64>, _>(column)?.unwrap_or(0))
        };
        Ok(Self {
            calls: get("calls")?,
            missed: get("missed")?,
            call_back: get("call_back")?,
            scored: get("scored")?,
            points: get("points")?,
            weak: get("weak")?,
            fair: get("fair")?,
            good: get("good")?,
            talks: get("talks")?,
            talk_points: get("talk_points")?,
        })
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.missed += other.missed;
        self.call_back += other.call_back;
        self.scored += other.scored;
        self.points += other.points;
        self.weak += other.weak;
        self.fair += other.fair;
        self.good += other.good;
        self.talks += other.talks;
        self.talk_points += other.talk_points;
    }

    /// Scores are forgotten: those under a rubric take their place.
    pub(crate) fn without_scores(self) -> Self {
        Self { scored: 0, points: 0, weak: 0, fair: 0, good: 0, ..self }
    }

    pub(crate) fn scores(&self) -> Result<ScoreFigures, StoreError> {
        Ok(ScoreFigures {
            scored: unsigned("count", self.scored)?,
            mean: mean(self.points, self.scored),
            weak: unsigned("count", self.weak)?,
            fair: unsigned("count", self.fair)?,
            good: unsigned("count", self.good)?,
        })
    }

    pub(crate) fn talk_share(&self) -> Option<f64> {
        mean(self.talk_points, self.talks)
    }
}

/// What times are put together by.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bucket {
    /// Days since 1970.
    Day,
    /// 0 = Monday from midnight … 167.
    HourOfWeek,
}

impl Bucket {
    /// Of a local time in ms.
    pub(crate) fn expression(self, local: &str) -> String {
        match self {
            Self::Day => format!("({local}) / {DAY_MS}"),
            Self::HourOfWeek => format!("(({local}) / {HOUR_MS} + {MONDAY_HOURS}) % 168"),
        }
    }
}

/// Calls and points of a verdict.
#[derive(Default, Clone, Copy)]
pub(crate) struct Mark {
    pub(crate) calls: i64,
    /// Millionths.
    pub(crate) earned: i64,
    pub(crate) possible: i64,
}

/// By place of the criterion and number of the verdict.
pub(crate) type Marks = HashMap<(i64, i64), Mark>;

/// Answers of one criterion that are given.
pub(crate) const MAX_VALUES: i64 = 100;

/// What came of a promise that was due at an instant, kept or not.
pub(crate) fn promise_state(due: i64, kept: Option<i64>, now: i64) -> PromiseState {
    match kept {
        Some(kept) if kept <= due => PromiseState::Kept,
        Some(_) => PromiseState::Late,
        None if due <= now => PromiseState::Overdue,
        None => PromiseState::Open,
    }
}
