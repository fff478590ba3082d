//! Facts worth a message, found in what the store holds.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{CallId, CriterionKind, Money, TimeWindow, Verdict};
use notices::{Digest, HeardBadly, Notice, Topic, share_told};
use pipeline::paused_title;
use store::{CallFilter, Gist, Job, JobFilter, JobState, NewFact, Period, ScoreEnd, Stage, StoreError};

use super::Telling;
use super::day::{day_of, days, instant};
use super::follow::Followed;

/// Where the cursor over ended jobs stands among the settings, in ms.
const CURSOR: &str = "telling/cursor";
/// How long a transaction may take to show.
const MARGIN: TimeDelta = TimeDelta::seconds(30);
/// Scores of older calls are nobody's news: whoever lets a year be judged anew wants no thousand lines.
const NEWS: TimeDelta = TimeDelta::days(3);
/// Clients looked at.
const CLIENTS: u32 = 200;
/// The code of a pause that money made.
const BUDGET_PAUSE: &str = "daily_budget";
/// The codes of pauses that are known to whoever made them, or told elsewhere.
const QUIET_PAUSES: [&str; 2] = ["by_hand", BUDGET_PAUSE];

impl Telling {
    /// One look: everything that is new becomes a fact. Repeating it is harmless.
    pub(crate) async fn look(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut found = self.stages(now).await?;
        found.extend(self.budget(now).await?);
        found.extend(self.waiting(now).await?);
        found.extend(self.digest(now).await?);
        self.note(&found, now).await?;
        self.follow_jobs(now).await
    }

    /// Keeps facts until they are due: those of a topic that come in numbers are told together, and nobody
    /// is disturbed in the quiet hours.
    pub(crate) async fn note(&self, found: &[Notice], now: DateTime<Utc>) -> Result<(), StoreError> {
        let facts = found.iter().filter_map(|notice| {
            let gathered = now + TimeDelta::seconds(i64::from(notice.gathers_s()));
            let due_at = self.settings.quiet.map_or(gathered, |quiet| quiet.release(gathered));
            let body = serde_json::to_string(notice).ok()?;
            let topic = notice.topic().as_str().to_owned();
            Some(NewFact { key: notice.key(), topic, call: notice.call(), body, due_at })
        });
        self.store.note_facts(&facts.collect::<Vec<_>>(), now).await?;
        Ok(())
    }

    /// Stages that stand, and those that were said to stand and go on.
    async fn stages(&self, now: DateTime<Utc>) -> Result<Vec<Notice>, StoreError> {
        let told = self.last_words().await?;
        let mut standing = BTreeMap::new();
        for pause in self.store.paused().await? {
            if QUIET_PAUSES.contains(&pause.reason.code.as_str()) {
                continue;
            }
            let stage = paused_title(self.lang(), pause.stage, pause.target.as_deref());
            let hint = Some(pause.reason.hint).filter(|hint| !hint.is_empty());
            let reason = pause.reason.message;
            standing.insert(stage.clone(), Notice::StagePaused { stage, reason, hint, at: pause.since });
        }
        let source = self.lang().pick("Список звонков", "List of calls");
        let resumed = told.into_iter().filter(|(stage, stands)| {
            // sources are told of by the turns that ask them
            *stands && !standing.contains_key(stage) && !stage.starts_with(source)
        });
        let resumed: Vec<Notice> =
            resumed.map(|(stage, _)| Notice::StageResumed { stage, at: now }).collect();
        Ok(standing.into_values().chain(resumed).collect())
    }

    /// What was said of each stage last: whether it stands.
    pub(crate) async fn last_words(&self) -> Result<HashMap<String, bool>, StoreError> {
        let mut last = HashMap::new();
        for fact in self.store.facts_of(Topic::Stages.as_str(), 200).await? {
            match serde_json::from_str(&fact.what.body) {
                Ok(Notice::StagePaused { stage, .. }) => last.entry(stage).or_insert(true),
                Ok(Notice::StageResumed { stage, .. }) => last.entry(stage).or_insert(false),
                _ => continue,
            };
        }
        Ok(last)
    }

    async fn budget(&self, now: DateTime<Utc>) -> Result<Option<Notice>, StoreError> {
        let Some(budget) = self.budget else { return Ok(None) };
        let day = day_of(now, self.voice.zone);
        let Some(midnight) = days(day, 1, self.voice.zone).from else { return Ok(None) };
        let sums = self.store.spent_since(midnight).await?;
        let limit = budget.most;
        let micros = sums
            .iter()
            .map(|sum| sum.convert(limit.currency, budget.rub_micros_per_usd).micros)
            .fold(0_i64, i64::saturating_add);
        let spent = Money::from_micros(limit.currency, micros);
        let paused = self.store.paused().await?;
        let stopped = paused.iter().any(|pause| pause.reason.code == BUDGET_PAUSE && pause.since >= midnight);
        let told = share_told(spent, limit, stopped) > 0;
        Ok(told.then_some(Notice::Budget { spent, limit, day, stopped }))
    }

    async fn waiting(&self, now: DateTime<Utc>) -> Result<Vec<Notice>, StoreError> {
        let Some(minutes) = self.settings.waiting_minutes else { return Ok(Vec::new()) };
        let late = now - TimeDelta::minutes(i64::from(minutes));
        let window = TimeWindow { from: Some(now - TimeDelta::days(1)), to: Some(late) };
        let period = Period { window, zone: self.voice.zone, manager_id: None, rubric: None };
        let (clients, _) = self.store.waiting_clients(&period, CLIENTS).await?;
        let waits = clients.into_iter().map(|client| {
            let digits = client.phone.as_str();
            let ending = digits.get(digits.len().saturating_sub(2)..).unwrap_or_default().to_owned();
            Notice::ClientWaits { call: client.last_call, at: client.last_at, ending }
        });
        Ok(waits.collect())
    }

    /// The day before, once its hour has come; a process that slept through the hour tells it later.
    async fn digest(&self, now: DateTime<Utc>) -> Result<Option<Notice>, StoreError> {
        let (Some(at), zone) = (self.settings.digest_at, self.voice.zone) else { return Ok(None) };
        let today = day_of(now, zone);
        let Some(day) = today.pred_opt().filter(|_| now >= instant(today.and_time(at), zone)) else {
            return Ok(None);
        };
        let told = self.store.facts_of(Topic::Digest.as_str(), 1).await?;
        let newest = told.first().map(|fact| fact.what.key.clone());
        let known = Notice::DayIsOver(Digest { day, ..Digest::default() }).key();
        if newest == Some(known) {
            return Ok(None);
        }
        Ok(Some(Notice::DayIsOver(self.figures(day).await?)))
    }

    async fn figures(&self, day: chrono::NaiveDate) -> Result<Digest, StoreError> {
        let zone = self.voice.zone;
        let period = |window| Period { window, zone, manager_id: None, rubric: None };
        let of_day = period(days(day, 1, zone));
        let week = day.checked_sub_days(chrono::Days::new(7)).unwrap_or(day);
        let overview = self.store.overview(&of_day).await?;
        let before = self.store.overview(&period(days(week, 7, zone))).await?;
        let count = |wanted: fn(domain::CallStatus) -> bool| {
            overview.by_status.iter().filter(|(status, _)| wanted(*status)).map(|(_, count)| count).sum()
        };
        let heard = CallFilter { below_score: Some(self.settings.low_score), ..of_day.filter() };
        let lowest = self.store.extremes(&heard, ScoreEnd::Lowest, 3).await?;
        let ids: Vec<CallId> = lowest.iter().map(|record| record.call.id).collect();
        Ok(Digest {
            day,
            calls: overview.calls,
            scored: overview.scores.scored,
            average: overview.scores.mean,
            before: before.scores.mean,
            needs_review: overview.needs_review,
            missed: count(|status| status == domain::CallStatus::Missed),
            not_called_back: overview.not_rung_back,
            failed: count(domain::CallStatus::is_trouble),
            spent: overview.spent,
            hear_first: self.badly(&ids, None).await?,
        })
    }

    /// Calls that failed or were judged since the last look.
    async fn follow_jobs(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let dead = JobFilter { state: Some(JobState::Dead), ..JobFilter::default() };
        let judged =
            JobFilter { state: Some(JobState::Done), stage: Some(Stage::Analyze), ..JobFilter::default() };
        let followed = Followed { store: self.store.as_ref(), cursor: CURSOR, margin: MARGIN };
        let look = followed.since(&[dead, judged], now).await?;
        let (dead, judged): (Vec<Job>, Vec<Job>) =
            look.jobs.iter().cloned().partition(|job| job.state == JobState::Dead);
        let mut found = self.failures(dead).await?;
        let ids: Vec<CallId> = judged.iter().map(|job| job.call).collect();
        found.extend(self.badly(&ids, Some(now - NEWS)).await?.into_iter().map(Notice::LowScore));
        self.note(&found, now).await?;
        look.keep(self.store.as_ref()).await
    }

    async fn failures(&self, dead: Vec<Job>) -> Result<Vec<Notice>, StoreError> {
        let ids: Vec<CallId> = dead.iter().map(|job| job.call).collect();
        let records = self.store.records_of(&ids).await?;
        let failed = dead.into_iter().zip(records).filter_map(|(job, record)| {
            let record = record?;
            let reason = job.error.or(record.error)?.message;
            let started_at = record.call.started_at.map(|at| at.to_utc());
            Some(Notice::CallFailed { call: job.call, started_at, reason })
        });
        Ok(failed.collect())
    }

    /// Of these calls those whose score asks for an ear; with a bound, those that began after it.
    async fn badly(
        &self,
        calls: &[CallId],
        began_after: Option<DateTime<Utc>>,
    ) -> Result<Vec<HeardBadly>, StoreError> {
        let records: Vec<_> = self.store.records_of(calls).await?.into_iter().flatten().collect();
        let known: Vec<CallId> = records.iter().map(|record| record.call.id).collect();
        let gists = self.store.gists_of(&known, None).await?;
        let heard = records.into_iter().zip(gists).filter_map(|(record, gist)| {
            let started_at = record.call.started_at.map(|at| at.to_utc());
            if began_after.is_some_and(|bound| started_at.is_some_and(|at| at < bound)) {
                return None;
            }
            let gist = gist.judgement?;
            let (score, critical) = (gist.total_score?, failed_critically(&gist));
            let asks = score < self.settings.low_score || critical.is_some();
            asks.then_some(HeardBadly { call: record.call.id, started_at, score, critical })
        });
        Ok(heard.collect())
    }
}

/// The title of the first critical criterion that failed: a flag that is raised, or what was not met.
fn failed_critically(gist: &Gist) -> Option<String> {
    let failed = gist.critical.iter().find(|(_, kind, verdict)| match kind {
        CriterionKind::Flag => *verdict == Verdict::Met,
        _ => *verdict == Verdict::NotMet,
    });
    failed.map(|(title, ..)| title.clone())
}
