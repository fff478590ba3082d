//! Which calls to hear first: critical failures, broken promises, the lowest scores, doubtful verdicts.
//! Each comes with the words that say why, and the second where they are heard.

use std::collections::HashMap;

use domain::{Analysis, CallId, CriterionKind, CriterionResult, Evidence, RubricId, Verdict};
use store::{CallRecord, Overview, PageRequest, PromiseFigures, PromiseState, ScoreEnd};

use crate::api::CallQuery;
use crate::pages::reports::{Figure, Scene, WEAK, call_in};
use crate::pages::words::Words;
use crate::problem::Problem;

/// Rows of the list.
const ROWS: usize = 5;
/// A quote is heard with what led to it, ms.
const LEAD_IN_MS: u64 = 3_000;

/// A call, and why.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    /// The call from the second that matters.
    pub(crate) href: String,
    /// The second, ms.
    pub(crate) start_ms: Option<u64>,
    pub(crate) icon: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) why: String,
    /// What was said, or what was found.
    pub(crate) words: String,
    /// Whether the words are a quote.
    pub(crate) quoted: bool,
    pub(crate) phone: String,
    pub(crate) manager: String,
    pub(crate) at: String,
    pub(crate) instant: String,
    pub(crate) score: Option<f64>,
}

/// The list.
#[derive(Debug, Clone)]
pub(crate) struct Hear {
    pub(crate) rows: Vec<Heard>,
    /// All calls that the button plays one after another; those of the list may be others too.
    pub(crate) all: Figure,
    /// What the button says.
    pub(crate) go: String,
}

/// The list of a period.
pub(crate) async fn hear(
    scene: &Scene,
    overview: &Overview,
    promises: &[PromiseFigures],
    names: &HashMap<String, String>,
) -> Result<Hear, Problem> {
    let calls = scene.calls();
    let weak = CallQuery { below_score: Some(WEAK), ..calls.clone() };
    let overdue = CallQuery { promise: Some("overdue".to_owned()), ..calls.clone() };
    let doubtful = CallQuery { needs_review: Some(true), ..calls.clone() };
    let mut list = List { scene, names, rows: Vec::new(), seen: Vec::new() };
    for (rubric, key, failure) in critical(scene) {
        let failed = CallQuery {
            rubric: Some(rubric.to_string()),
            criterion: Some(format!("{key}:{}", failure.as_str())),
            ..calls.clone()
        };
        let calls = newest(scene, &failed, 2).await?;
        list.add(calls, &Why::Critical(rubric, key), &failed).await?;
    }
    list.rows.truncate(2);
    // those of one rubric are read at once
    let mut others: Vec<(CallRecord, Why, &CallQuery)> = Vec::new();
    for promise in promises.iter().filter(|promise| promise.state == PromiseState::Overdue).take(1) {
        if let Ok(record) = scene.web.visible(&scene.viewer).call(promise.call).await {
            others.push((record, Why::Promise(promise.what.clone()), &overdue));
        }
    }
    if overview.scores.weak > 0 {
        let calls = extremes(scene, &weak, End::Lowest(WEAK), ROWS).await?;
        others.extend(calls.into_iter().map(|record| (record, Why::Low, &weak)));
    }
    if list.rows.len() + others.len() < ROWS && overview.needs_review > 0 {
        let calls = newest(scene, &doubtful, 2).await?;
        others.extend(calls.into_iter().map(|record| (record, Why::Doubt, &doubtful)));
    }
    list.add_each(others).await?;
    let (count, in_turn, go) = if overview.scores.weak > 0 {
        (overview.scores.weak, weak, "dash-hear-go-weak")
    } else {
        (overview.needs_review, doubtful, "dash-hear-go-doubtful")
    };
    let all = in_turn_from_first(scene, count, &in_turn).await?;
    Ok(Hear { rows: list.rows, go: scene.t.put(go, "shown", &all.shown), all })
}

/// «Слушать подряд»: the first call of a list, with the others behind it.
pub(crate) async fn in_turn_from_first(
    scene: &Scene,
    count: u64,
    query: &CallQuery,
) -> Result<Figure, Problem> {
    let mut figure = scene.count(count, query);
    if let Some(first) = newest(scene, query, 1).await?.first() {
        figure.href = format!("{}&listen=1", call_in(query, &first.call.id.to_string(), None));
    }
    Ok(figure)
}

/// Why a call stands in the list.
enum Why {
    /// A critical criterion of a rubric failed.
    Critical(RubricId, String),
    /// What was promised and not done.
    Promise(String),
    Low,
    /// One to learn from.
    High,
    Doubt,
}

struct List<'a> {
    scene: &'a Scene,
    names: &'a HashMap<String, String>,
    rows: Vec<Heard>,
    seen: Vec<CallId>,
}

impl List<'_> {
    async fn add(&mut self, calls: Vec<CallRecord>, why: &Why, list: &CallQuery) -> Result<(), Problem> {
        let rubric = match why {
            Why::Critical(rubric, _) => Some(rubric),
            _ => self.scene.rubric.as_ref(),
        };
        let calls = judged(self.scene, calls, rubric).await?;
        self.add_judged(calls, why, list);
        Ok(())
    }

    /// Calls that are judged by the scene's rubric, each for its own reason.
    async fn add_each(&mut self, found: Vec<(CallRecord, Why, &CallQuery)>) -> Result<(), Problem> {
        let records: Vec<CallRecord> = found.iter().map(|(record, ..)| record.clone()).collect();
        let visible = self.scene.web.visible(&self.scene.viewer);
        let outlines = visible.outlines_of(&records, self.scene.rubric.as_ref()).await?;
        for ((record, why, list), outline) in found.into_iter().zip(outlines) {
            if let Some(stored) = outline.analysis {
                self.add_judged(vec![(record, stored.analysis)], &why, list);
            }
        }
        Ok(())
    }

    fn add_judged(&mut self, calls: Vec<(CallRecord, Analysis)>, why: &Why, list: &CallQuery) {
        for (record, analysis) in calls {
            if self.rows.len() < ROWS && !self.seen.contains(&record.call.id) {
                self.seen.push(record.call.id);
                self.rows.push(row(self.scene, &record, &analysis, why, list, self.names));
            }
        }
    }
}

fn row(
    scene: &Scene,
    record: &CallRecord,
    analysis: &Analysis,
    why: &Why,
    list: &CallQuery,
    names: &HashMap<String, String>,
) -> Heard {
    let t = &scene.t;
    let (icon, tone, said, found) = match why {
        Why::Critical(_, key) => {
            let found = analysis.criteria.iter().find(|each| each.key == *key);
            let title = found.map_or_else(|| key.clone(), |each| lower_first(&each.title));
            ("review", "bad", t.put("dash-why-critical", "what", title), found)
        }
        Why::Promise(_) => ("clock", "warn", t.say("dash-why-promise"), None),
        Why::Low => {
            let worst = worst(analysis);
            let title = worst.map_or_else(|| t.say("dash-why-low"), |each| each.title.clone());
            ("close", "warn", title, worst)
        }
        Why::High => {
            let best = best(analysis);
            let title = best.map_or_else(|| t.say("dash-why-high"), |each| each.title.clone());
            ("met", "muted", title, best)
        }
        Why::Doubt => {
            let doubtful = analysis.criteria.iter().find(|each| each.needs_review);
            ("cannot_tell", "muted", t.say("dash-why-review"), doubtful)
        }
    };
    let promised = match why {
        Why::Promise(what) => {
            analysis.promises.iter().find(|each| each.what == *what).map(|each| &each.evidence)
        }
        _ => None,
    };
    let proof = promised.or_else(|| found.and_then(|found| found.evidence.first()));
    let (words, quoted) = words_of(t, proof, found, analysis);
    let start_ms = proof.and_then(|proof| proof.start_ms).map(|at| at.saturating_sub(LEAD_IN_MS));
    let call = &record.call;
    Heard {
        href: call_in(list, &call.id.to_string(), start_ms),
        start_ms,
        icon,
        tone,
        why: said,
        words,
        quoted,
        phone: call.client_phone().map_or_else(|| t.say("dash-no-phone"), super::people::shown_phone),
        manager: call.manager.as_ref().map_or_else(
            || t.say("dash-no-manager"),
            |manager| names.get(&manager.id).or(manager.name.as_ref()).unwrap_or(&manager.id).clone(),
        ),
        at: call.started_at.map(|at| t.moment(&at)).unwrap_or_default(),
        instant: call.started_at.map(|at| t.instant(&at)).unwrap_or_default(),
        score: analysis.total_score,
    }
}

/// The quote; without one what the judge says of it.
fn words_of(
    t: &Words,
    proof: Option<&Evidence>,
    found: Option<&CriterionResult>,
    analysis: &Analysis,
) -> (String, bool) {
    if let Some(proof) = proof.filter(|proof| !proof.quote.trim().is_empty()) {
        return (cut(&proof.quote), true);
    }
    let said = found.map(|found| found.comment.as_str()).filter(|comment| !comment.is_empty());
    match said.or(Some(analysis.summary.as_str()).filter(|summary| !summary.is_empty())) {
        Some(words) => (cut(words), false),
        None => (t.say("dash-why-no-quote"), false),
    }
}

/// One line of a row.
fn cut(text: &str) -> String {
    const LONGEST: usize = 110;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= LONGEST {
        return text;
    }
    let short: String = text.chars().take(LONGEST - 1).collect();
    let whole = short.rsplit_once(' ').map_or(short.as_str(), |(whole, _)| whole);
    format!("{}…", whole.trim_end_matches([',', '.', ';', ':', ' ', '—']))
}

fn lower_first(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// The heaviest criterion that was met and can be heard.
fn best(analysis: &Analysis) -> Option<&CriterionResult> {
    let met =
        analysis.criteria.iter().filter(|each| each.verdict == Verdict::Met && each.max_score.is_some());
    met.filter(|each| !each.evidence.is_empty()).max_by(|one, other| one.weight.total_cmp(&other.weight))
}

/// The criterion that cost most points; one with a quote before one that was never said.
fn worst(analysis: &Analysis) -> Option<&CriterionResult> {
    let lost = |each: &CriterionResult| -> Option<f64> {
        let (score, most) = (each.score?, each.max_score.filter(|most| *most > 0.0)?);
        Some(each.weight * (1.0 - score / most)).filter(|lost| *lost > 0.0)
    };
    let failed = analysis.criteria.iter().filter_map(|each| Some((each, lost(each)?)));
    let best = |with_quote: bool| {
        failed
            .clone()
            .filter(|(each, _)| each.evidence.is_empty() != with_quote)
            .max_by(|(_, one), (_, other)| one.total_cmp(other))
            .map(|(each, _)| each)
    };
    best(true).or_else(|| best(false))
}

/// The calls that were judged, with people's verdicts in the judgements.
async fn judged(
    scene: &Scene,
    calls: Vec<CallRecord>,
    rubric: Option<&RubricId>,
) -> Result<Vec<(CallRecord, Analysis)>, Problem> {
    let visible = scene.web.visible(&scene.viewer);
    let outlines = visible.outlines_of(&calls, rubric).await?;
    let pairs = calls.into_iter().zip(outlines);
    Ok(pairs.filter_map(|(record, outline)| Some((record, outline.analysis?.analysis))).collect())
}

/// Critical criteria of the rubric in use, with the verdict that means failure: a raised flag, or no points.
fn critical(scene: &Scene) -> Vec<(RubricId, String, Verdict)> {
    let id = scene.rubric.as_ref().map_or(scene.web.config().rubric.as_str(), RubricId::as_str);
    // a customer's broken file is told on the page of rubrics; here the list goes on without it
    let Ok(rubric) = scene.web.app().rubric(id) else { return Vec::new() };
    let critical = rubric.criteria.iter().filter(|each| each.critical);
    critical
        .map(|each| {
            let failure = if each.kind == CriterionKind::Flag { Verdict::Met } else { Verdict::NotMet };
            (rubric.id.clone(), each.key.clone(), failure)
        })
        .collect()
}

async fn newest(scene: &Scene, query: &CallQuery, limit: u32) -> Result<Vec<CallRecord>, Problem> {
    let filter = query.filter(scene.t.now.timezone(), scene.web.clock().now())?;
    let page = PageRequest { after: None, limit };
    Ok(scene.web.visible(&scene.viewer).calls(&filter, page).await?.items)
}

/// Which end of the scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum End {
    /// The lowest, all below this.
    Lowest(f64),
    Highest,
}

/// The calls of a query with the lowest or the highest scores, the most extreme first.
pub(crate) async fn hear_extremes(
    scene: &Scene,
    query: &CallQuery,
    end: End,
    most: usize,
) -> Result<Vec<(CallRecord, Analysis)>, Problem> {
    let calls = extremes(scene, query, end, most).await?;
    judged(scene, calls, scene.rubric.as_ref()).await
}

async fn extremes(
    scene: &Scene,
    query: &CallQuery,
    end: End,
    most: usize,
) -> Result<Vec<CallRecord>, Problem> {
    let mut filter = query.filter(scene.t.now.timezone(), scene.web.clock().now())?;
    let side = match end {
        End::Lowest(below) => {
            filter.below_score = Some(filter.below_score.map_or(below, |bound| bound.min(below)));
            ScoreEnd::Lowest
        }
        End::Highest => ScoreEnd::Highest,
    };
    let limit = u32::try_from(most).unwrap_or(u32::MAX);
    Ok(scene.web.visible(&scene.viewer).extremes(&filter, side, limit).await?)
}

/// A call as a row of a list by score.
pub(crate) fn by_score(
    scene: &Scene,
    (record, analysis): &(CallRecord, Analysis),
    list: &CallQuery,
    end: End,
    names: &HashMap<String, String>,
) -> Heard {
    let why = if end == End::Highest { Why::High } else { Why::Low };
    row(scene, record, analysis, &why, list, names)
}
