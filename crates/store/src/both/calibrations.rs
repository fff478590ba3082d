//! [`Calibrations`].

use async_trait::async_trait;
use domain::{CallId, RubricId};
use sqlx::Row as _;

use super::DbStore;
use super::calls::call_rowid;
use super::codec::{instant, ms, unsigned};
use crate::{Agreement, Calibration, Calibrations, StoreError};

/// Totals are shares of a hundred.
const TOTAL: std::ops::RangeInclusive<f64> = 0.0..=100.0;

#[async_trait]
impl Calibrations for DbStore {
    async fn save_calibration(&self, calibration: &Calibration) -> Result<bool, StoreError> {
        if ![Some(calibration.score), calibration.machine_score]
            .iter()
            .flatten()
            .all(|score| TOTAL.contains(score))
        {
            return Err(StoreError::Invalid(format!(
                "a calibration of call {} is no score from 0 to 100",
                calibration.call
            )));
        }
        let mut tx = self.begin().await?;
        let call = call_rowid(&mut tx, calibration.call).await?;
        let saved = sqlx::query(
            "insert into calibrations (call_id, rubric, score, machine_score, source, at) \
             select $1, $2, $3, $4, $5, $6 where $3 is distinct from (select score from calibrations \
             where call_id = $1 and rubric = $2 order by id desc limit 1)",
        )
        .bind(call)
        .bind(calibration.rubric.as_str())
        .bind(calibration.score)
        .bind(calibration.machine_score)
        .bind(&calibration.source)
        .bind(ms(calibration.at))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        tx.commit().await?;
        Ok(saved > 0)
    }

    async fn calibrations(&self, call: CallId) -> Result<Vec<Calibration>, StoreError> {
        let rows = sqlx::query(
            "select k.rubric, k.score, k.machine_score, k.source, k.at from calibrations k \
             join calls c on c.id = k.call_id where c.uid = $1 order by k.id desc",
        )
        .bind(call.to_string())
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Calibration {
                    call,
                    rubric: RubricId::new(row.try_get::<String, _>("rubric")?),
                    score: row.try_get("score")?,
                    machine_score: row.try_get("machine_score")?,
                    source: row.try_get("source")?,
                    at: instant("calibration", row.try_get("at")?)?,
                })
            })
            .collect()
    }

    async fn agreement(&self, rubric: &RubricId) -> Result<Agreement, StoreError> {
        let row = sqlx::query(
            "select count(*) as calls, avg(score - machine_score) as mean, \
             avg(abs(score - machine_score)) as absolute from calibrations k \
             where rubric = $1 and machine_score is not null and id = (select max(id) from calibrations n \
             where n.rubric = k.rubric and n.call_id = k.call_id)",
        )
        .bind(rubric.as_str())
        .fetch_one(&self.readers)
        .await?;
        Ok(Agreement {
            calls: unsigned("count", row.try_get("calls")?)?,
            mean_difference: row.try_get("mean")?,
            mean_absolute_difference: row.try_get("absolute")?,
        })
    }
}
