//! [`Statistics`] for SQLite.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::RubricId;

use super::SqliteStore;
use crate::{
    CriterionAgreement, CriterionFigures, DayFigures, HourFigures, ManagerFigures, Overview, Period,
    PromiseCounts, PromiseFigures, SpendFigures, Statistics, StoreError, ValueFigures, WaitingClient,
};

fn soon<T>() -> Result<T, StoreError> {
    Err(StoreError::Invalid("these figures are not kept yet".to_owned()))
}

#[async_trait]
impl Statistics for SqliteStore {
    async fn overview(&self, _: &Period) -> Result<Overview, StoreError> {
        soon()
    }
    async fn trend(&self, _: &Period) -> Result<Vec<DayFigures>, StoreError> {
        soon()
    }
    async fn by_manager(&self, _: &Period) -> Result<Vec<ManagerFigures>, StoreError> {
        soon()
    }
    async fn by_criterion(&self, _: &Period) -> Result<Vec<CriterionFigures>, StoreError> {
        soon()
    }
    async fn by_hour(&self, _: &Period) -> Result<Vec<HourFigures>, StoreError> {
        soon()
    }
    async fn values(
        &self,
        _: &Period,
        _: Option<&str>,
        _: Option<&str>,
    ) -> Result<Vec<ValueFigures>, StoreError> {
        soon()
    }
    async fn waiting_clients(&self, _: &Period, _: u32) -> Result<(Vec<WaitingClient>, u64), StoreError> {
        soon()
    }
    async fn spend_by_day(&self, _: &Period) -> Result<Vec<SpendFigures>, StoreError> {
        soon()
    }
    async fn promises(
        &self,
        _: &Period,
        _: DateTime<Utc>,
        _: u32,
    ) -> Result<(Vec<PromiseFigures>, PromiseCounts), StoreError> {
        soon()
    }
    async fn agreement_by_criterion(&self, _: &Period) -> Result<Vec<CriterionAgreement>, StoreError> {
        soon()
    }
    async fn managers(&self) -> Result<Vec<(String, Option<String>)>, StoreError> {
        soon()
    }
    async fn criteria(&self, _: Option<&RubricId>) -> Result<Vec<(RubricId, String, String)>, StoreError> {
        soon()
    }
    async fn rubrics(&self) -> Result<Vec<(RubricId, String, u32)>, StoreError> {
        soon()
    }
}
