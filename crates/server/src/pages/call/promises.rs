//! What was promised to the client, and whether somebody spoke with them since.

use chrono::{DateTime, FixedOffset, TimeDelta};
use domain::{CallStatus, TimeWindow};
use pipeline::CallReport;
use store::{CallFilter, CallSort, PageRequest};

use crate::pages::history::Asked;
use crate::pages::words::Words;
use crate::problem::Problem;
use crate::visible::VisibleCalls;

/// A promise as shown.
pub(crate) struct Promised {
    pub(crate) what: String,
    pub(crate) icon: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) state: String,
    pub(crate) due: String,
    pub(crate) ms: Option<u64>,
    pub(crate) end_ms: u64,
    pub(crate) href: String,
}

pub(super) async fn of(
    t: &Words,
    visible: &VisibleCalls,
    asked: &Asked,
    report: &CallReport,
    place: Option<u32>,
) -> Result<Vec<Promised>, Problem> {
    let promises = report.analysis.as_ref().map_or(&[][..], |analysis| analysis.promises.as_slice());
    if promises.is_empty() {
        return Ok(Vec::new());
    }
    let spoken = spoken_since(visible, report).await?;
    let id = report.call.id.to_string();
    Ok(promises
        .iter()
        .map(|promise| {
            let (icon, tone, key) = state(promise.due.at, spoken, t.now.fixed_offset());
            Promised {
                what: promise.what.clone(),
                icon,
                tone,
                state: t.say(key),
                due: promise.due.at.map_or_else(|| promise.due.words.clone(), |at| t.moment(&at)),
                ms: promise.evidence.start_ms.filter(|_| promise.evidence.verified),
                end_ms: promise.evidence.end_ms.unwrap_or_default(),
                href: asked.call(&id, place, promise.evidence.start_ms),
            }
        })
        .collect())
}

/// When somebody next spoke with the client.
async fn spoken_since(
    visible: &VisibleCalls,
    report: &CallReport,
) -> Result<Option<DateTime<FixedOffset>>, Problem> {
    let (Some(client), Some(made)) = (report.call.client_phone(), report.call.started_at) else {
        return Ok(None);
    };
    let spoken = CallStatus::ALL.into_iter().filter(|status| *status != CallStatus::Missed);
    let since = CallFilter {
        // instants are kept to the millisecond
        window: TimeWindow { from: Some(made.to_utc() + TimeDelta::milliseconds(1)), to: None },
        phone: Some(client.clone()),
        statuses: spoken.collect(),
        sort: CallSort::StartedAsc,
        ..CallFilter::default()
    };
    let next = visible.calls(&since, PageRequest { after: None, limit: 1 }).await?.items.pop();
    Ok(next.and_then(|record| record.call.started_at))
}

fn state(
    due: Option<DateTime<FixedOffset>>,
    spoken: Option<DateTime<FixedOffset>>,
    now: DateTime<FixedOffset>,
) -> (&'static str, &'static str, &'static str) {
    match (due, spoken) {
        (Some(due), Some(spoken)) if spoken <= due => ("met", "muted", "promise-kept"),
        (_, Some(_)) => ("met", "muted", "promise-later"),
        (Some(due), None) if due < now => ("clock", "bad", "promise-overdue"),
        _ => ("clock", "muted", "promise-open"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_is_kept_by_speaking_in_time() {
        let at = |hour: u32| DateTime::parse_from_rfc3339(&format!("2026-11-20T{hour:02}:00:00+03:00")).ok();
        let now = at(12).unwrap();
        assert_eq!(state(at(11), at(10), now).2, "promise-kept");
        assert_eq!(state(at(10), at(11), now).2, "promise-later");
        assert_eq!(state(at(10), None, now).2, "promise-overdue");
        assert_eq!(state(at(13), None, now).2, "promise-open");
        assert_eq!(state(None, None, now).2, "promise-open");
    }
}
