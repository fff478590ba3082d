//! Jobs with the calls that they are about.

use chrono::{DateTime, Utc};
use domain::{CallError, CallId};
use store::Job;

use super::super::reports::call_at;
use super::super::words::Words;
use super::stage_name;
use crate::Web;
use crate::problem::Problem;

/// A job with its call.
#[derive(Debug, Clone)]
pub(super) struct JobRow {
    /// Stable in the page.
    pub(super) key: String,
    pub(super) call: String,
    pub(super) href: String,
    pub(super) name: String,
    pub(super) at: String,
    pub(super) instant: String,
    pub(super) stage: String,
    /// «0:24».
    pub(super) runs: String,
    pub(super) due: String,
    pub(super) what: String,
    pub(super) remedy: String,
    pub(super) attempt: u32,
    /// For the form: call, stage, target.
    pub(super) value: String,
}

pub(super) async fn rows(
    web: &Web,
    t: &Words,
    jobs: Vec<Job>,
    now: DateTime<Utc>,
) -> Result<Vec<JobRow>, Problem> {
    let calls: Vec<CallId> = jobs.iter().map(|job| job.call).collect();
    let records = web.store().records_of(&calls).await?;
    let mut rows = Vec::with_capacity(jobs.len());
    for (job, record) in jobs.into_iter().zip(records) {
        let call = record.map(|record| record.call);
        let phone = call.as_ref().and_then(|call| call.client_phone().map(domain::PhoneNumber::pretty));
        let name = phone.or_else(|| call.as_ref().and_then(|call| call.recording_name.clone()));
        let started = call.as_ref().and_then(|call| call.started_at);
        let error = job.error.clone().unwrap_or(CallError {
            code: String::new(),
            message: String::new(),
            hint: String::new(),
        });
        let running = (now - job.updated_at).num_milliseconds().max(0);
        rows.push(JobRow {
            key: format!("{}-{}-{}", job.call, job.stage.as_str(), job.target),
            call: job.call.to_string(),
            href: call_at(&job.call.to_string()),
            name: name.unwrap_or_else(|| job.call.to_string()),
            at: started.map(|at| t.moment(&at)).unwrap_or_default(),
            instant: started.map(|at| t.instant(&at)).unwrap_or_default(),
            stage: stage_name(t, job.stage),
            runs: t.clock(u64::try_from(running).unwrap_or(0)),
            due: if job.run_at <= now { t.say("queue-due-now") } else { t.moment(&job.run_at) },
            what: error.message,
            remedy: error.hint,
            attempt: job.attempt,
            value: format!("{} {} {}", job.call, job.stage.as_str(), job.target),
        });
    }
    Ok(rows)
}
