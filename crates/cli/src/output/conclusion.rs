//! The end of a run: the table, the totals, what went wrong and what to do, where the report lies.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use chrono::DateTime;
use chrono_tz::Tz;
use console::measure_text_width;
use domain::{CallError, EngineName, Money};
use pipeline::{CallReport, RunReport, SinkError};

use super::{CallsTable, totals_line};
use crate::table::hanging;
use crate::terminal::{Sign, Terminal, Tone};
use crate::texts::{Texts, t};
use crate::wording;

/// More failures than this are counted, not listed.
const LISTED_TROUBLES: usize = 20;

/// What the last lines need besides the report.
pub(crate) struct Conclusion<'a> {
    pub(crate) terminal: &'a Terminal,
    pub(crate) now: DateTime<Tz>,
    pub(crate) took: Duration,
    /// As they were given.
    pub(crate) reports: &'a [PathBuf],
    pub(crate) max_cost: Option<Money>,
}

/// Everything that a person sees after a run.
pub(crate) fn conclude(conclusion: &Conclusion<'_>, report: &RunReport) -> String {
    let terminal = conclusion.terminal;
    let mut out = String::new();
    if !report.calls.is_empty() {
        out.push_str(&CallsTable { terminal, now: conclusion.now, ids: false }.text(&report.calls));
        out.push('\n');
    }
    out + &last_lines(conclusion, report)
}

/// The same without the table: for stderr, where stdout carries a document.
pub(crate) fn last_lines(conclusion: &Conclusion<'_>, report: &RunReport) -> String {
    let terminal = conclusion.terminal;
    let to_review = report.calls.iter().filter(|call| call.needs_review()).count();
    let mut out = String::new();
    out.push_str(&hanging(
        "",
        &totals_line(terminal, &report.totals(), to_review, Some(conclusion.took)),
        terminal.out.width,
    ));
    out.push('\n');
    out.push_str(&troubles(conclusion, &report.calls));
    out.push_str(&halts(conclusion, report));
    out.push_str(&deliveries(conclusion, report));
    out
}

/// What a person knows a call by: its file, else its time and client, else its id at the source.
fn known_as(conclusion: &Conclusion<'_>, report: &CallReport) -> String {
    let call = &report.call;
    if let Some(file) = &call.recording_name {
        return file.clone();
    }
    let at = call.started_at.map(|at| wording::moment(conclusion.terminal.texts, at, conclusion.now));
    let client = call.client_phone().map(domain::PhoneNumber::pretty);
    let known: Vec<String> = [at, client].into_iter().flatten().collect();
    if known.is_empty() { call.external_id.clone() } else { known.join(" ") }
}

/// A line per failed call and what to do about it.
fn troubles(conclusion: &Conclusion<'_>, calls: &[CallReport]) -> String {
    let terminal = conclusion.terminal;
    let troubled: Vec<&CallReport> = calls.iter().filter(|call| call.status.is_trouble()).collect();
    let mut out = String::new();
    for call in troubled.iter().take(LISTED_TROUBLES) {
        let name = known_as(conclusion, call);
        let status = call.status.label(terminal.texts.lang);
        match &call.error {
            Some(error) => {
                out.push_str(&trouble(
                    terminal,
                    &format!("{name}  {status}: {}", error.message),
                    &error.hint,
                ));
            }
            None => out.push_str(&trouble(terminal, &format!("{name}  {status}"), "")),
        }
    }
    let hidden = troubled.len().saturating_sub(LISTED_TROUBLES);
    if hidden > 0 {
        out.push_str(&t!(terminal.texts, "troubles-more", count = hidden));
        out.push('\n');
    }
    out
}

/// Why the run did not go to its end.
fn halts(conclusion: &Conclusion<'_>, report: &RunReport) -> String {
    let terminal = conclusion.terminal;
    let texts = terminal.texts;
    let mut out = String::new();
    if let Some(CallError { message, hint, .. }) = &report.refused {
        out.push_str(&trouble(terminal, &t!(texts, "run-refused", reason = message.clone()), hint));
    }
    for paused in &report.paused {
        let stage = pipeline::paused_title(texts.lang, paused.stage, paused.target.as_deref());
        let line = t!(texts, "run-paused", stage = stage, reason = paused.reason.message.clone());
        let hint = if paused.reason.hint.is_empty() {
            format!("zvonar queue resume {}", paused.stage.as_str())
        } else {
            paused.reason.hint.clone()
        };
        out.push_str(&remark(terminal, &line, &hint));
    }
    if report.rows_left > 0 && report.paused.is_empty() {
        out.push_str(&remark(
            terminal,
            &t!(texts, "run-rows-left", rows = report.rows_left),
            &t!(texts, "run-rows-left-hint"),
        ));
    }
    if report.money_ended {
        let most = conclusion.max_cost.map_or_else(String::new, |most| wording::money(texts, most));
        out.push_str(&remark(
            terminal,
            &t!(texts, "run-money-ended", sum = most),
            &t!(texts, "run-money-ended-hint"),
        ));
    }
    if report.interrupted {
        out.push_str(&remark(terminal, &t!(texts, "run-interrupted"), &t!(texts, "run-interrupted-hint")));
    }
    out
}

/// Final calls stay as they are, so a better model changes nothing by itself: says which command does.
pub(crate) fn other_engines(texts: Texts, calls: &[CallReport], configured: &EngineName) -> Option<String> {
    let old: Vec<&EngineName> = calls
        .iter()
        .filter(|call| call.cached)
        .filter_map(|call| call.transcript.as_ref().map(|transcript| &transcript.engine))
        .filter(|engine| *engine != configured)
        .collect();
    let engines: BTreeSet<String> = old.iter().map(ToString::to_string).collect();
    let engines = engines.into_iter().collect::<Vec<_>>().join(", ");
    let configured = configured.to_string();
    (!old.is_empty())
        .then(|| t!(texts, "other-engine", count = old.len(), engines = engines, configured = configured))
}

/// Where the reports lie and how to open them.
fn deliveries(conclusion: &Conclusion<'_>, report: &RunReport) -> String {
    let terminal = conclusion.terminal;
    let texts = terminal.texts;
    let mut out = String::new();
    for (path, delivery) in conclusion.reports.iter().zip(&report.deliveries) {
        let path = path.display().to_string();
        match delivery {
            Ok(_) => {
                let open = format!("{} {}", OPENER, shell_word(&path));
                let open = terminal.paint(Tone::Accent, &open);
                let line = t!(texts, "report-written", path = path, open = open);
                let fits = measure_text_width(&line) <= terminal.out.width;
                out.push_str(&if fits { line } else { line.replacen("     ", "\n", 1) });
                out.push('\n');
            }
            Err(error) => {
                let (why, hint) = sink_words(error);
                out.push_str(&trouble(
                    terminal,
                    &t!(texts, "report-failed", path = path, reason = why),
                    &hint,
                ));
            }
        }
    }
    out
}

/// The program that opens a file as a double click would.
const OPENER: &str = if cfg!(target_os = "macos") {
    "open"
} else if cfg!(windows) {
    "start"
} else {
    "xdg-open"
};

fn shell_word(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "./_-+:".contains(c);
    if path.chars().all(plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// Why a report was not written, and what to do.
pub(crate) fn sink_words(error: &SinkError) -> (String, String) {
    match error {
        SinkError::NotWritable { why, hint, .. } | SinkError::Refused { why, hint, .. } => {
            (why.clone(), hint.clone())
        }
        SinkError::Unavailable { why, .. } => (why.clone(), String::new()),
    }
}

fn trouble(terminal: &Terminal, line: &str, hint: &str) -> String {
    signed(terminal, Sign::Bad, Tone::Bad, line, hint)
}

fn remark(terminal: &Terminal, line: &str, hint: &str) -> String {
    signed(terminal, Sign::Warn, Tone::Warn, line, hint)
}

/// `x call-077.wav  Запись недоступна: читается 0:12 из 3:40`, the hint below.
fn signed(terminal: &Terminal, sign: Sign, tone: Tone, line: &str, hint: &str) -> String {
    let sign = terminal.paint(tone, terminal.sign(sign));
    // two spaces stand between the name and what befell it
    let mut parts = line.splitn(2, "  ");
    let (name, rest) = (parts.next().unwrap_or_default(), parts.next());
    let width = terminal.out.width;
    let mut out = match rest {
        Some(rest) => {
            let before = format!("{sign} {}  ", terminal.cut(name, width / 2));
            hanging(&before, rest, width)
        }
        None => hanging(&format!("{sign} "), line, width),
    };
    out.push('\n');
    if !hint.is_empty() {
        out.push_str(&hanging("  ", hint, width));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use domain::{
        Analysis, Call, CallId, CallStatus, Cost, CostItem, CriterionKind, CriterionResult, Direction, Lang,
        Manager, PhoneNumber, RubricId, RubricRevision, SourceName, Transcript, Verdict,
    };
    use pipeline::DeliveryReceipt;

    use super::*;
    use crate::terminal::tests::plain;

    fn now() -> DateTime<Tz> {
        DateTime::parse_from_rfc3339("2026-11-20T20:00:00+03:00")
            .unwrap()
            .with_timezone(&chrono_tz::Europe::Moscow)
    }

    fn call(name: &str, start: &str, phone: Option<&str>, status: CallStatus) -> CallReport {
        CallReport {
            call: Call {
                id: CallId::derive("folder", name),
                source: SourceName::from("folder"),
                external_id: format!("/calls/{name}"),
                started_at: DateTime::parse_from_rfc3339(start).ok(),
                caller: phone.and_then(PhoneNumber::parse),
                callee: PhoneNumber::parse("+74950001200"),
                direction: Direction::In,
                duration_ms: Some(138_000),
                talk_ms: None,
                manager: Some(Manager { id: "7".into(), name: Some("Олег Чижов".into()) }),
                missed: status == CallStatus::Missed,
                tags: Vec::new(),
                recording_name: Some(name.to_owned()),
                recording_url: None,
                revision: "1".into(),
            },
            status,
            error: None,
            recording: None,
            transcript: None,
            analysis: None,
            processed_at: now().to_utc(),
            cost: None,
            cached: false,
            call_back: false,
        }
    }

    fn judged(mut report: CallReport, total: f64, needs_review: bool, summary: &str) -> CallReport {
        report.analysis = Some(Analysis {
            engine: "rules".into(),
            rubric: RubricId::from("manager-plus"),
            revision: RubricRevision::from("0123456789ab"),
            rubric_title: "Manager+".into(),
            total_score: Some(total),
            criteria: vec![CriterionResult {
                key: "greeting".into(),
                title: "Приветствие".into(),
                kind: CriterionKind::Score,
                verdict: if total < 60.0 { Verdict::NotMet } else { Verdict::Met },
                value: None,
                score: Some(if total < 60.0 { 0.0 } else { 2.0 }),
                max_score: Some(2.0),
                weight: 10.0,
                comment: "Поздоровался и назвал компанию.".into(),
                needs_review,
                critical: false,
                evidence: Vec::new(),
            }],
            summary: summary.to_owned(),
            recommendations: String::new(),
            promises: Vec::new(),
            cap: None,
            raw_model_output: Vec::new(),
            cost: None,
        });
        report
    }

    fn report() -> RunReport {
        let mut broken =
            call("call-077.wav", "2026-11-18T11:00:00+03:00", None, CallStatus::RecordingUnavailable);
        broken.error = Some(CallError {
            code: "recording_truncated".into(),
            message: "читается 0:12 из 3:40".into(),
            hint: "скачайте запись заново, затем: zvonar queue retry".into(),
        });
        let mut paid = judged(
            call("a.wav", "2026-11-20T10:15:00+03:00", Some("+79000003108"), CallStatus::Done),
            62.0,
            false,
            "«Дорого» без ответа, замер назначен. Клиент сравнивает цены двух подрядчиков и просит прислать смету до пятницы.",
        );
        let amount = "12.40RUB".parse().unwrap();
        paid.cost = Some(Cost { total: amount, items: vec![CostItem { item: "speech".into(), amount }] });
        RunReport {
            calls: vec![
                paid,
                judged(
                    call("b.wav", "2026-11-20T09:40:00+03:00", Some("+79000006115"), CallStatus::Done),
                    54.2,
                    true,
                    "Сравнивает цены, шаг не назначен",
                ),
                judged(
                    call("c.wav", "2025-11-19T18:52:00+03:00", Some("+79000006115"), CallStatus::Done),
                    31.0,
                    false,
                    "",
                ),
                call("d.wav", "2026-11-19T18:52:00+03:00", Some("+79000006115"), CallStatus::Missed),
                call("e.wav", "", None, CallStatus::AnsweringMachine),
                call("f.wav", "2026-11-19T10:00:00+03:00", None, CallStatus::Queued),
                broken,
            ],
            failed_now: 0,
            interrupted: false,
            money_ended: false,
            refused: None,
            paused: Vec::new(),
            rows_left: 0,
            paid_now: None,
            deliveries: vec![Ok(DeliveryReceipt::default())],
            warnings: Vec::new(),
        }
    }

    fn shown(lang: Lang, width: usize, report: &RunReport) -> String {
        let terminal = plain(lang, width);
        let reports = [PathBuf::from("report.xlsx")];
        let took = Duration::from_secs(112);
        let max_cost = report.money_ended.then(|| "300RUB".parse().unwrap());
        let text = conclude(
            &Conclusion { terminal: &terminal, now: now(), took, reports: &reports, max_cost },
            report,
        );
        for line in text.lines() {
            assert!(measure_text_width(line) <= width, "{width}: {line}");
        }
        text.replace('\u{a0}', " ")
    }

    #[test]
    fn eighty_columns() {
        insta::assert_snapshot!(shown(Lang::Ru, 80, &report()));
    }

    #[test]
    fn a_hundred_and_twenty_columns_add_manager_and_main_point() {
        insta::assert_snapshot!(shown(Lang::Ru, 120, &report()));
    }

    #[test]
    fn two_hundred_columns() {
        insta::assert_snapshot!(shown(Lang::En, 200, &report()));
    }

    #[test]
    fn what_another_model_has_heard_is_told_with_the_command_that_hears_it_again() {
        let engine = |model: &str| EngineName { engine: "whisper-local".into(), model: model.into() };
        let mut report = report();
        for call in &mut report.calls[..3] {
            call.cached = true;
            call.transcript = Some(Transcript {
                engine: engine("base"),
                language: "ru".into(),
                segments: Vec::new(),
                dropped: Vec::new(),
                coverage: None,
                metrics: None,
                cost: None,
            });
        }
        report.calls[0].cached = false;
        let texts = Texts { lang: Lang::Ru };
        let line = other_engines(texts, &report.calls, &engine("small")).unwrap();
        assert!(line.starts_with("2 звонка") && line.contains("zvonar queue retry --speech"), "{line}");
        assert_eq!(other_engines(texts, &report.calls, &engine("base")), None);
    }

    #[test]
    fn forty_columns_keep_score_and_status_whole() {
        let text = shown(Lang::Ru, 40, &report());
        assert!(text.lines().all(|line| measure_text_width(line) <= 40), "{text}");
        assert!(text.contains("! 54  Требует проверки\n"), "{text}");
    }

    #[test]
    fn where_no_number_is_known_the_file_is_named() {
        let mut report = report();
        for call in &mut report.calls {
            call.call.caller = None;
        }
        let text = shown(Lang::Ru, 80, &report);
        assert!(text.starts_with("Начало"), "{text}");
        assert!(text.contains("Запись") && text.contains("e.wav"), "{text}");
    }

    #[test]
    fn halts_and_failed_reports_are_said_with_the_way_on() {
        let mut report = report();
        report.interrupted = true;
        report.money_ended = true;
        report.refused = Some(CallError {
            code: "refused".into(),
            message: "ключ не принят".into(),
            hint: "проверьте ключ".into(),
        });
        report.deliveries = vec![Err(SinkError::NotWritable {
            place: "report.xlsx".into(),
            why: "файл открыт в другой программе".into(),
            hint: "закройте его и повторите".into(),
        })];
        insta::assert_snapshot!(shown(Lang::Ru, 80, &report));
    }

    #[test]
    fn thousands_of_calls_do_not_flood_and_trouble_comes_first() {
        let mut report = report();
        let broken = report.calls.pop().unwrap();
        let call = report.calls[0].clone();
        report.calls = vec![call; 3000];
        report.calls.push(broken);
        let text = shown(Lang::Ru, 80, &report);
        assert!(text.lines().count() < 60, "{} lines", text.lines().count());
        assert!(text.lines().nth(1).unwrap().contains("Запись недоступна"), "{text}");
        assert!(text.contains("2951"), "{text}");
    }

    #[test]
    fn an_empty_folder_is_told() {
        let report = RunReport { calls: Vec::new(), deliveries: Vec::new(), ..report() };
        assert!(shown(Lang::Ru, 80, &report).starts_with("Звонков нет."));
    }
}
