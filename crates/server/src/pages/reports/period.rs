//! Which days a report looks at: whole days by the installation's wall.

use chrono::{DateTime, Days, NaiveDate, TimeZone as _, Utc};
use chrono_tz::Tz;
use domain::TimeWindow;
use serde::{Deserialize, Serialize};

use super::with_query;
use crate::pages::words::Words;

/// Longer periods are cut: a report over years answers no question of a morning.
const LONGEST_DAYS: u64 = 370;

/// What the address of a report says. Nonsense is as good as nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ReportQuery {
    /// `today`, `yesterday`, `7`, `30`, `90`, `own`.
    pub(crate) period: Option<String>,
    /// The first day of an own period.
    pub(crate) from: Option<String>,
    /// The last day of it, inside.
    pub(crate) to: Option<String>,
    /// An employee's id.
    pub(crate) manager: Option<String>,
    /// A rubric's id.
    pub(crate) rubric: Option<String>,
    /// What the map of hours shows.
    pub(crate) heat: Option<String>,
}

/// The spans that a click gives.
pub(crate) const SPANS: [&str; 5] = ["today", "yesterday", "7", "30", "90"];
const USUAL: &str = "7";

/// A period: `first` and `last` are inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) span: &'static str,
    pub(crate) first: NaiveDate,
    pub(crate) last: NaiveDate,
    pub(crate) window: TimeWindow,
}

impl Chosen {
    /// The period of the same length before it, for people.
    pub(crate) fn days_before(&self, t: &Words) -> String {
        let length = self.last.signed_duration_since(self.first).num_days().unsigned_abs();
        let last = self.first.pred_opt().unwrap_or(self.first);
        t.days(last.checked_sub_days(Days::new(length)).unwrap_or(last), last)
    }
}

impl ReportQuery {
    /// The period that is meant; today is the last day of `7`, `30` and `90`.
    pub(crate) fn chosen(&self, today: NaiveDate, zone: Tz) -> Chosen {
        let date = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<NaiveDate>().ok());
        let back = |days| today.checked_sub_days(Days::new(days)).unwrap_or(today);
        let asked = self.period.as_deref().unwrap_or_default();
        let own = match (date(&self.from), date(&self.to)) {
            (Some(from), to) if asked == "own" || asked.is_empty() => {
                let to = to.unwrap_or(today);
                Some((from.min(to), from.max(to)))
            }
            (None, Some(to)) if asked == "own" => Some((to, to)),
            _ => None,
        };
        let (span, first, last) = match (own, asked) {
            (Some((from, to)), _) => {
                let most = from.checked_add_days(Days::new(LONGEST_DAYS - 1)).unwrap_or(to);
                ("own", from, to.min(most))
            }
            (None, "today") => ("today", today, today),
            (None, "yesterday") => ("yesterday", back(1), back(1)),
            (None, "30") => ("30", back(29), today),
            (None, "90") => ("90", back(89), today),
            (None, _) => (USUAL, back(6), today),
        };
        Chosen { span, first, last, window: days(first, last, zone) }
    }

    /// The same report of another span.
    pub(crate) fn of_span(&self, span: &str) -> Self {
        Self { period: Some(span.to_owned()), from: None, to: None, ..self.clone() }
    }

    /// The address of the report at a path.
    pub(crate) fn at(&self, path: &str) -> String {
        with_query(path, self)
    }
}

/// From the first midnight to the one after the last day.
pub(crate) fn days(first: NaiveDate, last: NaiveDate, zone: Tz) -> TimeWindow {
    let after = last.succ_opt().unwrap_or(last);
    TimeWindow { from: Some(midnight(first, zone)), to: Some(midnight(after, zone)) }
}

/// The first instant of a day; where clocks skip midnight, the first one that exists.
fn midnight(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let wall = day.and_time(chrono::NaiveTime::MIN);
    (0..=180)
        .step_by(15)
        .find_map(|minutes| {
            let later = wall.checked_add_signed(chrono::TimeDelta::minutes(minutes))?;
            zone.from_local_datetime(&later).earliest()
        })
        .map_or_else(|| wall.and_utc(), |at| at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(period: &str, from: &str, to: &str) -> (&'static str, String, String) {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let query =
            ReportQuery { period: text(period), from: text(from), to: text(to), ..ReportQuery::default() };
        let today = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
        let chosen = query.chosen(today, chrono_tz::Europe::Moscow);
        (chosen.span, chosen.first.to_string(), chosen.last.to_string())
    }

    #[test]
    fn a_period_is_whole_days_and_nonsense_is_the_usual_week() {
        let week = ("7", "2026-11-15".to_owned(), "2026-11-21".to_owned());
        assert_eq!(chosen("", "", ""), week);
        assert_eq!(chosen("fortnight", "", ""), week);
        assert_eq!(chosen("own", "yesterday", "x"), week);
        assert_eq!(chosen("yesterday", "", "").1, "2026-11-20");
        assert_eq!(chosen("30", "2020-01-01", "").1, "2026-10-23");
        let own = ("own", "2026-11-01".to_owned(), "2026-11-03".to_owned());
        assert_eq!(chosen("own", "2026-11-03", "2026-11-01"), own);
        assert_eq!(chosen("", "2026-11-01", "2026-11-03"), own);
        assert_eq!(chosen("own", "2000-01-01", "2026-11-03").2, "2001-01-04");
    }

    #[test]
    fn days_begin_where_the_wall_says() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let window = days(day("2026-11-20"), day("2026-11-21"), chrono_tz::Europe::Moscow);
        assert_eq!(window.from.unwrap().to_rfc3339(), "2026-11-19T21:00:00+00:00");
        assert_eq!(window.to.unwrap().to_rfc3339(), "2026-11-21T21:00:00+00:00");
        // no midnight that night in Beirut
        let window = days(day("2022-03-27"), day("2022-03-27"), chrono_tz::Asia::Beirut);
        assert_eq!(window.from.unwrap().to_rfc3339(), "2022-03-26T22:00:00+00:00");
    }
}
