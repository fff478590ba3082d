//! Makes turns: asks a source for calls, mails the reports of a week.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{CallError, Clock, Lang};
use pipeline::{CallSource, Pipeline, RunError, RunEvent, RunObserver, RunRequest, SourceError};
use store::{NewDelivery, Store};
use tokio_util::sync::CancellationToken;

use super::{CallsPlan, Plan, PlannedSource, TurnSaid};
use crate::rubrics::find_rubric;
use crate::weekly::{WeekOf, Weeks};
use crate::words::store_error;
use crate::{AppError, Config};

/// Makes what a plan says.
#[async_trait]
pub(crate) trait MakesTurns: Send + Sync {
    /// Whatever was made before by a process that died is made again, harmlessly.
    async fn make(&self, plan: &Plan, due: DateTime<Utc>) -> Result<TurnSaid, Trouble>;
}

/// Why a turn was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) error: CallError,
    /// The same may work in a minute.
    pub(crate) again: bool,
}

impl Trouble {
    pub(crate) fn for_good(code: &str, message: &str, hint: &str) -> Self {
        let (code, message, hint) = (code.to_owned(), message.to_owned(), hint.to_owned());
        Self { error: CallError { code, message, hint }, again: false }
    }
}

impl Trouble {
    pub(crate) fn of_run(lang: Lang, error: &RunError) -> Self {
        let (message, hint, again) = match error {
            RunError::Store(error) => return store_error(lang, error).into(),
            RunError::Source { cause, .. } => match cause {
                SourceError::Refused { message, hint } | SourceError::Invalid { message, hint } => {
                    (message.clone(), hint.clone(), false)
                }
                SourceError::Unavailable { message, .. } => (message.clone(), String::new(), true),
                other => (other.to_string(), String::new(), other.is_retryable()),
            },
        };
        Self { error: CallError { code: "source".to_owned(), message, hint }, again }
    }
}

impl From<AppError> for Trouble {
    fn from(error: AppError) -> Self {
        let again = !error.usage && !error.refused;
        Self {
            error: CallError { code: error.code.to_owned(), message: error.message, hint: error.hint },
            again,
        }
    }
}

/// Which source a plan means; made anew for folders.
pub(crate) type FindsSource = dyn Fn(&PlannedSource) -> Result<Arc<dyn CallSource>, AppError> + Send + Sync;

/// Turns of an installation.
pub(crate) struct Maker {
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Arc<dyn Store>,
    /// Only finds calls: the worker does the rest.
    pub(crate) pipeline: Pipeline,
    pub(crate) source: Box<FindsSource>,
    pub(crate) weeks: Weeks,
    /// Whether mail is configured.
    pub(crate) mails: bool,
}

#[async_trait]
impl MakesTurns for Maker {
    async fn make(&self, plan: &Plan, due: DateTime<Utc>) -> Result<TurnSaid, Trouble> {
        match plan {
            Plan::Calls(plan) => self.calls(plan).await,
            Plan::WeeklyReports { manager, week } => {
                let lang = self.config.lang;
                if !self.mails {
                    let message = lang.pick("почта не настроена", "mail is not configured");
                    return Err(Trouble::for_good(
                        "mail_not_configured",
                        message,
                        "SMTP_URL, ALERT_EMAIL_FROM, ALERT_EMAIL_TO",
                    ));
                }
                let week = week.unwrap_or_else(|| self.weeks.last_week(due));
                let now = self.clock.now();
                let managers = match manager {
                    Some(manager) => Ok(vec![manager.clone()]),
                    None => self.weeks.managers(week).await,
                };
                let managers = managers.map_err(|error| store_error(lang, &error))?;
                let mails: Vec<NewDelivery> = managers
                    .into_iter()
                    .filter_map(|manager| WeekOf { manager, week }.delivery(now))
                    .collect();
                let queued = self.store.queue_deliveries(&mails, now).await;
                let reports = queued.map_err(|error| store_error(lang, &error))?;
                Ok(TurnSaid { reports, ..TurnSaid::default() })
            }
        }
    }
}

impl Maker {
    async fn calls(&self, plan: &CallsPlan) -> Result<TurnSaid, Trouble> {
        let named = plan.rubric.as_deref();
        let rubric = Arc::new(find_rubric(&self.config, named.unwrap_or(&self.config.rubric))?);
        let request = RunRequest {
            source: (self.source)(&plan.source)?,
            window: plan.window.request(self.clock.now()),
            limit: None,
            rubric,
            reports: Vec::new(),
            max_cost: None,
            what: "schedule".to_owned(),
        };
        let seen = Arc::<Seen>::default();
        let (observer, stop) = (Arc::<Seen>::clone(&seen), CancellationToken::new());
        let found = match named {
            Some(_) => self.pipeline.discover_under(&request, observer, stop).await,
            None => self.pipeline.discover(&request, observer, stop).await,
        };
        let warnings = found.map_err(|error| Trouble::of_run(self.config.lang, &error))?;
        let (calls, new) = seen.counts();
        Ok(TurnSaid { calls, new, warnings, ..TurnSaid::default() })
    }
}

/// Counts what was found.
#[derive(Default)]
struct Seen(Mutex<(usize, usize)>);

impl Seen {
    fn counts(&self) -> (u64, u64) {
        let (calls, new) = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (u64::try_from(calls).unwrap_or(u64::MAX), u64::try_from(new).unwrap_or(u64::MAX))
    }
}

impl RunObserver for Seen {
    fn event(&self, event: RunEvent) {
        if let RunEvent::Discovered { calls, new } = event {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (calls, new);
        }
    }
}
