//! The card of a call: everything known about it, for reading.

use std::fmt::Write as _;

use chrono::DateTime;
use chrono_tz::Tz;
use domain::{Direction, PhoneNumber, TalkMetrics, Transcript};
use pipeline::CallReport;

use super::analysis_text;
use crate::table::{hanging, one_line};
use crate::terminal::{Sign, Terminal, Tone};
use crate::texts::{Texts, t};
use crate::wording;

/// The card, wrapped to the screen.
pub(crate) fn call_card(terminal: &Terminal, report: &CallReport, now: DateTime<Tz>) -> String {
    let texts = terminal.texts;
    let width = terminal.out.width;
    let mut out = String::new();
    let head = t!(texts, "card-head", id = report.call.id.to_string());
    let _ = writeln!(out, "{}", terminal.paint(Tone::Strong, &head));
    for fact in facts(terminal, report, now) {
        let _ = writeln!(out, "{}", hanging("", &fact, width));
    }
    if let Some(error) = &report.error {
        let _ =
            writeln!(out, "{}", hanging(&format!("{} ", terminal.sign(Sign::Bad)), &error.message, width));
        if !error.hint.is_empty() {
            let _ = writeln!(out, "{}", hanging("  ", &error.hint, width));
        }
    }
    if let Some(analysis) = &report.analysis {
        let _ = write!(out, "\n{}", analysis_text(terminal, analysis, now.timezone()));
    }
    if let Some(transcript) = &report.transcript {
        out.push_str(&metrics_text(terminal, transcript));
        out.push_str(&words(terminal, transcript));
    }
    out
}

fn facts(terminal: &Terminal, report: &CallReport, now: DateTime<Tz>) -> Vec<String> {
    let texts = terminal.texts;
    let call = &report.call;
    let phone = |phone: &Option<PhoneNumber>| {
        phone.as_ref().map_or_else(|| terminal.sign(Sign::Dash).to_owned(), PhoneNumber::pretty)
    };
    let mut first: Vec<String> =
        call.started_at.map(|at| wording::moment(texts, at, now)).into_iter().collect();
    first.extend(direction(texts, call.direction));
    first.extend(report.duration_ms().map(wording::clock));
    if call.caller.is_some() || call.callee.is_some() {
        first.push(format!("{} {} {}", phone(&call.caller), terminal.sign(Sign::Arrow), phone(&call.callee)));
    }
    let mut second = vec![t!(texts, "card-status", status = report.status_label(texts.lang))];
    second.extend(call.manager.as_ref().map(|manager| {
        t!(texts, "card-manager", name = manager.name.clone().unwrap_or_else(|| manager.id.clone()))
    }));
    second.extend(report.cost.as_ref().map(|cost| wording::money(texts, cost.total)));
    let mut facts = vec![first.join(" · "), second.join(" · "), one_line(&call.external_id)];
    if !call.tags.is_empty() {
        facts.push(t!(texts, "card-tags", tags = call.tags.join(", ")));
    }
    facts.retain(|fact| !fact.is_empty());
    facts
}

fn direction(texts: Texts, direction: Direction) -> Option<String> {
    match direction {
        Direction::In => Some(t!(texts, "direction-in")),
        Direction::Out => Some(t!(texts, "direction-out")),
        Direction::Internal => Some(t!(texts, "direction-internal")),
        Direction::Unknown => None,
    }
}

fn metrics_text(terminal: &Terminal, transcript: &Transcript) -> String {
    let texts = terminal.texts;
    let mut parts: Vec<String> =
        transcript.metrics.as_ref().map(|metrics| metrics_parts(texts, metrics)).unwrap_or_default();
    if let Some(coverage) = &transcript.coverage {
        let share = wording::percent(texts, coverage.share());
        let text = t!(texts, "metric-coverage", share = share, speech = wording::clock(coverage.speech_ms));
        let doubt =
            if coverage.incomplete { format!(" {}", terminal.sign(Sign::Warn)) } else { String::new() };
        parts.push(format!("{text}{doubt}"));
    }
    if parts.is_empty() {
        return String::new();
    }
    let heading = terminal.paint(Tone::Strong, &t!(texts, "card-metrics"));
    format!("\n{heading}\n{}\n", hanging("", &parts.join(" · "), terminal.out.width))
}

fn metrics_parts(texts: Texts, metrics: &TalkMetrics) -> Vec<String> {
    let clock = wording::clock;
    let whole = |value: f64| format!("{value:.0}");
    [
        metrics.operator_share.map(|share| t!(texts, "metric-share", share = wording::percent(texts, share))),
        metrics.longest_monologue_ms.map(|ms| t!(texts, "metric-monologue", time = clock(ms))),
        metrics.operator_interruptions.map(|count| t!(texts, "metric-interruptions", count = count)),
        Some(t!(texts, "metric-dead-air", time = clock(metrics.dead_air_ms))),
        metrics.reaction_ms.map(|ms| {
            #[expect(clippy::cast_precision_loss, reason = "one digit is shown")]
            let seconds = ms as f64 / 1000.0;
            t!(texts, "metric-reaction", seconds = wording::average(texts, seconds))
        }),
        metrics.operator_wpm.map(|wpm| t!(texts, "metric-wpm", words = whole(wpm))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn words(terminal: &Terminal, transcript: &Transcript) -> String {
    let texts = terminal.texts;
    let heading = t!(texts, "card-transcript", engine = transcript.engine.to_string());
    let mut out = format!("\n{}\n", terminal.paint(Tone::Strong, &heading));
    for segment in &transcript.segments {
        let at = segment.start_ms.map(wording::clock).unwrap_or_default();
        let before = format!("{at:>7}  {}: ", wording::speaker(texts, segment.speaker));
        // the words hang under the time, not under the name: names are of unequal length
        let text = hanging(
            "",
            &format!("{}{}", before.trim_start(), segment.text.trim()),
            terminal.out.width.saturating_sub(9),
        );
        let indent = 7usize.saturating_sub(at.chars().count());
        let lines: Vec<String> = text
            .lines()
            .enumerate()
            .map(|(number, line)| {
                if number == 0 { format!("{}{line}", " ".repeat(indent)) } else { format!("         {line}") }
            })
            .collect();
        let _ = writeln!(out, "{}", lines.join("\n"));
    }
    out
}
