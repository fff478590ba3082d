//! What a turn does, as it is kept in the store.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::{Lang, TimeWindow, wording};
use pipeline::WindowRequest;
use serde::{Deserialize, Serialize};

/// What a turn does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Plan {
    /// Asks a source for calls; the worker does the rest.
    Calls(CallsPlan),
    /// Mails the reports of a week.
    WeeklyReports {
        /// Of this employee alone.
        manager: Option<String>,
        /// The week's Monday; `None` = the week before the turn.
        week: Option<NaiveDate>,
    },
}

/// Which calls, and how they are judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallsPlan {
    /// Where from.
    pub source: PlannedSource,
    /// Which.
    pub window: PlannedWindow,
    /// Judged under this rubric, an id or a file; `None` = the configured one.
    pub rubric: Option<String>,
}

/// Where calls come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlannedSource {
    /// UIS or CoMagic.
    Uis,
    /// Recordings in folders.
    Folder(Vec<PathBuf>),
}

/// Which calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlannedWindow {
    /// Since the last time, the last two days read again.
    Continue,
    /// The last so many hours.
    Hours(u32),
    /// These.
    Between {
        /// The first moment inside; `None` = from the beginning.
        from: Option<DateTime<Utc>>,
        /// The first moment after; `None` = to now.
        to: Option<DateTime<Utc>>,
    },
}

impl PlannedWindow {
    /// For the pipeline, at a moment.
    pub fn request(self, now: DateTime<Utc>) -> WindowRequest {
        match self {
            Self::Continue => WindowRequest::CONTINUE,
            Self::Hours(hours) => {
                let from = now - TimeDelta::hours(i64::from(hours));
                TimeWindow { from: Some(from), to: Some(now) }.into()
            }
            Self::Between { from, to } => TimeWindow { from, to }.into(),
        }
    }

    /// «с прошлого раза», «последние 24 ч».
    pub fn told(self, lang: Lang, zone: chrono_tz::Tz, now: DateTime<Utc>) -> String {
        match (self, lang) {
            (Self::Continue, Lang::Ru) => "с прошлого раза".to_owned(),
            (Self::Continue, Lang::En) => "since the last time".to_owned(),
            (Self::Hours(hours), Lang::Ru) => format!("последние {hours} ч"),
            (Self::Hours(hours), Lang::En) => format!("the last {hours} h"),
            (Self::Between { from, to }, _) => {
                let local = now.with_timezone(&zone);
                let said = |at: Option<DateTime<Utc>>| {
                    at.map_or_else(|| "…".to_owned(), |at| wording::moment(lang, &at, &local))
                };
                format!("{} – {}", said(from), said(to))
            }
        }
    }
}

impl Plan {
    /// As it is kept.
    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what is kept back; `None` = a newer zvonar wrote it.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// For people, short: «UIS, с прошлого раза».
    pub fn told(&self, lang: Lang, zone: chrono_tz::Tz, now: DateTime<Utc>) -> String {
        match self {
            Self::Calls(plan) => {
                let source = match &plan.source {
                    PlannedSource::Uis => "UIS".to_owned(),
                    PlannedSource::Folder(paths) => {
                        paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
                    }
                };
                let rubric = plan.rubric.as_ref().map(|rubric| format!(", {rubric}")).unwrap_or_default();
                format!("{source}, {}{rubric}", plan.window.told(lang, zone, now))
            }
            Self::WeeklyReports { manager, .. } => {
                let of = manager.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
                format!("{}{of}", lang.pick("отчёты за неделю", "reports of the week"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_survives_being_kept_and_strange_ones_are_none() {
        let at = "2026-11-21T09:00:00Z".parse().ok();
        for plan in [
            Plan::Calls(CallsPlan {
                source: PlannedSource::Uis,
                window: PlannedWindow::Continue,
                rubric: Some("manager-plus".into()),
            }),
            Plan::Calls(CallsPlan {
                source: PlannedSource::Folder(vec!["/calls".into()]),
                window: PlannedWindow::Between { from: at, to: None },
                rubric: None,
            }),
            Plan::WeeklyReports { manager: None, week: "2026-11-16".parse().ok() },
        ] {
            assert_eq!(Plan::parse(&plan.to_text()), Some(plan));
        }
        assert_eq!(Plan::parse("{\"do\":\"dance\"}"), None);
    }
}
