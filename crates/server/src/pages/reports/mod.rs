//! What the pages of figures share: a chosen period, figures that are links to their calls, changes.
//!
//! Every figure carries the number of calls that stand behind it, counted under the very query that
//! its link opens: the list shows the same number.

mod choice;
mod period;
mod trend;

use std::fmt::Write as _;

use domain::{RubricId, wording};
use store::{Period, ScoreFigures};

pub(crate) use choice::{Choice, PeriodBar};
pub(crate) use period::{Chosen, ReportQuery, days as days_of};
pub(crate) use trend::Trend;

use super::words::Words;
use crate::Web;
use crate::access::{Scope, Viewer};
use crate::api::CallQuery;

/// Below this a score is weak.
pub(crate) const WEAK: f64 = 40.0;

/// A report in the making: whose, of when, under which rubric.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) web: Web,
    pub(crate) viewer: Viewer,
    pub(crate) t: Words,
    pub(crate) chosen: Chosen,
    pub(crate) query: ReportQuery,
    pub(crate) manager: Option<String>,
    pub(crate) rubric: Option<RubricId>,
}

impl Scene {
    /// The scene that a query asks for; a manager is always alone in it.
    pub(crate) fn new(web: Web, viewer: Viewer, t: Words, query: ReportQuery) -> Self {
        let chosen = query.chosen(t.now.date_naive(), t.now.timezone());
        let manager = match &viewer.scope {
            Scope::Manager(own) => Some(own.clone()),
            Scope::All => query.manager.clone().filter(|id| !id.is_empty()),
        };
        let rubric = query.rubric.clone().filter(|id| !id.is_empty()).map(RubricId::new);
        Self { web, viewer, t, chosen, query, manager, rubric }
    }

    /// For the statistics.
    pub(crate) fn period(&self) -> Period {
        Period {
            window: self.chosen.window,
            zone: self.t.now.timezone(),
            manager_id: self.manager.clone(),
            rubric: self.rubric.clone(),
        }
    }

    /// The calls of the period as a query of the history.
    pub(crate) fn calls(&self) -> CallQuery {
        CallQuery {
            from: Some(self.chosen.first.to_string()),
            to: Some(self.chosen.last.to_string()),
            // a manager's own id need not stand in an address
            manager: self.manager.clone().filter(|_| self.viewer.scope == Scope::All),
            rubric: self.rubric.as_ref().map(ToString::to_string),
            ..CallQuery::default()
        }
    }

    /// A number of calls and the list of them.
    pub(crate) fn count(&self, count: u64, query: &CallQuery) -> Figure {
        Figure { shown: self.t.number(count), href: history(query), count }
    }
}

/// A figure and the calls that make it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    /// For people.
    pub(crate) shown: String,
    /// The list.
    pub(crate) href: String,
    /// How many calls the list holds.
    pub(crate) count: u64,
}

impl Figure {
    /// Something else that is known about some calls than their number, and the list of them.
    pub(crate) fn value(shown: String, count: u64, query: &CallQuery) -> Self {
        Self { shown, href: history(query), count }
    }
}

/// The list of calls that a query holds.
pub(crate) fn history(query: &CallQuery) -> String {
    with_query("/history", query)
}

/// A path with its parameters.
pub(crate) fn with_query(path: &str, query: &impl serde::Serialize) -> String {
    match serde_urlencoded::to_string(query) {
        Ok(text) if !text.is_empty() => format!("{path}?{text}"),
        _ => path.to_owned(),
    }
}

/// The way to a call.
pub(crate) fn call_at(call: &str) -> String {
    format!("/history/{call}")
}

/// The way to a second of a call in a list: its neighbours there are a key away.
pub(crate) fn call_in(list: &CallQuery, call: &str, start_ms: Option<u64>) -> String {
    let mut href = with_query(&call_at(call), list);
    if let Some(ms) = start_ms {
        let _ = write!(href, "{}t={}", if href.contains('?') { '&' } else { '?' }, ms / 1000);
    }
    href
}

/// How much better or worse than before.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    /// ▲, ▼; nothing for no change.
    pub(crate) sign: &'static str,
    /// «1,9».
    pub(crate) shown: String,
    /// `warn` where it fell by as much as counts.
    pub(crate) tone: &'static str,
    /// For those who hear the page.
    pub(crate) said: String,
}

impl Change {
    /// Of one mean against another; a fall by `worry` points is amber.
    pub(crate) fn of(t: &Words, now: Option<f64>, before: Option<f64>, worry: f64) -> Option<Self> {
        let change = now? - before?;
        let shown = wording::average(t.lang, change.abs());
        let (sign, said) = match change {
            up if up >= 0.05 => ("▲", t.say("dash-change-up")),
            down if down <= -0.05 => ("▼", t.say("dash-change-down")),
            _ => return Some(Self { sign: "", shown: "0".to_owned(), tone: "", said: String::new() }),
        };
        Some(Self { sign, shown, tone: if change <= -worry { "warn" } else { "" }, said })
    }
}

/// Too few scores say nothing about anybody.
pub(crate) fn enough(scores: &ScoreFigures) -> bool {
    scores.scored >= 5
}
