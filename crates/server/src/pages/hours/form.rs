//! The two forms of the page: a schedule, a period.

use app::{CallsPlan, PlannedWindow};
use chrono::NaiveDate;

use super::sources::{Source, chosen, known};
use crate::Web;
use crate::pages::words::Words;
use crate::problem::Problem;

/// Fields of the two forms.
#[derive(Default, Clone)]
pub(super) struct Form {
    pub(super) name: String,
    pub(super) cron: String,
    pub(super) source: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) rubric: String,
}

impl Form {
    pub(super) fn read(body: &[u8]) -> Self {
        let mut form = Self::default();
        for (name, value) in url::form_urlencoded::parse(body).take(20) {
            let value: String = value.trim().chars().take(200).collect();
            match &*name {
                "name" => form.name = value,
                "cron" => form.cron = value,
                "source" => form.source = value,
                "from" => form.from = value,
                "to" => form.to = value,
                "rubric" => form.rubric = value,
                _ => {}
            }
        }
        form
    }

    pub(super) fn rubric(&self) -> Option<String> {
        Some(self.rubric.clone()).filter(|rubric| !rubric.is_empty())
    }

    pub(super) fn days(&self) -> Option<(NaiveDate, NaiveDate)> {
        let (from, to) = (self.from.parse().ok()?, self.to.parse().ok()?);
        (from <= to).then_some((from, to))
    }

    /// The plan with its source, or the key of what is wrong with the form.
    pub(super) async fn plan(
        &self,
        web: &Web,
        t: &Words,
    ) -> Result<Result<(CallsPlan, Source), &'static str>, Problem> {
        let window =
            self.days().and_then(|(from, to)| PlannedWindow::of_days(from, to, web.config().timezone));
        let Some(window) = window else { return Ok(Err("schedule-no-days")) };
        let sources = known(web, t, &web.app().schedules(t.lang).await?);
        let Some(source) = chosen(&sources, &self.source) else {
            return Ok(Err(if sources.is_empty() { "schedule-no-uis" } else { "schedule-no-source" }));
        };
        let plan = CallsPlan { source: source.planned.clone(), window, rubric: self.rubric() };
        Ok(Ok((plan, source.clone())))
    }
}
