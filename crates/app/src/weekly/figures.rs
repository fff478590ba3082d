//! The figures of a manager's week.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{CallId, Lang, wording};
use store::{ManagerFigures, Period, ScoreEnd, StoreError};

use super::{Weeks, days_told};
use crate::telling::{day_of, days};

/// Criteria that are shown at either end.
const CRITERIA: usize = 4;
/// Calls that are named.
const NAMED: u32 = 3;

/// A day of the week.
pub(super) struct Day {
    pub(super) title: String,
    pub(super) calls: u64,
    pub(super) mean: Option<f64>,
}

/// A call to listen to.
pub(super) struct Named {
    pub(super) call: CallId,
    pub(super) at: String,
    pub(super) score: f64,
    pub(super) summary: String,
}

/// A manager's week.
pub(super) struct Week {
    pub(super) manager_id: String,
    pub(super) name: String,
    pub(super) monday: NaiveDate,
    pub(super) days_told: String,
    pub(super) calls: u64,
    pub(super) scored: u64,
    pub(super) mean: Option<f64>,
    pub(super) previous_mean: Option<f64>,
    pub(super) team_mean: Option<f64>,
    pub(super) missed: u64,
    pub(super) not_rung_back: u64,
    pub(super) talk_share: Option<f64>,
    pub(super) by_day: Vec<Day>,
    /// Title and share of the points earned, 0–1; the lowest first.
    pub(super) weak: Vec<(String, f64)>,
    /// The highest first; none of the weak.
    pub(super) strong: Vec<(String, f64)>,
    pub(super) hear: Vec<Named>,
    pub(super) overdue: u64,
}

impl Weeks {
    pub(super) async fn figures(
        &self,
        one: &ManagerFigures,
        team: &Period,
        team_mean: Option<f64>,
        monday: NaiveDate,
        now: DateTime<Utc>,
    ) -> Result<Week, StoreError> {
        let period = Period { manager_id: Some(one.id.clone()), ..team.clone() };
        let (weak, strong) = self.ends(&period).await?;
        let (_, promises) = self.store.promises(&period, now, 1).await?;
        Ok(Week {
            manager_id: one.id.clone(),
            name: one.name.clone().unwrap_or_else(|| one.id.clone()),
            monday,
            days_told: days_told(self.lang, monday, day_of(now, self.zone)),
            calls: one.calls,
            scored: one.scores.scored,
            mean: one.scores.mean,
            previous_mean: one.previous_mean,
            team_mean,
            missed: one.missed,
            not_rung_back: one.not_rung_back,
            talk_share: one.talk_share,
            by_day: self.by_day(&period, monday).await?,
            weak,
            strong,
            hear: self.to_hear(&period, now).await?,
            overdue: promises.overdue,
        })
    }

    async fn by_day(&self, period: &Period, monday: NaiveDate) -> Result<Vec<Day>, StoreError> {
        let mut by_day = Vec::new();
        for day in monday.iter_days().take(7) {
            let period = Period { window: days(day, 1, self.zone), ..period.clone() };
            let overview = self.store.overview(&period).await?;
            let title = wording::weekday(self.lang, chrono::Datelike::weekday(&day)).to_owned();
            by_day.push(Day { title, calls: overview.calls, mean: overview.scores.mean });
        }
        Ok(by_day)
    }

    /// What was earned least and most.
    async fn ends(&self, period: &Period) -> Result<(Vec<(String, f64)>, Vec<(String, f64)>), StoreError> {
        let criteria = self.store.by_criterion(period).await?;
        let mut earned: Vec<(String, f64)> =
            criteria.into_iter().filter_map(|each| Some((each.title, each.earned?))).collect();
        earned.sort_by(|one, other| one.1.total_cmp(&other.1).then_with(|| one.0.cmp(&other.0)));
        let half = earned.len().div_ceil(2).min(CRITERIA);
        let weak: Vec<_> = earned.iter().take(half).filter(|(_, share)| *share < 0.8).cloned().collect();
        let strong = earned.iter().rev().take(earned.len().saturating_sub(half).min(CRITERIA));
        let strong = strong.filter(|(_, share)| *share >= 0.5).cloned().collect();
        Ok((weak, strong))
    }

    async fn to_hear(&self, period: &Period, now: DateTime<Utc>) -> Result<Vec<Named>, StoreError> {
        let lowest = self.store.extremes(&period.filter(), ScoreEnd::Lowest, NAMED).await?;
        let ids: Vec<CallId> = lowest.iter().map(|record| record.call.id).collect();
        let gists = self.store.gists_of(&ids, None).await?;
        let wall = now.with_timezone(&self.zone);
        let named = lowest.into_iter().zip(gists).filter_map(|(record, gist)| {
            let gist = gist.judgement?;
            let at = record.call.started_at.map(|at| wording::moment(self.lang, &at, &wall));
            Some(Named {
                call: record.call.id,
                at: at.unwrap_or_else(|| a_call(self.lang).to_owned()),
                score: gist.total_score?,
                summary: gist.summary,
            })
        });
        Ok(named.collect())
    }
}

fn a_call(lang: Lang) -> &'static str {
    lang.pick("звонок", "a call")
}
