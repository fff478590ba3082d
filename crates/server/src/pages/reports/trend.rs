//! Scores and calls day by day: a table that a script draws as a chart.

use store::DayFigures;

use super::{Figure, Scene};
use crate::api::CallQuery;

/// Fewer scored calls than this make no line.
const FEWEST: u64 = 5;

/// A day of the chart.
#[derive(Debug, Clone)]
pub(crate) struct DayRow {
    /// `2026-11-13`.
    pub(crate) iso: String,
    /// «13 ноя».
    pub(crate) label: String,
    /// Whether it belongs to the chosen period.
    pub(crate) chosen: bool,
    pub(crate) calls: Figure,
    pub(crate) scored: Figure,
    /// The mean, with one digit after the point, for the script; empty = none.
    pub(crate) raw: String,
    /// The mean for people.
    pub(crate) score: Option<Figure>,
    /// The day in words.
    pub(crate) said: String,
}

/// The chart.
#[derive(Debug, Clone)]
pub(crate) struct Trend {
    pub(crate) days: Vec<DayRow>,
    /// «25 окт – 14 ноя»: the days that are shown before the period, for comparison.
    pub(crate) before: Option<String>,
    /// Whether there is enough for a line.
    pub(crate) enough: bool,
}

impl Trend {
    pub(crate) fn of(scene: &Scene, days: &[DayFigures]) -> Self {
        let scored: u64 = days.iter().map(|day| day.scores.scored).sum();
        // weeks without a call tell nothing of what came after them
        let first = days.iter().position(|day| !day.before || day.calls > 0).unwrap_or_default();
        let days = days.get(first..).unwrap_or_default();
        let mut before = days.iter().filter(|day| day.before).map(|day| day.day);
        let first = before.next();
        let before = first.map(|first| scene.t.days(first, before.next_back().unwrap_or(first)));
        Self { days: days.iter().map(|day| row(scene, day)).collect(), before, enough: scored >= FEWEST }
    }
}

fn row(scene: &Scene, figures: &DayFigures) -> DayRow {
    let t = &scene.t;
    // periods of these pages are whole days: the date says the window
    let day = figures.day.to_string();
    let query = CallQuery { from: Some(day.clone()), to: Some(day.clone()), ..scene.calls() };
    let scored = CallQuery { scored: Some(true), ..query.clone() };
    let label = t.day(figures.day);
    let mean = figures.scores.mean;
    let shown = mean.map(|mean| t.average(mean));
    let said = t.with(
        "dash-chart-day",
        &[
            ("day", label.clone().into()),
            ("score", shown.clone().unwrap_or_else(|| "none".to_owned()).into()),
            ("count", figures.calls.into()),
            ("shown", t.number(figures.calls).into()),
        ],
    );
    DayRow {
        iso: day,
        label,
        chosen: !figures.before,
        calls: scene.count(figures.calls, &query),
        scored: scene.count(figures.scores.scored, &scored),
        raw: mean.map(|mean| format!("{mean:.1}")).unwrap_or_default(),
        score: shown.map(|shown| Figure::value(shown, figures.scores.scored, &scored)),
        said,
    }
}
