//! `zvonar doctor`: what works, what does not, what to do.

use app::{ConfigInput, Finding, FindingState, Health};
use console::measure_text_width;
use serde_json::json;

use crate::args::DoctorArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::help::padded;
use crate::table::hanging;
use crate::terminal::{Sign, Terminal, Tone};
use crate::texts::t;

pub(super) async fn doctor(
    args: DoctorArgs,
    input: &ConfigInput,
    terminal: Terminal,
) -> Result<Exit, Failure> {
    let Health { lang, findings } = Box::pin(app::examine(input, terminal.texts.lang)).await;
    let terminal = terminal.in_language(lang);
    let exit = exit(&findings);
    if args.json {
        let list: Vec<_> = findings
            .iter()
            .map(|finding| {
                json!({
                    "part": finding.part, "state": state(finding.state), "said": finding.said,
                    "remedy": finding.remedy, "refused": finding.refused,
                })
            })
            .collect();
        terminal.print_json(&json!({ "findings": list, "exit_code": exit.code() }))?;
    } else {
        terminal.print(&text(&terminal, &findings))?;
    }
    Ok(exit)
}

const fn state(state: FindingState) -> &'static str {
    match state {
        FindingState::Good => "good",
        FindingState::Warning => "warning",
        FindingState::Error => "error",
        FindingState::NotConfigured => "not_configured",
    }
}

/// A refusal outweighs other errors: it is somebody else's door.
fn exit(findings: &[Finding]) -> Exit {
    if findings.iter().any(|finding| finding.refused) {
        Exit::Refused
    } else if findings.iter().any(|finding| finding.state == FindingState::Error) {
        Exit::Trouble
    } else {
        Exit::Good
    }
}

fn text(terminal: &Terminal, findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| measure_text_width(&finding.part)).max().unwrap_or(0).max(14);
    let signs = measure_text_width(terminal.sign(Sign::Good));
    let mut out = String::new();
    for finding in findings {
        let (sign, tone) = match finding.state {
            FindingState::Good => (Sign::Good, None),
            FindingState::Warning => (Sign::Warn, Some(Tone::Warn)),
            FindingState::Error => (Sign::Bad, Some(Tone::Bad)),
            FindingState::NotConfigured => (Sign::Absent, Some(Tone::Quiet)),
        };
        let sign = &padded(terminal.sign(sign), signs);
        let indent = measure_text_width(sign) + 1 + width + 2;
        let painted = tone.map_or_else(|| sign.clone(), |tone| terminal.paint(tone, sign));
        let before = format!("{painted} {}  ", padded(&finding.part, width));
        out.push_str(&hanging(&before, &finding.said, terminal.out.width));
        out.push('\n');
        if let Some(remedy) = &finding.remedy {
            let before = format!("{}{} ", " ".repeat(indent), terminal.sign(Sign::Arrow));
            out.push_str(&hanging(&before, remedy, terminal.out.width));
            out.push('\n');
        }
    }
    let count = |state| findings.iter().filter(|finding| finding.state == state).count();
    let line = t!(
        terminal.texts,
        "doctor-totals",
        good = count(FindingState::Good),
        warnings = count(FindingState::Warning),
        errors = count(FindingState::Error),
        absent = count(FindingState::NotConfigured),
        code = exit(findings).code()
    );
    out.push_str(&hanging("", &line, terminal.out.width));
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use domain::Lang;

    use super::*;
    use crate::terminal::tests::plain;

    fn finding(part: &str, state: FindingState, said: &str, remedy: Option<&str>) -> Finding {
        Finding {
            part: part.into(),
            state,
            said: said.into(),
            remedy: remedy.map(Into::into),
            refused: false,
        }
    }

    fn findings() -> Vec<Finding> {
        vec![
            finding("Настройки", FindingState::Good, "zvonar.toml, .env, лишних ключей нет", None),
            finding("База", FindingState::Good, "SQLite, запись 2 мс, свободно 48 ГБ", None),
            finding(
                "Речь",
                FindingState::Warning,
                "Whisper base, 14× быстрее звука; слова неточны",
                Some("zvonar model pull small"),
            ),
            finding("UIS", FindingState::Good, "ключ принят, часы сходятся, проба записи 0,6 с", None),
            Finding {
                refused: true,
                ..finding(
                    "Google Таблица",
                    FindingState::Error,
                    "нет доступа на запись",
                    Some("дайте право «Редактор» адресу zvonar@example.iam"),
                )
            },
            finding("Voximplant", FindingState::NotConfigured, "не настроен", None),
        ]
    }

    #[test]
    fn every_part_says_how_it_is_and_what_to_do() {
        insta::assert_snapshot!(text(&plain(Lang::Ru, 80), &findings()));
    }

    #[test]
    fn letters_stand_for_signs_without_utf8() {
        let terminal = Terminal { utf8: false, ..plain(Lang::En, 80) };
        insta::assert_snapshot!(text(&terminal, &findings()));
    }

    #[test]
    fn the_exit_code_tells_refusals_from_other_errors() {
        let mut findings = findings();
        assert_eq!(exit(&findings), Exit::Refused);
        findings[4].refused = false;
        assert_eq!(exit(&findings), Exit::Trouble);
        findings[4].state = FindingState::Good;
        assert_eq!(exit(&findings), Exit::Good);
    }
}
