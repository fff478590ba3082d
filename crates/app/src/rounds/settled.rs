//! Schedules that the settings name are kept as others are, so that their turns are remembered.

use store::{NewSchedule, StoreError};

use super::leader::Rounds;
use super::{CallsPlan, Plan, PlannedSource, PlannedWindow};

/// The schedule that `ZVONAR_SCHEDULE` makes.
const CALLS: &str = "uis";
/// The schedule that `ZVONAR_WEEKLY_REPORT` makes.
const WEEKLY: &str = "weekly";
/// Among the settings of the store: which were made so.
const FROM_SETTINGS: &str = "schedule/from_settings";

impl Rounds {
    /// Keeps them; one that the settings no longer name goes.
    pub(crate) async fn keep_settings(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let (source, window) = (PlannedSource::Uis, PlannedWindow::Continue);
        let calls = Plan::Calls(CallsPlan { source, window, rubric: None });
        let weekly = Plan::WeeklyReports { manager: None, week: None };
        let wanted = [(CALLS, &self.hours.calls, calls), (WEEKLY, &self.hours.weekly, weekly)];
        let before = self.store.setting(FROM_SETTINGS).await?.unwrap_or_default();
        let mut names = Vec::new();
        for (name, hours, plan) in &wanted {
            match hours {
                Some(hours) => {
                    let (cron, zone) = (hours.as_str().to_owned(), hours.zone().name().to_owned());
                    let schedule = NewSchedule { name: (*name).to_owned(), cron, zone, plan: plan.to_text() };
                    self.store.put_schedule(&schedule, now).await?;
                    names.push(*name);
                }
                None if before.split(',').any(|one| one == *name) => {
                    self.store.remove_schedule(name).await?;
                }
                None => {}
            }
        }
        let names = names.join(",");
        if names != before {
            self.store.set_setting(FROM_SETTINGS, &names).await?;
        }
        Ok(())
    }
}
