//! `zvonar retention run`: forgets what has had its time. The service does the same every night.

use app::Forgotten;
use serde_json::json;

use crate::args::RetentionCommand;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use crate::texts::t;

pub(super) async fn retention(command: RetentionCommand, session: Session) -> Result<Exit, Failure> {
    let RetentionCommand::Run { dry_run, json } = command;
    let (terminal, texts) = (&session.terminal, session.terminal.texts);
    let forgotten = if dry_run { session.app.count_old().await? } else { session.app.forget_old().await? };
    if json {
        terminal.print_json(&document(&forgotten, dry_run))?;
    } else {
        let keeping = session.app.config().keeping;
        if keeping.recordings.is_none() && keeping.words.is_none() {
            terminal.say(&t!(texts, "retention-unset"));
        }
        let said = if is_nothing(&forgotten) {
            t!(texts, "retention-nothing")
        } else if dry_run {
            t!(texts, "retention-would", recordings = forgotten.recordings, words = forgotten.words)
        } else {
            t!(
                texts,
                "retention-done",
                recordings = forgotten.recordings,
                words = forgotten.words,
                raw = forgotten.raw_answers,
                dialogues = forgotten.dialogues,
                log = forgotten.access_log,
                receipts = forgotten.receipts
            )
        };
        terminal.print(&format!("{said}\n"))?;
        if forgotten.resisting > 0 {
            terminal.say(&t!(texts, "retention-resisting", files = forgotten.resisting));
        }
    }
    Ok(if forgotten.resisting == 0 { Exit::Good } else { Exit::Trouble })
}

fn is_nothing(forgotten: &Forgotten) -> bool {
    let counts = [forgotten.recordings, forgotten.words, forgotten.raw_answers, forgotten.dialogues];
    counts
        .into_iter()
        .chain([forgotten.access_log, forgotten.receipts, forgotten.resisting])
        .all(|count| count == 0)
}

fn document(forgotten: &Forgotten, dry_run: bool) -> serde_json::Value {
    if dry_run {
        return json!({ "dry_run": true, "recordings": forgotten.recordings, "words": forgotten.words });
    }
    json!({
        "dry_run": false, "recordings": forgotten.recordings, "recordings_failed": forgotten.resisting,
        "words": forgotten.words, "raw_answers": forgotten.raw_answers, "dialogues": forgotten.dialogues,
        "access_log": forgotten.access_log, "receipts": forgotten.receipts,
    })
}
