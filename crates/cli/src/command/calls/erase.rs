//! `zvonar calls erase --phone`: forgets a person, and says what was forgotten.
//!
//! Recording files are deleted only where they lie inside the data folder: files of the person who
//! runs this are not ours, they are named instead.

use std::fmt::Write as _;
use std::path::PathBuf;

use app::ErasedPhone;
use domain::PhoneNumber;
use serde_json::json;
use store::CallFilter;

use super::receipts::{lines, receipt_json};
use crate::args::EraseArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use crate::terminal::Terminal;
use crate::texts::t;

pub(super) async fn erase(args: &EraseArgs, session: &Session) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    let texts = terminal.texts;
    let phone = args.phone(texts)?;
    let filter = CallFilter { phone: Some(phone.clone()), ..CallFilter::default() };
    let count = session.app.store().count_calls(&filter).await?;
    if count > 0 && !args.yes && !confirmed(terminal, &phone, count)? {
        terminal.say(&t!(texts, "erase-kept"));
        return Ok(Exit::Good);
    }
    let erased = session.app.erase_phone(&phone, "cli").await?;
    let erasure = &erased.erasure;
    let text = if args.json {
        let list =
            |paths: &[PathBuf]| paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
        terminal.print_json(&json!({
            "calls": erasure.gone("calls"), "transcripts": erasure.gone("transcripts"),
            "analyses": erasure.gone("analyses"), "files_deleted": list(&erased.deleted),
            "files_left": list(&erased.left), "files_failed": list(&erased.failed),
            "receipt": receipt_json(erasure),
        }))?;
        String::new()
    } else {
        receipt_text(terminal, &phone, &erased)
    };
    terminal.print(&text)?;
    Ok(if erasure.trouble.is_none() { Exit::Good } else { Exit::Trouble })
}

fn confirmed(terminal: &Terminal, phone: &PhoneNumber, count: u64) -> Result<bool, Failure> {
    let texts = terminal.texts;
    let input = console::Term::stderr();
    if !terminal.err.tty || !std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        return Err(Failure::usage(t!(texts, "erase-not-asked"), t!(texts, "erase-not-asked-hint")));
    }
    let question = t!(texts, "erase-question", count = count, phone = phone.pretty());
    let asked = input.write_str(&format!("{question} ")).and_then(|()| input.read_line());
    let answer = asked.map_err(|error| Failure::trouble(error.to_string()))?.trim().to_lowercase();
    Ok(["да", "д", "yes", "y"].contains(&answer.as_str()))
}

fn receipt_text(terminal: &Terminal, phone: &PhoneNumber, erased: &ErasedPhone) -> String {
    let (texts, erasure) = (terminal.texts, &erased.erasure);
    let found = erasure.gone("calls") + erasure.gone("conversations");
    let mut out = if found == 0 {
        t!(texts, "erase-nothing", phone = phone.pretty())
    } else {
        t!(texts, "erase-receipt", phone = phone.pretty(), id = erasure.id.0)
    };
    out.push('\n');
    out.push_str(&lines(texts, erasure));
    for (paths, heading) in
        [(&erased.left, t!(texts, "erase-files-left")), (&erased.failed, t!(texts, "erase-files-failed"))]
    {
        if !paths.is_empty() {
            out.push_str(&heading);
            out.push('\n');
        }
        for path in paths {
            let _ = writeln!(out, "  {}", path.display());
        }
    }
    out
}
