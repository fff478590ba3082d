//! Calls: discovery and reading.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{
    Analysis, Call, CallError, CallId, CallStatus, CriterionKind, Direction, PhoneNumber, Recording,
    RubricId, Sha256, SourceName, TimeWindow, Transcript, Verdict,
};

use super::analyses::StoredAnalysis;
use super::jobs::NewJob;
use super::runs::{RunId, SpendEntry};
use crate::StoreError;

/// A call as its source shows it now, and what to do if it is new or has changed.
#[derive(Debug, Clone)]
pub struct DiscoveredCall {
    /// The call.
    pub call: Call,
    /// Its status if new or changed.
    pub status: CallStatus,
    /// Why, if the status is a trouble.
    pub error: Option<CallError>,
    /// The jobs that begin its work if it is new or changed.
    pub jobs: Vec<NewJob>,
}

/// What discovery found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discovery {
    /// Never seen: stored, its jobs made.
    New,
    /// Seen with the same revision, or erased since: nothing written.
    Known,
    /// Seen with another revision, or before it had a recording: the description is replaced, results of machines are dropped
    /// (people's overrides stay), its jobs made anew. A call that was waiting keeps its place.
    Changed,
}

/// A call and how far it has come.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRecord {
    /// The source's description.
    pub call: Call,
    /// How far.
    pub status: CallStatus,
    /// What went wrong, if anything.
    pub error: Option<CallError>,
    /// The recording, once fetched.
    pub recording: Option<Recording>,
    /// When it was discovered.
    pub discovered_at: DateTime<Utc>,
    /// When its state last changed.
    pub updated_at: DateTime<Utc>,
}

/// How a known call stands, for deciding whether it has work to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The call.
    pub call: CallId,
    /// How far.
    pub status: CallStatus,
    /// Whether it was ever judged under the rubric.
    pub judged: bool,
}

/// What was made of a call.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CallResults {
    /// The words.
    pub transcript: Option<Transcript>,
    /// The newest judgement under the rubric, with people's verdicts in place of the machine's.
    pub analysis: Option<StoredAnalysis>,
    /// What it cost, oldest first.
    pub spend: Vec<SpendEntry>,
    /// A missed client whom nobody has spoken with since.
    pub call_back: bool,
}

/// What a line of a list says of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct CallOutline {
    /// As in [`CallResults::analysis`].
    pub analysis: Option<StoredAnalysis>,
    /// As in [`CallResults::call_back`].
    pub call_back: bool,
}

/// The gist of a call: what one line of a list says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallGist {
    /// Of the newest judgement under the rubric, with people's verdicts; `None` without one.
    pub judgement: Option<Gist>,
    /// As in [`CallResults::call_back`].
    pub call_back: bool,
}

/// The gist of a judgement.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Gist {
    /// 0–100.
    pub total_score: Option<f64>,
    /// In a sentence or two.
    pub summary: String,
    /// Whether a person should check a verdict.
    pub needs_review: bool,
    /// Critical criteria: title, kind, verdict.
    pub critical: Vec<(String, CriterionKind, Verdict)>,
}

impl From<&Analysis> for Gist {
    fn from(analysis: &Analysis) -> Self {
        let critical = analysis.criteria.iter().filter(|criterion| criterion.critical);
        Self {
            total_score: analysis.total_score,
            summary: analysis.summary.clone(),
            needs_review: analysis.needs_review(),
            critical: critical.map(|each| (each.title.clone(), each.kind, each.verdict)).collect(),
        }
    }
}

/// An end of the scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScoreEnd {
    /// The lowest first.
    Lowest,
    /// The highest first.
    Highest,
}

/// Order of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CallSort {
    /// Newest first; calls without a time last. Ties: the one discovered last first.
    #[default]
    StartedDesc,
    /// Oldest first; calls without a time last. Ties: the one discovered first first.
    StartedAsc,
}

/// An hour of the week in a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourOfWeek {
    /// 1 = Monday … 7 = Sunday.
    pub weekday: u8,
    /// 0–23.
    pub hour: u8,
    /// Whose week.
    pub zone: Tz,
}

/// What is asked of a call's promises that have a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromiseDemand {
    /// There is one.
    Given,
    /// One has run out at this instant, and nobody spoke with the client between.
    Overdue(DateTime<Utc>),
}

/// Calls that money was spent on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidFor {
    /// Spent on this; `None` = on anything.
    pub item: Option<String>,
    /// Spent within.
    pub window: TimeWindow,
}

/// Which calls. Empty = all; what is given must all hold.
///
/// Scores, verdicts and values are those under `rubric`, people's overrides included; without a
/// rubric scores are of the newest analysis, verdicts and values of any.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallFilter {
    /// Began inside; calls without a time are outside every bounded window.
    pub window: TimeWindow,
    /// From this source.
    pub source: Option<SourceName>,
    /// In one of these states; empty = any.
    pub statuses: Vec<CallStatus>,
    /// Of this employee.
    pub manager_id: Option<String>,
    /// Either end is this number.
    pub phone: Option<PhoneNumber>,
    /// The client's number holds these digits; what is no digit is passed over.
    pub client: Option<String>,
    /// Which way.
    pub direction: Option<Direction>,
    /// Has a score, or has none.
    pub scored: Option<bool>,
    /// Total score at least.
    pub min_score: Option<f64>,
    /// Total score at most.
    pub max_score: Option<f64>,
    /// Total score less than.
    pub below_score: Option<f64>,
    /// The rubric that scores, verdicts and values are meant under.
    pub rubric: Option<RubricId>,
    /// Carries this tag, letter for letter.
    pub tag: Option<String>,
    /// Got this verdict on the criterion with this key.
    pub criterion: Option<(String, Verdict)>,
    /// Got this answer to a criterion of choices, a list, or a flag (`true`), as
    /// [`super::statistics::ValueFigures::value`] gives it.
    pub value: Option<(String, String)>,
    /// People gave their own verdict on the criterion with this key.
    pub overridden: Option<String>,
    /// Finished, and with a verdict that a person should check, or not so.
    pub needs_review: Option<bool>,
    /// Missed and nobody rang back, or not so.
    pub call_back: Option<bool>,
    /// The transcript leaves out much of the speech, or not so.
    pub incomplete: Option<bool>,
    /// Lasted at least so long, ms; the talk, else the whole call.
    pub min_duration_ms: Option<u64>,
    /// Lasted at most so long, ms.
    pub max_duration_ms: Option<u64>,
    /// Began in this hour of the week; calls without a time did not.
    pub hour_of_week: Option<HourOfWeek>,
    /// About promises with a time.
    pub promise: Option<PromiseDemand>,
    /// Money was spent on it.
    pub paid: Option<PaidFor>,
    /// Seen by this run.
    pub run: Option<RunId>,
    /// The order.
    pub sort: CallSort,
}

/// An opaque place in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub String);

/// Which page.
#[derive(Debug, Clone)]
pub struct PageRequest {
    /// After this place; `None` = from the start.
    pub after: Option<Cursor>,
    /// At most so many, 1–1000.
    pub limit: u32,
}

/// A page and where the next begins.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// `None` at the end.
    pub next: Option<Cursor>,
}

/// Calls.
#[async_trait]
pub trait Calls: Send + Sync {
    /// Stores what a source shows; idempotent by (source, external id). All of the slice in one
    /// transaction, with the jobs and, if given, the membership in the run (of known calls too).
    /// One answer per call of the slice, in its order. Instants are kept to the millisecond.
    ///
    /// A changed call loses its jobs, and with them the lease of whoever works on it.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a call whose id is not [`CallId::derive`] of its source and
    /// external id, and for an unknown run; nothing of the slice is kept then.
    async fn discover(
        &self,
        calls: &[DiscoveredCall],
        run: Option<RunId>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Discovery>, StoreError>;

    /// One call.
    async fn call(&self, id: CallId) -> Result<Option<CallRecord>, StoreError>;

    /// A listing by the filter's order, keyset-paged: rows that arrive meanwhile shift nothing.
    ///
    /// Listed recordings come without `survey.peaks` and `survey.utterances` (empty): a page of
    /// calls must not read a page of pictures. [`Calls::call`] gives them.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a cursor that no page gave.
    async fn calls(&self, filter: &CallFilter, page: PageRequest) -> Result<Page<CallRecord>, StoreError>;

    /// How many the filter holds. By source and status alone the answer costs the same at any size;
    /// other filters cost as many steps as there are calls.
    async fn count_calls(&self, filter: &CallFilter) -> Result<u64, StoreError>;

    /// Calls with this client number ([`Call::client_phone`]), oldest first, at most `limit`; light as
    /// in [`Calls::calls`].
    async fn calls_of_client(&self, phone: &PhoneNumber, limit: u32) -> Result<Vec<CallRecord>, StoreError>;

    /// How known calls stand, in any order; unknown ids are passed over.
    async fn standing(&self, calls: &[CallId], rubric: &RubricId) -> Result<Vec<Standing>, StoreError>;

    /// What was made of each of the calls, one answer per call in their order; of unknown calls nothing.
    async fn results_of(
        &self,
        calls: &[CallId],
        rubric: Option<&RubricId>,
    ) -> Result<Vec<CallResults>, StoreError>;

    /// These calls, one answer per id in their order, light as in [`Calls::calls`]; `None` for an unknown one.
    async fn records_of(&self, calls: &[CallId]) -> Result<Vec<Option<CallRecord>>, StoreError> {
        let mut records = Vec::with_capacity(calls.len());
        for call in calls {
            records.push(self.call(*call).await?);
        }
        Ok(records)
    }

    /// [`Calls::results_of`] without words and money: what many lines at once need.
    async fn outlines_of(
        &self,
        calls: &[CallId],
        rubric: Option<&RubricId>,
    ) -> Result<Vec<CallOutline>, StoreError> {
        let results = self.results_of(calls, rubric).await?;
        let outline =
            |results: CallResults| CallOutline { analysis: results.analysis, call_back: results.call_back };
        Ok(results.into_iter().map(outline).collect())
    }

    /// The gist of each call, in the order of the ids; of unknown calls nothing.
    async fn gists_of(
        &self,
        calls: &[CallId],
        rubric: Option<&RubricId>,
    ) -> Result<Vec<CallGist>, StoreError> {
        let gist = |outline: CallOutline| CallGist {
            judgement: outline.analysis.map(|stored| Gist::from(&stored.analysis)),
            call_back: outline.call_back,
        };
        Ok(self.outlines_of(calls, rubric).await?.into_iter().map(gist).collect())
    }

    /// The filter's scored calls at an end of the scores, the most extreme first, of equal ones the newest;
    /// at most `limit`, light as in [`Calls::calls`]. The scores are those that the filter means.
    async fn extremes(
        &self,
        filter: &CallFilter,
        end: ScoreEnd,
        limit: u32,
    ) -> Result<Vec<CallRecord>, StoreError> {
        let filter = CallFilter { scored: Some(true), sort: CallSort::StartedDesc, ..filter.clone() };
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut after, mut found) = (None, Vec::new());
        loop {
            let page = self.calls(&filter, PageRequest { after, limit: 500 }).await?;
            let ids: Vec<CallId> = page.items.iter().map(|record| record.call.id).collect();
            let outlines = self.outlines_of(&ids, filter.rubric.as_ref()).await?;
            let score =
                |outline: CallOutline| outline.analysis.and_then(|stored| stored.analysis.total_score);
            found.extend(page.items.into_iter().zip(outlines.into_iter().map(score)));
            // stable: of equal scores the newest stays first
            match end {
                ScoreEnd::Lowest => found.sort_by(|(_, a), (_, b)| {
                    a.unwrap_or(f64::INFINITY).total_cmp(&b.unwrap_or(f64::INFINITY))
                }),
                ScoreEnd::Highest => found.sort_by(|(_, a), (_, b)| {
                    b.unwrap_or(f64::NEG_INFINITY).total_cmp(&a.unwrap_or(f64::NEG_INFINITY))
                }),
            }
            found.truncate(most);
            after = page.next;
            if after.is_none() {
                return Ok(found.into_iter().map(|(record, _)| record).collect());
            }
        }
    }

    /// Earlier missed calls of clients who were spoken with in one of these calls: their rows say
    /// that somebody should ring back, and somebody has.
    async fn answered_by(&self, calls: &[CallId]) -> Result<Vec<CallId>, StoreError>;

    /// A recording with these very bytes, measured before for any call.
    async fn recording_with(&self, sha256: &Sha256) -> Result<Option<Recording>, StoreError>;
}
