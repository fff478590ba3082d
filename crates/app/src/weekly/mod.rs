//! A manager's week: figures, what to hear, and a workbook of its calls; for a mail and for a file.

mod figures;
mod letter;

use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::{Lang, Rubric};
use pipeline::{CallReport, ReportOptions, XlsxReport, stored_reports};
use serde::{Deserialize, Serialize};
use store::{CallFilter, DeliveryTarget, NewDelivery, PageRequest, Period, Store, StoreError};

use crate::telling::{day_of, days};
use crate::words::store_error;
use crate::{App, AppError};

/// Calls of a week that go into a workbook: one every four minutes, day and night.
const MOST_CALLS: usize = 2_500;
const PAGE: u32 = 500;

/// A manager's week, ready to be sent or written.
#[derive(Debug, Clone)]
pub struct WeeklyReport {
    /// Whose.
    pub manager_id: String,
    /// The name, else the id.
    pub name: String,
    /// Its Monday.
    pub week: NaiveDate,
    /// One line.
    pub subject: String,
    /// The mail.
    pub html: String,
    /// For readers without HTML.
    pub text: String,
    /// Name of the workbook.
    pub file_name: String,
    /// The workbook.
    pub workbook: Vec<u8>,
}

impl WeeklyReport {
    pub(crate) fn week_of(&self) -> WeekOf {
        WeekOf { manager: self.manager_id.clone(), week: self.week }
    }
}

/// Which week of whom: what lies in the outbox. The report is made when it leaves, so that no copy of it
/// waits anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WeekOf {
    pub(crate) manager: String,
    pub(crate) week: NaiveDate,
}

impl WeekOf {
    /// For the outbox: the same week of the same manager leaves once.
    pub(crate) fn delivery(&self, now: DateTime<Utc>) -> Option<NewDelivery> {
        Some(NewDelivery {
            key: format!("weekly/{}/{}", self.week, self.manager),
            target: DeliveryTarget::Mail,
            event: "weekly".to_owned(),
            call: None,
            body: serde_json::to_string(self).ok()?,
            due_at: now,
        })
    }
}

/// What a workbook holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contents {
    /// Everything: a file on the machine of whoever asks.
    Whole,
    /// No telephone number, no word of a talk, no way to its sound: it leaves by mail.
    Discreet,
}

/// Makes reports of weeks.
#[derive(Clone)]
pub(crate) struct Weeks {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) lang: Lang,
    pub(crate) zone: Tz,
    pub(crate) page: Option<String>,
}

impl Weeks {
    /// The Monday of the week before.
    pub(crate) fn last_week(&self, now: DateTime<Utc>) -> NaiveDate {
        let today = day_of(now, self.zone);
        let monday = today.week(chrono::Weekday::Mon).first_day();
        monday.checked_sub_days(Days::new(7)).unwrap_or(monday)
    }

    /// Of every manager who had calls, or of one alone.
    pub(crate) async fn reports(
        &self,
        week: NaiveDate,
        manager: Option<&str>,
        rubric: &Rubric,
        contents: Contents,
        now: DateTime<Utc>,
    ) -> Result<Vec<WeeklyReport>, StoreError> {
        let window = days(week, 7, self.zone);
        let team = Period { window, zone: self.zone, manager_id: None, rubric: None };
        let everybody = self.store.by_manager(&team).await?;
        let team_mean = self.store.overview(&team).await?.scores.mean;
        let mut reports = Vec::new();
        for one in everybody.iter().filter(|one| manager.is_none_or(|id| id == one.id)) {
            let figures = self.figures(one, &team, team_mean, week, now).await?;
            let workbook = self.workbook(&one.id, &team, rubric, contents).await?;
            reports.push(self.report(&figures, workbook));
        }
        Ok(reports)
    }

    /// Whose week it was: managers who had calls.
    pub(crate) async fn managers(&self, week: NaiveDate) -> Result<Vec<String>, StoreError> {
        let window = days(week, 7, self.zone);
        let team = Period { window, zone: self.zone, manager_id: None, rubric: None };
        Ok(self.store.by_manager(&team).await?.into_iter().map(|one| one.id).collect())
    }

    fn report(&self, figures: &figures::Week, workbook: Vec<u8>) -> WeeklyReport {
        let name = figures.name.clone();
        let file_name = format!("{} {}.xlsx", plain(&name), figures.monday);
        WeeklyReport {
            manager_id: figures.manager_id.clone(),
            week: figures.monday,
            subject: letter::subject(self.lang, figures),
            html: letter::html(self.lang, figures, self.page.as_deref()),
            text: letter::text(self.lang, figures, self.page.as_deref()),
            name,
            file_name,
            workbook,
        }
    }

    async fn workbook(
        &self,
        manager: &str,
        team: &Period,
        rubric: &Rubric,
        contents: Contents,
    ) -> Result<Vec<u8>, StoreError> {
        let filter = CallFilter { manager_id: Some(manager.to_owned()), ..team.filter() };
        let (mut after, mut calls) = (None, Vec::new());
        loop {
            let page = self.store.calls(&filter, PageRequest { after, limit: PAGE }).await?;
            calls.extend(stored_reports(self.store.as_ref(), page.items, None).await?);
            after = page.next;
            if after.is_none() || calls.len() >= MOST_CALLS {
                break;
            }
        }
        if contents == Contents::Discreet {
            calls.iter_mut().for_each(discreet);
        }
        let options = ReportOptions {
            lang: self.lang,
            zone: self.zone,
            rubric: rubric.clone(),
            page_url: self.page.clone(),
        };
        let rendered = XlsxReport::new("weekly.xlsx", options).render(&calls);
        rendered.map_err(|error| StoreError::Invalid(error.to_string()))
    }
}

/// What a mail may hold of a call.
fn discreet(report: &mut CallReport) {
    (report.call.caller, report.call.callee, report.call.recording_url) = (None, None, None);
    report.transcript = None;
    if let Some(analysis) = &mut report.analysis {
        analysis.criteria.iter_mut().for_each(|criterion| criterion.evidence.clear());
    }
}

/// Fit for the name of a file anywhere.
fn plain(name: &str) -> String {
    let kept: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl App {
    pub(crate) fn weeks(&self) -> Weeks {
        let config = self.config();
        Weeks {
            store: self.store(),
            lang: config.lang,
            zone: config.timezone,
            page: config.backend_url.clone(),
        }
    }

    /// The reports of a week: of every manager who had calls, or of one. Without a week the one before this.
    ///
    /// # Errors
    /// The day is no Monday; nobody of that name had calls; the database fails.
    pub async fn weekly_reports(
        &self,
        week: Option<NaiveDate>,
        manager: Option<&str>,
    ) -> Result<Vec<WeeklyReport>, AppError> {
        let (lang, now, weeks) = (self.lang(), self.clock().now(), self.weeks());
        let monday = week.map(|day| day.week(chrono::Weekday::Mon).first_day());
        let monday = monday.unwrap_or_else(|| weeks.last_week(now));
        let rubric = self.rubric(&self.config().rubric)?;
        let reports = weeks.reports(monday, manager, &rubric, Contents::Whole, now).await;
        let reports = reports.map_err(|error| store_error(lang, &error))?;
        match manager {
            Some(id) if reports.is_empty() => Err(AppError::usage(
                "no_such_manager",
                format!("{id}: {}", lang.pick("за неделю звонков нет", "no calls in that week")),
                lang.pick(
                    "менеджеры и их id: zvonar report weekly",
                    "managers and their ids: zvonar report weekly",
                ),
            )),
            _ => Ok(reports),
        }
    }

    /// Puts reports into the outbox; those of the same week and manager leave once. Says how many were new.
    ///
    /// # Errors
    /// Mail is not configured; the database fails.
    pub async fn mail_weekly(&self, reports: &[WeeklyReport]) -> Result<u64, AppError> {
        let lang = self.lang();
        if self.mail_channel()?.is_none() {
            return Err(AppError::usage(
                "mail_not_configured",
                lang.pick("почта не настроена", "mail is not configured"),
                lang.pick(
                    "задайте SMTP_URL, ALERT_EMAIL_FROM и ALERT_EMAIL_TO",
                    "set SMTP_URL, ALERT_EMAIL_FROM and ALERT_EMAIL_TO",
                ),
            ));
        }
        let now = self.clock().now();
        let deliveries: Vec<NewDelivery> =
            reports.iter().filter_map(|one| one.week_of().delivery(now)).collect();
        self.store().queue_deliveries(&deliveries, now).await.map_err(|error| store_error(lang, &error))
    }
}

/// «17–23 ноя».
fn days_told(lang: Lang, monday: NaiveDate, today: NaiveDate) -> String {
    let sunday = monday.checked_add_days(Days::new(6)).unwrap_or(monday);
    domain::wording::days(lang, monday, sunday, today)
}
