//! The figures: their names, their labels, and where they are counted.
//!
//! Labels come from short lists alone: what others send or name never becomes one.

use std::sync::Arc;
use std::time::Duration;

use metrics::{
    counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram, with_local_recorder,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};
use store::Stage;

/// Seconds: a page is due in 0.05, an analysis in 300, an hour of speech takes its time.
const BUCKETS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 8.0, 30.0, 120.0, 330.0, 1800.0];

/// Every figure: its name and what it says.
pub const FIGURES: &[(&str, &str)] = &[
    ("zvonar_jobs", "Jobs of the queue by stage and state"),
    ("zvonar_oldest_job_seconds", "How long the longest waiting job of a stage has waited"),
    ("zvonar_dead_letters", "Jobs that only a person brings back"),
    ("zvonar_stage_paused", "1 while the stage, a sink or a source of it is paused"),
    ("zvonar_calls", "Calls by status"),
    ("zvonar_spent_this_month", "Money spent since the first of the month, UTC, by currency"),
    ("zvonar_programs_alive", "Programs that have the database open"),
    ("zvonar_voice_calls_live", "AI calls that are being held"),
    (
        "zvonar_database_up",
        "1 while the database answers this program; without it the figures above are missing",
    ),
    ("zvonar_disk_free_bytes", "Free space where the data folder lies"),
    ("zvonar_build_info", "1; the version is a label"),
    ("zvonar_stage_duration_seconds", "How long steps of calls took, by stage and outcome"),
    ("zvonar_provider_requests_total", "Exchanges with providers"),
    ("zvonar_provider_failures_total", "Exchanges that ended without an answer that could be used"),
    ("zvonar_provider_answers_total", "Answers of providers by status, repeats counted; 429 stands apart"),
    ("zvonar_provider_request_duration_seconds", "How long exchanges with providers took, repeats included"),
    ("zvonar_http_requests_total", "Requests to this service by method, route and status"),
    ("zvonar_http_request_duration_seconds", "How long this service took to answer, by method and route"),
];

/// Providers that have a label of their own.
const PROVIDERS: [&str; 6] = ["google", "openai", "telegram", "uis", "voximplant", "other"];
/// Answers by what they mean.
const ANSWERS: [&str; 5] = ["2xx", "3xx", "4xx", "429", "5xx"];
/// How a step of a call ends.
const OUTCOMES: [&str; 7] = ["done", "failed", "retry", "not_ready", "paused", "no_money", "released"];

/// Counts and times of this process; a cheap handle.
#[derive(Clone)]
pub struct Figures(Arc<PrometheusRecorder>);

impl std::fmt::Debug for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Figures").finish_non_exhaustive()
    }
}

impl Default for Figures {
    fn default() -> Self {
        Self::new()
    }
}

impl Figures {
    /// With every figure of this process at zero: a chart shows a line, not a gap.
    pub fn new() -> Self {
        let figures = Self::bare();
        figures.within(|| {
            gauge!("zvonar_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
            for provider in PROVIDERS {
                counter!("zvonar_provider_requests_total", "provider" => provider).absolute(0);
                counter!("zvonar_provider_failures_total", "provider" => provider).absolute(0);
                counter!("zvonar_provider_answers_total", "provider" => provider, "status" => "429")
                    .absolute(0);
                let took = histogram!("zvonar_provider_request_duration_seconds", "provider" => provider);
                drop(took);
            }
            for stage in Stage::ALL {
                let took = histogram!(
                    "zvonar_stage_duration_seconds",
                    "stage" => stage.as_str(), "outcome" => OUTCOMES[0]
                );
                drop(took);
            }
        });
        figures
    }

    /// With the words for every figure, and no figure.
    pub(super) fn bare() -> Self {
        // fails for no buckets at all only
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)
            .unwrap_or_else(|_| PrometheusBuilder::new());
        let figures = Self(Arc::new(builder.build_recorder()));
        figures.within(|| {
            for (name, said) in FIGURES {
                if name.ends_with("_total") {
                    describe_counter!(*name, *said);
                } else if name.ends_with("_duration_seconds") {
                    describe_histogram!(*name, *said);
                } else {
                    describe_gauge!(*name, *said);
                }
            }
        });
        figures
    }

    pub(super) fn within<T>(&self, note: impl FnOnce() -> T) -> T {
        with_local_recorder(&*self.0, note)
    }

    /// A request to this service was answered. `route` is the route as it is written in the table.
    pub fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        // methods are the sender's words: only those that are known become a label
        let method = match method {
            known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known.to_owned(),
            _ => "other".to_owned(),
        };
        let (route, status) = (route.to_owned(), status.to_string());
        self.within(|| {
            counter!("zvonar_http_requests_total", "method" => method.clone(), "route" => route.clone(), "status" => status)
                .increment(1);
            histogram!("zvonar_http_request_duration_seconds", "method" => method, "route" => route)
                .record(took.as_secs_f64());
        });
    }

    /// A step of a call is over.
    pub(super) fn step(&self, stage: &str, outcome: &str, took: Duration) {
        let Some(stage) = Stage::parse(stage) else { return };
        let outcome = OUTCOMES.into_iter().find(|known| *known == outcome).unwrap_or("failed");
        self.within(|| {
            histogram!("zvonar_stage_duration_seconds", "stage" => stage.as_str(), "outcome" => outcome)
                .record(took.as_secs_f64());
        });
    }

    /// A provider answered, perhaps not for the last time.
    pub(super) fn answer(&self, exchange: &str, status: u64) {
        let provider = provider(exchange);
        let status = match status {
            429 => ANSWERS[3],
            200..=299 => ANSWERS[0],
            300..=399 => ANSWERS[1],
            400..=499 => ANSWERS[2],
            _ => ANSWERS[4],
        };
        self.within(|| {
            counter!("zvonar_provider_answers_total", "provider" => provider, "status" => status)
                .increment(1);
        });
    }

    /// An exchange with a provider is over; `status` is that of its last answer.
    pub(super) fn exchange(&self, exchange: &str, status: Option<u64>, took: Duration) {
        let provider = provider(exchange);
        let failed = status.is_none_or(|status| status >= 400);
        self.within(|| {
            counter!("zvonar_provider_requests_total", "provider" => provider).increment(1);
            counter!("zvonar_provider_failures_total", "provider" => provider).increment(u64::from(failed));
            histogram!("zvonar_provider_request_duration_seconds", "provider" => provider)
                .record(took.as_secs_f64());
        });
    }

    /// Everything as text, as it was last set.
    pub(super) fn rendered(&self) -> String {
        self.0.handle().render()
    }

    /// Folds what was counted: where nobody asks for the figures, they must not grow.
    pub(crate) fn fold(&self) {
        self.0.handle().run_upkeep();
    }
}

/// `uis.calls_report` is of `uis`.
fn provider(exchange: &str) -> &'static str {
    let named = exchange.split('.').next().unwrap_or_default();
    let named = match named {
        "sheets" | "google" => "google",
        "stt" | "llm" | "chat" | "speech" => "openai",
        named => named,
    };
    PROVIDERS.into_iter().find(|known| *known == named).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_come_from_short_lists_alone() {
        let lines = |strangers: u64| {
            let figures = Figures::new();
            for n in 0..strangers {
                figures.exchange(&format!("stranger{n}.get"), Some(200), Duration::from_secs(1));
                figures.answer("uis.calls", 400 + n % 100);
                figures.step(&format!("stage{n}"), "done", Duration::from_secs(1));
                figures.step("fetch", &format!("outcome{n}"), Duration::from_secs(1));
                figures.request(&format!("VERB{n}"), "/", 200, Duration::from_secs(1));
            }
            figures.rendered()
        };
        let text = lines(100);
        assert!(text.contains("zvonar_provider_requests_total{provider=\"other\"} 100"), "{text}");
        assert!(text.contains("zvonar_provider_answers_total{provider=\"uis\",status=\"429\"} 1"), "{text}");
        assert_eq!(text.lines().count(), lines(1_000).lines().count(), "{text}");
    }
}
