//! `zvonar analyze FILE|-`: judges a typed dialogue.

use std::io::Read as _;
use std::path::Path;

use analyze::MAX_DIALOGUE_BYTES;

use crate::args::AnalyzeArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::analysis_text;
use crate::session::Session;
use crate::terminal::Terminal;
use crate::texts::t;
use crate::wording;

pub(super) async fn analyze(args: AnalyzeArgs, session: Session) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    let rubric = session.rubric(&args.rubric)?;
    let text = dialogue(&args.file, terminal)?;
    let analysis = session.app.analyze_dialogue(&text, &rubric).await?;
    if args.json {
        terminal.print_json(&pipeline::analysis_json(&analysis))?;
    } else {
        terminal.print(&analysis_text(terminal, &analysis, session.zone()))?;
    }
    Ok(Exit::Good)
}

/// The text of the file, or of stdin; never more than can be judged.
fn dialogue(file: &Path, terminal: &Terminal) -> Result<String, Failure> {
    let texts = terminal.texts;
    let name = file.display().to_string();
    let unreadable = |error: std::io::Error| {
        Failure::usage(
            t!(texts, "file-not-read", path = name.clone(), reason = wording::io_error(texts, &error)),
            t!(texts, "analyze-hint"),
        )
    };
    let limit = u64::try_from(MAX_DIALOGUE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        let source = std::fs::File::open(file).map_err(unreadable)?;
        source.take(limit).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::usage(t!(texts, "analyze-no-text", path = name.clone()), t!(texts, "analyze-no-text-hint"))
    })?;
    // editors of Windows put a mark before the first word
    Ok(text.strip_prefix('\u{feff}').map(ToOwned::to_owned).unwrap_or(text))
}
