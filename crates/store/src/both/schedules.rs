//! [`Schedules`]: a turn is queued in the transaction that moves its schedule past it.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::Row as _;

use super::codec::{corrupt, instant, ms, ms_after, small};
use super::leads::holds;
use super::{DbConnection, DbRow, DbStore};
use crate::{
    AskedTurn, Lead, NewSchedule, Schedule, ScheduleId, ScheduleTurn, Schedules, StoreError, TurnEnding,
    TurnId,
};

fn schedule_of(row: &DbRow) -> Result<Schedule, StoreError> {
    let paused_at: Option<i64> = row.try_get("paused_at")?;
    Ok(Schedule {
        id: ScheduleId(row.try_get("id")?),
        what: NewSchedule {
            name: row.try_get("name")?,
            cron: row.try_get("cron")?,
            zone: row.try_get("zone")?,
            plan: row.try_get("plan")?,
        },
        done_at: instant("schedule", row.try_get("done_at")?)?,
        paused_at: paused_at.map(|at| instant("schedule", at)).transpose()?,
        last: None,
    })
}

fn turn_of(row: &DbRow) -> Result<ScheduleTurn, StoreError> {
    let at = |column: &str| -> Result<Option<DateTime<Utc>>, StoreError> {
        row.try_get::<Option<i64>, _>(column)?.map(|at| instant("turn", at)).transpose()
    };
    let ending: Option<String> = row.try_get("ending")?;
    let read = |text: String| {
        TurnEnding::parse(&text).ok_or_else(|| corrupt("turn", format!("{text:?} is no ending")))
    };
    Ok(ScheduleTurn {
        id: TurnId(row.try_get("id")?),
        schedule: row.try_get::<Option<i64>, _>("schedule_id")?.map(ScheduleId),
        name: row.try_get("name")?,
        plan: row.try_get("plan")?,
        due_at: instant("turn", row.try_get("due_at")?)?,
        missed: small("turn", row.try_get("missed")?)?,
        asked_by: row.try_get("asked_by")?,
        attempt: small("turn", row.try_get("attempt")?)?,
        started_at: at("started_at")?,
        finished_at: at("finished_at")?,
        ending: ending.map(read).transpose()?,
        said: row.try_get("said")?,
    })
}

/// Moves the schedule past a turn that is due, if it is not past it; says its name and plan.
async fn pass(
    tx: &mut DbConnection,
    schedule: ScheduleId,
    due_at: DateTime<Utc>,
) -> Result<Option<(String, String)>, StoreError> {
    let moved = sqlx::query(
        "update schedules set done_at = $1 where id = $2 and done_at < $1 and paused_at is null \
         returning name, plan",
    )
    .bind(ms(due_at))
    .bind(schedule.0)
    .fetch_optional(tx)
    .await?;
    moved.map(|row| Ok((row.try_get("name")?, row.try_get("plan")?))).transpose()
}

async fn has_open_turn(tx: &mut DbConnection, schedule: ScheduleId) -> Result<bool, StoreError> {
    let open: i64 = sqlx::query_scalar(
        "select count(*) from schedule_turns where schedule_id = $1 and finished_at is null",
    )
    .bind(schedule.0)
    .fetch_one(tx)
    .await?;
    Ok(open > 0)
}

#[async_trait]
impl Schedules for DbStore {
    async fn put_schedule(&self, schedule: &NewSchedule, now: DateTime<Utc>) -> Result<Schedule, StoreError> {
        let row = sqlx::query(
            "insert into schedules (name, cron, zone, plan, done_at, made_at) values ($1, $2, $3, $4, $5, $5) \
             on conflict (name) do update set done_at = case when schedules.cron = excluded.cron \
             and schedules.zone = excluded.zone then schedules.done_at else excluded.done_at end, \
             cron = excluded.cron, zone = excluded.zone, plan = excluded.plan returning *",
        )
        .bind(&schedule.name)
        .bind(&schedule.cron)
        .bind(&schedule.zone)
        .bind(&schedule.plan)
        .bind(ms(now))
        .fetch_one(&self.writer)
        .await?;
        schedule_of(&row)
    }

    async fn schedules(&self) -> Result<Vec<Schedule>, StoreError> {
        let rows = sqlx::query("select * from schedules order by name").fetch_all(&self.readers).await?;
        let turns = sqlx::query(
            "select * from schedule_turns where id in \
             (select (select max(t.id) from schedule_turns t where t.schedule_id = s.id) from schedules s)",
        )
        .fetch_all(&self.readers)
        .await?;
        let mut newest: HashMap<ScheduleId, ScheduleTurn> = HashMap::new();
        for row in &turns {
            let turn = turn_of(row)?;
            newest.extend(turn.schedule.map(|schedule| (schedule, turn)));
        }
        let all = rows.iter().map(|row| {
            let schedule = schedule_of(row)?;
            Ok(Schedule { last: newest.remove(&schedule.id), ..schedule })
        });
        all.collect()
    }

    async fn remove_schedule(&self, name: &str) -> Result<bool, StoreError> {
        let removed =
            sqlx::query("delete from schedules where name = $1").bind(name).execute(&self.writer).await?;
        Ok(removed.rows_affected() > 0)
    }

    async fn pause_schedule(&self, name: &str, paused: bool, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let sql = if paused {
            "update schedules set paused_at = coalesce(paused_at, $1) where name = $2"
        } else {
            // what was due meanwhile was not wanted
            "update schedules set done_at = case when paused_at is null then done_at else $1 end, \
             paused_at = null where name = $2"
        };
        let found = sqlx::query(sql).bind(ms(now)).bind(name).execute(&self.writer).await?;
        Ok(found.rows_affected() > 0)
    }

    async fn queue_turn(
        &self,
        lead: &Lead,
        schedule: ScheduleId,
        due_at: DateTime<Utc>,
        missed: u32,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        if !holds(&mut tx, lead, now).await? {
            return Ok(false);
        }
        let Some((name, plan)) = pass(&mut tx, schedule, due_at).await? else { return Ok(false) };
        let skipped = has_open_turn(&mut tx, schedule).await?;
        let (ended, ending) = (skipped.then(|| ms(now)), skipped.then(|| TurnEnding::Skipped.as_str()));
        sqlx::query(
            "insert into schedule_turns (schedule_id, name, plan, due_at, missed, lease_until, finished_at, \
             ending) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
        )
        .bind(schedule.0)
        .bind(name)
        .bind(plan)
        .bind(ms(due_at))
        .bind(i64::from(missed))
        .bind(ms(now))
        .bind(ended)
        .bind(ending)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn ask_turn(&self, turn: &AskedTurn, now: DateTime<Utc>) -> Result<TurnId, StoreError> {
        let id = sqlx::query_scalar(
            "insert into schedule_turns (schedule_id, name, plan, due_at, missed, asked_by, lease_until) \
             values ($1, $2, $3, $4, 0, $5, $4) returning id",
        )
        .bind(turn.schedule.map(|schedule| schedule.0))
        .bind(&turn.name)
        .bind(&turn.plan)
        .bind(ms(now))
        .bind(&turn.by)
        .fetch_one(&self.writer)
        .await?;
        Ok(TurnId(id))
    }

    async fn claim_turn(
        &self,
        lead: &Lead,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> Result<Option<ScheduleTurn>, StoreError> {
        let mut tx = self.begin().await?;
        if !holds(&mut tx, lead, now).await? {
            return Ok(None);
        }
        let row = sqlx::query(
            "update schedule_turns set attempt = attempt + 1, lease_until = $2, \
             started_at = coalesce(started_at, $1) where id = (select t.id from schedule_turns t \
             where t.finished_at is null and t.lease_until <= $1 and not exists (select 1 \
             from schedule_turns o where o.schedule_id = t.schedule_id and o.id <> t.id \
             and o.finished_at is null and o.started_at is not null and o.lease_until > $1) \
             order by t.id limit 1) returning *",
        )
        .bind(ms(now))
        .bind(ms_after(now, lease))
        .fetch_optional(&mut *tx)
        .await?;
        let turn = row.as_ref().map(turn_of).transpose()?;
        tx.commit().await?;
        Ok(turn)
    }

    async fn keep_turn(
        &self,
        turn: &ScheduleTurn,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let kept = sqlx::query(
            "update schedule_turns set lease_until = $1 where id = $2 and attempt = $3 and finished_at is null",
        )
        .bind(ms_after(now, lease))
        .bind(turn.id.0)
        .bind(i64::from(turn.attempt))
        .execute(&self.writer)
        .await?;
        if kept.rows_affected() == 0 { Err(StoreError::LeaseLost) } else { Ok(()) }
    }

    async fn finish_turn(
        &self,
        turn: &ScheduleTurn,
        ending: TurnEnding,
        said: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let ended = sqlx::query(
            "update schedule_turns set finished_at = $1, ending = $2, said = $3 where id = $4 \
             and attempt = $5 and finished_at is null",
        )
        .bind(ms(now))
        .bind(ending.as_str())
        .bind(said)
        .bind(turn.id.0)
        .bind(i64::from(turn.attempt))
        .execute(&self.writer)
        .await?;
        if ended.rows_affected() == 0 { Err(StoreError::LeaseLost) } else { Ok(()) }
    }

    async fn turns(&self, limit: u32) -> Result<Vec<ScheduleTurn>, StoreError> {
        let rows = sqlx::query("select * from schedule_turns order by id desc limit $1")
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(turn_of).collect()
    }

    async fn forget_turns(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        let gone = sqlx::query(
            "delete from schedule_turns where finished_at < $1 and (schedule_id is null or id < \
             (select max(t.id) from schedule_turns t where t.schedule_id = schedule_turns.schedule_id))",
        )
        .bind(ms(before))
        .execute(&self.writer)
        .await?;
        Ok(gone.rows_affected())
    }
}
