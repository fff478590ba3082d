//! Which calls: the parameters that lists, search, figures, exports and the history page share.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{CallStatus, PhoneNumber, RubricId, SourceName, TimeWindow, Verdict};
use serde::{Deserialize, Serialize};
use store::{CallFilter, CallSort, HourOfWeek, PaidFor, PromiseDemand};
use utoipa::IntoParams;

use super::shapes::words::Direction;
use super::when;
use crate::problem::Problem;

/// Longer texts are no names.
const LONGEST: usize = 200;

/// Which calls; everything given must hold. Unknown parameters are refused.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallQuery {
    /// Began at or after: RFC 3339, or a date of the installation's zone.
    #[param(example = "2026-11-01")]
    pub(crate) from: Option<String>,
    /// Began before; a bare date includes its day.
    #[param(example = "2026-11-30")]
    pub(crate) to: Option<String>,
    /// In one of these states, comma-separated.
    #[param(example = "done,missed")]
    pub(crate) status: Option<String>,
    /// Of the employee with this id.
    #[param(example = "m-42")]
    pub(crate) manager: Option<String>,
    /// Either end is this number.
    #[param(example = "+79161234567")]
    pub(crate) phone: Option<String>,
    /// The client's number holds these digits.
    #[param(example = "4567")]
    pub(crate) client: Option<String>,
    /// From the company's side.
    #[param(inline)]
    pub(crate) direction: Option<Direction>,
    /// Where it came from.
    #[param(example = "webhook")]
    pub(crate) source: Option<String>,
    /// Carries this tag, letter for letter.
    pub(crate) tag: Option<String>,
    /// Scores, verdicts and values are meant under this rubric.
    #[param(example = "sales-full")]
    pub(crate) rubric: Option<String>,
    /// Has a score, or has none.
    pub(crate) scored: Option<bool>,
    /// Total score at least.
    #[param(minimum = 0, maximum = 100, example = 0.0)]
    pub(crate) min_score: Option<f64>,
    /// Total score at most.
    #[param(minimum = 0, maximum = 100, example = 40.0)]
    pub(crate) max_score: Option<f64>,
    /// Total score less than.
    #[param(minimum = 0, maximum = 100)]
    pub(crate) below_score: Option<f64>,
    /// `key:verdict`: got this verdict on this criterion.
    #[param(example = "next_step:not_met")]
    pub(crate) criterion: Option<String>,
    /// `key:value`: got this answer to a choice, a list or a flag (`true`).
    #[param(example = "objections:дорого")]
    pub(crate) value: Option<String>,
    /// People gave their own verdict on the criterion with this key.
    pub(crate) overridden: Option<String>,
    /// Has a verdict that a person should check, or not so.
    pub(crate) needs_review: Option<bool>,
    /// Missed and nobody rang back, or not so.
    pub(crate) call_back: Option<bool>,
    /// The transcript leaves out much of the speech, or not so.
    pub(crate) incomplete: Option<bool>,
    /// Lasted at least so long, s.
    #[param(minimum = 0)]
    pub(crate) min_duration_s: Option<f64>,
    /// Lasted at most so long, s.
    #[param(minimum = 0)]
    pub(crate) max_duration_s: Option<f64>,
    /// `weekday-hour` of the installation's zone, 1 = Monday: `5-14` is Friday from 14:00 to 15:00.
    #[param(example = "5-14")]
    pub(crate) hour: Option<String>,
    /// `given`: something was promised by a time; `overdue`: and that time is over.
    pub(crate) promise: Option<String>,
    /// Money was spent on it: `speech`, `analysis`, `telephony` or `any`.
    pub(crate) paid: Option<String>,
    /// `started_desc` (default) or `started_asc`.
    pub(crate) sort: Option<String>,
}

impl CallQuery {
    /// The filter that is meant.
    ///
    /// # Errors
    /// 422 for a value that is none.
    pub(crate) fn filter(&self, zone: Tz, now: DateTime<Utc>) -> Result<CallFilter, Problem> {
        Ok(CallFilter {
            window: when::window(self.from.as_deref(), self.to.as_deref(), zone)?,
            source: name("source", self.source.as_deref())?.map(SourceName::new),
            statuses: self.statuses()?,
            manager_id: name("manager", self.manager.as_deref())?,
            phone: self.phone.as_deref().map(phone).transpose()?,
            client: name("client", self.client.as_deref())?,
            direction: self.direction.map(Into::into),
            scored: self.scored,
            min_score: score("min_score", self.min_score)?,
            max_score: score("max_score", self.max_score)?,
            below_score: score("below_score", self.below_score)?,
            rubric: name("rubric", self.rubric.as_deref())?.map(RubricId::new),
            tag: name("tag", self.tag.as_deref())?,
            criterion: self.criterion.as_deref().map(criterion).transpose()?,
            value: self.value.as_deref().map(value).transpose()?,
            overridden: name("overridden", self.overridden.as_deref())?,
            needs_review: self.needs_review,
            call_back: self.call_back,
            incomplete: self.incomplete,
            min_duration_ms: duration("min_duration_s", self.min_duration_s)?,
            max_duration_ms: duration("max_duration_s", self.max_duration_s)?,
            hour_of_week: self.hour.as_deref().map(|text| hour(text, zone)).transpose()?,
            promise: self.promise.as_deref().map(|text| promise(text, now)).transpose()?,
            paid: self.paid.as_deref().map(paid).transpose()?,
            run: None,
            sort: self.sort()?,
        })
    }

    fn statuses(&self) -> Result<Vec<CallStatus>, Problem> {
        let list = self.status.as_deref().unwrap_or_default();
        list.split(',')
            .map(str::trim)
            .filter(|one| !one.is_empty())
            .map(|one| {
                CallStatus::parse(one).ok_or_else(|| {
                    let known = CallStatus::ALL.map(CallStatus::as_str).join(", ");
                    unfit("status", &known, &known)
                })
            })
            .collect()
    }

    fn sort(&self) -> Result<CallSort, Problem> {
        match self.sort.as_deref() {
            None | Some("started_desc") => Ok(CallSort::StartedDesc),
            Some("started_asc") => Ok(CallSort::StartedAsc),
            Some(_) => Err(unfit("sort", "started_desc, started_asc", "started_desc, started_asc")),
        }
    }
}

/// A text that may be a name.
fn name(field: &'static str, text: Option<&str>) -> Result<Option<String>, Problem> {
    match text {
        Some(text) if text.chars().count() > LONGEST => {
            Err(unfit(field, "не длиннее 200 знаков", "at most 200 letters"))
        }
        text => Ok(text.map(str::to_owned)),
    }
}

/// A telephone number.
///
/// # Errors
/// 422 for what is none.
pub(crate) fn phone(text: &str) -> Result<PhoneNumber, Problem> {
    // an unencoded + arrives as a space
    let plus = text.strip_prefix(' ').map(|digits| format!("+{digits}"));
    PhoneNumber::parse(plus.as_deref().unwrap_or(text))
        .ok_or_else(|| unfit("phone", "например +79161234567", "for example +79161234567"))
}

fn score(field: &'static str, score: Option<f64>) -> Result<Option<f64>, Problem> {
    match score {
        Some(score) if !(0.0..=100.0).contains(&score) => Err(unfit(field, "от 0 до 100", "0 to 100")),
        score => Ok(score),
    }
}

fn duration(field: &'static str, seconds: Option<f64>) -> Result<Option<u64>, Problem> {
    /// Nobody talks for a month.
    const LONGEST_S: f64 = 2_592_000.0;
    match seconds {
        Some(seconds) if !(0.0..=LONGEST_S).contains(&seconds) => {
            Err(unfit(field, "секунды, от 0", "seconds, from 0"))
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0 and a month")]
        seconds => Ok(seconds.map(|seconds| (seconds * 1000.0).round() as u64)),
    }
}

fn criterion(text: &str) -> Result<(String, Verdict), Problem> {
    let known = [Verdict::Met, Verdict::Partly, Verdict::NotMet, Verdict::NotApplicable, Verdict::CannotTell];
    let read = text.rsplit_once(':').and_then(|(key, verdict)| {
        let verdict = known.into_iter().find(|known| known.as_str() == verdict)?;
        (!key.is_empty() && key.chars().count() <= LONGEST).then(|| (key.to_owned(), verdict))
    });
    read.ok_or_else(|| unfit("criterion", "например next_step:not_met", "for example next_step:not_met"))
}

fn value(text: &str) -> Result<(String, String), Problem> {
    let read = text.split_once(':').filter(|(key, value)| !key.is_empty() && !value.is_empty());
    read.filter(|_| text.chars().count() <= LONGEST * 2)
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .ok_or_else(|| unfit("value", "например objections:дорого", "for example objections:price"))
}

fn hour(text: &str, zone: Tz) -> Result<HourOfWeek, Problem> {
    let read = text.split_once('-').and_then(|(weekday, hour)| {
        let (weekday, hour) = (weekday.parse().ok()?, hour.parse().ok()?);
        ((1..=7).contains(&weekday) && hour <= 23).then_some(HourOfWeek { weekday, hour, zone })
    });
    read.ok_or_else(|| {
        unfit("hour", "например 5-14: пятница, с 14 до 15", "for example 5-14: Friday, 14 to 15")
    })
}

fn promise(text: &str, now: DateTime<Utc>) -> Result<PromiseDemand, Problem> {
    match text {
        "given" => Ok(PromiseDemand::Given),
        "overdue" => Ok(PromiseDemand::Overdue(super::when::minute(now))),
        _ => Err(unfit("promise", "given, overdue", "given, overdue")),
    }
}

fn paid(text: &str) -> Result<PaidFor, Problem> {
    let item = match text {
        "any" => None,
        "speech" | "analysis" | "telephony" => Some(text.to_owned()),
        _ => {
            return Err(unfit(
                "paid",
                "speech, analysis, telephony, any",
                "speech, analysis, telephony, any",
            ));
        }
    };
    Ok(PaidFor { item, window: TimeWindow::ALL })
}

/// A parameter whose value is none of those that it may have.
pub(crate) fn unfit(field: &'static str, ru: &str, en: &str) -> Problem {
    Problem::invalid(
        "query",
        format!("параметр «{field}» не подходит"),
        format!("the parameter {field} does not fit"),
    )
    .with("field", field)
    .hint(ru.to_owned(), en.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<CallFilter, Problem> {
        let uri = format!("/?{query}").parse().unwrap();
        let axum::extract::Query(query) = axum::extract::Query::<CallQuery>::try_from_uri(&uri).unwrap();
        query.filter(chrono_tz::Europe::Moscow, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn every_filter_reaches_the_store() {
        let filter = read(
            "status=done,missed&manager=m-42&phone=%2B79161234567&direction=out&source=uis&tag=vip\
             &min_score=10&max_score=40.5&criterion=next_step:not_met&value=objections:%D0%B0:b&hour=5-14\
             &needs_review=true&call_back=false&min_duration_s=1.5&promise=overdue&paid=speech&sort=started_asc",
        )
        .unwrap();
        assert_eq!(filter.statuses, [CallStatus::Done, CallStatus::Missed]);
        assert_eq!(filter.criterion, Some(("next_step".to_owned(), Verdict::NotMet)));
        assert_eq!(filter.value, Some(("objections".to_owned(), "а:b".to_owned())));
        assert_eq!(filter.hour_of_week.map(|hour| (hour.weekday, hour.hour)), Some((5, 14)));
        assert_eq!((filter.min_duration_ms, filter.max_score), (Some(1_500), Some(40.5)));
        assert_eq!((filter.needs_review, filter.call_back), (Some(true), Some(false)));
        assert_eq!(filter.sort, CallSort::StartedAsc);
        assert_eq!(filter.phone, PhoneNumber::parse("+79161234567"));
    }

    #[test]
    fn what_is_no_value_is_refused_by_name() {
        for (query, field) in [
            ("status=done,ready", "status"),
            ("phone=abc", "phone"),
            ("min_score=NaN", "min_score"),
            ("max_score=101", "max_score"),
            ("below_score=-inf", "below_score"),
            ("criterion=next_step", "criterion"),
            ("criterion=:met", "criterion"),
            ("hour=8-1", "hour"),
            ("hour=1-24", "hour"),
            ("min_duration_s=inf", "min_duration_s"),
            ("promise=kept", "promise"),
            ("paid=beer", "paid"),
            ("sort=score", "sort"),
            (&format!("manager={}", "m".repeat(201)), "manager"),
        ] {
            let problem = read(query).unwrap_err();
            assert_eq!(problem.json(domain::Lang::Ru)["field"], field, "{query}");
        }
    }
}
