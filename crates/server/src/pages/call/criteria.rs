//! A criterion as a row: the verdict's sign, points, why, and where it is heard. Trouble first.

use domain::{CriterionKind, CriterionResult, Value, Verdict};
use pipeline::CallReport;
use store::Dispute;

use super::judged::{Judged, Offer};
use super::talk::is_trouble;
use crate::access::Scope;
use crate::pages::history::Asked;
use crate::pages::layout::Frame;
use crate::pages::parts::{verdict_key, verdict_sign};
use crate::pages::words::Words;

/// Everything that rows are made of.
pub(super) struct Case<'a> {
    pub(super) judged: &'a Judged,
    pub(super) report: &'a CallReport,
    pub(super) disputes: &'a [Dispute],
    /// Among hits.
    pub(super) place: Option<u32>,
}

/// A quote beside a criterion.
pub(crate) struct Heard {
    pub(crate) ms: Option<u64>,
    pub(crate) end_ms: u64,
    pub(crate) href: String,
    pub(crate) words: String,
    pub(crate) verified: bool,
}

/// A person's hand.
pub(crate) struct Changed {
    /// What the machine said.
    pub(crate) was: String,
    pub(crate) by: String,
    pub(crate) reason: String,
}

/// A dispute, open or settled.
pub(crate) struct Disputed {
    pub(crate) id: i64,
    pub(crate) by: String,
    pub(crate) reason: String,
    /// How it ended, in words; empty = open.
    pub(crate) ended: String,
    pub(crate) open: bool,
}

/// The row.
#[expect(clippy::struct_excessive_bools, reason = "each is a separate thing that the template shows or not")]
pub(crate) struct Shown {
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) icon: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) verdict: String,
    /// «0», and «/2» beside it.
    pub(crate) points: String,
    pub(crate) most: String,
    pub(crate) weight: String,
    /// What a criterion without points found.
    pub(crate) value: String,
    pub(crate) found: bool,
    pub(crate) comment: String,
    /// What a verdict that rests on silence rests on.
    pub(crate) silence: String,
    pub(crate) review: bool,
    pub(crate) heard: Vec<Heard>,
    pub(crate) changed: Option<Changed>,
    pub(crate) offers: Vec<Offer>,
    pub(crate) machine_total: String,
    /// The form stands open.
    pub(crate) editing: bool,
    pub(crate) disputes: Vec<Disputed>,
    pub(crate) may_dispute: bool,
    pub(crate) assessed: bool,
    rank: (u8, i64),
}

/// The rows, trouble first, dearer first.
pub(super) fn shown(f: &Frame, asked: &Asked, case: &Case<'_>) -> Vec<Shown> {
    let mut rows: Vec<Shown> =
        case.judged.analysis.criteria.iter().map(|result| row(f, asked, case, result)).collect();
    rows.sort_by_key(|row| row.rank);
    rows
}

fn row(f: &Frame, asked: &Asked, case: &Case<'_>, result: &CriterionResult) -> Shown {
    let t = &f.t;
    let person = case.judged.by_person(&result.key);
    let scored = result.max_score.is_some();
    let (icon, tone) = match person {
        Some(_) => ("edit", "acc"),
        None if is_flag(result) => flag_sign(result),
        // nothing found is no failure where no points are given
        None if !scored && result.verdict == Verdict::NotMet && !result.needs_review => {
            ("not_applicable", "dim")
        }
        None => verdict_sign(result.verdict, result.needs_review),
    };
    let scored = result.max_score.is_some();
    let verdict =
        if result.needs_review { t.say("verdict-review") } else { t.say(verdict_key(result.verdict)) };
    let changed = person.map(|person| Changed {
        was: case.judged.by_machine(&result.key).map_or_else(String::new, |was| said(t, case, was)),
        by: t.put2("call-changed-by", ("who", &person.author), ("when", t.moment(&person.at))),
        reason: person.reason.clone(),
    });
    let disputes: Vec<Disputed> = case
        .disputes
        .iter()
        .filter(|one| {
            one.matter.key.as_deref() == Some(&result.key) && one.matter.rubric == case.judged.analysis.rubric
        })
        .map(|one| disputed(t, one))
        .collect();
    let own = f.viewer.as_ref().is_some_and(|viewer| matches!(viewer.scope, Scope::Manager(_)));
    let value =
        if scored && result.kind != CriterionKind::Choice { String::new() } else { value(t, case, result) };
    Shown {
        found: !value.is_empty() && value != "—",
        key: result.key.clone(),
        title: result.title.clone(),
        icon,
        tone,
        verdict,
        points: match (scored, result.score) {
            (true, Some(score)) if is_assessed(result) => t.points(score),
            (true, _) => "—".to_owned(),
            (false, _) => String::new(),
        },
        most: match result.max_score {
            Some(most) if result.score.is_some() && is_assessed(result) => format!("/{}", t.points(most)),
            _ => String::new(),
        },
        weight: if scored && result.weight > 0.0 {
            t.put("call-weight", "weight", t.points(result.weight))
        } else {
            String::new()
        },
        value,
        comment: result.comment.trim().to_owned(),
        silence: silence(t, case, result),
        review: result.needs_review,
        heard: result
            .evidence
            .iter()
            .map(|evidence| Heard {
                ms: evidence.start_ms.filter(|_| evidence.verified),
                end_ms: evidence.end_ms.unwrap_or_default(),
                href: asked.call(&case.report.call.id.to_string(), case.place, evidence.start_ms),
                words: evidence.quote.trim().to_owned(),
                verified: evidence.verified,
            })
            .collect(),
        changed,
        offers: if f.leads() { case.judged.options(t, &result.key) } else { Vec::new() },
        machine_total: case.judged.machine.total_score.map_or_else(|| "—".to_owned(), domain::wording::score),
        editing: asked.get("edit") == Some(&result.key),
        may_dispute: own && disputes.iter().all(|one| !one.open),
        disputes,
        assessed: is_assessed(result),
        rank: (rank(result), rank_within(result)),
    }
}

fn is_flag(result: &CriterionResult) -> bool {
    result.kind == CriterionKind::Flag && !result.needs_review
}

/// A flag is not a virtue: raised it is looked at, lowered it is quiet.
fn flag_sign(result: &CriterionResult) -> (&'static str, &'static str) {
    match result.verdict {
        Verdict::Met if result.critical => ("warning", "bad"),
        Verdict::Met => ("review", "muted"),
        Verdict::CannotTell => ("cannot_tell", "dim"),
        _ => ("not_applicable", "dim"),
    }
}

fn is_assessed(result: &CriterionResult) -> bool {
    !matches!(result.verdict, Verdict::NotApplicable | Verdict::CannotTell)
}

fn rank(result: &CriterionResult) -> u8 {
    let scored = result.max_score.is_some();
    match result.verdict {
        _ if is_trouble(result) => 0,
        _ if result.needs_review => 1,
        Verdict::Partly if scored => 2,
        Verdict::Met if scored => 3,
        Verdict::CannotTell => 5,
        Verdict::NotApplicable => 6,
        _ => 4,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "an order, not a figure")]
fn rank_within(result: &CriterionResult) -> i64 {
    (-result.weight * 1000.0) as i64
}

/// «1 из 2», «Да», «горячий»: what the machine had found.
fn said(t: &Words, case: &Case<'_>, result: &CriterionResult) -> String {
    match (result.score, result.max_score) {
        _ if result.needs_review => t.say("verdict-review"),
        (Some(score), Some(most)) if is_assessed(result) => {
            t.put2("call-points-of", ("score", t.points(score)), ("most", t.points(most)))
        }
        _ => {
            let value = value(t, case, result);
            if value.is_empty() { t.say(verdict_key(result.verdict)) } else { value }
        }
    }
}

fn value(t: &Words, case: &Case<'_>, result: &CriterionResult) -> String {
    match &result.value {
        Some(Value::Flag(true)) => t.say("verdict-met"),
        Some(Value::Flag(false)) => t.say("verdict-not-met"),
        Some(Value::Number(number)) => t.points(*number),
        Some(Value::Text(text)) => case.judged.option(&result.key, text).to_owned(),
        Some(Value::List(items)) => items.join(", "),
        None if is_assessed(result) && result.kind == CriterionKind::Flag => {
            t.say(verdict_key(result.verdict))
        }
        None => "—".to_owned(),
    }
}

/// «Проверено 96 % речи»: a verdict without a quote says how much was heard.
fn silence(t: &Words, case: &Case<'_>, result: &CriterionResult) -> String {
    let rests_on_silence =
        result.verdict == Verdict::NotMet && result.evidence.is_empty() && result.max_score.is_some();
    let coverage = case.report.transcript.as_ref().and_then(|transcript| transcript.coverage.as_ref());
    match coverage {
        Some(coverage) if rests_on_silence => t.put("call-silence", "share", t.percent(coverage.share())),
        _ => String::new(),
    }
}

fn disputed(t: &Words, dispute: &Dispute) -> Disputed {
    Disputed {
        id: dispute.id.0,
        by: t.put2(
            "call-disputed-by",
            ("who", &dispute.matter.author),
            ("when", t.moment(&dispute.opened_at)),
        ),
        reason: dispute.matter.reason.clone(),
        ended: dispute.settlement.as_ref().map_or_else(String::new, |end| {
            let key = if end.accepted { "call-dispute-accepted" } else { "call-dispute-declined" };
            t.put2(key, ("who", &end.author), ("words", &end.words))
        }),
        open: dispute.settlement.is_none(),
    }
}
