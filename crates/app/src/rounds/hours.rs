//! Schedules as people see and change them: `zvonar schedule`, the hours on the page of the queue.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::Lang;
use pipeline::{CallSource, PreviewPrice, RunError, RunRequest};
use schedule::Timetable;
use store::{AskedTurn, NewSchedule, Schedule, ScheduleTurn, StoreError, TurnEnding};

use super::leader::timetable;
use super::said::ending;
use super::{CallsPlan, LEAD, Plan, PlannedSource, Trouble};
use crate::words::store_error;
use crate::{App, AppError};

/// Longest name, characters.
const LONGEST_NAME: usize = 60;

/// Why a schedule cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// No cron expression.
    #[error("{0}")]
    Cron(String),
    /// A cron expression that is never due: there is no 30 February.
    #[error("{0:?} is never due: there is no such day")]
    Never(String),
    /// No zone.
    #[error("{0:?} is no time zone; an IANA name is wanted, such as Europe/Moscow")]
    Zone(String),
    /// An empty, long or strange name.
    #[error("{0:?} is no name: up to 60 letters, digits, dashes and spaces are wanted")]
    Name(String),
}

/// A schedule for people.
#[derive(Debug, Clone)]
pub struct ScheduleLine {
    /// As it is kept.
    pub schedule: Schedule,
    /// What it does: «UIS, с прошлого раза».
    pub does: String,
    /// When it is due next; `None` = it is stopped, or never.
    pub next: Option<DateTime<Utc>>,
    /// The zone that its hours are read in.
    pub zone: Option<Tz>,
    /// How its newest turn ended.
    pub last: Option<(DateTime<Utc>, String, Option<TurnEnding>)>,
}

/// What a period would cost.
#[derive(Debug, Clone)]
pub struct PeriodPrice {
    /// Calls of the period.
    pub calls: usize,
    /// Of them, to be worked on.
    pub open: usize,
    /// For them.
    pub price: PreviewPrice,
    /// What the source could not read.
    pub warnings: Vec<String>,
}

impl App {
    /// Checks and keeps a schedule under its name.
    ///
    /// # Errors
    /// Hours, zone or name that are none; hours that never come; a folder that is not there; the rubric is
    /// unknown; the database fails.
    pub async fn put_schedule(
        &self,
        name: &str,
        cron: &str,
        zone: Option<&str>,
        plan: &Plan,
    ) -> Result<ScheduleLine, AppError> {
        let lang = self.lang();
        let zone_name = zone.unwrap_or_else(|| self.config().timezone.name());
        let now = self.clock().now();
        let checked = checked(name, cron, zone_name, now).map_err(|error| wrong(lang, &error))?;
        if let Plan::Calls(CallsPlan { rubric: Some(rubric), .. }) = plan {
            self.rubric(rubric)?;
        }
        if let Plan::Calls(CallsPlan { source: PlannedSource::Folder(paths), .. }) = plan
            && let Some(missing) = paths.iter().find(|path| !path.exists())
        {
            return Err(no_folder(lang, missing));
        }
        let wanted = NewSchedule {
            name: name.trim().to_owned(),
            cron: checked.as_str().to_owned(),
            zone: zone_name.to_owned(),
            plan: plan.to_text(),
        };
        let kept =
            self.store().put_schedule(&wanted, now).await.map_err(|error| store_error(lang, &error))?;
        Ok(self.line(kept, lang, now))
    }

    /// All schedules with their hours.
    ///
    /// # Errors
    /// The database fails.
    pub async fn schedules(&self, lang: Lang) -> Result<Vec<ScheduleLine>, AppError> {
        let now = self.clock().now();
        let all = self.store().schedules().await.map_err(|error| store_error(self.lang(), &error))?;
        Ok(all.into_iter().map(|schedule| self.line(schedule, lang, now)).collect())
    }

    /// The newest turns, of schedules and of people, each with how it ended.
    ///
    /// # Errors
    /// The database fails.
    pub async fn turns(&self, limit: u32, lang: Lang) -> Result<Vec<(ScheduleTurn, String)>, AppError> {
        let turns = self.store().turns(limit).await.map_err(|error| store_error(self.lang(), &error))?;
        Ok(turns.into_iter().map(|turn| (turn.clone(), ending(lang, &turn))).collect())
    }

    fn line(&self, schedule: Schedule, lang: Lang, now: DateTime<Utc>) -> ScheduleLine {
        let table = timetable(&schedule);
        let next = table
            .as_ref()
            .filter(|_| schedule.paused_at.is_none())
            .and_then(|table| table.next(schedule.done_at.max(now)));
        let does = Plan::parse(&schedule.what.plan).map(|plan| plan.told(lang, self.config().timezone, now));
        let last = schedule.last.as_ref();
        let last = last.map(|turn| (turn.due_at, ending(lang, turn), turn.ending));
        ScheduleLine {
            does: does.unwrap_or_else(|| "?".to_owned()),
            next,
            zone: table.map(|table| table.zone()),
            last,
            schedule,
        }
    }

    /// Stops a schedule, or lets it go on from now.
    ///
    /// # Errors
    /// There is none of that name; the database fails.
    pub async fn pause_schedule(&self, name: &str, paused: bool) -> Result<(), AppError> {
        let found = self.store().pause_schedule(name, paused, self.clock().now()).await;
        self.found(name, found)
    }

    /// Removes a schedule with its log.
    ///
    /// # Errors
    /// There is none of that name; the database fails.
    pub async fn remove_schedule(&self, name: &str) -> Result<(), AppError> {
        let found = self.store().remove_schedule(name).await;
        self.found(name, found)
    }

    fn found(&self, name: &str, found: Result<bool, StoreError>) -> Result<(), AppError> {
        let lang = self.lang();
        if found.map_err(|error| store_error(lang, &error))? {
            return Ok(());
        }
        let what = lang.pick("нет такого расписания", "no such schedule");
        Err(AppError::usage("no_such_schedule", format!("{what}: {name}"), "zvonar schedule list"))
    }

    /// Asks for a turn of a schedule now; the process that leads makes it. Says whether any does.
    ///
    /// # Errors
    /// There is none of that name; the database fails.
    pub async fn ask_for_turn(&self, name: &str, by: &str) -> Result<bool, AppError> {
        let told = |error| store_error(self.lang(), &error);
        let all = self.store().schedules().await.map_err(told)?;
        let found = all.into_iter().find(|one| one.what.name == name);
        let Some(schedule) = found else { return self.found(name, Ok(false)).map(|()| false) };
        let turn = AskedTurn {
            schedule: Some(schedule.id),
            name: schedule.what.name,
            plan: schedule.what.plan,
            by: by.to_owned(),
        };
        self.ask(&turn).await
    }

    /// Asks for a period once, without a schedule.
    ///
    /// # Errors
    /// The rubric is unknown; the database fails.
    pub async fn ask_for_period(&self, plan: &CallsPlan, by: &str) -> Result<bool, AppError> {
        if let Some(rubric) = &plan.rubric {
            self.rubric(rubric)?;
        }
        let plan = Plan::Calls(plan.clone());
        let name = plan.told(self.lang(), self.config().timezone, self.clock().now());
        self.ask(&AskedTurn { schedule: None, name, plan: plan.to_text(), by: by.to_owned() }).await
    }

    async fn ask(&self, turn: &AskedTurn) -> Result<bool, AppError> {
        let (store, now) = (self.store(), self.clock().now());
        let told = |error| store_error(self.lang(), &error);
        store.ask_turn(turn, now).await.map_err(told)?;
        Ok(store.leader(LEAD, now).await.map_err(told)?.is_some())
    }

    /// What a period has and what it would cost; nothing is written.
    ///
    /// # Errors
    /// The source refuses or is silent; settings; the database fails.
    pub async fn price_of_period(&self, plan: &CallsPlan) -> Result<PeriodPrice, AppError> {
        let named = plan.rubric.as_deref().unwrap_or(&self.config().rubric);
        let request = RunRequest {
            source: self.planned_source(&plan.source)?,
            window: plan.window.request(self.clock().now()),
            limit: None,
            rubric: Arc::new(self.rubric(named)?),
            reports: Vec::new(),
            max_cost: None,
            what: String::new(),
        };
        let preview = self.looking_pipeline()?.preview(&request).await;
        let preview = preview.map_err(|error| self.run_failed(&error))?;
        Ok(PeriodPrice {
            calls: preview.calls.len(),
            open: preview.calls.iter().filter(|call| call.open).count(),
            price: preview.price(),
            warnings: preview.warnings,
        })
    }

    pub(crate) fn planned_source(&self, source: &PlannedSource) -> Result<Arc<dyn CallSource>, AppError> {
        match source {
            PlannedSource::Uis => self.uis_source(),
            PlannedSource::Folder(paths) => Ok(self.folder_source(paths.clone())),
        }
    }

    fn run_failed(&self, error: &RunError) -> AppError {
        let trouble = Trouble::of_run(self.lang(), error);
        let mut failed = AppError::failed("source", trouble.error.message, trouble.error.hint);
        failed.refused = !trouble.again && matches!(error, RunError::Source { .. });
        failed
    }
}

fn checked(name: &str, cron: &str, zone: &str, now: DateTime<Utc>) -> Result<Timetable, HoursError> {
    let name = name.trim();
    let letter = |c: char| c.is_alphanumeric() || c == ' ' || c == '-' || c == '_';
    if name.is_empty() || name.chars().count() > LONGEST_NAME || !name.chars().all(letter) {
        return Err(HoursError::Name(name.to_owned()));
    }
    let zone: Tz = zone.parse().map_err(|_| HoursError::Zone(zone.to_owned()))?;
    let table = Timetable::parse(cron, zone).map_err(|error| HoursError::Cron(error.to_string()))?;
    match table.next(now) {
        Some(_) => Ok(table),
        None => Err(HoursError::Never(cron.trim().to_owned())),
    }
}

/// A turn of it would find nothing, every time anew.
fn no_folder(lang: Lang, path: &Path) -> AppError {
    let path = path.display();
    AppError::usage(
        "no_such_folder",
        match lang {
            Lang::Ru => format!("папки {path} нет"),
            Lang::En => format!("there is no folder {path}"),
        },
        lang.pick(
            "проверьте путь или создайте папку; он должен быть верен там, где работает служба",
            "check the path or make the folder; it must be right where the service runs",
        ),
    )
}

fn wrong(lang: Lang, error: &HoursError) -> AppError {
    let message = match (lang, error) {
        (Lang::En, error) => error.to_string(),
        (Lang::Ru, HoursError::Cron(_)) => "это не выражение cron".to_owned(),
        (Lang::Ru, HoursError::Never(cron)) => format!("«{cron}» не наступит никогда: такого дня нет"),
        (Lang::Ru, HoursError::Zone(zone)) => format!("нет такого часового пояса: {zone}"),
        (Lang::Ru, HoursError::Name(name)) => format!("имя «{name}» не годится"),
    };
    let hint = match error {
        HoursError::Cron(_) | HoursError::Never(_) => lang.pick(
            "пять полей: минута, час, день, месяц, день недели; каждый час — 5 * * * *, по будням в 9:30 — 30 9 * * 1-5",
            "five fields: minute, hour, day, month, weekday; hourly is 5 * * * *, working days at 9:30 30 9 * * 1-5",
        ),
        HoursError::Zone(_) => lang.pick("например, Europe/Moscow", "for example Europe/Moscow"),
        HoursError::Name(_) => lang.pick(
            "до 60 букв, цифр, пробелов и дефисов",
            "up to 60 letters, digits, spaces and dashes",
        ),
    };
    AppError::usage("schedule", message, hint)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::PlannedWindow;
    use super::*;
    use crate::testing::app_in;

    fn calls(source: PlannedSource) -> Plan {
        Plan::Calls(CallsPlan { source, window: PlannedWindow::Continue, rubric: None })
    }

    #[tokio::test]
    async fn hours_that_never_come_and_folders_that_are_not_there_are_refused_with_words() {
        let place = tempfile::tempdir().unwrap();
        let app = app_in(place.path(), &[]).await;
        let put = async |cron: &str, folder: PathBuf| {
            app.put_schedule("папка", cron, None, &calls(PlannedSource::Folder(vec![folder]))).await
        };
        let here = || place.path().to_owned();
        let never = put("0 0 30 2 *", here()).await.unwrap_err();
        assert!(never.is_usage() && never.message.contains("не наступит"), "{never}");
        let nowhere = put("0 9 * * *", place.path().join("нет такой")).await.unwrap_err();
        assert!(nowhere.is_usage() && nowhere.message.contains("нет такой"), "{nowhere}");
        assert!(app.schedules(Lang::Ru).await.unwrap().is_empty());
        // the 29th of February does come
        assert!(put("0 0 29 2 *", here()).await.unwrap().next.is_some());
    }
}
