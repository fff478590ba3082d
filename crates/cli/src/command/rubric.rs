//! `zvonar rubric …`: the customer's criteria.

use std::path::{Path, PathBuf};

use analyze::{FindingSeverity, RubricFinding};
use domain::{CallId, Rubric};
use pipeline::CallReport;
use serde_json::json;
use store::CallFilter;

use crate::args::{RubricCommand, RubricTestArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Comparison, comparison_json, comparison_text, rubric_card, rubric_list};
use crate::session::{Session, Settings, can_be_judged};
use crate::table::hanging;
use crate::terminal::{Sign, Terminal, Tone};
use crate::text_file::{TextHints, read_text};
use crate::texts::t;
use crate::wording;

/// A customer's wishes are pages, not books, bytes.
const MOST_WISHES: usize = 256 << 10;

pub(super) async fn rubric(args: RubricCommand, settings: Settings) -> Result<Exit, Failure> {
    match args {
        // a file under work is checked without opening the installation
        RubricCommand::Check { files, json } => check(&files, json, &settings.terminal),
        RubricCommand::List { json } => list(json, &settings.open().await?),
        RubricCommand::Show { rubric, toml } => show(&rubric, toml, &settings.open().await?),
        RubricCommand::Test(args) => test(&args, &settings.open().await?).await,
        RubricCommand::FromPrompt { file, output } => {
            from_prompt(&file, output.as_deref(), &settings.look().await?).await
        }
    }
}

fn list(json: bool, session: &Session) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    let rubrics = session.app.rubrics()?;
    let configured = &session.app.config().rubric;
    if json {
        let list: Vec<_> = rubrics
            .iter()
            .map(|rubric| {
                json!({
                    "id": rubric.id, "revision": rubric.revision, "title": rubric.title, "language": rubric.language,
                    "description": rubric.description, "criteria": rubric.criteria.len(),
                    "default": rubric.id.as_str() == configured,
                })
            })
            .collect();
        terminal.print_json(&json!({ "rubrics": list }))?;
    } else {
        terminal.print(&rubric_list(terminal, &rubrics, configured))?;
    }
    Ok(Exit::Good)
}

fn show(name: &str, toml: bool, session: &Session) -> Result<Exit, Failure> {
    let rubric = session.app.rubric(name)?;
    let text = if toml { rubric.source.clone() } else { rubric_card(&session.terminal, &rubric) };
    session.terminal.print(&text)?;
    Ok(Exit::Good)
}

/// A draft to look through: in a file, or on stdout with the remarks on stderr.
async fn from_prompt(file: &Path, output: Option<&Path>, session: &Session) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    let texts = terminal.texts;
    let hint = t!(texts, "wishes-hint");
    let hints = TextHints { unreadable: hint.clone(), no_text: hint };
    let wishes = read_text(file, MOST_WISHES, texts, &hints)?;
    let drafted = session.app.propose_rubric(&wishes).await?;
    match output {
        None => terminal.print(&drafted.toml)?,
        Some(path) => {
            std::fs::write(path, &drafted.toml).map_err(|error| {
                let reason = error.to_string();
                Failure::trouble(t!(
                    texts,
                    "file-not-written",
                    path = path.display().to_string(),
                    reason = reason
                ))
            })?;
            terminal.say(&t!(texts, "proposal-written", path = path.display().to_string()));
        }
    }
    if !drafted.notes.is_empty() {
        terminal.say(&t!(texts, "proposal-look"));
    }
    for note in &drafted.notes {
        terminal.say(&hanging("  • ", note, terminal.err.width));
    }
    if let Some(cost) = &drafted.cost {
        terminal.say(&wording::money(texts, cost.total));
    }
    Ok(Exit::Good)
}

fn check(files: &[PathBuf], json: bool, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut checked = Vec::with_capacity(files.len());
    for file in files {
        checked.push((file.as_path(), findings(file, terminal)?));
    }
    if json {
        let list: Vec<_> = checked
            .iter()
            .map(|(file, findings)| json!({ "file": file.display().to_string(), "findings": findings }))
            .collect();
        terminal.print_json(&json!({ "files": list }))?;
    } else {
        for (file, findings) in &checked {
            terminal.print(&findings_text(terminal, file, findings))?;
        }
    }
    let wrong = checked.iter().any(|(_, findings)| has_errors(findings));
    Ok(if wrong { Exit::Trouble } else { Exit::Good })
}

fn findings(file: &Path, terminal: &Terminal) -> Result<Vec<RubricFinding>, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::usage(
            t!(
                terminal.texts,
                "file-not-read",
                path = file.display().to_string(),
                reason = wording::io_error(terminal.texts, &error)
            ),
            t!(terminal.texts, "rubric-check-hint"),
        )
    })?;
    Ok(analyze::check(&text))
}

fn has_errors(findings: &[RubricFinding]) -> bool {
    findings.iter().any(|finding| finding.severity == FindingSeverity::Error)
}

/// `x my.toml:12  next_step: …`, as compilers say it: editors can jump there.
fn findings_text(terminal: &Terminal, file: &Path, findings: &[RubricFinding]) -> String {
    let name = file.display();
    if findings.is_empty() {
        return format!(
            "{} {}\n",
            terminal.sign(Sign::Good),
            t!(terminal.texts, "rubric-good", path = name.to_string())
        );
    }
    let mut out = String::new();
    for finding in findings {
        let (sign, tone) = match finding.severity {
            FindingSeverity::Error => (Sign::Bad, Tone::Bad),
            FindingSeverity::Warning => (Sign::Warn, Tone::Warn),
        };
        let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
        let key = if finding.key.is_empty() { String::new() } else { format!("{}: ", finding.key) };
        let sign = terminal.paint(tone, terminal.sign(sign));
        let text = format!("{key}{}", finding.message);
        out.push_str(&hanging(&format!("{sign} {name}{line}  "), &text, terminal.out.width.max(60)));
        out.push('\n');
    }
    out
}

/// The call with what it scored under this rubric; where that never was, under the newest.
async fn judged_before(
    session: &Session,
    id: CallId,
    rubric: &Rubric,
) -> Result<Option<CallReport>, Failure> {
    let under = session.app.report(id, Some(&rubric.id)).await?;
    match under {
        Some(report) if report.analysis.is_none() => Ok(session.app.report(id, None).await?),
        under => Ok(under),
    }
}

async fn test(args: &RubricTestArgs, session: &Session) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    let texts = terminal.texts;
    let rubric = session.app.rubric(&args.rubric)?;
    let window = args.window.window(texts, session.zone(), session.now())?;
    let filter = CallFilter { window, ..CallFilter::default() };
    let (analyzer, mut tested) = (session.app.analyzer()?, Vec::new());
    for id in session.ids(&filter, usize::MAX).await? {
        if tested.len() >= args.limit {
            break;
        }
        let Some(call) = judged_before(session, id, &rubric).await? else { continue };
        let Some(transcript) = call.transcript.as_ref().filter(|_| can_be_judged(call.status)) else {
            continue;
        };
        let timed = domain::Call { duration_ms: call.duration_ms(), ..call.call.clone() };
        let judged = analyzer.analyze(&timed, transcript, &rubric).await;
        let new = judged.map_err(|error| Failure::trouble(error.to_string()))?;
        tested.push(Comparison { call, new });
    }
    if tested.is_empty() {
        return Err(Failure::trouble(t!(texts, "test-no-calls")).hint(t!(texts, "test-no-calls-hint")));
    }
    if args.json {
        terminal.print_json(&comparison_json(&rubric, &tested))?;
    } else {
        terminal.print(&comparison_text(terminal, &rubric, tested, session.wall_now()))?;
    }
    Ok(Exit::Good)
}
