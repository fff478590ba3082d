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
    let files = session.app.erase_phone(&phone).await?;
    let receipt = &files.receipt;
    let text = if args.json {
        let list =
            |paths: &[PathBuf]| paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
        terminal.print_json(&json!({
            "calls": receipt.calls.len(), "transcripts": receipt.transcripts, "analyses": receipt.analyses,
            "files_deleted": list(&files.deleted), "files_left": list(&files.left), "files_failed": list(&files.failed),
        }))?;
        String::new()
    } else {
        receipt_text(terminal, &phone, &files)
    };
    terminal.print(&text)?;
    Ok(if files.failed.is_empty() { Exit::Good } else { Exit::Trouble })
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

fn receipt_text(terminal: &Terminal, phone: &PhoneNumber, files: &ErasedPhone) -> String {
    let (texts, receipt) = (terminal.texts, &files.receipt);
    if receipt.calls.is_empty() {
        return format!("{}\n", t!(texts, "erase-nothing", phone = phone.pretty()));
    }
    let mut out = t!(
        texts,
        "erase-receipt",
        phone = phone.pretty(),
        calls = receipt.calls.len(),
        transcripts = receipt.transcripts,
        analyses = receipt.analyses,
        files = files.deleted.len()
    );
    out.push('\n');
    for (paths, heading) in
        [(&files.left, t!(texts, "erase-files-left")), (&files.failed, t!(texts, "erase-files-failed"))]
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
