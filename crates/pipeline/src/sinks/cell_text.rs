//! The texts of a report's cells: the conversation, links, statuses with their reasons.

use domain::{CallStatus, Evidence, Lang, PhoneNumber, Speaker};
use url::Url;

use super::columns::{CriterionColumn, ReportOptions};
use crate::words::clock;
use crate::{CallReport, sources::path_from_text};

/// Most that a cell of a spreadsheet holds, in UTF-16 units (Excel's specification and limits).
pub(super) const MOST_IN_CELL: usize = 32_767;

/// The conversation, a line a segment: `0:05 Оператор: …`.
pub(super) fn transcript(report: &CallReport, lang: Lang) -> String {
    let Some(transcript) = &report.transcript else { return String::new() };
    let lines: Vec<String> = transcript
        .segments
        .iter()
        .map(|segment| {
            let text = segment.text.split_whitespace().collect::<Vec<_>>().join(" ");
            let time = segment.start_ms.map(|at| format!("{} ", clock(at))).unwrap_or_default();
            format!("{time}{}: {text}", speaker(segment.speaker, lang))
        })
        .collect();
    lines.join("\n")
}

pub(super) fn speaker(speaker: Speaker, lang: Lang) -> &'static str {
    match speaker {
        Speaker::Operator => lang.pick("Оператор", "Operator"),
        Speaker::Client => lang.pick("Клиент", "Client"),
        Speaker::Unknown => lang.pick("Голос", "Voice"),
    }
}

pub(super) fn phone(number: Option<&PhoneNumber>) -> String {
    number.map(PhoneNumber::pretty).unwrap_or_default()
}

pub(super) fn manager(report: &CallReport) -> String {
    report
        .call
        .manager
        .as_ref()
        .map(|manager| manager.name.clone().unwrap_or_else(|| manager.id.clone()))
        .unwrap_or_default()
}

/// What happened in the call; where it has no analysis, why not.
pub(super) fn summary(report: &CallReport) -> String {
    match (&report.analysis, &report.error) {
        (Some(analysis), _) => analysis.summary.clone(),
        (None, Some(error)) => sentence(&error.message),
        (None, None) => String::new(),
    }
}

/// What to do better; where something went wrong, or a client waits for a call, what to do about it.
pub(super) fn recommendations(report: &CallReport, lang: Lang) -> String {
    match (&report.analysis, &report.error) {
        _ if report.call_back => lang
            .pick("Перезвонить клиенту: с ним никто не поговорил", "Ring the client back: nobody has")
            .to_owned(),
        (Some(analysis), _) => analysis.recommendations.clone(),
        (None, Some(error)) => sentence(&error.hint),
        (None, None) => String::new(),
    }
}

/// Errors are written to stand after a colon; alone they begin with a capital.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `0:48 Оператор: «…»`.
pub(super) fn quote(evidence: &Evidence, lang: Lang) -> String {
    let time = evidence.start_ms.map(|at| format!("{} ", clock(at))).unwrap_or_default();
    format!("{time}{}: «{}»", speaker(evidence.speaker, lang), evidence.quote.trim())
}

/// The note of a criterion's cell: quotes with their times, then why.
pub(super) fn criterion_note(column: &CriterionColumn, report: &CallReport, lang: Lang) -> Option<String> {
    let result = column.result(report)?;
    let mut lines: Vec<String> = result.evidence.iter().map(|evidence| quote(evidence, lang)).collect();
    if !result.comment.trim().is_empty() {
        lines.push(result.comment.trim().to_owned());
    }
    if result.needs_review {
        lines.push(CallStatus::needs_review_label(lang).to_owned());
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Where a person may listen: our page, else the source's address, else the file.
/// Only `http`, `https` and `file` to a path that we know ourselves.
pub(super) fn link(report: &CallReport, options: &ReportOptions) -> Option<Url> {
    let call = &report.call;
    if let Some(page) = &options.page_url {
        return web(&format!("{}/history/{}", page.trim_end_matches('/'), call.id));
    }
    if let Some(address) = &call.recording_url {
        return web(address);
    }
    let stored = report.recording.as_ref().and_then(|recording| Url::parse(&recording.location).ok());
    if let Some(stored) = stored.filter(|url| url.scheme() == "file" && url.host().is_none()) {
        return Some(stored);
    }
    let in_a_folder = call.source.as_str() == "folder" && call.recording_name.is_some();
    Url::from_file_path(path_from_text(&call.external_id)).ok().filter(|_| in_a_folder)
}

fn web(address: &str) -> Option<Url> {
    Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// The text without characters that no XML may hold, cut with «…» to fit a cell.
pub(super) fn fitting(text: &str) -> String {
    let allowed =
        |c: &char| matches!(c, '\n' | '\t') || !(c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'));
    let clean: String = text.chars().filter(allowed).collect();
    clip(&clean, MOST_IN_CELL)
}

/// At most this many UTF-16 units, «…» included.
pub(super) fn clip(text: &str, most: usize) -> String {
    if text.len() <= most || text.encode_utf16().count() <= most {
        return text.to_owned();
    }
    let mut left = most.saturating_sub(1);
    let kept: String = text
        .chars()
        .take_while(|c| {
            let fits = c.len_utf16() <= left;
            left = left.saturating_sub(c.len_utf16());
            fits
        })
        .collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_odd_texts_fit_a_cell() {
        let long = fitting(&"🙂".repeat(20_000));
        assert!(long.ends_with('…') && long.encode_utf16().count() <= MOST_IN_CELL);
        assert_eq!(fitting(&"ж".repeat(MOST_IN_CELL)).chars().count(), MOST_IN_CELL);
        assert_eq!(fitting("a\u{0}b\u{1b}c\r\nd\u{ffff}"), "abc\nd");
    }

    #[test]
    fn only_addresses_that_play_are_linked() {
        assert!(web("javascript:alert(1)").is_none());
        assert!(web("file:///etc/passwd").is_none());
        assert!(web("https://app.uiscom.ru/media/talk/1").is_some());
    }
}
