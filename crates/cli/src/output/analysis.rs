//! An analysis for reading: the score, what it is made of, the proof.

use std::fmt::Write as _;

use chrono_tz::Tz;
use domain::{Analysis, CriterionKind, CriterionResult, Evidence, Verdict};

use crate::table::{hanging, one_line};
use crate::terminal::{Sign, Terminal, Tone};
use crate::texts::t;
use crate::wording;

/// The analysis, wrapped to the screen.
pub(crate) fn analysis_text(terminal: &Terminal, analysis: &Analysis, zone: Tz) -> String {
    let texts = terminal.texts;
    let width = terminal.out.width;
    let mut out = String::new();
    let total = analysis
        .total_score
        .map_or_else(|| terminal.sign(Sign::Dash).to_owned(), |total| wording::average(texts, total));
    let head = t!(
        texts,
        "analysis-head",
        score = total,
        rubric = analysis.rubric_title.clone(),
        engine = analysis.engine.clone()
    );
    let _ = writeln!(out, "{}", terminal.paint(Tone::Strong, &head));
    if let Some(cap) = &analysis.cap {
        let title = analysis
            .criteria
            .iter()
            .find(|criterion| criterion.key == cap.key)
            .map_or(&cap.key, |criterion| &criterion.title);
        let line =
            t!(texts, "analysis-cap", limit = wording::points(texts, cap.limit), title = title.clone());
        let _ = writeln!(out, "{}", hanging(&format!("{} ", terminal.sign(Sign::Warn)), &line, width));
    }
    for (heading, text) in [
        (t!(texts, "analysis-summary"), &analysis.summary),
        (t!(texts, "analysis-advice"), &analysis.recommendations),
    ] {
        if !text.trim().is_empty() {
            let _ = writeln!(out, "\n{}", terminal.paint(Tone::Strong, &heading));
            for line in text.lines().filter(|line| !line.trim().is_empty()) {
                let _ = writeln!(out, "{}", hanging("", line, width));
            }
        }
    }
    let _ = writeln!(out, "\n{}", terminal.paint(Tone::Strong, &t!(texts, "analysis-criteria")));
    let mut criteria: Vec<&CriterionResult> = analysis.criteria.iter().collect();
    criteria.sort_by_key(|criterion| rank(criterion));
    for criterion in criteria {
        out.push_str(&criterion_text(terminal, criterion));
    }
    if !analysis.promises.is_empty() {
        let _ = writeln!(out, "\n{}", terminal.paint(Tone::Strong, &t!(texts, "analysis-promises")));
        for promise in &analysis.promises {
            let due = promise.due.at.map_or_else(
                || promise.due.words.clone(),
                |at| at.with_timezone(&zone).format("%d.%m.%Y %H:%M").to_string(),
            );
            let line = if due.is_empty() { promise.what.clone() } else { format!("{}: {due}", promise.what) };
            let _ = writeln!(out, "{}", hanging(&format!("{} ", terminal.sign(Sign::Arrow)), &line, width));
            out.push_str(&quote(terminal, &promise.evidence));
        }
    }
    out
}

/// Trouble first, then what waits for a person, then the good, then what says nothing.
fn rank(criterion: &CriterionResult) -> u8 {
    // a flag is news when it is raised, not when it is down
    let flag = criterion.kind == CriterionKind::Flag;
    match criterion.verdict {
        Verdict::NotMet if can_fail(criterion) => 0,
        Verdict::Met if flag => 1,
        Verdict::Partly => 2,
        _ if criterion.needs_review => 3,
        Verdict::Met => 4,
        Verdict::NotMet => 5,
        Verdict::CannotTell => 6,
        Verdict::NotApplicable => 7,
    }
}

/// Scores and choices can fall short; a flag is raised or down, texts and lists are there or not.
fn can_fail(criterion: &CriterionResult) -> bool {
    matches!(criterion.kind, CriterionKind::Score | CriterionKind::Choice)
}

fn criterion_text(terminal: &Terminal, criterion: &CriterionResult) -> String {
    let texts = terminal.texts;
    let width = terminal.out.width;
    let sign = match criterion.verdict {
        // a flag that is down and a list with nothing in it are no failures
        Verdict::NotMet if !can_fail(criterion) => terminal.sign(Sign::Absent),
        // nobody ticks off an insult
        Verdict::Met if criterion.critical && criterion.kind == CriterionKind::Flag => {
            terminal.sign(Sign::Warn)
        }
        verdict => terminal.verdict_sign(verdict),
    };
    let tone = match rank(criterion) {
        0 | 1 => Some(Tone::Bad),
        2 | 3 => Some(Tone::Warn),
        _ => None,
    };
    let mut facts = vec![criterion.title.clone()];
    if let (Some(score), Some(most)) = (criterion.score, criterion.max_score) {
        facts.push(t!(
            texts,
            "criterion-points",
            score = wording::points(texts, score),
            most = wording::points(texts, most)
        ));
    } else {
        let value = criterion.value.as_ref().map(|value| wording::value(texts, value));
        facts.push(match value.filter(|value| !value.trim().is_empty()) {
            Some(value) => value,
            None => verdict_words(terminal, criterion.verdict),
        });
    }
    if criterion.weight > 0.0 {
        facts.push(t!(texts, "criterion-weight", weight = wording::points(texts, criterion.weight)));
    }
    if criterion.needs_review {
        facts.push(t!(texts, "criterion-review"));
    }
    let painted = tone.map_or_else(|| sign.to_owned(), |tone| terminal.paint(tone, sign));
    let mut out = hanging(&format!("{painted} "), &facts.join(" · "), width);
    out.push('\n');
    if !criterion.comment.trim().is_empty() {
        let _ = writeln!(out, "{}", hanging("    ", &criterion.comment, width));
    }
    for evidence in &criterion.evidence {
        out.push_str(&quote(terminal, evidence));
    }
    out
}

fn verdict_words(terminal: &Terminal, verdict: Verdict) -> String {
    let texts = terminal.texts;
    match verdict {
        Verdict::Met => t!(texts, "verdict-met"),
        Verdict::Partly => t!(texts, "verdict-partly"),
        Verdict::NotMet => t!(texts, "verdict-not-met"),
        Verdict::NotApplicable => t!(texts, "verdict-not-applicable"),
        Verdict::CannotTell => t!(texts, "verdict-cannot-tell"),
    }
}

/// `    0:48 Оператор: «…»`
fn quote(terminal: &Terminal, evidence: &Evidence) -> String {
    let texts = terminal.texts;
    let at = evidence.start_ms.map(|ms| format!("{} ", wording::clock(ms))).unwrap_or_default();
    let doubt =
        if evidence.verified { String::new() } else { format!(" ({})", t!(texts, "quote-not-found")) };
    let who = wording::speaker(texts, evidence.speaker);
    let line = t!(texts, "quote", who = who, words = one_line(evidence.quote.trim()));
    let mut out = hanging(&format!("    {at}"), &format!("{line}{doubt}"), terminal.out.width);
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use domain::{Lang, Value};

    use super::*;
    use crate::terminal::tests::plain;

    fn criterion(
        kind: CriterionKind,
        verdict: Verdict,
        value: Option<Value>,
        critical: bool,
    ) -> CriterionResult {
        CriterionResult {
            key: "key".into(),
            title: "Название".into(),
            kind,
            verdict,
            value,
            score: None,
            max_score: None,
            weight: 0.0,
            comment: String::new(),
            needs_review: false,
            critical,
            evidence: Vec::new(),
        }
    }

    #[test]
    fn only_what_can_fall_short_is_crossed_out() {
        let terminal = plain(Lang::Ru, 80);
        let told = |kind, verdict, value, critical| {
            criterion_text(&terminal, &criterion(kind, verdict, value, critical)).trim_end().to_owned()
        };
        let down = Some(Value::Flag(false));
        assert_eq!(told(CriterionKind::Flag, Verdict::NotMet, down, true), "– Название · нет");
        assert_eq!(told(CriterionKind::Flag, Verdict::Met, Some(Value::Flag(true)), true), "! Название · да");
        let empty = Some(Value::List(Vec::new()));
        assert_eq!(told(CriterionKind::List, Verdict::NotMet, empty, false), "– Название · нет");
        assert_eq!(told(CriterionKind::Score, Verdict::NotMet, None, false), "× Название · нет");
        let lists = [Verdict::Met, Verdict::NotMet]
            .map(|verdict| rank(&criterion(CriterionKind::List, verdict, None, false)));
        assert_eq!(lists, [4, 5]);
    }
}
