//! Figures for Prometheus. The recorder is this service's own, not the process's.

use std::time::Duration;

use chrono::{DateTime, Datelike as _, TimeZone as _, Utc};
use http::{Method, StatusCode};
use metrics::{counter, gauge, histogram, with_local_recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};
use store::StoreError;

use crate::Web;

/// Seconds: a page is due in 0.05, an analysis in 300.
const BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0, 120.0, 330.0];

const TOOK: &str = "zvonar_http_request_duration_seconds";

/// Counts and times.
pub(crate) struct Meter(PrometheusRecorder);

impl Meter {
    pub(crate) fn new() -> Self {
        let builder = PrometheusBuilder::new();
        // fails for no buckets at all only
        let builder = builder
            .set_buckets_for_metric(Matcher::Full(TOOK.to_owned()), &BUCKETS)
            .unwrap_or_else(|_| PrometheusBuilder::new());
        Self(builder.build_recorder())
    }

    /// A request was answered.
    pub(crate) fn request(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        // methods are the sender's words: only those that we know become a label
        let method = match method.as_str() {
            known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known.to_owned(),
            _ => "other".to_owned(),
        };
        let (route, status) = (route.to_owned(), status.as_str().to_owned());
        with_local_recorder(&self.0, || {
            counter!("zvonar_http_requests_total", "method" => method.clone(), "route" => route.clone(), "status" => status)
                .increment(1);
            histogram!(TOOK, "method" => method, "route" => route).record(took.as_secs_f64());
        });
    }

    /// Everything as text, with the queue and the spending as they are now.
    pub(crate) async fn text(&self, web: &Web) -> Result<String, StoreError> {
        let (store, now) = (web.store(), web.clock().now());
        let queue = store.queue_counts(None).await?;
        let paused = store.paused().await?;
        let spent = store.spent_since(month(now)).await?;
        with_local_recorder(&self.0, || {
            for count in &queue {
                let (stage, state) = (count.stage.as_str(), count.state.as_str());
                #[expect(clippy::cast_precision_loss, reason = "jobs are fewer than 2^53")]
                gauge!("zvonar_jobs", "stage" => stage, "state" => state).set(count.count as f64);
            }
            for stage in store::Stage::ALL {
                let is_paused = paused.iter().any(|paused| paused.stage == stage);
                gauge!("zvonar_stage_paused", "stage" => stage.as_str()).set(f64::from(u8::from(is_paused)));
            }
            for money in &spent {
                #[expect(clippy::cast_precision_loss, reason = "a month costs less than 2^53 millionths")]
                gauge!("zvonar_spent_this_month", "currency" => format!("{:?}", money.currency))
                    .set(money.micros as f64 / 1_000_000.0);
            }
        });
        Ok(self.0.handle().render())
    }
}

/// When this month began, UTC.
fn month(now: DateTime<Utc>) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(now.year(), now.month(), 1, 0, 0, 0).single().unwrap_or(now)
}
