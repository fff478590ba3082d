//! `zvonar calls erase --phone`: forgets a person, and says what was forgotten.
//!
//! Recording files are deleted only where they lie inside the data folder: files of the person who
//! runs this are not ours, they are named instead.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use domain::PhoneNumber;
use serde_json::json;
use store::{CallFilter, EraseReceipt};

use crate::args::EraseArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{PAGE, Session};
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
    let described = described(session, &filter).await?;
    let receipt = session.app.store().erase_phone(&phone, session.now()).await?;
    let folder = &session.app.config().data_dir;
    let mut files = delete(&receipt, folder);
    let here: BTreeSet<PathBuf> = files.left.iter().filter_map(|path| path.canonicalize().ok()).collect();
    files.left.extend(described.into_iter().filter(|path| path.exists() && !here.contains(path)));
    let text = if args.json {
        let list =
            |paths: &[PathBuf]| paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
        terminal.print_json(&json!({
            "calls": receipt.calls.len(), "transcripts": receipt.transcripts, "analyses": receipt.analyses,
            "files_deleted": list(&files.deleted), "files_left": list(&files.left), "files_failed": list(&files.failed),
        }))?;
        String::new()
    } else {
        receipt_text(terminal, &phone, &receipt, &files)
    };
    terminal.print(&text)?;
    Ok(if files.failed.is_empty() { Exit::Good } else { Exit::Trouble })
}

/// The files that a folder's calls were made of; a missed call may have nothing but its description.
async fn described(session: &Session, filter: &CallFilter) -> Result<Vec<PathBuf>, Failure> {
    let (mut paths, mut after) = (Vec::new(), None);
    loop {
        let (records, next) = session.page(filter, after, PAGE).await?;
        let folder = records.iter().filter(|record| record.call.source.as_str() == "folder");
        paths.extend(folder.map(|record| PathBuf::from(&record.call.external_id)));
        after = next;
        if after.is_none() {
            return Ok(paths);
        }
    }
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

/// What became of the recordings' files.
#[derive(Debug, Default)]
struct Files {
    deleted: Vec<PathBuf>,
    /// Outside the data folder.
    left: Vec<PathBuf>,
    failed: Vec<PathBuf>,
}

fn delete(receipt: &EraseReceipt, data_dir: &Path) -> Files {
    let mut files = Files::default();
    for location in &receipt.recordings {
        let path = match location.strip_prefix("file://") {
            Some(path) => PathBuf::from(path),
            None => data_dir.join("recordings").join(location),
        };
        if !path.exists() {
            continue;
        }
        if !is_inside(&path, data_dir) {
            files.left.push(path);
        } else if std::fs::remove_file(&path).is_ok() {
            files.deleted.push(path);
        } else {
            files.failed.push(path);
        }
    }
    files
}

/// After links and `..` are followed.
fn is_inside(path: &Path, folder: &Path) -> bool {
    match (path.canonicalize(), folder.canonicalize()) {
        (Ok(path), Ok(folder)) => path.starts_with(folder),
        _ => false,
    }
}

fn receipt_text(terminal: &Terminal, phone: &PhoneNumber, receipt: &EraseReceipt, files: &Files) -> String {
    let texts = terminal.texts;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_inside_the_data_folder_are_deleted() {
        let place = std::env::temp_dir().join(format!("zvonar-erase-{}", std::process::id()));
        let data = place.join("data");
        std::fs::create_dir_all(data.join("recordings")).unwrap();
        std::fs::write(data.join("recordings/ours"), "a").unwrap();
        std::fs::write(place.join("theirs.wav"), "b").unwrap();
        let receipt = EraseReceipt {
            recordings: vec![
                "ours".into(),
                format!("file://{}", place.join("theirs.wav").display()),
                "../../theirs.wav".into(),
                "gone".into(),
            ],
            ..EraseReceipt::default()
        };
        let files = delete(&receipt, &data);
        assert_eq!(files.deleted, [data.join("recordings/ours")]);
        assert_eq!(files.left.len(), 2);
        assert!(place.join("theirs.wav").exists());
        assert!(!data.join("recordings/ours").exists());
        std::fs::remove_dir_all(place).unwrap();
    }
}
