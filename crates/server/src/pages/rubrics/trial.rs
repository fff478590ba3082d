//! A text tried on the newest calls: the old score beside the new one, and which verdicts moved.

use domain::{Analysis, CallStatus, Money, Rubric, RubricId, Verdict};
use store::{CallFilter, CallRecord, PageRequest};

use crate::Web;
use crate::access::Viewer;
use crate::pages::parts::verdict_key;
use crate::pages::reports::{Change, call_at};
use crate::pages::words::Words;
use crate::problem::Problem;

/// Calls of a trial unless said.
pub(super) const USUAL: u32 = 20;
/// A page answers within the time that people wait.
pub(super) const MOST: u32 = 100;
/// Verdicts named in a row.
const NAMED: usize = 3;

/// A call before and after.
#[derive(Debug, Clone)]
pub(crate) struct TrialRow {
    pub(crate) name: String,
    pub(crate) href: String,
    pub(crate) at: String,
    pub(crate) old: Option<f64>,
    pub(crate) new: Option<f64>,
    pub(crate) change: Option<Change>,
    /// «Следующий шаг: Нет → Да».
    pub(crate) moved: Vec<String>,
    pub(crate) more: usize,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trial {
    pub(crate) rows: Vec<TrialRow>,
    pub(crate) old_mean: Option<String>,
    pub(crate) new_mean: Option<String>,
    pub(crate) change: Option<Change>,
    pub(crate) better: usize,
    pub(crate) worse: usize,
    pub(crate) same: usize,
    /// What the judge took.
    pub(crate) cost: Option<String>,
    /// Why it ended early.
    pub(crate) failed: Option<String>,
}

/// The model that is paid for each judgement; `None` where judging is free.
pub(super) fn paid_engine(web: &Web) -> Option<String> {
    let engine = web.app().engines().analysis;
    (!is_free(&engine)).then_some(engine)
}

/// The local rules call themselves so in either language.
fn is_free(engine: &str) -> bool {
    engine.starts_with("правила") || engine.starts_with("rules")
}

/// Judges the newest calls that have words.
pub(super) async fn trial(
    web: &Web,
    viewer: &Viewer,
    t: &Words,
    rubric: &Rubric,
    before: &RubricId,
    limit: u32,
) -> Result<Trial, Problem> {
    let analyzer = web.app().analyzer()?;
    let (mut trial, mut spent): (Trial, Option<Money>) = (Trial::default(), None);
    let (mut olds, mut news) = (Vec::new(), Vec::new());
    for (record, old) in newest(web, viewer, before, limit).await? {
        let Some(transcript) = web.store().transcript(record.call.id).await? else { continue };
        let length = record.recording.as_ref().map(|recording| recording.survey.duration_ms);
        let timed = domain::Call { duration_ms: record.call.duration_ms.or(length), ..record.call.clone() };
        let new = match analyzer.analyze(&timed, &transcript, rubric).await {
            Ok(new) => new,
            Err(error) => {
                tracing::warn!(%error, "a trial of a rubric ended early");
                trial.failed = Some(error.to_string());
                break;
            }
        };
        if let Some(cost) = &new.cost {
            let micros = spent.map_or(0, |spent| spent.micros) + cost.total.micros;
            spent = Some(Money::from_micros(cost.total.currency, micros));
        }
        let row = row(t, &record, old.as_ref(), &new);
        match (row.old, row.new) {
            (Some(old), Some(new)) if new > old + 0.05 => trial.better += 1,
            (Some(old), Some(new)) if new < old - 0.05 => trial.worse += 1,
            _ => trial.same += 1,
        }
        olds.extend(row.old);
        news.extend(row.new);
        trial.rows.push(row);
    }
    let (old, new) = (mean(&olds), mean(&news));
    trial.old_mean = old.map(|mean| t.average(mean));
    trial.new_mean = new.map(|mean| t.average(mean));
    trial.change = Change::of(t, new, old, 3.0);
    trial.cost = spent.map(|spent| t.money(spent));
    // what moved most stands first
    let moved = |row: &TrialRow| match (row.old, row.new) {
        (Some(old), Some(new)) => (new - old).abs(),
        (None, None) => -1.0,
        _ => 100.0,
    };
    trial.rows.sort_by(|one, other| moved(other).total_cmp(&moved(one)));
    Ok(trial)
}

fn mean(values: &[f64]) -> Option<f64> {
    let count = u32::try_from(values.len()).ok().filter(|count| *count > 0)?;
    Some(values.iter().sum::<f64>() / f64::from(count))
}

/// The newest judged calls, each with what it scored under the rubric, else under its newest.
async fn newest(
    web: &Web,
    viewer: &Viewer,
    before: &RubricId,
    limit: u32,
) -> Result<Vec<(CallRecord, Option<Analysis>)>, Problem> {
    let statuses = vec![CallStatus::Done, CallStatus::AnalysisFailed];
    let filter = CallFilter { statuses, ..CallFilter::default() };
    let page = web.visible(viewer).calls(&filter, PageRequest { after: None, limit }).await?;
    let mut found = Vec::with_capacity(page.items.len());
    for record in page.items {
        let under = web.store().analysis(record.call.id, Some(before)).await?;
        let old = match under {
            Some(under) => Some(under),
            None => web.store().analysis(record.call.id, None).await?,
        };
        found.push((record, old.map(|old| old.analysis)));
    }
    Ok(found)
}

fn row(t: &Words, record: &CallRecord, old: Option<&Analysis>, new: &Analysis) -> TrialRow {
    let call = &record.call;
    let name = call.client_phone().map(domain::PhoneNumber::pretty).or_else(|| call.recording_name.clone());
    let old_total = old.and_then(|old| old.total_score);
    let all: Vec<String> = moved(t, old, new);
    TrialRow {
        name: name.unwrap_or_else(|| call.id.to_string()),
        href: call_at(&call.id.to_string()),
        at: call.started_at.map(|at| t.moment(&at)).unwrap_or_default(),
        old: old_total,
        new: new.total_score,
        change: Change::of(t, new.total_score, old_total, 10.0),
        more: all.len().saturating_sub(NAMED),
        moved: all.into_iter().take(NAMED).collect(),
    }
}

/// Verdicts that differ, in the rubric's order; criteria of one side alone are not compared.
fn moved(t: &Words, old: Option<&Analysis>, new: &Analysis) -> Vec<String> {
    let word = |verdict: Verdict| t.say(verdict_key(verdict)).to_lowercase();
    let old = old.map(|old| old.criteria.as_slice()).unwrap_or_default();
    new.criteria
        .iter()
        .filter_map(|now| {
            let was = old.iter().find(|was| was.key == now.key)?;
            (was.verdict != now.verdict)
                .then(|| format!("{}: {} → {}", now.title, word(was.verdict), word(now.verdict)))
        })
        .collect()
}
