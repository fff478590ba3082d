//! `zvonar analyze FILE|-`: judges a typed dialogue.

use analyze::MAX_DIALOGUE_BYTES;

use crate::args::AnalyzeArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::analysis_text;
use crate::session::Session;
use crate::text_file::{TextHints, read_text};
use crate::texts::t;

pub(super) async fn analyze(args: AnalyzeArgs, session: Session) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    let rubric = session.rubric(&args.rubric)?;
    let hints = TextHints {
        unreadable: t!(terminal.texts, "analyze-hint"),
        no_text: t!(terminal.texts, "analyze-no-text-hint"),
    };
    let text = read_text(&args.file, MAX_DIALOGUE_BYTES, terminal.texts, &hints)?;
    let analysis = session.app.analyze_dialogue(&text, &rubric).await?;
    if args.json {
        terminal.print_json(&pipeline::analysis_json(&analysis))?;
    } else {
        terminal.print(&analysis_text(terminal, &analysis, session.zone()))?;
    }
    Ok(Exit::Good)
}
